// What a real Asterisk may insist on: SRTP with keys in the description (SDES), reliable provisional responses, session timers.
import assert from "node:assert/strict";
import { until } from "../peers/index.mjs";
import { PAGE_HZ, PHONE_HZ } from "../call/setting.mjs";
import { EARLY_HZ, MILLIWATT_HZ, usePbx } from "./setting.mjs";

/** Half of what timers_sess_expires says: when a call is refreshed (RFC 4028 §10). */
const REFRESH_S = 45;

const { setting, scene } = usePbx("pbx-policies", {
  accounts: {
    1001: {},
    1002: {},
    1003: { media_encryption: "sdes" },
    1004: { media_encryption: "sdes" },
    1005: { timers: "always", timers_sess_expires: 90 },
    1006: { timers: "required", timers_sess_expires: 90 },
    1007: { "100rel": "required" },
    1008: { "100rel": "peer_supported" },
  },
  config: {
    sip: { session_expires: "90s" },
    trunks: {
      "1003@127.0.0.1": { srtp: "required" },
      "1004@127.0.0.1": { srtp: "optional" },
    },
  },
});

for (const [user, policy] of [
  ["1003", "required"],
  ["1004", "optional"],
]) {
  scene(
    `SDES, our policy ${policy}: a client calls through Asterisk, which has keys only with us`,
    async () => {
      const { client, leg } = await setting.talkAndHold(user);
      assert.ok(leg.srtp, JSON.stringify(leg));
      client.order("hangup");
      await client.ends("local");
      await setting.leaveNothing();
    },
  );

  scene(`SDES, our policy ${policy}: Asterisk calls a client`, async () => {
    const softphone = await setting.peer();
    const client = await setting.waiting(user, { tone: PAGE_HZ });
    await softphone.dial(user);
    await client.told("talk", "ESTABLISHED");
    await Promise.all([client.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
    const [leg] = await setting.sipLegs();
    assert.ok(leg.srtp, JSON.stringify(leg));
    await softphone.hangup();
    await client.ends("remote");
    await setting.leaveNothing();
  });
}

scene("two clients talk through Asterisk, one of them with SRTP", async () => {
  const callee = await setting.waiting("1003", { tone: 500 });
  const caller = setting.steered("1001", { call: "1003", tone: PAGE_HZ });
  await caller.told("talk", "ESTABLISHED");
  await Promise.all([caller.hears(500), callee.hears(PAGE_HZ)]);
  const legs = await setting.sipLegs(2);
  assert.equal(legs.filter(({ srtp }) => srtp).length, 1);
  caller.order("hangup");
  await caller.ends("local");
  await callee.ends("remote");
  await setting.leaveNothing();
});

/** How many requests of these methods one side (`gateway`, `sip`) has sent in the only call. */
async function requests(who, ...methods) {
  const { calls } = await setting.gateway.ctlJson("calls");
  const { trace } = await setting.gateway.ctlJson("trace", calls[0].name);
  const sent = trace.events.filter(({ kind, from }) => kind === "sip" && from === who);
  return sent.filter(({ label }) => methods.includes(label)).length;
}

for (const [sentence, begin] of [
  [
    "a client calls Asterisk with session timers: after 45 s the gateway refreshes the call",
    async () => setting.steered("1005", { call: "milliwatt", tone: PAGE_HZ, timeout: 120 }),
  ],
  [
    "Asterisk with session timers calls a client: after 45 s the gateway refreshes the call",
    async () => {
      const client = await setting.waiting("1005", { tone: PAGE_HZ, timeout: 120 });
      const call = { Channel: "PJSIP/1005", Application: "Milliwatt", Async: "true" };
      await setting.asterisk.manager.ask("Originate", call);
      return client;
    },
  ],
]) {
  scene(
    sentence,
    async () => {
      const client = await begin();
      await client.told("talk", "ESTABLISHED");
      await client.hears(MILLIWATT_HZ);
      const before = await requests("gateway", "INVITE", "UPDATE");
      const refreshed = async () => (await requests("gateway", "INVITE", "UPDATE")) > before;
      await until((REFRESH_S + 15) * 1_000, "the call is refreshed", refreshed, 1_000);
      await client.hears(MILLIWATT_HZ);
      client.order("hangup");
      await client.ends("local");
      await setting.leaveNothing();
    },
    { timeout: 120_000 },
  );
}

scene("Asterisk that requires session timers is called", async () => {
  const client = setting.steered("1006", { call: "milliwatt", tone: PAGE_HZ });
  await client.told("talk", "ESTABLISHED");
  await client.hears(MILLIWATT_HZ);
  client.order("hangup");
  await client.ends("local");
  await setting.leaveNothing();
});

scene("Asterisk that requires 100rel is called, and its early media heard", async () => {
  const client = setting.steered("1007", { call: "early", tone: PAGE_HZ });
  await client.told("ring", "SESSION_PROGRESS");
  await client.hears(EARLY_HZ);
  assert.ok(await requests("gateway", "PRACK"));
  await client.told("talk", "ESTABLISHED");
  await client.hears(MILLIWATT_HZ);
  client.order("hangup");
  await client.ends("local");
  await setting.leaveNothing();
});

scene("Asterisk that requires 100rel calls a client", async () => {
  const softphone = await setting.peer();
  const client = await setting.waiting("1007", { tone: PAGE_HZ });
  await softphone.dial("1007");
  await client.told("talk", "ESTABLISHED");
  assert.ok(await requests("sip", "PRACK"));
  await Promise.all([client.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
  await softphone.hangup();
  await client.ends("remote");
  await setting.leaveNothing();
});

scene("Asterisk uses 100rel where it can, and is called either way", async () => {
  const client = setting.steered("1008", { call: "early", tone: PAGE_HZ });
  await client.told("ring", "SESSION_PROGRESS");
  await client.hears(EARLY_HZ);
  await client.told("talk", "ESTABLISHED");
  await client.hears(MILLIWATT_HZ);
  client.order("hangup");
  await client.ends("local");
  await setting.leaveNothing();
});
