// The Debian package on a machine with nothing on it, under a real systemd: installed, started, called, hung, upgraded while
// somebody talks, removed, installed again, purged. One machine, in this order; what a scene leaves is what the next one finds.
// ./do test package builds what it needs; ZV_PACKAGE names the package.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFile, cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startCrowd, startFarm } from "../load.mjs";
import { Stage, makeDebian, openMachine, until, whyNoMachine } from "../peers/index.mjs";
import { findTool } from "../tools.mjs";

const run = promisify(execFile);
const PACKAGE = process.env.ZV_PACKAGE;
const CONFIG = "/etc/zvonok/zvonok.yaml";
const CERTS = "/etc/zvonok/certs";
const NEWER = "99.0";
const APT = "apt-get install -y -o Dpkg::Options::=--force-confold";
const QUIET = { env: ["DEBIAN_FRONTEND=noninteractive"], ms: 300_000 };
const SENTENCE = /zvonokd stays stopped until sip\.allow in \/etc\/zvonok\/zvonok\.yaml says/;

const skip = PACKAGE ? whyNoMachine() : "$ZV_PACKAGE names no package: ./do test package";

let stage, machine;
const versions = {};

/** The package with another version, and one line more in its configuration: what an upgrade meets. */
async function makeNewer(file) {
  const dir = path.join(await stage.folder("newer"), "files");
  await run("dpkg-deb", ["-R", file, dir]);
  const control = path.join(dir, "DEBIAN/control");
  const text = await readFile(control, "utf8");
  await writeFile(control, text.replace(/^Version: .*$/m, `Version: ${NEWER}`));
  await appendFile(path.join(dir, CONFIG), "# A line that the newer version brings.\n");
  await run("dpkg-deb", ["--root-owner-group", "-b", dir, machine.at("/srv/newer.deb")]);
}

before(
  async () => {
    if (skip) return;
    stage = await Stage.open("package");
    const packages = ["systemd", "systemd-sysv", "dbus", "procps"];
    machine = await openMachine(stage, await makeDebian("bookworm-systemd", packages));
    await cp(PACKAGE, machine.at("/srv/zvonok.deb"));
    await makeNewer(PACKAGE);
    for (const tool of ["webload", "sipfarm"]) await machine.bring(findTool(tool));
    await machine.prepare("apt-get update && apt-get install -y --download-only /srv/zvonok.deb");
    await machine.boot();
  },
  { timeout: 1_200_000 },
);
after(async () => {
  if (stage?.failed) console.error((await machine.run("journalctl -b -n 100 -o cat")).stdout);
  await stage?.close();
});

/** A scene, and how long it took. */
function scene(name, action) {
  test(name, { skip, timeout: 300_000 }, async (t) => {
    const begun = performance.now();
    await stage.run(action);
    t.diagnostic(`${((performance.now() - begun) / 1000).toFixed(1)} s`);
  });
}

/** Properties of the unit: {ActiveState: "active", …}. */
async function show(...names) {
  const text = await machine.must(`systemctl show zvonokd -p ${names.join(",")}`);
  const pairs = text.trim().split("\n");
  return Object.fromEntries(pairs.map((line) => line.split(/=(.*)/s)));
}

async function isRunning() {
  const state = await show("ActiveState", "SubState", "MainPID", "NRestarts");
  assert.deepEqual([state.ActiveState, state.SubState], ["active", "running"]);
  return state;
}

/** Calls through the gateway as it is installed, with tones heard at both ends. */
async function begin({ seconds }) {
  const farm = await startFarm(machine.stage, { mode: "tones" });
  const crowd = startCrowd(machine.stage, {
    url: "ws://127.0.0.1:8080/",
    domain: "127.0.0.1",
    port: farm.port,
    call: "farm",
    calls: 1,
    seconds,
    mode: "tones",
  });
  const end = async () => {
    const talked = await crowd.result(60_000);
    const heard = await farm.result();
    assert.equal(talked.code, 0, JSON.stringify([talked, crowd.wrongs()]));
    assert.equal(heard.code, 0, JSON.stringify(heard));
  };
  return { end };
}

