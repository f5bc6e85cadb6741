// The media of calls that the Android SDK makes in a JVM: pictures both ways, what is muted, every codec of the far end,
// a far end that holds, and a network that changes. Sound and picture are measured at both ends.
import assert from "node:assert/strict";
import { PHONE_HZ } from "../call/setting.mjs";
import { PHONE_BARS } from "../peers/index.mjs";
import { allSee, eyeOfPhone, seesPicture } from "../video/seeing.mjs";
import { JVM_HZ, earOfCall, earOfSoftphone, hears, hearsNothing } from "./ears.mjs";
import { bothHear, ended, leave, talk, useJvm } from "./setting.mjs";

const SECONDS = 3;

const { setting, scene } = useJvm("android-media", { atRest: false });

const eyeOfCall = (call) => ({
  name: "the phone in the JVM",
  bars: PHONE_BARS,
  frames: async () => (await call.perform("look")).frames,
  sees: async () => (await call.perform("look")).bars,
});

for (const codec of ["VP8", "H264"]) {
  scene(`a call goes out with video in ${codec}: both see and hear the other`, async (t) => {
    const softphone = await setting.softphone({ video: [codec] });
    const phone = await setting.jvmPhone();
    const call = await talk(phone, softphone, { video: true });
    await allSee(t, [eyeOfCall(call), eyeOfPhone(softphone)], SECONDS);
    await bothHear(call, softphone);
    assert.equal((await call.perform("stats")).videoCodec, codec);
    await call.perform("mute", { video: true });
    await seesPicture(eyeOfPhone(softphone, "black black black"));
    await call.perform("mute", { video: false });
    await seesPicture(eyeOfPhone(softphone));
    await call.perform("hangup");
    assert.equal((await ended(call)).kind, "FINISHED");
    await leave(setting, phone, call);
  });
}

scene("a call with video comes in and is answered with video", async (t) => {
  const softphone = await setting.softphone({ video: ["VP8"] });
  const phone = await setting.jvmPhone();
  await softphone.dial("1001");
  const call = await phone.incoming();
  assert.equal((await call.next("onRinging")).hasVideo, true);
  await call.perform("answer", { video: true });
  await call.next("onEstablished");
  await allSee(t, [eyeOfCall(call), eyeOfPhone(softphone)], SECONDS);
  await bothHear(call, softphone);
  await softphone.hangup();
  await ended(call);
  await leave(setting, phone, call);
});

scene("a call with video is answered without: sound alone", async () => {
  const softphone = await setting.softphone({ video: ["VP8"] });
  const phone = await setting.jvmPhone();
  await softphone.dial("1001");
  const call = await phone.incoming();
  await call.perform("answer");
  assert.equal((await call.next("onEstablished")).hasVideo, false);
  await bothHear(call, softphone);
  assert.equal((await call.perform("look")).frames, 0);
  await call.perform("hangup");
  await ended(call);
  await leave(setting, phone, call);
});

scene("who is muted is silent at the far end, hears on, and is heard again", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.jvmPhone();
  const call = await talk(phone, softphone);
  await bothHear(call, softphone);
  await call.perform("mute", { audio: true });
  await hearsNothing(earOfSoftphone(softphone, call));
  await hears(earOfCall(call), PHONE_HZ, JVM_HZ);
  await call.perform("mute", { audio: false });
  await bothHear(call, softphone);
  await call.perform("hangup");
  await ended(call);
  await leave(setting, phone, call);
});

for (const codec of ["opus", "G722", "PCMU", "PCMA"]) {
  scene(`a far end that speaks ${codec} alone is heard in it, without transcoding`, async () => {
    const softphone = await setting.softphone({ codecs: [codec] });
    const phone = await setting.jvmPhone();
    const call = await talk(phone, softphone);
    await bothHear(call, softphone);
    assert.equal((await call.perform("stats")).audioCodec.toLowerCase(), codec.toLowerCase());
    await call.perform("hangup");
    await ended(call);
    await leave(setting, phone, call);
  });
}

scene("a far end that holds is told of, and so is its return", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.jvmPhone();
  const call = await talk(phone, softphone);
  await bothHear(call, softphone);
  await softphone.command("hold");
  assert.equal((await call.next("onHold")).state, "HELD");
  await hearsNothing(earOfCall(call));
  await softphone.command("resume");
  assert.equal((await call.next("onEstablished")).state, "ACTIVE");
  await hears(earOfCall(call), PHONE_HZ, JVM_HZ); // the softphone's own recording has ended with its hold
  await call.perform("hangup");
  await ended(call);
  await leave(setting, phone, call);
});

// The softphone's events have a clock of 8000 beside opus: AUTO finds them, INFO_RELAY does not look.
for (const { type, isInfo } of [
  { type: "INFO_RELAY", isInfo: true },
  { type: "AUTO", isInfo: false },
]) {
  scene(
    `digits of the type ${type} go ${isInfo ? "by INFO" : "as events"} beside opus`,
    async () => {
      const softphone = await setting.softphone({ codecs: ["opus"] });
      const phone = await setting.jvmPhone();
      const call = await talk(phone, softphone);
      await hears(earOfCall(call), PHONE_HZ, JVM_HZ);
      await call.perform("dtmf", { digits: "2*", type });
      for (const digit of ["2", "*"]) {
        assert.equal((await softphone.next("CALL_DTMF_START")).param, digit);
      }
      // As baresip says of INFO.
      assert.equal(/received DTMF: '\*'/.test(softphone.process.output), isInfo);
      await call.perform("hangup");
      await ended(call);
      await leave(setting, phone, call);
    },
  );
}

scene(
  "digits in a way that the far end does not know are a warning, and the call goes on",
  async () => {
    const softphone = await setting.softphone({ codecs: ["opus"] });
    const phone = await setting.jvmPhone();
    const call = await talk(phone, softphone);
    await call.perform("dtmf", { digits: "2", type: "INFO" }); // baresip knows dtmf-relay alone
    const { error } = await call.next("onWarning");
    assert.deepEqual([error.cause, error.sipStatus], ["dtmf_refused", 488]);
    await bothHear(call, softphone);
    await call.perform("hangup");
    await ended(call);
    await leave(setting, phone, call);
  },
);

scene("a number that nobody has ends with a sentence and a remedy", async () => {
  const phone = await setting.jvmPhone();
  const call = await phone.call("4711");
  const { kind, sipStatus, error } = await ended(call);
  assert.notEqual(kind, "BUSY");
  assert.deepEqual([sipStatus, error.code, error.cause], [404, "SIP_NOT_FOUND", "sip_not_found"]);
  assert.match(error.sentence, /no such number/i);
  assert.match(error.remedy, /check the number/i);
  await leave(setting, phone, call);
});

scene("what does not fit a call's state is refused at once", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.jvmPhone();
  const call = await talk(phone, softphone);
  await assert.rejects(call.perform("answer"), { type: "IllegalStateException" });
  await assert.rejects(call.perform("dtmf", { digits: "x" }), { type: "IllegalArgumentException" });
  await call.perform("hangup");
  await call.perform("hangup");
  await ended(call);
  await call.perform("unhold");
  await leave(setting, phone, call);
});
