// What each signal does to a gateway with a call (docs/operations.md, "Stopping and restarting").
import assert from "node:assert/strict";
import { until } from "../peers/index.mjs";
import { draining, ended, scene } from "./world.mjs";

const LONG = { drain: { timeout: "40s" } };

scene("SIGINT ends the call with BYE at once", LONG, async ({ gateway, open }) => {
  const world = await open();
  const { client, call } = await world.talk();
  gateway.process.kill("SIGINT");
  await call.hungUp();
  await world.ends(client, { cause: "shutdown", established: true });
  await ended(gateway);
  assert.doesNotMatch(gateway.log(), /draining/);
});

scene("SIGTERM without a call ends it at once", LONG, async ({ gateway, open }) => {
  const world = await open();
  const client = await world.script({ register: true });
  gateway.process.kill("SIGTERM");
  assert.equal((await client.closed()).code, 1001);
  await world.peer.until("the account is taken off", () => world.peer.contact === undefined);
  await ended(gateway);
});

scene("a third SIGTERM does not wait for the SIP side", LONG, async ({ gateway, open }) => {
  const world = await open();
  const { call } = await world.talk();
  gateway.process.kill("SIGTERM");
  await draining(gateway);
  gateway.process.kill("SIGTERM");
  await call.request("BYE"); // which is not answered
  gateway.process.kill("SIGTERM");
  await ended(gateway);
  assert.doesNotMatch(gateway.log(), /without the SIP side's last answers/);
});

scene(
  "the first SIGTERM leaves a drain that zvonokctl began as it is",
  LONG,
  async ({ gateway, open }) => {
    const world = await open();
    const { client, call } = await world.talk();
    assert.equal((await gateway.ctl("drain")).code, 0);
    gateway.process.kill("SIGTERM");
    await until(5_000, "it says so", () => /drains or stops already/.test(gateway.log()));
    await world.hears(client, Date.now());
    assert.equal((await gateway.ctlJson("drain", "--cancel")).error, "stopping");
    gateway.process.kill("SIGTERM");
    await call.hungUp();
    await world.ends(client, { cause: "shutdown", established: true });
    await ended(gateway);
  },
);

scene(
  "who does not answer the BYE is waited for, not for ever",
  LONG,
  async ({ gateway, open }) => {
    const world = await open();
    const { call } = await world.talk();
    gateway.process.kill("SIGINT");
    await call.request("BYE");
    await ended(gateway);
    assert.match(gateway.log(), /without the SIP side's last answers/);
  },
);

scene("SIGUSR1 and SIGHUP leave the call alone", LONG, async ({ gateway, open }) => {
  const world = await open();
  const { client, call } = await world.talk();
  const began = Date.now();
  gateway.process.kill("SIGHUP");
  assert.equal((await gateway.counts()).calls, 1);
  await world.hears(client, began);
  await world.farHangsUp(client, call);
});
