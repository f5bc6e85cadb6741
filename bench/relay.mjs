#!/usr/bin/env node
// What relaying costs: PCMU between DTLS-SRTP clients and plain RTP, at several numbers of calls, the relay pinned on core 0
// and everything that plays its two sides on core 1. docs/performance.md explains the figures.
import { execFile, execFileSync } from "node:child_process";
import { loadavg } from "node:os";
import { parseArgs, promisify } from "node:util";
import { Stage, findZvonokd, startRtpengine, startZvonokd } from "../tests/e2e/peers/index.mjs";
import { allowing, startCrowd, startFarm } from "../tests/e2e/load.mjs";
import { startStandin } from "./standin.mjs";

const USAGE = `usage: bench/relay.mjs [--calls 10,50,200] [--seconds 20] [--runs 3] [--peer] [--video] [--in-step] [--perf FILE]
--peer: rtpengine in userspace as well, in turn with the gateway. --perf: a profile of the gateway's last run.
--video: the same calls with 1 Mbit/s of video each way besides, in turn with those of audio alone; not by rtpengine, which
knows no BUNDLE.
--in-step: all calls send at the same moments, so that packets come in bursts.
--measure RELAY: one run of that relay alone, as JSON.`;
const RATE = 25;
/** Packets that left late tell of a generator without time: such a run says little of delay. */
const MAX_LATE_SHARE = 0.01;

/** On one core, and before all ordinary programs there: on a machine that others use, delay is ours alone then. */
function place(pid, core) {
  execFileSync("taskset", ["-apc", String(core), String(pid)]);
  try {
    execFileSync("chrt", ["-a", "-r", "-p", "1", String(pid)]);
  } catch {
    console.error(`process ${pid} may not go before others (chrt): delays are theirs too`);
  }
}

async function openZvonokd(stage, calls) {
  const config = { ...allowing(calls), log: { level: "info" } };
  const gateway = await startZvonokd(stage, { mediaPorts: 4 * calls + 20, config });
  return { pid: gateway.pid, ws: async () => gateway.ws };
}

async function openRtpengine(stage, calls) {
  const args = ["--log-level=4", "--num-threads=1", "--timeout=300"];
  const rtpengine = await startRtpengine(stage, { mediaPorts: 8 * calls + 40, args });
  const ws = async (farmPort) => (await startStandin(stage, { rtpengine, farmPort })).ws;
  return { pid: rtpengine.process.pid, ws };
}

const SUBJECTS = { zvonokd: openZvonokd, rtpengine: openRtpengine };

async function measure(name, { calls, seconds, inStep, video, perf }) {
  const stage = await Stage.open("bench");
  try {
    const subject = await SUBJECTS[name](stage, calls);
    const farm = await startFarm(stage, { mode: "probes", inStep, video });
    const url = await subject.ws(farm.port);
    place(subject.pid, 0);
    place(farm.pid, 1);
    const crowd = startCrowd(stage, {
      url,
      domain: "127.0.0.1",
      port: farm.port,
      call: "farm",
      mode: "probes",
      inStep,
      video,
      calls,
      seconds,
      rate: RATE,
      warmUp: 3,
      patience: 60,
      gatewayPid: subject.pid,
    });
    place(crowd.pid, 1);
    const profiled = perf ? profileSoon(subject.pid, { calls, seconds, perf }) : undefined;
    const clients = await crowd.result((calls / RATE + seconds + 90) * 1000);
    await profiled;
    const far = await farm.result();
    if (!clients.ok || !far.ok)
      throw new Error(JSON.stringify({ clients, far, wrongs: crowd.wrongs() }));
    return summarize(name, calls, clients, far);
  } catch (error) {
    stage.failed = true;
    throw error;
  } finally {
    await stage.close();
  }
}

/** In the middle of the window, whose beginning nobody tells: set-up takes calls / RATE seconds. */
async function profileSoon(pid, { calls, seconds, perf }) {
  await new Promise((resolve) => setTimeout(resolve, (calls / RATE + 5) * 1000));
  const lasts = Math.max(2, seconds - 6);
  const args = ["record", "-e", "cpu-clock", "-g", "-p", pid, "-o", perf, "--", "sleep", lasts];
  await promisify(execFile)("perf", args.map(String));
}

