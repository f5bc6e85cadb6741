// deploy/haproxy: two gateways behind HAProxy as an operator sets it up. Clients come in by TLS, are counted by their own addresses,
// come back to the gateway that knows them, and are sent to the other one when theirs is full or dead.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import https from "node:https";
import path from "node:path";
import WebSocket from "ws";
import {
  connectClient,
  findZvonokd,
  freePort,
  launchChromium,
  makeCertificate,
  openPhone,
  openWire,
  passwordOf,
  startBaresip,
  startKamailio,
  startZvonokd,
  until,
  within,
} from "../peers/index.mjs";
import { startTool } from "../tools.mjs";
import { copyExample, readExample, useExample } from "./example.mjs";

const NAME = "phone.example.org";
const CLIENT_HZ = 1000;
const PHONE_HZ = 700;
const NODES = ["gw1", "gw2"];
const CAP = 3; // connections of one address

const all = { gateways: {} };
const scene = useExample("deploy-haproxy", {
  async prepare(stage) {
    all.kamailio = await startKamailio(stage);
    all.softphone = await startBaresip(stage, {
      user: "1002",
      kamailio: all.kamailio,
      source: { sine: PHONE_HZ },
    });
    await all.kamailio.waitRegistered("1002");
    await startAll(stage, all);
  },
});

/** Both gateways and HAProxy before them; more keys of the gateways' configuration. */
async function startAll(stage, into, config = {}) {
  const dir = await stage.folder("haproxy");
  all.door ??= await makeCertificate(path.join(dir, "door"), findZvonokd(), [NAME]);
  const { door } = all;
  const places = [];
  const authorities = [];
  into.gateways = {};
  for (const [i, node] of NODES.entries()) {
    const place = `10.0.0.1${i + 1}:8444`;
    const certificate = await makeCertificate(path.join(dir, node), findZvonokd(), [
      `${node}.example.org`,
    ]);
    authorities.push(await readFile(certificate.ca, "utf8"));
    const port = await freePort();
    places.push([place, `127.0.0.1:${port}`]);
    into.gateways[node] = await startGateway(stage, { certificate, port, config });
  }
  into.ca = await readFile(door.ca);
  into.port = await freePort();
  places.push(["bind :443", `bind 127.0.0.1:${into.port}`]);
  into.haproxy = await startHaproxy(stage, { dir, port: into.port, door, authorities, places });
  into.url = `wss://127.0.0.1:${into.port}/`;
}

/** A gateway with the example's fragment. */
async function startGateway(stage, { certificate, port, config }) {
  const fragment = await readExample("haproxy/zvonok.yaml", [
    ["10.0.0.11:8444", `127.0.0.1:${port}`],
    ["10.0.0.5", "127.0.0.1"],
    ["203.0.113.11", "127.0.0.1"],
  ]);
  return startZvonokd(stage, {
    text: `${fragment}sip:\n  allow: ["127.0.0.0/8"]\n`,
    certificate,
    ports: { https: port },
    config: {
      http: {
        https_listen: undefined,
        wss_listen: undefined,
        max_connections_per_address: CAP,
      },
      media: { addresses: ["127.0.0.1"] },
      session: { resume_window: "30s" },
      ...config,
    },
  });
}

async function startHaproxy(stage, { dir, port, door, authorities, places }) {
  const pem = path.join(dir, "door.pem");
  const parts = await Promise.all(
    [door.certificate, door.privateKey].map((file) => readFile(file, "utf8")),
  );
  await writeFile(pem, parts.join(""), { mode: 0o600 });
  const ca = path.join(dir, "zvonok-ca.pem");
  await writeFile(ca, authorities.join(""));
  const replace = [
    ...places,
    ["/etc/haproxy/phone.example.org.pem", pem],
    ["/etc/haproxy/zvonok-ca.pem", ca],
  ];
  if (process.getuid() !== 0) {
    replace.push(["    chroot /var/lib/haproxy\n    user haproxy\n    group haproxy\n", ""]);
  }
  const file = await copyExample("haproxy/haproxy.cfg", dir, { replace });
  const haproxy = stage.spawn("haproxy", "haproxy", ["-db", "-f", file]);
  await until(10_000, "HAProxy passes a page on", async () => {
    if (haproxy.how) throw new Error(haproxy.tail());
    const { status } = await get(port, "/");
    return status === 200;
  });
  return haproxy;
}

