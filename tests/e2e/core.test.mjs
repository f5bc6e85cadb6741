// A crash of the gateway leaves no core file: memory holds passwords and keys. For a build without sanitizers, which
// want to be attached to.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { findSecrets } from "./secrets.mjs";
import {
  ROOT,
  connectClient,
  openBlackHole,
  startZvonokd,
  until,
  within,
  withStage,
} from "./peers/index.mjs";

const release = path.join(ROOT, "build/release/bin/zvonokd");
const skip = existsSync(release) ? false : "the release build is not there: ./do build";

/** Runs `binary` with leave to dump as much core as it likes, into the stage's folder. */
async function withCores(stage, name, binary) {
  const file = path.join(stage.dir, name);
  await writeFile(file, `#!/bin/sh\nulimit -c unlimited\nexec "${binary}" "$@"\n`);
  await chmod(file, 0o755);
  return file;
}

const coresIn = async (dir) => (await readdir(dir)).filter((name) => name.startsWith("core"));

async function crash(child) {
  child.kill("SIGSEGV");
  const { signal } = await within(10_000, "the crash", child.exited);
  assert.equal(signal, "SIGSEGV");
}

/** Whether this machine leaves cores where a process runs: only then does it mean something that there is none. */
async function leavesCores(stage) {
  const pattern = await readFile("/proc/sys/kernel/core_pattern", "utf8");
  if (!/^core[^/|]*$/.test(pattern.trim())) return false;
  const sleep = await withCores(stage, "control", "/bin/sleep");
  const child = stage.spawn("control", sleep, ["60"]);
  // The shell must have become the sleeper before it is struck.
  await until(5_000, "the sleeper runs", async () => {
    return (await readFile(`/proc/${child.pid}/cmdline`, "utf8")).startsWith("/bin/sleep");
  });
  await crash(child);
  const cores = await coresIn(stage.dir);
  await Promise.all(cores.map((name) => rm(path.join(stage.dir, name))));
  return cores.length > 0;
}

test("a crashed gateway leaves no core with a secret", { skip, timeout: 60_000 }, async (t) => {
  await withStage("core", async (stage) => {
    const password = `core${randomBytes(12).toString("hex")}`;
    const silent = await openBlackHole();
    stage.onClose(() => silent.close());
    const control = await leavesCores(stage);
    const binary = await withCores(stage, "gateway", release);
    const gateway = await startZvonokd(stage, { binary });
    const client = await connectClient(gateway.ws);
    client.say("connection", {
      appKey: "defaultApp",
      mediaProviders: ["WebRTC"],
      sipLogin: "1001",
      sipPassword: password,
      sipDomain: "127.0.0.1",
      sipPort: silent.port,
      sipRegisterRequired: true,
    });
    await client.next("getUserData"); // now it has the password
    // What is not dumpable belongs to root in /proc, whoever runs it.
    if (process.getuid() !== 0)
      assert.equal((await stat(`/proc/${gateway.pid}/environ`)).uid, 0, "it could be dumped");
    else if (!control) t.diagnostic("this machine leaves no cores, and root sees no difference");
    await crash(gateway.process);
    assert.deepEqual(await coresIn(stage.dir), []);
    assert.deepEqual(await findSecrets(stage.dir, { "the SIP password": password }), []);
  });
});
