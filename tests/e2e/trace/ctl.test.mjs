// zvonokctl at a gateway with calls: each verb on a live call, on a dead one, on nonsense; for people and as JSON.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { findTool } from "../tools.mjs";
import { ROOT, findZvonokd, freePorts, startZvonokd, until } from "../peers/index.mjs";
import { startAnsweringServer } from "../peers/uas.mjs";
import { PAGE_HZ, PHONE_HZ, useSetting } from "../call/setting.mjs";

const run = promisify(execFile);
const skip = findTool("webclient") && findZvonokd() ? false : "webclient or zvonokd is not built";
const { setting, scene: play } = useSetting("ctl", { chromium: false, atRest: false });
const scene = skip ? (sentence) => test(sentence, { skip }, () => undefined) : play;

const ctlProgram = findZvonokd() && path.join(path.dirname(findZvonokd()), "zvonokctl");
const NONSENSE = [
  "c-9.9.9",
  "c-0.0.0",
  "c-",
  "nobody",
  "../../etc/passwd",
  "x".repeat(256),
  "'\"\\",
];

const start = (user, more) => setting.webclient(user, { tone: PAGE_HZ, timeout: 60, ...more });

async function liveCalls(count = 1) {
  return until(10_000, `${count} live calls`, async () => {
    const { calls } = await setting.gateway.ctlJson("calls");
    const live = calls.filter((call) => call.state === "ACTIVE");
    return live.length === count && live;
  });
}

/** A call that talks, as `call`; `end` hangs it up at the client's side. */
async function talk() {
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const client = start("1001", { call: "1002", codec: "PCMU", hear: PHONE_HZ, seconds: 0 });
  await softphone.established();
  await softphone.hears(PAGE_HZ);
  const [call] = await liveCalls();
  return { softphone, client, call };
}

async function assertRefused(word, ...args) {
  const [json, people] = [
    await setting.gateway.ctlJson(...args),
    await setting.gateway.ctl(...args),
  ];
  assert.deepEqual([json.code, json.ok, json.error], [1, false, word], JSON.stringify(json));
  assert.equal(people.code, 1);
  assert.equal(people.stdout, "");
  assert.match(people.stderr, /^zvonokctl: \S.*\n$/);
}

function ask(socket, request) {
  return new Promise((resolve, reject) => {
    let text = "";
    const connection = net.connect(socket, () => connection.write(`${JSON.stringify(request)}\n`));
    connection.on("data", (bytes) => (text += bytes));
    connection.once("end", () => resolve(JSON.parse(text)));
    connection.once("error", reject);
  });
}

/** A `call` with an offer whose media never comes up. */
function offerTo(number) {
  const lines = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0"];
  lines.push("m=audio 9 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0", "a=ice-ufrag:abcd");
  lines.push("a=ice-pwd:abcdefghijklmnopqrstuvwx", `a=fingerprint:sha-256 ${FINGERPRINT}`);
  lines.push("a=setup:actpass", "a=mid:0", "a=sendrecv", "a=rtcp-mux", "");
  return {
    callId: `load-${number}`,
    callee: `2${String(number).padStart(3, "0")}`,
    incoming: false,
    hasVideo: false,
    sdp: lines.join("\r\n"),
    mediaProvider: "WebRTC",
  };
}
const FINGERPRINT = Array(32).fill("AB").join(":");

function assertFits(text) {
  for (const line of text.split("\n")) assert.ok([...line].length <= 100, line);
}

