// Pictures in a call: asked for, answered, refused, switched off and on, and what the gateway offers in mid-call.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ZvonokError, ZvonokSession } from "../dist/index.js";
import { refuseVideo } from "../dist/refuse.js";
import {
  FakeTrack,
  GRANTED,
  fakeEnvironment,
  lose,
  registered,
  settle,
  welcome,
  withVideo,
} from "./fakes.mjs";

const AUDIO_ONLY = withVideo("sendrecv", 0);

async function ready(changes, granted = GRANTED) {
  const fake = fakeEnvironment(changes);
  const setting = { ...fake, ...(await registered(ZvonokSession, fake, granted)) };
  setting.notes = [];
  setting.watch = (call) => {
    setting.call = call;
    for (const name of ["video", "videoMuted", "warning", "localStream", "stream", "pictures"])
      call.on(name, (value) => setting.notes.push([name, value]));
    return setting;
  };
  setting.noted = (name) => setting.notes.filter(([one]) => one === name).map(([, value]) => value);
  setting.updates = (on = setting.socket) =>
    on.sent.filter(({ message }) => message === "zvUpdate").map(({ data }) => data[0]);
  return setting;
}

/** An outgoing call whose offer has gone out. */
async function outgoing(video, changes, granted) {
  const setting = await ready(changes, granted);
  setting.watch(setting.session.createCall({ callee: "1002", video }));
  setting.call.call();
  await settle();
  setting.accept = async (sdp) => {
    setting.socket.say("setRemoteSDP", setting.call.id, sdp, true);
    setting.socket.say("talk", { callId: setting.call.id, status: "ESTABLISHED" });
    await settle();
    setting.connections[0].become("connected");
  };
  setting.offer = async (sdp, on = setting.socket) => {
    on.say("zvUpdate", { callId: setting.call.id, type: "offer", sdp, reason: "video" });
    await settle();
  };
  return setting;
}

async function talking(answer, video = true, changes = {}, granted = GRANTED) {
  const setting = await outgoing(video, changes, granted);
  await setting.accept(answer);
  setting.entry = { callId: setting.call.id, status: "ESTABLISHED", incoming: false };
  return setting;
}

/** An incoming call that rings, with the gateway's offer. */
async function ringing(sdp, changes) {
  const setting = await ready(changes);
  setting.session.on("incoming", (call) => setting.watch(call));
  setting.socket.say("setRemoteSDP", "in-1", sdp, false);
  setting.socket.say("notifyIncomingCall", { callId: "in-1", incoming: true, status: "RING" });
  return setting;
}

/** A browser that says no to cameras, and yes to microphones. */
function without(name, asked = []) {
  return async (constraints) => {
    asked.push(constraints);
    if (constraints.video) throw Object.assign(new Error("no"), { name });
    const [stream] = await Promise.all([fakeEnvironment().environment.getUserMedia(constraints)]);
    return stream;
  };
}

test("a video call opens microphone and camera by one question and says so", async () => {
  const { asked, call, socket, connections, accept, noted } = await outgoing(true);
  assert.equal(asked.length, 1);
  assert.deepEqual(asked[0].video, {
    width: { ideal: 640 },
    height: { ideal: 480 },
    frameRate: { ideal: 30 },
    facingMode: "user",
  });
  assert.equal(socket.last().data[0].hasVideo, true);
  assert.deepEqual([call.hasVideo, call.isVideoMuted], [true, false]);
  assert.deepEqual(
    call.localStream.getTracks().map(({ kind }) => kind),
    ["audio", "video"],
  );
  await accept(withVideo());
  assert.equal(call.videoDirection, "sendrecv");
  assert.deepEqual(noted("video"), [true]);
  assert.equal(connections[0].video.sender.track, call.localStream.getVideoTracks()[0]);
});

test("constraints for the camera are taken as they are", async () => {
  const { asked } = await outgoing({ width: 320, facingMode: "environment" });
  assert.deepEqual(asked[0].video, { width: 320, facingMode: "environment" });
});

test("a call of audio asks for no camera, whatever else it asks for", async () => {
  const setting = await ready();
  const constraints = { audio: { echoCancellation: false }, video: true };
  setting.watch(setting.session.createCall({ callee: "1002", constraints, video: false }));
  setting.call.call();
  await settle();
  assert.deepEqual(setting.asked, [{ audio: { echoCancellation: false } }]);
  assert.equal(setting.socket.last().data[0].hasVideo, false);
  assert.equal(setting.call.hasVideo, false);
});

