// Lip-sync: how far sound and picture of one moment are apart at both ends. The far end's picture is late by what a slow
// encoder takes, and its timestamps start anywhere: what its reports say of both has to reach the page.
import assert from "node:assert/strict";
import { FLASH_FRAMES, FPS, VIDEO_HZ, playFilm, playTone, until } from "../peers/index.mjs";
import { PHONE_HZ, useSetting } from "../call/setting.mjs";
import { withFacts } from "./facts.mjs";
import { ASKS_BY_RTCP, FORMATS, beCalled, end, openFarEnd } from "./script.mjs";

const PROMISED_MS = 80;
const LATE_MS = 150;
/** A browser draws late streams together by and by, the later the busier the machine is. */
const SETTLE_MS = 40_000;
const FLASHES = 8;
const AUDIO_HZ = 48_000;

const far = {};
const { scene, setting } = useSetting("video-lipsync", {
  atRest: false,
  prepare: (setting) => openFarEnd(setting, far, { flashes: true }),
});

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const play = async (action) => {
  try {
    await withFacts({ gateway: setting.gateway, page: far.page }, action);
  } catch (error) {
    await far.page.do("hangup").catch(() => undefined);
    throw error;
  }
};

scene(
  "sound and picture of one moment are at most 80 ms apart, at both ends",
  async (t) => {
    const describe = ({ audio, video }) => [
      ["audio", audio.port],
      ["video", video.port, [...FORMATS.VP8, ...ASKS_BY_RTCP]],
    ];
    await play(async () => {
      await beCalled(far, describe, () => {
        const isOn = (ms) => ms % 1000 < (FLASH_FRAMES * 1000) / FPS;
        playTone(far.audio, PHONE_HZ, { isOn });
        playFilm(far.video, far.films.VP8, { lateMs: LATE_MS });
      });
      await until(15_000, "the page decodes video", async () => {
        return (await far.page.video()).received?.framesDecoded > FPS;
      });
      await atFarEnd(t);
      await atPage(t);
    });
    await end(far);
  },
  { timeout: 120_000 },
);

/** By the gateway's reports and when packets came: how long ago each was captured, by the sender's clock. */
async function atFarEnd(t) {
  await until(15_000, "reports of both come to the far end", () =>
    [far.audio, far.video].every((medium) => medium.count("SR") >= 2),
  );
  const ages = [
    ageOf(far.audio, clockOf(far.audio.packets[0].payloadType)),
    ageOf(far.video, VIDEO_HZ),
  ];
  t.diagnostic(`far end: sound ${ages[0]} ms old when it comes, picture ${ages[1]} ms`);
  const apart = ages[1] - ages[0];
  assert.ok(Math.abs(apart) <= PROMISED_MS, `sound and picture are ${apart} ms apart`);
}

const clockOf = (payloadType) => (payloadType === 0 ? 8_000 : AUDIO_HZ);

/** The median age of what came since the first report, in ms. */
function ageOf({ packets, reports }, hz) {
  const [report] = reports.filter(({ kind }) => kind === "SR").slice(-1);
  const since = packets.filter(({ atMs }) => atMs > report.atMs - 3_000);
  const ages = since.map(({ ts, atMs }) => {
    const elapsedMs = (((ts - report.ts) | 0) * 1000) / hz;
    return atMs - (report.ntpMs + elapsedMs);
  });
  return Math.round(median(ages));
}

/** By flashes seen and tones heard that began at one moment, and by what the browser thinks of it. */
async function atPage(t) {
  await far.page.flashes();
  const windows = [];
  const promise = `a flash is seen within ${PROMISED_MS} ms of its tone`;
  await until(SETTLE_MS, promise, async () => {
    windows.push(await apartInWindow());
    return Math.abs(windows.at(-1)) <= PROMISED_MS;
  }).catch((error) => assert.fail(`${error.message}, but after it by ${windows.join(", ")} ms`));
  const { received, heard } = await far.page.video();
  const behind = heard.estimatedPlayoutTimestamp - received.estimatedPlayoutTimestamp;
  t.diagnostic(`page: a flash is seen after its tone is heard by ${windows.join(", ")} ms`);
  t.diagnostic(`page: by its own figures the picture is ${Math.round(behind)} ms behind the sound`);
}

/** How long after its tone a flash is seen, the median of the next ones. */
async function apartInWindow() {
  const found = { flashes: [], beeps: [] };
  await until(30_000, `${FLASHES} flashes and tones`, async () => {
    const { flashes, beeps } = await far.page.flashes();
    found.flashes.push(...flashes);
    found.beeps.push(...beeps);
    return Math.min(found.flashes.length, found.beeps.length) >= FLASHES;
  });
  const offsets = found.flashes.map((flash) => {
    const gaps = found.beeps.map((beep) => flash - beep);
    return gaps.reduce((best, gap) => (Math.abs(gap) < Math.abs(best) ? gap : best));
  });
  return Math.round(median(offsets));
}
