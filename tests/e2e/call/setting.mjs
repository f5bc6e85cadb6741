// What the scenario tests stand on: Kamailio, a DNS server that knows its domain, the gateway, Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  Stage,
  connectClient,
  findZvonokd,
  launchChromium,
  makeCertificate,
  openHepCollector,
  openPhone,
  passwordOf,
  startBaresip,
  startDnsmasq,
  startKamailio,
  startRtpengine,
  startZvonokd,
} from "../peers/index.mjs";
import { findTool, startTool } from "../tools.mjs";

export const DOMAIN = "zvonok.test";
/** Frequencies that are no multiples of each other: of the page's microphone and of the softphone. */
export const PAGE_HZ = 1000;
export const PHONE_HZ = 700;

/** Timers short enough to wait for. */
export const SHORT_TIMERS = {
  trying: "3s",
  ringing_out: "5s",
  ringing_in: "4s",
  answering: "3s",
  ice: "3s",
  no_media: "3s",
  client_gone: "2s",
  register: "5s",
};

/**
 * Starts the peers before the tests of a file and stops them afterwards. `scene(name, action)` is a test in it; what the
 * actions need is on the setting: kamailio, dns, gateway, chromium, phone(), softphone(). `atRest: false`: at the end
 * SIP's transactions, which outlast a call, are not waited for. `tools`: C programs without which the scenes are skipped.
 * `absent`: what else was not built, so that all scenes are skipped. `skip`: why they are, otherwise, as a sentence. `prepare`:
 * what is to be there for all scenes, once the gateway is. `trustsOwn`: SIP over TLS has the gateway's own certificate and CA.
 */
export function useSetting(name, options = {}) {
  const setting = {};
  before(
    async () => {
      setting.stage = await Stage.open(name);
      if (!options.skip) await setting.stage.run(() => startAll(setting, options));
    },
    { timeout: 60_000 },
  );
  after(
    async () => {
      try {
        const { gateway, prepared = [] } = setting;
        await Promise.all(prepared.map((end) => end()));
        await setting.stage.run(() =>
          options.atRest === false ? gateway?.isIdle() : gateway?.isAtRest(),
        );
      } finally {
        await setting.stage.close();
      }
    },
    { timeout: 90_000 },
  );

  const missing = (options.tools ?? []).find((tool) => !findTool(tool));
  const absent = findZvonokd() ? (missing ?? options.absent) : "zvonokd";
  const skip = options.skip ?? (absent ? `${absent} is not built` : false);
  const scene = (sentence, action, { timeout = 60_000 } = {}) =>
    test(sentence, { timeout, skip }, (t) =>
      setting.stage.run(() => play(setting, () => action(t))),
    );
  return { setting, scene };
}

/** Whatever a scene has opened goes with it, so that a failure stays its own. */
async function play(setting, action) {
  setting.opened = [];
  try {
    await action();
  } finally {
    await Promise.all(setting.opened.map((end) => end().catch(() => undefined)));
  }
}

/**
 * `browserArgs(stage)`: more arguments for Chromium. `hep`: what the SIP server hears and says is collected in
 * `setting.hep`. `rtpengine`: the SIP server carries media as well, by `setting.rtpengine`.
 */
async function startAll(setting, options = {}) {
  const { config = {}, chromium = true, hep = false, rtpengine = false } = options;
  const { stage } = setting;
  const binary = findZvonokd();
  if (!binary) return;
  setting.hep = hep ? await openHepCollector(stage) : undefined;
  setting.rtpengine = rtpengine ? await startRtpengine(stage) : undefined;
  setting.kamailio = await startKamailio(stage, {
    domain: DOMAIN,
    hep: setting.hep?.address,
    rtpengine: setting.rtpengine?.address,
  });
  const { port } = setting.kamailio;
  setting.dns = await startDnsmasq(stage, {
    hosts: { [DOMAIN]: ["127.0.0.1"], "sip.srv.test": ["127.0.0.1"] },
    srv: [{ service: "_sip._udp.srv.test", target: "sip.srv.test", port }],
  });
  const certificate = await makeCertificate(await stage.folder("certificate"), binary);
  const { sip, ...rest } = config;
  setting.gateway = await startZvonokd(stage, {
    binary,
    certificate,
    config: {
      ...rest,
      sip: {
        allow: [DOMAIN, "srv.test", "127.0.0.0/8"],
        ...(options.trustsOwn && {
          tls_ca: certificate.ca,
          tls_certificate: certificate.certificate,
          tls_private_key: certificate.privateKey,
        }),
        ...sip,
      },
      dns: { servers: [setting.dns.address], ...config.dns },
    },
  });
  setting.opened = [];
  const args = await options.browserArgs?.(stage);
  if (chromium) {
    setting.chromium = await launchChromium(stage, { spki: [certificate.spki], args });
  }

  /** The fields of the page for one of the accounts 1001 to 1010. */
  setting.account = (user, more = {}) => ({
    login: user,
    password: passwordOf(user),
    domain: DOMAIN,
    port,
    ...more,
  });
  /** The same as `connection` of the wire. */
  setting.wireAccount = (user, more = {}) => ({
    appKey: "defaultApp",
    mediaProviders: ["WebRTC"],
    sipLogin: user,
    sipPassword: passwordOf(user),
    sipDomain: DOMAIN,
    sipPort: port,
    sipRegisterRequired: true,
    ...more,
  });
  /** A client without a browser. */
  setting.client = async (url = setting.gateway.ws, more = {}) => {
    const client = await connectClient(url, more);
    setting.opened.push(async () => client.close());
    return client;
  };
  /** A phone page that is registered. */
  setting.phone = async (user = "1001", { url = setting.gateway.page, ...more } = {}) => {
    const account = setting.account(user, more.account);
    const phone = await openPhone(setting.chromium, url, account, { tone: PAGE_HZ, ...more });
    setting.opened.push(() => phone.close());
    await phone.connect();
    return phone;
  };
  /** The C client (tests/tools/webclient) with one of the accounts. */
  setting.webclient = (user, more = {}) =>
    startTool(stage, "webclient", {
      url: setting.gateway.ws,
      ...setting.account(user),
      timeout: 30,
      ...more,
    });
  setting.softphone = async (options = {}) => {
    const { kamailio } = setting;
    const softphone = await startBaresip(stage, {
      user: "1002",
      kamailio,
      source: { sine: PHONE_HZ },
      ...options,
    });
    setting.opened.push(() => softphone.stop());
    await kamailio.waitRegistered(softphone.user);
    return softphone;
  };
  if (options.prepare) {
    await options.prepare(setting);
    setting.prepared = setting.opened.splice(0); // it outlives the scenes
  }
}

/** Both ends hear the other's tone. */
export async function bothHear(phone, softphone) {
  const [page] = await Promise.all([phone.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
  return page;
}

/** The codec in which the page hears. */
export async function codecOf(phone) {
  const { codec } = (await phone.media()).at(-1);
  return codec.replace("audio/", "");
}

/** Nothing of a call or client is left, and the page has shown no error. */
export async function leaveNothing(setting, phone, ...softphones) {
  if (phone) {
    assert.deepEqual(phone.problems, []);
    await phone.close();
  }
  await Promise.all(softphones.map((softphone) => softphone.stop()));
  await setting.gateway.isIdle();
}
