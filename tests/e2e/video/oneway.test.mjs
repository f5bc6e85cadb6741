// Pictures that go one way, that are turned, and that may take so much of the line: what a far end by script says of its video
// is what flows.
import assert from "node:assert/strict";
import { PHONE_BARS, beginsKeyFrame, playFilm, until } from "../peers/index.mjs";
import {
  ASKS_BY_RTCP,
  FORMATS,
  beCalled,
  callPage,
  soundPasses,
  useFarEnd,
  videoOf,
} from "./script.mjs";
import { eyeOfPage, seesPicture } from "./seeing.mjs";

const far = {};
const play = useFarEnd("video-oneway", far);

const describeVp8 =
  (...more) =>
  ({ audio, video }) => [
    ["audio", audio.port],
    ["video", video.port, [...FORMATS.VP8, ...ASKS_BY_RTCP, ...more]],
  ];

const seesFilm = () => seesPicture({ ...eyeOfPage(far.page), bars: PHONE_BARS });
const pictureComes = () =>
  until(10_000, "a key frame comes to the far end", () =>
    far.video.packets.some(({ payload }) => beginsKeyFrame("VP8", payload)),
  );
const framesSeen = () => eyeOfPage(far.page).frames();

play("the far end shows and does not look: the page sees, and its picture stays here", async () => {
  await beCalled(far, describeVp8("a=sendonly"));
  playFilm(far.video, far.films.VP8);
  await seesFilm();
  await soundPasses(far);
  assert.equal(
    far.video.packets.length,
    0,
    "the page's picture came to a far end that does not look",
  );
});

play("the far end looks and does not show: its strangers' picture is not relayed", async () => {
  await beCalled(far, describeVp8("a=recvonly"));
  await pictureComes();
  playFilm(far.video, far.films.VP8); // against its own word
  await soundPasses(far);
  await soundPasses(far);
  assert.equal(await framesSeen(), 0, "a picture came from a far end that does not show");
});

play("a picture that the far end's camera turned is upright on the page", async () => {
  const map = "a=extmap:7 urn:3gpp:video-orientation";
  await callPage(far, describeVp8(map));
  assert.ok(videoOf(far.call.answer.sdp).lines.includes(map), far.call.answer.sdp);
  // 3GPP TS 26.114 §7.4.5: two bits of turns by a quarter; here one.
  playFilm(far.video, far.films.VP8, { extension: { id: 7, value: 1 } });
  await until(15_000, "the page shows the picture on its side", async () => {
    const { width, height } = await far.page.size();
    return width > 0 && height > width;
  });
});

/** What the page's encoder aims at; the bars themselves are too simple to need as much. */
const aimedKbps = async () => ((await far.page.video()).sent?.targetBitrate ?? Infinity) / 1000;

play("a far end with a narrow line is sent no more than it asked for", async (t) => {
  const kbps = 100;
  await beCalled(far, describeVp8(`b=AS:${kbps}`));
  await pictureComes();
  await until(
    20_000,
    `the page aims at ${kbps} kbit/s at most`,
    async () => (await aimedKbps()) <= kbps,
  );
  t.diagnostic(`b=AS:${kbps}: the page aims at ${Math.round(await aimedKbps())} kbit/s`);
});
