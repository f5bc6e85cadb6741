// The phone page in Chromium against a scripted gateway: the connection is lost, the page is reloaded, and what is heard
// is shown. ZV_PICTURES=DIR keeps pictures of what a person sees, on a phone and on a desk.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { ring, startMockGateway } from "./mock/gateway.mjs";
import { launchChromium } from "./peers/chromium.mjs";
import { Stage, until } from "./peers/stage.mjs";

let stage;
let chromium;

before(async () => {
  stage = await Stage.open("page-return");
  chromium = await stage.run(() => launchChromium(stage));
});

after(() => stage.close());

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 800 };
const QUERY = "?login=1001&domain=zvonok.test&callee=1002#password=secret1001";

const scene = (name, action) =>
  test(name, { timeout: 60_000 }, () =>
    stage.run(async () => {
      const view = await action();
      await view.close();
    }),
  );

/** A page that is registered. `microphone`: what the browser says when it is asked for the permission. */
async function connected({ script, microphone = "granted", ...options } = {}) {
  const gateway = await startMockGateway(stage, { script });
  const view = await chromium.open("about:blank", { viewport: PHONE, ...options });
  const { page } = view;
  await page.addInitScript((state) => {
    navigator.permissions.query = async () => ({ state });
  }, microphone);
  await page.goto(gateway.page + QUERY);
  const status = (text) => page.locator("#status", { hasText: text }).waitFor();
  const press = (name) => page.getByRole("button", { name, exact: true }).click();
  const received = (name) => gateway.client.received.filter(({ message }) => message === name);
  const arrives = (name) => until(10_000, `${name} arrives`, () => received(name)[0]?.data);
  await press("Connect");
  await status("Registered. You can call and be called.");
  return { ...view, gateway, status, press, received, arrives };
}

/** An incoming call that was answered: descriptions were exchanged. */
async function talking(options) {
  const view = await connected(options);
  const call = ring(view.gateway.client, "1002", "Anna Berg");
  await view.press("Answer");
  await view.status("Talking with Anna Berg.");
  return { ...view, call };
}

async function keepPictures({ page }, name) {
  const folder = process.env.ZV_PICTURES;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  for (const [size, viewport] of Object.entries({ 390: PHONE, 1280: DESK })) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      const file = path.join(folder, `${name}-${size}-${colorScheme}.png`);
      await page.screenshot({ path: file, fullPage: true });
    }
  }
  await page.setViewportSize(PHONE);
}

/** A connection that could not be opened is no fault of the page. */
const serious = (problems) => problems.filter((text) => !/WebSocket connection to/.test(text));

const LOST = "Connection lost; the call goes on. Reconnecting…";

scene("a lost connection is said, the call stays, and the audio looks for a new path", async () => {
  const view = await talking();
  const { page, gateway } = view;
  gateway.leave();
  await view.status(LOST);
  assert.equal(await page.locator("#badge").textContent(), "Reconnecting");
  assert.ok(await page.locator("#talk").isVisible());
  assert.equal(await page.locator("#notice").getAttribute("data-tone"), "warn");
  await keepPictures(view, "reconnecting");
  gateway.come();
  await view.status("Talking with Anna Berg.");
  await page.locator("#badge", { hasText: "Registered" }).waitFor();
  const [{ data }] = gateway.client.received;
  assert.equal(data.authToken, "mock");
  assert.ok(!("sipPassword" in data));
  assert.equal((await view.arrives("zvUpdate")).reason, "restart");
  assert.deepEqual(serious(view.problems), []);
  return view;
});

scene("what was missed is told after the return: the other side has hung up", async () => {
  const view = await talking();
  const { gateway } = view;
  const { client } = gateway;
  gateway.leave();
  await view.status(LOST);
  client.report("finish", view.call, "FINISH", { cause: "normal", text: "the far end hung up" });
  gateway.come();
  await view.status("The far end hung up.");
  assert.ok(await view.page.locator("#talk").isHidden());
  return view;
});

scene(
  "a call hung up while the gateway is away ends here at once, and there on the return",
  async () => {
    const view = await talking();
    view.gateway.leave();
    await view.status(LOST);
    await view.press("Hangup");
    await view.page.locator("#talk").waitFor({ state: "hidden" });
    view.gateway.come();
    await view.status("Registered. You can call and be called.");
    assert.deepEqual(await view.arrives("hangup"), { callId: view.call.callId });
    return view;
  },
);

scene("a gateway that has forgotten the session is said, with what to do", async () => {
  const view = await talking();
  view.gateway.session.token = "another";
  view.gateway.client.socket.terminate();
  await view.status("The session of this token no longer exists.");
  await view.page.locator("#remedy", { hasText: "Connect with the SIP account again." }).waitFor();
  assert.ok(await view.page.locator("#talk").isHidden());
  assert.equal(await view.page.evaluate(() => sessionStorage.length), 0);
  await view.press("Connect");
  await view.status("Registered. You can call and be called.");
  return view;
});

