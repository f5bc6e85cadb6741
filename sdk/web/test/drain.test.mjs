// A gateway that is about to restart: what a session says of it, and how long it tries to return.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ZvonokSession } from "../dist/index.js";
import { GRANTED, fakeEnvironment, registered, welcome } from "./fakes.mjs";

const REASON = {
  cause: "draining",
  text: "the gateway is about to restart and takes no new calls",
  remedy: "try again in a minute",
  hop: "gateway",
};

async function ready(granted = GRANTED) {
  const fake = fakeEnvironment();
  const { session, socket } = await registered(ZvonokSession, fake, granted);
  const told = [];
  session.on("draining", (draining) => told.push(draining));
  const drain = () => socket.tell(2, "zvDrain", { status: "DRAINING", leftMs: 30_000, ...REASON });
  return { ...fake, session, socket, told, drain };
}

/** The gateway refuses whoever comes, as long as it drains. */
async function refuse(
  { clock, sockets },
  fail = { apiMethod: "ConnectionStatusEvent", ...REASON },
) {
  await clock.advance(6_000);
  const socket = sockets.at(-1);
  socket.events.open();
  socket.say("fail", fail);
  socket.events.close();
}

test("the page is told that the gateway drains, for how long, and that it goes on after all", async () => {
  const { told, drain, socket, session } = await ready();
  drain();
  assert.equal(told[0].leftMs, 30_000);
  assert.equal(told[0].cause.cause, "draining");
  assert.match(told[0].cause.text, /^The gateway is about to restart/);
  assert.equal(session.state, "REGISTERED");
  socket.tell(3, "zvDrain", { status: "CANCELLED" });
  assert.deepEqual(told.slice(1), [undefined]);
});

test("where it was not granted it is not believed", async () => {
  const { told, drain } = await ready({ ...GRANTED, features: ["resume"] });
  drain();
  assert.deepEqual(told, []);
});

test("a session that is sent away tries to return for as long as the gateway says that it drains", async () => {
  const setting = await ready();
  const { session, drain, told } = setting;
  drain();
  setting.socket.events.close();
  assert.equal(session.state, "RECONNECTING");
  assert.equal(session.cause.cause, "draining");
  for (let i = 0; i < 100; i++) await refuse(setting); // ten minutes
  assert.equal(session.state, "RECONNECTING");
  assert.equal(told.length, 101);
  await setting.clock.advance(121_000); // and now it says nothing any more
  assert.equal(session.state, "DISCONNECTED");
  assert.equal(session.cause.cause, "draining");
});

test("the gateway that has restarted has forgotten the session: the cause is the restart", async () => {
  const setting = await ready();
  setting.drain();
  setting.socket.events.close();
  await refuse(setting, { apiMethod: "ConnectionStatusEvent", cause: "resume_unknown_token" });
  assert.equal(setting.session.state, "DISCONNECTED");
  assert.equal(setting.session.cause.cause, "draining");
});

test("after a return an older drain counts no more", async () => {
  const setting = await ready();
  setting.drain();
  setting.socket.events.close();
  await setting.clock.advance(400);
  welcome(setting, "token-2", {});
  await setting.clock.advance(0);
  assert.equal(setting.session.state, "REGISTERED");
  setting.sockets.at(-1).events.close();
  assert.equal(setting.session.cause.cause, "gateway_lost");
});

test("only who returns to a session that is there is marked for a balancer", async () => {
  const setting = await ready();
  const { sockets, socket, session } = setting;
  const { url } = socket;
  assert.doesNotMatch(url, /resume/);
  setting.drain(); // with a call
  socket.events.close();
  await setting.clock.advance(400);
  assert.equal(sockets.at(-1).url, `${url}?resume=1`);
  await refuse(setting);
  await setting.clock.advance(6_000);
  assert.equal(session.state, "RECONNECTING");
  assert.equal(sockets.at(-1).url, url);
});

test("a session that a drain has ended may come out at another gateway", async () => {
  const { clock, sockets, socket } = await ready();
  socket.tell(2, "zvDrain", { status: "DRAINING", leftMs: 0, ...REASON });
  socket.events.close();
  await clock.advance(400);
  assert.equal(sockets.length, 2);
  assert.equal(sockets.at(-1).url, socket.url);
});

test("the mark joins what the URL asks for already", async () => {
  const fake = fakeEnvironment();
  const session = new ZvonokSession(fake.environment);
  const saved = { url: "wss://gateway.example/?client=1", token: "t", login: "1001", domain: "" };
  const returned = session.resume({ ...saved, registerRequired: true, calls: [] });
  assert.equal(fake.sockets.at(-1).url, "wss://gateway.example/?client=1&resume=1");
  session.disconnect();
  await assert.rejects(returned);
});
