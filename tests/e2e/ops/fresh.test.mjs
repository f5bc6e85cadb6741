// A machine with nothing on it but a clone of this repository: the two commands of the README pass there, first try. Nothing of
// this machine's caches is there; time and download size are printed. ./do test fresh; $ZV_FRESH_AREAS are the areas that the second
// command tests (all of the short tier without it), which takes as long as they do.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { ROOT, Stage, makeDebian, openMachine, whyNoMachine } from "../peers/index.mjs";

const run = promisify(execFile);
const CLONE = "/srv/zvonok";
const HOUR_MS = 3_600_000;
const skip = process.env.ZV_TEST_FRESH
  ? whyNoMachine()
  : "a clone on a bare machine: ./do test fresh";

let stage, machine;

before(
  async () => {
    if (skip) return;
    stage = await Stage.open("fresh");
    await stage.run(async () => {
      machine = await openMachine(stage, await makeDebian("bookworm"));
      await machine.trust();
      await run("git", ["clone", "--quiet", `file://${ROOT}`, machine.at(CLONE)]);
    });
  },
  { timeout: HOUR_MS },
);
after(() => stage?.close());

/** Bytes that were fetched so far: packages of Debian, npm and Maven, and the lists of what there is. */
async function fetched() {
  const places = "/var/cache/apt/archives /var/lib/apt/lists /root/.npm /root/.m2";
  const said = await machine.prepare(`for f in ${places}; do [ ! -e $f ] || du -sb $f; done`);
  const sizes = said
    .trim()
    .split("\n")
    .map((line) => Number(line.split("\t")[0]));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function command(line) {
  test(`first try on a bare machine: ${line}`, { skip, timeout: 2 * HOUR_MS }, async (t) => {
    await stage.run(async () => {
      const [begun, before] = [performance.now(), await fetched()];
      const said = await machine.prepare(`cd ${CLONE} && ${line}`, { ms: 2 * HOUR_MS });
      const minutes = (performance.now() - begun) / 60_000;
      const megabytes = ((await fetched()) - before) / 1e6;
      t.diagnostic(`${line}: ${minutes.toFixed(1)} minutes, ${megabytes.toFixed(0)} MB fetched`);
      assert.doesNotMatch(said, /FAILED/);
    });
  });
}

command("./do demo --check");
command(`./do test ${process.env.ZV_FRESH_AREAS ?? ""}`.trim());
