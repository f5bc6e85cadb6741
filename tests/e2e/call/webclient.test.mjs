// The client in C calls and is called: zvonokd, Kamailio for the signalling, audio directly between gateway and softphone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freePort, until } from "../peers/index.mjs";
import { PAGE_HZ, PHONE_HZ, useSetting } from "./setting.mjs";

const { setting, scene } = useSetting("webclient", {
  tools: ["webclient"],
  chromium: false,
  config: { timers: { ringing_in: "10s" } },
});

const start = (user, more) => setting.webclient(user, { tone: PAGE_HZ, ...more });

const received = (name) => (line) => line.event === "received" && line.message === name;

async function assertOk(client) {
  const result = await client.result();
  assert.ok(result.ok && result.code === 0, JSON.stringify(result));
  return result;
}

const HELD = [
  "connections",
  "sessions",
  "calls",
  "media_calls",
  "ports_used",
  "sip_legs",
  "sip_dialogs",
];

/** Nothing of a call or client is left; transactions of SIP last longer, see the last scene. */
async function leaveNothing(...softphones) {
  await Promise.all(softphones.map((softphone) => softphone.stop()));
  await until(10_000, "zvonokd holds nothing", async () => {
    const counts = await setting.gateway.counts();
    return HELD.every((name) => counts[name] === 0);
  });
}

for (const codec of ["PCMU", "PCMA"]) {
  scene(`an outgoing call in ${codec} is heard at both ends`, async () => {
    const softphone = await setting.softphone({ codecs: [codec] });
    const client = start("1001", { call: "1002", codec, hear: PHONE_HZ, seconds: 4 });
    await softphone.established();
    await softphone.hears(PAGE_HZ);
    const result = await assertOk(client);
    await softphone.closed();
    assert.equal(result.codec, codec);
    assert.equal(result.endedBy, "local");
    assert.ok(result.heard.purity >= 0.8 && result.heard.seconds >= 1, JSON.stringify(result));
    assert.ok(result.rxPackets >= 100 && result.txPackets >= 100, JSON.stringify(result));
    await leaveNothing(softphone);
  });

  scene(`an incoming call in ${codec} is heard at both ends`, async () => {
    const softphone = await setting.softphone({ codecs: [codec] });
    const client = start("1001", { waitCall: true, hear: PHONE_HZ, seconds: 4 });
    await client.line("registered", received("registered"));
    await softphone.dial("1001");
    await softphone.established();
    await softphone.hears(PAGE_HZ);
    const result = await assertOk(client);
    await softphone.closed();
    assert.equal(result.codec, codec);
    assert.ok(result.heard.purity >= 0.8, JSON.stringify(result));
    await leaveNothing(softphone);
  });
}

scene("the softphone hangs up and the client is told", async () => {
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const client = start("1001", { call: "1002", hear: PHONE_HZ, seconds: 0 });
  await softphone.established();
  await softphone.hears(PAGE_HZ);
  await softphone.hangup();
  const result = await assertOk(client);
  assert.equal(result.endedBy, "remote");
  await leaveNothing(softphone);
});

scene("a call that is hung up as soon as it is answered leaves nothing", async () => {
  const softphone = await setting.softphone();
  const client = start("1001", { call: "1002", hangupAfterAnswer: 0 });
  await assertOk(client);
  await softphone.closed();
  await leaveNothing(softphone);
});

scene("a call is cancelled while it rings", async () => {
  const softphone = await setting.softphone({ answer: "manual" });
  const client = start("1001", { call: "1002", cancelWhenRinging: true });
  const result = await assertOk(client);
  assert.equal(result.established, false);
  await softphone.closed();
  await leaveNothing(softphone);
});

scene("an incoming call is declined", async () => {
  const softphone = await setting.softphone();
  const client = start("1001", { waitCall: true, decline: true });
  await client.line("registered", received("registered"));
  await softphone.dial("1001");
  await assertOk(client);
  await softphone.closed();
  await leaveNothing(softphone);
});

scene("a busy softphone is reported as busy", async () => {
  const softphone = await setting.softphone({ answer: "manual" });
  const client = start("1001", { call: "1002" });
  await softphone.incoming();
  await softphone.hangup();
  const result = await client.result();
  assert.equal(result.code, 1);
  assert.equal(result.sipStatus, 486);
  assert.equal(result.cause, "busy");
  await leaveNothing(softphone);
});

scene("two clients talk to each other through the SIP server", async () => {
  const callee = start("1001", { waitCall: true, hear: 500, seconds: 0 });
  await callee.line("registered", received("registered"));
  const caller = start("1002", { call: "1001", tone: 500, hear: PAGE_HZ, seconds: 4 });
  await Promise.all([assertOk(caller), assertOk(callee)]);
  await leaveNothing();
});

scene("a wrong password ends the client with its cause", async () => {
  const result = await start("1001", { password: "wrong" }).result();
  assert.equal(result.code, 1);
  assert.equal(result.registered, false);
  assert.match(result.cause, /auth/);
  await leaveNothing();
});

scene("a client that is not registered calls as well", async () => {
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const client = start("1001", { noRegister: true, call: "1002", hear: PHONE_HZ, seconds: 2 });
  const result = await assertOk(client);
  assert.equal(result.registered, false);
  await softphone.closed();
  await leaveNothing(softphone);
});

scene("a SIP server that is not there makes the gateway deaf to no other", async () => {
  const gone = await freePort();
  const result = await start("1003", { domain: "127.0.0.1", port: gone }).result();
  assert.match(result.cause, /unreachable/);
  const callee = start("1001", { waitCall: true, hear: 500, seconds: 0 });
  await callee.line("registered", received("registered"));
  const caller = start("1002", { call: "1001", tone: 500, seconds: 2 });
  await Promise.all([assertOk(caller), assertOk(callee)]);
  await leaveNothing();
});

scene("a client over wss is a client too", async () => {
  const client = start("1001", { url: setting.gateway.wss });
  const result = await assertOk(client);
  assert.equal(result.registered, true);
  await leaveNothing();
});

scene("after the last transaction every counter is back at zero", async () => {
  await setting.gateway.isIdle(45_000);
});
