// Hold at a real Asterisk, which plays music to whoever is held, with the media passing through it and directly between
// the ends (its re-INVITEs right after the answer, and again round each hold).
import assert from "node:assert/strict";
import { until } from "../peers/index.mjs";
import { PAGE_HZ, PHONE_HZ } from "../call/setting.mjs";
import { INDIRECT_AND_DIRECT, usePbx } from "./setting.mjs";

const OTHER_HZ = 500;

const { setting, scene } = usePbx("pbx-hold", {
  accounts: INDIRECT_AND_DIRECT,
});

/** Waits until the media of so many SIP legs comes from the other end, or from Asterisk. */
const mediaIs = (where, count = 1) =>
  until(15_000, `media is ${where} at ${count} legs`, async () => {
    const legs = await setting.sipLegs(count);
    return legs.every((leg) => setting.isAtAsterisk(leg) === (where === "at Asterisk"));
  });

for (const [where, clientUser, phoneUser, otherUser] of [
  ["at Asterisk", "1001", "1002", "1003"],
  ["direct", "1004", "1005", "1006"],
]) {
  scene(`media ${where}: a softphone holds, and the client hears Asterisk's music`, async () => {
    const softphone = await setting.peer({ user: phoneUser });
    const client = setting.steered(clientUser, { call: phoneUser, tone: PAGE_HZ });
    await softphone.established();
    await client.told("talk", "ESTABLISHED");
    await Promise.all([client.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
    await mediaIs(where);
    await softphone.command("hold");
    await client.hearsMusic();
    await softphone.command("resume");
    await client.hears(PHONE_HZ);
    await mediaIs(where);
    client.order("hangup");
    await client.ends("local");
    await softphone.closed();
    await setting.leaveNothing();
  });

  scene(`media ${where}: a client holds, and the softphone hears Asterisk's music`, async () => {
    const softphone = await setting.peer({ user: phoneUser });
    const client = await setting.waiting(clientUser, { tone: PAGE_HZ });
    await softphone.dial(clientUser);
    await client.told("talk", "ESTABLISHED");
    await Promise.all([client.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
    await mediaIs(where);
    client.order("hold");
    await client.told("hold", "HOLD");
    await softphone.hearsMusic();
    client.order("unhold");
    await client.told("talk", "ESTABLISHED");
    await Promise.all([client.hears(PHONE_HZ), softphone.hearsNow(PAGE_HZ)]);
    await mediaIs(where);
    await softphone.hangup();
    await client.ends("remote");
    await setting.leaveNothing();
  });

  scene(`media ${where}: of two clients each holds the other`, async () => {
    const callee = await setting.waiting(otherUser, { tone: OTHER_HZ });
    const caller = setting.steered(clientUser, { call: otherUser, tone: PAGE_HZ });
    await caller.told("talk", "ESTABLISHED");
    await callee.told("talk", "ESTABLISHED");
    const bothHear = () => Promise.all([caller.hears(OTHER_HZ), callee.hears(PAGE_HZ)]);
    await bothHear();
    await mediaIs(where, 2);
    for (const [holder, held] of [
      [caller, callee],
      [callee, caller],
    ]) {
      holder.order("hold");
      await holder.told("hold", "HOLD");
      await held.hearsMusic();
      holder.order("unhold");
      await holder.told("talk", "ESTABLISHED");
      await bothHear();
      await mediaIs(where, 2);
    }
    caller.order("hangup");
    await caller.ends("local");
    await callee.ends("remote");
    await setting.leaveNothing();
  });
}

scene("both ends hold, and each comes back for itself", async () => {
  const softphone = await setting.peer();
  const client = setting.steered("1001", { call: "1002", tone: PAGE_HZ });
  await client.told("talk", "ESTABLISHED");
  await client.hears(PHONE_HZ);
  await softphone.command("hold");
  await client.hearsMusic();
  client.order("hold");
  await client.told("hold", "HOLD");
  client.order("unhold");
  await client.told("talk", "ESTABLISHED");
  await client.hearsMusic(); // the softphone still holds
  await softphone.command("resume");
  await Promise.all([client.hears(PHONE_HZ), softphone.hearsNow(PAGE_HZ)]);
  client.order("hangup");
  const result = await client.ends("local");
  assert.equal(result.codec, "PCMU");
  await setting.leaveNothing();
});
