// Hold by the page, by the softphone and by both; keys of the page at the softphone and at a far end without
// telephone-events, keys of either at the page. Real audio: who is held hears nothing, and what the other side plays is heard.
import assert from "node:assert/strict";
import {
  describeEcho,
  measureTone,
  openPhone,
  openRtpPair,
  playTone,
  startEcho,
  until,
} from "../peers/index.mjs";
import { earOfPage, isSettled, isSilentFor } from "../media/gap.mjs";
import { PAGE_HZ, PHONE_HZ, bothHear, leaveNothing, useSetting } from "./setting.mjs";

const { setting, scene } = useSetting("hold-dtmf", { atRest: false });

/** A registered page whose WebSocket is listened to: `messages(name)` are those of the gateway so far. */
async function openPage(account = {}) {
  const phone = await openPhone(
    setting.chromium,
    setting.gateway.page,
    setting.account("1001", account),
    { tone: PAGE_HZ },
  );
  setting.opened.push(() => phone.close());
  const received = [];
  phone.page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => received.push(JSON.parse(payload))),
  );
  await phone.connect();
  phone.messages = (name) => received.filter(({ message }) => message === name);
  phone.keys = () => phone.messages("zvDtmf").map(({ data }) => data[0]);
  return phone;
}

/** A page that talks with a softphone. */
async function talk(codecs) {
  const softphone = await setting.softphone({ codecs });
  const phone = await openPage();
  await phone.call("1002");
  await phone.talking();
  await softphone.established();
  await bothHear(phone, softphone);
  return { phone, softphone };
}

/** A page that talks with a far end by script, which echoes, or plays `hz` as `options` of startEcho have it. */
async function talkWithScript(hz = PAGE_HZ, options = {}) {
  const echo = await startEcho(setting.stage, options);
  const phone = await openPage({ domain: "127.0.0.1", port: echo.port, register: false });
  await phone.call("echo");
  const call = await echo.call();
  await phone.talking();
  await phone.hears(hz);
  return { phone, echo, call };
}

const secondsOf = async (softphone) => measureTone(await softphone.heard(), PAGE_HZ).seconds;

/** Another second of the page's tone. */
async function hearsAgain(softphone) {
  const before = await secondsOf(softphone);
  await softphone.hears(PAGE_HZ, { seconds: before + 1 });
}

/** A-lines of direction in the bodies of these messages. */
const directionsOf = (messages) =>
  messages.map((text) => /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(text)?.[1]);

/** RTP packets that the gateway has sent to the SIP side of its only call. */
async function sentToSip() {
  const { calls } = await setting.gateway.ctlJson("calls");
  return (await setting.gateway.ctlJson("call", calls[0].name)).call.legs.sip.txPackets;
}

scene("the page holds the call: nothing is heard until it is taken back", async () => {
  const { phone, call } = await talkWithScript(); // an echo: its ear hears both ways at once
  const ear = await earOfPage(phone, PAGE_HZ);
  await isSettled(ear);
  await phone.press("Hold");
  await phone.status(/is on hold/);
  await isSilentFor(ear, 2_000);
  const since = Date.now();
  await phone.press("Unhold");
  await phone.talking();
  await isSettled(ear, { since });
  await call.bye();
  await phone.ended();
  await leaveNothing(setting, phone);
});

scene(
  "the page, the softphone and both hold the call, and each comes back for itself",
  async () => {
    const { phone, softphone } = await talk();
    await phone.press("Hold");
    await phone.status(/1002 is on hold/);
    const before = await sentToSip();
    await phone.press("Unhold");
    await phone.talking();
    await phone.hears(PHONE_HZ);
    await until(
      5_000,
      "sound goes to the softphone",
      async () => (await sentToSip()) > before + 20,
    );
    await softphone.command("hold");
    await phone.status(/has put you on hold/);
    await phone.press("Hold");
    await phone.status(/1002 is on hold/);
    await phone.press("Unhold");
    await phone.status(/has put you on hold/); // it still does
    const held = await sentToSip();
    await softphone.command("resume");
    await phone.talking();
    await phone.hears(PHONE_HZ);
    await until(5_000, "sound goes to the softphone", async () => (await sentToSip()) > held + 20);
    await press(phone, "7"); // by events still: the re-INVITEs have kept them
    assert.equal(await keysOf(softphone, 1), "7");
    await phone.press("Hangup");
    await softphone.closed();
    await leaveNothing(setting, phone, softphone);
  },
);