const liveCalls = async () => {
  const { calls } = JSON.parse(await machine.must("zvonokctl --json calls"));
  return calls.length;
};

async function assertCertificate() {
  const found = await machine.must(`find ${CERTS} -printf '%p %u:%g %m\n' | sort`);
  assert.deepEqual(found.trim().split("\n"), [
    `${CERTS} root:zvonok 750`,
    `${CERTS}/ca.crt root:root 644`,
    `${CERTS}/ca.key root:root 600`,
    `${CERTS}/server.crt root:root 644`,
    `${CERTS}/server.key root:zvonok 640`,
  ]);
}

/** What is left of the package's own files, but for what this test put there. */
async function leftovers() {
  const places = "/etc /lib/systemd /run /usr /var/lib /var/log";
  const found = await machine.must(
    `find ${places} -xdev -ignore_readdir_race -iname '*zvonok*' -not -path '/var/lib/apt/*'`,
  );
  return found.trim();
}

scene("it installs, and stays stopped with one sentence", async () => {
  const said = await machine.must(`${APT} /srv/zvonok.deb`, QUIET);
  assert.match(said, SENTENCE);
  const unit = await show("ActiveState", "UnitFileState", "Result", "NRestarts", "Type");
  assert.equal(unit.ActiveState, "inactive");
  assert.equal(unit.UnitFileState, "enabled");
  assert.equal(unit.Result, "success");
  assert.equal(unit.NRestarts, "0");
  assert.equal(unit.Type, "notify");
  const { stdout: status } = await machine.run("systemctl status zvonokd");
  assert.match(status, SENTENCE);
  assert.equal(await machine.must("systemctl --failed --no-legend"), "");
  await assertCertificate();
  assert.match(await machine.must("getent passwd zvonok"), /:\/usr\/sbin\/nologin$/m);
  assert.equal(await machine.must("dpkg --verify zvonok"), "");
  await machine.must("zvonokd --print-config | cmp - /usr/share/doc/zvonok/examples/zvonok.yaml");
  const lines = (await machine.read(CONFIG)).split("\n");
  assert.ok(lines.length < 20, "the conffile is short, so that upgrades seldom ask about it");
  versions.old = (await machine.must("dpkg-query -Wf '${Version}' zvonok")).trim();
});

scene("with sip.allow set it starts, and is ready when systemctl comes back", async () => {
  const allow = 's|^  #allow: .*|  allow: ["127.0.0.0/8"] # set by the operator|';
  await machine.must(`sed -i '${allow}' ${CONFIG} && zvonokd --check-config`);
  await machine.must("systemctl start zvonokd");
  await isRunning();
  const { MainPID } = await show("MainPID");
  assert.match(await machine.must(`ps -o user= -p ${MainPID}`), /^zvonok/);
  await machine.must("zvonokctl status");
  assert.match(await machine.read("/usr/share/bash-completion/completions/zvonokctl"), /complete/);
});

scene("a call through it is heard at both ends", async () => {
  const call = await begin({ seconds: 3 });
  await call.end();
});

scene("reload leaves the process and its calls", async () => {
  const before = await isRunning();
  const call = await begin({ seconds: 3 });
  await until(10_000, "the call is there", async () => (await liveCalls()) === 1);
  await machine.must("systemctl reload zvonokd");
  await call.end();
  assert.deepEqual(await isRunning(), before);
});

scene("a wrong configuration is a failed start that is not tried again", async () => {
  const written = await machine.read(CONFIG);
  for (const wrong of [`${written}wrong: 1\n`, ""]) {
    await writeFile(machine.at(CONFIG), wrong);
    const { code } = await machine.run("systemctl restart zvonokd");
    assert.notEqual(code, 0);
    const failed = await show("ActiveState", "ExecMainStatus", "NRestarts");
    assert.deepEqual(failed, { ActiveState: "failed", ExecMainStatus: "78", NRestarts: "0" });
  }
  await writeFile(machine.at(CONFIG), written);
  await machine.must("systemctl start zvonokd");
  await isRunning();
});

