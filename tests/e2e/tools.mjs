// The C programs that tests use (tests/tools): where they are, and what they say, one JSON object a line.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { ROOT, findZvonokd, within } from "./peers/index.mjs";

/** A program of tests/tools: in $ZV_BIN, beside zvonokd, or a build's; undefined when none was built. */
export function findTool(name) {
  const beside = findZvonokd() && path.dirname(findZvonokd());
  const folders = [
    process.env.ZV_BIN,
    beside,
    ...["release", "asan", "debug"].map((kind) => path.join(ROOT, "build", kind, "bin")),
  ];
  return folders
    .filter(Boolean)
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
}

/** The gateway that writes a transcript of its SIP stack, and the program that plays it. */
export const TRANSCRIBED = "zvonokd-transcribed";
export const PLAYER = "test_sip_scenes";

/** What a stack without a network does with the inputs of these transcripts (a pattern) is what stands in them; how many they were. */
export async function playTranscripts(pattern) {
  const { stdout } = await promisify(execFile)(findTool(PLAYER), [], {
    env: { ...process.env, ZV_SIP_SCENES: pattern, ZV_WRITE_SIP_SCENES: undefined },
    maxBuffer: 1 << 26,
  }).catch((error) => {
    throw new Error(`${error.stdout}\n${error.stderr}`);
  });
  return Number(/(\d+) transcripts played/.exec(stdout)[1]);
}

/** `{login: "1001", register: false, cancelWhenRinging: true}` as options of a command line. */
function writeOptions(options) {
  return Object.entries(options).flatMap(([key, value]) => {
    const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (value === undefined || value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
}

/**
 * Starts a program of tests/tools; its lines can be waited for, the one with the event `result` is the last. One that reads its
 * standard input (`input: true`) can be told something, too.
 */
export function startTool(stage, name, options, { input } = {}) {
  const binary = findTool(name);
  if (!binary) throw new Error(`${name} is not built: ./do build, or name its folder in $ZV_BIN`);
  const child = stage.spawn(name, binary, writeOptions(options), { input });
  const lines = () => parseLines(child.output);
  const tell = (line) => child.child.stdin.write(`${line}\n`);
  const tool = { process: child, lines, tell };
  /** The first line that is as wanted. */
  tool.line = (what, wanted, ms = 15_000) => {
    const found = new Promise((resolve, reject) => {
      const look = () => {
        const line = lines().find(wanted);
        if (line) resolve(line);
      };
      child.child.on("output", look);
      child.child.once("close", () => {
        look();
        reject(new Error(`${name} ended without ${what}: ${child.tail()}`));
      });
      look();
    });
    return within(ms, `${name} tells ${what}`, found);
  };
  /** The result, and the exit status as `code`. */
  tool.result = async (ms = 40_000) => {
    const line = await tool.line("its result", ({ event }) => event === "result", ms);
    const { code } = await within(5_000, `${name} ends`, child.exited);
    return { ...line, code };
  };
  return tool;
}

function parseLines(output) {
  const whole = output.slice(0, output.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}
