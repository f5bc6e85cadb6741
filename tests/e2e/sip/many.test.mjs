// Calls in a row through Kamailio, with real media: as many of everything made as ended, a heap that does not grow, and what one
// call costs. ZV_TEST_CALLS says how many; `./do test --full` makes 10,000.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "node:test";
import {
  Stage,
  findZvonokd,
  startDnsmasq,
  startEchoPhone,
  startKamailio,
  startZvonokd,
} from "../peers/index.mjs";
import { findTool, startTool } from "../tools.mjs";
import { leavesNothing } from "./world.mjs";

const CALLS = Number(process.env.ZV_TEST_CALLS ?? 1_000);
/** Until then everything that is kept, as traces of ended calls, is there. */
const FIRST = Math.min(1_000, CALLS / 2);
const AT_ONCE = 24;
const IDLE_MS = 5_000;
const MAX_GROWTH_BYTES = 1_000_000;
const DOMAIN = "zvonok.test";
const CALLEE = "1009";
const missing = [!findZvonokd() && "zvonokd", !findTool("callseries") && "callseries"].find(
  Boolean,
);
const isRelease = /\/release\//.test(findZvonokd() ?? "");

/** `calls` calls, and then nothing of them is left: what the process has used so far. */
async function callInARow(stage, { gateway, kamailio, fds }, calls) {
  const series = startTool(stage, "callseries", {
    url: gateway.ws,
    domain: DOMAIN,
    port: kamailio.port,
    call: CALLEE,
    atOnce: AT_ONCE,
    calls,
  });
  const result = await series.result(calls * 100 + 30_000);
  assert.ok(result.ok && result.good === calls, JSON.stringify(series.lines().slice(-5)));
  await leavesNothing(gateway, fds);
  await pause(IDLE_MS);
  const metrics = await gateway.metrics();
  return {
    seconds: result.seconds,
    heap: metrics.zvonok_allocator_allocated_bytes,
    cpu: metrics.process_cpu_seconds_total,
  };
}

async function play(t, stage) {
  const kamailio = await startKamailio(stage, { domain: DOMAIN });
  const dns = await startDnsmasq(stage, { hosts: { [DOMAIN]: ["127.0.0.1"] } });
  const gateway = await startZvonokd(stage, {
    mediaPorts: 20 * AT_ONCE,
    config: {
      sip: { allow: [DOMAIN] },
      dns: { servers: [dns.address] },
      log: { level: "info" },
    },
  });
  const world = { gateway, kamailio, fds: await gateway.fds() };
  const callee = await startEchoPhone(stage, kamailio, {
    user: CALLEE,
    domain: DOMAIN,
    calls: CALLS,
    expires: 3600,
  });
  const first = await callInARow(stage, world, FIRST);
  const rest = await callInARow(stage, world, CALLS - FIRST);
  await callee.finished();
  const counts = await gateway.counts();
  assert.equal(counts.calls_created, CALLS);
  const growth = rest.heap - first.heap;
  const cpuMs = (1000 * (rest.cpu - first.cpu)) / (CALLS - FIRST);
  t.diagnostic(
    `${CALLS} calls: the heap went from ${first.heap} to ${rest.heap} bytes (${growth}) behind the first ${FIRST}`,
  );
  t.diagnostic(
    `a call, set up and torn down with DTLS and 0.2 s of sound: ${cpuMs.toFixed(2)} ms of CPU, ` +
      `${((CALLS - FIRST) / rest.seconds).toFixed(0)} calls a second`,
  );
  const isJudged = isRelease && FIRST >= 1_000; // before that traces still gather
  if (isJudged) assert.ok(growth < MAX_GROWTH_BYTES, `the heap grew by ${growth} bytes`);
}

test(
  `${CALLS} calls in a row leave nothing behind`,
  { skip: missing ? `${missing} is not built` : false, timeout: 120_000 + CALLS * 200 },
  async (t) => {
    const stage = await Stage.open("many");
    try {
      await stage.run(() => play(t, stage));
    } finally {
      await stage.close();
    }
  },
);
