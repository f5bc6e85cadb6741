// The audio of a running call looks for a new path: by ICE restarts, one at a time, with limits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ZvonokSession } from "../dist/index.js";
import {
  GRANTED,
  fakeEnvironment,
  lose,
  registered,
  settle,
  talkingCall,
  welcome,
} from "./fakes.mjs";

/** A call that talks, with its audio connected. */
async function talking(granted = GRANTED) {
  const setting = await talkingCall(ZvonokSession, granted);
  const { socket, call, clock } = setting;
  /** The offers that went out on a socket. */
  setting.offers = (on = socket) => on.sent.filter(({ message }) => message === "zvUpdate");
  setting.answer = async (sdp, on = socket) => {
    on.say("zvUpdate", { callId: call.id, type: "answer", sdp, reason: "restart" });
    await settle();
  };
  setting.refuse = async (on = socket) => {
    on.say("fail", { apiMethod: "ErrorStatusEvent", id: call.id, cause: "bad_client_sdp" });
    await settle();
  };
  /** Lets time pass while the gateway shows that it is there. */
  setting.pass = async (ms, on = socket) => {
    for (let left = ms; left > 0; left -= 2_000) {
      on.say("ping");
      await clock.advance(Math.min(left, 2_000));
    }
  };
  return setting;
}

test("after a return each call with audio offers an ICE restart and takes the answer", async () => {
  const setting = await talking();
  await lose(setting);
  const socket = welcome(setting, "token-2", { calls: [setting.entry] });
  await setting.clock.advance(0);
  const [offer] = setting.offers(socket);
  assert.deepEqual(offer.data, [
    { callId: setting.call.id, type: "offer", sdp: "offer-of-browser-2", reason: "restart" },
  ]);
  assert.deepEqual(setting.connection.offers.at(-1), { iceRestart: true });
  await setting.answer("restarted", socket);
  assert.deepEqual(setting.connection.remote.at(-1), { type: "answer", sdp: "restarted" });
  assert.equal(setting.connections.length, 1, "the same peer connection");
  await setting.pass(60_000, socket);
  assert.equal(setting.offers(socket).length, 1);
  assert.equal(setting.call.state, "ACTIVE");
});

test("a call without an exchange of descriptions does not offer", async () => {
  const fake = fakeEnvironment();
  const { session } = await registered(ZvonokSession, fake, GRANTED);
  const call = session.createCall("1002");
  call.call();
  await settle();
  await lose(fake);
  const socket = welcome(fake, "token-2", { calls: [{ callId: call.id, status: "RING" }] });
  await fake.clock.advance(0);
  assert.ok(!socket.names().includes("zvUpdate"));
});

for (const state of ["disconnected", "failed"]) {
  test(`a connection that is ${state} restarts, and asks whether the gateway is there`, async () => {
    const setting = await talking();
    setting.connection.become(state);
    await settle();
    assert.deepEqual(setting.socket.names().slice(-2), ["ping", "zvUpdate"]);
    await setting.answer("restarted");
    setting.connection.become("connected");
    await setting.pass(60_000);
    assert.equal(setting.offers().length, 1);
    assert.equal(setting.call.state, "ACTIVE");
  });
}

test("one restart is under way at a time, whatever happens meanwhile", async () => {
  const setting = await talking();
  for (const state of ["disconnected", "failed", "disconnected", "failed"])
    setting.connection.become(state);
  await settle();
  assert.equal(setting.offers().length, 1);
  await setting.answer("restarted");
  assert.equal(setting.offers().length, 1);
  await setting.pass(5_000);
  assert.equal(setting.offers().length, 2, "still not connected: again after a pause");
});

test("another network restarts a connected call, and once more when one was under way", async () => {
  const setting = await talking();
  setting.network.change();
  setting.socket.say("pong");
  await settle();
  assert.equal(setting.offers().length, 1);
  setting.network.change();
  setting.socket.say("pong");
  await settle();
  assert.equal(setting.offers().length, 1);
  await setting.answer("restarted");
  await setting.pass(5_000);
  assert.equal(setting.offers().length, 2);
  await setting.answer("restarted again");
  await setting.pass(30_000);
  assert.equal(setting.offers().length, 2);
});

test("audio that does not come back ends the call in time, not before", async () => {
  const setting = await talking();
  setting.connection.become("failed");
  for (let i = 0; i < 22; i++) {
    await setting.pass(2_000);
    await setting.answer("restarted");
  }
  assert.equal(setting.call.state, "ACTIVE");
  await setting.pass(2_000);
  assert.equal(setting.call.cause.cause, "media_failed");
  assert.equal(setting.socket.last().message, "hangup");
  assert.ok(setting.offers().length <= 9, `${setting.offers().length} offers`);
});

test("the time for the audio does not run while the gateway is away", async () => {
  const setting = await talking();
  setting.connection.become("failed");
  await setting.pass(40_000);
  setting.socket.events.close();
  await setting.clock.advance(100_000);
  const socket = welcome(setting, "token-2", { calls: [setting.entry] });
  await setting.pass(40_000, socket);
  assert.equal(setting.call.state, "ACTIVE");
  await setting.pass(5_000, socket);
  assert.equal(setting.call.cause.cause, "media_failed");
});

test("a refused restart leaves the call as it was, and its later end its own cause", async () => {
  const setting = await talking();
  setting.network.change();
  setting.socket.say("pong");
  await settle();
  await setting.refuse();
  await setting.pass(60_000);
  assert.equal(setting.call.state, "ACTIVE");
  assert.equal(setting.offers().length, 1);
  setting.socket.say("finish", { ...setting.entry, status: "FINISH", cause: "normal" });
  assert.equal(setting.call.cause.cause, "normal");
});

