// Floods of SIP from an address that nobody listed, while a call through the proxy goes on: what is beyond the bounds is
// dropped, what concerns nobody is answered at no greater length than it was asked, or not at all, and the call is heard.
import assert from "node:assert/strict";
import dgram from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { startZvonokd, until } from "../peers/index.mjs";
import { DOMAIN, PAGE_HZ, PHONE_HZ, useSetting } from "../call/setting.mjs";

// The proxy is listed by its name, so that another address of this host is a stranger's.
const { setting, scene } = useSetting("strangers", {
  tools: ["webclient"],
  chromium: false,
  config: { sip: { allow: [DOMAIN] } },
});

const METHODS = ["OPTIONS", "INVITE", "REGISTER", "MESSAGE", "NOTIFY", "BYE", "CANCEL", "INFO"];
const STRANGER = "127.0.0.2";

const sum = (metrics, name) =>
  Object.entries(metrics)
    .filter(([sample]) => sample.startsWith(name))
    .reduce((total, [, value]) => total + value, 0);

/** A stranger's socket: what it sent and what came back, in messages and bytes. */
async function openStranger(gateway) {
  const socket = dgram.createSocket("udp4");
  const stranger = { sent: 0, bytesSent: 0, answers: [], bytesHeard: 0 };
  socket.on("message", (message) => {
    stranger.answers.push(message.toString().split("\r\n", 1)[0]);
    stranger.bytesHeard += message.length;
  });
  socket.bind(0, STRANGER);
  await once(socket, "listening");
  setting.opened.push(async () => socket.close());
  const from = `${STRANGER}:${socket.address().port}`;
  stranger.send = (method) => {
    const number = ++stranger.sent;
    const message = [
      `${method} sip:100@${gateway.address} SIP/2.0`,
      `Via: SIP/2.0/UDP ${from};branch=z9hG4bK${number};rport`,
      "Max-Forwards: 70",
      "From: <sip:100@example.org>;tag=scanner",
      `To: <sip:100@${gateway.address}>`,
      `Call-ID: ${number}`,
      `CSeq: 1 ${method}`,
      `Contact: <sip:100@${from}>`,
      "User-Agent: friendly-scanner",
      "Content-Length: 0\r\n\r\n",
    ].join("\r\n");
    stranger.bytesSent += message.length;
    socket.send(message, gateway.ports.sip, gateway.address);
  };
  /** As fast as the loop turns, until told to stop. */
  stranger.flood = async (signal) => {
    while (!signal.aborted) {
      for (let i = 0; i < 20; i++) stranger.send(METHODS[stranger.sent % METHODS.length]);
      await sleep(2);
    }
  };
  return stranger;
}

scene("a call through the proxy is set up and heard while a stranger floods", async () => {
  const { gateway } = setting;
  const before = await gateway.metrics();
  const stranger = await openStranger(gateway);
  const stop = new AbortController();
  const flood = stranger.flood(stop.signal);
  try {
    const softphone = await setting.softphone();
    const client = setting.webclient("1001", {
      call: "1002",
      tone: PAGE_HZ,
      hear: PHONE_HZ,
      seconds: 3,
    });
    await softphone.established();
    await softphone.hears(PAGE_HZ);
    const result = await client.result();
    assert.ok(result.ok && result.heard.purity >= 0.8, JSON.stringify(result));
  } finally {
    stop.abort();
    await flood;
  }
  const dropped = "zvonok_sip_dropped_messages_total";
  const after = await gateway.metrics();
  assert.ok(sum(after, dropped) - sum(before, dropped) > stranger.sent / 4);
  const refused = 'zvonok_sip_rejected_messages_total{reason="stranger"}';
  assert.ok(after[refused] > before[refused]);
  assert.ok(stranger.answers.length > 0);
  assert.ok(stranger.bytesHeard < stranger.bytesSent / 2, `${stranger.bytesHeard} bytes back`);
});

scene("a stranger who asks now and then is told why not", async () => {
  const stranger = await openStranger(setting.gateway);
  await sleep(2_000); // the flood's budget comes back
  for (const method of ["INVITE", "REGISTER", "BYE"]) {
    const count = stranger.answers.length + 1;
    stranger.send(method);
    await until(5_000, `${method} is answered`, async () => stranger.answers.length >= count);
  }
  assert.deepEqual(
    stranger.answers.map((line) => line.split(" ")[1]),
    ["404", "405", "481"],
  );
});

scene("with sip.unknown_sources: drop he hears nothing", async () => {
  const gateway = await startZvonokd(setting.stage, {
    certificate: setting.gateway.certificate,
    config: {
      sip: { allow: [DOMAIN], unknown_sources: "drop" },
      dns: { servers: [setting.dns.address] },
    },
  });
  const stranger = await openStranger(gateway);
  for (const method of METHODS) stranger.send(method);
  const refused = 'zvonok_sip_rejected_messages_total{reason="stranger"}';
  await until(5_000, "all are counted", async () => {
    return (await gateway.metrics())[refused] === METHODS.length;
  });
  assert.deepEqual(stranger.answers, []);
});