scene("a gateway that is about to restart is said, and the page comes back by itself", async () => {
  const view = await talking();
  const { gateway } = view;
  const reason = {
    cause: "draining",
    text: "the gateway is about to restart and takes no new calls",
    remedy: "try again in a minute",
  };
  gateway.client.say("zvDrain", { status: "DRAINING", leftMs: 65_000, ...reason });
  await view.status("The gateway is about to restart. This call can go on for 1:05.");
  await keepPictures(view, "draining");
  gateway.session.token = "another"; // of the process that comes next
  gateway.client.socket.close(1001, "draining");
  await view.status("The gateway restarts. Connecting again…");
  assert.ok(await view.page.locator("#talk").isHidden());
  await view.status("Registered. You can call and be called.");
  assert.equal((await view.arrives("connection")).sipPassword, "secret1001");
  return view;
});

scene("without a call a lost connection returns as well", async () => {
  const view = await connected();
  view.gateway.leave();
  await view.status(/^Connection lost\. Reconnecting…$/);
  assert.ok(await view.page.locator("#call").isDisabled());
  view.gateway.come();
  await view.status("Registered. You can call and be called.");
  assert.ok(await view.page.locator("#call").isEnabled());
  return view;
});

scene("a page that is reloaded in a call goes on with it by itself where it may", async () => {
  const view = await talking();
  const { page, gateway } = view;
  await page.reload();
  await view.status("Talking with Anna Berg.");
  assert.match(await page.locator("#phase").textContent(), /^1:\d\d$/, "the time goes on");
  assert.equal(await page.locator("#who").textContent(), "1001@zvonok.test");
  const [{ data }] = gateway.client.received;
  assert.deepEqual([data.authToken, data.lastSeq], ["mock", undefined]);
  assert.deepEqual(
    view.received("zvUpdate").map(({ data: { reason, type } }) => [reason, type]),
    [["reload", "offer"]],
  );
  await view.press("Hangup");
  await view.status("The call was hung up.");
  assert.deepEqual(view.problems, []);
  return view;
});

scene("a page that is reloaded twice in a row still finds its call", async () => {
  const view = await talking();
  await view.page.reload();
  await view.page.reload();
  await view.status("Talking with Anna Berg.");
  return view;
});

scene("where the microphone has to be asked for, a button returns to the call", async () => {
  const view = await talking({ microphone: "prompt" });
  const { page } = view;
  await page.reload();
  await view.status("The call with Anna Berg goes on without you.");
  assert.equal(view.received("zvUpdate").length, 0);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "attach");
  assert.ok(await page.locator("#mute").isDisabled());
  await keepPictures(view, "reloaded");
  await page.keyboard.press("Enter");
  await view.status("Talking with Anna Berg.");
  assert.ok(await page.locator("#attach").isHidden());
  assert.ok(await page.locator("#mute").isEnabled());
  return view;
});

scene("a microphone that is refused after a reload leaves the call and the button", async () => {
  const view = await talking();
  const { page } = view;
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () =>
      Promise.reject(new DOMException("no", "NotAllowedError"));
  });
  await page.reload();
  await view.status("The browser did not allow the microphone.");
  await page.getByRole("button", { name: "Return to the call" }).waitFor();
  assert.ok(await page.locator("#talk").isVisible());
  return view;
});

scene("a call that rings rings again after a reload, and is answered", async () => {
  const view = await connected();
  ring(view.gateway.client, "1002", "Anna Berg");
  await view.status("Anna Berg is calling you.");
  await view.page.reload();
  await view.status("Anna Berg is calling you.");
  await view.press("Answer");
  await view.status("Talking with Anna Berg.");
  return view;
});

scene(
  "what is kept for a reload is this tab's alone, without the password, and goes in the end",
  async () => {
    const view = await connected();
    const { page } = view;
    const stored = () =>
      page.evaluate(() => [JSON.stringify(sessionStorage), JSON.stringify(localStorage)]);
    const [tab, all] = await stored();
    assert.ok(tab.includes("mock"), tab);
    assert.ok(!tab.includes("secret1001") && !all.includes("secret1001"));
    assert.ok(!all.includes("mock"), all);
    await page.locator("#account summary").click();
    await view.press("Disconnect");
    await view.status("You disconnected.");
    assert.equal((await stored())[0], "{}");
    await page.reload();
    await page.locator("#badge", { hasText: "Offline" }).waitFor();
    assert.equal(view.gateway.clients.length, 1);
    return view;
  },
);

