// A domain's servers found by DNS as it comes in real life: NAPTR and SRV of dnsmasq, servers that are dead, busy or send calls
// elsewhere, a registrar (Kamailio) behind them. Who was asked is counted, not timed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFile } from "node:fs/promises";
import path from "node:path";
import {
  ROOT,
  Stage,
  connectClient,
  freePort,
  openBlackHole,
  passwordOf,
  startDnsmasq,
  startKamailio,
  startPeer,
  startZvonokd,
  until,
} from "../peers/index.mjs";
import { PLAYER, TRANSCRIBED, findTool, playTranscripts } from "../tools.mjs";

const DOMAIN = "zvonok.test";
const LOCAL = ["127.0.0.1"];
const QUIET = { timers: { register: "8s" }, http: { max_connections_per_address: 64 } };
const missing = [TRANSCRIBED, PLAYER].find((tool) => !findTool(tool));
const skip = missing ? `${missing} is not built` : false;
const gateways = [];
let stage;
let kamailio;
let transcripts; // of the gateways

before(async () => {
  if (skip) return;
  stage = await Stage.open("resolve");
  await stage.run(async () => {
    transcripts = await stage.folder("transcripts");
    kamailio = await startKamailio(stage, { domain: DOMAIN });
  });
});

after(() => stage?.close());

const scene = (sentence, action) =>
  test(sentence, { timeout: 60_000, skip }, async () => stage.run(action));

/** A gateway that asks this DNS server, with what `records` has: see startDnsmasq. */
async function startWorld(records, config = {}) {
  const dns = await startDnsmasq(stage, {
    ...records,
    more: ["--log-queries", ...(records.more ?? [])],
  });
  const gateway = await startZvonokd(stage, {
    binary: findTool(TRANSCRIBED),
    transcript: path.join(transcripts, `${gateways.length}.txt`),
    seed: gateways.length + 1,
    config: { ...QUIET, dns: { servers: [dns.address] }, ...config },
  });
  gateways.push(gateway);
  const queries = (type) =>
    [...dns.process.output.matchAll(/query\[(\S+)\] (\S+) from/g)]
      .map(([, kind, name]) => `${kind} ${name}`)
      .filter((line) => !line.endsWith("ready.invalid") && (!type || line.startsWith(`${type} `)));
  /** The queries so far: what came before this one of ours, which is nobody else's, is in the log when it is. */
  let marks = 0;
  const queriesSoFar = async () => {
    const name = `mark${++marks}.ready.invalid`;
    await until(5_000, "dnsmasq's log is at hand", async () => {
      await dns.resolver.resolve4(name).catch(() => undefined);
      return dns.process.output.includes(name);
    });
    return queries();
  };
  return { dns, gateway, queries, queriesSoFar };
}

/** A client of the gateway, connected; `expected`: what it is told then. */
async function connect({ gateway }, domain, options = {}) {
  const { user = "1001", expected = "registered", ...more } = options;
  const client = await connectClient(gateway.ws);
  stage.onClose(() => client.close());
  client.say("connection", {
    appKey: "defaultApp",
    mediaProviders: ["WebRTC"],
    sipLogin: user,
    sipPassword: passwordOf(user),
    sipDomain: domain,
    sipRegisterRequired: true,
    ...more,
  });
  const told = await client.next(expected, 15_000);
  return { client, told };
}

/** An account without registration calls "far". */
async function call({ gateway }, domain, more = {}) {
  const { client } = await connect({ gateway }, domain, {
    sipRegisterRequired: false,
    expected: "getUserData",
    ...more,
  });
  const text = await readFile(path.join(ROOT, "api/examples/client.call.json"), "utf8");
  const offer = JSON.parse(text).data[0];
  client.say("call", { ...offer, callId: `c${Math.random()}`, callee: "far" });
  return client;
}

const naptr = (name, order, service, to) =>
  `--naptr-record=${name},${order},10,s,${service},,${to}`;
const srv = (service, port, priority = 10) => ({
  service,
  target: "sip.farm.test",
  port,
  priority,
});

scene("NAPTR leads over another zone's SRV to the registrar", async () => {
  const world = await startWorld({
    hosts: { "sip.farm.test": LOCAL },
    srv: [srv("_sip._udp.farm.test", kamailio.port)],
    more: [naptr(DOMAIN, 10, "SIP+D2U", "_sip._udp.farm.test")],
  });
  await connect(world, DOMAIN);
  await kamailio.waitRegistered("1001");
  assert.deepEqual(world.queries(), [
    `NAPTR ${DOMAIN}`,
    "SRV _sip._udp.farm.test",
    "A sip.farm.test",
  ]);
});

