// deploy/trunk: a PBX, plain in a network of one's own and by TLS with SRTP. Asterisk with the example's files where it can be had;
// a softphone that takes nothing but TLS and SRTP, as a PBX of one number, in any case.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  findZvonokd,
  makeCertificate,
  startAsterisk,
  startBaresip,
  startDnsmasq,
  startZvonokd,
  until,
  whyNoAsterisk,
} from "../peers/index.mjs";
import { startTool } from "../tools.mjs";
import { readExample, useExample } from "./example.mjs";

const PBX = "pbx.example.org";
const CLIENT_HZ = 1000;
const PHONE_HZ = 700;
const passwordOf = (user) => `change-me-${user}`;

/** A name server that knows the PBX, and a certificate for its name. */
async function openWorld(stage) {
  const dns = await startDnsmasq(stage, { hosts: { [PBX]: ["127.0.0.1"] } });
  const folder = await stage.folder("certificate");
  const certificate = await makeCertificate(folder, findZvonokd(), [PBX]);
  return { dns, certificate };
}

/** The gateway with one of the two fragments. */
async function startGateway(stage, { dns, certificate }, variant) {
  const replace = variant === "tls" ? [["/etc/zvonok/pbx-ca.pem", certificate.ca]] : [];
  const text = await readExample(`trunk/zvonok-${variant}.yaml`, replace);
  return startZvonokd(stage, { text, config: { dns: { servers: [dns.address] } } });
}

const startClient = (stage, gateway, more) =>
  startTool(stage, "webclient", {
    url: gateway.ws,
    domain: PBX,
    tone: CLIENT_HZ,
    seconds: 0,
    timeout: 30,
    ...more,
  });

async function assertHeard(client) {
  const result = await client.result();
  assert.ok(result.ok && result.heard.purity >= 0.8, JSON.stringify(result));
}

/** The SIP leg of the call that goes on, once packets have passed. */
const sipLeg = (gateway) =>
  until(10_000, "the SIP leg has packets both ways", async () => {
    const { calls } = await gateway.ctlJson("calls");
    const { call } = await gateway.ctlJson("call", calls[0].name);
    const leg = call.legs.sip;
    return leg.rxPackets > 10 && leg.txPackets > 10 && leg;
  });

const all = {};
const scene = useExample("deploy-trunk", {
  skip: whyNoAsterisk(),
  async prepare(stage) {
    const world = await openWorld(stage);
    const { certificate } = world;
    const identity = await Promise.all(
      [certificate.certificate, certificate.privateKey].map((file) => readFile(file, "utf8")),
    );
    const pjsip = await readExample("trunk/asterisk/pjsip.conf");
    const extensions = await readExample("trunk/asterisk/extensions.conf");
    all.pbx = await startAsterisk(stage, {
      ready: { user: "1002", password: passwordOf("1002") },
      own: (ports, place) => ({
        "pjsip.conf": pjsip
          .replace("0.0.0.0:5060", `127.0.0.1:${ports.sip}`)
          .replace("0.0.0.0:5061", `127.0.0.1:${ports.tls}`)
          .replaceAll("/etc/asterisk/keys", place),
        "extensions.conf": extensions,
        "pbx.crt": identity[0],
        "pbx.key": identity[1],
      }),
    });
    all.desk = await startBaresip(stage, {
      user: "1002",
      password: passwordOf("1002"),
      registrar: { address: "127.0.0.1", port: all.pbx.port, domain: "127.0.0.1" },
      codecs: ["PCMU"],
      source: { sine: PHONE_HZ },
    });
    all.plain = await startGateway(stage, world, "plain");
    all.tls = await startGateway(stage, world, "tls");
  },
});

const VARIANTS = {
  plain: { user: "1001", port: () => all.pbx.port, srtp: false },
  tls: { user: "1003", port: () => all.pbx.tlsPort, srtp: true },
};

for (const [variant, { user, port, srtp }] of Object.entries(VARIANTS)) {
  const start = (stage, more) =>
    startClient(stage, all[variant], {
      login: user,
      password: passwordOf(user),
      port: port(),
      ...more,
    });

  scene(`${variant}: a client calls a desk phone through Asterisk`, async (stage) => {
    const client = start(stage, { call: "1002", hear: PHONE_HZ });
    await talk(client);
  });

  scene(`${variant}: a desk phone calls a client through Asterisk`, async (stage) => {
    const client = start(stage, { waitCall: true, hear: PHONE_HZ });
    await until(10_000, `${user} is registered`, async () =>
      (await all.pbx.contacts()).some((contact) => contact.user === user),
    );
    await all.desk.dial(user);
    await talk(client);
  });

  scene(`${variant}: a client hears itself at Asterisk's echo`, async (stage) => {
    await assertHeard(start(stage, { call: "600", hear: CLIENT_HZ, seconds: 3 }));
    await all[variant].isIdle();
  });

  async function talk(client) {
    await all.desk.established();
    await all.desk.hears(CLIENT_HZ);
    const leg = await sipLeg(all[variant]);
    assert.equal(Boolean(leg.srtp), srtp, JSON.stringify(leg));
    const mediaPort = Number(leg.remote.split(":").at(-1));
    assert.ok(mediaPort >= all.pbx.rtpPorts[0] && mediaPort <= all.pbx.rtpPorts[1], leg.remote);
    await all.desk.hangup();
    await assertHeard(client);
    await all.desk.closed();
    await all[variant].isIdle();
  }
}

const other = useExample("deploy-trunk-phone", {
  async prepare(stage) {
    all.world = await openWorld(stage);
    const { certificate } = all.world;
    const parts = [certificate.certificate, certificate.privateKey];
    const identity = path.join(await stage.folder("identity"), "both.pem");
    await writeFile(identity, (await Promise.all(parts.map((file) => readFile(file)))).join(""));
    all.number = await startBaresip(stage, {
      user: "2000",
      registrar: { address: "127.0.0.1", port: 0, domain: PBX },
      register: false,
      identity,
      encryption: "srtp-mand",
      codecs: ["PCMU"],
      source: { sine: PHONE_HZ },
    });
    all.secure = await startGateway(stage, all.world, "tls");
  },
});

other(
  "tls: a call to a far end that takes TLS and SRTP alone is heard both ways",
  async (stage) => {
    const client = startClient(stage, all.secure, {
      login: "1003",
      password: passwordOf("1003"),
      port: all.number.tlsPort,
      noRegister: true,
      call: "2000",
      hear: PHONE_HZ,
    });
    await all.number.established();
    await all.number.hears(CLIENT_HZ);
    assert.ok((await sipLeg(all.secure)).srtp);
    await all.number.hangup();
    await assertHeard(client);
    await all.number.closed();
    await all.secure.isIdle();
  },
);

other("tls: a PBX whose certificate another CA has signed is refused", async (stage, later) => {
  const stranger = await makeCertificate(await stage.folder("stranger"), findZvonokd(), [PBX]);
  const gateway = await startGateway(stage, { ...all.world, certificate: stranger }, "tls");
  later(() => gateway.stop());
  const client = startClient(stage, gateway, {
    login: "1003",
    password: passwordOf("1003"),
    port: all.number.tlsPort,
  });
  const result = await client.result();
  assert.equal(result.cause, "sip_untrusted", JSON.stringify(result));
});
