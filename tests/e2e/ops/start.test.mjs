// What stands against a start is one sentence with the key and what to do, and an exit status that is not 0.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import dgram from "node:dgram";
import net from "node:net";
import path from "node:path";
import { open, readFile, readlink, writeFile } from "node:fs/promises";
import { test } from "node:test";
import {
  findZvonokd,
  freePorts,
  makeCertificate,
  until,
  withStage,
  within,
} from "../peers/index.mjs";

const skip = findZvonokd() ? false : "zvonokd is not built";
const NOWHERE = "198.51.100.1"; // RFC 5737: no machine has it

const QUIET = {
  sip: { allow: ["127.0.0.0/8"], listen: "127.0.0.1:0" },
  http: { wss_listen: [], https_listen: [], ws_listen: [], admin_listen: [] },
  media: { web_port: 0 },
  admin: { socket: "" },
};

/** JSON is YAML. */
async function start(stage, changes, timeout = 10_000) {
  const config = { ...QUIET };
  for (const [section, keys] of Object.entries(changes))
    config[section] = { ...config[section], ...keys };
  const file = path.join(await stage.folder("config"), "zvonok.yaml");
  await writeFile(file, `${JSON.stringify(config)}\n`);
  return spawnSync(findZvonokd(), ["--config", file], { encoding: "utf8", timeout });
}

const ANOTHER_START = 1; // may find it otherwise
const CONFIG = 78; // EX_CONFIG: the unit does not try again

const refusal = (sentence, changes, expected, wanted = ANOTHER_START) =>
  test(`${sentence} is said with what to do`, { timeout: 30_000, skip }, () =>
    withStage("ops", async (stage) => {
      const { status, stderr } = await start(stage, await changes(stage));
      assert.equal(status, wanted, stderr);
      const errors = stderr.split("\n").filter((line) => / error main /.test(line));
      assert.equal(errors.length, 1, stderr);
      assert.match(errors[0], expected);
    }),
  );

async function takenByTcp(stage) {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  stage.onClose(() => server.close());
  return `127.0.0.1:${server.address().port}`;
}

