// A page that was reloaded: the session goes on with the token alone, its calls are found again and joined.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ZvonokError, ZvonokSession, parseSaved } from "../dist/index.js";
import { ACCOUNT, FakeStream, fakeEnvironment, lose, settle, welcome } from "./fakes.mjs";

const SAVED = {
  url: "wss://gateway:8443",
  token: "token-1",
  login: "1001",
  domain: "sip.example",
  registerRequired: true,
  calls: ["c1"],
};

const TALKING = {
  callId: "c1",
  status: "ESTABLISHED",
  incoming: true,
  caller: "1002",
  callee: "1001",
  visibleName: "Anna",
  held: false,
  since: 61_000,
};

function reloaded(saved = SAVED, changes = {}) {
  const fake = fakeEnvironment(changes);
  const session = new ZvonokSession(fake.environment);
  const states = [];
  const resumed = [];
  const incoming = [];
  session.on("state", (state) => states.push(state));
  session.on("resumed", (call) => resumed.push(call));
  session.on("incoming", (call) => incoming.push(call));
  const back = session.resume(saved);
  back.catch(() => undefined);
  return { ...fake, session, states, resumed, incoming, back };
}

/** A reloaded page that has found one call. */
async function found(entry = TALKING, changes) {
  const setting = reloaded(SAVED, changes);
  const socket = welcome(setting, "token-2", { calls: [entry] });
  await setting.clock.advance(0);
  const [call] = setting.resumed;
  const answer = async (sdp, on = socket) => {
    on.say("zvUpdate", { callId: "c1", type: "answer", sdp, reason: "reload" });
    await settle();
  };
  const offers = (on = socket) => on.sent.filter(({ message }) => message === "zvUpdate");
  return { ...setting, socket, call, answer, offers };
}

test("the token goes out alone, without a last number, and the session is what it was", async () => {
  const { sockets, back, states, session, ...fake } = reloaded();
  assert.equal(session.state, "RECONNECTING");
  assert.equal(sockets[0].url, `${SAVED.url}?resume=1`);
  welcome({ sockets, ...fake }, "token-2");
  await back;
  const [data] = sockets[0].sent[0].data;
  assert.equal(data.authToken, "token-1");
  assert.ok(!("lastSeq" in data) && !("sipLogin" in data) && !("sipPassword" in data));
  assert.deepEqual(states, ["RECONNECTING", "REGISTERED"]);
  assert.equal(session.saved.token, "token-2");
});

test("what is kept is read back as it was, and holds no password", async () => {
  const fake = fakeEnvironment();
  const session = new ZvonokSession(fake.environment);
  const kept = [];
  session.on("saved", (saved) => kept.push(JSON.stringify(saved)));
  const connected = session.connect(ACCOUNT);
  fake.sockets[0].events.open();
  fake.sockets[0].say("getUserData", { authToken: "token-1", features: ["resume"] });
  fake.sockets[0].tell(1, "registered", {});
  await connected;
  const call = session.createCall("1002");
  call.call();
  assert.deepEqual(parseSaved(kept.at(-1)), { ...SAVED, calls: [call.id] });
  assert.deepEqual(parseSaved(JSON.stringify(session.saved)), session.saved);
  assert.ok(!kept.join().includes(ACCOUNT.password));
  session.disconnect();
  assert.equal(kept.at(-1), undefined);
});

for (const text of [null, "", "null", "[]", "{", "3", '{"url":"wss://a"}', '{"token":"t"}']) {
  test(`${text} is no saved session`, () => assert.equal(parseSaved(text), undefined));
}

test("fields of a wrong type read as absent", () => {
  const odd = { url: "wss://a", token: "t", login: 1, domain: null, calls: ["c", 2] };
  assert.deepEqual(parseSaved(JSON.stringify(odd)), {
    url: "wss://a",
    token: "t",
    login: "",
    domain: "",
    registerRequired: true,
    calls: ["c"],
  });
});

