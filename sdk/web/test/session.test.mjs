import assert from "node:assert/strict";
import { test } from "node:test";
import { ZvonokSession } from "../dist/index.js";
import { ACCOUNT, fakeEnvironment, registered, settle } from "./fakes.mjs";

function start(options = {}, changes = {}) {
  const fake = fakeEnvironment(changes);
  const session = new ZvonokSession(fake.environment);
  const states = [];
  session.on("state", (state) => states.push(state));
  const connected = session.connect({ ...ACCOUNT, ...options });
  connected.catch(() => undefined);
  return { ...fake, session, states, connected, socket: fake.sockets[0] };
}

test("the account goes out in the first message, after the socket has opened", async () => {
  const { socket } = start({ authenticationName: "auth", port: 5070 });
  assert.deepEqual(socket.sent, []);
  socket.events.open();
  assert.equal(socket.sent.length, 1);
  const [connection] = socket.sent[0].data;
  assert.equal(socket.sent[0].message, "connection");
  assert.equal(connection.sipLogin, "1001");
  assert.equal(connection.sipAuthenticationName, "auth");
  assert.equal(connection.sipPassword, "secret");
  assert.equal(connection.sipPort, 5070);
  assert.equal(connection.sipRegisterRequired, true);
});

test("a session becomes established, then registered, and resolves only then", async () => {
  const { socket, states, connected, session } = start();
  let resolved = false;
  connected.then(() => (resolved = true));
  socket.events.open();
  socket.say("getUserData", { sipLogin: "1001" });
  await settle();
  assert.equal(resolved, false);
  socket.say("registered", {});
  await settle();
  assert.equal(resolved, true);
  assert.deepEqual(states, ["CONNECTING", "ESTABLISHED", "REGISTERED"]);
  assert.equal(session.cause, undefined);
});

test("without registration a session is ready once it is established", async () => {
  const { socket, states, connected } = start({ registerRequired: false });
  socket.events.open();
  socket.say("getUserData", { sipLogin: "1001" });
  await connected;
  assert.deepEqual(states, ["CONNECTING", "ESTABLISHED"]);
});

test("a refusal of the gateway ends the session with its sentence, remedy and field", async () => {
  const { socket, connected, session } = start();
  socket.events.open();
  socket.say("fail", {
    apiMethod: "ConnectionStatusEvent",
    status: "FAILED",
    cause: "bad_login",
    text: "the SIP login has a space at position 5",
    remedy: "try ralf",
    field: "sipLogin",
  });
  await assert.rejects(connected, (error) => {
    assert.equal(error.cause.field, "sipLogin");
    assert.equal(error.cause.cause, "bad_login");
    assert.match(error.message, /^The SIP login has .* position 5\. Try ralf\.$/);
    return true;
  });
  assert.equal(session.state, "DISCONNECTED");
  assert.equal(session.cause.cause, "bad_login");
  assert.equal(socket.closed, true);
});

test("a refusal without our extensions still gives its info as the sentence", async () => {
  const { socket, connected } = start();
  socket.events.open();
  socket.say("fail", { apiMethod: "RegistrationStatusEvent", info: "Forbidden", sipStatus: 403 });
  await assert.rejects(connected, (error) => {
    assert.equal(error.cause.text, "Forbidden.");
    assert.equal(error.cause.sipStatus, 403);
    return true;
  });
});

test("an address that is not one fails at once and names its field", async () => {
  const { connected } = start(
    {},
    {
      openSocket: () => {
        throw new SyntaxError("no url");
      },
    },
  );
  await assert.rejects(connected, (error) => {
    assert.equal(error.cause.cause, "bad_url");
    assert.equal(error.cause.field, "url");
    return true;
  });
});

test("a gateway that refuses the socket is reported as unreachable", async () => {
  const { connected, socket } = start();
  socket.events.close();
  await assert.rejects(connected, (error) => error.cause.cause === "gateway_unreachable");
});

for (const [stage, prepare] of [
  ["before the socket opens", () => undefined],
  ["after the socket has opened", (socket) => socket.events.open()],
]) {
  test(`a gateway that stays silent ${stage} is given up`, async () => {
    const { connected, socket, clock, session } = start();
    prepare(socket);
    await clock.advance(10_000);
    await assert.rejects(connected, (error) => error.cause.cause === "connect_timeout");
    assert.equal(session.state, "DISCONNECTED");
    assert.equal(socket.closed, true);
    assert.equal(clock.pending, 0);
  });
}

test("a registration without a verdict is given up", async () => {
  const { connected, socket, clock } = start();
  socket.events.open();
  socket.say("getUserData", { sipLogin: "1001" });
  for (let i = 0; i < 8; i++) {
    await clock.advance(5_000);
    socket.say("ping");
  }
  await assert.rejects(connected, (error) => error.cause.cause === "register_timeout");
});

