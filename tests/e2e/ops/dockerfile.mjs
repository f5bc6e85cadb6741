// A container file without an engine: read as Docker reads the part of its language that ours uses, and its RUN and COPY done in
// folders with a small Debian each, one for each stage. What is not understood is an error, not left out.
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../peers/index.mjs";

const run = promisify(execFile);
const FACTS = ["USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT"];

/** Its stages: {from, name, steps: [[verb, text], …]}. */
export async function readDockerfile(file) {
  const text = (await readFile(file, "utf8")).replace(/^#.*\n/gm, "").replace(/\\\n\s*/g, "");
  const stages = [];
  for (const line of text.split("\n").filter((one) => one.trim())) {
    const [, verb, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (!verb) throw new Error(`${file}: not an instruction: ${line}`);
    if (verb === "FROM") {
      const [, from, name] = /^(\S+)(?: AS (\S+))?$/.exec(rest);
      stages.push({ from, name, steps: [] });
    } else stages.at(-1).steps.push([verb, rest]);
  }
  return stages;
}

/** Names of a .dockerignore that takes nothing but what it names: those after "!". */
async function readAllowed(file) {
  const lines = (await readFile(`${file}.dockerignore`, "utf8")).split("\n");
  if (!lines.includes("*")) throw new Error(`${file}.dockerignore does not begin with nothing`);
  return lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
}

/** `sources` of the repository into `to`: of a folder what is in it, and of that what git knows or would. */
async function copyContext(sources, to, allowed) {
  for (const source of sources) {
    const isAllowed = allowed.some((name) => source === name || source.startsWith(`${name}/`));
    if (!isAllowed) throw new Error(`.dockerignore leaves out ${source}, which is copied`);
    const isFolder = (await stat(path.join(ROOT, source))).isDirectory();
    const base = isFolder ? source : path.dirname(source);
    const list = `git ls-files --cached --others --exclude-standard -- ${isFolder ? "." : path.basename(source)}`;
    const copy = `${list} | tar --files-from=- -c | tar -x --no-same-owner -C "$1"`;
    await mkdir(to, { recursive: true });
    await run("bash", ["-o", "pipefail", "-ec", copy, "bash", to], { cwd: path.join(ROOT, base) });
  }
}

async function copyStep(text, { machine, workdir, built, allowed }) {
  const words = text.split(/\s+/);
  const from = words[0].startsWith("--from=") ? words.shift().slice("--from=".length) : undefined;
  const target = words.pop();
  const to = machine.at(path.resolve("/", workdir, target));
  if (from) {
    const { root } = built.get(from);
    for (const word of words) await cp(path.join(root, word), to, { recursive: true });
  } else if (words.length === 1 && path.basename(words[0]) === path.basename(target)) {
    const isFolder = (await stat(path.join(ROOT, words[0]))).isDirectory();
    await copyContext(words, isFolder ? to : path.dirname(to), allowed);
  } else await copyContext(words, to, allowed);
}

/**
 * Does what the stages say, each in the machine that `open(stage)` gives; `env`: NAME=VALUE for every RUN. The last stage's
 * machine, its environment and the facts about it: {machine, env, USER: "990:990", …}.
 */
export async function buildStages(file, { open, env = [] }) {
  const allowed = await readAllowed(file);
  const built = new Map();
  let last;
  for (const { from, name, steps } of await readDockerfile(file)) {
    const machine = await open(from);
    last = { machine, env: [] };
    let workdir = "/";
    for (const [verb, text] of steps) {
      if (verb === "RUN") {
        const inside = `cd "${workdir}" && ${text}`;
        await machine.prepare(inside, { ms: 1_800_000, env: [...env, ...last.env] });
      } else if (verb === "COPY") await copyStep(text, { machine, workdir, built, allowed });
      else if (verb === "WORKDIR") await mkdir(machine.at((workdir = text)), { recursive: true });
      else if (verb === "ENV") last.env.push(text.replace(/^(\w+)="(.*)"$/, "$1=$2"));
      else if (FACTS.includes(verb)) last[verb] = text;
      else throw new Error(`${file}: ${verb} is not understood here`);
    }
    if (name) built.set(name, machine);
  }
  return last;
}
