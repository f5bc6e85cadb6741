// SIP over TCP and TLS: registrations and calls both ways through Kamailio, a softphone without a server, a peer that writes a
// byte at a time, certificates that are not to be trusted, requests too large for UDP.
import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import {
  Stage,
  connectClient,
  findZvonokd,
  freePort,
  makeCertificate,
  passwordOf,
  startBaresip,
  startDnsmasq,
  startKamailio,
  startStreamServer,
  startZvonokd,
  until,
} from "../peers/index.mjs";
import { PLAYER, TRANSCRIBED, findTool, playTranscripts, startTool } from "../tools.mjs";

const DOMAIN = "zvonok.test";
const CLIENT_HZ = 1000;
const PHONE_HZ = 700;
const missing = findZvonokd()
  ? ["webclient", TRANSCRIBED, PLAYER].find((tool) => !findTool(tool))
  : "zvonokd";
const skip = missing ? `${missing} is not built` : false;

let stage;
let kamailio;
let dns;
let folder; // of the certificate for DOMAIN and for this host
let certificate;
let pem; // certificate and key in one file
let transcripts; // of the gateways
let gateways = 0;

before(
  async () => {
    stage = await Stage.open("streams");
    await stage.run(async () => {
      if (skip) return;
      transcripts = await stage.folder("transcripts");
      folder = await stage.folder("certificate");
      certificate = await makeCertificate(folder, findZvonokd(), [DOMAIN]);
      pem = path.join(folder, "both.pem");
      const parts = [certificate.certificate, certificate.privateKey];
      await writeFile(pem, (await Promise.all(parts.map((file) => readFile(file)))).join(""));
      kamailio = await startKamailio(stage, { domain: DOMAIN, tcp: true, tls: folder });
      dns = await startDnsmasq(stage, { hosts: { [DOMAIN]: ["127.0.0.1"] } });
    });
  },
  { timeout: 60_000 },
);

after(() => stage.close(), { timeout: 60_000 });

const scene = (sentence, action) =>
  test(sentence, { timeout: 60_000, skip }, async () => {
    const opened = [];
    try {
      await stage.run(() => action((end) => opened.push(end)));
    } finally {
      for (const end of opened.reverse()) await end();
    }
  });

/** A gateway of the scene's own, that ends with it and leaves nothing. */
async function openGateway(later, sip, trunks) {
  const gateway = await startZvonokd(stage, {
    binary: findTool(TRANSCRIBED),
    transcript: path.join(transcripts, `${++gateways}.txt`),
    seed: gateways,
    config: {
      sip: { allow: [DOMAIN, "127.0.0.0/8"], tls_ca: certificate.ca, ...sip },
      dns: { servers: [dns.address] },
      ...(trunks ? { trunks } : {}),
    },
  });
  later(() => gateway.stop());
  return gateway;
}

/** What a client says first. */
const connection = (more) => ({
  appKey: "defaultApp",
  mediaProviders: ["WebRTC"],
  sipLogin: "1001",
  sipPassword: passwordOf("1001"),
  sipDomain: DOMAIN,
  sipRegisterRequired: true,
  ...more,
});

async function connect(later, gateway, account) {
  const client = await connectClient(gateway.ws);
  later(() => client.close());
  client.say("connection", connection(account));
  return client;
}

/** For servers of ours: key and certificate, or none for TCP. */
const identityOf = async (transport) =>
  transport === "tls"
    ? {
        key: await readFile(certificate.privateKey),
        cert: await readFile(certificate.certificate),
      }
    : undefined;

/** A way to a port of this host that can be cut, as a firewall that forgets a connection does. */
async function openWay(later, port) {
  const ends = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(port, "127.0.0.1");
    for (const end of [near, far]) {
      ends.add(end);
      end.on("error", () => end.destroy());
      end.on("close", () => [near, far].forEach((both) => both.destroy()));
    }
    near.pipe(far).pipe(near);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const cut = () => ends.forEach((end) => end.destroy());
  later(() => {
    cut();
    server.close();
  });
  return { port: server.address().port, cut };
}

const portOf = (transport) => (transport === "tls" ? kamailio.tlsPort : kamailio.port);

function startClient(gateway, transport, more) {
  return startTool(stage, "webclient", {
    url: gateway.ws,
    login: "1001",
    password: passwordOf("1001"),
    domain: DOMAIN,
    port: portOf(transport),
    tone: CLIENT_HZ,
    timeout: 30,
    ...more,
  });
}

