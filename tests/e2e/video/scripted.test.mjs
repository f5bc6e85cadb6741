// Far ends that answer a video call in their own ways: whatever they say of video, the call talks, and both sides are told
// the truth about its picture.
import assert from "node:assert/strict";
import { PHONE_BARS, beginsKeyFrame, playFilm, until, writePli } from "../peers/index.mjs";
import {
  ASKS_BY_RTCP,
  FORMATS,
  aim,
  beCalled,
  callPage,
  describe,
  isAudioCall,
  lastEvent,
  mediaOf,
  soundPasses,
  useFarEnd,
  videoOf,
} from "./script.mjs";
import { eyeOfPage, seesPicture } from "./seeing.mjs";

const far = {};
const play = useFarEnd("video-scripted", far);

const audio = ({ audio }) => ["audio", audio.port];
const video = ({ video }, ...lines) => ["video", video.port, lines.flat()];
const refused = (lines = FORMATS.VP8) => ["video", 0, lines];

const seesFilm = () => seesPicture({ ...eyeOfPage(far.page), bars: PHONE_BARS });
/** The page's picture comes to the far end. */
const pictureComes = (codec) =>
  until(10_000, "a key frame comes to the far end", () =>
    far.video.packets.some(({ payload }) => beginsKeyFrame(codec, payload)),
  );

play("the far end's answer refuses video by port 0", async () => {
  await beCalled(far, (f) => [audio(f), refused()]);
  await isAudioCall(far);
});

play("the far end's answer leaves video out", async () => {
  await beCalled(far, (f) => [audio(f)]);
  await isAudioCall(far);
});

play("the far end's answer names a codec that was not offered", async () => {
  await beCalled(far, (f) => [audio(f), video(f, FORMATS.H265)]);
  await isAudioCall(far);
});

play("the far end offers an unknown codec alone: port 0 in the answer", async () => {
  await callPage(far, (f) => [audio(f), video(f, FORMATS.H265)]);
  assert.equal(videoOf(far.call.answer.sdp).port, 0, far.call.answer.sdp);
  await isAudioCall(far);
});

play("the far end offers video at port 0: it is none", async () => {
  await callPage(far, (f) => [audio(f), refused()]);
  assert.equal(videoOf(far.call.answer.sdp).port, 0, far.call.answer.sdp);
  await isAudioCall(far);
});

play(
  "the page has no camera for the video that it is offered: it sees, and is told so",
  async () => {
    await callPage(far, (f) => [audio(f), video(f, FORMATS.VP8)], { video: false });
    const answered = videoOf(far.call.answer.sdp);
    assert.ok(
      answered.port === 0 || answered.lines.includes("a=recvonly"),
      answered.lines.join("\n"),
    );
    await soundPasses(far);
  },
);

for (const codec of ["VP8", "H264"]) {
  play(`m-lines in another order, ${codec}: answered in that order, and seen`, async () => {
    await callPage(far, (f) => [video(f, FORMATS[codec], ASKS_BY_RTCP), audio(f)]);
    const kinds = mediaOf(far.call.answer.sdp).map(({ kind }) => kind);
    assert.deepEqual(kinds, ["video", "audio"]);
    assert.equal(lastEvent(far).hasVideo, true);
    playFilm(far.video, far.films[codec]);
    await Promise.all([seesFilm(), pictureComes(codec)]);
    await soundPasses(far);
  });
}

play("H.264 in mode 0: no fragment and no aggregate comes to the far end", async (t) => {
  await beCalled(far, (f) => [audio(f), video(f, FORMATS.H264, ASKS_BY_RTCP)]);
  const offered = videoOf(far.call.offer).lines.filter((line) => /^a=fmtp/.test(line));
  t.diagnostic(`offered: ${offered.join(", ")}`);
  playFilm(far.video, far.films.H264);
  await Promise.all([seesFilm(), pictureComes("H264")]);
  await until(
    5_000,
    "a second of frames",
    () => far.video.packets.filter((p) => p.marker).length > 15,
  );
  const types = [...new Set(far.video.packets.map(({ payload }) => payload[0] & 0x1f))];
  t.diagnostic(`types of units: ${types.join(" ")}`);
  assert.ok(
    types.every((type) => type >= 1 && type <= 23),
    `units of types ${types}`,
  );
});

play(
  "video inactive in the answer: the call talks, no picture flows; by re-INVITE it comes",
  async () => {
    await beCalled(far, (f) => [audio(f), video(f, FORMATS.VP8, ASKS_BY_RTCP, "a=inactive")]);
    await soundPasses(far);
    assert.equal(far.video.packets.length, 0);
    const sdp = describe([audio(far), video(far, FORMATS.VP8, ASKS_BY_RTCP, "a=sendrecv")], 2);
    const answer = await far.call.reinvite(sdp);
    assert.equal(answer.status, 200);
    aim(far, answer.sdp);
    const answered = videoOf(answer.sdp);
    if (answered.port === 0) return; // the page was told once and for all; this client follows no change
    playFilm(far.video, far.films.VP8);
    await Promise.all([seesFilm(), pictureComes("VP8")]);
  },
);

