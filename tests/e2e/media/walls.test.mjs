// Firewalls between the client and the gateway: no UDP at all, where audio goes over TCP.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Stage, whyNoNetlab } from "../peers/index.mjs";
import { earOfPage, isSettled } from "./gap.mjs";
import {
  ROUTER,
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
    const stage = await Stage.open("walls");
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

scene("a page behind a firewall that passes no UDP talks over TCP", async (t) => {
  const wall = await world.router.drop("forward", "meta l4proto udp");
  const since = Date.now();
  const page = await startPage(world);
  await page.call("1002");
  await page.talking();
  const ear = await earOfPage(page, 1000);
  await isSettled(ear);
  const { from, at } = await connectedSince(world, since);
  t.diagnostic(`connected over TCP ${at - since} ms after the page was opened, from ${from}`);
  assert.ok((await wall.count()) > 0, "nothing tried UDP");
  assert.ok(from.startsWith(`${ROUTER}:`) && from.endsWith("/tcp"), from);
  await world.softphone.hangup();
  await page.ended();
  await page.close();
  await wall.lift();
});