/** A page, asked for without a look at the certificate. */
async function get(port, where, headers = {}) {
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", path: where, headers, rejectUnauthorized: false };
    const request = https.get(options, (response) => {
      response.resume();
      response.once("end", () =>
        resolve({ status: response.statusCode, headers: response.headers }),
      );
    });
    request.once("error", reject);
  });
}

/** What a WebSocket's answer sets. */
async function cookieOfWebSocket() {
  const socket = new WebSocket(all.url, { rejectUnauthorized: false });
  const answer = new Promise((resolve, reject) => {
    socket.once("upgrade", resolve);
    socket.once("error", reject);
  });
  const { headers } = await within(5_000, "a WebSocket opens", answer);
  socket.once("error", () => undefined); // it is not needed any more
  socket.terminate();
  return headers["set-cookie"][0];
}

/** A client from an address of its own, to which HAProxy shows the certificate of its name; who has a token says so in the URL. */
async function connect(later, { at = all, from, client, cookie, headers = {}, account } = {}) {
  const query = new URLSearchParams({
    ...(client && { client }),
    ...(account?.authToken && { resume: 1 }),
  });
  const socket = await connectClient(`${at.url}?${query}`, {
    localAddress: from,
    ca: at.ca,
    servername: NAME,
    rejectUnauthorized: true,
    headers: { ...headers, ...(cookie ? { Cookie: cookie } : {}) },
  });
  later(() => socket.close());
  socket.say("connection", {
    appKey: "defaultApp",
    mediaProviders: ["WebRTC"],
    sipLogin: "1001",
    sipPassword: passwordOf("1001"),
    sipDomain: "127.0.0.1",
    sipPort: all.kamailio.port,
    sipRegisterRequired: false,
    features: ["resume"],
    ...account,
  });
  return socket;
}

/** One that is new, with its token and the node that took it. */
async function join(later, options) {
  const { at = all } = options;
  const before = await nodesOf(at);
  const client = await connect(later, options);
  const [{ authToken, sessionId }] = (await client.next("getUserData")).data;
  const after = await nodesOf(at);
  const node = Object.keys(after).find((name) => after[name] > before[name]);
  return { client, authToken, sessionId, node };
}

/** How many clients each node that runs has taken so far. */
async function nodesOf(at) {
  const running = Object.entries(at.gateways).filter(([, gateway]) => !gateway.process.how);
  return Object.fromEntries(
    await Promise.all(
      running.map(async ([node, gateway]) => [node, (await gateway.counts()).sessions_created]),
    ),
  );
}

/** It returns by its token, to the session that it had. */
async function comeBack(later, { authToken, sessionId }, options) {
  const again = await connect(later, { ...options, account: { authToken, lastSeq: 0 } });
  const [data] = (await again.next("getUserData")).data;
  assert.equal(data.sessionId, sessionId);
  return again;
}

scene(
  "a client calls through HAProxy, loses its connection, and returns to its call",
  async (stage) => {
    const client = startTool(stage, "webclient", {
      url: `${all.url}?client=an-app`,
      login: "1001",
      password: passwordOf("1001"),
      domain: "127.0.0.1",
      port: all.kamailio.port,
      call: "1002",
      tone: CLIENT_HZ,
      hear: PHONE_HZ,
      seconds: 3,
      cutAt: "talking",
      timeout: 40,
    });
    await all.softphone.established();
    await all.softphone.hears(CLIENT_HZ);
    const result = await client.result();
    assert.ok(result.ok && result.heard.purity >= 0.8, JSON.stringify(result));
    assert.equal(client.lines().filter(({ event }) => event === "cut").length, 1);
    await all.softphone.closed();
  },
);

