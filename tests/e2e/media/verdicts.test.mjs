// The table of verdicts (docs/verdicts.md) at a real gateway: each is provoked by a scripted far end or client, and a good
// call between real peers has none. How long each took from the facts is printed; 5 s are promised.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { startZvonokd, until } from "../peers/index.mjs";
import { describeAudio, startFarEnd } from "../peers/farend.mjs";
import { startChecks, webOffer } from "../peers/icecheck.mjs";
import { PAGE_HZ, PHONE_HZ, useSetting } from "../call/setting.mjs";

/** What is promised, and what a busy machine may take beside it. */
const PROMISED_MS = 5_000;
const SLACK_MS = 2_000;
/** From a look that finds something better to the second one. */
const CALM_MS = 15_000;

const { setting, scene } = useSetting("verdicts", {
  tools: ["webclient", "zvonokctl"],
  chromium: false,
  atRest: false,
  config: {
    media: { strict: true, srtp: "optional" },
    timers: { ice: "60s", no_media: "60s" },
  },
});

const UFRAG = "abcd";

/** A call of a client that asked for verdicts, up, to a far end by script. */
async function talk(farEnd = {}, gateway = setting.gateway) {
  const far = await startFarEnd(farEnd);
  setting.opened.push(() => far.close());
  const client = await setting.client(gateway.ws);
  client.say("connection", {
    ...setting.wireAccount("1001", { sipDomain: "127.0.0.1", sipPort: far.port }),
    sipRegisterRequired: false,
    features: ["verdict", "quality"],
  });
  const [granted] = (await client.next("getUserData")).data;
  assert.deepEqual([...granted.features].sort(), ["quality", "verdict"]);
  const callId = crypto.randomUUID();
  client.say("call", {
    callId,
    callee: "2000",
    sdp: webOffer({ ufrag: UFRAG }),
    mediaProvider: "WebRTC",
  });
  const [, sdp] = (await client.next("setRemoteSDP")).data;
  await client.next("talk");
  return { far, client, callId, sdp };
}

/** The verdict of this code, and how long after `since` it came; it is no later than promised. */
async function verdict({ client }, leg, code, since = performance.now()) {
  const isIt = ([one]) => one.leg === leg && one.code === code;
  const ms = code === "ok" || code === "silent" ? CALM_MS : PROMISED_MS + SLACK_MS;
  const [found] = (await client.next("zvVerdict", ms, isIt)).data;
  console.log(`# ${code} (${leg}) after ${((performance.now() - since) / 1000).toFixed(1)} s`);
  assert.match(found.text, /^\S.*[^.]$/);
  return found;
}

const hangup = async ({ client, callId }) => {
  client.say("hangup", { callId });
  await client.next("finish");
};

scene("packets from the wrong source are named, everywhere, and taken back", async () => {
  const call = await talk();
  const { far, callId } = call;
  const stop = far.send({ from: far.elsewhere });
  const found = await verdict(call, "sip", "wrong_source");
  const [wrong, right] = [far.elsewhere, far.media].map((socket) => socket.address().port);
  assert.equal(
    found.text,
    `no audio from the SIP side: packets come from 127.0.0.1:${wrong}, the SDP says 127.0.0.1:${right}, the trunk is strict`,
  );
  assert.equal(found.severity, "error");
  assert.match(found.remedy, /media\.strict/);

  const { gateway } = setting;
  const shown = await gateway.ctlJson("call", callId);
  assert.equal(shown.call.legs.sip.verdict.code, "wrong_source");
  assert.equal(shown.call.legs.sip.verdict.text, found.text);
  const people = await gateway.ctl("call", callId);
  assert.match(people.stdout, /verdict, SIP +wrong_source \(error\)/);
  assert.ok(!people.stdout.includes("…"), people.stdout);
  assert.ok(gateway.log().includes(`sip verdict wrong_source: ${found.text}`));
  assert.match((await gateway.ctl("trace", callId)).stdout, /verdict.*wrong_source/);
  const metrics = await gateway.metrics();
  assert.equal(metrics['zvonok_verdicts_total{leg="sip",code="wrong_source"}'], 1);

  stop();
  far.send();
  await verdict(call, "sip", "ok");
  await hangup(call);
});

scene("a firewall in one direction: nothing came, then it does, then it stops", async () => {
  const call = await talk();
  const nothing = await verdict(call, "sip", "nothing_came");
  assert.match(nothing.remedy, /media\.port_from/);
  const stop = call.far.send();
  await verdict(call, "sip", "ok");
  const good = ([{ legs }]) => legs[1].mos !== undefined && legs[1].loss === 0 && legs[1].kbps > 50;
  const [{ legs }] = (await call.client.next("zvQuality", 20_000, good)).data;
  assert.equal(legs[1].leg, "sip");
  assert.ok(legs[1].mos >= 4, JSON.stringify(legs));
  assert.ok(legs[1].kbps <= 80, JSON.stringify(legs));
  assert.deepEqual(legs[0], { leg: "web", kbps: 0 });
  stop();
  await verdict(call, "sip", "stopped");
  await hangup(call);
});

scene("a far end that only reports is silent, which is no fault", async () => {
  const answer = (_, far) => {
    const control = far.control.address().port;
    return describeAudio(far.media.address().port, { lines: [`a=rtcp:${control}`] });
  };
  const call = await talk({ answer });
  call.far.report();
  const found = await verdict(call, "sip", "silent");
  assert.equal(found.severity, "info");
  assert.match(found.text, /RTCP/);
  await hangup(call);
});

