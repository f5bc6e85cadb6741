// A page whose machine moves in mid-call: to another address of the same network, and from one network to another with
// nothing in between, as from Wi-Fi to a mobile network. The phone echoes, and knows nothing of it.
import assert from "node:assert/strict";
import { assertPromise, earOfPage, isSettled, isSilentFor, measureGap } from "./gap.mjs";
import { connectedSince, returnedSince, startPage, useWorld } from "./world.mjs";

const { world, scene } = useWorld("moved", { browser: true });

async function talk() {
  const page = await startPage(world);
  await page.call("1002");
  await page.talking();
  const ear = await earOfPage(page, 1000);
  await isSettled(ear);
  await world.softphone.established();
  return { page, ear };
}

/** It is the same call for everybody: the phone saw one, and the page is told when that one ends. */
async function endCall({ page }) {
  await world.softphone.hangup();
  await world.softphone.closed();
  assert.match(await page.ended(), /hung up/i);
  await page.close();
}

scene("a page whose machine gets another address talks on", async (t) => {
  const call = await talk();
  const since = Date.now();
  await world.client.move("eth0", ["192.168.7.3/24"], "192.168.7.1");
  const checked = await connectedSince(world, since);
  const gap = await measureGap(call.ear, since, { ms: 30_000 });
  t.diagnostic(`audio was away for ${gap.gapMs} ms`);
  t.diagnostic(`the first check from the new address came after ${checked.at - since} ms`);
  assertPromise(t, since + gap.backMs - checked.at, "after the check");
  await endCall(call);
});

scene("a page that loses its network and gets another returns with its call", async (t) => {
  const call = await talk();
  await world.client.cut();
  await world.client.move("eth0", []);
  await isSilentFor(call.ear, 2_000);
  const since = Date.now();
  await world.lab.plug(world.client, world.internet, {
    device: "lte",
    addresses: ["203.0.113.77/24"],
  });
  const gap = await measureGap(call.ear, since, { ms: 30_000 });
  const returned = await returnedSince(world, since);
  const { from } = await connectedSince(world, since);
  const afterReturnMs = since + gap.backMs - returned.at;
  t.diagnostic(
    `audio was away for ${gap.gapMs} ms, and back ${gap.backMs} ms after the new network`,
  );
  t.diagnostic(
    `the page returned ${returned.at - since} ms after it; audio ${afterReturnMs} ms later`,
  );
  assert.match(from, /^203\.0\.113\.77:/);
  assertPromise(t, afterReturnMs, "after the return");
  await endCall(call);
});
