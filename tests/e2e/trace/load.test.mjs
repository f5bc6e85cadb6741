// With 100 calls up: how fast zvonokctl answers, and what recording costs of the gateway's CPU. Both are printed.
import assert from "node:assert/strict";
import net from "node:net";
import { test } from "node:test";
import { findTool, startTool } from "../tools.mjs";
import {
  Stage,
  findZvonokd,
  passwordOf,
  startDnsmasq,
  startEchoPhone,
  startKamailio,
  startZvonokd,
  until,
} from "../peers/index.mjs";

const CALLS = 100;
/** A machine that does something else for a moment makes figures larger and never smaller: the best of so many counts. */
const ROUNDS = 3;
const DOMAIN = "zvonok.test";
const skip = findTool("webclient") && findZvonokd() ? false : "webclient or zvonokd is not built";
/** A sanitizer's gateway is measured too, but only a release build is held to the figures. */
const isRelease = /\/release\//.test(findZvonokd() ?? "");

async function timed(action) {
  const begun = performance.now();
  await action();
  return performance.now() - begun;
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

/** One request of the admin socket, as zvonokctl makes it, without the start of a program. */
function ask(gateway, request) {
  return new Promise((resolve, reject) => {
    const socket = net.createConnection(gateway.config.admin.socket);
    const parts = [];
    socket.setTimeout(5_000, () => socket.destroy(new Error("no answer within 5 s")));
    socket.on("data", (part) => parts.push(part));
    socket.on("end", () => resolve(JSON.parse(Buffer.concat(parts).toString())));
    socket.on("error", reject);
    socket.write(`${JSON.stringify({ version: 1, ...request })}\n`);
  });
}

async function medianOf(runs, action) {
  const times = [];
  for (let i = 0; i < runs; i++) times.push(await timed(action));
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)];
}

/** Medians in milliseconds: of the answer, and of the whole command with the start of its program. */
async function timeVerbs(gateway) {
  const { calls } = await gateway.ctlJson("calls");
  const [{ name: id }] = calls;
  const verbs = [{ verb: "status" }, { verb: "calls" }, { verb: "sessions" }];
  verbs.push({ verb: "call", id }, { verb: "trace", id });
  const times = [];
  for (const request of verbs) {
    const answer = await medianOf(9, async () => assert.ok((await ask(gateway, request)).ok));
    const words = [request.verb, request.id].filter(Boolean);
    const command = await medianOf(5, async () =>
      assert.equal((await gateway.ctl(...words)).code, 0),
    );
    times.push({ verb: request.verb, answer, command });
  }
  const start = await medianOf(5, () => gateway.ctl("--version"));
  return { times, start };
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
  await startEchoPhone(stage, kamailio, { user: "1006", domain: DOMAIN, calls: ROUNDS * CALLS });
  for (let round = 1; ; round++) {
    const figures = await measure(t, stage, gateway, kamailio);
    if (!isRelease) return;
    const { slowest, share } = figures;
    if (slowest.answer <= 50 && share <= 0.03) return;
    if (round === ROUNDS)
      assert.fail(
        `${slowest.verb} was answered in ${slowest.answer} ms, recording took ${100 * share} % of the CPU`,
      );
  }
}

/** What the calls of one round show, all there are at once. */
async function measure(t, stage, gateway, kamailio) {
  const before = await spent(gateway);
  const clients = await startCalls(stage, gateway, kamailio);
  const { times, start } = await timeVerbs(gateway);
  for (const { verb, answer, command } of times)
    t.diagnostic(
      `${verb}: answered in ${answer.toFixed(1)} ms, the whole command ${command.toFixed(1)} ms ` +
        `(the start of the program alone: ${start.toFixed(1)} ms)`,
    );
  const { calls } = await gateway.ctlJson("calls");
  await Promise.all(calls.map(({ name }) => gateway.ctl("hangup", name)));
  await gateway.isIdle(20_000);
  await Promise.all(clients.map((client) => client.process.exited));
  const after = await spent(gateway);
  const cpu = after.cpu - before.cpu;
  const recording = after.recording - before.recording;
  const share = recording / cpu;
  t.diagnostic(
    `${CALLS} calls: ${cpu.toFixed(2)} s of CPU, ${(1000 * recording).toFixed(1)} ms of it recording ` +
      `${after.events - before.events} events: ${(100 * share).toFixed(2)} %`,
  );
  assert.ok(after.events - before.events > 20 * CALLS);
  return { share, slowest: times.reduce((a, b) => (a.answer > b.answer ? a : b)) };
}

test(
  "with 100 calls up zvonokctl answers within 50 ms and recording costs at most 3 %",
  { skip, timeout: 300_000 },
  async (t) => {
    const stage = await Stage.open("load");
    try {
      await stage.run(() => play(t, stage));
    } finally {
      await stage.close();
    }
  },
);
