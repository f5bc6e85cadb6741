// Whether both ends of a video call see the other's picture: how many frames each decodes in a time, and the bars in it.
import assert from "node:assert/strict";
import { FPS, PAGE_BARS, PHONE_BARS, until } from "../peers/index.mjs";
import { PAGE_HZ, PHONE_HZ } from "../call/setting.mjs";

/** 15 frames a second are sent; what an end has to decode of them. */
export const ENOUGH_FPS = 13;
const SECONDS = 10;

/** Who says how many frames it has seen, and names the bars that it sees. */
export const eyeOfPage = (page) => ({
  name: "the page",
  bars: PHONE_BARS,
  frames: async () => (await page.video()).received?.framesDecoded ?? 0,
  sees: () => page.sees(),
});
export const eyeOfPhone = (softphone, bars = PAGE_BARS) => ({
  name: `softphone ${softphone.user}`,
  bars,
  frames: async () => (await softphone.video()).seen || 0,
  sees: () => softphone.sees(),
});

/** Waits until the first frames are decoded, and the picture is the other's. */
export async function seesPicture({ name, bars, frames, sees }, ms = 15_000) {
  let last;
  await until(ms, `${name} decodes video`, async () => (await frames()) >= 5, 100);
  await until(ms, `${name} sees ${bars}`, async () => (last = await sees()) === bars, 100).catch(
    (error) => assert.fail(`${name} sees ${last}, not ${bars} (${error.message})`),
  );
}

/** Frames per second over `seconds`, by this process's clock. */
export async function measureRate({ name, frames }, seconds = SECONDS) {
  const [from, before] = [performance.now(), await frames()];
  const end = from + seconds * 1000;
  await until(seconds * 1000 + 5_000, `${seconds} s of ${name}`, () => performance.now() >= end);
  const fps = ((await frames()) - before) / ((performance.now() - from) / 1000);
  return Math.round(fps * 10) / 10;
}

/** Where a machine is busy with something else, an end gets as many chances. */
const WINDOWS = 3;

/** All of them see the other's bars, at the rate at which they are sent, to the end; tells the rates. */
export async function allSee(t, eyes, seconds = SECONDS) {
  await Promise.all(eyes.map((eye) => seesPicture(eye)));
  await Promise.all(eyes.map((eye) => decodesAtRate(t, eye, seconds)));
  await Promise.all(eyes.map((eye) => seesPicture(eye, 5_000)));
}

async function decodesAtRate(t, eye, seconds) {
  const rates = [];
  while (rates.length < WINDOWS && !(rates.at(-1) >= ENOUGH_FPS))
    rates.push(await measureRate(eye, seconds));
  const told = `${eye.name}: ${rates.join(", ")} frames per second`;
  t.diagnostic(told);
  assert.ok(rates.at(-1) >= ENOUGH_FPS, `${told} over ${seconds} s, of ${FPS} sent`);
}

/** Beside the picture both hear the other's tone. */
export const bothHear = (page, softphone) =>
  Promise.all([page.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
