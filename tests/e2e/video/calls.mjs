// Calls with picture and sound between a page on the published web SDK and a softphone, by both codecs and both ways.
import assert from "node:assert/strict";
import { until } from "../peers/index.mjs";
import { PAGE_HZ, useSetting } from "../call/setting.mjs";
import { openSdkPage } from "../websdk/page.mjs";
import { withFacts } from "./facts.mjs";
import { ENOUGH_FPS, allSee, bothHear, eyeOfPage, eyeOfPhone } from "./seeing.mjs";

/** A page that is registered as 1001 and has a camera. */
export async function openVideoPage(setting, { sip, ...options } = {}) {
  const page = await openSdkPage(setting, { tone: PAGE_HZ, camera: "bars", ...options });
  await page.connect(sip);
  await page.event("session", "REGISTERED");
  return page;
}

/** The page calls the softphone, or is called by it; both have the call when this is over. */
export async function connect(page, softphone, way) {
  if (way === "outgoing") {
    await page.do("call", softphone.user, { video: true });
  } else {
    await softphone.dial("1001");
    await page.event("call", "RING");
    await page.do("answer", { video: true });
  }
  await page.event("call", "ESTABLISHED");
  await softphone.established();
}

const COMBINATIONS = ["outgoing", "incoming"].flatMap((way) => {
  return ["H264", "VP8"].map((codec) => ({ way, codec }));
});

/**
 * The short tier takes half of them in each scheme, so that each pair of way, codec and scheme is there once; the long one
 * takes all.
 */
const chosen = (scheme) =>
  COMBINATIONS.filter(({ way, codec }) => {
    const isEven = [way === "outgoing", codec === "H264", scheme === 1].filter(Boolean).length % 2;
    return process.env.ZV_TEST_FULL || isEven;
  });

/** The tests of a file. Scheme 1: the SIP server carries media as well, by rtpengine; scheme 2: it does not. */
export function defineCalls(scheme) {
  const name = `video-${scheme}`;
  const { setting, scene } = useSetting(name, { rtpengine: scheme === 1, atRest: false });
  for (const { way, codec } of chosen(scheme)) {
    scene(`${way}, ${codec}, scheme ${scheme}: both see and hear the other`, async (t) => {
      const softphone = await setting.softphone({ video: [codec] });
      const page = await openVideoPage(setting);
      await withFacts({ gateway: setting.gateway, page, softphone }, async () => {
        await connect(page, softphone, way);
        await Promise.all([
          allSee(t, [eyeOfPage(page), eyeOfPhone(softphone)]),
          bothHear(page, softphone),
        ]);
        await checkStatusLine(t, softphone);
        await checkCodec(page, codec);
      });
      await softphone.hangup();
      await page.event("call", "FINISH");
      await page.close();
      await softphone.stop();
      await setting.gateway.isIdle();
    });
  }
}

/** The softphone's own estimate, of its last five seconds. */
async function checkStatusLine(t, softphone) {
  const isEnough = ({ sent, seen }) => sent >= ENOUGH_FPS && seen >= ENOUGH_FPS;
  const what = `${ENOUGH_FPS} frames per second both ways in the status line`;
  await until(15_000, what, () => isEnough(softphone.efps()));
  const { sent, seen } = softphone.efps();
  t.diagnostic(`softphone ${softphone.user}: efps=${sent}/${seen}`);
}

/** Nobody transcodes: the page sends and gets what the softphone speaks. */
async function checkCodec(page, codec) {
  const { received, sent } = await page.video();
  assert.equal(received.codec, `video/${codec}`);
  assert.equal(sent.codec, `video/${codec}`);
  assert.equal(`${received.frameWidth}x${received.frameHeight}`, "320x240");
}
