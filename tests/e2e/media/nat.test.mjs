// Scenes with NAT: where media has to find its way through address translation, and find it again.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Stage, whyNoNetlab } from "../peers/index.mjs";
import { findTool } from "../tools.mjs";
import { earOfClient, isSettled, measureGap } from "./gap.mjs";
import { buildWorld, startClient, startGateway, startServer, startSoftphone } from "./world.mjs";

const skip = whyNoNetlab() || (findTool("webclient") ? false : "webclient is not built");
let world;

before(
  async () => {
    if (skip) return;
    const stage = await Stage.open("nat");
    await stage.run(async () => {
      world = await buildWorld(stage);
      await startServer(world);
      await startGateway(world);
      world.softphone = await startSoftphone(world);
    });
  },
  { timeout: 60_000 },
);

after(() => world?.stage.close(), { timeout: 60_000 });

const scene = (sentence, action) =>
  test(sentence, { skip, timeout: 60_000 }, (t) => world.stage.run(() => action(t)));

scene(
  "a client behind a NAT that changes ports talks, and the NAT may change them again",
  async (t) => {
    const client = startClient(world);
    const ear = earOfClient(client);
    await isSettled(ear);
    await world.router.masquerade("wan", "63000-64999");
    const since = Date.now();
    await world.router.forget();
    const gap = await measureGap(ear, since);
    t.diagnostic(`new port: gap ${gap.gapMs} ms`);
    await world.softphone.hangup();
    const result = await client.result();
    assert.equal(result.code, 0, JSON.stringify(result));
  },
);