for (const [what, answer] of [
  ["refused", AUDIO_ONLY],
  ["left out", "answer-without-video"],
  ["inactive", withVideo("inactive")],
]) {
  test(`video that is ${what} in the answer leaves an audio call, and the camera is closed`, async () => {
    const { call, noted, accept } = await outgoing(true);
    const [camera] = call.localStream.getVideoTracks();
    assert.equal(camera.stopped, false);
    await accept(answer);
    assert.equal(call.state, "ACTIVE");
    assert.deepEqual([call.hasVideo, call.isVideoMuted], [false, true]);
    assert.deepEqual(noted("video"), [true, false]);
    assert.equal(camera.stopped, true);
    assert.deepEqual(
      call.localStream.getTracks().map(({ kind }) => kind),
      ["audio"],
    );
    await assert.rejects(call.unmuteVideo(), /sends no picture/);
  });
}

test("a far end that only shows itself is seen, and our camera is closed", async () => {
  const { call } = await talking(withVideo("sendonly"));
  assert.deepEqual([call.hasVideo, call.videoDirection], [true, "recvonly"]);
  assert.equal(call.isVideoMuted, true);
  await assert.rejects(call.unmuteVideo(), /sends no picture/);
});

test("a far end that only looks is shown our picture", async () => {
  const { call } = await talking(withVideo("recvonly"));
  assert.deepEqual([call.videoDirection, call.isVideoMuted], ["sendonly", false]);
});

for (const [name, cause] of [
  ["NotAllowedError", "camera_refused"],
  ["NotFoundError", "camera_missing"],
  ["NotReadableError", "camera_busy"],
]) {
  test(`a camera with ${name} makes it an audio call, with a sentence (${cause})`, async () => {
    const asked = [];
    const { call, noted, socket } = await outgoing(true, { getUserMedia: without(name, asked) });
    assert.equal(asked.length, 2);
    const [warning] = noted("warning");
    assert.equal(warning.cause, cause);
    assert.notEqual(warning.text, "");
    assert.notEqual(warning.remedy, "");
    assert.equal(socket.last().message, "call");
    assert.equal(socket.last().data[0].hasVideo, false);
    assert.deepEqual([call.state, call.hasVideo], ["CONNECTING", false]);
  });

  test(`the same when an incoming call is answered (${cause})`, async () => {
    const setting = await ringing(withVideo(), { getUserMedia: without(name) });
    setting.call.answer({ video: true });
    await settle();
    assert.equal(setting.noted("warning")[0].cause, cause);
    assert.equal(setting.socket.last().message, "answer");
    assert.equal(setting.socket.last().data[0].hasVideo, false);
    assert.equal(setting.connections[0].video, undefined, "its video is refused");
  });
}

test("a question for both that stays open ends the call", async () => {
  const setting = await outgoing(true, { getUserMedia: () => new Promise(() => undefined) });
  for (let s = 0; s < 60; s += 5) {
    setting.socket.say("ping");
    await setting.clock.advance(5_000);
  }
  assert.equal(setting.call.cause.cause, "camera_timeout");
  assert.deepEqual(
    setting.socket.names().filter((name) => name === "call"),
    [],
  );
});

test("an incoming call tells whether it has video, and is answered with it or without", async () => {
  for (const video of [true, false, undefined]) {
    const { call, asked, socket, connections } = await ringing(withVideo());
    assert.equal(call.hasVideo, true);
    call.answer({ video });
    await settle();
    assert.equal("video" in asked[0], video === true);
    assert.equal(call.hasVideo, video === true);
    assert.equal(socket.last().data[0].hasVideo, video === true);
    assert.equal(connections[0].video?.currentDirection, video ? "sendrecv" : undefined);
  }
});

test("an answer refuses video by port 0, outside the bundle, and leaves audio as it is", () => {
  const [head, audio, video] = [
    "v=0\r\na=group:BUNDLE 0 v1\r\n",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendrecv\r\n",
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:v1\r\na=inactive\r\n",
  ];
  const alone = head.replace(" v1", "");
  assert.equal(refuseVideo(head + audio + video), alone + audio + video.replace(" 9 ", " 0 "));
  const right = alone + audio + video.replace(" 9 ", " 0 ");
  assert.equal(refuseVideo(right), right);
  assert.equal(refuseVideo(alone + audio), alone + audio);
});

