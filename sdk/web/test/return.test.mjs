// A session whose connection is lost, and its calls: they wait, return and go on, or end with a cause.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ZvonokSession } from "../dist/index.js";
import { ACCOUNT, GRANTED, fakeEnvironment, lose, registered, settle, welcome } from "./fakes.mjs";

async function ready(granted = GRANTED, changes = {}) {
  const fake = fakeEnvironment(changes);
  const { session, socket } = await registered(ZvonokSession, fake, granted);
  const states = [];
  session.on("state", (state) => states.push(state));
  return { ...fake, session, socket, states };
}

/** An outgoing call. `upTo`: how far it has come: "sent", "ringing", "talking". */
async function calling(upTo, changes) {
  const setting = await ready(GRANTED, changes);
  const call = setting.session.createCall("1002");
  const history = [];
  call.on("state", (state) => history.push(state));
  call.call();
  await settle();
  let seq = 1; // registered was the first
  const tell = (message, ...data) => setting.sockets.at(-1).tell(++seq, message, ...data);
  const entry = (status, more = {}) => ({ callId: call.id, status, incoming: false, ...more });
  if (upTo !== "sent") {
    tell("notifyTryingResponse", entry("TRYING"));
    tell("ring", entry("RING"));
  }
  if (upTo === "talking") {
    tell("setRemoteSDP", call.id, "answer-of-gateway", true);
    await settle();
    setting.connections[0].become("connected");
    tell("talk", entry("ESTABLISHED"));
  }
  return { ...setting, call, history, entry, tell, seq: () => seq };
}

/** Returns, and lets the calls be compared. */
async function comeBack(setting, options) {
  const socket = welcome(setting, "token-2", options);
  await setting.clock.advance(0);
  return socket;
}

test("a lost connection is RECONNECTING, and the return is told the token and the last number", async () => {
  const setting = await calling("ringing");
  const { session, states, socket, sockets } = setting;
  await lose(setting);
  assert.equal(session.state, "RECONNECTING");
  assert.equal(session.cause.cause, "gateway_lost");
  assert.equal(sockets.length, 2);
  sockets[1].events.open();
  const [data] = sockets[1].last().data;
  assert.equal(sockets[1].last().message, "connection");
  assert.deepEqual([data.authToken, data.lastSeq], ["token-1", setting.seq()]);
  assert.ok(!JSON.stringify(sockets[1].sent).includes(ACCOUNT.password));
  assert.ok(!("sipLogin" in data));
  await comeBack(setting, { calls: [setting.entry("RING")] });
  assert.deepEqual(states, ["RECONNECTING", "REGISTERED"]);
  assert.equal(session.cause, undefined);
  socket.say("finish", setting.entry("FINISH"));
  assert.equal(setting.call.state, "RINGING", "the old socket is not listened to");
});

test("a client that has seen no numbered message says 0, not nothing", async () => {
  const setting = await ready();
  await lose(setting);
  setting.sockets[1].events.open();
  assert.equal(setting.sockets[1].last().data[0].lastSeq, 0);
});

test("tries wait 0.3 s, then twice as long each time up to 5 s, and end with the window", async () => {
  const setting = await calling("talking");
  const { clock, sockets, session, call } = setting;
  const begin = clock.now();
  const at = [];
  sockets[0].events.close();
  while (session.state === "RECONNECTING") {
    const before = sockets.length;
    await clock.advance(100);
    if (sockets.length === before) continue;
    at.push(clock.now() - begin);
    sockets.at(-1).events.close();
  }
  assert.deepEqual(at.slice(0, 7), [300, 900, 2100, 4500, 9300, 14300, 19300]);
  assert.equal(clock.now() - begin, 120_000);
  assert.equal(session.state, "DISCONNECTED");
  assert.equal(session.cause.cause, "gateway_lost");
  assert.equal(call.cause.cause, "gateway_lost");
  assert.equal(session.saved, undefined);
  assert.equal(clock.pending, 0);
  assert.equal(setting.network.watchers, 0);
});

