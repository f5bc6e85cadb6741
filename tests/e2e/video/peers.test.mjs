// The peers of video calls against each other, without the gateway: what they show is known before it is measured through it.
import { test } from "node:test";
import path from "node:path";
import { writeFile } from "node:fs/promises";
import {
  PAGE_BARS,
  PHONE_BARS,
  beginsKeyFrame,
  launchChromium,
  makeFilm,
  playFilm,
  playTone,
  startBaresip,
  startEcho,
  startKamailio,
  startPages,
  startRtpengine,
  until,
  withStage,
  writeFilm,
  writePli,
} from "../peers/index.mjs";
import { PAGE_HZ, PHONE_HZ } from "../call/setting.mjs";
import { ASKS_BY_RTCP, FORMATS, aim, describe, openPorts } from "./script.mjs";
import { allSee, eyeOfPage, eyeOfPhone } from "./seeing.mjs";

const SECONDS = 3;

for (const [codec, scheme] of [
  ["H264", 1],
  ["VP8", 2],
]) {
  const sentence = `two softphones see and hear each other by ${codec}, scheme ${scheme}`;
  test(sentence, { timeout: 60_000 }, (t) =>
    withStage("video-phones", async (stage) => {
      const proxy = scheme === 1 ? await startRtpengine(stage) : undefined;
      const kamailio = await startKamailio(stage, { rtpengine: proxy?.address });
      const start = (user, hz) =>
        startBaresip(stage, { user, kamailio, video: [codec], source: { sine: hz } });
      const [one, two] = [await start("1002", PHONE_HZ), await start("1003", PAGE_HZ)];
      await two.dial("1002");
      await Promise.all([one.established(), two.established()]);
      await allSee(t, [eyeOfPhone(one, PHONE_BARS), eyeOfPhone(two, PHONE_BARS)], SECONDS);
      await Promise.all([one.hears(PAGE_HZ), two.hears(PHONE_HZ)]);
    }),
  );
}

for (const codec of ["H264", "VP8"]) {
  test(`a softphone and a far end by script see each other by ${codec}`, { timeout: 60_000 }, (t) =>
    withStage("video-script", async (stage) => {
      const far = { stage };
      await openPorts(far);
      const agent = await startEcho(stage);
      const registrar = { address: "127.0.0.1", port: agent.port, domain: "127.0.0.1" };
      const softphone = await startBaresip(stage, { user: "1002", registrar, video: [codec] });
      const media = [
        ["audio", far.audio.port],
        ["video", far.video.port, [...FORMATS[codec], ...ASKS_BY_RTCP]],
      ];
      const call = await agent.invite(describe(media));
      aim(far, call.answer.sdp);
      playTone(far.audio, PHONE_HZ);
      playFilm(far.video, await makeFilm(await stage.folder("film"), codec));
      await allSee(t, [eyeOfPhone(softphone, PHONE_BARS)], SECONDS);
      await softphone.hears(PHONE_HZ);
      await bringsKeyFrame(far.video, codec);
      await call.bye();
    }),
  );
}

/** A request brings a key frame. */
async function bringsKeyFrame(video, codec) {
  const keyFrames = () =>
    video.packets.filter(({ payload }) => beginsKeyFrame(codec, payload)).length;
  const before = keyFrames();
  video.report(writePli(0x5eed0002, video.packets[0].ssrc));
  await until(5_000, "a key frame comes", () => keyFrames() > before);
}

for (const camera of ["bars", "device"]) {
  test(`a page sees itself by WebRTC, its camera: ${camera}`, { timeout: 60_000 }, (t) =>
    withStage("video-pages", async (stage) => {
      const folder = await stage.folder("page");
      await writeFile(path.join(folder, "index.html"), LOOP_PAGE);
      const pages = await startPages(stage, { "/": folder });
      const film = await writeFilm(path.join(folder, "bars.y4m"), PAGE_BARS);
      const args = [`--use-file-for-fake-video-capture=${film}`];
      const chromium = await launchChromium(stage, { args });
      const view = await chromium.open(pages.url, { tone: PAGE_HZ, camera });
      await allSee(t, [{ ...eyeOfPage(view), bars: PAGE_BARS }], SECONDS);
      await view.hears(PAGE_HZ);
    }),
  );
}

/** Two connections of one page. Sound that no element plays is not decoded. */
const LOOP_PAGE = `<!doctype html><link rel="icon" href="data:," /><script type="module">
const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
a.onicecandidate = ({ candidate }) => candidate && b.addIceCandidate(candidate);
b.onicecandidate = ({ candidate }) => candidate && a.addIceCandidate(candidate);
b.ontrack = ({ track }) => {
  if (track.kind !== "audio") return;
  const ear = new Audio();
  ear.srcObject = new MediaStream([track]);
  ear.play();
};
const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
for (const track of stream.getTracks()) a.addTrack(track, stream);
await a.setLocalDescription();
await b.setRemoteDescription(a.localDescription);
await b.setLocalDescription();
await a.setRemoteDescription(b.localDescription);
</script>`;