scene("a process that hangs is killed by the watchdog and started again", async () => {
  const { MainPID } = await isRunning();
  await machine.must(`kill -STOP ${MainPID}`);
  await until(90_000, "it runs again", async () => {
    const now = await isRunning();
    return now.MainPID !== MainPID && now.NRestarts === "1";
  });
  assert.match(await machine.must("journalctl -u zvonokd -o cat"), /Watchdog timeout/);
  const call = await begin({ seconds: 1 });
  await call.end();
});

scene("an upgrade lets a call end, restarts, and keeps what the operator wrote", async () => {
  const { MainPID } = await isRunning();
  const written = await machine.read(CONFIG);
  const call = await begin({ seconds: 10 });
  await until(10_000, "the call is there", async () => (await liveCalls()) === 1);
  await machine.must(`${APT} /srv/newer.deb`, QUIET);
  await call.end();
  const now = await isRunning();
  assert.notEqual(now.MainPID, MainPID);
  assert.equal(await machine.must("dpkg-query -Wf '${Version}' zvonok"), NEWER);
  assert.equal(await machine.read(CONFIG), written);
  assert.match(await machine.read(`${CONFIG}.dpkg-dist`), /that the newer version brings/);
  const again = await begin({ seconds: 1 });
  await again.end();
});

scene("removed it is stopped and forgets nothing; installed again it runs", async () => {
  const written = await machine.read(CONFIG);
  const certificate = await machine.read("/etc/zvonok/certs/server.crt");
  await machine.must("apt-get remove -y zvonok", QUIET);
  assert.equal((await machine.run("pgrep -x zvonokd")).code, 1);
  assert.equal(await machine.must("ls /run/zvonok 2>/dev/null || :"), "");
  const said = await machine.must(`${APT} /srv/newer.deb`, QUIET);
  assert.doesNotMatch(said, SENTENCE);
  await isRunning();
  assert.equal(await machine.read(CONFIG), written);
  assert.equal(await machine.read("/etc/zvonok/certs/server.crt"), certificate);
});

scene("a purge leaves the user, what the operator put there, and nothing else", async () => {
  await machine.must(`echo mine >${CERTS}/phone.example.org.pem`);
  await machine.must("apt-get purge -y zvonok", QUIET);
  const kept = await machine.must("find /etc/zvonok -type f");
  assert.equal(kept.trim(), `${CERTS}/phone.example.org.pem`);
  await machine.must("rm -r /etc/zvonok");
  assert.equal(await leftovers(), "");
  assert.match(await machine.must("getent passwd zvonok"), /^zvonok:/);
  assert.equal(await machine.must("systemctl --failed --no-legend"), "");
});

scene("without a certificate it is installed all the same, and says so", async () => {
  await machine.must(`mkdir /etc/zvonok && : >${CERTS}`); // no folder
  const said = await machine.must(`${APT} /srv/zvonok.deb`, QUIET);
  assert.match(said, /no certificate could be made in \/etc\/zvonok\/certs/);
  assert.equal(await machine.must("dpkg-query -Wf '${Status}' zvonok"), "install ok installed");
  await machine.must(`apt-get purge -y zvonok && rm -rf /etc/zvonok`, QUIET);
});

scene("installed anew it is stopped again; a certificate that was cut short is made", async () => {
  await machine.must(`mkdir -p ${CERTS} && cd ${CERTS} && echo half >server.key && : >.unfinished`);
  const said = await machine.must(`${APT} /srv/zvonok.deb`, QUIET);
  assert.match(said, SENTENCE);
  assert.equal((await show("ActiveState")).ActiveState, "inactive");
  await assertCertificate();
  assert.match(await machine.read(`${CERTS}/server.key`), /^-----BEGIN PRIVATE KEY-----/);
});
