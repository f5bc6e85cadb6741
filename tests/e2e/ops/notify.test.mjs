// What systemd is told, by a socket of ours in its place. The package's test has the real one.
import assert from "node:assert/strict";
import net from "node:net";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import {
  ROOT,
  connectClient,
  findZvonokd,
  freePorts,
  until,
  withStage,
  within,
} from "../peers/index.mjs";
import { startAnsweringServer } from "../peers/uas.mjs";

const skip = findZvonokd() ? false : "zvonokd is not built";

// Node has no datagram sockets of Unix; perl-base is on every Debian. One line a datagram, its own line ends as blanks.
const LISTENER = `
use strict; use Socket; $| = 1;
my $name = $ARGV[0]; $name =~ s/^@/\\0/;
socket(my $fh, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
my $own = pack_sockaddr_un($name);
bind($fh, $own) or die "bind: $!";
$SIG{USR1} = sub { # does not read until SIGUSR2, and has no room
  my $awake = 0; local $SIG{USR2} = sub { $awake = 1 };
  socket(my $out, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
  1 while defined send($out, "X=1", MSG_DONTWAIT, $own);
  print "full\\n";
  sleep 1 until $awake;
};
print "listening\\n";
for (;;) { next if !defined recv($fh, my $text, 4096, 0); $text =~ s/\\n/ /g; print "told $text\\n"; }
`;

async function startManager(stage, name) {
  const child = stage.spawn("manager", "perl", ["-e", LISTENER, name]);
  await child.waitForLine(/listening/, 5_000);
  return child;
}

const told = (manager, pattern, ms = 10_000) =>
  manager.waitForLine(new RegExp(`^told .*${pattern.source}.*$`, "m"), ms);

async function writeConfig(stage, more = "") {
  const dir = await stage.folder("config");
  const port = await freePorts(12);
  const file = path.join(dir, "zvonok.yaml");
  await writeFile(
    file,
    `sip: {allow: ["127.0.0.0/8"], listen: "127.0.0.1:${port}"}\n` +
      `http: {wss_listen: [], https_listen: [], ws_listen: ["127.0.0.1:${port + 1}"], admin_listen: []}\n` +
      `media: {web_port: 0, workers: 2, port_from: ${port + 2}, port_to: ${port + 11}}\n` +
      `admin: {socket: "${path.join(dir, "admin.sock")}"}\n${more}`,
  );
  return { file, port: port + 1 };
}

const start = (stage, file, environment) =>
  stage.spawn("zvonokd", findZvonokd(), ["--config", file], {
    env: { ...process.env, ...environment },
  });

const connects = (port) =>
  within(
    5_000,
    `a connection to ${port}`,
    new Promise((resolve, reject) => {
      const socket = net.connect(port, "127.0.0.1", () => resolve(socket.destroy()));
      socket.once("error", reject);
    }),
  );

/** A call that is answered. */
async function talk(port) {
  const client = await connectClient(`ws://127.0.0.1:${port}/`);
  const server = await startAnsweringServer();
  client.say("connection", {
    appKey: "defaultApp",
    mediaProviders: ["WebRTC"],
    sipLogin: "1001",
    sipDomain: "127.0.0.1",
    sipPort: server.port,
    sipRegisterRequired: false,
  });
  await client.next("getUserData");
  const example = path.join(ROOT, "api/examples/client.call.json");
  const { data } = JSON.parse(await readFile(example, "utf8"));
  client.say("call", { ...data[0], callee: "far" });
  await client.next("talk");
  return { client, server };
}

test("ready, alive, reloading, stopping, each in its time", { timeout: 60_000, skip }, () =>
  withStage("ops", async (stage) => {
    const socket = path.join(await stage.folder("manager"), "notify");
    const manager = await startManager(stage, socket);
    const { file, port } = await writeConfig(stage);
    const daemon = start(stage, file, { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "1000000" });
    await told(manager, /READY=1/);
    await connects(port); // READY=1 said that it can be
    await told(manager, /WATCHDOG=1/);
    const alive = () => manager.output.match(/WATCHDOG=1/g)?.length ?? 0;
    await until(10_000, "five signs of life", () => alive() >= 5);
    daemon.kill("SIGHUP");
    await told(manager, /RELOADING=1 MONOTONIC_USEC=\d+/);
    const before = manager.output.indexOf("RELOADING=1");
    await until(5_000, "READY=1 again", () => manager.output.indexOf("READY=1", before) > before);
    assert.doesNotMatch(manager.output, /STOPPING=1/);
    daemon.kill("SIGTERM");
    await told(manager, /STOPPING=1/);
    assert.deepEqual(await within(10_000, "it ends", daemon.exited), { code: 0, signal: null });
  }),
);

test("a drain is told, with the time that it needs", { timeout: 60_000, skip }, () =>
  withStage("ops", async (stage) => {
    const name = `@zvonok/test/${process.pid}`; // an abstract one
    const manager = await startManager(stage, name);
    const { file, port } = await writeConfig(stage, "drain: {timeout: 3s}\n");
    const daemon = start(stage, file, { NOTIFY_SOCKET: name });
    await told(manager, /READY=1/);
    await told(manager, /STATUS=0 calls, 0 clients/);
    assert.doesNotMatch(manager.output, /WATCHDOG/);
    const { client, server } = await talk(port);
    try {
      await told(manager, /STATUS=1 call, 1 client/);
      daemon.kill("SIGTERM");
      await told(manager, /EXTEND_TIMEOUT_USEC=\d+/);
      await told(manager, /STATUS=draining, 1 call, [1-3] s left/);
      await told(manager, /STOPPING=1/);
      await within(10_000, "it ends", daemon.exited);
    } finally {
      client.close();
      await server.close();
    }
  }),
);

