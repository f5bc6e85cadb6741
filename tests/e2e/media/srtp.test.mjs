// SRTP towards SIP (SDES, RFC 4568) against baresip and rtpengine: each policy of a trunk with each kind of phone, in calls
// both ways; the tones are heard at both ends, and the leg says itself whether it was encrypted.
import assert from "node:assert/strict";
import { describeEcho, startEcho, startRtpengine, until } from "../peers/index.mjs";
import { assertPromise, earOfClient, isSettled, measureGap } from "./gap.mjs";
import { DOMAIN, PAGE_HZ, PHONE_HZ, useSetting } from "../call/setting.mjs";

/** Which account has which policy. */
const USERS = { off: "1001", optional: "1003", required: "1004" };
const SUITE = "AEAD_AES_128_GCM";

const trunks = Object.fromEntries(
  Object.entries(USERS).map(([srtp, user]) => [`${user}@${DOMAIN}`, { srtp }]),
);
const { setting, scene } = useSetting("srtp", {
  tools: ["webclient"],
  chromium: false,
  atRest: false,
  config: { trunks: { ...trunks, "127.0.0.1": { srtp: "required" } } },
});

const isRegistered = ({ event, message }) => event === "received" && message === "registered";

/** The leg of the one call that is up, once it has heard something. */
async function sipLeg() {
  return until(10_000, "the SIP leg has packets both ways", async () => {
    const { calls } = await setting.gateway.ctlJson("calls");
    if (!calls.length) return undefined;
    const { call } = await setting.gateway.ctlJson("call", calls[0].name);
    const { sip } = call?.legs ?? {};
    return sip?.rxPackets > 10 && sip?.txPackets > 10 && sip;
  });
}

/** The media lines that the SIP side and we have said in the last call. */
async function mediaLines() {
  const { calls } = await setting.gateway.ctlJson("calls", "--ended");
  const { stdout } = await setting.gateway.ctl("--json", "trace", calls[0].name);
  return [...stdout.matchAll(/m=audio \d+ (RTP\/\S+)/g)].map(([, profile]) => profile);
}

async function assertTalk({ client, softphone, srtp }) {
  await softphone.established();
  await softphone.hears(PAGE_HZ);
  const leg = await sipLeg();
  const result = await client.result();
  assert.ok(result.ok && result.heard.purity >= 0.8, JSON.stringify(result));
  assert.equal(Boolean(leg.srtp), Boolean(srtp), JSON.stringify(leg));
  assert.equal(leg.drops?.authentication ?? 0, 0, JSON.stringify(leg));
}

/** What each policy makes of each phone: whether the sound is encrypted, or with which cause there is no call. */
const TABLE = [
  // phone        policy      outgoing                incoming
  [undefined, "off", "plain", "plain"],
  [undefined, "optional", "plain", "plain"],
  [undefined, "required", "no_common_codec", "srtp_required"],
  ["srtp", "off", "plain", "plain"],
  ["srtp", "optional", "srtp", "srtp"],
  ["srtp", "required", "srtp", "srtp"],
  ["srtp-mand", "off", "no_common_codec", "srtp_off"],
  ["srtp-mand", "optional", "srtp", "srtp"], // by a second offer, of RTP/SAVP
  ["srtp-mand", "required", "srtp", "srtp"],
];

for (const [encryption, policy, outgoing, incoming] of TABLE) {
  const phone = encryption ?? "no srtp";
  scene(`outgoing, policy ${policy}, phone with ${phone}: ${outgoing}`, async () => {
    const softphone = await setting.softphone({ codecs: ["PCMU"], encryption });
    const call = { tone: PAGE_HZ, call: "1002", hear: PHONE_HZ, seconds: 3 };
    const client = setting.webclient(USERS[policy], call);
    if (["plain", "srtp"].includes(outgoing)) {
      await assertTalk({ client, softphone, srtp: outgoing === "srtp" });
    } else {
      const { ok, cause, sipStatus } = await client.result();
      assert.deepEqual({ ok, cause, sipStatus }, { ok: false, cause: outgoing, sipStatus: 488 });
    }
    const offered = policy === "required" ? "RTP/SAVP" : "RTP/AVP";
    assert.equal((await mediaLines())[0], offered);
  });

  scene(`incoming, policy ${policy}, phone with ${phone}: ${incoming}`, async () => {
    const softphone = await setting.softphone({ codecs: ["PCMU"], encryption });
    const client = setting.webclient(USERS[policy], {
      tone: PAGE_HZ,
      waitCall: true,
      hear: PHONE_HZ,
      seconds: 3,
    });
    await client.line("registered", isRegistered);
    await softphone.dial(USERS[policy]);
    if (["plain", "srtp"].includes(incoming)) {
      await assertTalk({ client, softphone, srtp: incoming === "srtp" });
      return;
    }
    await softphone.closed();
    const [call] = await until(5_000, "the refused call is over", async () => {
      const { calls } = await setting.gateway.ctlJson("calls", "--ended");
      return calls[0]?.cause === incoming && calls;
    });
    assert.equal(call.sipStatus, 488);
    client.process.kill("SIGTERM");
  });
}

