// The networks of the scenes in namespaces, with real peers in them:
//
//   home 192.168.7.0/24         internet 203.0.113.0/24, 2001:db8::/64        office 10.9.0.0/24
//   client .2 ──── router .1│203.0.113.2 ──── gateway 203.0.113.10│10.9.0.10 ──── server .5 (Kamailio, DNS), phone .20
//
// The router's NAT gives each flow another port. Nothing but the gateway stands in two of the networks.
import { after, before, test } from "node:test";
import {
  Stage,
  launchChromium,
  makeCertificate,
  openNetlab,
  openPhone,
  passwordOf,
  startBaresip,
  startDnsmasq,
  startKamailio,
  startZvonokd,
  until,
  whyNoNetlab,
} from "../peers/index.mjs";
import { findTool, startTool } from "../tools.mjs";

export const DOMAIN = "zvonok.test";
export const GATEWAY = "203.0.113.10";
export const GATEWAY6 = "2001:db8::10";
export const CLOUD = "203.0.113.20";
export const ROUTER = "203.0.113.2";

/**
 * The world for the scenes of a file, made before them and gone after them: `world` has its machines, and what runs in them
 * as `kamailio`, `zvonokd`, `softphone` and, with `browser`, `chromium`. `scene(sentence, action)` is a test in it, skipped
 * with a sentence where there can be no network or a tool is not built; what it opens is closed with it.
 * options: tools, browser, prepare (before anything runs; gives the gateway's configuration, or its file as `text`),
 * softphone (its options).
 */
export function useWorld(name, { tools = [], browser = false, prepare, softphone } = {}) {
  const world = { opened: [] };
  const missing = tools.find((tool) => !findTool(tool));
  const skip = whyNoNetlab() || (missing ? `${missing} is not built` : false);
  before(
    async () => {
      if (skip) return;
      world.stage = await Stage.open(name);
      await world.stage.run(async () => {
        await buildWorld(world.stage, world);
        const { text, ...config } = (await prepare?.(world)) ?? {};
        await startServer(world);
        world.zvonokd = await startGateway(world, { config, text });
        world.softphone = await startSoftphone(world, softphone);
        if (browser) world.chromium = await startBrowser(world, world.client);
      });
    },
    { timeout: 60_000 },
  );
  after(() => world.stage?.close(), { timeout: 60_000 });
  const scene = (sentence, action) =>
    test(sentence, { skip, timeout: 60_000 }, (t) => world.stage.run(() => play(world, t, action)));
  return { world, scene };
}

/** A scene that fails leaves no call to the next one. */
async function play(world, t, action) {
  try {
    await action(t);
  } catch (error) {
    await world.softphone.hangup().catch(() => undefined);
    world.softphone.forget();
    throw error;
  } finally {
    await Promise.all(world.opened.splice(0).map((end) => end().catch(() => undefined)));
  }
}

/** The networks and machines, with nothing running. */
export async function buildWorld(stage, world = {}) {
  const lab = await openNetlab(stage);
  const [internet, home, office] = await Promise.all(
    ["internet", "home", "office"].map((name) => lab.network(name)),
  );
  const [client, router, gateway, server, phone] = await Promise.all(
    ["client", "router", "gateway", "server", "phone"].map((name) => lab.host(name)),
  );
  await lab.plug(client, home, { addresses: ["192.168.7.2/24"], via: "192.168.7.1" });
  await lab.plug(router, home, { device: "lan", addresses: ["192.168.7.1/24"] });
  await lab.plug(router, internet, { device: "wan", addresses: [`${ROUTER}/24`] });
  await router.masquerade("wan");
  await lab.plug(gateway, internet, { addresses: [`${GATEWAY}/24`, `${GATEWAY6}/64`] });
  await lab.plug(gateway, office, { device: "eth1", addresses: ["10.9.0.10/24"] });
  await lab.plug(server, office, { addresses: ["10.9.0.5/24"] });
  await lab.plug(phone, office, { addresses: ["10.9.0.20/24"] });
  const machines = { client, router, gateway, server, phone };
  return Object.assign(world, { stage, lab, internet, home, office, ...machines });
}

/** A phone's machine behind a NAT of the office: 192.168.8.2, seen as 10.9.0.30 with other ports. */
export async function addPhoneBehindNat(world) {
  const { lab, office } = world;
  const branch = await lab.network("branch");
  world.phoneRouter = await lab.host("phone-router");
  world.farPhone = await lab.host("far-phone");
  await lab.plug(world.farPhone, branch, { addresses: ["192.168.8.2/24"], via: "192.168.8.1" });
  await lab.plug(world.phoneRouter, branch, { device: "lan", addresses: ["192.168.8.1/24"] });
  await lab.plug(world.phoneRouter, office, { device: "wan", addresses: ["10.9.0.30/24"] });
  await world.phoneRouter.masquerade("wan");
}