scene("every verb says what it sees of a live call, and hangup ends it", async () => {
  const { gateway } = setting;
  const { softphone, client, call } = await talk();

  assert.match(call.name, /^c-\d+\.\d+\.\d+$/);
  assert.equal(call.direction, "outgoing");
  assert.deepEqual([call.caller, call.callee, call.codec], ["1001", "1002", "PCMU"]);
  assert.deepEqual(call.heard, { client: true, sip: true });
  assert.ok(call.talkMs > 0 && call.talkMs <= call.ageMs);

  const calls = await gateway.ctl("calls");
  assert.equal(calls.code, 0);
  assert.match(
    calls.stdout,
    new RegExp(`${call.name} +ACTIVE +outgoing +1001 +1002 +PCMU .*client, SIP`),
  );
  assert.match(calls.stdout, /\n1 call\n$/);

  const status = await gateway.ctlJson("status");
  assert.equal(status.calls.now, 1);
  assert.equal(status.calls.states.ACTIVE, 1);
  assert.equal(status.sessions.registrations.registered, 1);
  assert.equal(status.ports.used, 1);
  assert.equal(status.workers[0].gauges.calls, 1);
  assert.equal(status.pid, gateway.pid);
  assert.match((await gateway.ctl("status")).stdout, /calls +1 of 1000; ACTIVE 1\n/);

  const sessions = await gateway.ctlJson("sessions");
  const session = sessions.sessions.find(({ name }) => name === call.session);
  assert.equal(session.login, "1001");
  assert.equal(session.registration, "registered");
  assert.equal(session.clientConnected, true);
  assert.equal(session.calls, 1);
  assert.match(
    (await gateway.ctl("sessions")).stdout,
    /1001@zvonok\.test +registered .*connected +1 /,
  );

  for (const id of [call.name, call.callId]) {
    const { call: one, code } = await gateway.ctlJson("call", id);
    assert.equal(code, 0);
    assert.equal(one.name, call.name);
    assert.equal(one.hasFigures, true);
    for (const leg of [one.legs.client, one.legs.sip]) {
      assert.ok(leg.rxPackets > 50 && leg.txPackets > 50, JSON.stringify(leg));
      assert.ok(leg.rxSsrc > 0 && leg.txSsrc > 0 && leg.lastRxAgoMs < 1000, JSON.stringify(leg));
      assert.match(leg.remote, /^127\.0\.0\.1:\d+$|^\d+\.\d+\.\d+\.\d+:\d+$/);
    }
    assert.equal(one.codecs.find(({ agreed }) => agreed).name, "PCMU");
  }
  const shown = await gateway.ctl("call", call.name);
  assert.match(
    shown.stdout,
    /codec, agreed +PCMU 8000 Hz, payload types: client 0, to SIP 0, from SIP 0\n/,
  );
  assert.match(shown.stdout, /CLIENT LEG +SIP LEG/);
  assert.match(shown.stdout, /received +\d+ packets, \S+ kB +\d+ packets, \S+ kB/);

  for (const verb of [["status"], ["calls"], ["sessions"], ["call", call.name]]) {
    assertFits((await gateway.ctl(...verb)).stdout);
  }

  const hangup = await gateway.ctl("hangup", call.name);
  assert.deepEqual(hangup, { code: 0, stdout: `Hung up ${call.name}.\n`, stderr: "" });
  const result = await client.result();
  assert.equal(result.cause, "admin_hangup", JSON.stringify(result));
  assert.equal(result.endedBy, "remote");
  await softphone.closed();
  assert.match(gateway.log(), new RegExp(`${call.name} hung up over the admin socket by user id`));

  await until(
    5_000,
    "the call is gone",
    async () => (await gateway.ctlJson("calls")).calls.length === 0,
  );
  await assertRefused("call_ended", "hangup", call.name);
  await softphone.stop();

  // What is left of a call that is over.
  const { call: over } = await gateway.ctlJson("call", call.name);
  assert.deepEqual([over.live, over.cause, over.codec], [false, "admin_hangup", "PCMU"]);
  const sipCallId = over.sipCallId;
  assert.equal((await gateway.ctlJson("call", sipCallId)).call.name, call.name);
  const ended = await gateway.ctl("call", call.callId);
  assert.match(ended.stdout, /^Call \S+, outgoing, ended\n/);
  assert.match(ended.stdout, /cause +admin_hangup\n +that is +an administrator ended the call/);
  assertFits(ended.stdout);

  const ladder = await gateway.ctl("trace", call.name);
  assert.equal(ladder.code, 0);
  assert.match(ladder.stdout, /INVITE/);
  assert.match(ladder.stdout, /admin_hangup|an administrator ended the call/);
  assert.match((await gateway.ctl("trace", call.name, "--mermaid")).stdout, /^sequenceDiagram\n/m);
  const recorded = await gateway.ctlJson("trace", sipCallId);
  assert.equal(recorded.trace.call.name, call.name);
  assert.ok(recorded.trace.events.length > 10);
  const file = path.join(await setting.stage.folder("traces"), "trace.json");
  const hostile = structuredClone(recorded);
  hostile.trace.events.find(({ kind }) => kind === "sip").data += "\0";
  for (const kept of [recorded, recorded.trace, hostile]) {
    await writeFile(file, JSON.stringify(kept));
    const shown = await ctl("--socket", "/nonexistent", "trace", "--file", file);
    assert.deepEqual([shown.code, shown.stderr, shown.stdout], [0, "", ladder.stdout]);
  }
});

