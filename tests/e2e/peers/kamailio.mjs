// Our SIP server: registrar and proxy with digest. Ready when a REGISTER with a password has been answered 200.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { freePort } from "./ports.mjs";
import { register } from "./sip.mjs";
import { ROOT, until } from "./stage.mjs";

const run = promisify(execFile);

/** The password of one of the accounts 1001 to 1010. */
export const passwordOf = (user) => `secret${user}`;

/**
 * options: address, port, domain, algorithm, hep (an "address:port" that gets a copy of each message), rtpengine (the
 * "address:port" of one that carries the calls' audio), nat (phones may be behind one), tcp (on the same port too), tls (a folder
 * with server.crt and server.key: on `tlsPort` too).
 */
export async function startKamailio(stage, options = {}) {
  const { address = "127.0.0.1", domain = "zvonok.test", algorithm = "MD5", hep = "" } = options;
  const port = options.port ?? (await freePort());
  const dir = await runFolder(stage);
  const settings = [address, port, domain, algorithm, hep];
  if (options.rtpengine) settings.push(`rtpengine=${options.rtpengine}`);
  if (options.nat) settings.push("nat");
  if (options.tcp || options.tls) settings.push("tcp");
  if (options.tls) settings.push(`tls=${options.tls}`);
  await run(path.join(ROOT, "deploy/kamailio/prepare"), [dir, ...settings]);
  const file = path.join(dir, "kamailio.cfg");
  const kamailio = openKamailio(stage, { dir, file, socket: path.join(dir, "ctl.sock") });
  Object.assign(kamailio, { address, port, tlsPort: port + 1, domain });
  kamailio.waitReady = async () => {
    const account = { address, port, domain, user: "1010", password: passwordOf("1010") };
    await until(10_000, "a REGISTER at kamailio is answered 200", async () => {
      if (kamailio.process.how) throw new Error(kamailio.process.tail());
      if (stage.netns) return kamailio.registered(); // no REGISTER gets in there from here
      return (await register({ ...account, expires: 60, timeoutMs: 500 })).status === 200;
    });
    if (!stage.netns) await register({ ...account, expires: 0 });
  };
  await kamailio.waitReady();
  return kamailio;
}

/** Runs a configuration: `file`, in `dir`, whose module ctl listens on `socket`. It is up when it tells who is registered. */
export function openKamailio(stage, { dir, file, socket }) {
  const args = ["-f", file, "-DD", "-E", "-w", dir, "-Y", dir];
  args.push("-P", path.join(dir, "kamailio.pid"));
  const child = stage.spawn("kamailio", "kamailio", args);
  const kamailio = { dir, process: child };

  /** Users that are registered now, with their contacts. */
  kamailio.registered = async () => {
    const { stdout } = await run("kamcmd", ["-s", `unix:${socket}`, "ul.dump"], {
      timeout: 3_000,
    });
    return parseLocations(stdout);
  };
  kamailio.waitRegistered = (user, ms = 10_000) =>
    until(ms, `${user} is registered`, async () => (await kamailio.registered()).get(user));
  kamailio.waitUnregistered = (user, ms = 10_000) =>
    until(ms, `${user} is not registered any more`, async () => {
      return !(await kamailio.registered()).has(user);
    });
  return kamailio;
}

/** A folder for its sockets, whose paths may have 107 characters at most. */
export async function runFolder(stage) {
  const dir = await stage.folder("kamailio");
  if (dir.length < 80) return dir;
  const short = await mkdtemp(path.join(tmpdir(), "kamailio-"));
  stage.onClose(() => rm(short, { recursive: true, force: true }));
  return short;
}

function parseLocations(dump) {
  const users = new Map();
  let user;
  for (const line of dump.split("\n")) {
    const [, aor] = /^\s*AoR: (\S+)/.exec(line) ?? [];
    if (aor) user = aor;
    const [, contact] = /^\s*Address: (\S+)/.exec(line) ?? [];
    if (contact && user) users.set(user, [...(users.get(user) ?? []), contact]);
  }
  return users;
}
