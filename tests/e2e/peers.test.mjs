// The test peers against each other: what the scenario tests rely on, without the gateway.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startBaresip } from "./peers/baresip.mjs";
import { startDnsmasq } from "./peers/dnsmasq.mjs";
import { openHepCollector, parseHep } from "./peers/hep.mjs";
import { readFields, readRtp } from "./peers/pcap.mjs";
import { startRtpengine } from "./peers/rtpengine.mjs";
import { passwordOf, startKamailio } from "./peers/kamailio.mjs";
import { freePorts, openBlackHole } from "./peers/ports.mjs";
import { register } from "./peers/sip.mjs";
import { registerScenario, startSipp } from "./peers/sipp.mjs";
import { Stage, withStage } from "./peers/stage.mjs";
import { goertzel, makeSpeech, measureTone, readWav, writeWav } from "./peers/wav.mjs";

let stage;
let kamailio;

before(async () => {
  stage = await Stage.open("peers");
  kamailio = await stage.run(() => startKamailio(stage));
});

after(() => stage.close());

const scene = (name, action) => test(name, { timeout: 90_000 }, () => stage.run(action));

function sine(hz, seconds, rate, amplitude = 0.5) {
  return Float32Array.from({ length: rate * seconds }, (_, i) => {
    return amplitude * Math.sin((2 * Math.PI * hz * i) / rate);
  });
}

test("a tone is found by its purity, and only where it is", async () => {
  await withStage("wav", async (own) => {
    const file = path.join(own.dir, "tone.wav");
    await writeWav(file, 8000, sine(1000, 3, 8000));
    const wav = await readWav(file);
    assert.equal(wav.rate, 8000);
    const there = measureTone(wav, 1000);
    assert.ok(there.purity > 0.98 && there.seconds > 2, JSON.stringify(there));
    const elsewhere = measureTone(wav, 700);
    assert.ok(elsewhere.purity < 0.05 && elsewhere.seconds === 0, JSON.stringify(elsewhere));
    assert.equal(goertzel(new Float32Array(2048), 8000, 1000), 0, "silence is no tone");
  });
});

// Sound as RTP with µ-law: a packet is a line of text2pcap's input.
function rtpDump(samples) {
  const lines = [];
  for (let at = 0, seq = 0; at + 160 <= samples.length; at += 160, seq++) {
    const packet = Buffer.alloc(172);
    packet.set([0x80, 0]);
    packet.writeUInt16BE(seq, 2);
    packet.writeUInt32BE(at, 4);
    packet.writeUInt32BE(77, 8);
    for (let i = 0; i < 160; i++) packet[12 + i] = ulawOf(samples[at + i] * 32767);
    lines.push(`000000 ${packet.toString("hex").replace(/../g, "$& ")}`);
  }
  return lines.join("\n") + "\n";
}

function ulawOf(sample) {
  const magnitude = Math.min(32635, Math.abs(Math.round(sample))) + 0x84;
  const exponent = Math.floor(Math.log2(magnitude)) - 7;
  return (
    ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff
  );
}

test("the sound in a capture's RTP is found by tshark", async () => {
  await withStage("pcap", async (own) => {
    const dump = path.join(own.dir, "rtp.txt");
    const file = path.join(own.dir, "rtp.pcapng");
    await writeFile(dump, rtpDump(sine(1000, 2, 8000)));
    await promisify(execFile)("text2pcap", [
      "-q",
      "-4",
      "192.0.2.1,192.0.2.2",
      "-u",
      "4000,5000",
      dump,
      file,
    ]);
    assert.equal((await readFields(file, ["udp.dstport"])).length, 100);
    const [stream, ...others] = await readRtp(file, { rtpPorts: [5000] });
    assert.deepEqual(others, []);
    assert.equal(stream.packets, 100);
    assert.equal(stream.payloadType, 0);
    const { purity, seconds } = measureTone(stream, 1000);
    assert.ok(purity > 0.98 && seconds > 1, JSON.stringify({ purity, seconds }));
    assert.deepEqual(await readRtp(file, { rtpPorts: [5000], filter: "rtp.ssrc == 78" }), []);
  });
});

test("speech is a long file of a sentence at 48 kHz", async () => {
  await withStage("speech", async (own) => {
    const { rate, samples } = await readWav(await makeSpeech(own.dir, 20));
    assert.equal(rate, 48_000);
    assert.ok(samples.length >= 20 * rate && samples.length < 60 * rate, String(samples.length));
    assert.ok(samples.some((value) => Math.abs(value) > 0.1));
  });
});

