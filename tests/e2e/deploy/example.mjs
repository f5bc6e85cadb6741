// The examples of deploy/ as they stand there: a test copies their files and replaces in them what their README tells an
// operator to replace, addresses, ports, secrets and places, and nothing else.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { ROOT, Stage, findZvonokd } from "../peers/index.mjs";
import { findTool } from "../tools.mjs";

/** A file of deploy/ with `[[what stands there, what takes its place], …]`; what is not there fails. */
export async function readExample(name, replacements = []) {
  let text = await readFile(path.join(ROOT, "deploy", name), "utf8");
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new Error(`deploy/${name} has no ${from} to replace`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** Writes it into `dir`, under the name `as`. */
export async function copyExample(name, dir, { as = path.basename(name), replace = [] } = {}) {
  const file = path.join(dir, as);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, await readExample(name, replace), { mode: 0o600 });
  return file;
}

/**
 * `prepare(stage, later)` before the scenes of a file; what `later` was given is done after them, the last first. In a scene
 * `later` is of the scene. `skip`: a sentence, with which all scenes are skipped.
 */
export function useExample(name, { prepare, tools = ["webclient"], skip: why } = {}) {
  const missing = findZvonokd() ? tools.find((tool) => !findTool(tool)) : "zvonokd";
  const skip = why || (missing ? `${missing} is not built` : false);
  const ends = [];
  const closeAll = async (list) => {
    for (const end of list.splice(0).reverse()) await end();
  };
  let stage;
  before(
    async () => {
      stage = await Stage.open(name);
      if (!skip) await stage.run(() => prepare?.(stage, (end) => ends.push(end)));
    },
    { timeout: 60_000 },
  );
  after(
    async () => {
      await closeAll(ends).finally(() => stage.close());
    },
    { timeout: 60_000 },
  );
  return (sentence, action) =>
    test(sentence, { timeout: 60_000, skip }, async (t) => {
      const opened = [];
      try {
        await stage.run(() => action(stage, (end) => opened.push(end), t));
      } finally {
        await closeAll(opened);
      }
    });
}