scene("nonsense is refused with a sentence, by every verb that takes an id", async () => {
  for (const id of NONSENSE) {
    await assertRefused("unknown_call", "call", "--", id);
    await assertRefused("unknown_call", "hangup", "--", id);
    await assertRefused("unknown_call", "trace", "--", id);
  }
  await assertRefused("bad_request", "call", "\u001b[31mred");
  await assertRefused("bad_request", "call", "x".repeat(300));
  await assertRefused("unknown_call", "call", "");
});

scene("an incoming call is seen while it rings", async () => {
  const softphone = await setting.softphone();
  const client = start("1001", { waitCall: true, seconds: 0 });
  await client.line("registered", (line) => line.message === "registered");
  await softphone.dial("1001");
  await softphone.established();
  const [call] = await liveCalls();
  assert.equal(call.direction, "incoming");
  assert.deepEqual([call.caller, call.callee], ["1002", "1001"]);
  await setting.gateway.ctl("hangup", call.callId);
  assert.equal((await client.result()).cause, "admin_hangup");
  await softphone.stop();
});

scene("a capture ends as asked from elsewhere, by Ctrl-C, and with its call", async () => {
  const { gateway, stage } = setting;
  const { softphone, client, call } = await talk();
  const dir = await stage.folder("captures");
  const file = (name) => path.join(dir, `${name}.pcapng`);
  const isCapture = async (name) => {
    const bytes = await readFile(file(name));
    assert.equal(bytes.readUInt32LE(0), 0x0a0d0d0a, "a pcapng file begins with a section header");
    assert.equal((await stat(file(name))).mode & 0o777, 0o600);
  };

  const asked = gateway.ctl("pcap", call.name, "on", file("asked"));
  const begun = () => gateway.log().split("captured over the admin socket").length - 1;
  await until(5_000, "a capture is running", async () => begun() === 1);
  await assertRefused("capturing", "pcap", call.name, "on", file("second"));
  await assert.rejects(stat(file("second")), "a capture that did not begin leaves no file");
  const off = await gateway.ctl("pcap", call.name, "off");
  assert.deepEqual([off.code, off.stdout], [0, `The capture of ${call.name} ends.\n`]);
  const first = await asked;
  assert.equal(first.code, 0);
  assert.match(first.stdout, /^The capture of \S+ ended: stopped as asked\. \d+ packets, /);
  await isCapture("asked");
  await assertRefused("not_capturing", "pcap", call.name, "off");

  const again = await gateway.ctl("pcap", call.name, "on", file("asked"));
  assert.equal(again.code, 1);
  assert.match(again.stderr, /asked\.pcapng cannot be written: File exists/);

  const program = stage.spawn("zvonokctl", ctlProgram, [
    ...["--socket", gateway.config.admin.socket],
    ...["--json", "pcap", call.name, "on", file("interrupted")],
  ]);
  await until(5_000, "two captures in the log", async () => begun() === 2);
  program.kill("SIGINT");
  assert.equal((await program.exited).code, 0, program.tail());
  assert.equal(JSON.parse(program.output).reason, "stopped as asked");
  await isCapture("interrupted");

  const withCall = gateway.ctlJson("pcap", call.name, "on", file("with-call"));
  await until(5_000, "three captures in the log", async () => begun() === 3);
  await gateway.ctl("hangup", call.name);
  assert.equal((await withCall).reason, "the call ended");
  await isCapture("with-call");
  assert.equal((await client.result()).cause, "admin_hangup");
  await assertRefused("call_ended", "pcap", call.name, "on", file("late"));
  await assertRefused("unknown_call", "pcap", "nobody", "on", file("late"));
  await softphone.stop();
});

scene("calls that are over are listed with their causes, the youngest first", async () => {
  const { gateway } = setting;
  const before = (await gateway.ctlJson("calls", "--ended")).calls.length;
  const client = start("1001", { call: "4711" });
  assert.equal((await client.result()).sipStatus, 404);
  await gateway.isIdle();
  const { code, calls } = await gateway.ctlJson("calls", "--ended");
  assert.equal(code, 0);
  assert.equal(calls.length, before + 1);
  const [{ name, cause, sipStatus, live, callee }] = calls;
  assert.deepEqual([cause, sipStatus, live, callee], ["sip_not_found", 404, false, "4711"]);
  const people = await gateway.ctl("calls", "--ended");
  assert.match(people.stdout, new RegExp(`\\n${name} +sip_not_found +404 +outgoing +1001 +4711 `));
  assertFits(people.stdout);
  assert.equal((await gateway.ctl("sessions", "--ended")).code, 2);
});