test("a return that is lost at once does not begin the waits anew, one that lasts does", async () => {
  const setting = await ready();
  const { clock, sockets } = setting;
  const waitIs = async (ms) => {
    const before = sockets.length;
    sockets.at(-1).events.close();
    await clock.advance(ms - 1);
    assert.equal(sockets.length, before);
    await clock.advance(1);
    assert.equal(sockets.length, before + 1, `${ms} ms`);
    await comeBack(setting);
    assert.equal(setting.session.state, "REGISTERED");
  };
  for (const ms of [300, 600, 1_200, 2_400, 4_800, 5_000, 5_000]) await waitIs(ms);
  await clock.advance(5_000);
  await waitIs(300);
});

test("the first wait differs from client to client", async () => {
  for (const [random, ms] of [
    [0, 225],
    [0.999, 374],
  ]) {
    const setting = await ready(GRANTED, { random: () => random });
    setting.sockets[0].events.close();
    await setting.clock.advance(ms - 5);
    assert.equal(setting.sockets.length, 1);
    await setting.clock.advance(6);
    assert.equal(setting.sockets.length, 2);
  }
});

test("the network's return is tried at once; a burst of events is one try, and one more at its end", async () => {
  const setting = await ready();
  const { clock, sockets, network } = setting;
  sockets[0].events.close();
  network.change();
  assert.equal(sockets.length, 2);
  for (let i = 0; i < 20; i++) network.change();
  assert.equal(sockets.length, 2);
  await clock.advance(1_000);
  assert.equal(sockets.length, 3);
  assert.ok(sockets[1].closed, "one socket at a time");
  await clock.advance(1_000);
  assert.equal(sockets.length, 3);
  welcome(setting, "token-2");
  assert.equal(setting.session.state, "REGISTERED");
});

test("a try that hangs is given up for the next", async () => {
  const setting = await ready();
  await lose(setting);
  await setting.clock.advance(10_000 + 600);
  assert.equal(setting.sockets.length, 3);
  assert.ok(setting.sockets[1].closed);
});

test("a token that is refused ends session and calls with the gateway's cause", async () => {
  const setting = await calling("talking");
  await lose(setting);
  const socket = setting.sockets[1];
  socket.events.open();
  socket.say("fail", {
    apiMethod: "ConnectionStatusEvent",
    cause: "resume_unknown_token",
    text: "the session of this token no longer exists",
  });
  assert.equal(setting.session.state, "DISCONNECTED");
  assert.equal(setting.session.cause.cause, "resume_unknown_token");
  assert.equal(setting.call.cause.cause, "resume_unknown_token");
  assert.ok(setting.connections[0].closed);
  assert.equal(setting.clock.pending, 0);
});

test("a session that ended because its registration failed tells that, not that its token is void", async () => {
  const setting = await ready();
  const warnings = [];
  setting.session.on("warning", ({ cause }) => warnings.push(cause));
  setting.socket.tell(2, "fail", {
    apiMethod: "RegistrationStatusEvent",
    cause: "sip_auth_failed",
  });
  await lose(setting);
  const socket = setting.sockets[1];
  socket.events.open();
  socket.say("fail", { apiMethod: "ConnectionStatusEvent", cause: "resume_unknown_token" });
  assert.deepEqual(warnings, ["sip_auth_failed"]);
  assert.equal(setting.session.state, "DISCONNECTED");
  assert.equal(setting.session.cause.cause, "sip_auth_failed");
});

test("another failure of the gateway is tried again", async () => {
  const setting = await ready();
  await lose(setting);
  setting.sockets[1].events.open();
  setting.sockets[1].say("fail", { apiMethod: "ConnectionStatusEvent", cause: "limit_clients" });
  setting.sockets[1].events.close();
  await setting.clock.advance(600);
  welcome(setting, "token-2");
  assert.equal(setting.session.state, "REGISTERED");
});

test("a gateway that grants no resume is gone when its connection is", async () => {
  for (const granted of [{}, { ...GRANTED, features: ["report"] }, { ...GRANTED, authToken: "" }]) {
    const { session, socket } = await ready(granted);
    assert.equal(session.saved, undefined);
    socket.events.close();
    assert.equal(session.state, "DISCONNECTED");
    assert.equal(session.cause.cause, "gateway_lost");
  }
});