test("no camera is opened for a call that has no video", async () => {
  for (const sdp of ["offer-of-gateway", AUDIO_ONLY]) {
    const { call, asked, noted } = await ringing(sdp);
    assert.equal(call.hasVideo, false);
    call.answer({ video: true });
    await settle();
    assert.ok(!asked[0].video);
    assert.deepEqual([call.hasVideo, noted("warning")], [false, []]);
  }
});

test("switching the picture off and on is the track's alone, and is told", async () => {
  const { call, noted, socket } = await talking(withVideo());
  const [track] = call.localStream.getVideoTracks();
  const said = socket.sent.length;
  call.muteVideo();
  call.muteVideo();
  assert.deepEqual([track.enabled, track.stopped, call.isVideoMuted], [false, false, true]);
  await call.unmuteVideo();
  assert.deepEqual([track.enabled, call.isVideoMuted], [true, false]);
  assert.deepEqual(noted("videoMuted"), [false, true, false]);
  assert.equal(socket.sent.length, said);
});

test("microphone and camera are muted each for itself", async () => {
  const { call } = await talking(withVideo());
  call.muted = true;
  assert.equal(call.localStream.getVideoTracks()[0].enabled, true);
  call.muteVideo();
  call.muted = false;
  assert.equal(call.localStream.getAudioTracks()[0].enabled, true);
  assert.equal(call.localStream.getVideoTracks()[0].enabled, false);
});

test("all is closed when the call ends", async () => {
  const { call, socket, clock } = await talking(withVideo());
  const tracks = call.localStream.getTracks();
  socket.say("finish", { callId: call.id, status: "FINISH" });
  assert.ok(tracks.length === 2 && tracks.every(({ stopped }) => stopped));
  assert.ok(clock.pending <= 1, "only the session's own watch is left");
});

test("a camera that stops by itself is told, and can be opened again", async () => {
  const { call, connections, noted, asked } = await talking(withVideo());
  const [track] = call.localStream.getVideoTracks();
  track.onended();
  await settle();
  assert.equal(noted("warning")[0].cause, "camera_lost");
  assert.equal(call.isVideoMuted, true);
  assert.equal(connections[0].video.sender.track, null);
  await call.unmuteVideo();
  assert.equal(asked.length, 2);
  assert.equal(connections[0].video.sender.track, call.localStream.getVideoTracks()[0]);
  assert.equal(call.isVideoMuted, false);
});

function camera(setting, settings) {
  setting.call.localStream.getVideoTracks()[0].settings = settings;
}

test("the next camera takes the place of the one before, without an offer", async () => {
  const setting = await talking(withVideo());
  const { call, devices, asked, connections, updates } = setting;
  devices.push(
    { kind: "audioinput", deviceId: "m" },
    { kind: "videoinput", deviceId: "a" },
    { kind: "videoinput", deviceId: "b" },
  );
  camera(setting, { deviceId: "b" });
  const [before] = call.localStream.getVideoTracks();
  await call.switchCamera();
  assert.deepEqual(asked[1].video.deviceId, { exact: "a" });
  assert.ok(!("facingMode" in asked[1].video) && !asked[1].audio);
  assert.equal(before.stopped, true);
  assert.equal(connections[0].video.sender.track, call.localStream.getVideoTracks()[0]);
  assert.deepEqual(updates(), []);
});

test("a phone's camera is turned round, and a muted one stays muted", async () => {
  const setting = await talking(withVideo());
  const { call, asked } = setting;
  camera(setting, { deviceId: "front", facingMode: "user" });
  call.muteVideo();
  await call.switchCamera();
  assert.deepEqual(asked[1].video.facingMode, { exact: "environment" });
  assert.equal(call.localStream.getVideoTracks()[0].enabled, false);
  camera(setting, { deviceId: "back", facingMode: "environment" });
  await call.switchCamera();
  assert.deepEqual(asked[2].video.facingMode, { exact: "user" });
});

test("where there is no other camera the picture stays", async () => {
  const setting = await talking(withVideo());
  const { call, devices, asked } = setting;
  devices.push({ kind: "videoinput", deviceId: "a" });
  camera(setting, { deviceId: "a" });
  await assert.rejects(call.switchCamera(), (error) => error.cause.cause === "camera_missing");
  assert.equal(asked.length, 1);
  assert.equal(call.localStream.getVideoTracks()[0].stopped, false);
});

