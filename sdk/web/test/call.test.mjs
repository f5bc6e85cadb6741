import assert from "node:assert/strict";
import { test } from "node:test";
import { ZvonokSession } from "../dist/index.js";
import { FakeStream, FakeTrack, fakeEnvironment, registered, settle } from "./fakes.mjs";

async function ready(changes = {}) {
  const fake = fakeEnvironment(changes);
  return { ...fake, ...(await registered(ZvonokSession, fake)) };
}

/** An outgoing call whose offer has gone out. */
async function outgoing(changes = {}) {
  const setting = await ready(changes);
  const call = setting.session.createCall("1002");
  const states = [];
  call.on("state", (state) => states.push(state));
  call.call();
  await settle();
  const report = (message, status, more = {}) =>
    setting.socket.say(message, { callId: call.id, status, ...more });
  return { ...setting, call, states, report };
}

/** An incoming call that rings. */
async function incoming(changes = {}) {
  const setting = await ready(changes);
  let call;
  setting.session.on("incoming", (arrived) => (call = arrived));
  setting.socket.say("setRemoteSDP", "in-1", "offer-of-gateway", false);
  const fields = { callId: "in-1", incoming: true, status: "RING", caller: "1002", callee: "1001" };
  setting.socket.say("notifyIncomingCall", { ...fields, visibleName: "Anna" });
  setting.socket.say("ring", fields);
  const states = [];
  call.on("state", (state) => states.push(state));
  const report = (message, status, more = {}) =>
    setting.socket.say(message, { callId: call.id, status, ...more });
  return { ...setting, call, states, report };
}

/** A ping now and then, so that the session lives while a call's deadline is awaited. */
async function pass(setting, ms) {
  for (let left = ms; left > 0; left -= 5_000) {
    await setting.clock.advance(Math.min(left, 5_000));
    if (!setting.socket.closed) setting.socket.say("ping");
  }
}

test("an outgoing call sends one offer, rings, talks and ends with the gateway's cause", async () => {
  const { call, states, socket, connections, report, session, clock } = await outgoing();
  const sent = socket.last();
  assert.equal(sent.message, "call");
  assert.deepEqual(
    { callId: sent.data[0].callId, callee: sent.data[0].callee, sdp: sent.data[0].sdp },
    { callId: call.id, callee: "1002", sdp: "offer-of-browser" },
  );
  assert.deepEqual(connections[0].config, { iceServers: [] });
  report("notifyTryingResponse", "TRYING");
  assert.equal(call.state, "CONNECTING");
  report("ring", "RING", { sipStatus: 180 });
  socket.say("setRemoteSDP", call.id, "answer-of-gateway", true);
  await settle();
  connections[0].become("connected");
  report("talk", "ESTABLISHED", { sipStatus: 200 });
  report("finish", "FINISH", { cause: "normal", text: "The other side hung up.", sipStatus: 200 });
  assert.deepEqual(states, ["RINGING", "ACTIVE", "ENDED"]);
  assert.equal(call.cause.text, "The other side hung up.");
  assert.deepEqual(connections[0].remote, [{ type: "answer", sdp: "answer-of-gateway" }]);
  assert.equal(connections[0].closed, true);
  assert.deepEqual(session.calls, []);
  assert.ok(clock.pending <= 1, "only the session's own watch is left");
});

test("the second description of a call is ignored", async () => {
  const { call, socket, connections } = await outgoing();
  socket.say("setRemoteSDP", call.id, "first", true);
  socket.say("setRemoteSDP", call.id, "second", true);
  await settle();
  assert.deepEqual(connections[0].remote, [{ type: "answer", sdp: "first" }]);
});

test("a busy callee ends the call with the cause that says so", async () => {
  const { call, report, socket } = await outgoing();
  report("notifyTryingResponse", "TRYING");
  socket.say("busy", { callId: call.id, status: "BUSY", sipStatus: 486 });
  assert.equal(call.state, "CONNECTING");
  report("finish", "FINISH", {
    sipStatus: 486,
    cause: "busy",
    text: "1002 is busy.",
    remedy: "Later.",
  });
  assert.equal(call.state, "ENDED");
  assert.equal(call.cause.cause, "busy");
  assert.equal(call.cause.remedy, "Later.");
});

test("what the gateway found wrong with a call is told at its end, with its field", async () => {
  const { call, socket, report } = await outgoing();
  socket.say("fail", {
    apiMethod: "CallStatusEvent",
    id: call.id,
    info: "callee: a space is not allowed at position 3",
    text: "the number or address to call is malformed",
    field: "callee",
    cause: "bad_callee",
  });
  assert.equal(call.state, "CONNECTING");
  report("finish", "FAILED", { info: "Failed by session creation", cause: "bad_callee" });
  assert.equal(call.cause.field, "callee");
  assert.equal(call.cause.text, "Callee: a space is not allowed at position 3.");
});

