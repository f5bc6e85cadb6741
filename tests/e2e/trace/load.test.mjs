// With 100 calls up: how fast zvonokctl answers, and what recording costs of the gateway's CPU. Both are printed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { findTool, startTool } from "../tools.mjs";
import {
  Stage,
  answerScenario,
  findZvonokd,
  passwordOf,
  register,
  registerScenario,
  startDnsmasq,
  startKamailio,
  startSipp,
  startZvonokd,
  until,
} from "../peers/index.mjs";

const CALLS = 100;
const DOMAIN = "zvonok.test";
const skip = findTool("webclient") && findZvonokd() ? false : "webclient or zvonokd is not built";
/** A sanitizer's gateway is measured too, but only a release build is held to the figures. */
const isRelease = /\/release\//.test(findZvonokd() ?? "");

async function timed(action) {
  const begun = performance.now();
  await action();
  return performance.now() - begun;
}

/** The scripted phone of 1006: echoes what it hears, in as many calls as come. */
async function startEcho(stage, kamailio) {
  const callee = await startSipp(stage, {
    name: "echo",
    scenario: answerScenario({ status: 200 }),
    calls: CALLS,
  });
  const account = { user: "1006", password: passwordOf("1006"), domain: DOMAIN };
  await register({ ...kamailio, ...account, expires: 0 });
  const registrar = await startSipp(stage, {
    name: "registrar",
    scenario: registerScenario({ ...account, contact: `127.0.0.1:${callee.port}` }),
    target: kamailio,
  });
  await registrar.finished();
}

async function startCalls(stage, gateway, kamailio) {
  const clients = [];
  for (let i = 0; i < CALLS; i++) {
    clients.push(
      startTool(stage, "webclient", {
        url: gateway.ws,
        login: "1001",
        password: passwordOf("1001"),
        domain: DOMAIN,
        port: kamailio.port,
        noRegister: true,
        call: "1006",
        codec: "PCMU",
        seconds: 0,
        timeout: 90,
      }),
    );
    if (i % 10 === 9)
      await until(20_000, `${i + 1} calls talk`, async () => {
        const { calls } = await gateway.ctlJson("status");
        return calls.states.ACTIVE === i + 1;
      });
  }
  return clients;
}

/** Median and worst of some runs of each verb, in milliseconds. */
async function timeVerbs(gateway) {
  const { calls } = await gateway.ctlJson("calls");
  const [{ name }] = calls;
  const verbs = [["status"], ["calls"], ["sessions"], ["call", name], ["trace", name]];
  const times = {};
  for (const verb of verbs) {
    const runs = [];
    for (let i = 0; i < 9; i++)
      runs.push(
        await timed(async () => {
          const { code } = await gateway.ctl(...verb);
          assert.equal(code, 0);
        }),
      );
    runs.sort((a, b) => a - b);
    times[verb[0]] = { median: runs[4], worst: runs[8] };
  }
  return times;
}

/** CPU seconds, and seconds of those spent on recording. */
async function spent(gateway) {
  const metrics = await gateway.metrics();
  return {
    cpu: metrics.process_cpu_seconds_total,
    recording: metrics.zvonok_trace_recording_seconds_total,
    events: metrics.zvonok_trace_events_total,
  };
}

async function play(t, stage) {
  const binary = findZvonokd();
  const kamailio = await startKamailio(stage, { domain: DOMAIN });
  const dns = await startDnsmasq(stage, { hosts: { [DOMAIN]: ["127.0.0.1"] } });
  const gateway = await startZvonokd(stage, {
    binary,
    mediaPorts: 4 * CALLS,
    config: {
      sip: { allow: [DOMAIN, "127.0.0.0/8"] },
      dns: { servers: [dns.address] },
      http: { max_connections_per_address: 2 * CALLS },
      limits: { calls_per_client: 2 },
      log: { level: "info" },
    },
  });
  await startEcho(stage, kamailio);
  const before = await spent(gateway);
  await startCalls(stage, gateway, kamailio);
  const times = await timeVerbs(gateway);
  for (const [verb, { median, worst }] of Object.entries(times))
    t.diagnostic(`zvonokctl ${verb}: median ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`);
  const { calls } = await gateway.ctlJson("calls");
  await Promise.all(calls.map(({ name }) => gateway.ctl("hangup", name)));
  await gateway.isIdle(20_000);
  const after = await spent(gateway);
  const cpu = after.cpu - before.cpu;
  const recording = after.recording - before.recording;
  const share = recording / cpu;
  t.diagnostic(
    `${CALLS} calls: ${cpu.toFixed(2)} s of CPU, ${(1000 * recording).toFixed(1)} ms of it recording ` +
      `${after.events - before.events} events: ${(100 * share).toFixed(2)} %`,
  );
  assert.ok(after.events - before.events > 20 * CALLS);
  if (!isRelease) return;
  for (const [verb, { median }] of Object.entries(times))
    assert.ok(median <= 50, `zvonokctl ${verb} took ${median} ms`);
  assert.ok(share <= 0.03, `recording took ${100 * share} % of the CPU`);
}

test(
  "with 100 calls up zvonokctl answers within 50 ms and recording costs at most 3 %",
  { skip, timeout: 180_000 },
  async (t) => {
    const stage = await Stage.open("load");
    try {
      await stage.run(() => play(t, stage));
    } finally {
      await stage.close();
    }
  },
);