function summarize(name, calls, clients, far) {
  const both = [clients, far];
  const media = [...both, ...both.flatMap(({ video }) => video ?? [])];
  const total = (key) => media.reduce((sum, { packets }) => sum + packets[key], 0);
  const slowest = (key) => Math.max(...media.map(({ delayUs }) => delayUs[key])) / 1000;
  const sent = total("tx");
  const late = clients.late + far.late;
  return {
    name: clients.video ? `${name}, audio + video` : name,
    calls,
    ms: clients.gateway.cpuMsPerCallSecond,
    cores: clients.gateway.cores,
    packets: sent / clients.gateway.windowSeconds / calls,
    p50: slowest("p50"),
    p99: slowest("p99"),
    loss: (100 * total("lost")) / sent,
    rss: clients.gateway.rssKbPerCall,
    late,
    isLate: late > MAX_LATE_SHARE * sent,
    load: loadavg()[0],
  };
}

const HEAD =
  "| relay | calls | CPU ms per call-second | cores | packets per call-second | delay p50 / p99 ms | loss % | RSS kB per call | late packets | load |\n" +
  "|---|---|---|---|---|---|---|---|---|---|";

function row(run) {
  const cells = [
    run.name,
    run.calls,
    run.ms.toFixed(2),
    run.cores.toFixed(3),
    Math.round(run.packets),
    `${run.p50.toFixed(2)} / ${run.p99.toFixed(2)}`,
    run.loss.toFixed(3),
    Math.round(run.rss),
    `${run.late}${run.isLate ? " (!)" : ""}`,
    run.load.toFixed(1),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** The run of middle cost. */
function median(runs) {
  return [...runs].sort((a, b) => a.ms - b.ms)[Math.floor(runs.length / 2)];
}

/** A run is a process of its own: what it has taken, ports above all, is free for the next one. */
async function runOnce({ name, video }, { calls, seconds, inStep, perf }) {
  const args = ["--measure", name, "--calls", String(calls), "--seconds", seconds];
  if (inStep) args.push("--in-step");
  if (video) args.push("--video");
  if (perf) args.push("--perf", perf);
  const { stdout } = await promisify(execFile)(process.execPath, [process.argv[1], ...args]);
  return JSON.parse(stdout);
}

async function main() {
  const { values } = parseArgs({
    options: {
      calls: { type: "string", default: "10,50,200" },
      seconds: { type: "string", default: "20" },
      runs: { type: "string", default: "3" },
      peer: { type: "boolean", default: false },
      video: { type: "boolean", default: false },
      "in-step": { type: "boolean", default: false },
      perf: { type: "string" },
      measure: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  if (!findZvonokd()) throw new Error("zvonokd is not built: ./do build release");
  const inStep = values["in-step"];
  if (values.measure) {
    const [calls, seconds] = [Number(values.calls), Number(values.seconds)];
    const { video, perf } = values;
    const run = await measure(values.measure, { calls, seconds, inStep, video, perf });
    return console.log(JSON.stringify(run));
  }
  const subjects = [];
  for (const name of values.peer ? ["zvonokd", "rtpengine"] : ["zvonokd"])
    for (const video of values.video && name === "zvonokd" ? [false, true] : [false])
      subjects.push({ name, video });
  const middle = [];
  console.log(`every run:\n\n${HEAD}`);
  for (const calls of values.calls.split(",").map(Number)) {
    const runs = subjects.map(() => []);
    for (let i = 0; i < Number(values.runs); i++) {
      const isLast = i === Number(values.runs) - 1;
      for (const [which, subject] of subjects.entries()) {
        const perf = isLast && subject.name === "zvonokd" ? values.perf : undefined;
        const run = await runOnce(subject, { calls, seconds: values.seconds, inStep, perf });
        runs[which].push(run);
        console.log(row(run));
      }
    }
    middle.push(...runs.map(median));
  }
  console.log(`\nthe run of middle cost:\n\n${HEAD}`);
  for (const run of middle) console.log(row(run));
}

await main();