scene("the far end reads sendonly and sendrecv, and its music is heard whoever holds", async () => {
  const pair = await openRtpPair(setting.stage);
  const { port } = pair;
  const { phone, echo, call } = await talkWithScript(PHONE_HZ, {
    answer: async ({ offer }) => {
      pair.to = { address: "127.0.0.1", port: Number(/^m=audio (\d+)/m.exec(offer)[1]) };
      playTone(pair, PHONE_HZ);
      return describeEcho({ port });
    },
  });
  await phone.press("Hold");
  await phone.status(/is on hold/);
  const before = pair.packets.length;
  await phone.hears(PHONE_HZ);
  assert.ok(pair.packets.length - before < 5, "who is held gets nothing");
  await phone.press("Unhold");
  await phone.talking();
  assert.deepEqual(directionsOf(echo.requests("INVITE")), ["sendrecv", "sendonly", "sendrecv"]);
  await until(5_000, "sound comes again", () => pair.packets.length > before + 50);
  const held = await call.reinvite(describeEcho({ port, version: 2, direction: "sendonly" }));
  assert.deepEqual([held.status, ...directionsOf([held.sdp])], [200, "recvonly"]);
  await phone.status(/has put you on hold/);
  await phone.hears(PHONE_HZ);
  const back = await call.reinvite(describeEcho({ port, version: 3 }));
  assert.deepEqual([back.status, ...directionsOf([back.sdp])], [200, "sendrecv"]);
  await phone.talking();
  await call.bye();
  await phone.ended();
  await leaveNothing(setting, phone);
});

scene("a far end that refuses to be held goes on talking, and the page says so", async () => {
  const { phone, echo, call } = await talkWithScript();
  echo.refuses.INVITE = 488;
  await phone.press("Hold");
  await phone.status(/did not accept the change of hold.*\(SIP 488\)/i);
  await phone.page.getByRole("button", { name: "Hold", exact: true }).waitFor();
  await phone.hears(PAGE_HZ);
  const [{ data }] = phone.messages("fail");
  assert.equal(data[0].cause, "hold_refused");
  await call.bye();
  await phone.ended();
  await leaveNothing(setting, phone);
});

/** Presses keys of the page's keypad. */
async function press(phone, digits) {
  await phone.press("Keypad");
  for (const digit of digits) await phone.press(digit);
}

/** The keys that a softphone has heard so far, one each. */
const keysOf = async (softphone, count) => {
  const keys = [];
  while (keys.length < count) keys.push((await softphone.next("CALL_DTMF_START")).param);
  return keys.join("");
};

for (const codec of ["PCMU", "opus"]) {
  scene(`keys of the page reach a softphone once and in order, beside ${codec}`, async () => {
    const { phone, softphone } = await talk([codec]);
    await press(phone, "1593#*");
    assert.equal(await keysOf(softphone, 6), "1593#*");
    await hearsAgain(softphone); // the sound goes on behind them
    await phone.press("Hangup");
    await softphone.closed();
    await leaveNothing(setting, phone, softphone);
  });
}

scene("keys that the browser sends itself pass", async () => {
  const { phone, softphone } = await talk(["PCMU"]);
  await phone.page.evaluate(() => window.zvTest.insertDtmf("246"));
  assert.equal(await keysOf(softphone, 3), "246");
  await phone.press("Hangup");
  await softphone.closed();
  await leaveNothing(setting, phone, softphone);
});

scene("keys of the softphone reach the page once each", async () => {
  const { phone, softphone } = await talk(["PCMU"]);
  for (const key of "80#") await softphone.command("sndcode", key);
  await until(10_000, "three keys", () => phone.keys().length >= 3);
  assert.deepEqual(
    phone.keys().map(({ digit, via }) => `${digit} ${via}`),
    ["8 rfc4733", "0 rfc4733", "# rfc4733"],
  );
  await phone.press("Hangup");
  await softphone.closed();
  await leaveNothing(setting, phone, softphone);
});

scene("a far end without telephone-events gets INFO, and its own INFO is heard", async () => {
  const { phone, echo, call } = await talkWithScript();
  await press(phone, "97");
  const bodies = () => echo.requests("INFO").map((text) => text.split("\r\n\r\n")[1]);
  await until(5_000, "two INFOs", () => bodies().length >= 2);
  assert.deepEqual(bodies(), ["Signal=9\r\nDuration=250\r\n", "Signal=7\r\nDuration=250\r\n"]);
  assert.match(echo.requests("INFO")[0], /^Content-Type: application\/dtmf-relay\r?$/m);
  assert.equal(await call.info("application/dtmf-relay", "Signal=6\r\nDuration=160\r\n"), 200);
  assert.equal(await call.info("application/dtmf", "4"), 200);
  await until(5_000, "two keys", () => phone.keys().length >= 2);
  assert.deepEqual(
    phone.keys().map(({ digit, durationMs, via }) => [digit, durationMs, via]),
    [
      ["6", 160, "info"],
      ["4", 0, "info"],
    ],
  );
  // Which digits there were is nobody's business but theirs.
  const { calls } = await setting.gateway.ctlJson("calls");
  const trace = JSON.stringify(await setting.gateway.ctlJson("trace", calls[0].name));
  assert.match(trace, /sendDtmf/);
  assert.ok(!/Signal=[0-9]/.test(trace + setting.gateway.log()), "a digit is in trace or log");
  await call.bye();
  await phone.ended();
  await leaveNothing(setting, phone);
});

scene("a far end that takes no INFO either leaves the call, and the page says so", async () => {
  const { phone, echo, call } = await talkWithScript();
  echo.refuses.INFO = 405;
  await press(phone, "1");
  await phone.status(/digits could not be sent.*\(SIP 405\)/i);
  assert.equal(echo.requests("INFO").length, 2); // of either kind
  await phone.hears(PAGE_HZ);
  await call.bye();
  await phone.ended();
  await leaveNothing(setting, phone);
});
