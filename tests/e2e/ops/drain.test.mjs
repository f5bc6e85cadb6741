// The drain with calls alive: sound goes on, nothing new comes in, nobody loses a call that ends in time, and the rest is ended
// as people end calls.
import assert from "node:assert/strict";
import { draining, ended, readiness, refusalOf, scene } from "./world.mjs";

const LONG = { drain: { timeout: "40s" } };

scene(
  "calls go on with sound, what is new is refused, and it ends with the last",
  LONG,
  async ({ gateway, open }) => {
    const world = await open();
    const idle = await open();
    const { client, call } = await world.talk();
    const waiting = await idle.script({ register: true });
    const began = Date.now();
    gateway.process.kill("SIGTERM");
    await draining(gateway);
    const { status, text } = await readiness(gateway);
    assert.equal(status, 503);
    assert.match(text, /^draining/);
    const { code, reason } = await waiting.closed();
    assert.deepEqual([code, reason], [1001, "draining"]);
    await idle.peer.until("the account is taken off", () => idle.peer.contact === undefined);
    assert.equal((await refusalOf(gateway, idle)).cause, "draining");
    await world.hears(client, began);
    assert.match((await gateway.ctl("status")).stdout, /draining, [0-9.]+ s left/);
    await world.farHangsUp(client, call);
    await ended(gateway);
  },
);

scene(
  "a client with a call is refused another, and so is who calls it",
  LONG,
  async ({ gateway, open }) => {
    const world = await open();
    const client = await world.script({ register: true, features: ["drain"] });
    const offer = await world.offer();
    client.say("call", { callId: "one", callee: "far", sdp: offer, hasAudio: true });
    const call = await world.peer.invited();
    call.reply(180);
    await client.next("ring");
    gateway.process.kill("SIGTERM");
    const [told] = (await client.next("zvDrain")).data;
    assert.equal(told.status, "DRAINING");
    assert.ok(told.leftMs > 30_000 && told.leftMs <= 40_000, JSON.stringify(told));
    client.say("call", { callId: "two", callee: "far", sdp: offer, hasAudio: true });
    const fail = (await client.next("fail")).data[0];
    assert.deepEqual([fail.cause, fail.id], ["draining", "two"]);
    assert.equal((await client.next("finish")).data[0].callId, "two");
    const coming = await world.peer.invite();
    const answer = await coming.final();
    coming.ack();
    assert.equal(answer.status, 503);
    assert.match(answer.header("Retry-After"), /^\d+$/);
    client.say("hangup", { callId: "one" });
    const cancel = await call.request("CANCEL");
    world.peer.reply(cancel, 200);
    await call.refuse(487);
    assert.equal((await client.next("finish")).data[0].callId, "one");
    assert.equal((await client.closed()).code, 1001);
    await ended(gateway);
  },
);

scene("of eight calls that end by themselves none is lost", LONG, async ({ gateway, open }) => {
  const worlds = [];
  for (let i = 0; i < 8; i++) worlds.push(await open());
  const talks = await Promise.all(worlds.map((world) => world.talk()));
  gateway.process.kill("SIGTERM");
  await draining(gateway);
  for (const [i, { client, call }] of talks.entries()) {
    if (i % 2) await worlds[i].farHangsUp(client, call);
    else await worlds[i].clientHangsUp(client, call);
  }
  await ended(gateway);
  assert.match(gateway.log(), /drained: no call is left/);
});

scene("a second SIGTERM ends the calls with BYE", LONG, async ({ gateway, open }) => {
  const world = await open();
  const { client, call } = await world.talk();
  gateway.process.kill("SIGTERM");
  await draining(gateway);
  gateway.process.kill("SIGTERM");
  await call.hungUp();
  await world.ends(client, { cause: "shutdown", established: true });
  await ended(gateway);
});

scene(
  "when the time is over the calls end with BYE",
  { drain: { timeout: "1s" } },
  async ({ gateway, open }) => {
    const world = await open();
    const { client, call } = await world.talk();
    gateway.process.kill("SIGTERM");
    await call.hungUp();
    await world.ends(client, { cause: "shutdown", established: true });
    await ended(gateway);
    assert.match(gateway.log(), /drain\.timeout is over: 1 calls are ended/);
  },
);

scene(
  "a client that loses its connection returns to its call",
  { ...LONG, session: { resume_window: "20s" } },
  async ({ gateway, open }) => {
    const world = await open();
    const client = world.call({ hear: true, cutAt: "talking", away: 2 });
    const call = await world.peer.invited();
    call.reply(180);
    await call.answer();
    await client.line("the cut", ({ event }) => event === "cut");
    gateway.process.kill("SIGTERM");
    await draining(gateway);
    await client.line("its return", ({ message }) => message === "zvResumed");
    const returned = Date.now();
    await world.hears(client, returned);
    await world.farHangsUp(client, call);
    await ended(gateway);
  },
);

scene("what SIGTERM began cannot be taken back", LONG, async ({ gateway, open }) => {
  const world = await open();
  const { client, call } = await world.talk();
  gateway.process.kill("SIGTERM");
  await draining(gateway);
  const { code, error } = await gateway.ctlJson("drain", "--cancel");
  assert.deepEqual([code, error], [1, "stopping"]);
  assert.equal((await readiness(gateway)).status, 503);
  await world.hears(client, Date.now());
  await world.farHangsUp(client, call);
  await ended(gateway);
});

scene(
  "where calls have no time zvonokctl says that it stops",
  { drain: { timeout: "0s" } },
  async ({ gateway, open }) => {
    const world = await open();
    const { client, call } = await world.talk();
    assert.deepEqual(await gateway.ctl("drain"), { code: 0, stdout: "Stopping.\n", stderr: "" });
    const bye = await call.request("BYE");
    assert.equal((await gateway.ctlJson("drain")).phase, "stopping");
    assert.equal((await gateway.ctlJson("drain", "--cancel")).error, "stopping");
    world.peer.reply(bye, 200);
    await world.ends(client, { cause: "shutdown", established: true });
    await ended(gateway);
  },
);

scene("zvonokctl drains, takes it back, and waits for the end", LONG, async ({ gateway, open }) => {
  const world = await open();
  const { client, call } = await world.talk();
  const began = await gateway.ctl("drain");
  assert.equal(began.code, 0, began.stderr);
  assert.match(began.stdout, /^Draining: 1 call, .* left\.$/m);
  assert.equal((await refusalOf(gateway, world)).cause, "draining");
  assert.match((await gateway.ctl("drain", "--cancel")).stdout, /^Not draining\.$/m);
  assert.equal((await gateway.ctl("drain", "--cancel")).code, 1);
  assert.equal((await readiness(gateway)).status, 200);
  assert.equal(await refusalOf(gateway, world), undefined);
  const waits = gateway.ctl("drain", "--wait");
  await draining(gateway);
  await world.farHangsUp(client, call);
  assert.equal((await waits).code, 0);
  await ended(gateway);
});
