// What is said of a picture that does not come (docs/verdicts.md), at a real gateway: in `zvonokctl call`, trace, log and
// metrics. The sound of these calls is fine, and they go on.
import assert from "node:assert/strict";
import { PHONE_BARS, playFilm, until } from "../peers/index.mjs";
import { useSetting } from "../call/setting.mjs";
import { FORMATS, beCalled, end, isAudioCall, openFarEnd, soundPasses } from "./script.mjs";
import { eyeOfPage, seesPicture } from "./seeing.mjs";

/** Verdicts about video come some 5 s after their facts, by looks every 2.5 s; a busy machine may take longer. */
const PATIENCE_MS = 20_000;

const far = {};
const { setting, scene } = useSetting("video-verdicts", {
  atRest: false,
  prepare: (setting) => openFarEnd(setting, far),
});

const audio = ({ audio }) => ["audio", audio.port];
const video = ({ video }, lines) => ["video", video.port, lines];

/** The call, as soon as its SIP leg has that verdict. */
const finds = (code) =>
  until(PATIENCE_MS, `the verdict ${code}`, async () => {
    const [{ name }] = (await setting.gateway.ctlJson("calls")).calls;
    const { call } = await setting.gateway.ctlJson("call", name);
    return call.legs.sip.verdict?.code === code && call;
  });

scene("a far end without video: why there is none is told, and is no fault", async () => {
  await beCalled(far, (f) => [audio(f), ["video", 0, FORMATS.VP8]]);
  await isAudioCall(far);
  const { video, legs } = await finds("no_video");
  assert.deepEqual(video, { agreed: false, reason: "refused" });
  assert.equal(legs.sip.verdict.severity, "info");
  assert.match(legs.sip.verdict.text, /one side refused it/);
  await end(far);
});

const HIGH = ["a=rtpmap:96 H264/90000", "a=fmtp:96 packetization-mode=1;profile-level-id=64001f"];

scene("a far end with another profile of H.264: both are told, the call is of sound", async () => {
  await beCalled(far, (f) => [audio(f), video(f, HIGH)]);
  await isAudioCall(far);
  const { legs } = await finds("video_profile_mismatch");
  assert.match(legs.sip.verdict.remedy, /VP8/);
  await soundPasses(far);
  await end(far);
});

scene("a far end that sends no video, then no key frame, then a whole picture", async () => {
  await beCalled(far, (f) => [audio(f), video(f, FORMATS.VP8)]);
  const { name } = await finds("video_not_sent");
  const cut = { ...far.films.VP8, frames: far.films.VP8.frames.slice(1) };
  const player = playFilm(far.video, cut);
  await finds("no_key_frame");
  player.stop();
  playFilm(far.video, far.films.VP8, { ssrc: 0x5eed0003 });
  const { legs } = await finds("ok");
  const { frames, keyFrames, keyFrameRequestsOut } = legs.sip.video;
  assert.ok(keyFrames && keyFrames < frames && keyFrameRequestsOut, JSON.stringify(legs.sip.video));
  await seesPicture({ ...eyeOfPage(far.page), bars: PHONE_BARS });
  const ladder = (await setting.gateway.ctl("trace", name)).stdout;
  for (const said of ["video_not_sent", "no_key_frame", "first key frame"])
    assert.ok(ladder.includes(said), `${said} is not in\n${ladder}`);
  assert.ok(setting.gateway.log().includes("sip verdict no_key_frame: video from the SIP side"));
  await soundPasses(far);
  await end(far);
});