scene("loglevel changes what is logged, and says what there is", async () => {
  const { gateway } = setting;
  const set = await gateway.ctlJson("loglevel", "media=warn");
  assert.equal(set.code, 0);
  assert.equal(set.levels.media, "warn");
  assert.equal(set.levels.sip, "debug");
  const all = await gateway.ctl("loglevel", "all=debug");
  assert.match(all.stdout, /^media +debug$/m);
  await assertRefused("unknown_module", "loglevel", "nonsense=debug");
  for (const wrong of ["media=loud", "media", ""]) {
    await assertRefused("unknown_level", "loglevel", wrong);
  }
  const completion = await readFile(path.join(ROOT, "deploy/completion/zvonokctl.bash"), "utf8");
  for (const module of Object.keys(set.levels)) {
    assert.match(completion, new RegExp(`'all .*\\b${module}\\b.*'`), module);
  }
});

scene("the doctor reports what it looked at", async () => {
  const report = await setting.gateway.ctlJson("doctor");
  assert.ok(report.findings.length > 5);
  assert.equal(report.code, report.counts.fail ? 4 : 0);
  const people = await setting.gateway.ctl("doctor");
  assert.equal(people.code, report.code);
  for (const { check } of report.findings) assert.ok(people.stdout.includes(`  ${check}\n`), check);
  assertFits(people.stdout);
});

scene("with 100 calls up it answers in 50 ms", async () => {
  const from = await freePorts(300);
  const server = await startAnsweringServer();
  setting.opened.push(() => server.close());
  const gateway = await startZvonokd(setting.stage, {
    config: {
      limits: { calls_per_client: 100 },
      media: { port_from: from, port_to: from + 299 },
      http: { max_messages_per_second: 1000 },
      log: { level: "info" },
    },
  });
  const client = await setting.client(gateway.ws);
  client.say("connection", {
    ...setting.wireAccount("1001", { sipDomain: "127.0.0.1", sipPort: server.port }),
    sipRegisterRequired: false,
  });
  await client.next("getUserData");
  for (let i = 0; i < 100; i++) client.say("call", offerTo(i));
  await until(10_000, "100 calls are up", async () => {
    return (await gateway.ctlJson("status")).calls.states.ACTIVE === 100;
  });
  const { calls } = await gateway.ctlJson("calls");
  const asks = { status: {}, calls: {}, sessions: {}, call: { id: calls[50].name } };
  for (const [verb, more] of Object.entries(asks)) {
    const times = [];
    for (let i = 0; i < 21; i++) {
      const began = performance.now();
      const answer = await ask(gateway.config.admin.socket, { version: 1, verb, ...more });
      times.push(performance.now() - began);
      assert.equal(answer.ok, true);
    }
    const median = times.sort((a, b) => a - b)[10];
    console.log(`# ${verb} with 100 calls up: ${median.toFixed(1)} ms`);
    assert.ok(median <= 50, `${verb} took ${median} ms`);
  }

  // A callId may be the name of another call, which stays that call's.
  const [named, other] = calls;
  await gateway.ctl("hangup", other.name);
  client.say("call", { ...offerTo(100), callId: named.name });
  await until(10_000, "the call with a name for its callId is up", async () => {
    return (await gateway.ctlJson("calls")).calls.some((call) => call.callId === named.name);
  });
  assert.equal((await gateway.ctlJson("hangup", named.name)).call, named.name);
  assert.equal((await gateway.ctlJson("hangup", named.name)).error, "call_ended");
  assert.equal((await gateway.ctlJson("call", named.callId)).call.live, false);
  await until(10_000, "99 calls are left", async () => {
    return (await gateway.ctlJson("calls")).calls.length === 99;
  });

  // A gateway that stops lets go of who still waits.
  const file = path.join(await setting.stage.folder("stopped"), "call.pcapng");
  const capture = gateway.ctl("pcap", calls[50].name, "on", file);
  await until(5_000, "the capture is in the log", async () => {
    return gateway.log().includes("captured over the admin socket");
  });
  client.close();
  await gateway.stop();
  const { code, stderr } = await capture;
  assert.ok(code === 0 || code === 3, stderr);
  assert.equal((await gateway.process.exited).code, 0, gateway.process.tail());
  await assert.rejects(stat(gateway.config.admin.socket), "the socket is removed");
});

scene("the socket is for its owner alone", async () => {
  const info = await stat(setting.gateway.config.admin.socket);
  assert.ok(info.isSocket());
  assert.equal(info.mode & 0o777, 0o600);
});