/** The phone page behind HAProxy, or behind another port that leads there. */
async function openPage(stage, later, { at = all, port = at.port } = {}) {
  all.chromium ??= await launchChromium(stage, { spki: [all.door.spki] });
  const account = { login: "1001", password: passwordOf("1001"), domain: "127.0.0.1" };
  const phone = await openPhone(
    all.chromium,
    `https://127.0.0.1:${port}/`,
    { ...account, port: all.kamailio.port },
    { tone: CLIENT_HZ },
  );
  later(() => phone.close());
  await phone.connect();
  return phone;
}

/** It talks with the softphone. */
async function callFrom(phone) {
  await phone.call("1002");
  await phone.talking();
  await all.softphone.established();
  await Promise.all([phone.hears(PHONE_HZ), all.softphone.hears(CLIENT_HZ)]);
}

scene(
  "the phone page calls through HAProxy, is reloaded, and is back in its call",
  async (stage, later) => {
    const phone = await openPage(stage, later);
    await callFrom(phone);
    await phone.page.reload();
    await phone.talking();
    await phone.hears(PHONE_HZ);
    await phone.press("Hangup");
    await all.softphone.closed();
    assert.deepEqual(phone.problems, []);
  },
);

scene(
  "a gateway that drains keeps its calls, takes their clients back, and gets nobody new",
  async (stage, later) => {
    const at = {};
    await startAll(stage, at, { drain: { timeout: "40s" } });
    for (const end of [at.haproxy, ...Object.values(at.gateways)]) later(() => end.stop());
    const wire = await openWire(stage, at.port);
    const phone = await openPage(stage, later, { at, port: wire.port });
    await callFrom(phone);
    const taken = await nodesOf(at);
    const node = NODES.find((name) => taken[name] > 0);
    const other = NODES.find((name) => name !== node);
    at.gateways[node].process.kill("SIGTERM");
    await at.haproxy.waitForLine(new RegExp(`Server gateways/${node} is DOWN.*503`), 20_000);
    assert.equal((await join(later, { at, client: "new" })).node, other);
    const opened = wire.opened;
    wire.reset();
    await until(10_000, "the page connects again", () => wire.opened > opened);
    await at.gateways[node].process.waitForLine(/session returned/, 10_000);
    await phone.talking();
    await phone.hears(PHONE_HZ);
    await all.softphone.hangup();
    await all.softphone.closed();
    assert.equal((await within(15_000, "it ends", at.gateways[node].process.exited)).code, 0);
  },
);

scene(
  "who has no call when a gateway drains is taken by the other one, a browser and an app",
  async (stage, later) => {
    const at = {};
    await startAll(stage, at, { drain: { timeout: "40s" } });
    for (const end of [at.haproxy, ...Object.values(at.gateways)]) later(() => end.stop());
    const talker = startTool(stage, "webclient", {
      url: at.url,
      login: "1001",
      password: passwordOf("1001"),
      domain: "127.0.0.1",
      port: all.kamailio.port,
      call: "1002",
      seconds: 0,
      timeout: 40,
    });
    await all.softphone.established();
    const taken = await nodesOf(at);
    const node = NODES.find((name) => taken[name] > 0);
    const other = NODES.find((name) => name !== node);
    const cookie = `ZVONOK_NODE=${node}`;
    const browser = { at, from: "127.0.0.81", cookie };
    const app = { at, from: "127.0.0.82", client: "idle" };
    assert.equal((await join(later, browser)).node, node);
    assert.equal((await join(later, { ...app, cookie })).node, node);
    assert.equal((await join(later, app)).node, node, "it is known by its name");
    at.gateways[node].process.kill("SIGTERM");
    await at.haproxy.waitForLine(new RegExp(`Server gateways/${node} is DOWN.*503`), 20_000);
    const page = await get(at.port, "/", { Cookie: cookie });
    assert.equal(page.status, 200);
    assert.equal(page.headers["set-cookie"], undefined, "a page that is reloaded finds its call");
    assert.equal((await join(later, browser)).node, other);
    assert.equal((await join(later, app)).node, other);
    await all.softphone.hangup();
    await talker.result();
    await all.softphone.closed();
    assert.equal((await within(15_000, "it ends", at.gateways[node].process.exited)).code, 0);
  },
);

