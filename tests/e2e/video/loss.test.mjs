// 5 % loss for 5 s, both ways on one leg, by firewalls that drop packets by chance: within a second of its end the picture
// is whole again at both ends, and nobody was asked for key frames more often than once in 500 ms.
import assert from "node:assert/strict";
import { PAGE_BARS, PHONE_BARS, until, wallMs } from "../peers/index.mjs";
import { parseRtcp } from "../peers/rtp.mjs";
import { startSniffer } from "../peers/sniffer.mjs";
import { PHONE_HZ } from "../call/setting.mjs";
import { GATEWAY, startSoftphone, useWorld } from "../media/world.mjs";
import { connect, openVideoPage } from "./calls.mjs";
import { withFacts } from "./facts.mjs";
import { ENOUGH_FPS, eyeOfPage, eyeOfPhone, seesPicture } from "./seeing.mjs";

const PERCENT = 5;
const LOSS_MS = 5_000;
const PROMISED_MS = 1_000;
/** How long the picture is watched after that. */
const WATCHED_MS = 3_000;
/** One request per 500 ms and side; a timer that fires late makes the next gap seem shorter. */
const SPACING_MS = 450;

const OFFICE = { gateway: "10.9.0.10", phone: "10.9.0.20" };
const { world, scene } = useWorld("video-loss", {
  browser: true,
  softphone: { video: ["VP8"], source: { sine: PHONE_HZ } },
});

const LEGS = {
  client: ({ router }) => [
    router.drop("forward", 'iifname "lan" meta l4proto udp', PERCENT),
    router.drop("forward", 'iifname "wan" meta l4proto udp', PERCENT),
  ],
  SIP: ({ gateway, phone }) => [
    gateway.drop("input", `ip saddr ${OFFICE.phone} meta l4proto udp`, PERCENT),
    phone.drop("input", `ip saddr ${OFFICE.gateway} meta l4proto udp`, PERCENT),
  ],
};

const cases = [
  { leg: "client", codec: "VP8" },
  { leg: "SIP", codec: "H264" },
  ...(process.env.ZV_TEST_FULL
    ? [
        { leg: "client", codec: "H264" },
        { leg: "SIP", codec: "VP8" },
      ]
    : []),
];

for (const { leg, codec } of cases) {
  scene(
    `loss on the ${leg} leg, ${codec}: the picture is whole within 1 s of its end`,
    async (t) => {
      const { page, softphone } = await talk(codec);
      await withFacts({ gateway: world.zvonokd, page, softphone }, async () => {
        const sniffer = await startSniffer(world.gateway, "eth1");
        const asked = watchRequests(page);
        const before = (await page.video()).sent;
        const troubles = troublesOf(await countsOfLegs());
        const walls = await Promise.all(LEGS[leg](world));
        const end = wallMs() + LOSS_MS;
        await until(3 * LOSS_MS, "the picture has lost something", async () => {
          return wallMs() >= end && troublesOf(await countsOfLegs()) > troubles;
        });
        const dropped = await Promise.all(walls.map((wall) => wall.lift()));
        const endedAt = wallMs();
        t.diagnostic(`${dropped.join(" and ")} packets dropped`);
        assert.ok(
          dropped.every((count) => count > 0),
          "nothing was dropped",
        );
        await Promise.all([pageRecovers(t, page, endedAt), phoneRecovers(t, softphone, endedAt)]);
        await asked.stop();
        checkRequests(t, "to the page", asked.times);
        checkRequests(t, "to the phone", requestsTo(OFFICE.phone, await sniffer.stop()));
        const { sent } = await page.video();
        t.diagnostic(`${sent.nackCount - before.nackCount} NACK came to the page`);
        for (const [name, counts] of Object.entries(await countsOfLegs())) {
          t.diagnostic(`${name} leg: ${JSON.stringify(counts)}`);
        }
      });
      await softphone.hangup();
      await page.event("call", "FINISH");
    },
  );
}

/** What the gateway counts of either leg's picture: `{client, sip}`. */
async function countsOfLegs() {
  const { calls } = await world.zvonokd.ctlJson("calls");
  const { legs } = (await world.zvonokd.ctlJson("call", calls.at(-1).name)).call;
  return { client: legs.client.video, sip: legs.sip.video };
}

/** Chance may spare the picture, which has fewer packets than the sound. */
const troublesOf = (legs) =>
  Object.values(legs)
    .flatMap(({ rxLost, recovered, nacksIn, keyFrameRequestsIn }) => {
      return [rxLost, recovered, nacksIn, keyFrameRequestsIn];
    })
    .reduce((sum, count) => sum + count, 0);

