// What the tests of the gateway's life stand on: a gateway of their own for each, since they end it, and the scripted far end
// and C client of the SIP scenes.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  connectClient,
  findZvonokd,
  startZvonokd,
  until,
  withStage,
  within,
} from "../peers/index.mjs";
import { openScene } from "../sip/world.mjs";
import { findTool } from "../tools.mjs";

const missing = findZvonokd() ? ["webclient"].find((tool) => !findTool(tool)) : "zvonokd";
const skip = missing ? `${missing} is not built` : false;

/** A test with a gateway and `open()`, which gives a client's and a far end's world (tests/e2e/sip/world.mjs). */
export function scene(sentence, config, action) {
  test(sentence, { timeout: 60_000, skip }, () =>
    withStage("ops", async (stage) => {
      const gateway = await startZvonokd(stage, {
        binary: findZvonokd(),
        config: { timers: { register: "8s" }, ...config },
      });
      let opened = 0;
      const worlds = [];
      const open = async () => {
        const world = await openScene(stage, gateway, ++opened);
        worlds.push(world);
        return world;
      };
      try {
        await action({ stage, gateway, open });
      } finally {
        await Promise.all(worlds.map((world) => world.close()));
      }
    }),
  );
}

/** Waits until the process has ended, and well. */
export async function ended(gateway, ms = 10_000) {
  const how = await within(ms, "zvonokd ends", gateway.process.exited);
  assert.deepEqual(how, { code: 0, signal: null }, gateway.process.tail());
}

/** Waits until it says that it drains. */
export const draining = (gateway) =>
  until(5_000, "it drains", async () => (await gateway.ctlJson("status")).phase === "draining");

/** /readyz: {status, text}. */
export async function readiness(gateway) {
  const response = await fetch(`${gateway.admin}/readyz`, { signal: AbortSignal.timeout(5_000) });
  return { status: response.status, text: await response.text() };
}

/** What a client is told that connects now: the message `fail`, or undefined when it is taken. */
export async function refusalOf(gateway, world) {
  const client = await connectClient(gateway.ws);
  try {
    client.say("connection", {
      appKey: "defaultApp",
      mediaProviders: ["WebRTC"],
      sipLogin: world.login,
      sipPassword: "secret",
      sipDomain: "127.0.0.1",
      sipPort: world.peer.port,
      sipRegisterRequired: false,
    });
    await until(5_000, "an answer", () => client.received.length > 0);
    return client.received.find(({ message }) => message === "fail")?.data[0];
  } finally {
    client.close();
  }
}