test("hanging up a ringing call tells the gateway, frees the microphone and waits for the end", async () => {
  const { call, report, socket, streams, connections } = await outgoing();
  report("ring", "RING");
  call.hangup();
  assert.equal(socket.last().message, "hangup");
  assert.equal(streams[0].tracks[0].stopped, true);
  assert.equal(connections[0].closed, true);
  assert.notEqual(call.state, "ENDED");
  report("finish", "FINISH", { cause: "cancelled", text: "You hung up." });
  assert.equal(call.state, "ENDED");
  assert.equal(call.cause.cause, "cancelled");
});

test("a hang-up that the gateway does not confirm ends the call anyway", async () => {
  const { call, report, clock, socket } = await outgoing();
  report("talk", "ESTABLISHED");
  call.hangup();
  call.hangup();
  await clock.advance(5_000);
  assert.equal(call.state, "ENDED");
  assert.equal(call.cause.cause, "normal");
  assert.equal(socket.names().filter((name) => name === "hangup").length, 1);
});

test("a call that is hung up while the browser asks for the microphone is never sent", async () => {
  let allow;
  const stream = new FakeStream("audio");
  const { call, socket } = await outgoing({
    getUserMedia: () => new Promise((resolve) => (allow = () => resolve(stream))),
  });
  call.hangup();
  assert.equal(call.state, "ENDED");
  allow();
  await settle();
  assert.deepEqual(socket.names(), ["connection"]);
  assert.equal(stream.tracks[0].stopped, true, "the microphone that came too late is closed");
});

for (const [name, cause] of [
  ["NotAllowedError", "microphone_refused"],
  ["NotFoundError", "microphone_missing"],
  ["NotReadableError", "microphone_busy"],
]) {
  test(`${name} of the browser ends the call with cause ${cause}`, async () => {
    const refusal = Object.assign(new Error("no"), { name });
    const { call, socket } = await outgoing({ getUserMedia: async () => Promise.reject(refusal) });
    assert.equal(call.state, "ENDED");
    assert.equal(call.cause.cause, cause);
    assert.notEqual(call.cause.remedy, "");
    assert.deepEqual(socket.names(), ["connection"]);
  });
}

test("a page that is not secure is told so", async () => {
  const { call } = await outgoing({ getUserMedia: undefined });
  assert.equal(call.cause.cause, "insecure_page");
});

test("a refused microphone on answer declines the call", async () => {
  const refusal = Object.assign(new Error("no"), { name: "NotAllowedError" });
  const { call, socket } = await incoming({ getUserMedia: async () => Promise.reject(refusal) });
  call.answer();
  await settle();
  assert.equal(call.state, "ENDED");
  assert.equal(call.cause.cause, "microphone_refused");
  assert.equal(socket.last().message, "hangup");
});

test("a description that the browser refuses ends the call at both ends", async () => {
  const { call, socket, connections } = await outgoing();
  connections[0].fail = true;
  socket.say("setRemoteSDP", call.id, "nonsense", true);
  await settle();
  assert.equal(call.state, "ENDED");
  assert.equal(call.cause.cause, "browser_media");
  assert.equal(socket.last().message, "hangup");
});

test("an incoming call shows who calls, is answered once, and talks", async () => {
  const { call, states, socket, connections, report } = await incoming();
  assert.equal(call.state, "RINGING");
  assert.equal(call.remoteName, "Anna");
  assert.equal(call.caller, "1002");
  call.answer();
  call.answer();
  await settle();
  assert.deepEqual(connections[0].remote, [{ type: "offer", sdp: "offer-of-gateway" }]);
  assert.equal(socket.names().filter((name) => name === "answer").length, 1);
  assert.equal(socket.last().data[0].sdp, "answer-of-browser");
  report("talk", "ESTABLISHED");
  assert.deepEqual(states, ["CONNECTING", "ACTIVE"]);
});

test("a declined call is hung up and ends with the gateway's report", async () => {
  const { call, socket, report } = await incoming();
  call.hangup();
  assert.equal(socket.last().message, "hangup");
  report("finish", "FINISH", { cause: "declined", text: "You declined." });
  assert.equal(call.cause.cause, "declined");
});

test("an incoming call that the caller gives up ends", async () => {
  const { call, report, session } = await incoming();
  report("finish", "FINISH", { cause: "caller_cancelled", text: "The caller hung up." });
  assert.equal(call.state, "ENDED");
  assert.deepEqual(session.calls, []);
  call.answer();
  assert.equal(call.state, "ENDED");
});

test("hold and resume are shown", async () => {
  const { call, states, report } = await outgoing();
  report("talk", "ESTABLISHED");
  report("hold", "HOLD");
  report("talk", "ESTABLISHED");
  assert.deepEqual(states, ["ACTIVE", "HELD", "ACTIVE"]);
  assert.equal(call.state, "ACTIVE");
});

test("mute switches the track and says so", async () => {
  const { call, streams } = await outgoing();
  const seen = [];
  call.on("muted", (muted) => seen.push(muted));
  call.muted = true;
  call.muted = true;
  assert.equal(streams[0].tracks[0].enabled, false);
  call.muted = false;
  assert.equal(streams[0].tracks[0].enabled, true);
  assert.deepEqual(seen, [true, false]);
});

