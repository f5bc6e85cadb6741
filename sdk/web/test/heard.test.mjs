// What the gateway finds wrong with a running call, and how it sounds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ZvonokSession } from "../dist/index.js";
import { GRANTED, fakeEnvironment, registered, settle } from "./fakes.mjs";

async function talking(granted = GRANTED) {
  const fake = fakeEnvironment();
  const { session, socket } = await registered(ZvonokSession, fake, granted);
  const call = session.createCall("1002");
  call.call();
  await settle();
  socket.say("talk", { callId: call.id, status: "ESTABLISHED" });
  const verdicts = [];
  const qualities = [];
  call.on("verdict", (verdict) => verdicts.push(verdict));
  call.on("quality", (quality) => qualities.push(quality));
  let seq = 10;
  const find = (more) => {
    const found = { leg: "sip", code: "no_audio", severity: "error", text: "no audio", since: 900 };
    socket.tell(++seq, "zvVerdict", { callId: call.id, ...found, ...more });
  };
  return { session, socket, call, verdicts, qualities, find };
}

test("a verdict is a sentence with a remedy, and ok takes it back", async () => {
  const { call, verdicts, find } = await talking();
  find({ remedy: "switch strict off" });
  assert.deepEqual(call.verdict, {
    leg: "sip",
    code: "no_audio",
    severity: "error",
    text: "No audio.",
    remedy: "Switch strict off.",
    sinceMs: 900,
  });
  find({ code: "ok", text: "" });
  assert.deepEqual(verdicts, [verdicts[0], undefined]);
  assert.equal(call.verdict, undefined);
});

test("of the verdicts of both legs the gravest counts, and each leg takes back its own", async () => {
  const { call, verdicts, find } = await talking();
  find({ leg: "web", severity: "warning", code: "loss" });
  find({ severity: "info", code: "codec" });
  assert.equal(call.verdict.code, "loss");
  find({ severity: "error", code: "silent" });
  assert.equal(call.verdict.code, "silent");
  find({ code: "ok" });
  assert.equal(call.verdict.code, "loss");
  find({ leg: "web", code: "ok" });
  assert.equal(call.verdict, undefined);
  assert.deepEqual(
    verdicts.map((verdict) => verdict?.code),
    ["loss", "silent", "loss", undefined],
  );
});

test("a verdict that is none, of another call or of one that has ended changes nothing", async () => {
  const { call, socket, verdicts, find } = await talking();
  find({ callId: "another" });
  find({ text: 3 });
  find({ code: null });
  socket.say("finish", { callId: call.id, status: "FINISH" });
  find({});
  assert.deepEqual(verdicts, []);
});

test("the quality of each leg comes with the figures that are known", async () => {
  const { call, socket, qualities } = await talking();
  const reported = { mos: 4, loss: 2, jitterMs: 9, more: 1 };
  const video = { width: 640, height: 480, fps: 29.8, kbps: 742.3, freezes: 0 };
  const web = {
    leg: "web",
    mos: 4.3,
    loss: 0.5,
    jitterMs: 3,
    rttMs: 21,
    kbps: 64,
    video,
    reported,
  };
  socket.say("zvQuality", { callId: call.id, legs: [web, { leg: "sip", mos: null, loss: "x" }] });
  assert.deepEqual(call.quality, {
    legs: [
      {
        leg: "web",
        ...{ mos: 4.3, lossPercent: 0.5, jitterMs: 3, rttMs: 21, kbps: 64, video },
        reported: { mos: 4, lossPercent: 2, jitterMs: 9 },
      },
      { leg: "sip" },
    ],
  });
  assert.deepEqual(qualities, [call.quality]);
  socket.say("zvQuality", { callId: call.id });
  assert.deepEqual(call.quality, { legs: [] });
});

test("what was not granted is not believed", async () => {
  const { verdicts, qualities, call, socket, find } = await talking({ features: ["report"] });
  find({});
  socket.say("zvQuality", { callId: call.id, legs: [] });
  assert.deepEqual([verdicts, qualities], [[], []]);
});