test("ports are free, even, in a row and handed out once", async () => {
  const blocks = await Promise.all([freePorts(30), freePorts(30), freePorts(1)]);
  for (const port of blocks) assert.equal(port % 10, 0);
  assert.equal(new Set(blocks).size, 3);
  assert.ok(Math.abs(blocks[0] - blocks[1]) >= 30);
});

test("a black hole takes everything and says nothing", async () => {
  const hole = await openBlackHole();
  const account = { address: "127.0.0.1", port: hole.port, domain: "x.test", user: "1001" };
  await assert.rejects(register({ ...account, password: "p", timeoutMs: 700 }), /did not answer/);
  assert.ok(hole.seen.length >= 1);
  hole.close();
});

test("a process that ends early is reported with its last words", async () => {
  const own = await Stage.open("broken");
  const child = own.spawn("broken", "sh", ["-c", "echo cannot do that >&2; exit 3"]);
  await assert.rejects(child.waitForLine(/ready/, 5_000), /exit 3.*cannot do that/s);
  await own.close();
  await assert.rejects(stat(own.dir), "nothing failed inside the stage: the folder is gone");
});

test("a stage stops what it started, the last first, and a stubborn process by force", async () => {
  const own = await Stage.open("stop");
  const stubborn = own.spawn(
    "stubborn",
    "sh",
    ["-c", "trap '' TERM; echo up; while :; do sleep 1; done"],
    {
      stopMs: 300,
    },
  );
  const gentle = own.spawn("gentle", "sleep", ["600"]);
  await stubborn.waitForLine(/up/, 5_000);
  const order = [];
  stubborn.exited.then((how) => order.push(`stubborn ${how.signal}`));
  gentle.exited.then((how) => order.push(`gentle ${how.signal}`));
  await own.close();
  assert.deepEqual(order, ["gentle SIGTERM", "stubborn SIGKILL"]);
});

scene("kamailio takes the right password and refuses a wrong one", async () => {
  const account = { ...kamailio, user: "1004" };
  assert.equal((await register({ ...account, password: passwordOf("1004") })).status, 200);
  assert.ok((await kamailio.registered()).has("1004"));
  assert.equal((await register({ ...account, password: "wrong" })).status, 401);
  await register({ ...account, password: passwordOf("1004"), expires: 0 });
  await kamailio.waitUnregistered("1004");
});

scene("kamailio can ask for digests by SHA-256", async () => {
  const strict = await startKamailio(stage, { algorithm: "SHA-256" });
  const answer = await register({ ...strict, user: "1001", password: passwordOf("1001") });
  assert.equal(answer.status, 200);
});

for (const codec of ["PCMU", "PCMA", "G722", "opus"]) {
  scene(`two softphones hear each other's tone in ${codec}`, async () => {
    const callee = await startBaresip(stage, {
      user: "1002",
      kamailio,
      codecs: [codec],
      source: { sine: 700 },
    });
    const caller = await startBaresip(stage, {
      user: "1003",
      kamailio,
      codecs: [codec],
      source: { sine: 1300 },
    });
    await kamailio.waitRegistered("1002");
    await kamailio.waitRegistered("1003");
    await caller.dial("1002");
    await Promise.all([caller.established(), callee.established()]);
    await Promise.all([caller.hears(700), callee.hears(1300)]);
    await caller.hangup();
    await Promise.all([caller.closed(), callee.closed()]);
    assert.equal(measureTone(await caller.heard(), 1300).seconds, 0, "nobody hears himself");
    await Promise.all([caller.stop(), callee.stop()]);
  });
}

test("kamailio tells an observer what it hears and says", async () => {
  await withStage("hep", async (own) => {
    const hep = await openHepCollector(own);
    const server = await startKamailio(own, { hep: hep.address });
    const account = { ...server, user: "1001", password: passwordOf("1001") };
    assert.equal((await register(account)).status, 200);
    const of1001 = ({ text }) => /^To: .*1001@/m.test(text);
    await hep.waitFor("the 200", (one) => of1001(one) && one.text.startsWith("SIP/2.0 200 "));
    const seen = hep.messages.filter(of1001);
    const titles = seen.map(({ text }) => /^(SIP\/2.0 )?(\w+)/.exec(text)[2]);
    assert.deepEqual(titles, ["REGISTER", "401", "REGISTER", "200"]);
    seen.forEach(({ from, to, wallUs }, i) => {
      assert.equal((i % 2 ? from : to).port, server.port);
      assert.ok(Math.abs(wallUs / 1000 - Date.now()) < 60_000);
    });
    assert.equal(hep.refused, 0);
  });
});

