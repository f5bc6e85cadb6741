// Calls that a real Asterisk moves to another party: the client's leg stays, and hears who is there now.
import assert from "node:assert/strict";
import { until } from "../peers/index.mjs";
import { PAGE_HZ, PHONE_HZ } from "../call/setting.mjs";
import { INDIRECT_AND_DIRECT, MILLIWATT_HZ, usePbx } from "./setting.mjs";

const OTHER_HZ = 500;

const { setting, scene } = usePbx("pbx-transfer", {
  accounts: INDIRECT_AND_DIRECT,
});

/** A client and a softphone that talk. */
async function talk(user, phoneUser, callee = phoneUser) {
  const softphone = await setting.peer({ user: phoneUser });
  const client = setting.steered(user, { call: callee, tone: PAGE_HZ });
  await softphone.established();
  await client.told("talk", "ESTABLISHED");
  await Promise.all([client.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
  return { client, softphone };
}

/** The name of the channel of this account. */
async function channelOf(user) {
  const all = await setting.asterisk.channels();
  const mine = all.find(({ Channel }) => Channel.startsWith(`PJSIP/${user}-`));
  assert.ok(mine, `${user} has a channel`);
  return mine.Channel;
}

for (const [how, user, phoneUser, otherUser] of [
  ["through Asterisk", "1001", "1002", "1003"],
  ["directly", "1004", "1005", "1006"],
]) {
  scene(`a call with media ${how} is redirected to a tone of Asterisk's`, async () => {
    const { client, softphone } = await talk(user, phoneUser);
    await setting.asterisk.manager.ask("Redirect", {
      Channel: await channelOf(user),
      Context: "test",
      Exten: "milliwatt",
      Priority: 1,
    });
    await softphone.closed();
    await client.hears(MILLIWATT_HZ);
    client.order("hangup");
    await client.ends("local");
    await setting.leaveNothing();
  });

  scene(`a call with media ${how} is transferred to another client`, async () => {
    const other = await setting.waiting(otherUser, { tone: OTHER_HZ });
    const { client, softphone } = await talk(user, phoneUser);
    await setting.asterisk.manager.ask("BlindTransfer", {
      Channel: await channelOf(phoneUser),
      Context: "test",
      Exten: otherUser,
    });
    await softphone.closed();
    await other.told("talk", "ESTABLISHED");
    await Promise.all([client.hears(OTHER_HZ), other.hears(PAGE_HZ)]);
    other.order("hangup");
    await other.ends("local");
    await client.ends("remote");
    await setting.leaveNothing();
  });
}

scene("a client transfers its callee by Asterisk's ##, and is out of the call", async () => {
  const other = await setting.waiting("1003", { tone: OTHER_HZ });
  const { client, softphone } = await talk("1001", "1002", "81002");
  client.press("##");
  await softphone.hearsMusic(); // while the number is dialled
  client.press("1003");
  await client.ends("remote");
  await other.told("talk", "ESTABLISHED");
  await Promise.all([other.hears(PHONE_HZ), softphone.hearsNow(OTHER_HZ)]);
  await softphone.hangup();
  await other.ends("remote");
  await setting.leaveNothing();
});

scene("a REFER of Asterisk's is refused, and the call goes on", async () => {
  const client = setting.steered("1001", { call: "refer", tone: PAGE_HZ });
  const { Result } = await setting.asterisk.manager.next("UserEvent", ({ UserEvent }) => {
    return UserEvent === "Transfer";
  });
  assert.equal(Result, "FAILURE");
  await client.hears(MILLIWATT_HZ);
  client.order("hangup");
  await client.ends("local");
  await until(5_000, "no call", async () => !(await setting.gateway.ctlJson("calls")).calls.length);
  await setting.leaveNothing();
});