test("a token that is refused rejects, and nothing is kept", async () => {
  const { sockets, back, session, clock } = reloaded();
  const kept = [];
  session.on("saved", (saved) => kept.push(saved));
  sockets[0].events.open();
  sockets[0].say("fail", { apiMethod: "ConnectionStatusEvent", cause: "resume_unknown_token" });
  await assert.rejects(back, (error) => error.cause.cause === "resume_unknown_token");
  assert.equal(session.state, "DISCONNECTED");
  assert.deepEqual(kept, [undefined]);
  assert.equal(clock.pending, 0);
});

test("a gateway that is not reached is tried until the window is over", async () => {
  const { sockets, back, session, clock } = reloaded();
  const rejected = assert.rejects(back, (error) => error.cause.cause === "gateway_unreachable");
  while (session.state === "RECONNECTING") {
    if (!sockets.at(-1).closed) sockets.at(-1).events.close();
    await clock.advance(1_000);
  }
  await rejected;
  assert.equal(clock.now(), 120_000);
});

test("a second reload before the first has returned keeps what it has", () => {
  const { session } = reloaded();
  assert.deepEqual(session.saved, SAVED);
});

test("a session that is open is not resumed, nor connected", async () => {
  const { session } = reloaded();
  await assert.rejects(session.resume(SAVED), /RECONNECTING/);
  await assert.rejects(session.connect(ACCOUNT), /RECONNECTING/);
});

test("a call that talks is found again, with its names and its time, and joined by a new connection", async () => {
  const { call, session, connections, socket, offers, answer } = await found();
  assert.deepEqual(
    [call.state, call.attached, call.remoteName, call.incoming],
    ["ACTIVE", false, "Anna", true],
  );
  assert.equal(call.answeredAt, -61_000); // before this clock began
  assert.deepEqual(session.calls, [call]);
  const joined = call.attach();
  assert.equal(call.attach(), joined, "once at a time");
  await settle();
  assert.deepEqual(offers(), [
    {
      message: "zvUpdate",
      data: [{ callId: "c1", type: "offer", sdp: "offer-of-browser", reason: "reload" }],
    },
  ]);
  await answer("answer-of-gateway");
  await joined;
  assert.equal(call.attached, true);
  assert.deepEqual(connections[0].remote, [{ type: "answer", sdp: "answer-of-gateway" }]);
  await call.attach();
  assert.equal(offers().length, 1);
  call.hangup();
  assert.equal(socket.last().message, "hangup");
});

test("a held call is found held", async () => {
  const { call } = await found({ ...TALKING, status: "HOLD", held: true });
  assert.equal(call.state, "HELD");
});

test("a microphone that is refused leaves the call, and a second try joins it", async () => {
  const answers = [Promise.reject(Object.assign(new Error("no"), { name: "NotAllowedError" }))];
  answers[0].catch(() => undefined);
  const getUserMedia = () => answers.shift() ?? Promise.resolve(new FakeStream("audio"));
  const { call, answer } = await found(TALKING, { getUserMedia });
  await assert.rejects(call.attach(), (error) => {
    assert.ok(error instanceof ZvonokError);
    return error.cause.cause === "microphone_refused";
  });
  assert.equal(call.state, "ACTIVE");
  const joined = call.attach();
  await settle();
  await answer("answer-of-gateway");
  await joined;
  assert.ok(call.attached);
});

test("a microphone that is allowed when nobody waits for it any more is closed", async () => {
  const late = new FakeStream("audio");
  let allow;
  const getUserMedia = () => new Promise((resolve) => (allow = () => resolve(late)));
  const { call, clock, socket } = await found(TALKING, { getUserMedia });
  const joined = call.attach();
  joined.catch(() => undefined);
  for (let i = 0; i < 12; i++) {
    await clock.advance(5_000);
    socket.say("ping");
  }
  await assert.rejects(joined, (error) => error.cause.cause === "microphone_timeout");
  assert.equal(call.state, "ACTIVE");
  allow();
  await settle();
  assert.ok(late.tracks[0].stopped);
});