play("video on hold by re-INVITE stops, and comes back with a key frame", async () => {
  await beCalled(far, (f) => [audio(f), video(f, FORMATS.VP8, ASKS_BY_RTCP)]);
  playFilm(far.video, far.films.VP8);
  await Promise.all([seesFilm(), pictureComes("VP8")]);
  const how = (direction) => [audio(far), video(far, FORMATS.VP8, ASKS_BY_RTCP, direction)];
  const held = await far.call.reinvite(describe(how("a=inactive"), 2));
  assert.ok(videoOf(held.sdp).lines.includes("a=inactive"), held.sdp);
  await until(5_000, "no video comes for a second", async () => {
    const last = far.video.packets.at(-1).atMs;
    return performance.timeOrigin + performance.now() - last > 1_000;
  });
  await soundPasses(far);
  far.video.packets.length = 0;
  const back = await far.call.reinvite(describe(how("a=sendrecv"), 3));
  assert.equal(back.status, 200);
  aim(far, back.sdp);
  await pictureComes("VP8");
  assert.ok(
    beginsKeyFrame("VP8", far.video.packets[0].payload),
    "the first packet is a key frame's",
  );
});

play(
  "a re-INVITE that adds video is refused where the client cannot follow; the call stays",
  async () => {
    await beCalled(far, (f) => [audio(f)]);
    const sdp = describe([audio(far), video(far, FORMATS.VP8, ASKS_BY_RTCP)], 2);
    const { status, sdp: answer } = await far.call.reinvite(sdp, 10_000);
    assert.equal(status, 200);
    assert.equal(videoOf(answer).port, 0, answer);
    await soundPasses(far);
    await isAudioCall(far);
  },
);

play("a re-INVITE that drops video leaves an audio call, and hasVideo says so", async () => {
  await beCalled(far, (f) => [audio(f), video(f, FORMATS.VP8, ASKS_BY_RTCP)]);
  assert.equal(lastEvent(far).hasVideo, true);
  await pictureComes("VP8");
  const { status, sdp } = await far.call.reinvite(describe([audio(far), refused()], 2));
  assert.equal(status, 200);
  assert.equal(videoOf(sdp).port, 0, sdp);
  await soundPasses(far);
  const before = far.video.packets.length;
  await soundPasses(far);
  assert.ok(far.video.packets.length <= before + 1, "video still comes");
});

const UPDATE = `<?xml version="1.0" encoding="utf-8" ?>
<media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>`;

play("a key frame is asked for by INFO and by RTCP, at most once in 500 ms", async (t) => {
  await beCalled(far, (f) => [audio(f), video(f, FORMATS.VP8, ASKS_BY_RTCP)]);
  playFilm(far.video, far.films.VP8);
  await Promise.all([seesFilm(), pictureComes("VP8")]);
  const keyFrames = () =>
    far.video.packets.filter(({ payload }) => beginsKeyFrame("VP8", payload)).length;
  const [before, asked] = [keyFrames(), (await far.page.video()).sent.pliCount];
  assert.equal(await far.call.info("application/media_control+xml", UPDATE), 200);
  await until(5_000, "a key frame comes after INFO", () => keyFrames() > before);
  // A far end that asks at every frame for three seconds.
  const stormMs = 3_000;
  const { ssrc } = far.video.packets[0];
  const storm = setInterval(() => far.video.report(writePli(0x5eed0002, ssrc)), 60);
  const from = performance.now();
  await until(
    stormMs + 2_000,
    "the storm is over",
    () => performance.now() - from > stormMs,
  ).finally(() => clearInterval(storm));
  const { sent } = await far.page.video();
  const requests = sent.pliCount + (sent.firCount ?? 0) - asked;
  t.diagnostic(
    `${requests} requests came to the page in ${stormMs} ms, ${keyFrames() - before} key frames`,
  );
  assert.ok(keyFrames() > before + 1, "PLI brought no key frame");
  assert.ok(requests <= stormMs / 500 + 2, `${requests} requests`);
});

play("the page lacks a key frame: a far end without RTCP feedback is asked by INFO", async (t) => {
  await beCalled(far, (f) => [audio(f), video(f, FORMATS.VP8)]);
  const film = { ...far.films.VP8, frames: [...far.films.VP8.frames.slice(1)] };
  const player = playFilm(far.video, film); // without its key frame
  const asked = () =>
    far.agent.requests("INFO").filter((text) => /picture_fast_update/.test(text)).length;
  const before = asked();
  await until(10_000, "an INFO asks for a key frame", () => asked() > before);
  assert.equal(
    far.video.count("PLI") + far.video.count("FIR"),
    0,
    "feedback that was not agreed on",
  );
  player.stop();
  playFilm(far.video, far.films.VP8, { ssrc: 0x5eed0003 });
  await seesFilm();
  t.diagnostic(`${asked() - before} INFO`);
});

play("the page lacks a key frame: a far end with RTCP feedback is asked by it", async (t) => {
  await beCalled(far, (f) => [audio(f), video(f, FORMATS.VP8, ASKS_BY_RTCP)]);
  const infos = far.agent.requests("INFO").length;
  let isWhole = false;
  const cut = { frames: far.films.VP8.frames.slice(1) };
  const player = playFilm(far.video, cut);
  far.video.onReport = ({ kind }) => {
    if (isWhole || !["PLI", "FIR"].includes(kind)) return;
    isWhole = true;
    cut.frames = far.films.VP8.frames;
    player.restart();
  };
  await seesFilm();
  t.diagnostic(`${far.video.count("PLI")} PLI, ${far.video.count("FIR")} FIR`);
  assert.ok(isWhole);
  assert.equal(far.agent.requests("INFO").length, infos, "INFO beside RTCP");
});