test("a camera that cannot be opened leaves the one before", async () => {
  const fake = fakeEnvironment();
  const getUserMedia = (constraints) =>
    constraints.video?.facingMode?.exact
      ? Promise.reject(Object.assign(new Error("busy"), { name: "NotReadableError" }))
      : fake.environment.getUserMedia(constraints);
  const setting = await talking(withVideo(), true, { getUserMedia });
  camera(setting, { deviceId: "front", facingMode: "user" });
  await assert.rejects(setting.call.switchCamera(), ZvonokError);
  assert.deepEqual(fake.asked.at(-1).video.deviceId, { exact: "front" });
  assert.equal(setting.call.localStream.getVideoTracks().length, 1);
  assert.equal(setting.call.isVideoMuted, false);
});

test("the far end adds its picture: it is seen, and the camera waits for the person", async () => {
  const setting = await talking("answer-of-gateway", false);
  const { call, connections, asked, updates, noted, offer } = setting;
  assert.equal(call.hasVideo, false);
  await offer(withVideo());
  assert.deepEqual(updates(), [
    { callId: call.id, type: "answer", sdp: "answer-of-browser", reason: "video" },
  ]);
  assert.deepEqual(noted("video"), [true]);
  assert.deepEqual([call.videoDirection, call.isVideoMuted], ["sendrecv", true]);
  assert.equal(asked.length, 1, "no camera was asked for");
  await call.unmuteVideo();
  assert.ok(asked[1].video && !asked[1].audio);
  assert.equal(connections[0].video.sender.track, call.localStream.getVideoTracks()[0]);
  assert.equal(updates().length, 1, "nothing had to be offered for it");
  await offer(AUDIO_ONLY);
  assert.deepEqual([call.hasVideo, call.isVideoMuted], [false, true]);
  assert.equal(updates().length, 2);
  assert.equal(call.state, "ACTIVE");
});

test("both tracks of the far end are in one stream", async () => {
  const { call, connections, noted } = await talking(withVideo());
  const tracks = [new FakeTrack("audio"), new FakeTrack("video")];
  for (const track of tracks) connections[0].ontrack({ streams: [], track });
  assert.deepEqual(call.remoteStream.getTracks(), tracks);
  assert.deepEqual(noted("stream"), [call.remoteStream, call.remoteStream]);
});

test("an offer that the browser cannot take is given back, and the call stays", async () => {
  const { call, connections, updates, offer } = await talking("answer-of-gateway", false);
  connections[0].fail = true;
  await offer(withVideo());
  assert.deepEqual(updates(), [{ callId: call.id, type: "rollback", reason: "video" }]);
  assert.deepEqual([call.state, call.hasVideo], ["ACTIVE", false]);
});

test("an offer of a gateway that was not granted any is not followed", async () => {
  const granted = { ...GRANTED, features: ["resume"] };
  const setting = await talking("answer-of-gateway", false, {}, granted);
  const before = setting.connections[0].remote.length;
  await setting.offer(withVideo());
  assert.equal(setting.connections[0].remote.length, before);
  assert.deepEqual(setting.updates(), []);
});

test("an offer before the first exchange is given back", async () => {
  const setting = await outgoing(false);
  await setting.offer(withVideo());
  assert.deepEqual(
    setting.updates().map(({ type }) => type),
    ["rollback"],
  );
});

/** The gateway's offer has come while one of ours is out. */
async function crossed() {
  const setting = await talking("answer-of-gateway", false);
  setting.connections[0].become("disconnected");
  await settle();
  await setting.offer(withVideo());
  assert.deepEqual(
    setting.updates().map(({ type, reason }) => [type, reason]),
    [["offer", "restart"]],
    "theirs waits",
  );
  return setting;
}

test("offers cross, and ours is answered: theirs is given back, made anew and taken", async () => {
  const setting = await crossed();
  const { call, socket, updates, connections, offer } = setting;
  socket.say("zvUpdate", { callId: call.id, type: "answer", sdp: "restarted", reason: "restart" });
  connections[0].become("connected");
  await settle();
  assert.equal(updates().at(-1).type, "rollback");
  assert.equal(call.hasVideo, false);
  await offer(withVideo());
  assert.equal(updates().at(-1).type, "answer");
  assert.equal(call.hasVideo, true);
});