async function openSoftphone(later, more = {}) {
  const softphone = await startBaresip(stage, {
    user: "1002",
    kamailio,
    codecs: ["PCMU"],
    source: { sine: PHONE_HZ },
    ...more,
  });
  later(() => softphone.stop());
  return softphone;
}

const received = (name) => (line) => line.event === "received" && line.message === name;

async function assertOk(client) {
  const result = await client.result();
  assert.ok(result.ok && result.code === 0, JSON.stringify(result));
  return result;
}

async function assertHeard(client) {
  const result = await assertOk(client);
  assert.ok(result.heard.purity >= 0.8 && result.heard.seconds >= 1, JSON.stringify(result));
}

scene("by tls Kamailio knows one binding after a connection was lost", async (later) => {
  const way = await openWay(later, kamailio.tlsPort);
  const gateway = await openGateway(later, { transport: "tls" });
  const client = await connect(later, gateway, { sipPort: way.port });
  await client.next("registered");
  const [lost] = await kamailio.waitRegistered("1001");
  way.cut();
  await until(5_000, "it has the new binding, and that one alone", async () => {
    const contacts = (await kamailio.registered()).get("1001");
    return contacts?.length === 1 && contacts[0] !== lost;
  });
  client.close();
  await kamailio.waitUnregistered("1001");
});

for (const transport of ["tcp", "tls"]) {
  const settings = [
    { name: `by ${transport}`, sip: { transport } },
    ...(transport === "tls" ? [{ name: "by tls, with a port of our own", listens: true }] : []),
  ];
  for (const { name, listens, sip } of settings) {
    const config = async () =>
      listens
        ? {
            transport,
            tls_listen: `127.0.0.1:${await freePort()}`,
            tls_certificate: certificate.certificate,
            tls_private_key: certificate.privateKey,
          }
        : sip;

    scene(`${name} a call through Kamailio is heard at both ends`, async (later) => {
      const gateway = await openGateway(later, await config());
      const softphone = await openSoftphone(later);
      const client = startClient(gateway, transport, { call: "1002", hear: PHONE_HZ, seconds: 3 });
      await softphone.established();
      await softphone.hears(CLIENT_HZ);
      await assertHeard(client);
      await softphone.closed();
      await gateway.isIdle();
    });

    scene(`${name} a call from Kamailio is heard at both ends`, async (later) => {
      const gateway = await openGateway(later, await config());
      const softphone = await openSoftphone(later);
      const client = startClient(gateway, transport, {
        waitCall: true,
        hear: PHONE_HZ,
        seconds: 0,
      });
      await client.line("registered", received("registered"));
      const [contact] = await kamailio.waitRegistered("1001");
      assert.match(contact, new RegExp(`;transport=${transport}$`));
      await softphone.dial("1001");
      await softphone.established();
      await softphone.hears(CLIENT_HZ);
      await softphone.hangup(); // the far end's BYE finds us too
      await assertHeard(client);
      await gateway.isIdle();
    });
  }

  scene(`by ${transport} a lost connection is made good at once`, async (later) => {
    const server = await startStreamServer({ identity: await identityOf(transport) });
    later(() => server.close());
    const gateway = await openGateway(later, { transport });
    const client = await connect(later, gateway, { sipPort: server.port });
    await client.next("registered");
    server.drop();
    await until(5_000, "it registers again", () => server.requests("REGISTER").length === 2);
    assert.equal(server.connections, 2);
  });

  scene(`by ${transport} a call outlives its connection`, async (later) => {
    const server = await startStreamServer({ identity: await identityOf(transport) });
    later(() => server.close());
    const gateway = await openGateway(later, { transport });
    const client = startClient(gateway, transport, {
      port: server.port,
      call: "1002",
      hangupAfterAnswer: 2,
    });
    await until(10_000, "the call is answered", () => server.requests("ACK").length === 1);
    server.drop();
    await assertOk(client);
    await until(5_000, "BYE came by a new connection", () => server.requests("BYE").length === 1);
    await gateway.isIdle();
  });

  scene(`by ${transport} answers that come byte by byte make a call`, async (later) => {
    const server = await startStreamServer({ identity: await identityOf(transport) });
    later(() => server.close());
    const gateway = await openGateway(later, { transport });
    const client = startClient(gateway, transport, {
      port: server.port,
      call: "1002",
      hangupAfterAnswer: 0,
    });
    await assertOk(client);
    await until(5_000, "BYE came", () => server.requests("BYE").length === 1);
    assert.equal(server.requests("INVITE").length, 1);
    assert.equal(server.requests("ACK").length, 1);
    assert.equal(server.connections, 1, "everything goes by one connection");
    await gateway.isIdle();
  });
}