/** A call in which both see the other. */
async function talk(codec) {
  const softphone =
    codec === "VP8"
      ? world.softphone
      : (world.other ??= await startSoftphone(world, {
          user: "1003",
          video: [codec],
          source: { sine: PHONE_HZ },
        }));
  const setting = { ...world, gateway: world.zvonokd };
  const page = await openVideoPage(setting, { host: GATEWAY });
  await withFacts({ gateway: world.zvonokd, page, softphone }, async () => {
    await connect(page, softphone, "outgoing");
    await Promise.all([eyeOfPage(page), eyeOfPhone(softphone)].map((eye) => seesPicture(eye)));
  });
  await page.shown();
  return { page, softphone };
}

/** When the page was asked for key frames, as it counts it, looked at every 50 ms. */
function watchRequests(page) {
  const times = [];
  let [known, isOver] = [undefined, false];
  const watching = until(
    60_000,
    "the end of the watch",
    async () => {
      const { sent } = await page.video();
      const count = sent.pliCount + (sent.firCount ?? 0);
      for (let i = known ?? count; i < count; i++) times.push(wallMs());
      known = count;
      return isOver;
    },
    50,
  );
  const stop = () => {
    isOver = true;
    return watching;
  };
  return { times, stop };
}

const requestsTo = (address, datagrams) =>
  datagrams
    .filter(({ to, bytes }) => to.startsWith(`${address}:`) && bytes[1] >= 192 && bytes[1] <= 207)
    .flatMap(({ atMs, bytes }) => parseRtcp(bytes).map(({ kind }) => ({ kind, atMs })))
    .filter(({ kind }) => kind === "PLI" || kind === "FIR")
    .map(({ atMs }) => atMs);

function checkRequests(t, whom, times) {
  const gaps = times.slice(1).map((at, i) => Math.round(at - times[i]));
  t.diagnostic(`${times.length} requests for a key frame ${whom}, gaps of ${gaps.join(" ")} ms`);
  const window = LOSS_MS + PROMISED_MS + WATCHED_MS;
  assert.ok(times.length <= window / 500 + 1, `${times.length} requests ${whom}`);
  assert.ok(
    gaps.every((gap) => gap >= SPACING_MS),
    `gaps of ${gaps} ms ${whom}`,
  );
}

/** From which moment on after `endedAt` there were enough frames in every second, in ms after it. */
function recoveredAfter(times, endedAt, untilMs) {
  const isFine = (from) =>
    times.filter((at) => at >= from && at < from + 1_000).length >= ENOUGH_FPS;
  for (let from = endedAt; from + 1_000 <= untilMs; from += 50) {
    if (isFine(from)) return Math.round(from - endedAt);
  }
  return Infinity;
}

const watched = (endedAt) => endedAt + PROMISED_MS + WATCHED_MS;

async function pageRecovers(t, page, endedAt) {
  const times = [];
  await until(PROMISED_MS + WATCHED_MS + 5_000, "the page is watched", async () => {
    times.push(...(await page.shown()));
    return wallMs() >= watched(endedAt);
  });
  const lost = times.filter((at) => at < endedAt).length;
  const after = recoveredAfter(times, endedAt, watched(endedAt));
  const { received } = await page.video();
  t.diagnostic(`the page is whole after ${after} ms (${lost} frames shown during the loss)`);
  t.diagnostic(
    `it has frozen ${received.freezeCount} times, asked for ${received.pliCount} key frames`,
  );
  assert.ok(after <= PROMISED_MS, `the page is whole after ${after} ms`);
  assert.equal(await page.sees(), PHONE_BARS);
}

/** The phone decodes at rate, and asks for no key frame any more: it does so every 500 ms until one has come. */
async function phoneRecovers(t, softphone, endedAt) {
  const times = [];
  let last = await softphone.video();
  let askedAt = endedAt;
  await until(PROMISED_MS + WATCHED_MS + 5_000, "the phone is watched", async () => {
    const now = await softphone.video();
    for (let i = last.seen; i < now.seen; i++) times.push(wallMs());
    if (now.asked > last.asked) askedAt = wallMs();
    last = now;
    return wallMs() >= watched(endedAt);
  });
  const after = Math.max(recoveredAfter(times, endedAt, watched(endedAt)), askedAt - endedAt);
  t.diagnostic(`the phone is whole after ${Math.round(after)} ms; it asked ${last.asked} times`);
  assert.ok(after <= PROMISED_MS, `the phone is whole after ${after} ms`);
  assert.equal(await softphone.sees(), PAGE_BARS);
}
