// A stage holds what a test has started: a folder for files and logs, and processes that are stopped by their process
// id, the last one first. Nothing here waits without a bound, and nothing waits for time alone to pass.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");

const alive = new Set();
process.on("exit", () => {
  for (const child of alive) killGroup(child);
});

/** The process and what it has forked: each was started as the leader of a group of its own. */
function killGroup(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

/** Rejects with `what` unless `promise` settles within `ms`. */
export function within(ms, what, promise) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/** Asks until the answer is truthy. For peers that can be asked but do not tell. */
export async function until(ms, what, ask, everyMs = 50) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      last = undefined;
      const answer = await ask();
      if (answer) return answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      throw new Error(`${what}: not within ${ms} ms${last ? ` (${last.message})` : ""}`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** A process whose output is kept in a log and can be waited for. */
class Process {
  constructor(name, child, logFile) {
    this.name = name;
    this.child = child;
    this.logFile = logFile;
    this.output = "";
    this.told = 0; // characters so far, of which `output` may have lost the first
    this.exited = new Promise((resolve) => {
      child.once("error", (error) => resolve({ error }));
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    alive.add(child);
    this.exited.then((how) => {
      alive.delete(child);
      this.how = how;
    });
    const log = createWriteStream(logFile);
    this.logged = new Promise((resolve) => log.once("close", resolve));
    const take = (chunk) => {
      this.told += String(chunk).length;
      this.output = (this.output + chunk).slice(-2_000_000);
      log.write(chunk);
      child.emit("output");
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.once("close", () => log.end());
    child.once("error", () => log.end());
  }

  get pid() {
    return this.child.pid;
  }

  /** The match, once a line of the output so far or to come matches. */
  waitForLine(pattern, ms) {
    const found = new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this.output);
        if (match) resolve(match);
      };
      this.child.on("output", look);
      this.exited.then((how) => {
        look();
        reject(new Error(`${this.name} ended early (${describe(how)}): ${this.tail()}`));
      });
      look();
    });
    return within(ms, `${this.name} says ${pattern} (log: ${this.logFile})`, found);
  }

  /** What it said since `told` was so much. */
  since(told) {
    return told === this.told ? "" : this.output.slice(told - this.told);
  }

  tail(chars = 600) {
    return this.output.slice(-chars).trim();
  }

  kill(signal) {
    if (this.how) return;
    if (signal === "SIGKILL") killGroup(this.child);
    else this.child.kill(signal);
  }

  /** Asks the process to end, then makes it. */
  async stop(ms = 5_000) {
    this.kill("SIGTERM");
    try {
      await within(ms, `${this.name} ends`, this.exited);
    } catch {
      this.kill("SIGKILL");
      await within(5_000, `${this.name} ends after SIGKILL`, this.exited);
    }
    await within(2_000, `log of ${this.name}`, this.logged).catch(() => undefined);
    return this.how;
  }
}

function describe(how) {
  if (how.error) return how.error.message;
  return how.signal ? `signal ${how.signal}` : `exit ${how.code}`;
}

export class Stage {
  #toClose = [];
  #names = new Map();

  constructor(dir) {
    this.dir = dir;
    this.failed = false;
  }

  /** `dir`: keep everything there; without it a temporary folder that goes when nothing failed. */
  static async open(name, dir) {
    if (dir) {
      await mkdir(dir, { recursive: true });
      const stage = new Stage(dir);
      stage.keep = true;
      return stage;
    }
    return new Stage(await mkdtemp(path.join(tmpdir(), `zvonok-${name}-`)));
  }

  /** A folder of its own for a peer. */
  async folder(name) {
    const dir = path.join(this.dir, this.#unique(name));
    await mkdir(dir, { recursive: true });
    return dir;
  }

  /** options: cwd, env, stopMs, input (true: it may be written to, by `process.child.stdin`). */
  spawn(name, command, args, options = {}) {
    const unique = this.#unique(`${name}.log`);
    // The kernel ends it when this program dies without a chance to clear up; a session of its own keeps Ctrl-C here.
    const child = spawn("setpriv", ["--pdeathsig", "TERM", "--", command, ...args], {
      cwd: options.cwd ?? this.dir,
      env: { ...process.env, ...options.env },
      stdio: [options.input ? "pipe" : "ignore", "pipe", "pipe"],
      detached: true,
    });
    const started = new Process(name, child, path.join(this.dir, unique));
    this.onClose(() => started.stop(options.stopMs));
    return started;
  }

  /** A TCP connection to a server that was started here. */
  async connect(port, address) {
    const socket = net.connect(port, address);
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return socket;
  }

  /** A program as a file that somebody else may start (in a network of its own: netlab.mjs). */
  async executable(program) {
    return program;
  }

  /** Has `action` done when the stage closes, before everything that was there earlier is stopped. */
  onClose(action) {
    this.#toClose.push(action);
  }

  /** Stops everything, in reverse order. Logs stay when something failed, and where they are is printed. */
  async close() {
    for (const action of this.#toClose.splice(0).reverse()) {
      try {
        await action();
      } catch (error) {
        this.failed = true;
        console.error(`closing: ${error.message}`);
      }
    }
    if (this.keep) return;
    if (this.failed || process.env.ZV_KEEP_LOGS) console.error(`logs are kept in ${this.dir}`);
    else await rm(this.dir, { recursive: true, force: true });
  }

  /** Runs a piece of a test; a failure in it keeps the logs. */
  async run(action) {
    try {
      return await action(this);
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }

  #unique(name) {
    const count = (this.#names.get(name) ?? 0) + 1;
    this.#names.set(name, count);
    return count === 1 ? name : name.replace(/(\.log)?$/, `-${count}$1`);
  }
}

/** One test with a stage of its own. */
export async function withStage(name, action) {
  const stage = await Stage.open(name);
  try {
    return await stage.run(action);
  } finally {
    await stage.close();
  }
}
