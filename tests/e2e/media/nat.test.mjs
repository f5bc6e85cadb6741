// Where media has to find its way through NAT, and find it again when the way changes in mid-call. The client is the C
// client; the phone echoes, so what the client hears of its own tone has gone both ways.
import assert from "node:assert/strict";
import { assertPromise, earOfClient, isSettled, isSilentFor, measureGap } from "./gap.mjs";
import {
  CLOUD,
  GATEWAY,
  addCloud,
  addPhoneBehindNat,
  connectedSince,
  startClient,
  startGateway,
  startSoftphone,
  useWorld,
} from "./world.mjs";

const { world, scene } = useWorld("nat", { tools: ["webclient"] });

/** A call in which the client hears itself. */
async function talk(options, where) {
  const client = startClient(world, options, where);
  const ear = earOfClient(client);
  await isSettled(ear);
  await world.softphone.established();
  return { client, ear };
}

/** Where the client's media goes. */
const nominated = ({ client }) =>
  client.lines().findLast(({ event }) => event === "ice_nominated").remote;

/** The phone hangs up and the client is told. */
async function endCall({ client }) {
  await world.softphone.hangup();
  await world.softphone.closed();
  const result = await client.result();
  assert.equal(result.code, 0, JSON.stringify(result));
}

/** The phone hangs up a call whose client has lost its WebSocket with its address. */
async function endLostCall({ client }) {
  await world.softphone.hangup();
  await world.softphone.closed();
  await client.process.stop();
}

function tell(t, what, { gapMs, backMs }) {
  t.diagnostic(
    gapMs
      ? `${what}: audio was away for ${gapMs} ms, and back ${backMs} ms after the change`
      : `${what}: audio was away for less than 100 ms`,
  );
}

scene("a client behind a NAT that changes ports is heard and hears", async () => {
  const call = await talk();
  await endCall(call);
});

scene("the NAT changes the port in mid-call: audio goes on at the next check", async (t) => {
  const call = await talk();
  await world.router.masquerade("wan", "63000-64999");
  const since = Date.now();
  await world.router.forget();
  const checked = await connectedSince(world, since);
  const gap = await measureGap(call.ear, since);
  assert.match(checked.from, /^203\.0\.113\.2:6[34]\d{3}$/);
  const afterCheckMs = since + gap.backMs - checked.at;
  tell(t, "new port at the NAT", gap);
  t.diagnostic(`of that after the first check from there: ${afterCheckMs} ms`);
  assertPromise(t, afterCheckMs, "after the check");
  await endCall(call);
});

scene("the cable is cut for two seconds: audio is back within one", async (t) => {
  const call = await talk();
  await world.client.cut();
  await isSilentFor(call.ear, 2_000);
  const since = Date.now();
  await world.client.mend();
  const gap = await measureGap(call.ear, since);
  tell(t, "cable cut", gap);
  assert.ok(gap.gapMs >= 2_000, JSON.stringify(gap));
  assertPromise(t, gap.backMs);
  await endCall(call);
});

scene("the client gets another address in mid-call: audio is back within a second", async (t) => {
  const call = await talk({ follow: true });
  const since = Date.now();
  await world.client.move("eth0", ["192.168.7.3/24"], "192.168.7.1");
  const { from } = await connectedSince(world, since);
  const gap = await measureGap(call.ear, since);
  tell(t, "another address", gap);
  assert.match(from, /^203\.0\.113\.2:/);
  assertPromise(t, gap.backMs);
  await endLostCall(call);
});

scene("the client moves from the NAT to an address of the Internet", async (t) => {
  const call = await talk({ follow: true });
  await world.lab.plug(world.client, world.internet, { device: "lte" });
  const since = Date.now();
  await world.client.move("eth0", []);
  await world.client.give("lte", ["203.0.113.77/24"]);
  const { from } = await connectedSince(world, since);
  const gap = await measureGap(call.ear, since);
  tell(t, "another network", gap);
  assert.match(from, /^203\.0\.113\.77:/);
  assertPromise(t, gap.backMs);
  await endLostCall(call);
  await world.client.ip("link del lte");
  await world.client.give("eth0", ["192.168.7.2/24"], "192.168.7.1");
});

scene("a client in the gateway's other network is reached at the address there", async () => {
  const url = world.zvonokd.wss.replace(GATEWAY, "10.9.0.10");
  const call = await talk({ url }, world.phone);
  assert.match(nominated(call), /^10\.9\.0\.10:/);
  await endCall(call);
});

scene("a phone behind a NAT is latched to, and again when the NAT changes its port", async (t) => {
  await addPhoneBehindNat(world);
  const options = { user: "1003", address: "192.168.8.2" };
  const phone = await startSoftphone(world, options, world.farPhone);
  const client = startClient(world, { call: "1003" });
  const ear = earOfClient(client);
  await isSettled(ear);
  assert.match(world.zvonokd.log(), / sip latched: \S+ from 10\.9\.0\.30:6[12]\d{3}\n/);
  await world.phoneRouter.masquerade("wan", "63000-64999");
  const since = Date.now();
  await world.phoneRouter.forget();
  const gap = await measureGap(ear, since);
  tell(t, "new port at the phone's NAT", gap);
  assert.match(world.zvonokd.log(), / sip latched: \S+ from 10\.9\.0\.30:6[34]\d{3}\n/);
  // Two seconds of silence from the old port have to pass before another may take over.
  assertPromise(t, gap.backMs - 2_000, "after the two seconds");
  await phone.hangup();
  await phone.closed();
  assert.equal((await client.result()).code, 0);
  await phone.stop();
});

scene(
  "a gateway behind a 1:1 NAT offers its public address first, and is reached there",
  async () => {
    await addCloud(world);
    const zvonokd = await startGateway(world, {
      host: world.cloud,
      address: "10.8.0.10",
      config: { media: { public_address: CLOUD } },
    });
    const url = zvonokd.ws.replace("10.8.0.10", CLOUD);
    const call = await talk({ url, login: "1004", password: "secret1004" });
    assert.match(nominated(call), /^203\.0\.113\.20:/);
    await endCall(call);
    await zvonokd.stop();
  },
);
