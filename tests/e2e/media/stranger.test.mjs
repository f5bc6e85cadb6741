// A stranger who knows the gateway's ports sends RTP and RTCP there, faster than the far end does: not one packet goes to
// him, nothing of his is heard, and he is counted. Before, while and after a call is answered where the trunk is strict or
// its media is SRTP; from the lock of the source on where it is learned.
import assert from "node:assert/strict";
import dgram from "node:dgram";
import { describeEcho, startEcho, until } from "../peers/index.mjs";
import { PAGE_HZ, useSetting } from "../call/setting.mjs";
import { assertPromise, earOfClient, isSettled, measureGap } from "./gap.mjs";

const STRANGER = "127.0.0.66";
/** Packets of one burst to each port, every 5 ms: the far end sends one in 20 ms. */
const BURST = 2;
const SPRAYED = 1_000;
/** The echo and the stranger share a process, and the machine is busy. */

const { setting, scene } = useSetting("stranger", {
  tools: ["webclient"],
  chromium: false,
  atRest: false,
  config: {
    trunks: {
      "1001@127.0.0.1": { strict: true },
      "1003@127.0.0.1": { srtp: "required" },
    },
  },
});

/** PCMU that is all 0x11: a loud noise, if it is heard. */
function writeRtp(seq) {
  const packet = Buffer.alloc(12 + 160, 0x11);
  packet.set([0x80, 0]);
  packet.writeUInt16BE(seq & 0xffff, 2);
  packet.writeUInt32BE((seq * 160) >>> 0, 4);
  packet.writeUInt32BE(0x0bad0bad, 8);
  return packet;
}

/** A receiver report about nobody. */
const RTCP = Buffer.from([0x80, 201, 0, 1, 0x0b, 0xad, 0x0b, 0xad]);

async function startStranger(stage, port) {
  const socket = dgram.createSocket("udp4");
  await new Promise((resolve) => socket.bind(0, STRANGER, resolve));
  const stranger = { sent: 0, received: 0 };
  socket.on("message", () => stranger.received++);
  const timer = setInterval(() => {
    for (let i = 0; i < BURST; i++) {
      socket.send(writeRtp(stranger.sent++), port, "127.0.0.1");
      socket.send(RTCP, port, "127.0.0.1");
      socket.send(RTCP, port + 1, "127.0.0.1");
    }
  }, 5);
  stranger.stop = () => {
    clearInterval(timer);
    socket.close();
  };
  stage.onClose(() => clearInterval(timer));
  return stranger;
}

/** Under SRTP the echo names the gateway's own key as its own, so that what it sends back is genuine. */
function answerTo(offer, port) {
  const [, line] = /(a=crypto:3 \S+ inline:\S+)/.exec(offer) ?? [];
  const sdp = describeEcho({ port });
  return line ? `${sdp.replace("RTP/AVP", "RTP/SAVP")}${line}\r\n` : sdp;
}

for (const { how, user, fromTheStart, drop } of [
  { how: "a strict trunk", user: "1001", fromTheStart: true, drop: "rejected_source" },
  { how: "SRTP", user: "1003", fromTheStart: true, drop: "authentication" },
  { how: "a learned source", user: "1004", fromTheStart: false, drop: "rejected_source" },
]) {
  scene(`${how}: a stranger gets nothing, is not heard, and is counted`, async (t) => {
    const { stage, gateway } = setting;
    let stranger;
    const attack = async (call) => {
      stranger = await startStranger(stage, Number(/m=audio (\d+)/.exec(call.offer)[1]));
      await until(5_000, "the stranger sprays", () => stranger.sent > 100);
    };
    const echo = await startEcho(stage, {
      answer: async (call) => {
        if (fromTheStart) await attack(call);
        const { port } = await call.openMedia();
        return answerTo(call.offer, port);
      },
    });
    const client = setting.webclient(user, {
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
    const call = await echo.call();
    const ear = earOfClient(client);
    await isSettled(ear);
    if (!fromTheStart) await attack(call);
    const since = Date.now();
    await until(20_000, "he has sent enough", () => stranger.sent > SPRAYED);
    const { gapMs } = await measureGap(ear, since);
    const { calls } = await gateway.ctlJson("calls");
    const { sip } = (await gateway.ctlJson("call", calls[0].name)).call.legs;
    const echoed = call.medias[0].packets;
    await call.bye();
    const result = await client.result();
    stranger.stop();
    t.diagnostic(`${how}: the tone was away for ${gapMs} ms at most`);
    assertPromise(t, gapMs);
    assert.ok(sip.rxPackets <= echoed, `${sip.rxPackets} packets taken, the echo sent ${echoed}`);
    assert.ok(result.ok && result.heard.purity >= 0.9, JSON.stringify(result));
    assert.equal(stranger.received, 0);
    assert.ok(sip.drops[drop] > SPRAYED / 2, JSON.stringify(sip.drops));
    if (drop === "rejected_source") assert.match(sip.lastRejected, new RegExp(`^${STRANGER}:`));
    assert.ok(sip.remote.startsWith("127.0.0.1:"), sip.remote);
  });
}
