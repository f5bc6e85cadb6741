// The systemd unit by itself: systemd knows every line of it, and what the process may do stays little. It runs under a real
// systemd in the package's test.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { ROOT, findZvonokd } from "../peers/index.mjs";

const UNIT = path.join(ROOT, "deploy/systemd/zvonokd.service");
const HIGHEST_EXPOSURE = 2.0;

const analyze = (...args) => spawnSync("systemd-analyze", args, { encoding: "utf8" });
const skip = analyze("--version").status === 0 ? false : "there is no systemd-analyze";
const skipRun = findZvonokd() ? false : "zvonokd is not built";

test("systemd knows each line of the unit", { skip }, () => {
  // The program is where the package puts it: another that exists stands in for it.
  const dir = mkdtempSync(path.join(tmpdir(), "zvonok-unit-"));
  try {
    const copy = path.join(dir, "zvonokd.service");
    writeFileSync(
      copy,
      readFileSync(UNIT, "utf8")
        .replaceAll(/\/usr\/bin\/zvonok(d|ctl)/g, process.execPath)
        .replace(/^Documentation=.*\n/m, ""),
    );
    const { status, stderr } = analyze("verify", copy);
    assert.equal(stderr, "");
    assert.equal(status, 0);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("what another start would find as it is is not tried again", { skip: skipRun }, () => {
  const status = (...args) => spawnSync(findZvonokd(), args, { timeout: 10_000 }).status;
  const found = [status("--no-such-option"), status("--config", "/nonexistent/zvonok.yaml")];
  const [, listed] = /^RestartPreventExitStatus=(.*)$/m.exec(readFileSync(UNIT, "utf8"));
  assert.deepEqual(listed.split(" ").map(Number), found);
});

test("the process may do little", { skip }, () => {
  const { stdout } = analyze("security", "--offline=true", "--no-pager", UNIT);
  const exposure = Number(/exposure level for zvonokd\.service: ([0-9.]+)/.exec(stdout)?.[1]);
  assert.ok(exposure <= HIGHEST_EXPOSURE, `exposure ${exposure}\n${stdout}`);
});
