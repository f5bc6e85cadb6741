// Calls with a real Asterisk: to it, from it and through it; early media; its refusals and its own hang-up; its OPTIONS.
import assert from "node:assert/strict";
import { until } from "../peers/index.mjs";
import { PAGE_HZ, PHONE_HZ } from "../call/setting.mjs";
import { EARLY_HZ, MILLIWATT_HZ, usePbx } from "./setting.mjs";

const { setting, scene } = usePbx("pbx-calls", {
  accounts: { 1001: { send_pai: "yes" }, 1002: {}, 1003: {} },
});

scene("a client calls Asterisk and hears its 1004 Hz", async (t) => {
  t.diagnostic(`Asterisk ${setting.asterisk.version}`); // the suite that it comes from moves
  const client = setting.steered("1001", { call: "milliwatt", tone: PAGE_HZ });
  await client.told("talk", "ESTABLISHED");
  await client.hears(MILLIWATT_HZ);
  const [leg] = await setting.sipLegs();
  assert.ok(setting.isAtAsterisk(leg), JSON.stringify(leg));
  client.order("hangup");
  await client.ends("local");
  await setting.leaveNothing();
});

scene("Asterisk calls a client, and its 1004 Hz is heard", async () => {
  const client = await setting.waiting("1001", { tone: PAGE_HZ });
  await setting.asterisk.manager.ask("Originate", {
    Channel: "PJSIP/1001",
    Application: "Milliwatt",
    CallerID: '"The exchange" <4321>',
    Async: "true",
  });
  await client.told("talk", "ESTABLISHED");
  await client.hears(MILLIWATT_HZ);
  client.order("hangup");
  await client.ends("local");
  await setting.leaveNothing();
});

scene("a client calls a softphone through Asterisk", async () => {
  const softphone = await setting.peer();
  const client = setting.steered("1001", { call: "1002", tone: PAGE_HZ });
  await softphone.established();
  await client.told("talk", "ESTABLISHED");
  await Promise.all([client.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
  client.order("hangup");
  await client.ends("local");
  await softphone.closed();
  await setting.leaveNothing();
});

scene("a softphone calls a client through Asterisk", async () => {
  const softphone = await setting.peer();
  const client = await setting.waiting("1001", { tone: PAGE_HZ });
  await softphone.dial("1001");
  assert.equal((await client.told("notifyIncomingCall")).caller, "1002");
  await client.told("talk", "ESTABLISHED");
  await Promise.all([client.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
  await softphone.hangup();
  await client.ends("remote");
  await setting.leaveNothing();
});

scene("two clients talk through Asterisk", async () => {
  const callee = await setting.waiting("1003", { tone: 500 });
  const caller = setting.steered("1001", { call: "1003", tone: PAGE_HZ });
  await caller.told("talk", "ESTABLISHED");
  await Promise.all([caller.hears(500), callee.hears(PAGE_HZ)]);
  assert.ok((await setting.sipLegs(2)).every((leg) => setting.isAtAsterisk(leg)));
  callee.order("hangup");
  await callee.ends("local");
  await caller.ends("remote");
  await setting.leaveNothing();
});

scene("what is played before the answer is heard before the answer", async () => {
  const client = setting.steered("1001", { call: "early", tone: PAGE_HZ });
  await client.told("ring", "SESSION_PROGRESS");
  await client.hears(EARLY_HZ);
  assert.ok(!client.lines().some(({ message }) => message === "talk"), "it was answered");
  await client.told("talk", "ESTABLISHED");
  await client.hears(MILLIWATT_HZ);
  client.order("hangup");
  await client.ends("local");
  await setting.leaveNothing();
});

scene("a call that is refused after an announcement was heard, and says why", async () => {
  const client = setting.steered("1001", { call: "announced", tone: PAGE_HZ });
  await client.told("ring", "SESSION_PROGRESS");
  await client.hears(EARLY_HZ);
  const { ok, established, cause, sipStatus } = await client.result();
  assert.deepEqual(
    { ok, established, cause, sipStatus },
    { ok: false, established: false, cause: "busy", sipStatus: 486 },
  );
  await setting.leaveNothing();
});

for (const [whom, cause, sipStatus] of [
  ["busy", "busy", 486],
  ["congestion", "sip_server_error", 503],
  ["nobody", "sip_not_found", 404],
  ["1002", "sip_not_found", 404], // an account without a phone
]) {
  scene(`Asterisk refuses a call to ${whom} with ${sipStatus}: ${cause}`, async () => {
    const result = await setting.steered("1001", { call: whom }).result();
    assert.deepEqual(
      { established: result.established, cause: result.cause, sipStatus: result.sipStatus },
      { established: false, cause, sipStatus },
    );
    await setting.leaveNothing();
  });
}

scene("a client that declines is busy for Asterisk", async () => {
  const client = await setting.waiting("1003", { decline: true });
  const softphone = await setting.peer();
  await softphone.dial("1003");
  assert.ok((await client.result()).ok);
  await softphone.closed();
  await setting.leaveNothing();
});

scene("a client cancels while a softphone rings at Asterisk", async () => {
  const softphone = await setting.peer({ answer: "manual" });
  const client = setting.steered("1001", { call: "1002", cancelWhenRinging: true });
  await softphone.incoming();
  assert.ok((await client.result()).ok);
  await softphone.closed();
  await setting.leaveNothing();
});

scene("Asterisk gives up while a client rings", async () => {
  const { asterisk } = setting;
  const client = await setting.client();
  const account = { sipDomain: asterisk.address, sipPort: asterisk.port };
  client.say("connection", setting.wireAccount("1003", account));
  await client.next("registered");
  await asterisk.manager.ask("Originate", {
    Channel: "PJSIP/1003",
    Application: "Milliwatt",
    Timeout: 1_000,
    Async: "true",
  });
  await client.next("notifyIncomingCall");
  const { data } = await client.next("finish");
  assert.equal(data[0].status, "FINISH");
  await setting.leaveNothing();
});

scene("Asterisk hangs up by itself, and the client is told", async () => {
  const client = setting.steered("1001", { call: "goodbye", tone: PAGE_HZ });
  await client.hears(EARLY_HZ);
  await client.ends("remote");
  await setting.leaveNothing();
});

scene("Asterisk asks a registered client every two seconds whether it is there", async () => {
  const client = await setting.waiting("1001");
  const { asterisk } = setting;
  await until(10_000, "the contact of 1001 is reachable", async () => {
    return (await asterisk.contacts()).some(
      ({ user, status }) => user === "1001" && status === "Reachable",
    );
  });
  await client.process.stop();
  await setting.leaveNothing();
});