test("a gateway that refuses the offer leaves the call, frees the microphone, and may be asked again", async () => {
  const { call, socket, streams, connections, answer } = await found();
  const joined = call.attach();
  await settle();
  socket.say("fail", { apiMethod: "ErrorStatusEvent", id: "c1", cause: "bad_client_sdp" });
  await assert.rejects(joined, (error) => error.cause.cause === "bad_client_sdp");
  assert.ok(streams[0].tracks[0].stopped && connections[0].closed);
  assert.equal(call.state, "ACTIVE");
  const again = call.attach();
  await settle();
  await answer("answer-of-gateway");
  await again;
  assert.equal(connections.length, 2);
});

test("an offer that is not answered is given up in time", async () => {
  const { call, clock, socket } = await found();
  const joined = call.attach();
  joined.catch(() => undefined);
  await settle();
  for (let i = 0; i < 2; i++) {
    await clock.advance(5_000);
    socket.say("ping");
  }
  await assert.rejects(joined, (error) => error.cause.cause === "call_timeout");
});

test("a connection lost while the call is being joined: the offer is made again", async () => {
  const setting = await found();
  const joined = setting.call.attach();
  await settle();
  await lose(setting);
  const socket = welcome(setting, "token-3", { calls: [TALKING] });
  await setting.clock.advance(0);
  assert.equal(setting.offers(socket).length, 1);
  await setting.answer("answer-of-gateway", socket);
  await joined;
});

test("a connection lost while the call is being joined: the answer may be among the missed messages", async () => {
  const setting = await found();
  const joined = setting.call.attach();
  await settle();
  await lose(setting);
  const socket = welcome(setting, "token-3", { calls: [TALKING], replayed: 1 });
  socket.tell(9, "zvUpdate", { callId: "c1", type: "answer", sdp: "missed" });
  await joined;
  assert.equal(setting.connections[0].remote[0].sdp, "missed");
  assert.ok(!setting.offers(socket).some(({ data }) => data[0].reason === "reload"));
});

test("a call that ends while it is being joined rejects and ends", async () => {
  const { call, socket, streams } = await found();
  const joined = call.attach();
  joined.catch(() => undefined);
  await settle();
  socket.say("finish", { ...TALKING, status: "FINISH", cause: "normal" });
  assert.equal(call.state, "ENDED");
  await assert.rejects(joined);
  assert.ok(streams[0].tracks[0].stopped);
});

test("a call that is not joined has no audio to restart, and lives", async () => {
  const setting = await found();
  await lose(setting);
  const socket = welcome(setting, "token-3", { calls: [TALKING] });
  await setting.clock.advance(0);
  assert.equal(setting.offers(socket).length, 0);
  assert.equal(setting.call.state, "ACTIVE");
});

test("an incoming call that rings comes again, and only once", async () => {
  const setting = reloaded();
  const { incoming, resumed, clock } = setting;
  const rings = { ...TALKING, status: "RING" };
  const socket = welcome(setting, "token-2", { calls: [rings] });
  socket.tell(5, "setRemoteSDP", "c1", "offer-of-gateway", false);
  socket.tell(6, "notifyIncomingCall", rings);
  socket.tell(7, "ring", rings);
  await clock.advance(0);
  assert.deepEqual(resumed, []);
  assert.equal(incoming.length, 1);
  incoming[0].answer();
  await settle();
  assert.equal(socket.last().message, "answer");
});

test("an outgoing call that rings is found, and joined once it is answered", async () => {
  const rings = { ...TALKING, status: "RING", incoming: false, callee: "1003" };
  const { call, socket, answer } = await found(rings);
  assert.deepEqual([call.state, call.remoteName, call.attached], ["RINGING", "1003", false]);
  await assert.rejects(call.attach(), /RINGING/);
  socket.say("setRemoteSDP", "c1", "for the page before", true);
  socket.say("talk", { ...rings, status: "ESTABLISHED" });
  assert.equal(call.state, "ACTIVE");
  const joined = call.attach();
  await settle();
  await answer("answer-of-gateway");
  await joined;
});

test("a call that was hung up before the reload is not found again but hung up", async () => {
  const setting = reloaded({ ...SAVED, calls: [] });
  const socket = welcome(setting, "token-2", { calls: [TALKING] });
  await setting.clock.advance(0);
  assert.deepEqual(setting.resumed, []);
  assert.deepEqual(socket.last(), { message: "hangup", data: [{ callId: "c1" }] });
});
