// The gateway itself, on free ports, with a certificate of its own making.
import { execFile } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { freePorts } from "./ports.mjs";
import { ROOT, until } from "./stage.mjs";

const run = promisify(execFile);
const MEDIA_PORTS = 200;

/** The gateway's binary: $ZVONOKD, which has to be there, or a build's; undefined when none was built. */
export function findZvonokd() {
  const named = process.env.ZVONOKD;
  if (named && !existsSync(named)) throw new Error(`$ZVONOKD names ${named}, which is not there`);
  const built = ["release", "asan", "debug"].map((name) => {
    return path.join(ROOT, `build/${name}/bin/zvonokd`);
  });
  return named ?? built.find((file) => existsSync(file));
}

/** Makes (or finds) a certificate in `dir`: the files, and the hash by which Chromium trusts it. */
export async function makeCertificate(dir, binary = findZvonokd(), names = []) {
  const more = names.flatMap((name) => ["--name", name]);
  await run(binary, ["--make-cert", dir, ...more], { timeout: 10_000 });
  const certificate = path.join(dir, "server.crt");
  const key = new X509Certificate(await readFile(certificate)).publicKey;
  const spki = createHash("sha256").update(key.export({ type: "spki", format: "der" }));
  return {
    certificate,
    privateKey: path.join(dir, "server.key"),
    ca: path.join(dir, "ca.crt"),
    spki: spki.digest("base64"),
  };
}

/** `{a: {b: [..]}}` as YAML; texts are quoted, so that no value is taken for something else. */
function writeYaml(value, indent = "") {
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([key, inner]) => {
      const nested = typeof inner === "object" && !Array.isArray(inner);
      if (nested) return `${indent}${key}:\n${writeYaml(inner, `${indent}  `)}`;
      return `${indent}${key}: ${JSON.stringify(inner)}\n`;
    })
    .join("");
}

/** `{a: {b: "c"}}` as options of a command line; where clients may send SIP is for the file alone. */
function writeSettings(config) {
  const pairs = Object.entries(config).flatMap(([section, keys]) =>
    Object.entries(keys).map(([key, value]) => [`${section}.${key}`, value]),
  );
  return pairs
    .filter(([key, value]) => key !== "sip.allow" && value !== undefined)
    .flatMap(([key, value]) => ["--set", `${key}=${JSON.stringify(value)}`]);
}

function merge(base, changes) {
  const merged = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const both = [merged[key], value].every((v) => v && typeof v === "object" && !Array.isArray(v));
    merged[key] = both ? merge(merged[key], value) : value;
  }
  return merged;
}

/**
 * options: binary, config (laid over the defaults below), certificate (of makeCertificate), mediaPorts (how many),
 * ports {wss, https, ws, admin, sip}, address (where it listens for clients without TLS and for SIP, and is found by its
 * URLs: in a network of its own), text (a whole configuration as its file has it; what else there is goes to the command line),
 * transcript (a file for what goes into the SIP stack and comes out of it; the binary is then one that writes it,
 * tests/tools/transcribed), seed (of the random bytes in it; gateways at one SIP server need different ones).
 */
