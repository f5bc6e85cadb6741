// zvonokctl at a gateway with calls: each verb on a live call, on a dead one, on nonsense; for people and as JSON.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { findTool, startTool } from "../tools.mjs";
import { findZvonokd, passwordOf, until } from "../peers/index.mjs";
import { DOMAIN, PAGE_HZ, PHONE_HZ, useSetting } from "./setting.mjs";

const run = promisify(execFile);
const skip = findTool("webclient") && findZvonokd() ? false : "webclient or zvonokd is not built";
const { setting, scene: play } = useSetting("ctl", { chromium: false });
const scene = skip ? (sentence) => test(sentence, { skip }, () => undefined) : play;

const NONSENSE = ["c-9.9.9", "c-0.0.0", "c-", "nobody", "../../etc/passwd", "x".repeat(256), "'\"\\"];

function start(user, more) {
  return startTool(setting.stage, "webclient", {
    url: setting.gateway.ws,
    login: user,
    password: passwordOf(user),
    domain: DOMAIN,
    port: setting.kamailio.port,
    tone: PAGE_HZ,
    timeout: 60,
    ...more,
  });
}

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
  const [json, people] = [await setting.gateway.ctlJson(...args), await setting.gateway.ctl(...args)];
  assert.deepEqual([json.code, json.ok, json.error], [1, false, word], JSON.stringify(json));
  assert.equal(people.code, 1);
  assert.equal(people.stdout, "");
  assert.match(people.stderr, /^zvonokctl: \S.*\n$/);
}

function assertFits(text) {
  for (const line of text.split("\n")) assert.ok([...line].length <= 100, line);
}

scene("every verb says what it sees of a live call, and hangup ends it", async () => {
  const { gateway } = setting;
  const { softphone, client, call } = await talk();

  assert.match(call.id, /^c-\d+\.\d+\.\d+$/);
  assert.equal(call.direction, "outgoing");
  assert.deepEqual([call.caller, call.callee, call.codec], ["1001", "1002", "PCMU"]);
  assert.deepEqual(call.heard, { client: true, sip: true });
  assert.ok(call.talk_s > 0 && call.talk_s <= call.age_s);

  const calls = await gateway.ctl("calls");
  assert.equal(calls.code, 0);
  assert.match(calls.stdout, new RegExp(`${call.id} +ACTIVE +outgoing +1001 +1002 +PCMU .*client, SIP`));
  assert.match(calls.stdout, /\n1 call\n$/);

  const status = await gateway.ctlJson("status");
  assert.equal(status.calls.now, 1);
  assert.equal(status.calls.states.ACTIVE, 1);
  assert.equal(status.sessions.registrations.registered, 1);
  assert.equal(status.ports.used, 1);
  assert.equal(status.workers[0].calls, 1);
  assert.equal(status.pid, gateway.pid);
  assert.match((await gateway.ctl("status")).stdout, /calls +1 of 1000; ACTIVE 1\n/);

  const sessions = await gateway.ctlJson("sessions");
  const session = sessions.sessions.find(({ id }) => id === call.session);
  assert.equal(session.login, "1001");
  assert.equal(session.registration, "registered");
  assert.equal(session.client_connected, true);
  assert.equal(session.calls, 1);
  assert.match((await gateway.ctl("sessions")).stdout, /1001@zvonok\.test +registered .*connected +1 /);

  for (const id of [call.id, call.call_id]) {
    const { call: one, code } = await gateway.ctlJson("call", id);
    assert.equal(code, 0);
    assert.equal(one.id, call.id);
    assert.equal(one.has_figures, true);
    for (const leg of [one.legs.client, one.legs.sip]) {
      assert.ok(leg.rx_packets > 50 && leg.tx_packets > 50, JSON.stringify(leg));
      assert.ok(leg.rx_ssrc > 0 && leg.tx_ssrc > 0 && leg.last_rx_ago_s < 1, JSON.stringify(leg));
      assert.match(leg.remote, /^127\.0\.0\.1:\d+$|^\d+\.\d+\.\d+\.\d+:\d+$/);
    }
    assert.equal(one.codecs.find(({ agreed }) => agreed).name, "PCMU");
  }
  const shown = await gateway.ctl("call", call.id);
  assert.match(shown.stdout, /codec, agreed +PCMU 8000 Hz/);
  assert.match(shown.stdout, /CLIENT LEG +SIP LEG/);
  assert.match(shown.stdout, /received +\d+ packets, \S+ kB +\d+ packets, \S+ kB/);

  for (const verb of [["status"], ["calls"], ["sessions"], ["call", call.id]]) {
    assertFits((await gateway.ctl(...verb)).stdout);
  }

  const hangup = await gateway.ctl("hangup", call.id);
  assert.deepEqual(hangup, { code: 0, stdout: `Hung up ${call.id}.\n`, stderr: "" });
  const result = await client.result();
  assert.equal(result.cause, "admin_hangup", JSON.stringify(result));
  assert.equal(result.endedBy, "remote");
  await softphone.closed();
  assert.match(gateway.log(), new RegExp(`${call.id} hung up over the admin socket by user id`));

  await until(5_000, "the call is gone", async () => (await gateway.ctlJson("calls")).calls.length === 0);
  await assertRefused("unknown_call", "hangup", call.id);
  await softphone.stop();
});

scene("nonsense is refused with a sentence, by every verb that takes an id", async () => {
  for (const id of NONSENSE) {
    await assertRefused("unknown_call", "call", "--", id);
    await assertRefused("unknown_call", "hangup", "--", id);
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
  await setting.gateway.ctl("hangup", call.call_id);
  assert.equal((await client.result()).cause, "admin_hangup");
  await softphone.stop();
});

scene("the socket is for its owner alone, and answers in time", async () => {
  const { socket } = setting.gateway.config.admin;
  const info = await stat(socket);
  assert.ok(info.isSocket());
  assert.equal(info.mode & 0o777, 0o600);
  const began = performance.now();
  for (let i = 0; i < 20; i++) assert.equal((await setting.gateway.ctl("status")).code, 0);
  console.log(`# zvonokctl status: ${((performance.now() - began) / 20).toFixed(1)} ms each`);
});

// ---- without a gateway ----

const program = findZvonokd() && path.join(path.dirname(findZvonokd()), "zvonokctl");

async function ctl(...args) {
  return run(program, args, { timeout: 10_000 }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

test("without a gateway the exit status is 3, and the sentence says what to look at", { skip }, async () => {
  const people = await ctl("--socket", "/nonexistent/admin.sock", "status");
  assert.equal(people.code, 3);
  assert.match(people.stderr, /no gateway answers at \/nonexistent\/admin\.sock .*admin\.socket/);
  const json = await ctl("--socket", "/nonexistent/admin.sock", "status", "--json");
  assert.equal(json.code, 3);
  assert.equal(JSON.parse(json.stdout).error, "no_connection");
});

test("a wrong command line is exit status 2 and a hint", { skip }, async () => {
  for (const args of [[], ["nonsense"], ["call"], ["call", "a", "b"], ["--wrong"], ["pcap", "x", "maybe"]]) {
    const { code, stderr, stdout } = await ctl(...args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /zvonokctl --help|usage: zvonokctl/);
  }
});
