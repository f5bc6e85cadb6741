// Traces of real calls, played to call control in a unit test: it says what it said then.
// ZV_WRITE_TRACES=1 writes those of tests/vectors/traces/real anew.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { findTool } from "../tools.mjs";
import { ROOT } from "../peers/index.mjs";
import { PHONE_HZ, useSetting } from "../call/setting.mjs";

const run = promisify(execFile);
const VECTORS = path.join(ROOT, "tests/vectors/traces/real");
const player = findTool("test_trace_replay");

const { setting, scene } = useSetting("replay", {
  chromium: false,
  atRest: false,
  tools: ["webclient", "test_trace_replay"],
  config: { trunks: { "1003@zvonok.test": { srtp: "optional" } } },
});
const registered = (line) => line.message === "registered";

/** Calls by the name of their trace: each makes one call and waits for its end. */
const CALLS = {
  outgoing_hung_up_by_client: async () => {
    const softphone = await setting.softphone({ codecs: ["PCMU"] });
    await setting.webclient("1001", { call: "1002", hear: PHONE_HZ, seconds: 1 }).result();
    await softphone.stop();
  },
  outgoing_busy: async () => {
    const softphone = await setting.softphone({ answer: "manual" });
    const client = setting.webclient("1001", { call: "1002" });
    await softphone.incoming();
    await softphone.hangup();
    await client.result();
    await softphone.stop();
  },
  outgoing_srtp: async () => {
    const softphone = await setting.softphone({ codecs: ["PCMU"], encryption: "srtp" });
    await setting.webclient("1003", { call: "1002", hear: PHONE_HZ, seconds: 1 }).result();
    await softphone.stop();
  },
  outgoing_not_found: () => setting.webclient("1001", { call: "4711" }).result(),
  outgoing_cancelled: async () => {
    const softphone = await setting.softphone({ answer: "manual" });
    await setting.webclient("1001", { call: "1002", cancelWhenRinging: true }).result();
    await softphone.stop();
  },
  incoming_hung_up_by_phone: async () => {
    const softphone = await setting.softphone({ codecs: ["PCMA"] });
    const client = setting.webclient("1001", { waitCall: true, hear: PHONE_HZ, seconds: 0 });
    await client.line("registered", registered);
    await softphone.dial("1001");
    await softphone.established();
    await client.line("talk", (line) => line.message === "talk");
    await softphone.hangup();
    await client.result();
    await softphone.stop();
  },
  incoming_declined: async () => {
    const softphone = await setting.softphone();
    const client = setting.webclient("1001", { waitCall: true, decline: true });
    await client.line("registered", registered);
    await softphone.dial("1001");
    await client.result();
    await softphone.closed();
    await softphone.stop();
  },
  refused_callee: () => setting.webclient("1001", { call: "sip:1002@elsewhere.example" }).result(),
};

scene("what real calls left in their traces plays again", async () => {
  const { gateway, stage } = setting;
  const dir = process.env.ZV_WRITE_TRACES ? VECTORS : await stage.folder("traces");
  await mkdir(dir, { recursive: true });
  let seen = new Set();
  for (const [name, call] of Object.entries(CALLS)) {
    await call();
    await gateway.isIdle();
    const log = gateway.log();
    const ended = [...log.matchAll(/ ([cr]-[\d.]+) ended: .*$/gm)];
    const [, id] = ended.at(-1);
    const { code, trace } = await gateway.ctlJson("trace", id);
    assert.equal(code, 0, name);
    assert.ok(!seen.has(trace.call.name), `${name} has a trace of its own`);
    seen = seen.add(trace.call.name);
    await writeFile(path.join(dir, `${name}.json`), `${JSON.stringify(trace, null, 1)}\n`);
  }
  const { stdout } = await run(player, [], {
    env: { ...process.env, ZV_TRACES: path.join(dir, "*.json") },
  }).catch((error) => {
    throw new Error(`${error.stdout}\n${error.stderr}`);
  });
  for (const name of Object.keys(CALLS)) assert.match(stdout, new RegExp(`playing .*${name}`));
});