test("a gateway that grants it no longer ends what waited for it", async () => {
  const setting = await calling("talking");
  await lose(setting);
  setting.sockets[1].events.open();
  setting.sockets[1].say("getUserData", { sipLogin: "1001", authToken: "x", features: [] });
  assert.equal(setting.session.state, "DISCONNECTED");
  assert.equal(setting.call.cause.cause, "gateway_lost");
});

test("silence loses the connection sooner where it can be resumed", async () => {
  const setting = await ready();
  await setting.clock.advance(6_000);
  assert.equal(setting.socket.last().message, "ping");
  await setting.clock.advance(6_000);
  assert.equal(setting.session.state, "RECONNECTING");
  assert.equal(setting.session.cause.cause, "gateway_silent");
  assert.ok(setting.socket.closed);
});

test("a socket that is given up does not say good-bye, since that would end session and calls", async () => {
  const setting = await calling("talking");
  await setting.clock.advance(12_000);
  assert.equal(setting.session.state, "RECONNECTING");
  assert.equal(setting.socket.code, 4000);
  await setting.clock.advance(300);
  const second = setting.sockets.at(-1);
  second.events.open();
  second.say("getUserData", { sipLogin: "1001", ...GRANTED, authToken: "token-2" });
  await setting.clock.advance(10_000 + 600); // zvResumed does not come: a try that hangs
  assert.notEqual(setting.sockets.at(-1), second);
  assert.equal(second.code, 4000);
  const third = await comeBack(setting, { calls: [setting.entry("ESTABLISHED")] });
  setting.session.disconnect();
  assert.equal(third.code, 1000);
});

test("another network: a gateway that answers keeps the connection, one that does not loses it", async () => {
  const setting = await ready();
  setting.network.change();
  setting.network.change();
  assert.deepEqual(setting.socket.names().slice(1), ["ping"]);
  setting.socket.say("pong");
  await setting.clock.advance(3_000);
  assert.equal(setting.session.state, "REGISTERED");
  setting.network.change();
  await setting.clock.advance(1_499);
  assert.equal(setting.session.state, "REGISTERED");
  await setting.clock.advance(1);
  assert.equal(setting.session.state, "RECONNECTING");
});

test("a connection lost before the account is registered returns and waits on", async () => {
  const fake = fakeEnvironment();
  const session = new ZvonokSession(fake.environment);
  const connected = session.connect(ACCOUNT);
  fake.sockets[0].events.open();
  fake.sockets[0].say("getUserData", { sipLogin: "1001", ...GRANTED });
  await lose(fake);
  assert.equal(session.state, "RECONNECTING");
  const socket = welcome(fake, "token-2", { registered: false });
  assert.equal(session.state, "ESTABLISHED");
  socket.tell(1, "registered", {});
  await connected;
  assert.equal(session.state, "REGISTERED");
});

test("a connection lost before the gateway has taken the account is final", async () => {
  const fake = fakeEnvironment();
  const session = new ZvonokSession(fake.environment);
  const connected = session.connect(ACCOUNT);
  fake.sockets[0].events.open();
  fake.sockets[0].events.close();
  await assert.rejects(connected, (error) => error.cause.cause === "gateway_lost");
});

test("a session that returns unregistered is ESTABLISHED and lives", async () => {
  const setting = await ready();
  await lose(setting);
  welcome(setting, "token-2", { registered: false });
  assert.equal(setting.session.state, "ESTABLISHED");
  for (let i = 0; i < 20; i++) {
    await setting.clock.advance(5_000);
    setting.sockets[1].say("ping");
  }
  assert.equal(setting.session.state, "ESTABLISHED");
});

test("the new token is kept at once and confirmed, and the password is not sent again", async () => {
  const setting = await ready();
  const saved = [];
  setting.session.on("saved", (value) => saved.push(value?.token));
  for (const token of ["token-2", "token-3"]) {
    await lose(setting);
    const socket = welcome(setting, token);
    assert.equal(setting.session.saved.token, token);
    assert.deepEqual(socket.names(), ["connection", "ping"]);
    await setting.clock.advance(5_000);
  }
  assert.equal(setting.sockets[2].sent[0].data[0].authToken, "token-2");
  setting.session.disconnect();
  assert.deepEqual(saved, ["token-2", "token-3", undefined]);
});

