// Many calls at once while the gateway drains: each ends as it would have, and every ear hears its own tone until then.
import assert from "node:assert/strict";
import { test } from "node:test";
import { findZvonokd, startZvonokd, until, withStage } from "../peers/index.mjs";
import { allowing, startCrowd, startFarm } from "../load.mjs";
import { findTool } from "../tools.mjs";
import { ended } from "./world.mjs";

const CALLS = process.env.ZV_TEST_FULL ? 200 : 40;
const PER_SECOND = 40;
const SECONDS = 5 + (2 * CALLS) / PER_SECOND; // the last has begun long before the first ends

const missing = ["webload", "sipfarm"].find((tool) => !findTool(tool));
const skip = missing || !findZvonokd() ? `${missing ?? "zvonokd"} is not built` : false;

test(`of ${CALLS} calls that a drain finds none is lost`, { timeout: 180_000, skip }, () =>
  withStage("ops", async (stage) => {
    const gateway = await startZvonokd(stage, {
      binary: findZvonokd(),
      mediaPorts: 2 * CALLS + 40,
      config: { ...allowing(CALLS), drain: { timeout: "120s" }, log: { level: "info" } },
    });
    const farm = await startFarm(stage, { mode: "tones" });
    const crowd = startCrowd(stage, {
      url: gateway.ws,
      domain: "127.0.0.1",
      port: farm.port,
      call: "farm",
      calls: CALLS,
      mode: "tones",
      rate: PER_SECOND,
      seconds: SECONDS,
      patience: 60,
    });
    await until(60_000, "all talk", async () => {
      const { calls } = await gateway.ctlJson("status");
      return calls.states.ACTIVE === CALLS;
    });
    gateway.process.kill("SIGTERM");
    const talked = await crowd.result(120_000);
    const heard = await farm.result();
    const story = JSON.stringify({ talked, heard, wrongs: crowd.wrongs() });
    assert.ok(talked.ok && talked.code === 0 && heard.ok, story);
    assert.equal(talked.tones.ears, CALLS, story);
    await ended(gateway);
    assert.match(gateway.log(), /draining: .*; \d+ calls have 120 s to end/);
    assert.match(gateway.log(), /drained: no call is left/);
  }),
);
