// A capture that zvonokctl asked for, as tshark reads it: the call's SIP from its first message on, and what was said
// only where the configuration allows it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, test } from "node:test";
import { measureTone, readFields, readRtp, until } from "../peers/index.mjs";
import { PAGE_HZ, PHONE_HZ, useSetting } from "../call/setting.mjs";

/** A call of the C client in PCMU that is captured for some seconds while both talk, then hung up; the file's path. */
async function captureCall(setting) {
  const { gateway, stage } = setting;
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const client = setting.webclient("1001", {
    tone: PAGE_HZ,
    hear: PHONE_HZ,
    call: "1002",
    codec: "PCMU",
    seconds: 0,
    timeout: 40,
  });
  await softphone.established();
  const [{ name }] = (await gateway.ctlJson("calls")).calls;
  const file = path.join(await stage.folder("captures"), "call.pcapng");
  const capture = gateway.ctlJson("pcap", name, "on", file);
  await until(5_000, "the capture runs", async () =>
    gateway.log().includes("captured over the admin socket"),
  );
  // 2.5 s of sound each way: far more than one window of the tone's filter.
  const received = async () => {
    const { client: web, sip } = (await gateway.ctlJson("call", name)).call.legs;
    return Math.min(web.rxPackets, sip.rxPackets);
  };
  const before = await received();
  await until(8_000, "2.5 s are captured", async () => (await received()) >= before + 125);
  await gateway.ctl("hangup", name);
  const end = await capture;
  assert.equal(end.reason, "the call ended");
  assert.equal(end.dropped, 0);
  await client.result();
  await softphone.stop();
  return file;
}

async function checkSip(file) {
  const rows = await readFields(file, ["sip.Method", "sip.Status-Code", "sip.Call-ID"], {
    filter: "sip",
  });
  const said = rows.map(([method, status]) => method || status);
  for (const wanted of ["INVITE", "407", "200", "ACK", "BYE"])
    assert.ok(said.includes(wanted), `no ${wanted} in ${said.join(" ")}`);
  assert.equal(said[0], "INVITE");
  assert.equal(new Set(rows.map(([, , id]) => id)).size, 1);
}

for (const consent of [true, false]) {
  describe(`capture.media ${consent}`, () => {
    const { setting, scene } = useSetting(`pcap-${consent}`, {
      tools: ["webclient"],
      chromium: false,
      atRest: false,
      config: { capture: { media: consent } },
    });
    scene(
      consent
        ? "tshark finds the call's SIP, and both tones on both legs"
        : "tshark finds the call's SIP and RTP headers, and nothing of what was said",
      async () => {
        const file = await captureCall(setting);
        await checkSip(file);
        // The SIP leg's ports are in the captured SDP; the web leg's description is not SIP.
        const streams = await readRtp(file, { rtpPorts: [setting.gateway.ports.web] });
        for (const link of ["rtp-web", "rtp-sip"])
          for (const isOutbound of [false, true]) {
            const found = streams.filter(
              (stream) => stream.interface === link && stream.isOutbound === isOutbound,
            );
            assert.equal(found.length, 1, `${link} ${isOutbound}`);
            assert.ok(found[0].packets >= 100, `${found[0].packets} packets`);
            const isClient = (link === "rtp-web") !== isOutbound;
            const { purity } = measureTone(found[0], isClient ? PAGE_HZ : PHONE_HZ);
            if (consent) assert.ok(purity >= 0.8, `${link} ${isOutbound}: ${purity}`);
            else assert.equal(found[0].samples.length, 0);
          }
        // The gateway's own credentials are in no capture, whatever the consent.
        const bytes = await readFile(file);
        assert.match(bytes.toString("latin1"), /Proxy-Authorization: Digest .*response="x+"/);
      },
    );
  });
}