export async function startZvonokd(stage, options = {}) {
  const binary = options.binary ?? findZvonokd();
  if (!binary) throw new Error("zvonokd is not built: ./do build, or name it in $ZVONOKD");
  const dir = await stage.folder("zvonokd");
  const certificate =
    options.certificate ?? (await makeCertificate(path.join(dir, "cert"), binary));
  const first = await freePorts(40);
  const ports = { wss: first, https: first + 1, ws: first + 2, admin: first + 3 };
  Object.assign(ports, { sip: first + 10, web: first + 20 });
  Object.assign(ports, options.ports);
  const mediaPorts = options.mediaPorts ?? MEDIA_PORTS;
  const mediaFrom = await freePorts(mediaPorts);
  const address = options.address ?? "127.0.0.1";
  const name = options.address ?? "localhost";
  const config = merge(
    {
      // A transaction lasts 64 times T1 at least, and files wait for the last one to be over.
      sip: { allow: ["127.0.0.0/8"], listen: `${address}:${ports.sip}`, t1: "100ms" },
      http: {
        wss_listen: [`[::]:${ports.wss}`],
        https_listen: [`[::]:${ports.https}`],
        ws_listen: [`${address}:${ports.ws}`],
        admin_listen: [`127.0.0.1:${ports.admin}`],
        certificate: certificate.certificate,
        private_key: certificate.privateKey,
      },
      media: {
        workers: 1,
        web_port: ports.web,
        port_from: mediaFrom,
        port_to: mediaFrom + mediaPorts - 1,
        port_rest: "0s",
      },
      session: { resume_window: "2s" }, // long enough to return, short enough to wait for
      admin: { socket: path.join(await socketFolder(stage, dir), "admin.sock") },
      log: { level: "debug" },
      drain: { timeout: "0s" }, // a test that ends ends its calls
    },
    options.config ?? {},
  );
  const file = path.join(dir, "zvonok.yaml");
  await writeFile(file, options.text ?? writeYaml(config));
  const args = ["--config", file, ...(options.text ? writeSettings(config) : [])];
  const { transcript, seed = 1 } = options;
  const env = transcript ? { ZV_SIP_TRANSCRIPT: transcript, ZV_SIP_SEED: String(seed) } : {};
  const child = stage.spawn("zvonokd", binary, args, { stopMs: 15_000, env });
  const gateway = { ports, config, file, certificate, process: child, pid: child.pid };
  await child.waitForLine(/zvonokd \S+ is ready/, 15_000);
  gateway.page = `https://${name}:${ports.https}/`;
  gateway.ws = `ws://${address}:${ports.ws}/`;
  gateway.wss = `wss://${name}:${ports.wss}/`;
  gateway.admin = `http://127.0.0.1:${ports.admin}`;
  /** Open file descriptors of the process. */
  gateway.fds = async () => (await readdir(`/proc/${child.pid}/fd`)).length;
  /** Everything that it has logged so far. */
  gateway.log = () => child.output;
  /** What it counts: `{calls: 0, sessions: 1, …}`. */
  gateway.counts = async () => {
    const before = child.told;
    child.kill("SIGUSR1");
    const line = await until(5_000, "zvonokd writes its counts", () => {
      return /counts: ([^"\n]*)["\n]/.exec(child.since(before))?.[1];
    });
    return Object.fromEntries(line.split(" ").map((pair) => readPair(pair)));
  };
  /** What it measures, as `parseMetrics` gives it. */
  gateway.metrics = async () => {
    const response = await fetch(`${gateway.admin}/metrics`, {
      signal: AbortSignal.timeout(5_000),
    });
    if (!response.ok) throw new Error(`/metrics: ${response.status}`);
    return parseMetrics(await response.text());
  };
  /** Waits until nothing of any call or client is left, but for transactions, which SIP keeps for 64 times T1. */
  gateway.isIdle = (ms = 10_000) => waitIdle(gateway, ms, NOT_OF_CALLS);
  /** Waits until nothing at all is left. */
  gateway.isAtRest = (ms = 45_000) => waitIdle(gateway, ms, TOTALS);
  /** What zvonokctl says: {code, stdout, stderr}. */
  gateway.ctl = (...args) => ctl(path.join(path.dirname(binary), "zvonokctl"), gateway, args);
  /** The same with --json: the answer, and the exit status as `code`. */
  gateway.ctlJson = async (...args) => {
    const { code, stdout, stderr } = await gateway.ctl("--json", ...args);
    if (!stdout) throw new Error(`zvonokctl ${args.join(" ")} printed nothing: ${stderr}`);
    return { ...JSON.parse(stdout), code };
  };
  gateway.stop = () => child.stop(15_000);
  return gateway;
}

function ctl(program, gateway, args) {
  const whole = ["--socket", gateway.config.admin.socket, ...args];
  return new Promise((resolve, reject) => {
    execFile(program, whole, { timeout: 15_000 }, (error, stdout, stderr) => {
      const isExit = !error || typeof error.code === "number";
      if (isExit) resolve({ code: error ? error.code : 0, stdout, stderr });
      else reject(error);
    });
  });
}

/** The path of a Unix socket may have 107 characters at most. */
async function socketFolder(stage, dir) {
  if (dir.length < 80) return dir;
  const short = await mkdtemp(path.join(tmpdir(), "zvonokd-"));
  stage.onClose(() => rm(short, { recursive: true, force: true }));
  return short;
}

/**
 * Prometheus' text as an object: a sample's value by its name and labels as they stand there,
 * `metrics['zvonok_calls_ended_total{direction="outgoing",cause="busy"}']`.
 */
export function parseMetrics(text) {
  const lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

function readPair(pair) {
  const [name, value] = pair.split("=");
  return [name, Number(value)];
}

const TOTALS = /^(calls|sessions)_(created|destroyed)$|^media_sockets$/;
const NOT_OF_CALLS = new RegExp(`${TOTALS.source}|_transactions$`);

async function waitIdle(gateway, ms, ignored) {
  let left;
  await until(
    ms,
    "zvonokd is idle",
    async () => {
      const counts = Object.entries(await gateway.counts());
      left = counts.filter(([name, value]) => value !== 0 && !ignored.test(name));
      return left.length === 0;
    },
    200,
  ).catch((error) => {
    if (!left) throw error;
    throw new Error(
      `zvonokd still holds after ${ms} ms: ${left.map((pair) => pair.join("=")).join(" ")}`,
    );
  });
}