test("missed messages are applied once and in order", async () => {
  const setting = await calling("sent");
  const { call, history, entry } = setting;
  setting.tell("notifyTryingResponse", entry("TRYING"));
  setting.tell("ring", entry("RING"));
  await lose(setting);
  const socket = welcome(setting, "token-2", { calls: [entry("HOLD")], replayed: 3 });
  socket.tell(3, "ring", entry("RING")); // seen before
  socket.tell(4, "setRemoteSDP", call.id, "answer-of-gateway", true);
  socket.tell(4, "setRemoteSDP", call.id, "another", true);
  socket.tell(5, "talk", entry("ESTABLISHED"));
  socket.tell(6, "hold", entry("HOLD"));
  socket.tell(5, "talk", entry("ESTABLISHED"));
  await setting.clock.advance(0);
  assert.deepEqual(history, ["RINGING", "ACTIVE", "HELD"]);
  assert.deepEqual(setting.connections[0].remote, [{ type: "answer", sdp: "answer-of-gateway" }]);
  await setting.clock.advance(5_000);
  await lose(setting);
  setting.sockets[2].events.open();
  assert.equal(setting.sockets[2].last().data[0].lastSeq, 6);
});

test("an end among the missed messages keeps its own cause", async () => {
  const setting = await calling("talking");
  await lose(setting);
  const socket = welcome(setting, "token-2", { calls: [], replayed: 1 });
  await setting.clock.advance(0);
  assert.equal(setting.call.state, "ACTIVE", "what is missed is waited for");
  const end = setting.entry("FINISH", { cause: "normal", text: "the far end hung up" });
  socket.tell(setting.seq() + 1, "finish", end);
  await setting.clock.advance(0);
  assert.equal(setting.call.cause.text, "The far end hung up.");
});

test("missed messages that never come are not waited for without end", async () => {
  const setting = await calling("talking");
  await lose(setting);
  welcome(setting, "token-2", { calls: [], replayed: 5 });
  await setting.clock.advance(3_000);
  assert.equal(setting.call.cause.cause, "gateway_lost");
});

test("a call that the gateway does not hold any more ends with a cause", async () => {
  const setting = await calling("talking");
  await lose(setting);
  await comeBack(setting, { calls: [] });
  assert.equal(setting.call.state, "ENDED");
  assert.equal(setting.call.cause.cause, "gateway_lost");
  assert.deepEqual(setting.session.calls, []);
});

test("a state that has changed without a message is taken from the list", async () => {
  const setting = await calling("talking");
  await lose(setting);
  await comeBack(setting, { calls: [setting.entry("HOLD", { held: true })], complete: false });
  assert.equal(setting.call.state, "HELD");
});

test("a call that was asked for while the gateway was away is asked for again", async () => {
  const setting = await calling("sent");
  const [, asked] = setting.socket.sent;
  await lose(setting);
  await setting.clock.advance(0);
  const socket = await comeBack(setting, { calls: [] });
  assert.equal(setting.call.state, "CONNECTING");
  assert.deepEqual(socket.last(), asked);
  assert.equal(socket.names().filter((name) => name === "call").length, 1);
});

test("a call whose microphone opens while the gateway is away goes out on the return", async () => {
  let allow;
  const { FakeStream } = await import("./fakes.mjs");
  const setting = await calling("none", {
    getUserMedia: () => new Promise((resolve) => (allow = () => resolve(new FakeStream("audio")))),
  });
  await lose(setting);
  allow();
  await settle();
  assert.deepEqual(setting.sockets[1].names(), []);
  const socket = await comeBack(setting, { calls: [] });
  assert.equal(socket.last().message, "call");
});

/** An incoming call that rings. */
async function rung() {
  const setting = await ready();
  let call;
  setting.session.on("incoming", (arrived) => (call = arrived));
  const entry = (status) => ({ callId: "in-1", incoming: true, status, caller: "1002" });
  setting.socket.tell(2, "setRemoteSDP", "in-1", "offer-of-gateway", false);
  setting.socket.tell(3, "notifyIncomingCall", entry("RING"));
  return { ...setting, call, entry };
}

test("an incoming call rings on, and is not announced twice", async () => {
  const setting = await rung();
  let again = 0;
  setting.session.on("incoming", () => again++);
  await lose(setting);
  const socket = await comeBack(setting, { calls: [setting.entry("RING")] });
  socket.tell(4, "setRemoteSDP", "in-1", "offer-of-gateway", false);
  socket.tell(5, "notifyIncomingCall", setting.entry("RING"));
  assert.equal(again, 0);
  assert.equal(setting.call.state, "RINGING");
});

