// The phone page in Chromium in networks of its own: behind a NAT that changes ports, over IPv6 alone, with both families.
// The phone echoes, so what the page hears of its own tone has gone both ways.
import assert from "node:assert/strict";
import { assertPromise, earOfPage, isSettled, isSilentFor, measureGap } from "./gap.mjs";
import {
  GATEWAY6,
  addNewHome,
  answeredAt,
  connectedSince,
  startBrowser,
  startPage,
  useWorld,
} from "./world.mjs";

const { world, scene } = useWorld("page", { browser: true });

/** A call in which the page hears itself: the page, its ear, and since when it is being set up. */
async function talk(options) {
  const since = Date.now();
  const page = await startPage(world, options);
  await page.call("1002");
  await page.talking();
  const ear = await earOfPage(page, 1000);
  await isSettled(ear);
  await world.softphone.established();
  return { page, ear, since };
}

async function endCall({ page }) {
  await world.softphone.hangup();
  await world.softphone.closed();
  assert.match(await page.ended(), /hung up/i);
  // Of a connection that does not open the browser tells by itself.
  assert.deepEqual(
    page.problems.filter((text) => !/WebSocket connection to/.test(text)),
    [],
  );
  await page.close();
}

scene("a page behind a NAT talks on when the NAT changes its port in mid-call", async (t) => {
  const call = await talk();
  await world.router.masquerade("wan", "63000-64999");
  const since = Date.now();
  await world.router.forget();
  const checked = await connectedSince(world, since);
  const gap = await measureGap(call.ear, since);
  assert.match(checked.from, /^203\.0\.113\.2:6[34]\d{3}$/);
  t.diagnostic(`the check from the new port came after ${checked.at - since} ms`);
  t.diagnostic(`audio was away for ${gap.gapMs || "less than 100"} ms`);
  assertPromise(t, since + gap.backMs - checked.at, "after the check");
  await endCall(call);
});

scene("a page hears again within a second of two seconds without a network", async (t) => {
  const call = await talk();
  const troubles = {
    "a firewall that passes no UDP": async () => {
      const wall = await world.router.drop("forward", "meta l4proto udp");
      return () => wall.lift();
    },
    "a cable that is cut": async () => {
      await world.client.cut();
      return () => world.client.mend();
    },
  };
  for (const [name, begin] of Object.entries(troubles)) {
    const end = await begin();
    await isSilentFor(call.ear, 2_000);
    const since = Date.now();
    await end();
    const gap = await measureGap(call.ear, since);
    t.diagnostic(`${name}: audio was away for ${gap.gapMs} ms, and back ${gap.backMs} ms after it`);
    assert.ok(gap.gapMs >= 2_000, JSON.stringify(gap));
    assertPromise(t, gap.backMs);
  }
  await endCall(call);
});

scene("a page on a machine with IPv6 alone calls", async () => {
  await addNewHome(world);
  const browser = await startBrowser(world, world.client6);
  const url = world.zvonokd.page.replace(/\/\/[^/]+:/, `//[${GATEWAY6}]:`);
  const call = await talk({ browser, url });
  const { from } = await connectedSince(world, call.since);
  assert.match(from, /^\[2001:db8:7::2\]:\d+$/);
  await endCall(call);
});

scene("a page with both families calls, though IPv6 carries no UDP", async (t) => {
  await world.lab.plug(world.client, world.newHome, { device: "eth1", ...SIXTH });
  const wall = await world.newRouter.drop("forward", "meta l4proto udp");
  const call = await talk();
  const { from, at } = await connectedSince(world, call.since);
  t.diagnostic(`over IPv4 ${at - answeredAt(world)} ms after the answer`);
  assert.match(from, /^203\.0\.113\.2:/);
  assert.ok((await wall.count()) > 0, "nothing tried IPv6");
  await wall.lift();
  await endCall(call);
});

const SIXTH = { addresses: ["2001:db8:7::3/64"], via: "2001:db8:7::1" };
