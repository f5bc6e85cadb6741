// The scenes of scenes/, many against one gateway, several at a time; at the end nothing of them is left in it, and what its SIP
// stack did, it does again from the transcript alone. What each is about stands in README.md, which has to say the same.
// ZV_WRITE_SIP_SCENES=1 gives each scene a gateway of its own and writes tests/vectors/sip_scenes anew.
import assert from "node:assert/strict";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { ROOT, Stage, findZvonokd } from "../peers/index.mjs";
import { PLAYER, TRANSCRIBED, findTool, playTranscripts } from "../tools.mjs";
import { groups, writeTable } from "./scenes/index.mjs";
import { leavesNothing, openScene, startGateway } from "./world.mjs";

const AT_ONCE = 6;
const tools = ["webclient", TRANSCRIBED, PLAYER];
const missing = [!findZvonokd() && "zvonokd", ...tools.filter((name) => !findTool(name))].find(
  Boolean,
);
const skip = missing ? `${missing} is not built` : false;
/** In the short tier a part of them, which together take half a minute. */
const isShort = process.env.ZV_TEST_SHORT === "1";
const VECTORS = path.join(ROOT, "tests/vectors/sip_scenes");
const writes = process.env.ZV_WRITE_SIP_SCENES === "1";

const all = groups.flatMap(({ title, scenes }) => scenes.map((scene) => ({ title, scene })));

let stage, gateway, fds, transcript;
let number = 0;

before(
  async () => {
    if (missing) return;
    stage = await Stage.open("sip-scenes");
    if (writes) await mkdir(VECTORS, { recursive: true });
    await stage.run(async () => {
      if (writes) return;
      transcript = path.join(await stage.folder("transcript"), "all.txt");
      gateway = await startGateway(stage, transcript);
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

/** "183 with a description, 200 with the same" of "Answers": "answers_183_with_a_description_200_with_the_same". */
function fileOf(title, scene) {
  const words = `${title} ${scene.name}`.toLowerCase().match(/[a-z0-9]+/g);
  return path.join(VECTORS, `${words.join("_")}.txt`);
}

/** The same with a gateway of its own, whose transcript is kept when all went well. */
async function record(title, scene) {
  const alone = await Stage.open("sip-scene");
  try {
    await alone.run(async () => {
      const file = path.join(await alone.folder("transcript"), "one.txt");
      const own = await startGateway(alone, file, 40);
      const world = await openScene(alone, own, 1);
      await scene.play(world);
      await world.close();
      await own.isAtRest(60_000);
      await own.process.stop();
      await copyFile(file, fileOf(title, scene));
    });
  } finally {
    await alone.close();
  }
}

describe("scenes", { concurrency: AT_ONCE }, () => {
  for (const { title, scene } of all) {
    if (isShort && scene.isLong) continue;
    const timeout = (scene.timeoutMs ?? 60_000) * (writes ? 2 : 1);
    test(`${title}: ${scene.name}`, { skip, timeout }, () =>
      writes ? record(title, scene) : stage.run(() => play(scene)),
    );
  }
});

const skipLeft = skip || (writes && "each scene had a gateway of its own");
test("nothing of all these calls is left", { skip: skipLeft, timeout: 90_000 }, (t) =>
  stage.run(async () => {
    const counts = await leavesNothing(gateway, fds);
    t.diagnostic(`${counts.calls_created} calls of ${counts.sessions_created} sessions`);
  }),
);

test("the stack alone does it all again", { skip, timeout: 120_000 }, (t) =>
  stage.run(async () => {
    await gateway?.process.stop();
    const count = await playTranscripts(writes ? path.join(VECTORS, "*.txt") : transcript);
    t.diagnostic(`${count} transcripts played`);
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