/** rtpengine between the gateway and a phone that speaks plain RTP. */
async function startBehindRtpengine(rtpengine) {
  const ask = async (command) => {
    const answer = await rtpengine.ask(
      {
        "call-id": "srtp-test",
        "from-tag": "gateway",
        ICE: "remove",
        replace: ["origin", "session-connection"],
        ...command,
      },
      3_000,
    );
    assert.equal(answer.result, "ok", JSON.stringify(answer));
    return answer.sdp;
  };
  return startEcho(setting.stage, {
    answer: async (call) => {
      const plain = { "transport-protocol": "RTP/AVP" };
      call.plainOffer = await ask({ command: "offer", sdp: call.offer, ...plain });
      const { port } = await call.openMedia();
      return ask({ command: "answer", "to-tag": "echo", sdp: describeEcho({ port }) });
    },
  });
}

const startClient = (port, more) =>
  setting.webclient("1001", {
    domain: "127.0.0.1",
    port,
    noRegister: true,
    call: "echo",
    codec: "PCMU",
    tone: PAGE_HZ,
    hear: PAGE_HZ,
    ...more,
  });

scene("rtpengine decrypts for a plain phone: the caller hears himself", async () => {
  const rtpengine = await startRtpengine(setting.stage);
  const echo = await startBehindRtpengine(rtpengine);
  const client = startClient(echo.port, { seconds: 3 });
  const call = await echo.call();
  const leg = await sipLeg();
  assert.match(call.offer, /m=audio \d+ RTP\/SAVP /);
  assert.match(call.plainOffer, /m=audio \d+ RTP\/AVP /);
  assert.ok(!/a=crypto/.test(call.plainOffer), call.plainOffer);
  const result = await client.result();
  assert.ok(result.ok && result.heard.purity >= 0.8, JSON.stringify(result));
  assert.equal(leg.srtp, SUITE, JSON.stringify(leg));
});

/** An echo of SRTP: it names the gateway's own key as its own, so that what it sends back is genuine. */
function describeKeyedEcho({ offer, port, version }) {
  const [, suite, key] = /a=crypto:(3 AES_CM_128_HMAC_SHA1_80) inline:(\S+)/.exec(offer);
  const sdp = describeEcho({ port, version }).replace("RTP/AVP", "RTP/SAVP");
  return `${sdp}a=crypto:${suite} inline:${key}\r\n`;
}

/** A call with an echo that takes one of our keys, in which the caller hears himself. */
async function talkWithKeys() {
  const echo = await startEcho(setting.stage, {
    answer: async (call) => {
      const { port } = await call.openMedia();
      return describeKeyedEcho({ offer: call.offer, port });
    },
  });
  const client = startClient(echo.port, { presence: true, seconds: 0 });
  const call = await echo.call();
  const ear = earOfClient(client);
  await isSettled(ear);
  return { client, call, ear };
}

scene(
  "a re-INVITE that repeats the key moves the media, and nothing of the stream begins anew",
  async (t) => {
    const { client, call, ear } = await talkWithKeys();
    const before = await sipLeg();
    const [old] = call.medias;
    const media = await call.openMedia();
    const at = Date.now();
    old.close(); // an echo: its last genuine packet would call the media back to where nobody hears
    const { status, sdp } = await call.reinvite(
      describeKeyedEcho({ offer: call.offer, port: media.port, version: 2 }),
    );
    assert.equal(status, 200);
    const keyOf = (text) => /a=crypto:3 \S+ inline:(\S+)/.exec(text)[1];
    assert.equal(keyOf(sdp), keyOf(call.offer));
    await until(5_000, "the new port hears", () => media.packets > 20);
    const { gapMs } = await measureGap(ear, at);
    t.diagnostic(`SRTP moved to another port: a gap of ${gapMs} ms`);
    assertPromise(t, gapMs);
    const after = await sipLeg();
    assert.equal(after.srtp, "AES_CM_128_HMAC_SHA1_80");
    assert.equal(after.txSsrc, before.txSsrc);
    assert.equal(after.remote, `127.0.0.1:${media.port}`);
    await call.bye();
    assert.ok((await client.result()).ok);
  },
);

scene(
  "a re-INVITE without keys is refused where SRTP is required, and the call goes on",
  async (t) => {
    const { client, call, ear } = await talkWithKeys();
    const at = Date.now();
    const [{ port }] = call.medias;
    const { status } = await call.reinvite(describeEcho({ port, version: 2 }));
    assert.equal(status, 488);
    const { gapMs } = await measureGap(ear, at);
    assertPromise(t, gapMs);
    assert.equal((await sipLeg()).srtp, "AES_CM_128_HMAC_SHA1_80");
    await call.bye();
    assert.ok((await client.result()).ok);
  },
);