test("a ping is answered", async () => {
  const fake = fakeEnvironment();
  const { socket } = await registered(ZvonokSession, fake);
  socket.say("ping");
  assert.deepEqual(socket.last(), { message: "pong", data: [null] });
});

test("a gateway that falls silent is asked, then given up", async () => {
  const fake = fakeEnvironment();
  const { session, socket } = await registered(ZvonokSession, fake);
  await fake.clock.advance(15_000);
  assert.equal(socket.last().message, "ping");
  assert.equal(session.state, "REGISTERED");
  await fake.clock.advance(15_000);
  assert.equal(session.state, "DISCONNECTED");
  assert.equal(session.cause.cause, "gateway_silent");
  assert.equal(fake.clock.pending, 0);
});

test("a gateway that speaks is not given up", async () => {
  const fake = fakeEnvironment();
  const { session, socket } = await registered(ZvonokSession, fake);
  for (let i = 0; i < 20; i++) {
    await fake.clock.advance(5_000);
    socket.say("ping");
  }
  assert.equal(session.state, "REGISTERED");
});

test("a lost socket ends the session and its calls", async () => {
  const fake = fakeEnvironment();
  const { session, socket } = await registered(ZvonokSession, fake);
  const call = session.createCall("1002");
  call.call();
  await settle();
  socket.events.close();
  assert.equal(session.state, "DISCONNECTED");
  assert.equal(session.cause.cause, "gateway_lost");
  assert.equal(call.state, "ENDED");
  assert.equal(call.cause.cause, "gateway_lost");
  assert.deepEqual(session.calls, []);
  assert.equal(fake.clock.pending, 0);
});

test("a session connects again after it was disconnected, deaf to its old socket", async () => {
  const fake = fakeEnvironment();
  const { session, socket } = await registered(ZvonokSession, fake);
  session.disconnect();
  assert.equal(session.state, "DISCONNECTED");
  const again = session.connect(ACCOUNT);
  const second = fake.sockets[1];
  second.events.open();
  socket.say("getUserData", { sipLogin: "1001" });
  socket.events.close();
  assert.equal(session.state, "CONNECTING");
  second.say("getUserData", { sipLogin: "1001" });
  second.say("registered", {});
  await again;
  assert.equal(session.state, "REGISTERED");
});

test("disconnecting hangs up the calls before the socket closes", async () => {
  const fake = fakeEnvironment();
  const { session, socket } = await registered(ZvonokSession, fake);
  const call = session.createCall("1002");
  call.call();
  await settle();
  session.disconnect();
  assert.equal(socket.last().message, "hangup");
  assert.equal(socket.closed, true);
  assert.equal(call.state, "ENDED");
});

test("a second connect is refused while the first is under way", async () => {
  const { session } = start();
  await assert.rejects(session.connect(ACCOUNT), /CONNECTING/);
});

test("a failure while the session is ready is a warning", async () => {
  const fake = fakeEnvironment();
  const { session, socket } = await registered(ZvonokSession, fake);
  const warnings = [];
  session.on("warning", (cause) => warnings.push(cause.text));
  socket.say("fail", { apiMethod: "ErrorEvent", info: "too many messages" });
  assert.deepEqual(warnings, ["Too many messages."]);
  assert.equal(session.state, "REGISTERED");
});

test("garbage, unknown messages and unknown calls change nothing", async () => {
  const fake = fakeEnvironment();
  const { session, socket } = await registered(ZvonokSession, fake);
  for (const text of ["", "null", "[]", "{", '{"message":3}', '{"message":"talk","data":[null]}']) {
    socket.events.message(text);
  }
  socket.say("somethingNew", { a: 1 });
  socket.say("finish", { callId: "unknown", status: "FINISH" });
  socket.say("notifyIncomingCall", { callId: "no-sdp-before" });
  assert.equal(session.state, "REGISTERED");
  assert.deepEqual(session.calls, []);
});

test("remote descriptions that wait for a call are bounded", async () => {
  const fake = fakeEnvironment();
  const { session, socket } = await registered(ZvonokSession, fake);
  const incoming = [];
  session.on("incoming", (call) => incoming.push(call.id));
  for (let i = 0; i < 9; i++) socket.say("setRemoteSDP", `in-${i}`, "v=0", false);
  socket.say("notifyIncomingCall", { callId: "in-0", caller: "1002" });
  socket.say("notifyIncomingCall", { callId: "in-8", caller: "1002" });
  assert.deepEqual(incoming, ["in-8"]);
});