async function takenByUdp(stage) {
  const socket = dgram.createSocket("udp4");
  await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
  stage.onClose(() => socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

refusal(
  "a SIP port that another program has by UDP",
  async (stage) => ({ sip: { listen: await takenByUdp(stage) } }),
  /sip\.listen: .* in use; `ss -lnptu` says which program/,
);
refusal(
  "a SIP port that another program has by TCP",
  async (stage) => ({ sip: { listen: await takenByTcp(stage) } }),
  /sip\.listen: .* in use; `ss -lnptu` says which program/,
);
refusal(
  "a SIP address that the machine has not",
  async () => ({ sip: { listen: `${NOWHERE}:${await freePorts(1)}` } }),
  /sip\.listen: .*this machine has no such address/,
);
refusal(
  "a port for clients that another program has",
  async (stage) => ({ http: { ws_listen: [await takenByTcp(stage)] } }),
  /http\.ws_listen: .*another program uses it; `ss -lnpt` says which/,
);
refusal(
  "a certificate that is not there",
  async () => ({
    http: {
      wss_listen: ["127.0.0.1:0"],
      certificate: "/nonexistent/server.crt",
      private_key: "/nonexistent/server.key",
    },
  }),
  /http\.certificate: \/nonexistent\/server\.crt: .*`zvonokd --make-cert DIR` makes one/,
  CONFIG,
);
refusal(
  "an authority for SIP by TLS that is not there",
  async () => ({ sip: { tls_ca: "/nonexistent/ca.crt" } }),
  /sip\.tls_ca: \/nonexistent\/ca\.crt: .*it must be a PEM file that zvonokd may read/,
  CONFIG,
);
refusal(
  "a file with the TURN server's secret that is not there",
  async () => ({
    turn: { urls: ["turn:turn.example.org"], secret_file: "/nonexistent/secret" },
  }),
  /turn\.secret_file: \/nonexistent\/secret: No such file/,
  CONFIG,
);
refusal(
  "a group for the admin socket that is not there",
  async (stage) => ({
    admin: {
      socket: path.join(await stage.folder("admin"), "admin.sock"),
      group: "zvonok-nobody",
    },
  }),
  /admin\.group: there is no group zvonok-nobody; make it with/,
  CONFIG,
);
refusal(
  "a group that is not there, for the admin socket at its default place,",
  async () => ({ admin: { socket: undefined, group: "zvonok-nobody" } }),
  /admin\.group: there is no group zvonok-nobody; make it with/,
  CONFIG,
);
refusal(
  "a folder for the admin socket that cannot be made",
  async () => ({ admin: { socket: "/nonexistent/zvonok/admin.sock" } }),
  /admin\.socket: .*set another path/,
);

/** A start, or what else `more` asks for, that waits until somebody writes into a pipe: {daemon, dir, writer}. */
async function startHalf(stage, ...more) {
  const dir = await stage.folder("config");
  const ca = path.join(dir, "ca.pipe");
  assert.equal(spawnSync("mkfifo", [ca]).status, 0);
  await configure(dir, { tls_ca: ca });
  const args = ["--config", path.join(dir, "zvonok.yaml"), ...more];
  const daemon = stage.spawn("zvonokd", findZvonokd(), args);
  const writer = await within(10_000, "it reads", open(ca, "w"));
  return { daemon, dir, writer };
}

const configure = (dir, sip) =>
  writeFile(
    path.join(dir, "zvonok.yaml"),
    `${JSON.stringify({ ...QUIET, sip: { ...QUIET.sip, ...sip } })}\n...\n`,
  );

const ends = (daemon) => within(10_000, "it ends", daemon.exited);

test("who reloads while it starts is heard when it runs", { timeout: 30_000, skip }, () =>
  withStage("ops", async (stage) => {
    const { daemon, dir, writer } = await startHalf(stage);
    const { ca } = await makeCertificate(path.join(dir, "certs"));
    await configure(dir, { tls_ca: ca });
    daemon.kill("SIGHUP");
    daemon.kill("SIGUSR1");
    await writer.writeFile(await readFile(ca));
    await writer.close();
    await daemon.waitForLine(/ info main counts: /, 10_000);
    await daemon.waitForLine(/ info main changed: sip\.tls_ca$/m, 10_000);
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  }),
);

test("who stops it while it starts does not wait", { timeout: 30_000, skip }, () =>
  withStage("ops", async (stage) => {
    for (const signal of ["SIGTERM", "SIGINT"]) {
      const { daemon, writer } = await startHalf(stage);
      daemon.kill(signal);
      assert.deepEqual(await ends(daemon), { code: 0, signal: null });
      await writer.close();
    }
    const { daemon, writer } = await startHalf(stage, "--check-config");
    daemon.kill("SIGINT"); // Ctrl-C, as for any program that runs and ends
    assert.deepEqual(await ends(daemon), { code: null, signal: "SIGINT" });
    await writer.close();
  }),
);

test("who closes its standard files harms nothing", { timeout: 30_000, skip }, () =>
  withStage("ops", async (stage) => {
    const dir = await stage.folder("config");
    const socket = path.join(dir, "admin.sock");
    const file = path.join(dir, "zvonok.yaml");
    await writeFile(file, `${JSON.stringify({ ...QUIET, admin: { socket } })}\n`);
    const command = 'exec "$0" --config "$1" <&- >&- 2>&-';
    const daemon = stage.spawn("zvonokd", "sh", ["-c", command, findZvonokd(), file]);
    const zvonokctl = path.join(path.dirname(findZvonokd()), "zvonokctl");
    const asked = ["--socket", socket, "status"];
    await until(10_000, "it runs", () => spawnSync(zvonokctl, asked).status === 0);
    for (const fd of [0, 1, 2])
      assert.equal(await readlink(`/proc/${daemon.pid}/fd/${fd}`), "/dev/null");
    daemon.kill("SIGTERM");
    assert.deepEqual(await ends(daemon), { code: 0, signal: null });
  }),
);

const isRoot = process.getuid() === 0;
test(
  "who runs it as root is warned, and it starts",
  { timeout: 30_000, skip: skip || (isRoot ? false : "run this test as root") },
  () =>
    withStage("ops", async (stage) => {
      const file = path.join(await stage.folder("config"), "zvonok.yaml");
      await writeFile(file, `${JSON.stringify(QUIET)}\n`);
      const daemon = stage.spawn("zvonokd", findZvonokd(), ["--config", file]);
      await daemon.waitForLine(/warn main zvonokd runs as root/, 10_000);
      await daemon.waitForLine(/is ready/, 10_000);
    }),
);
