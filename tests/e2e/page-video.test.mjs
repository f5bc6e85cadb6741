// The phone page in Chromium in calls with video, against a scripted gateway whose far end is a peer connection of its
// own: what is seen, at both ends, and what a person can do. ZV_PICTURES=DIR keeps pictures of it, on a phone that is held
// upright or on its side, and on a desk.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { ring, startMockGateway } from "./mock/gateway.mjs";
import { FAR_BARS, defineFigure, openFarEnd } from "./mock/picture.mjs";
import { PAGE_BARS, Stage, launchChromium, until } from "./peers/index.mjs";

let stage;
let chromium;

before(async () => {
  stage = await Stage.open("page-video");
  const args = [
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--use-fake-device-for-media-stream=device-count=2",
  ];
  chromium = await stage.run(() => launchChromium(stage, { args }));
});

after(() => stage.close());

const SIZES = {
  phone: { width: 390, height: 844 },
  side: { width: 844, height: 390 },
  desk: { width: 1280, height: 800 },
};
const QUERY = "?login=1001&domain=zvonok.test&callee=1002#password=secret1001";

const scene = (name, action) =>
  test(name, { timeout: 90_000 }, () =>
    stage.run(async () => {
      const view = await action();
      await view.close();
    }),
  );

/** The gateway's part of calls with a far end. `direction` of its video. */
const script = (far, direction) => ({
  async call(client, { callId, caller, callee, sdp, hasVideo }) {
    const call = { callId, caller, callee, incoming: false, hasVideo };
    client.call = call;
    client.report("notifyTryingResponse", call, "TRYING");
    client.report("ring", call, "RING", { sipStatus: 180 });
    client.say("setRemoteSDP", callId, await far.answer(sdp, direction), true);
    client.report("talk", call, "ESTABLISHED", { sipStatus: 200 });
  },
  async answer(client, { sdp }) {
    await far.accept(sdp);
    client.report("talk", client.call, "ESTABLISHED", { sipStatus: 200 });
  },
  async zvUpdate(client, { callId, type, sdp, reason }) {
    if (type === "answer") await far.accept(sdp);
    else client.say("zvUpdate", { callId, type: "answer", sdp: await far.answer(sdp), reason });
  },
});

/** A page that is registered, with a camera, and a far end. */
async function connected({ direction, far: picture, prepare, ...options } = {}) {
  const far = await openFarEnd(chromium.browser, picture);
  const gateway = await startMockGateway(stage, { script: script(far, direction) });
  const defaults = { camera: "bars", viewport: SIZES.phone };
  const view = await chromium.open("about:blank", { ...defaults, ...options });
  const { page } = view;
  await prepare?.(page);
  await page.goto(gateway.page + QUERY);
  const button = (name) => page.getByRole("button", { name, exact: true });
  const press = (name) => button(name).click();
  await press("Connect");
  const status = (text) =>
    page.locator("#status", { hasText: text }).waitFor({ state: "attached" });
  await status("Registered. You can call and be called.");
  const close = async () => {
    await Promise.all([view.close(), far.close()]);
  };
  const waiting = (text) => page.locator("#waiting", { hasText: text }).waitFor();
  const received = (name) => gateway.client.received.filter(({ message }) => message === name);
  return { ...view, far, gateway, button, press, status, waiting, received, close };
}

async function calling(options) {
  const view = await connected(options);
  await view.press("Video call");
  await view.status("Talking with 1002.");
  return view;
}

async function ringing({ video = true, ...options } = {}) {
  const view = await connected(options);
  ring(view.gateway.client, "1002", "Anna Berg", await view.far.offer(video));
  await view.status("Anna Berg is calling you.");
  return view;
}

const pageSees = ({ sees }, bars = FAR_BARS) =>
  until(20_000, `the page sees ${bars}`, async () => (await sees("#picture")) === bars, 100);
const farSees = ({ far }, bars = PAGE_BARS) =>
  until(20_000, `the far end sees ${bars}`, async () => (await far.sees()) === bars, 100);
const bothSee = (view) => Promise.all([pageSees(view), farSees(view)]);

async function keepPicture({ page }, name) {
  const folder = process.env.ZV_PICTURES;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

async function keepPictures(view, name) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await view.page.setViewportSize(viewport);
    await keepPicture(view, `${name}-${size}`);
  }
  await view.page.setViewportSize(SIZES.phone);
}