test("offers cross, and ours is refused: theirs is taken, and ours is made anew later", async () => {
  const setting = await crossed();
  const { call, socket, updates, clock } = setting;
  socket.say("fail", { apiMethod: "ErrorStatusEvent", id: call.id, cause: "bad_client_sdp" });
  await settle();
  assert.equal(updates().at(-1).type, "answer");
  assert.equal(call.hasVideo, true);
  await clock.advance(5_000);
  assert.equal(updates().at(-1).reason, "restart");
});

test("of two offers that wait the first is given back, and the second counts", async () => {
  const { socket, call, updates, offer } = await crossed();
  await offer(AUDIO_ONLY);
  assert.deepEqual(
    updates().map(({ type }) => type),
    ["offer", "rollback"],
  );
  socket.say("fail", { apiMethod: "ErrorStatusEvent", id: call.id, cause: "bad_client_sdp" });
  await settle();
  assert.equal(updates().at(-1).type, "answer");
  assert.equal(call.hasVideo, false);
});

test("an offer that waits when the gateway goes away is forgotten", async () => {
  const setting = await crossed();
  await lose(setting);
  const socket = welcome(setting, "token-2", { calls: [setting.entry] });
  await setting.clock.advance(0);
  assert.deepEqual(
    setting.updates(socket).map(({ type, reason }) => [type, reason]),
    [["offer", "restart"]],
  );
  assert.equal(setting.call.hasVideo, false);
});

test("the pictures of a call are told every two seconds, as long as it has any", async () => {
  const setting = await talking(withVideo());
  const { connections, clock, noted, offer, socket } = setting;
  const report = (type, frames, ms) => ({
    ...{ type, id: type, kind: "video", timestamp: ms, frameWidth: 320, frameHeight: 240 },
    [type === "inbound-rtp" ? "framesDecoded" : "framesEncoded"]: frames,
  });
  connections[0].stats = [report("inbound-rtp", 30, 2_000), report("outbound-rtp", 0, 2_000)];
  await clock.advance(2_000);
  assert.deepEqual(noted("pictures"), [{ received: { width: 320, height: 240, fps: 15 } }]);
  connections[0].stats = [report("inbound-rtp", 60, 4_000), report("outbound-rtp", 30, 4_000)];
  await clock.advance(2_000);
  assert.deepEqual(noted("pictures").at(-1).received.fps, 15);
  assert.equal(noted("pictures").at(-1).sent.width, 320);
  connections[0].stats = [report("inbound-rtp", 60, 6_000)];
  await clock.advance(2_000);
  assert.equal(noted("pictures").at(-1).received.fps, 0);
  await offer(AUDIO_ONLY);
  socket.say("ping");
  await clock.advance(4_000);
  assert.equal(noted("pictures").length, 3);
});

const SAVED = { url: "wss://gateway:8443", token: "t", login: "1001", domain: "d", calls: ["c1"] };

for (const video of [undefined, true]) {
  test(`a reloaded page takes the picture up again, its camera ${video ? "on" : "off"}`, async () => {
    const fake = fakeEnvironment();
    const session = new ZvonokSession(fake.environment);
    let call;
    session.on("resumed", (resumed) => (call = resumed));
    void session.resume({ ...SAVED, registerRequired: true });
    const entry = { callId: "c1", status: "ESTABLISHED", incoming: true, hasVideo: true };
    const socket = welcome(fake, "token-2", { calls: [entry] });
    await fake.clock.advance(0);
    assert.equal(call.hasVideo, true);
    const attached = call.attach({ video });
    await settle();
    assert.equal("video" in fake.asked[0], video === true);
    assert.equal(fake.connections[0].video.direction, "sendrecv");
    socket.say("zvUpdate", { callId: "c1", type: "answer", sdp: withVideo(), reason: "reload" });
    await attached;
    assert.deepEqual([call.videoDirection, call.isVideoMuted], ["sendrecv", !video]);
    await call.unmuteVideo();
    assert.equal(fake.connections[0].video.sender.track.kind, "video");
  });
}

test("a reloaded call without video opens no camera", async () => {
  const fake = fakeEnvironment();
  const session = new ZvonokSession(fake.environment);
  let call;
  session.on("resumed", (resumed) => (call = resumed));
  void session.resume({ ...SAVED, registerRequired: true });
  welcome(fake, "token-2", { calls: [{ callId: "c1", status: "ESTABLISHED", incoming: true }] });
  await fake.clock.advance(0);
  void call.attach({ video: true });
  await settle();
  assert.equal(fake.asked.length, 1);
  assert.ok(!fake.asked[0].video);
  assert.equal(fake.connections[0].video, undefined);
});