for (const transport of ["tcp", "tls"]) {
  scene(`the doctor asks a server by ${transport} where SIP goes so`, async (later) => {
    const gateway = await openGateway(later, { transport });
    const client = await connect(later, gateway, { sipPort: portOf(transport) });
    await client.next("registered");
    const { findings } = await gateway.ctlJson("doctor");
    const servers = findings.filter(({ check }) => check === "sip_server");
    const wanted = servers.find(({ text }) => text.includes(`:${portOf(transport)}`));
    assert.equal(wanted?.severity, "ok", JSON.stringify(servers));
  });
}

scene("a softphone is called by TLS without a server, and either end hangs up", async (later) => {
  const gateway = await openGateway(later, { transport: "tls" });
  const direct = { address: "127.0.0.1", port: 0, domain: "127.0.0.1" };
  const softphone = await openSoftphone(later, {
    kamailio: undefined,
    registrar: direct,
    register: false,
    identity: pem,
  });
  for (const byPhone of [false, true]) {
    const client = startClient(gateway, "tls", {
      domain: "127.0.0.1",
      port: softphone.tlsPort,
      noRegister: true,
      call: "1002",
      hear: PHONE_HZ,
      seconds: byPhone ? 0 : 3,
    });
    await softphone.established();
    await softphone.hears(CLIENT_HZ);
    if (byPhone) await softphone.hangup();
    await assertHeard(client);
    await softphone.closed();
    softphone.forget();
  }
  await gateway.isIdle();
});

scene(
  "a certificate that is not trusted is told with its reason, until its CA is named",
  async (later) => {
    const ca = path.join(await stage.folder("trusted"), "ca.crt");
    const other = await makeCertificate(await stage.folder("other"), findZvonokd());
    await copyFile(other.ca, ca);
    const gateway = await openGateway(later, { transport: "tls" }, { [DOMAIN]: { ca } });
    const account = { sipPort: kamailio.tlsPort };
    const client = await connect(later, gateway, account);
    const { data } = await client.next("fail");
    assert.equal(data[0].cause, "sip_untrusted", JSON.stringify(data));
    assert.match(data[0].remedy, /the certificate of zvonok\.test is not trusted.*ca: FILE/);
    assert.match(gateway.log(), /the certificate of zvonok\.test is not trusted/);
    await copyFile(certificate.ca, ca);
    gateway.process.kill("SIGHUP");
    await gateway.process.waitForLine(/certificates for SIP were read anew/, 5_000);
    const again = await connect(later, gateway, account);
    await again.next("registered");
  },
);

scene("a certificate for another name is refused", async (later) => {
  const server = await startStreamServer({ identity: await identityOf("tls") });
  later(() => server.close());
  const names = await startDnsmasq(stage, { hosts: { "victim.test": ["127.0.0.1"] } });
  const gateway = await startZvonokd(stage, {
    config: {
      sip: { allow: ["victim.test"], transport: "tls", tls_ca: certificate.ca },
      dns: { servers: [names.address] },
    },
  });
  later(() => gateway.stop());
  const client = await connect(later, gateway, {
    sipDomain: "victim.test",
    sipPort: server.port,
  });
  const { data } = await client.next("fail");
  assert.equal(data[0].cause, "sip_untrusted", JSON.stringify(data));
  assert.match(data[0].remedy, /name the server as its certificate does/);
  assert.deepEqual(server.seen, []);
});

scene("a request too large for UDP goes by TCP, where the server takes it", async (later) => {
  const plain = await startKamailio(stage, { domain: DOMAIN });
  later(() => plain.process.stop());
  for (const server of [kamailio, plain]) {
    const gateway = await openGateway(later, { udp_max_request: 400 });
    const softphone = await openSoftphone(later, { kamailio: server });
    const client = startClient(gateway, "udp", {
      port: server.port,
      call: "1002",
      hear: PHONE_HZ,
      seconds: 3,
    });
    await softphone.established();
    await softphone.hears(CLIENT_HZ);
    await assertHeard(client);
    await softphone.closed();
    const refused = /SIP over TCP with 127\.0\.0\.1:\d+: the connection was refused/;
    assert.equal(refused.test(gateway.log()), server === plain);
    await softphone.stop();
  }
});

test("the stack alone does it all again", { skip }, async () => {
  assert.equal(await playTranscripts(path.join(transcripts, "*.txt")), gateways);
});