scene("each client counts by its own address, whatever it says of itself", async (stage, later) => {
  const from = "127.0.0.21";
  const client = "one-home";
  const { node } = await join(later, { from, client });
  for (let i = 1; i < CAP; i++) await join(later, { from, client });
  const headers = { "X-Forwarded-For": "192.0.2.1" };
  await assert.rejects(connect(later, { from, client, headers }), /429/);
  assert.equal((await join(later, { from: "127.0.0.22", client })).node, node);
  const log = all.gateways[node].log();
  assert.match(log, /WebSocket open from 127\.0\.0\.21\b/);
  assert.match(log, /WebSocket from 127\.0\.0\.21 refused, 429/);
});

scene(
  "a browser that comes back from elsewhere finds its gateway by the cookie",
  async (stage, later) => {
    const { headers } = await get(all.port, "/");
    const [setCookie] = headers["set-cookie"];
    assert.match(setCookie, /^ZVONOK_NODE=gw[12]; path=\/; HttpOnly; Secure$/);
    assert.match(await cookieOfWebSocket(), /^ZVONOK_NODE=gw[12]; path=\/; HttpOnly; Secure$/);
    const [cookie] = setCookie.split(";");
    for (let i = 0; i < 3; i++) {
      const first = await join(later, { from: `127.0.0.${31 + i}`, cookie });
      assert.equal(`ZVONOK_NODE=${first.node}`, cookie);
      first.client.close();
      await comeBack(later, first, { from: `127.0.0.${41 + i}`, cookie });
    }
  },
);

scene(
  "an app that comes back from elsewhere finds its gateway by its name",
  async (stage, later) => {
    const nodes = new Set();
    for (let i = 0; i < 4; i++) {
      const client = `app-${i}`;
      const first = await join(later, { from: `127.0.0.${51 + i}`, client });
      nodes.add(first.node);
      first.client.close();
      await comeBack(later, first, { from: `127.0.0.${61 + i}`, client });
    }
    assert.equal(nodes.size, 2, "both gateways got some");
  },
);

scene("how a gateway feels is told to HAProxy and nobody else", async () => {
  for (const where of ["/readyz", "/%72eadyz", "//readyz"]) {
    assert.equal((await get(all.port, where)).status, 404, where);
  }
  for (const { ports } of Object.values(all.gateways)) {
    assert.equal((await get(ports.https, "/readyz")).status, 200); // from its address
    assert.equal((await get(ports.https, "/metrics")).status, 404);
  }
});

scene(
  "a full gateway gets no new clients, and those of its own back; a dead one none",
  async (stage, later) => {
    const at = {};
    await startAll(stage, at, { limits: { clients: 2 } });
    for (const end of [at.haproxy, ...Object.values(at.gateways)]) later(() => end.stop());
    const first = await join(later, { at, from: "127.0.0.71", client: "first" });
    const { node } = first;
    const other = NODES.find((name) => name !== node);
    const second = await join(later, { at, from: "127.0.0.71", cookie: `ZVONOK_NODE=${node}` });
    assert.equal(second.node, node);
    await at.haproxy.waitForLine(new RegExp(`Server gateways/${node} is DOWN.*503`), 20_000);
    const third = await join(later, { at, from: "127.0.0.72", client: "third" });
    assert.equal(third.node, other);
    first.client.close();
    await comeBack(later, first, { at, from: "127.0.0.73", client: "first" });

    at.gateways[node].process.kill("SIGKILL");
    await at.gateways[node].process.exited;
    const cookie = `ZVONOK_NODE=${node}`;
    const lost = await connect(later, {
      at,
      from: "127.0.0.73",
      cookie,
      account: { authToken: first.authToken },
    });
    assert.equal((await lost.next("fail")).data[0].cause, "resume_unknown_token");
    assert.equal((await get(at.port, "/", { Cookie: cookie })).status, 200);
    const orphan = await join(later, { at, from: "127.0.0.74", cookie });
    assert.equal(orphan.node, other);
  },
);