test("a call muted before its microphone opens starts muted", async () => {
  const { call, streams } = await incoming();
  call.muted = true;
  call.answer();
  await settle();
  assert.equal(streams[0].tracks[0].enabled, false);
});

test("what comes from the far end is handed over in one stream", async () => {
  const { call, connections } = await outgoing();
  const heard = [];
  call.on("stream", (stream) => heard.push(stream));
  const tracks = [new FakeTrack("audio"), new FakeTrack("audio")];
  connections[0].ontrack({ streams: [new FakeStream()], track: tracks[0] });
  assert.deepEqual(heard[0].getTracks(), [tracks[0]]);
  connections[0].ontrack({ streams: [], track: tracks[1] });
  assert.equal(heard[1], heard[0]);
  assert.deepEqual(heard[1].getTracks(), [tracks[1]], "in place of the one before");
  assert.equal(call.remoteStream, heard[0]);
});

test("audio that fails ends the call and tells the gateway", async () => {
  const { call, connections, socket, report } = await outgoing();
  report("talk", "ESTABLISHED");
  connections[0].become("connected");
  connections[0].become("disconnected");
  assert.equal(call.state, "ACTIVE");
  connections[0].become("failed");
  assert.equal(call.cause.cause, "media_failed");
  assert.equal(socket.last().message, "hangup");
});

const waits = [
  ["the microphone", () => ready({ getUserMedia: () => new Promise(() => undefined) }), 60_000],
  ["the first word of the gateway", () => ready(), 10_000],
];
for (const [what, prepare, limit] of waits) {
  test(`an outgoing call does not wait for ever for ${what}`, async () => {
    const setting = await prepare();
    const call = setting.session.createCall("1002");
    call.call();
    await pass(setting, limit - 5_000);
    assert.equal(call.state, "CONNECTING");
    await pass(setting, 5_000);
    assert.equal(call.state, "ENDED");
    assert.deepEqual(setting.session.calls, []);
  });
}

test("an outgoing call does not ring for ever", async () => {
  const setting = await outgoing();
  setting.report("ring", "RING");
  await pass(setting, 235_000);
  assert.equal(setting.call.state, "RINGING");
  await pass(setting, 5_000);
  assert.equal(setting.call.cause.cause, "no_answer");
  assert.ok(setting.socket.names().includes("hangup"));
});

test("an incoming call does not ring for ever", async () => {
  const setting = await incoming();
  await pass(setting, 90_000);
  assert.equal(setting.call.cause.cause, "no_answer");
});

test("an answer that is not confirmed ends", async () => {
  const setting = await incoming();
  setting.call.answer();
  await settle();
  setting.connections[0].become("connected");
  await pass(setting, 30_000);
  assert.equal(setting.call.cause.cause, "call_timeout");
});

test("audio that never connects ends the call", async () => {
  const setting = await outgoing();
  setting.socket.say("setRemoteSDP", setting.call.id, "answer", true);
  setting.report("talk", "ESTABLISHED");
  await pass(setting, 20_000);
  assert.equal(setting.call.cause.cause, "media_failed");
});

test("a talking call whose audio is connected has no deadline", async () => {
  const setting = await outgoing();
  setting.socket.say("setRemoteSDP", setting.call.id, "answer", true);
  setting.connections[0].become("connected");
  setting.report("talk", "ESTABLISHED");
  await pass(setting, 3_600_000);
  assert.equal(setting.call.state, "ACTIVE");
});

test("no order of reports leaves a call without a way out", async () => {
  let seed = 12345;
  const random = (n) => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return (seed >> 8) % n;
  };
  const statuses = [
    "TRYING",
    "RING",
    "SESSION_PROGRESS",
    "ESTABLISHED",
    "HOLD",
    "FINISH",
    "nonsense",
  ];
  for (let round = 0; round < 300; round++) {
    const setting = await (round % 2 ? outgoing() : incoming());
    const { call, report, connections, socket, session } = setting;
    let ends = 0;
    call.on("state", (state) => (ends += state === "ENDED"));
    for (let step = 0; step < 8; step++) {
      const action = random(12);
      if (action < 7) report("ring", statuses[action]);
      else if (action === 7) call.hangup();
      else if (action === 8 && call.incoming) call.answer();
      else if (action === 9) socket.say("setRemoteSDP", call.id, "sdp", true);
      else if (action === 10) connections[0]?.become("connected");
      else if (action === 11) connections[0]?.become("failed");
      await settle();
    }
    await pass(setting, 250_000);
    if (call.state !== "ENDED") {
      assert.ok(call.state === "ACTIVE" || call.state === "HELD", `round ${round}: ${call.state}`);
      session.disconnect();
    }
    assert.equal(ends, 1, `round ${round}`);
    assert.deepEqual(session.calls, []);
  }
});