test("what is no whole HEPv3 packet with a SIP message is refused", () => {
  const chunk = (type, ...bytes) => [0, 0, 0, type, 0, bytes.length + 6, ...bytes];
  const packet = (...chunks) => {
    const body = chunks.flat();
    return Buffer.from([..."HEP3"].map((c) => c.charCodeAt(0)).concat(0, body.length + 6, body));
  };
  const whole = [
    chunk(3, 127, 0, 0, 1),
    chunk(4, 127, 0, 0, 2),
    chunk(7, 0x13, 0xc4),
    chunk(8, 0x13, 0xc5),
    chunk(9, 0, 0, 0, 2),
    chunk(10, 0, 0, 0, 3),
    chunk(11, 1),
    chunk(15, 65, 66),
  ];
  assert.deepEqual(parseHep(packet(...whole)), {
    wallUs: 2_000_003,
    from: { address: "127.0.0.1", port: 5060 },
    to: { address: "127.0.0.2", port: 5061 },
    text: "AB",
  });
  whole.forEach((_, i) => {
    assert.equal(parseHep(packet(...whole.filter((__, j) => j !== i))), undefined);
  });
  const good = packet(...whole);
  for (let length = 0; length < good.length; length++) {
    assert.equal(parseHep(good.subarray(0, length)), undefined);
  }
  assert.equal(parseHep(packet(...whole, [0, 0, 0, 1, 0, 5])), undefined, "a chunk too short");
  assert.equal(parseHep(packet(...whole, [0, 0, 0, 1, 0, 99])), undefined, "a chunk too long");
  assert.equal(parseHep(packet(...whole.slice(0, 6), chunk(11, 5), whole[7])), undefined, "RTCP");
});

scene("a softphone echoes, and another hears its own tone", async () => {
  const echo = await startBaresip(stage, { user: "1003", kamailio, source: "echo" });
  const caller = await startBaresip(stage, { user: "1002", kamailio, source: { sine: 900 } });
  await kamailio.waitRegistered("1003");
  await caller.dial("1003");
  await caller.established();
  await caller.hears(900);
  await caller.hangup();
  await caller.closed();
  await Promise.all([caller.stop(), echo.stop()]);
});

scene("a softphone that is not to answer by itself rings until it refuses with 486", async () => {
  const callee = await startBaresip(stage, { user: "1002", kamailio, answer: "manual" });
  const caller = await startBaresip(stage, { user: "1003", kamailio });
  await kamailio.waitRegistered("1002");
  await caller.dial("1002");
  await callee.incoming();
  await caller.next("CALL_RINGING");
  await callee.hangup();
  const closed = await caller.closed();
  assert.match(closed.param ?? "", /486|Busy|Rejected/i);
  await Promise.all([caller.stop(), callee.stop()]);
});

scene("rtpengine opens ports of its own for an offer", async (stage) => {
  const rtpengine = await startRtpengine(stage);
  const sdp = [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    "m=audio 4000 RTP/AVP 0",
    "",
  ].join("\r\n");
  const answer = await rtpengine.ask({ command: "offer", "call-id": "c", "from-tag": "f", sdp });
  const port = Number(/m=audio (\d+) RTP/.exec(answer.sdp)?.[1]);
  assert.ok(port >= rtpengine.first && port < rtpengine.first + 100, answer.sdp);
});

scene("dnsmasq answers A and SRV", async () => {
  const dns = await startDnsmasq(stage, {
    hosts: { "sip.zvonok.test": ["127.0.0.1"] },
    srv: [{ service: "_sip._udp.zvonok.test", target: "sip.zvonok.test", port: kamailio.port }],
  });
  assert.deepEqual(await dns.resolver.resolve4("sip.zvonok.test"), ["127.0.0.1"]);
  const [srv] = await dns.resolver.resolveSrv("_sip._udp.zvonok.test");
  assert.equal(srv.name, "sip.zvonok.test");
  assert.equal(srv.port, kamailio.port);
});

scene("sipp registers", async () => {
  const { domain } = kamailio;
  const scenario = registerScenario({ user: "1005", password: passwordOf("1005"), domain });
  const sipp = await startSipp(stage, { scenario, target: kamailio });
  await sipp.finished();
  assert.ok((await kamailio.registered()).has("1005"));
});
