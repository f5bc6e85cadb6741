// The networks of the scenes in namespaces, with real peers in them:
//
//   home 192.168.7.0/24         internet 203.0.113.0/24, 2001:db8::/64        office 10.9.0.0/24
//   client .2 ──── router .1│203.0.113.2 ──── gateway 203.0.113.10│10.9.0.10 ──── server .5 (Kamailio, DNS), phone .20
//
// The router's NAT gives each flow another port. Nothing but the gateway stands in two of the networks.
import {
  launchChromium,
  makeCertificate,
  openNetlab,
  openPhone,
  passwordOf,
  startBaresip,
  startDnsmasq,
  startKamailio,
  startZvonokd,
} from "../peers/index.mjs";
import { startTool } from "../tools.mjs";

export const DOMAIN = "zvonok.test";
export const GATEWAY = "203.0.113.10";
export const GATEWAY6 = "2001:db8::10";
export const ROUTER = "203.0.113.2";

/** The networks and machines, with nothing running. */
export async function buildWorld(stage) {
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
  return { stage, lab, internet, home, office, client, router, gateway, server, phone };
}

/** The SIP server, and a DNS server that knows where it is. */
export async function startServer(world, { address = "10.9.0.5" } = {}) {
  const { server } = world;
  world.kamailio = await startKamailio(server.stage, { address, domain: DOMAIN });
  world.dns = await startDnsmasq(server.stage, { address, hosts: { [DOMAIN]: [address] } });
}

/** The gateway; `config` is laid over the world's. */
export async function startGateway(world, { address = GATEWAY, config = {} } = {}) {
  const { gateway, dns } = world;
  world.certificate ??= await makeCertificate(await world.stage.folder("certificate"));
  world.zvonokd = await startZvonokd(gateway.stage, {
    address,
    certificate: world.certificate,
    config: {
      ...config,
      sip: { allow: [DOMAIN], listen: "0.0.0.0:5066", ...config.sip },
      dns: { servers: [dns.address] },
    },
  });
}

/** A C client that calls 1002 and tells when it hears its own tone, which the phone echoes. */
export function startClient(world, options = {}, where = world.client) {
  return startTool(where.stage, "webclient", {
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

/** Chromium on the client's machine, with the phone page registered as 1001. */
export async function startPage(world, { url = world.zvonokd.page, tone = 1000 } = {}) {
  world.chromium ??= await launchChromium(world.client.stage, { spki: [world.certificate.spki] });
  const account = {
    login: "1001",
    password: passwordOf("1001"),
    domain: DOMAIN,
    port: world.kamailio.port,
  };
  const phone = await openPhone(world.chromium, url, account, { tone });
  await phone.connect();
  return phone;
}
