// A network that lets no UDP out: media goes over TCP, to the same port number of the gateway (RFC 6544, RFC 4571). The
// phone echoes, so what the page hears of its own tone has gone both ways.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Stage, until, whyNoNetlab } from "../peers/index.mjs";
import { earOfPage, isSettled } from "./gap.mjs";
import {
  GATEWAY6,
  addNewHome,
  buildWorld,
  connectedSince,
  startBrowser,
  startGateway,
  startPage,
  startServer,
  startSoftphone,
} from "./world.mjs";

const skip = whyNoNetlab();
let world;

before(
  async () => {
    if (skip) return;
    const stage = await Stage.open("ice-tcp");
    await stage.run(async () => {
      world = await buildWorld(stage);
      await startServer(world);
      world.zvonokd = await startGateway(world);
      world.softphone = await startSoftphone(world);
      world.chromium = await startBrowser(world, world.client);
    });
  },
  { timeout: 60_000 },
);

after(() => world?.stage.close(), { timeout: 60_000 });

const scene = (sentence, action) =>
  test(sentence, { skip, timeout: 60_000 }, (t) => world.stage.run(() => action(t)));

/** TCP connections of clients, as the gateway counts them. */
async function connections() {
  const { workers } = await world.zvonokd.ctlJson("status");
  return workers.reduce((sum, { gauges }) => sum + gauges.streams, 0);
}

async function talk(options) {
  const page = await startPage(world, options);
  await page.call("1002");
  await page.talking();
  const ear = await earOfPage(page, 1000);
  await isSettled(ear, { ms: 25_000 });
  return page;
}

async function endCall(page) {
  await world.softphone.hangup();
  await world.softphone.closed();
  assert.match(await page.ended(), /hung up/i);
  assert.deepEqual(page.problems, []);
  await page.close();
  await world.zvonokd.isIdle();
}

async function talkOverTcp(router, from, options) {
  const since = Date.now();
  const firewall = await router.drop("forward", "meta l4proto udp");
  try {
    const page = await talk(options);
    assert.match((await connectedSince(world, since)).from, from);
    assert.ok((await connections()) >= 1);
    await endCall(page);
    await until(5_000, "no TCP connection is left", async () => (await connections()) === 0);
  } finally {
    await firewall.lift();
  }
}

scene("with UDP blocked a page talks over TCP, and the connection ends with the call", () =>
  talkOverTcp(world.router, /^203\.0\.113\.2:\d+\/tcp$/),
);

scene("so does a page on a machine with IPv6 alone", async () => {
  await addNewHome(world);
  const browser = await startBrowser(world, world.client6);
  const url = world.zvonokd.page.replace(/\/\/[^/]+:/, `//[${GATEWAY6}]:`);
  await talkOverTcp(world.newRouter, /^\[2001:db8:7::2\]:\d+\/tcp$/, { browser, url });
});
