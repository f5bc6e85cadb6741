// The phone page with a picture: the camera is Chromium's own fake one, which plays a film of three bars.
import assert from "node:assert/strict";
import path from "node:path";
import {
  PAGE_BARS,
  PHONE_BARS,
  beginsKeyFrame,
  makeFilm,
  playFilm,
  playTone,
  startEcho,
  until,
  writeFilm,
} from "../peers/index.mjs";
import { PHONE_HZ, bothHear, leaveNothing, useSetting } from "../call/setting.mjs";
import { withFacts } from "./facts.mjs";
import { ASKS_BY_RTCP, FORMATS, aim, describe, openPorts, videoOf } from "./script.mjs";
import { allSee, eyeOfPage, eyeOfPhone, seesPicture } from "./seeing.mjs";

const SECONDS = 3;

const { setting, scene } = useSetting("video-page", {
  atRest: false,
  browserArgs: async (stage) => {
    const film = await writeFilm(path.join(await stage.folder("camera"), "bars.y4m"), PAGE_BARS);
    return [`--use-file-for-fake-video-capture=${film}`];
  },
});

/** What the page shows large, not what it received. */
const eyeOfStage = (phone) => ({ ...eyeOfPage(phone), sees: () => phone.sees("#picture") });

const facts = (phone, softphone, action) =>
  withFacts({ gateway: setting.gateway, page: phone, softphone }, action);

scene("the page calls with video, turns its camera off and on, and hangs up", async (t) => {
  const softphone = await setting.softphone({ video: ["H264"] });
  const phone = await setting.phone("1001", { camera: "device" });
  await phone.page.getByLabel("Whom to call").fill("1002");
  await phone.press("Video call");
  await facts(phone, softphone, async () => {
    await phone.talking();
    await allSee(t, [eyeOfStage(phone), eyeOfPhone(softphone)], SECONDS);
    await bothHear(phone, softphone);
    assert.equal(await phone.sees("#own"), PAGE_BARS);
    await phone.press("Camera off");
    await seesPicture(eyeOfPhone(softphone, "black black black"));
    await phone.press("Camera on");
    await seesPicture(eyeOfPhone(softphone));
    await seesPicture(eyeOfStage(phone));
  });
  await phone.press("Hangup");
  await softphone.closed();
  await phone.ended();
  await leaveNothing(setting, phone, softphone);
});

scene("the page is called and answers with video", async (t) => {
  const softphone = await setting.softphone({ video: ["VP8"] });
  const phone = await setting.phone("1001", { camera: "device" });
  await softphone.dial("1001");
  await phone.incoming();
  await phone.press("Answer with video");
  await facts(phone, softphone, async () => {
    await phone.talking();
    await allSee(t, [eyeOfStage(phone), eyeOfPhone(softphone)], SECONDS);
    await bothHear(phone, softphone);
  });
  await softphone.hangup();
  await phone.ended();
  await leaveNothing(setting, phone, softphone);
});

scene("the page answers a video call without video: sound alone", async () => {
  const softphone = await setting.softphone({ video: ["VP8"] });
  const phone = await setting.phone("1001", { camera: "device" });
  await softphone.dial("1001");
  await phone.incoming();
  await phone.press("Answer");
  await facts(phone, softphone, async () => {
    await phone.talking();
    await bothHear(phone, softphone);
    assert.equal((await phone.video()).received, undefined);
  });
  await softphone.hangup();
  await phone.ended();
  await leaveNothing(setting, phone, softphone);
});

for (const camera of ["refused", "missing"]) {
  scene(`the page calls with video, its camera is ${camera}: sound, and a sentence`, async () => {
    const softphone = await setting.softphone({ video: ["VP8"] });
    const phone = await setting.phone("1001", { camera });
    await phone.page.getByLabel("Whom to call").fill("1002");
    await phone.press("Video call");
    await facts(phone, softphone, async () => {
      await phone.talking();
      await bothHear(phone, softphone);
      const sentence = phone.page
        .getByText(/camera/i)
        .filter({ visible: true })
        .first();
      assert.match(await sentence.textContent(), /camera/i);
    });
    await phone.press("Hangup");
    await phone.ended();
    await leaveNothing(setting, phone, softphone);
  });
}

scene(
  "the far end adds video by re-INVITE, the page follows, and it is dropped again",
  async (t) => {
    const far = { stage: setting.stage };
    await openPorts(far);
    const audio = ["audio", far.audio.port];
    const video = (port) => ["video", port, [...FORMATS.VP8, ...ASKS_BY_RTCP]];
    const agent = await startEcho(setting.stage, {
      answer: async (call) => {
        aim(far, call.offer);
        return describe([audio]);
      },
    });
    const film = await makeFilm(await setting.stage.folder("film"), "VP8");
    const account = { domain: "127.0.0.1", port: agent.port };
    const phone = await setting.phone("1001", { camera: "device", account });
    await phone.call("echo");
    await facts(phone, undefined, async () => {
      const call = await agent.call();
      await phone.talking();
      playTone(far.audio, PHONE_HZ);
      await phone.hears(PHONE_HZ);

      const added = await call.reinvite(describe([audio, video(far.video.port)], 2), 10_000);
      assert.equal(added.status, 200);
      assert.notEqual(videoOf(added.sdp)?.port, 0, added.sdp);
      aim(far, added.sdp);
      const player = playFilm(far.video, film);
      far.video.onReport = ({ kind }) => ["PLI", "FIR"].includes(kind) && player.restart();
      await seesPicture({ ...eyeOfStage(phone), bars: PHONE_BARS });
      t.diagnostic(
        `the answer: ${videoOf(added.sdp).lines.find((line) => /^a=(send|recv)/.test(line))}`,
      );
      await phone.press("Camera on");
      await until(10_000, "the page's picture comes to the far end", () =>
        far.video.packets.some(({ payload }) => beginsKeyFrame("VP8", payload)),
      );

      const dropped = await call.reinvite(describe([audio, video(0)], 3), 10_000);
      assert.equal(dropped.status, 200);
      assert.equal(videoOf(dropped.sdp).port, 0, dropped.sdp);
      await phone.page.locator("#picture").waitFor({ state: "hidden", timeout: 5_000 });
      await phone.hears(PHONE_HZ);
      await call.bye();
    });
    await phone.ended();
    await leaveNothing(setting, phone);
  },
);
