import assert from "node:assert/strict";
import { test } from "node:test";
import { ZvonokSession } from "../dist/index.js";
import { lose, settle, talkingCall, welcome } from "./fakes.mjs";

/** A call that talks; `heard`: what its events told. */
async function talking() {
  const setting = await talkingCall(ZvonokSession);
  const { call, socket, entry } = setting;
  const heard = [];
  call.on("held", (held) => heard.push(held ? "held" : "free"));
  call.on("state", (state) => heard.push(state));
  call.on("warning", ({ cause }) => heard.push(cause));
  call.on("dtmf", ({ digit, via }) => heard.push(`${digit} by ${via}`));
  const held = () => socket.say("hold", { ...entry, status: "HOLD" });
  const talks = () => socket.say("talk", entry);
  const refused = (cause) =>
    socket.say("fail", { apiMethod: "ErrorStatusEvent", id: call.id, status: "FAILED", cause });
  return { ...setting, heard, held, talks, refused };
}

test("a call is put on hold and taken back", async () => {
  const { call, socket, heard, held, talks } = await talking();
  call.hold();
  assert.deepEqual(socket.last(), { message: "hold", data: [{ callId: call.id }] });
  assert.equal(call.isHeld, true);
  held();
  call.unhold();
  assert.deepEqual(socket.last(), { message: "unhold", data: [{ callId: call.id }] });
  talks();
  assert.deepEqual(heard, ["held", "HELD", "free", "ACTIVE"]);
});

test("a hold of the far end is a state, not ours", async () => {
  const { call, heard, held, talks } = await talking();
  held();
  assert.equal(call.isHeld, false);
  assert.equal(call.state, "HELD");
  talks();
  assert.deepEqual(heard, ["HELD", "ACTIVE"]);
});

test("a hold that is refused is taken back, and the call goes on", async () => {
  const { call, heard, talks, refused } = await talking();
  call.hold();
  talks(); // as the gateway has it: the state that stays, then why
  refused("hold_refused");
  assert.equal(call.isHeld, false);
  assert.deepEqual(heard, ["held", "free", "hold_refused"]);
  assert.equal(call.state, "ACTIVE");
});

test("a refusal that crosses with a newer wish changes nothing", async () => {
  const { call, talks, refused } = await talking();
  call.hold();
  talks();
  call.hold(); // before the refusal has come
  refused("hold_refused");
  assert.equal(call.isHeld, true);
});

test("a hold that got lost with the connection is said again", async () => {
  const setting = await talking();
  const { call, entry } = setting;
  call.hold();
  await lose(setting);
  const again = welcome(setting, "token-2", { calls: [{ ...entry, held: false, since: 1 }] });
  await setting.clock.advance(0);
  await settle();
  assert.equal(call.isHeld, true);
  assert.ok(again.sent.some((text) => text.message === "hold"));
});

test("a hold that was answered is not", async () => {
  const setting = await talking();
  const { call, entry } = setting;
  call.hold();
  setting.held();
  await lose(setting);
  const found = { ...entry, status: "HOLD", held: true, since: 1 };
  const again = welcome(setting, "token-2", { calls: [found] });
  await setting.clock.advance(0);
  await settle();
  assert.equal(call.state, "HELD");
  assert.ok(!again.sent.some((text) => text.message === "hold"));
});

test("digits are sent as they are asked for", async () => {
  const { call, socket, heard, refused } = await talking();
  call.sendDtmf("12#");
  const data = (type, dtmf) => [{ callId: call.id, type, dtmf }];
  assert.deepEqual(socket.last(), { message: "sendDtmf", data: data("RFC2833", "12#") });
  call.sendDtmf("a", { type: "INFO" });
  assert.deepEqual(socket.last(), { message: "sendDtmf", data: data("INFO", "a") });
  refused("dtmf_refused");
  assert.deepEqual(heard, ["dtmf_refused"]);
  assert.equal(call.state, "ACTIVE");
});

test("what are no digits, or too many, and calls that are not up are programming errors", async () => {
  const { call } = await talking();
  for (const digits of ["", "x", "1 2", "7".repeat(65)])
    assert.throws(() => call.sendDtmf(digits), /sendDtmf: 1 to 64/);
  call.hangup();
  assert.throws(() => call.hold(), /hold/);
  const { session } = await talking();
  const fresh = session.createCall("1003");
  assert.throws(() => fresh.hold(), /hold: the call is CONNECTING/);
  assert.throws(() => fresh.sendDtmf("1"), /sendDtmf: the call is CONNECTING/);
});

test("digits are not lost silently while the gateway is away", async () => {
  const setting = await talking();
  await lose(setting);
  assert.throws(() => setting.call.sendDtmf("1"), /the gateway is away/);
});

test("a key of the far end is told", async () => {
  const { call, socket, heard } = await talking();
  socket.say("zvDtmf", { callId: call.id, digit: "5", durationMs: 120, via: "rfc4733" });
  socket.say("zvDtmf", { callId: "another", digit: "6", durationMs: 120, via: "info" });
  assert.deepEqual(heard, ["5 by rfc4733"]);
});