test("the refusal of an offer that crossed with the call's end is no news", async () => {
  const setting = await talking();
  const warnings = [];
  setting.session.on("warning", (cause) => warnings.push(cause));
  setting.network.change();
  setting.socket.say("pong");
  await settle();
  assert.equal(setting.offers().length, 1);
  setting.socket.say("finish", { ...setting.entry, status: "FINISH", cause: "normal" });
  await setting.refuse();
  assert.deepEqual(warnings, []);
  setting.socket.say("fail", { apiMethod: "ErrorStatusEvent", id: "another", cause: "internal" });
  assert.equal(warnings.length, 1);
});

test("a late answer is not taken for that of the next offer", async () => {
  const setting = await talking();
  setting.connection.become("disconnected");
  await setting.pass(10_000); // the first offer is given up
  assert.equal(setting.offers().length, 1);
  await setting.pass(5_000);
  assert.equal(setting.offers().length, 2);
  const before = setting.connection.remote.length;
  await setting.answer("to the first");
  assert.equal(setting.connection.remote.length, before);
  await setting.answer("to the second");
  assert.equal(setting.connection.remote.at(-1).sdp, "to the second");
});

test("one answer for two offers that the gateway got at once is that of the newest", async () => {
  const setting = await talking();
  setting.connection.become("disconnected");
  await setting.pass(15_000);
  assert.equal(setting.offers().length, 2);
  await setting.answer("to both");
  await setting.pass(1_000);
  assert.equal(setting.connection.remote.at(-1).sdp, "to both");
});

test("an answer to an offer from before the loss is not taken after the return", async () => {
  const setting = await talking();
  setting.connection.become("disconnected");
  await settle();
  await lose(setting);
  const before = setting.connection.remote.length;
  const socket = welcome(setting, "token-2", { calls: [setting.entry], replayed: 1 });
  socket.tell(7, "zvUpdate", { callId: setting.call.id, type: "answer", sdp: "old" });
  await setting.clock.advance(0);
  assert.equal(setting.connection.remote.length, before);
  await setting.answer("new", socket);
  assert.equal(setting.connection.remote.at(-1).sdp, "new");
});

test("an offer that was in the making when the connection was lost is not sent", async () => {
  const setting = await talking();
  let made;
  setting.connection.createOffer = () =>
    new Promise((resolve) => (made = () => resolve({ type: "offer", sdp: "stale" })));
  setting.connection.become("disconnected");
  await settle();
  setting.socket.events.close();
  made();
  await setting.clock.advance(300);
  delete setting.connection.createOffer;
  const socket = welcome(setting, "token-2", { calls: [setting.entry] });
  await setting.clock.advance(0);
  assert.deepEqual(
    setting.offers(socket).map(({ data }) => data[0].sdp),
    ["offer-of-browser-2"],
  );
});

test("a browser that makes no offer is asked again, and the call has its limit", async () => {
  const setting = await talking();
  setting.connection.fail = true;
  setting.connection.become("failed");
  await setting.pass(44_000);
  assert.equal(setting.call.state, "ACTIVE");
  await setting.pass(2_000);
  assert.equal(setting.call.cause.cause, "media_failed");
});

test("an answer or refusal that nobody has asked for changes nothing", async () => {
  const setting = await talking();
  const before = setting.connection.remote.length;
  await setting.answer("unasked");
  assert.equal(setting.connection.remote.length, before);
  assert.equal(setting.call.state, "ACTIVE");
});

test("without resume a connection that fails ends the call, and one that is interrupted is left alone", async () => {
  const setting = await talking({});
  setting.connection.become("disconnected");
  await settle();
  assert.equal(setting.offers().length, 0);
  setting.connection.become("failed");
  assert.equal(setting.call.cause.cause, "media_failed");
});

test("a call that is hung up restarts nothing", async () => {
  const setting = await talking();
  setting.connection.become("disconnected");
  setting.call.hangup();
  await setting.answer("late");
  setting.connection.become("failed");
  await setting.pass(4_000);
  assert.equal(setting.offers().length, 0);
});

test("ICE servers go into each peer connection, the newest into each restart", async () => {
  const turn = { urls: "turn:relay.example:3478", username: "1:u", credential: "c" };
  const first = { ...GRANTED, iceServers: [turn] };
  const setting = await talking(first);
  assert.deepEqual(setting.connection.config, { iceServers: [{ ...turn, urls: [turn.urls] }] });
  await lose(setting);
  const iceServers = [{ ...turn, credential: "d" }];
  welcome(setting, "token-2", { calls: [setting.entry], iceServers });
  await setting.clock.advance(0);
  assert.equal(setting.connection.config.iceServers[0].credential, "d");
});

test("ICE servers that a browser would refuse, or that were not granted, are left out", async () => {
  const iceServers = [
    { urls: ["stun:a.example", "http://b.example", 3] },
    { urls: "turn:c.example" },
    { urls: [] },
    { urls: "javascript:1", username: "u", credential: "c" },
    null,
    "stun:d.example",
    { urls: ["turns:e.example:443?transport=tcp"], username: "u", credential: "c" },
  ];
  const { connection } = await talking({ ...GRANTED, iceServers });
  assert.deepEqual(connection.config.iceServers, [
    { urls: ["stun:a.example"] },
    { urls: ["turns:e.example:443?transport=tcp"], username: "u", credential: "c" },
  ]);
  const other = await talking({ ...GRANTED, features: ["resume"], iceServers });
  assert.deepEqual(other.connection.config.iceServers, []);
});
