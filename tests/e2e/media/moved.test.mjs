// A page whose machine moves in mid-call: to another address of the same network, and from one network to another with
// nothing in between, as from Wi-Fi to a mobile network. The phone echoes, and knows nothing of it.
//
// A page without a lasting permission for the microphone has Chromium send by the default route, whatever that is: there
// audio is back as soon as the page has noticed. One with it sends from each address that Chromium knows, and Chromium (on
// Linux) looks for new ones 2 s after the last change and not before. That much is no path for any page.
import assert from "node:assert/strict";
import { assertPromise, earOfPage, isSettled, isSilentFor, measureGap } from "./gap.mjs";
import { connectedSince, returnedSince, startPage, useWorld } from "./world.mjs";

const { world, scene } = useWorld("moved", { browser: true });

async function talk(permissions) {
  const page = await startPage(world, { permissions });
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

/** When there is a path again: 0, or after so many milliseconds. */
const BROWSER_LOOKS_MS = 2_000;

for (const [kind, permissions, pathMs, address] of [
  ["a page", [], 0, "192.168.7.3"],
  ["a page that may use the microphone for good", ["microphone"], BROWSER_LOOKS_MS, "192.168.7.4"],
]) {
  scene(`${kind}, whose machine gets another address, talks on`, async (t) => {
    const call = await talk(permissions);
    await world.client.move("eth0", [`${address}/24`], "192.168.7.1");
    const since = Date.now();
    const gap = await measureGap(call.ear, since, { ms: 30_000 });
    const returned = await returnedSince(world, since);
    t.diagnostic(
      `audio was away for ${gap.gapMs} ms, and back ${gap.backMs} ms after the change; ` +
        `the page returned ${returned.at - since} ms after it`,
    );
    assertPromise(t, gap.backMs - pathMs, "after the path was there");
    await endCall(call);
  });
}

/**
 * How long there is no network. Chromium keeps a path that it may use for good for a second longer where that has been
 * silent for 2.5 to 5 s, before it takes another one that it holds to be dearer.
 */
for (const [kind, permissions, awayMs, address] of [
  ["a page", [], 2_000, "203.0.113.77"],
  ["a page that may use the microphone for good", ["microphone"], 5_500, "203.0.113.78"],
]) {
  scene(`${kind}, that loses its network and gets another, returns with its call`, async (t) => {
    const call = await talk(permissions);
    await world.client.cut();
    await world.client.move("eth0", []);
    await isSilentFor(call.ear, awayMs);
    const before = Date.now(); // on a slow day the page is back before the command is that plugs it in
    await world.lab.plug(world.client, world.internet, {
      device: "lte",
      addresses: [`${address}/24`],
    });
    const since = Date.now();
    const gap = await measureGap(call.ear, since, { ms: 30_000 });
    const returned = await returnedSince(world, before);
    t.diagnostic(
      `audio was away for ${gap.gapMs} ms, and back ${gap.backMs} ms after the new network; ` +
        `the page returned ${returned.at - since} ms after it`,
    );
    const { from } = await connectedSince(world, before);
    assert.match(from, new RegExp(`^${address}:`));
    assertPromise(t, gap.backMs, "after the new network");
    await endCall(call);
    await world.client.ip("link del lte");
    await world.client.mend();
    await world.client.move("eth0", ["192.168.7.2/24"], "192.168.7.1");
  });
}
