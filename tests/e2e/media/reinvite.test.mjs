// The far end changes its media in the call by re-INVITE: another port, another address, on hold by direction and by
// 0.0.0.0, and back. It sends back what it hears, so the caller's ear hears both ways at once; gaps are measured.
import assert from "node:assert/strict";
import { describeEcho, startEcho, until } from "../peers/index.mjs";
import { PAGE_HZ, PHONE_HZ, useSetting } from "../call/setting.mjs";
import { assertPromise, earOfClient, isSettled, measureGap } from "./gap.mjs";

/** What of a change may be heard at most. */

const { setting, scene } = useSetting("reinvite", {
  tools: ["webclient"],
  chromium: false,
  atRest: false,
  config: { timers: { no_media: "3s" }, trunks: { "1003@127.0.0.1": { strict: true } } },
});

const startClient = (echo, user) =>
  setting.webclient(user, {
    domain: "127.0.0.1",
    port: echo.port,
    noRegister: true,
    call: "echo",
    codec: "PCMU",
    tone: PAGE_HZ,
    hear: PAGE_HZ,
    presence: true,
    seconds: 0,
  });

/** A call in which the caller hears himself. */
async function talk(user = "1001") {
  const echo = await startEcho(setting.stage);
  const client = startClient(echo, user);
  const call = await echo.call();
  const ear = earOfClient(client);
  await isSettled(ear);
  const leg = async () => {
    const { calls } = await setting.gateway.ctlJson("calls");
    return (await setting.gateway.ctlJson("call", calls[0].name)).call.legs.sip;
  };
  /** The far end hangs up, and that is why the call ends. */
  const end = async () => {
    await call.bye();
    const result = await client.result();
    assert.ok(result.ok && result.endedBy === "remote", JSON.stringify(result));
  };
  return { call, ear, leg, end };
}

/** Goes on echoing at a new socket, and says so. */
async function move(call, more = {}) {
  const [old] = call.medias.splice(0);
  const media = await call.openMedia();
  const at = Date.now();
  const answer = await call.reinvite(describeEcho({ port: media.port, version: 2, ...more }));
  old.close();
  return { at, media, answer };
}

for (const [user, how] of [
  ["1001", "with latching"],
  ["1003", "strict"],
]) {
  scene(`the media moves to another port, ${how}`, async (t) => {
    const { call, ear, leg, end } = await talk(user);
    const { at, media, answer } = await move(call);
    assert.equal(answer.status, 200);
    await until(5_000, "the new port hears", () => media.packets > 20);
    const { gapMs } = await measureGap(ear, at);
    t.diagnostic(`moved to another port, ${how}: a gap of ${gapMs} ms`);
    assertPromise(t, gapMs);
    assert.equal((await leg()).remote, `127.0.0.1:${media.port}`);
    await end();
  });
}

scene("media that moves without a new version in o= is followed too", async (t) => {
  const { call, ear, end } = await talk();
  const { at, media, answer } = await move(call, { version: 1 });
  assert.equal(answer.status, 200);
  await until(5_000, "the new port hears", () => media.packets > 20);
  const { gapMs } = await measureGap(ear, at);
  assertPromise(t, gapMs);
  await end();
});

for (const [how, held] of [
  ["by a=inactive", { direction: "inactive" }],
  ["by a=sendonly", { direction: "sendonly" }],
  ["by 0.0.0.0", { host: "0.0.0.0" }],
]) {
  scene(`hold ${how} stops what we send, ends no call, and is taken back`, async () => {
    const { call, ear, end } = await talk();
    const [media] = call.medias;
    const hold = await call.reinvite(describeEcho({ port: media.port, version: 2, ...held }));
    assert.equal(hold.status, 200);
    if (held.direction) assert.match(hold.sdp, /a=(inactive|recvonly)/);
    const silentFor = async (ms) => {
      await until(10_000, `nothing came for ${ms} ms`, () => performance.now() - media.lastAt > ms);
    };
    await silentFor(4_000); // longer than timers.no_media
    const at = Date.now();
    const back = await call.reinvite(describeEcho({ port: media.port, version: 3 }));
    assert.equal(back.status, 200);
    assert.match(back.sdp, /a=sendrecv/);
    await isSettled(ear, { since: at });
    await end();
  });
}

scene("RTCP goes to the port that a=rtcp names, and is heard from there", async () => {
  const rtcp = [];
  const echo = await startEcho(setting.stage, {
    answer: async (call) => {
      const media = await call.openMedia();
      call.rtcp = await call.openMedia();
      call.rtcp.onPacket = (bytes) => rtcp.push(bytes);
      return `${describeEcho({ port: media.port })}a=rtcp:${call.rtcp.port} IN IP4 127.0.0.1\r\n`;
    },
  });
  const client = startClient(echo, "1001");
  const call = await echo.call();
  assert.match(call.offer, /a=rtcp:\d+/);
  assert.ok(!/a=rtcp-mux/.test(call.offer), call.offer);
  await until(15_000, "a report comes to the RTCP port", () => rtcp.length > 0);
  assert.ok([200, 201].includes(rtcp[0][1]), `a report, not type ${rtcp[0][1]}`);
  await until(10_000, "the gateway has heard RTCP", async () => {
    const { calls } = await setting.gateway.ctlJson("calls");
    return (await setting.gateway.ctlJson("call", calls[0].name)).call.legs.sip.rtcpReceived > 0;
  });
  await call.bye();
  await client.result();
});

scene("a phone that offers rtcp-mux gets it, and its reports come to the RTP port", async () => {
  const softphone = await setting.softphone({ codecs: ["PCMU"], rtcpMux: true });
  const client = setting.webclient("1001", {
    tone: PAGE_HZ,
    waitCall: true,
    hear: PHONE_HZ,
    seconds: 0,
  });
  await client.line("registered", ({ message }) => message === "registered");
  await softphone.dial("1001");
  await softphone.established();
  await softphone.hears(PAGE_HZ);
  const name = await until(20_000, "the gateway has heard RTCP", async () => {
    const { calls } = await setting.gateway.ctlJson("calls");
    const { call } = await setting.gateway.ctlJson("call", calls[0].name);
    return call.legs.sip.rtcpReceived > 0 && call.name;
  });
  const { trace } = await setting.gateway.ctlJson("trace", name);
  const descriptions = trace.events
    .filter(({ kind }) => kind === "sip")
    .map((event) => JSON.stringify(event))
    .filter((text) => text.includes("m=audio"));
  assert.equal(descriptions.length, 2, "an offer and its answer");
  for (const text of descriptions) assert.match(text, /a=rtcp-mux/);
  await softphone.hangup();
  assert.ok((await client.result()).ok);
});