/** A machine in a cloud, for another gateway: 10.8.0.10, for which 203.0.113.20 stands on the Internet. */
export async function addCloud(world) {
  const { lab, internet, office } = world;
  const inside = await lab.network("cloud");
  const edge = await lab.host("edge");
  world.cloud = await lab.host("cloud-gateway");
  await lab.plug(world.cloud, inside, { addresses: ["10.8.0.10/24"], via: "10.8.0.1" });
  await lab.plug(world.cloud, office, { device: "eth1", addresses: ["10.9.0.11/24"] });
  await lab.plug(edge, inside, { device: "lan", addresses: ["10.8.0.1/24"] });
  await lab.plug(edge, internet, { device: "wan", addresses: [`${CLOUD}/24`] });
  await edge.translate("wan", CLOUD, "10.8.0.10");
}

/** A home with IPv6 and nothing else, 2001:db8:7::/64, whose router translates nothing; in it client6 at ::2. */
export async function addNewHome(world) {
  const { lab, internet, gateway } = world;
  world.newHome = await lab.network("new-home");
  world.newRouter = await lab.host("new-router");
  world.client6 = await lab.host("client6");
  const via = "2001:db8:7::1";
  await lab.plug(world.client6, world.newHome, { addresses: ["2001:db8:7::2/64"], via });
  await lab.plug(world.newRouter, world.newHome, { device: "lan", addresses: [`${via}/64`] });
  await lab.plug(world.newRouter, internet, { device: "wan", addresses: ["2001:db8::3/64"] });
  await world.newRouter.forward();
  await gateway.ip("-6 route add 2001:db8:7::/64 via 2001:db8::3");
}

/** The SIP server, and a DNS server that knows where it is. */
export async function startServer(world, { address = "10.9.0.5" } = {}) {
  const { server } = world;
  world.kamailio = await startKamailio(server.stage, { address, domain: DOMAIN, nat: true });
  world.dns = await startDnsmasq(server.stage, { address, hosts: { [DOMAIN]: [address] } });
}

/** A gateway; `config` is laid over the world's. */
export async function startGateway(world, options = {}) {
  const { address = GATEWAY, config = {}, text, host = world.gateway } = options;
  const { dns } = world;
  world.certificate ??= await makeCertificate(await world.stage.folder("certificate"));
  return startZvonokd(host.stage, {
    address,
    certificate: world.certificate,
    text,
    config: {
      ...config,
      sip: { allow: [DOMAIN], listen: "0.0.0.0:5066", ...config.sip },
      dns: { servers: [dns.address] },
    },
  });
}

/** A C client that calls 1002 and tells when it hears its own tone, which the phone echoes. */
export function startClient(world, options = {}, where = world.client) {
  const client = startTool(where.stage, "webclient", {
    url: world.zvonokd.ws,
    login: "1001",
    password: passwordOf("1001"),
    domain: DOMAIN,
    port: world.kamailio.port,
    call: "1002",
    codec: "PCMU",
    tone: 1000,
    hear: 1000,
    presence: true,
    seconds: 0,
    timeout: 60,
    ...options,
  });
  world.opened?.push(() => client.process.stop());
  return client;
}

/** The softphone 1002, an echo unless `source` says otherwise. */
export async function startSoftphone(world, options = {}, where = world.phone) {
  const softphone = await startBaresip(where.stage, {
    user: "1002",
    address: "10.9.0.20",
    kamailio: world.kamailio,
    source: "echo",
    ...options,
  });
  await world.kamailio.waitRegistered(softphone.user);
  return softphone;
}

/** Chromium on a machine. */
export const startBrowser = (world, host) =>
  launchChromium(host.stage, { spki: [world.certificate.spki] });

/** The phone page, registered as 1001. `more`: options of a Chromium page. */
export async function startPage(world, options = {}) {
  const { browser = world.chromium, url = world.zvonokd.page, ...more } = options;
  const account = {
    login: "1001",
    password: passwordOf("1001"),
    domain: DOMAIN,
    port: world.kamailio.port,
  };
  const phone = await openPhone(browser, url, account, { tone: 1000, ...more });
  world.opened?.push(() => phone.close());
  await phone.connect();
  return phone;
}

/** When lines of the gateway's log were written that match, and what they captured: `[{at, captured}]`. */
function linesOf(world, pattern) {
  const lines = world.zvonokd.log().matchAll(new RegExp(`^(\\S+Z) ${pattern}$`, "gm"));
  return [...lines].map(([, time, ...captured]) => ({ at: Date.parse(time), captured }));
}

/** Where the client's media came from when the gateway first took a pair for it after `since`, and when: `{at, from}`. */
export async function connectedSince(world, since) {
  const { at, captured } = await lineSince(world, ".* web ice_connected: \\S+ from (\\S+)", since);
  return { at, from: captured[0] };
}

/** The first such line since then. */
const lineSince = (world, pattern, since) =>
  until(30_000, `zvonokd writes ${pattern}`, () =>
    linesOf(world, pattern).find(({ at }) => at >= since),
  );

/** When the latest call was answered. */
export const answeredAt = (world) => linesOf(world, ".* -> ACTIVE").at(-1).at;

/** When a client first came back to its session after `since`. */
export const returnedSince = (world, since) => lineSince(world, ".* session returned: .*", since);
