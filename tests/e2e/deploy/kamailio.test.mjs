// deploy/kamailio: both schemes as an operator installs them. A client of the gateway calls a softphone and is called by it; who
// carries the sound is seen at the gateway and asked of rtpengine.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import {
  freePort,
  openKamailio,
  runFolder,
  startBaresip,
  startDnsmasq,
  startRtpengine,
  startZvonokd,
  until,
  within,
} from "../peers/index.mjs";
import { startTool } from "../tools.mjs";
import { copyExample, useExample } from "./example.mjs";

const DOMAIN = "sip.example.org";
const CLIENT_HZ = 1000;
const PHONE_HZ = 700;
const passwordOf = (user) => `change-me-${user}`;

/** One scheme's server, with all that belongs to it. */
async function startServer(stage, scheme, rtpengine) {
  const dir = await runFolder(stage);
  const port = await freePort();
  const replace = [
    ["192.0.2.5:5060", `127.0.0.1:${port}`],
    ["/etc/kamailio", dir],
    ["/run/kamailio", dir],
  ];
  if (rtpengine) replace.push(["127.0.0.1:22223", rtpengine.address]);
  const file = await copyExample(`kamailio/${scheme}.cfg`, dir, { as: "kamailio.cfg", replace });
  for (const name of ["proxy.cfg", "dbtext/version", "dbtext/subscriber"]) {
    await copyExample(`kamailio/${name}`, dir, { as: name });
  }
  const kamailio = openKamailio(stage, { dir, file, socket: `${dir}/kamailio_ctl` });
  await until(10_000, "kamailio tells who is registered", async () => {
    if (kamailio.process.how) throw new Error(kamailio.process.tail());
    return kamailio.registered();
  });
  return Object.assign(kamailio, { address: "127.0.0.1", port, domain: DOMAIN });
}

for (const scheme of ["scheme1", "scheme2"]) {
  const all = {};
  const scene = useExample(`kamailio-${scheme}`, {
    async prepare(stage) {
      if (scheme === "scheme1") all.rtpengine = await startRtpengine(stage);
      all.kamailio = await startServer(stage, scheme, all.rtpengine);
      const dns = await startDnsmasq(stage, { hosts: { [DOMAIN]: ["127.0.0.1"] } });
      all.gateway = await startZvonokd(stage, {
        config: { sip: { allow: [DOMAIN] }, dns: { servers: [dns.address] } },
      });
      all.softphone = await startBaresip(stage, {
        user: "1002",
        password: passwordOf("1002"),
        kamailio: all.kamailio,
        source: { sine: PHONE_HZ },
      });
      await all.kamailio.waitRegistered("1002");
    },
  });

  const startClient = (stage, more) =>
    startTool(stage, "webclient", {
      url: all.gateway.ws,
      login: "1001",
      password: passwordOf("1001"),
      domain: DOMAIN,
      port: all.kamailio.port,
      tone: CLIENT_HZ,
      hear: PHONE_HZ,
      seconds: 0,
      timeout: 30,
      ...more,
    });

  async function talkAndEnd(client) {
    await all.softphone.established();
    await all.softphone.hears(CLIENT_HZ);
    await assertCarrier();
    await all.softphone.hangup();
    const result = await client.result();
    assert.ok(result.ok && result.heard.purity >= 0.8, JSON.stringify(result));
    await all.softphone.closed();
    await all.gateway.isIdle();
  }

  /** Where the sound of the call that goes on comes from. */
  async function assertCarrier() {
    const [remote] = await until(10_000, "the SIP leg has packets", async () => {
      const { calls } = await all.gateway.ctlJson("calls");
      const { call } = await all.gateway.ctlJson("call", calls[0].name);
      return call.legs.sip.rxPackets > 10 && [call.legs.sip.remote];
    });
    const port = Number(remote.split(":").at(-1));
    if (scheme === "scheme2") {
      assert.ok(port >= all.softphone.port && port < all.softphone.port + 60, remote);
      return;
    }
    const { first, mediaPorts } = all.rtpengine;
    assert.ok(port >= first && port < first + mediaPorts, remote);
    assert.equal((await all.rtpengine.ask({ command: "list" })).calls.length, 1);
  }

  scene(`${scheme}: a client calls a SIP phone and both are heard`, async (stage) => {
    const client = startClient(stage, { call: "1002" });
    await talkAndEnd(client);
  });

  scene(`${scheme}: a SIP phone calls a client and both are heard`, async (stage) => {
    const client = startClient(stage, { waitCall: true });
    await all.kamailio.waitRegistered("1001");
    await all.softphone.dial("1001");
    await talkAndEnd(client);
  });

  scene(`${scheme}: a wrong password registers nobody`, async (stage) => {
    const wrong = startClient(stage, { password: "wrong", timeout: 10 });
    const result = await wrong.result();
    assert.equal(result.cause, "sip_auth_failed", JSON.stringify(result));
    assert.ok(!(await all.kamailio.registered()).has("1001"));
  });

  scene(`${scheme}: a stranger's requests reach no phone`, async (stage, later) => {
    const socket = createSocket("udp4");
    later(() => socket.close());
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    for (const method of ["MESSAGE", "NOTIFY", "SUBSCRIBE", "REFER", "INVITE", "INFO"]) {
      const answer = once(socket, "message");
      socket.send(strange(method, socket.address().port), all.kamailio.port, "127.0.0.1");
      const [text] = await within(5_000, `${method} is answered`, answer);
      assert.match(String(text), /^SIP\/2\.0 407 /, method);
    }
  });
}

/** Out of a dialog, to a phone that is registered, from nobody. */
function strange(method, port) {
  return [
    `${method} sip:1002@${DOMAIN} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK-${method}`,
    "Max-Forwards: 70",
    `From: <sip:1001@${DOMAIN}>;tag=1`,
    `To: <sip:1002@${DOMAIN}>`,
    `Call-ID: strange-${method}`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:1001@127.0.0.1:${port}>`,
    "Event: message-summary",
    `Refer-To: <sip:1003@${DOMAIN}>`,
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
}
