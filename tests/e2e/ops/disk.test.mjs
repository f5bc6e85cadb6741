// A full disk takes lines of the log, and nothing else: calls are made, and who looks is told.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { connectClient, findZvonokd, freePorts, until, withStage } from "../peers/index.mjs";

// A file system of 64 KiB in a mount namespace of its own, which the process sees and the machine does not.
const MOUNT = 'mount -t tmpfs -o size=64k tmpfs "$1" && exec "$2" --config "$3" 2>"$1/log"';
const isolated = (...command) => spawnSync("unshare", ["-m", ...command], { timeout: 5_000 });

function why() {
  if (!findZvonokd()) return "zvonokd is not built";
  const tried = isolated("mount", "-t", "tmpfs", "tmpfs", "/mnt");
  return tried.status === 0 ? false : "no file system can be mounted here: run this test as root";
}
const skip = why();

/** A client comes and goes: some lines of the log at level debug, each time. */
async function comeAndGo(port) {
  const client = await connectClient(`ws://127.0.0.1:${port}/`);
  client.say("connection", { appKey: "defaultApp", mediaProviders: ["WebRTC"] });
  await client.next("getUserData");
  client.close();
}

test(
  "a full disk costs lines of the log, which are counted and told",
  { timeout: 60_000, skip },
  () =>
    withStage("ops", async (stage) => {
      const dir = await stage.folder("disk");
      const config = await stage.folder("config");
      const first = await freePorts(12);
      const admin = `http://127.0.0.1:${first + 2}`;
      const file = path.join(config, "zvonok.yaml");
      const socket = path.join(config, "admin.sock");
      await writeFile(
        file,
        `sip: {allow: ["127.0.0.0/8"], listen: "127.0.0.1:${first}"}\n` +
          `http: {wss_listen: [], https_listen: [], ws_listen: ["127.0.0.1:${first + 1}"],\n` +
          `  admin_listen: ["127.0.0.1:${first + 2}"]}\n` +
          `media: {web_port: 0, workers: 1, port_from: ${first + 3}, port_to: ${first + 11}}\n` +
          `log: {level: debug, repeats: 0}\nadmin: {socket: "${socket}"}\n`,
      );
      const args = ["-m", "sh", "-c", MOUNT, "sh", dir, findZvonokd(), file];
      const daemon = stage.spawn("zvonokd", "unshare", args);
      const inside = (name) => `/proc/${daemon.pid}/root${path.join(dir, name)}`;
      const ready = async () => (await fetch(`${admin}/readyz`)).status === 200;
      await until(10_000, "it is ready", ready);
      const ctl = path.join(path.dirname(findZvonokd()), "zvonokctl");
      const status = () =>
        spawnSync(ctl, ["--socket", socket, "status"], { encoding: "utf8", timeout: 10_000 })
          .stdout;
      assert.doesNotMatch(status(), /log cannot be written/);

      await writeFile(inside("ballast"), Buffer.alloc(40_000));
      const lost = /the log cannot be written \(No space left on device\): \d+ lines are lost/;
      await until(
        30_000,
        "lines are lost",
        async () => {
          await comeAndGo(first + 1);
          return lost.test(status());
        },
        0,
      );
      assert.ok(await ready()); // and goes on

      await rm(inside("ballast"));
      await comeAndGo(first + 1);
      assert.doesNotMatch(status(), /log cannot be written/);
      const log = await readFile(inside("log"), "utf8");
      assert.match(
        log,
        /^\S+ error main \d+ lines of this log were lost here: No space left on device$/m,
      );
      // What was cut off when the disk was full ends there: each line after it is whole.
      const after = log.slice(log.indexOf("were lost here")).split("\n").slice(1, -1);
      assert.ok(after.length > 0);
      for (const line of after) assert.match(line, /^\d{4}-\S+Z (error|warn|info|debug) /);
      assert.equal((await daemon.stop()).code, 0);
    }),
);