scene("a video call is seen at both ends, and ends as calls do", async () => {
  const view = await connected();
  const { page, press } = view;
  await press("Video call");
  await view.status("Talking with 1002.");
  const [{ data }] = view.received("call");
  assert.equal(data.hasVideo, true);
  assert.match(data.sdp, /^m=video /m);
  await bothSee(view);
  const { received } = await view.video();
  assert.ok(received.framesDecoded > 0 && received.frameHeight > 0, JSON.stringify(received));
  assert.equal(await view.sees("#own"), PAGE_BARS);
  assert.match(await page.locator("#own").getAttribute("class"), /mirror/);
  await page.locator("#waiting").waitFor({ state: "hidden" });
  await press("Hangup");
  await page.locator("#stage").waitFor({ state: "hidden" });
  await page.locator("#account").waitFor();
  const open = await page.evaluate(() => {
    const videos = ["picture", "own"].map((id) => document.getElementById(id).srcObject);
    return videos.filter(Boolean).length;
  });
  assert.equal(open, 0);
  assert.deepEqual(view.problems, []);
  return view;
});

/** Runs inside the page: its camera shows somebody. */
function showFigure(size) {
  const { getUserMedia } = navigator.mediaDevices;
  const canvas = Object.assign(document.createElement("canvas"), size);
  setInterval(() => window.drawFigure(canvas, "#8fa8b8", "#31415f", "#d9a47f", "#1f1a17"), 66);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await getUserMedia.call(navigator.mediaDevices, constraints);
    for (const track of stream.getVideoTracks()) stream.removeTrack(track);
    if (constraints.video) stream.addTrack(canvas.captureStream(15).getVideoTracks()[0]);
    return stream;
  };
}

for (const [size, own] of [
  ["phone", { width: 360, height: 480 }],
  ["desk", { width: 640, height: 480 }],
]) {
  scene(`what a person sees on a ${size}, for the documentation`, async () => {
    const view = await connected({
      viewport: SIZES[size],
      far: size === "phone" ? { width: 480, height: 640, figure: true } : { figure: true },
      prepare: async (page) => {
        await page.addInitScript(defineFigure);
        await page.addInitScript(showFigure, own);
      },
    });
    const { page, gateway } = view;
    ring(gateway.client, "1002", "Anna Berg", await view.far.offer());
    await view.press("Answer with video");
    await page.locator("#phase", { hasText: "0:05" }).waitFor();
    await page.locator("#waiting").waitFor({ state: "hidden" });
    await until(10_000, "the own picture", () =>
      page.evaluate(() => document.getElementById("own").videoWidth),
    );
    await keepPicture(view, `video-${size}`);
    return view;
  });
}

/** Where things are, and whether anything has to be scrolled for. */
const measure = (page) =>
  page.evaluate(() => {
    const boxOf = (id) => {
      const { left, top, right, bottom, width, height } = document
        .getElementById(id)
        .getBoundingClientRect();
      return { left, top, right, bottom, width, height };
    };
    const { scrollWidth, scrollHeight } = document.documentElement;
    const [width, height] = [innerWidth, innerHeight];
    const ids = ["stage", "picture", "own", "mute", "camera", "hangup"];
    const boxes = Object.fromEntries(ids.map((id) => [id, boxOf(id)]));
    return { width, height, scrolls: scrollWidth > width || scrollHeight > height, boxes };
  });

for (const [size, viewport] of Object.entries(SIZES)) {
  scene(`on a screen like a ${size}'s all is in sight, and most of it is the picture`, async () => {
    const view = await calling({ viewport });
    await bothSee(view);
    const { width, height, scrolls, boxes } = await measure(view.page);
    assert.equal(scrolls, false);
    for (const [id, { left, top, right, bottom }] of Object.entries(boxes)) {
      const inside = left >= 0 && top >= 0 && right <= width && bottom <= height;
      assert.ok(inside, `${id}: ${JSON.stringify(boxes[id])}`);
    }
    const { stage: whole, own } = boxes;
    assert.ok(whole.width * whole.height >= 0.6 * width * height, JSON.stringify(whole));
    assert.ok(own.width * own.height <= 0.15 * whole.width * whole.height, JSON.stringify(own));
    for (const id of ["mute", "camera", "hangup"]) {
      const { width: w, height: h } = boxes[id];
      assert.ok(w >= 44 && h >= 44, `${id} is ${w} x ${h}`);
    }
    return view;
  });
}

