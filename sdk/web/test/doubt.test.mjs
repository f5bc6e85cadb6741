// Packets of a call that come no more, and another network: the gateway is asked, and another connection to it is opened
// beside the one in doubt. Whichever shows first that it lives is kept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ZvonokSession } from "../dist/index.js";
import { GRANTED, registered, talkingCall, welcome } from "./fakes.mjs";

const HEAD_START_MS = 150;

/** A call that talks, and receives for as long as the setting is `flow`n. */
async function talking(granted = GRANTED) {
  const setting = await talkingCall(ZvonokSession, granted);
  const { session, socket, connection, clock } = setting;
  setting.states = [];
  session.on("state", (state) => setting.states.push(state));
  /** So many milliseconds, with a packet every 20 ms. */
  setting.flow = async (ms) => {
    for (; ms > 0; ms -= 20) {
      connection.received++;
      await clock.advance(20);
    }
  };
  setting.pings = () => socket.names().filter((name) => name === "ping").length;
  return setting;
}

/** The same when its packets have stopped and the gateway was asked just now. */
async function doubting() {
  const setting = await talking();
  await setting.flow(2_000);
  for (let ms = 0; setting.pings() === 0 && ms < 600; ms += 10) await setting.clock.advance(10);
  assert.equal(setting.pings(), 1);
  return setting;
}

test("packets that stop are a question to the gateway within 0.6 s, and not while they come", async () => {
  const setting = await talking();
  await setting.flow(5_000);
  assert.equal(setting.pings(), 0);
  await setting.clock.advance(399);
  assert.equal(setting.pings(), 0);
  await setting.clock.advance(201);
  assert.equal(setting.pings(), 1);
});

test("a gateway that answers keeps its connection, and nothing else happens", async () => {
  const setting = await doubting();
  setting.socket.say("pong");
  await setting.clock.advance(5_000);
  assert.equal(setting.sockets.length, 1);
  assert.deepEqual(setting.states, []);
  assert.ok(!setting.socket.names().includes("zvUpdate"), "no restart");
  assert.equal(setting.pings(), 1, "one silence, one question");
});

test("a far end that pauses is asked about once in 3 s at most, one that never was steady not at all", async () => {
  const setting = await talking();
  for (let i = 0; i < 10; i++) {
    await setting.flow(1_200);
    await setting.clock.advance(600);
    setting.socket.say("pong");
  }
  assert.ok(setting.pings() >= 2 && setting.pings() <= 6, `${setting.pings()} questions in 18 s`);
  const other = await talking();
  for (let i = 0; i < 10; i++) {
    await other.flow(400);
    await other.clock.advance(600);
    other.socket.say("ping"); // the connection itself is not silent
  }
  assert.equal(other.pings(), 0);
});

test("without an answer another connection is opened beside; the first to open takes over", async () => {
  const setting = await doubting();
  const { sockets, socket, session } = setting;
  await setting.clock.advance(HEAD_START_MS);
  assert.equal(sockets.length, 2);
  assert.ok(!socket.closed);
  assert.equal(session.state, "REGISTERED");
  sockets[1].events.open();
  assert.equal(session.state, "RECONNECTING");
  assert.deepEqual([socket.closed, socket.code], [true, 4000]);
  assert.equal(sockets[1].sent[0].data[0].authToken, "token-1");
  assert.equal(sockets[1].sent.length, 1, "said once");
  const { say } = sockets[1];
  say("getUserData", { sipLogin: "1001", ...GRANTED, authToken: "token-2" });
  say("registered", {});
  say("zvResumed", { calls: [setting.entry], replayed: 0, complete: true });
  await setting.clock.advance(0);
  assert.deepEqual(setting.states, ["RECONNECTING", "REGISTERED"]);
  assert.equal(sockets[1].last().data[0].reason, "restart");
  await setting.clock.advance(5_000);
  assert.equal(sockets.length, 2);
});

test("an old connection that answers before the new one is open stays", async () => {
  const setting = await doubting();
  const { sockets, socket } = setting;
  await setting.clock.advance(HEAD_START_MS + 700);
  assert.equal(sockets.length, 2);
  socket.say("pong");
  assert.deepEqual([sockets[1].closed, sockets[1].code], [true, 4000]);
  sockets[1].events.open();
  await setting.clock.advance(5_000);
  assert.deepEqual(sockets[1].sent, []);
  assert.deepEqual(setting.states, []);
  assert.equal(sockets.length, 2);
});

test("a new connection that comes to nothing leaves the old one its time", async () => {
  const setting = await doubting();
  const { sockets, session, clock } = setting;
  await clock.advance(HEAD_START_MS);
  sockets[1].events.close();
  assert.equal(session.state, "REGISTERED");
  await clock.advance(1_500 - HEAD_START_MS);
  assert.equal(session.state, "RECONNECTING");
  assert.equal(session.cause.cause, "gateway_silent");
});

test("an old connection that is lost first leaves the return to the one that is opening", async () => {
  const setting = await doubting();
  const { sockets, session, clock } = setting;
  await clock.advance(1_500);
  assert.equal(session.state, "RECONNECTING");
  assert.equal(sockets.length, 2);
  assert.ok(!sockets[1].closed);
  welcome(setting, "token-2", { calls: [setting.entry] });
  await clock.advance(0);
  assert.equal(session.state, "REGISTERED");
  assert.equal(sockets[1].names().filter((name) => name === "connection").length, 1);
});

test("a new connection that never opens is given up for the next try", async () => {
  const setting = await doubting();
  await setting.clock.advance(1_500 + 10_000 + 300);
  assert.equal(setting.sockets.length, 3);
  assert.ok(setting.sockets[1].closed);
});

test("another network has a new connection at once after the old one's head start, and each event another", async () => {
  const setting = await talking();
  const { sockets, network, clock } = setting;
  network.change();
  await clock.advance(HEAD_START_MS);
  assert.equal(sockets.length, 2);
  network.change();
  assert.ok(sockets[1].closed, "it was of the network before");
  await clock.advance(HEAD_START_MS);
  assert.equal(sockets.length, 3);
  welcome(setting, "token-2", { calls: [setting.entry] });
  assert.deepEqual(setting.states, ["RECONNECTING", "REGISTERED"]);
});

test("nothing is left of a doubt when the session or the call ends", async () => {
  for (const early of [true, false]) {
    const setting = await doubting();
    if (!early) await setting.clock.advance(HEAD_START_MS);
    setting.session.disconnect();
    assert.equal(setting.clock.pending, 0);
    assert.equal(setting.sockets.length, early ? 1 : 2);
    assert.ok(setting.sockets.every(({ closed }) => closed));
  }
  const { socket, entry, flow, clock, pings } = await talking();
  await flow(2_000);
  socket.say("finish", { ...entry, status: "FINISH", cause: "normal" });
  await clock.advance(2_000);
  assert.equal(pings(), 0);
});

test("where a session cannot return its calls are not watched", async () => {
  const setting = await talking({});
  await setting.flow(2_000);
  await setting.clock.advance(2_000);
  assert.equal(setting.pings(), 0);
});