test(
  "time is asked for from SIGTERM on, and not by zvonokctl drain",
  { timeout: 60_000, skip },
  () =>
    withStage("ops", async (stage) => {
      const socket = path.join(await stage.folder("manager"), "notify");
      const manager = await startManager(stage, socket);
      const { file, port } = await writeConfig(stage, "drain: {timeout: 40s}\n");
      const daemon = start(stage, file, { NOTIFY_SOCKET: socket });
      await told(manager, /READY=1/);
      const { client, server } = await talk(port);
      try {
        const zvonokctl = path.join(path.dirname(findZvonokd()), "zvonokctl");
        const place = path.join(path.dirname(file), "admin.sock");
        stage.spawn("zvonokctl", zvonokctl, ["--socket", place, "drain"]);
        await told(manager, /STATUS=draining, 1 call, 3\d s left/);
        assert.doesNotMatch(manager.output, /EXTEND_TIMEOUT_USEC/); // the watchdog would wait for it, too
        daemon.kill("SIGTERM");
        await told(manager, /EXTEND_TIMEOUT_USEC=\d+/);
        assert.doesNotMatch(manager.output, /STOPPING=1/);
        daemon.kill("SIGTERM");
        await told(manager, /STOPPING=1/);
        await within(10_000, "it ends", daemon.exited);
      } finally {
        client.close();
        await server.close();
      }
    }),
);

test("what a manager missed it is told when it reads", { timeout: 60_000, skip }, () =>
  withStage("ops", async (stage) => {
    const socket = path.join(await stage.folder("manager"), "notify");
    const { file, port } = await writeConfig(stage);
    const daemon = start(stage, file, { NOTIFY_SOCKET: socket });
    const lost = (count) =>
      until(
        10_000,
        `${count} times nobody was told`,
        () => daemon.output.split("cannot be told how zvonokd is").length > count,
      );
    await lost(1); // nobody is there yet
    const manager = await startManager(stage, socket);
    await told(manager, /READY=1/);
    await told(manager, /STATUS=0 calls, 0 clients/);
    const { client, server } = await talk(port);
    await told(manager, /STATUS=1 call, 1 client/);
    manager.kill("SIGUSR1");
    await manager.waitForLine(/full/, 5_000);
    server.mute(); // the BYE is not answered, nor is its port closed: the end takes seconds
    daemon.kill("SIGINT");
    await lost(2);
    manager.kill("SIGUSR2");
    await told(manager, /STOPPING=1/);
    await within(10_000, "it ends", daemon.exited);
    client.close();
    await server.close();
  }),
);

test(
  "a configuration that is wrong is told in one line, and not tried again",
  { timeout: 30_000, skip },
  () =>
    withStage("ops", async (stage) => {
      const socket = path.join(await stage.folder("manager"), "notify");
      const manager = await startManager(stage, socket);
      const file = path.join(await stage.folder("config"), "zvonok.yaml");
      await writeFile(file, "");
      const daemon = start(stage, file, { NOTIFY_SOCKET: socket });
      await told(manager, /STATUS=not started: sip\.allow: say where clients may send SIP/);
      assert.deepEqual(await within(10_000, "it ends", daemon.exited), { code: 78, signal: null });
      assert.doesNotMatch(manager.output, /READY=1/);
    }),
);

test(
  "a configuration that nobody has touched is no failure, and one that somebody emptied is",
  { timeout: 30_000, skip },
  () =>
    withStage("ops", async (stage) => {
      const socket = path.join(await stage.folder("manager"), "notify");
      const manager = await startManager(stage, socket);
      const file = path.join(await stage.folder("config"), "zvonok.yaml");
      const sample = await readFile(path.join(ROOT, "deploy/zvonok.yaml"), "utf8");
      const sentence = /zvonokd stays stopped until sip\.allow in \S*zvonok\.yaml says/;
      const ends = async (text, environment) => {
        await writeFile(file, text);
        const daemon = start(stage, file, environment);
        const { code } = await within(10_000, "it ends", daemon.exited);
        return { code, said: sentence.test(daemon.output) };
      };
      const managed = { NOTIFY_SOCKET: socket };
      assert.deepEqual(await ends(sample, managed), { code: 0, said: true });
      await told(manager, new RegExp(`READY=1 STATUS=${sentence.source}`));
      assert.deepEqual(await ends(sample, { NOTIFY_SOCKET: "" }), { code: 78, said: false });
      const cut = sample.slice(0, sample.length / 2);
      assert.deepEqual(await ends(cut, managed), { code: 78, said: false });
    }),
);

test("a manager that cannot be told harms nothing", { timeout: 30_000, skip }, () =>
  withStage("ops", async (stage) => {
    const { file } = await writeConfig(stage);
    const nowhere = path.join(await stage.folder("manager"), "notify");
    const daemon = start(stage, file, { NOTIFY_SOCKET: nowhere });
    await daemon.waitForLine(/the service manager at \$NOTIFY_SOCKET cannot be told/, 10_000);
    daemon.kill("SIGTERM");
    assert.deepEqual(await within(10_000, "it ends", daemon.exited), { code: 0, signal: null });
    const wrong = start(stage, file, { NOTIFY_SOCKET: "relative" });
    await wrong.waitForLine(/\$NOTIFY_SOCKET names no Unix socket/, 10_000);
    await wrong.waitForLine(/is ready/, 10_000);
    await wrong.stop();
  }),
);