scene("an upright picture is shown whole, and whole again when it is turned", async () => {
  const view = await calling({ far: { width: 240, height: 320 } });
  const { page, far } = view;
  await pageSees(view);
  const isUpright = () =>
    page.evaluate(() => {
      const { videoWidth, videoHeight } = document.getElementById("picture");
      return videoHeight > videoWidth;
    });
  assert.equal(await isUpright(), true);
  const fit = await page.locator("#picture").evaluate((video) => getComputedStyle(video).objectFit);
  assert.equal(fit, "contain");
  await keepPictures(view, "upright");
  await far.turn();
  await until(20_000, "the picture is turned", async () => !(await isUpright()), 100);
  await pageSees(view);
  return view;
});

scene("camera and microphone are switched off each for itself, by the keyboard too", async () => {
  const view = await calling({ viewport: SIZES.desk });
  const { page, button, press } = view;
  await bothSee(view);
  await button("Hangup").focus();
  const ways = [];
  const along = ["mute", "camera", "flip", "hold", "keys", "hangup"];
  for (const _ of along) {
    ways.unshift(await page.evaluate(() => document.activeElement.id));
    await page.keyboard.press("Shift+Tab");
  }
  assert.deepEqual(ways, along);
  await button("Camera off").focus();
  await page.keyboard.press("Enter");
  await button("Camera on").waitFor();
  assert.equal(await page.locator("#camera").getAttribute("aria-pressed"), "true");
  assert.equal(await page.locator("#mute").getAttribute("aria-pressed"), "false");
  assert.ok(await page.locator("#own").isHidden());
  await until(20_000, "the far end sees black", async () =>
    (await view.far.sees()).startsWith("black"),
  );
  await page.keyboard.press("Enter");
  await button("Camera off").waitFor();
  await farSees(view);
  await press("Mute");
  await button("Unmute").waitFor();
  assert.equal(await page.locator("#camera").getAttribute("aria-pressed"), "false");
  assert.equal(view.received("zvUpdate").length, 0, "nothing of it is on the wire");
  return view;
});

scene("the next of two cameras is shown, without an offer", async () => {
  const view = await calling({ camera: "device" });
  const { page, press } = view;
  const label = () =>
    page.evaluate(() => document.getElementById("own").srcObject?.getVideoTracks()[0].label);
  await pageSees(view);
  const first = await label();
  await press("Flip");
  const isAnother = async () => ![first, undefined].includes(await label());
  await until(10_000, "another camera", isAnother);
  // Chromium's second fake camera takes depths, which nobody encodes: back to the first one.
  await press("Flip");
  await until(10_000, "the first camera", async () => (await label()) === first);
  const sent = async () => (await view.video()).sent.framesEncoded;
  const before = await sent();
  await until(10_000, "its picture is sent", async () => (await sent()) > before);
  assert.equal(view.received("zvUpdate").length, 0);
  await page.locator("#camera").click();
  await page.locator("#flip").waitFor({ state: "hidden" });
  return view;
});

const REFUSALS = {
  refused: ["The browser did not allow the camera.", "Allow it in the site settings"],
  missing: ["No camera was found.", "Connect one, then try again."],
};
for (const [camera, [text, remedy]] of Object.entries(REFUSALS)) {
  scene(`a camera that is ${camera} makes it an audio call, with a sentence`, async () => {
    const view = await calling({ camera });
    const { page } = view;
    await page.locator("#lack", { hasText: text }).waitFor();
    await page.locator("#lack", { hasText: remedy }).waitFor();
    assert.ok(await page.locator("#stage").isHidden());
    assert.ok(await page.locator("#camera").isHidden());
    assert.equal(view.received("call")[0].data.hasVideo, false);
    await keepPictures(view, `camera-${camera}`);
    await view.press("Hangup");
    await view.status("The call was hung up.");
    await view.press("Call");
    await view.status("Talking with 1002.");
    assert.ok(await page.locator("#lack").isHidden(), "gone with its call");
    return view;
  });
}

scene("a far end without video leaves the page of an audio call", async () => {
  const view = await calling({ direction: "refused" });
  const { page } = view;
  assert.ok(await page.locator("#stage").isHidden());
  assert.ok(await page.locator("#camera").isHidden());
  assert.ok(await page.locator("#account").isVisible());
  return view;
});