scene("hold has no verdict, and its end has one again", async () => {
  const call = await talk();
  const { far, client } = call;
  const describe = (version, direction) =>
    describeAudio(far.media.address().port, { version, lines: [`a=${direction}`] });
  const stop = far.send();
  await client.next("zvQuality", 15_000, ([{ legs }]) => legs[1].kbps > 0);
  await far.describe(describe(2, "inactive"));
  stop();
  for (let i = 0; i < 3; i++) await client.next("zvQuality", 15_000); // a clock: more than 10 s
  const ofSip = client.received.filter(({ message, data }) => {
    return message === "zvVerdict" && data[0].leg === "sip";
  });
  assert.deepEqual(ofSip, []);
  await far.describe(describe(3, "sendrecv"));
  await verdict(call, "sip", "stopped");
  await hangup(call);
});

scene("another codec than the one agreed on is told", async () => {
  const answer = (_, far) => describeAudio(far.media.address().port, { formats: "0 8" });
  const call = await talk({ answer });
  call.far.send({ payloadType: 8 });
  const found = await verdict(call, "sip", "codec_changed");
  assert.equal(found.text, "the SIP side sends PCMA, PCMU was agreed on first");
  assert.equal(found.severity, "info");
  await hangup(call);
});

scene("a payload type that nobody agreed on is named", async () => {
  const call = await talk();
  call.far.send({ payloadType: 18 });
  const found = await verdict(call, "sip", "unknown_format");
  assert.match(found.text, /payload type 18/);
  await hangup(call);
});

scene("packets under other SRTP keys are told from silence", async () => {
  const key = crypto.randomBytes(30).toString("base64");
  const answer = (offer, far) => {
    const tag = /^a=crypto:(\d+) AES_CM_128_HMAC_SHA1_80 /m.exec(offer)[1];
    const profile = /^m=audio \d+ (\S+)/m.exec(offer)[1];
    const lines = [`a=crypto:${tag} AES_CM_128_HMAC_SHA1_80 inline:${key}`];
    return describeAudio(far.media.address().port, { profile, lines });
  };
  const call = await talk({ answer });
  call.far.send({ edit: (packet) => Buffer.concat([packet, crypto.randomBytes(10)]) });
  const found = await verdict(call, "sip", "srtp_key_mismatch");
  assert.equal(found.severity, "error");
  await hangup(call);
});

scene("a client whose checks never come is told which port to open", async () => {
  const call = await talk();
  const found = await verdict(call, "web", "ice_no_checks");
  assert.ok(found.text.includes(`UDP port ${setting.gateway.config.media.web_port}`), found.text);
  await hangup(call);
});

scene("a path without a handshake is told from no path", async () => {
  const call = await talk();
  const checks = await startChecks(call.sdp, { ufrag: UFRAG });
  setting.opened.push(async () => checks.close());
  await verdict(call, "web", "dtls_blocked");
  await hangup(call);
});

scene("a call that nobody hears ends with its verdict and the hop", async () => {
  const gateway = await startZvonokd(setting.stage, {
    config: { media: { strict: true }, timers: { ice: "60s", no_media: "7s" } },
  });
  setting.opened.push(() => gateway.stop());
  const { far, client, callId } = await talk({}, gateway);
  far.send({ from: far.elsewhere });
  const [end] = (await client.next("finish", 20_000)).data;
  assert.equal(end.cause, "no_media");
  assert.equal(end.hop, "far_end");
  assert.match(end.text, /packets come from .* the trunk is strict$/);
  assert.match(end.remedy, /media\.strict/);
  assert.match((await gateway.ctl("trace", callId)).stdout, /cause no_media, hop far_end/);
});

scene("a client that freezes is heard of as one that stopped", async () => {
  const { gateway } = setting;
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const client = setting.webclient("1001", {
    call: "1002",
    tone: PAGE_HZ,
    seconds: 0,
    timeout: 60,
  });
  await softphone.established();
  const legs = async () => {
    const { calls } = await gateway.ctlJson("calls");
    return (await gateway.ctlJson("call", calls[0].name)).call.legs;
  };
  await until(10_000, "the client is heard", async () => (await legs()).client.rxPackets > 50);
  client.process.kill("SIGSTOP");
  const frozen = await until(PROMISED_MS + SLACK_MS, "a verdict", async () => {
    const found = await legs();
    return found.client.verdict.code !== "ok" && found;
  });
  assert.equal(frozen.client.verdict.code, "stopped");
  assert.equal(frozen.sip.verdict.code, "ok");
  client.process.kill("SIGKILL");
  await softphone.closed(40_000);
});

scene("a good call between real peers has no verdict and MOS 4 or more", async () => {
  const { gateway } = setting;
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const before = await gateway.metrics();
  const client = setting.webclient("1001", {
    call: "1002",
    tone: PAGE_HZ,
    hear: PHONE_HZ,
    seconds: 0,
    timeout: 60,
  });
  await softphone.established();
  const name = await until(5_000, "the call is up", async () => {
    return (await gateway.ctlJson("calls")).calls.find(({ state }) => state === "ACTIVE")?.name;
  });
  const legs = await until(25_000, "15 s of quality", async () => {
    const { call } = await gateway.ctlJson("call", name);
    for (const leg of Object.values(call.legs))
      assert.equal(leg.verdict.code, "ok", JSON.stringify(leg.verdict));
    return call.talkMs > 15_000 && call.legs;
  });
  for (const [leg, { quality }] of Object.entries(legs)) {
    console.log(
      `# ${leg}: MOS ${quality.mos}, ${quality.lossPercent} % lost, jitter ${quality.jitterMs} ms`,
    );
    assert.ok(quality.mos >= 4, JSON.stringify(quality));
  }
  await gateway.ctl("hangup", name);
  await softphone.closed();
  await client.result();
  const after = await gateway.metrics();
  for (const [series, value] of Object.entries(after))
    if (series.startsWith("zvonok_verdicts_total")) assert.equal(value, before[series], series);
});
