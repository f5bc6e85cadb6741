// The scenes of scenes/, many against one gateway, several at a time; at the end nothing of them is left in it. What each is
// about stands in README.md, which has to say the same.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { Stage, findZvonokd } from "../peers/index.mjs";
import { findTool } from "../tools.mjs";
import { groups, writeTable } from "./scenes/index.mjs";
import { leavesNothing, openScene, startGateway } from "./world.mjs";

const AT_ONCE = 6;
const missing = [!findZvonokd() && "zvonokd", !findTool("webclient") && "webclient"].find(Boolean);
const skip = missing ? `${missing} is not built` : false;
/** In the short tier a part of them, which together take half a minute. */
const isShort = process.env.ZV_TEST_SHORT === "1";

const all = groups.flatMap(({ title, scenes }) => scenes.map((scene) => ({ title, scene })));

let stage, gateway, fds;
let number = 0;

before(
  async () => {
    if (missing) return;
    stage = await Stage.open("sip-scenes");
    await stage.run(async () => {
      gateway = await startGateway(stage);
      fds = await gateway.fds();
    });
  },
  { timeout: 60_000 },
);
after(() => stage?.close(), { timeout: 60_000 });

async function play(scene) {
  const world = await openScene(stage, gateway, ++number);
  try {
    await scene.play(world);
  } finally {
    await world.close();
  }
}

describe("scenes", { concurrency: AT_ONCE }, () => {
  for (const { title, scene } of all) {
    if (isShort && scene.isLong) continue;
    const timeout = scene.timeoutMs ?? 60_000;
    test(`${title}: ${scene.name}`, { skip, timeout }, () => stage.run(() => play(scene)));
  }
});

test("nothing of all these calls is left", { skip, timeout: 90_000 }, (t) =>
  stage.run(async () => {
    const counts = await leavesNothing(gateway, fds);
    t.diagnostic(`${counts.calls_created} calls of ${counts.sessions_created} sessions`);
  }),
);

test("the table in README.md is that of the scenes, and has sixty of them", async () => {
  assert.ok(all.length >= 60, `${all.length} scenes`);
  const text = await readFile(new URL("README.md", import.meta.url), "utf8");
  assert.ok(
    text.includes(writeTable()),
    "it is stale: node tests/e2e/sip/scenes/index.mjs writes it anew",
  );
});