scene("an incoming video call is answered with video", async () => {
  const view = await ringing();
  const { page } = view;
  await page.locator("#phase", { hasText: "Incoming video call" }).waitFor();
  assert.ok(await page.locator("#stage").isHidden());
  for (const viewport of Object.values(SIZES)) {
    await page.setViewportSize(viewport);
    const { y, height } = await view.button("Answer with video").boundingBox();
    assert.ok(y + height <= viewport.height, "nobody has to scroll to answer");
  }
  await keepPictures(view, "ringing");
  await view.press("Answer with video");
  await view.status("Talking with Anna Berg.");
  await bothSee(view);
  return view;
});

scene("an incoming video call is answered without", async () => {
  const view = await ringing();
  await view.press("Answer");
  await view.status("Talking with Anna Berg.");
  assert.ok(await view.page.locator("#stage").isHidden());
  assert.match(view.received("answer")[0].data.sdp, /^m=video 0 /m);
  return view;
});

scene("a call without video offers no answer with it", async () => {
  const view = await ringing({ video: false });
  assert.ok(await view.button("Answer with video").isHidden());
  await view.page.locator("#phase", { hasText: "Incoming call" }).waitFor();
  return view;
});

scene("the far end adds its picture, the person the own one, and both go again", async () => {
  const view = await ringing({ video: false });
  const { page, far, gateway } = view;
  await view.press("Answer");
  await view.status("Talking with Anna Berg.");
  const { callId } = gateway.client.call;
  const offer = async (video) => {
    const sdp = await far.offer(video);
    gateway.client.say("zvUpdate", { callId, type: "offer", sdp, reason: "video" });
  };
  await offer(true);
  await pageSees(view);
  assert.ok(await page.locator("#own").isHidden(), "the camera waits");
  await view.press("Camera on");
  await farSees(view);
  await page.locator("#own").waitFor();
  await offer(false);
  await page.locator("#stage").waitFor({ state: "hidden" });
  assert.ok(await page.locator("#camera").isHidden());
  assert.ok(await page.locator("#talk").isVisible());
  return view;
});

scene("a picture that has not come or does not come any more is said", async () => {
  const view = await calling();
  const { page, far, gateway } = view;
  await pageSees(view);
  await far.send(false);
  await view.waiting("No picture comes from 1002 at the moment.");
  await keepPictures(view, "no-picture");
  await far.send(true);
  await page.locator("#waiting").waitFor({ state: "hidden" });
  gateway.client.report("hold", gateway.client.call, "HOLD");
  await view.waiting("There is no picture while the call is on hold.");
  return view;
});

scene("a far end that sends no picture is said to see ours", async () => {
  const view = await calling({ direction: "recvonly" });
  await view.waiting("1002 sends no picture, and can see yours.");
  await farSees(view);
  return view;
});

const FOUND = {
  leg: "sip",
  code: "nothing_came",
  severity: "error",
  text: "no packet has come from the other side",
  remedy: "let the SIP server send to the address that the gateway's SDP names",
  since: 5000,
};

scene("what is wrong is said in a video call as in any other", async () => {
  const view = await calling();
  const { page, gateway } = view;
  await pageSees(view);
  gateway.client.say("zvVerdict", { callId: gateway.client.call.callId, ...FOUND });
  await page.locator("#verdict", { hasText: "No packet has come from the other side." }).waitFor();
  for (const viewport of Object.values(SIZES)) {
    await page.setViewportSize(viewport);
    const { boxes, height, scrolls } = await measure(page);
    assert.ok(boxes.hangup.bottom <= height && !scrolls, JSON.stringify(viewport));
  }
  await keepPictures(view, "verdict");
  return view;
});

scene("a page that is reloaded sees again, and its camera waits for the person", async () => {
  const view = await calling();
  const { page } = view;
  await bothSee(view);
  await page.evaluate(() => localStorage.setItem("seen", "1"));
  await page.addInitScript(() => {
    navigator.permissions.query = async () => ({ state: "granted" });
  });
  await page.reload();
  await view.status("Talking with 1002.");
  await pageSees(view);
  assert.ok(await page.locator("#own").isHidden());
  await view.press("Camera on");
  await farSees(view);
  return view;
});

scene("a lost connection is said, and the picture stays", async () => {
  const view = await calling();
  const { page, gateway } = view;
  await pageSees(view);
  gateway.leave();
  await page.locator("#status", { hasText: "Connection lost; the call goes on." }).waitFor();
  assert.ok(await page.locator("#stage").isVisible());
  gateway.come();
  await view.status("Talking with 1002.");
  await until(10_000, "a restart is offered", () => view.received("zvUpdate")[0]);
  await pageSees(view);
  return view;
});