scene("an address that names another account is not answered with the session before", async () => {
  const view = await connected();
  const { page, gateway } = view;
  await page.goto(`${gateway.page}?login=1003&domain=zvonok.test`);
  assert.equal(await page.getByLabel("SIP login").inputValue(), "1003");
  assert.equal(await page.locator("#badge").textContent(), "Offline");
  assert.equal(gateway.clients.length, 1);
  return view;
});

const FOUND = {
  leg: "sip",
  code: "no_audio",
  severity: "error",
  text: "no audio from the SIP side: packets come from 10.0.0.7:4000, the SDP says 192.0.2.1:9000",
  remedy:
    "let the SIP server send from the address that its SDP names, or switch strict off for this trunk",
  since: 1200,
};

scene("what is wrong with the sound is said in one line, and taken back", async () => {
  const view = await talking();
  const { page, gateway, call } = view;
  const find = (more) =>
    gateway.client.say("zvVerdict", { callId: call.callId, ...FOUND, ...more });
  const line = page.locator("#verdict");
  assert.ok(await line.isHidden());
  find({});
  await line.filter({ hasText: /Problem\s+No audio from the SIP side/ }).waitFor();
  await line.filter({ hasText: "Let the SIP server send from the address" }).waitFor();
  assert.equal(await line.getAttribute("data-severity"), "error");
  assert.equal(await page.locator(".hearing").getAttribute("aria-live"), "polite");
  gateway.client.say("zvQuality", { callId: call.callId, legs: QUALITY });
  await page.locator("#quality summary").click();
  await keepPictures(view, "verdict");
  find({ leg: "web", severity: "warning", code: "loss", text: "8 % of your packets are lost" });
  find({ code: "ok" });
  await line.filter({ hasText: /Warning\s+8 % of your packets are lost\./ }).waitFor();
  await keepPictures(view, "warning");
  find({ leg: "web", code: "ok" });
  await line.waitFor({ state: "hidden" });
  return view;
});

const QUALITY = [
  {
    ...{ leg: "web", mos: 4.36, loss: 0.4, jitterMs: 3.2, rttMs: 21.4, kbps: 32 },
    reported: { mos: 4.21, loss: 1.95, jitterMs: 6 },
  },
  { leg: "sip", mos: 3.6, loss: 2.1, jitterMs: 11, kbps: 64 },
];

scene("the quality of the sound is a word, with figures for those who ask", async () => {
  const view = await talking();
  const { page, gateway, call } = view;
  const say = (legs) => gateway.client.say("zvQuality", { callId: call.callId, legs });
  const word = page.locator("#quality-word");
  assert.ok(await page.locator("#quality").isHidden());
  say(QUALITY);
  await word.filter({ hasText: /^fair$/ }).waitFor();
  assert.ok(await page.locator("#quality-legs").isHidden(), "closed until it is asked for");
  await page.locator("#quality summary").click();
  const lines = await page.locator("#quality-legs > *").allTextContents();
  assert.deepEqual(
    lines.map((line) => line.replaceAll("\u00a0", " ")),
    [
      ...["From you to the gateway", "MOS 4.4 · loss 0.4 % · jitter 3 ms · round trip 21 ms"],
      ...["From the gateway to you", "MOS 4.2 · loss 1.9 % · jitter 6 ms"],
      ...["From the other side to the gateway", "MOS 3.6 · loss 2.1 % · jitter 11 ms"],
    ],
  );
  await keepPictures(view, "quality");
  say([{ leg: "sip", mos: 4.2, reported: { mos: 2 } }]);
  await word.filter({ hasText: /^poor$/ }).waitFor();
  say([{ leg: "web", mos: 4.2 }]);
  await word.filter({ hasText: /^good$/ }).waitFor();
  say([{ leg: "web" }]);
  await page.locator("#quality").waitFor({ state: "hidden" });
  await view.press("Hangup");
  await view.status("The call was hung up.");
  return view;
});

scene("verdicts are text, never markup, and are gone with their call", async () => {
  const view = await talking();
  const { page, gateway, call } = view;
  const nasty = '<img src=x onerror="document.title=1"><b>x</b>';
  const found = { ...FOUND, callId: call.callId, text: nasty, remedy: nasty };
  gateway.client.say("zvVerdict", found);
  await page.locator("#verdict-text", { hasText: "<img src=x" }).waitFor();
  assert.equal(await page.locator("main img").count(), 0);
  await view.press("Hangup");
  await view.status("The call was hung up.");
  ring(gateway.client, "1003");
  await view.press("Answer");
  await view.status("Talking with 1003.");
  assert.ok(await page.locator("#verdict").isHidden());
  assert.deepEqual(view.problems, []);
  return view;
});