test("an answer given while the gateway was away is given on the return", async () => {
  const setting = await rung();
  await lose(setting);
  setting.call.answer();
  await settle();
  await setting.clock.advance(40_000); // longer than an answer is waited for
  assert.equal(setting.call.state, "CONNECTING");
  setting.network.change();
  const socket = await comeBack(setting, { calls: [setting.entry("RING")] });
  const answer = socket.sent.find(({ message }) => message === "answer");
  assert.equal(answer.data[0].sdp, "answer-of-browser");
  socket.tell(4, "talk", setting.entry("ESTABLISHED"));
  assert.equal(setting.call.state, "ACTIVE");
});

test("an answer that had arrived is not given again", async () => {
  const setting = await rung();
  setting.call.answer();
  await settle();
  await lose(setting);
  const socket = await comeBack(setting, { calls: [setting.entry("ESTABLISHED")] });
  assert.ok(!socket.names().includes("answer"));
  assert.equal(setting.call.state, "ACTIVE");
});

test("a call hung up while the gateway is away ends at once, and the gateway is told on the return", async () => {
  const setting = await calling("talking");
  await lose(setting);
  setting.call.hangup();
  assert.equal(setting.call.state, "ENDED");
  const socket = await comeBack(setting, { calls: [setting.entry("ESTABLISHED")] });
  assert.deepEqual(socket.last(), { message: "hangup", data: [{ callId: setting.call.id }] });
  assert.deepEqual(setting.session.calls, []);
});

test("a hang-up that got lost is said again, before its deadline and after", async () => {
  for (const wait of [0, 5_000]) {
    const setting = await calling("talking");
    setting.call.hangup();
    await setting.clock.advance(wait);
    await lose(setting);
    const socket = await comeBack(setting, { calls: [setting.entry("ESTABLISHED")] });
    assert.equal(socket.last().message, "hangup");
    socket.tell(9, "finish", setting.entry("FINISH", { cause: "normal" }));
    assert.equal(setting.call.state, "ENDED");
  }
});

test("no deadline of a call runs while the gateway is away", async () => {
  for (const upTo of ["sent", "ringing", "talking"]) {
    const setting = await calling(upTo);
    setting.sockets[0].events.close();
    setting.connections[0].become("failed");
    await setting.clock.advance(119_000);
    assert.equal(setting.session.state, "RECONNECTING");
    assert.notEqual(setting.call.state, "ENDED", upTo);
  }
});

test("a return that is lost again before it was complete is no loss", async () => {
  const setting = await calling("talking");
  await lose(setting);
  welcome(setting, "token-2", { calls: [], replayed: 1 });
  await lose(setting);
  await comeBack(setting, { calls: [setting.entry("ESTABLISHED")] });
  assert.equal(setting.call.state, "ACTIVE");
});

test("disconnecting while the gateway is away ends everything", async () => {
  const setting = await calling("talking");
  await lose(setting);
  setting.session.disconnect();
  assert.equal(setting.session.state, "DISCONNECTED");
  assert.equal(setting.call.state, "ENDED");
  assert.ok(setting.sockets[1].closed);
  assert.equal(setting.clock.pending, 0);
});

test("a listener that disconnects when the connection is lost is obeyed", async () => {
  const setting = await ready();
  setting.session.on("state", (state) => {
    if (state === "RECONNECTING") setting.session.disconnect();
  });
  setting.socket.events.close();
  await setting.clock.advance(10_000);
  assert.equal(setting.session.state, "DISCONNECTED");
  assert.equal(setting.sockets.length, 1);
  assert.equal(setting.clock.pending, 0);
});

test("numbers mean nothing where resume is not granted", async () => {
  const setting = await ready({});
  let call;
  setting.session.on("incoming", (arrived) => (call = arrived));
  setting.socket.tell(7, "setRemoteSDP", "in-1", "offer", false);
  setting.socket.tell(3, "notifyIncomingCall", { callId: "in-1", caller: "1002" });
  assert.equal(call.id, "in-1");
});