scene("a transport that is refused leaves the next one of NAPTR", async () => {
  const world = await startWorld({
    hosts: { "sip.farm.test": LOCAL },
    srv: [srv(`_sip._tcp.${DOMAIN}`, await freePort()), srv(`_sip._udp.${DOMAIN}`, kamailio.port)],
    more: [
      naptr(DOMAIN, 20, "SIP+D2U", `_sip._udp.${DOMAIN}`),
      naptr(DOMAIN, 10, "SIP+D2T", `_sip._tcp.${DOMAIN}`),
    ],
  });
  await connect(world, DOMAIN);
  const sentence = /SIP server \S+ by TCP cannot be used \(TRANSPORT/;
  await until(5_000, "the log says so", () => sentence.test(world.gateway.log()));
});

scene("answers are kept for their time", async () => {
  const world = await startWorld({
    hosts: { [DOMAIN]: LOCAL },
    srv: [{ service: `_sip._udp.${DOMAIN}`, target: DOMAIN, port: kamailio.port }],
    more: ["--local-ttl=60"],
  });
  await connect(world, DOMAIN, { user: "1001" });
  const before = await world.queriesSoFar();
  await connect(world, DOMAIN, { user: "1002" });
  const again = (await world.queriesSoFar()).slice(before.length);
  assert.ok(
    again.every((query) => query.startsWith("NAPTR ")), // denied without an SOA: not kept
    `asked again: ${again}`,
  );
  const metrics = await world.gateway.metrics();
  assert.ok(metrics['zvonok_dns_questions_total{cache="hit"}'] >= 2, "the cache was of no use");
  assert.ok(metrics["zvonok_dns_cached_answers"] >= 2);
});

scene("only the first client waits for a server that is silent", async () => {
  const hole = await openBlackHole();
  stage.onClose(() => hole.close());
  const world = await startWorld({
    hosts: { "sip.farm.test": LOCAL },
    srv: [srv(`_sip._udp.${DOMAIN}`, hole.port, 1), srv(`_sip._udp.${DOMAIN}`, kamailio.port, 2)],
    more: ["--local-ttl=60"],
  });
  await connect(world, DOMAIN, { user: "1001" });
  assert.ok(hole.seen.length > 0, "the first server was not asked first");
  const seen = hole.seen.length;
  await connect(world, DOMAIN, { user: "1002" });
  await connect(world, DOMAIN, { user: "1003" });
  assert.equal(hole.seen.length, seen, "a server that is silent was asked again");
  assert.match(world.gateway.log(), /cannot be used \(TIMEOUT.*the others of its domain are tried/);
  const metrics = await world.gateway.metrics();
  assert.equal(metrics["zvonok_sip_failovers_total"], 1);
});

scene("calls leave a server that says 503 for the next, as long as it asks for", async () => {
  const busy = await startPeer(stage);
  const free = await startPeer(stage);
  const world = await startWorld(
    {
      hosts: { "sip.farm.test": LOCAL },
      srv: [srv("_sip._udp.pair.test", busy.port, 1), srv("_sip._udp.pair.test", free.port, 2)],
    },
    { sip: { allow: ["pair.test", "127.0.0.0/8"] } },
  );
  await call(world, "pair.test");
  const refused = await busy.invited();
  await refused.refuse(503, { headers: ["Retry-After: 60"] });
  await (await free.invited()).refuse(486);
  await call(world, "pair.test", { sipLogin: "1002" });
  await (await free.invited()).refuse(486);
  assert.equal(busy.requests("INVITE").length, 1);
});

scene("a call whose only server is busy ends with the time to wait", async () => {
  const busy = await startPeer(stage);
  const world = await startWorld({ hosts: { "one.test": LOCAL } });
  const client = await call(world, "one.test", { sipPort: busy.port });
  await (await busy.invited()).refuse(503, { headers: ["Retry-After: 600"] });
  const end = await until(5_000, "the client is told", () =>
    client.received.find(({ data }) => /try again in 10 minutes/.test(JSON.stringify(data))),
  );
  assert.match(JSON.stringify(end.data), /SIP status 503/);
});

scene("a call that is sent elsewhere follows where the operator lets it", async () => {
  const home = await startPeer(stage);
  const away = await startPeer(stage);
  const contact = `Contact: <sip:moved@away.test:${away.port}>`;
  const hosts = { "home.test": LOCAL, "away.test": LOCAL, "evil.test": ["127.0.0.1"] };
  const allow = ["home.test", "away.test"];
  const world = await startWorld({ hosts }, { sip: { allow, follow_redirects: true } });
  await call(world, "home.test", { sipPort: home.port });
  await (await home.invited()).refuse(302, { headers: [contact] });
  const moved = await away.invited();
  assert.match(moved.invite.text, /^INVITE sip:moved@away\.test:\d+ SIP/);
  await moved.refuse(486);
  // To a name that is not listed nothing is sent, and the line to add is told.
  const client = await call(world, "home.test", { sipPort: home.port, sipLogin: "1002" });
  const evil = `Contact: <sip:moved@evil.test:${away.port}>`;
  await (await home.invited()).refuse(302, { headers: [evil] });
  await until(5_000, "the client is told what to add", () =>
    client.received.find(({ data }) => /allow: \[evil\.test\]/.test(JSON.stringify(data))),
  );
  assert.equal(away.requests("INVITE").length, 1);
});

scene(
  "parameters of the Contact and the time that a client asks for reach the registrar",
  async () => {
    const peer = await startPeer(stage);
    const world = await startWorld({ hosts: { "one.test": LOCAL } });
    await connect(world, "one.test", {
      sipPort: peer.port,
      sipContactParams: ";pn-provider=fcm;expires=120",
    });
    const request = await peer.request("REGISTER");
    assert.match(request.header("Contact"), />;pn-provider=fcm$/);
    assert.equal(request.header("Expires"), "120");
  },
);

scene("the stack alone does it all again", async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  assert.equal(await playTranscripts(path.join(transcripts, "*.txt")), gateways.length);
});