// ---- without a gateway ----

async function ctl(...args) {
  return run(ctlProgram, args, { timeout: 10_000 }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

test(
  "without a gateway the exit status is 3, and the sentence says what to look at",
  { skip },
  async () => {
    const people = await ctl("--socket", "/nonexistent/admin.sock", "status");
    assert.equal(people.code, 3);
    assert.match(people.stderr, /no gateway answers at \/nonexistent\/admin\.sock .*admin\.socket/);
    const json = await ctl("--socket", "/nonexistent/admin.sock", "status", "--json");
    assert.equal(json.code, 3);
    assert.equal(JSON.parse(json.stdout).error, "no_connection");
  },
);

test("a file that is no trace is named, with its place", { skip }, async () => {
  const missing = await ctl("trace", "--file", "/nonexistent.json");
  assert.deepEqual([missing.code, missing.stdout], [1, ""]);
  assert.match(missing.stderr, /\/nonexistent\.json cannot be read: No such file/);
  const wrong = await ctl("trace", "--file", new URL(import.meta.url).pathname);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /ctl\.test\.mjs is no trace: not JSON at line 1/);
});

test("a wrong command line is exit status 2 and a hint", { skip }, async () => {
  for (const args of [
    [],
    ["nonsense"],
    ["call"],
    ["call", "a", "b"],
    ["--wrong"],
    ["pcap", "x", "maybe"],
    ["trace"],
    ["calls", "--file", "x"],
  ]) {
    const { code, stderr, stdout } = await ctl(...args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /zvonokctl --help|usage: zvonokctl/);
  }
});

test(
  "each verb and option is in the help, the manual page and the completion",
  { skip },
  async () => {
    const help = (await ctl("--help")).stdout;
    const manual = (await readFile(path.join(ROOT, "docs/man/zvonokctl.1"), "utf8")).replaceAll(
      "\\-",
      "-",
    );
    const completion = await readFile(path.join(ROOT, "deploy/completion/zvonokctl.bash"), "utf8");
    const protocol = await readFile(path.join(ROOT, "src/admin/protocol.h"), "utf8");
    const table = protocol.slice(
      protocol.indexOf("ZV_ADMIN_VERB_LIST(X)"),
      protocol.indexOf("enum zv_admin_verb"),
    );
    const verbs = [...table.matchAll(/X\([A-Z]+, "([a-z]+)"\)/g)].map(([, verb]) => verb);
    assert.equal(verbs.length, 9);
    const known = /verbs='(.*)'/.exec(completion)[1].split(" ");
    assert.deepEqual([...known].sort(), [...verbs].sort());
    for (const verb of verbs) {
      assert.match(help, new RegExp(`^  ${verb}\\b`, "m"), `--help has ${verb}`);
      assert.match(manual, new RegExp(`^\\.BI? "?${verb}\\b`, "m"), `the manual page has ${verb}`);
      const own = await ctl(verb, "--help");
      assert.deepEqual([own.code, own.stderr], [0, ""]);
      assert.ok(own.stdout.startsWith(`usage: zvonokctl ${verb}`), own.stdout);
    }
    const traceHelp = (await ctl("trace", "--help")).stdout;
    const options = new Set(
      [...`${help}${traceHelp}`.matchAll(/--[a-z]+/g)].map(([option]) => option),
    );
    for (const option of options) {
      assert.ok(manual.includes(option), `the manual page has ${option}`);
      assert.ok(completion.includes(option), `the completion has ${option}`);
    }
  },
);

test("bash completes verbs, options and words", { skip }, async () => {
  const complete = async (line) => {
    const words = line.split(" ");
    const script = `. ${path.join(ROOT, "deploy/completion/zvonokctl.bash")}
      COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
      _zvonokctl "$1" "" ""; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run("bash", ["-c", script, "bash", ctlProgram]);
    return stdout.split("\n").filter(Boolean);
  };
  assert.deepEqual(await complete("zvonokctl s"), ["status", "sessions"]);
  assert.deepEqual(await complete("zvonokctl --j"), ["--json"]);
  assert.deepEqual(await complete("zvonokctl trace --m"), ["--mermaid"]);
  assert.deepEqual(await complete("zvonokctl calls --e"), ["--ended"]);
  assert.deepEqual(await complete("zvonokctl pcap c-0.0.1 o"), ["on", "off"]);
  assert.deepEqual(await complete("zvonokctl loglevel med"), ["media="]);
  assert.deepEqual(await complete("zvonokctl --socket /nonexistent call c-"), []);
});
