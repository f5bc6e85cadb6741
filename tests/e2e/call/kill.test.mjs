// Each peer is killed in each state of a call. Everything ends with a cause within its deadline, and nothing is left:
// calls, ports, transactions, dialogs, sessions, file descriptors. They mostly wait, so the scenes run side by side, each with
// peers of its own.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  connectClient,
  findZvonokd,
  launchChromium,
  makeCertificate,
  openPhone,
  passwordOf,
  startBaresip,
  startKamailio,
  startZvonokd,
  until,
  withStage,
} from "../peers/index.mjs";
import { PAGE_HZ, PHONE_HZ, SHORT_TIMERS } from "./setting.mjs";

// A transaction whose other side is dead lasts 64 times T1 (RFC 3261 timers B, F and H); the registration of a page adds one.
const SIP_REST_MS = 30_000;

async function open(stage, { answer = "auto", timers = {} } = {}) {
  const binary = findZvonokd();
  const kamailio = await startKamailio(stage, { domain: "127.0.0.1" });
  const certificate = await makeCertificate(await stage.folder("certificate"), binary);
  const config = { timers: { ...SHORT_TIMERS, ...timers }, session: { resume_window: "2s" } };
  const gateway = await startZvonokd(stage, { binary, certificate, config });
  const setting = { stage, kamailio, gateway, fds: await restingFds(gateway) };
  setting.chromium = await launchChromium(stage, { spki: [certificate.spki] });
  setting.softphone = await startBaresip(stage, {
    user: "1002",
    kamailio,
    answer,
    source: { sine: PHONE_HZ },
  });
  await kamailio.waitRegistered("1002");
  const account = {
    login: "1001",
    password: passwordOf("1001"),
    domain: "127.0.0.1",
    port: kamailio.port,
  };
  setting.phone = await openPhone(setting.chromium, gateway.page, account, { tone: PAGE_HZ });
  return setting;
}

/** The number of descriptors of a gateway that has served one client and lost it again. */
async function restingFds(gateway) {
  const client = await connectClient(gateway.ws);
  client.close();
  await gateway.isAtRest();
  return gateway.fds();
}

async function talking({ phone, softphone }) {
  await phone.connect();
  await phone.call("1002");
  await phone.talking();
  await softphone.established();
  await Promise.all([phone.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
}

async function ringingOut({ phone, softphone }) {
  await phone.connect();
  await phone.call("1002");
  await softphone.incoming();
  await phone.status(/being rung/);
}

async function ringingIn({ phone, softphone }) {
  await phone.connect();
  await softphone.dial("1001");
  await phone.incoming();
}

/** Nothing of it is left in the gateway. */
async function nothingLeft({ gateway, fds, phone }) {
  await phone.close().catch(() => undefined);
  await gateway.isAtRest(SIP_REST_MS);
  await until(5_000, `${fds} descriptors`, async () => (await gateway.fds()) <= fds);
  assert.equal(gateway.process.how, undefined, "the gateway runs on");
}

// [title, options, state, what happens]
const SCENES = [
  [
    "the browser is killed while it rings the softphone: the ringing stops",
    { answer: "manual" },
    ringingOut,
    async ({ chromium, softphone }) => {
      chromium.kill();
      await softphone.closed(8_000);
    },
  ],
  [
    "the browser is killed while it talks: the softphone's call ends",
    {},
    talking,
    async ({ chromium, softphone }) => {
      chromium.kill();
      await softphone.closed(8_000);
    },
  ],
  [
    "the browser is killed while it is rung: the caller is told",
    {},
    ringingIn,
    async ({ chromium, softphone }) => {
      chromium.kill();
      await softphone.closed(8_000);
    },
  ],
  [
    "the softphone is killed while it rings: the page is told within timers.ringing_out",
    { answer: "manual" },
    ringingOut,
    async ({ phone, softphone }) => {
      softphone.kill();
      assert.match(await phone.ended(9_000), /rang too long/i);
    },
  ],
  [
    "the softphone is killed while it talks: the page is told within timers.no_media",
    {},
    talking,
    async ({ phone, softphone }) => {
      softphone.kill();
      assert.match(await phone.ended(9_000), /no sound arrived|no packet has come/i);
    },
  ],
  [
    "the softphone is killed while it rings the page: the ringing ends",
    {},
    ringingIn,
    async ({ phone, softphone }) => {
      softphone.kill();
      await phone.ended(9_000);
    },
  ],
  [
    "the softphone is killed while it rings the page, which answers: the page is told",
    { timers: { ringing_in: "30s" } }, // answered before, however slow the page is
    ringingIn,
    async ({ phone, softphone }) => {
      softphone.kill();
      await phone.press("Answer");
      await phone.ended(45_000);
    },
  ],
  [
    "the SIP server is dead when the page connects: the page is told within timers.register",
    {},
    async () => undefined,
    async ({ phone, kamailio }) => {
      kamailio.process.kill("SIGKILL");
      await phone.press("Connect");
      await phone.status(/SIP server (did not answer|cannot be reached)/, 9_000);
    },
  ],
  [
    "the SIP server dies before the page calls: the page is told within timers.trying",
    {},
    ({ phone }) => phone.connect(),
    async ({ phone, kamailio }) => {
      kamailio.process.kill("SIGKILL");
      await phone.call("1002");
      assert.match(await phone.ended(8_000), /SIP server (did not answer|cannot be reached)/);
    },
  ],
  [
    "the SIP server dies while the softphone rings: the page is told within timers.ringing_out",
    { answer: "manual" },
    ringingOut,
    async ({ phone, kamailio }) => {
      kamailio.process.kill("SIGKILL");
      await phone.ended(9_000);
    },
  ],
  [
    "the SIP server dies while the page is rung: the ringing ends within timers.ringing_in",
    {},
    ringingIn,
    async ({ phone, kamailio }) => {
      kamailio.process.kill("SIGKILL");
      await phone.ended(9_000);
    },
  ],
  [
    "the SIP server dies while they talk: the audio goes on, and the page can hang up",
    {},
    talking,
    async ({ phone, kamailio }) => {
      kamailio.process.kill("SIGKILL");
      await phone.hears(PHONE_HZ);
      await phone.press("Hangup");
      await phone.ended(3_000);
    },
  ],
  [
    "the page's tab is closed while they talk: the softphone's call ends",
    {},
    talking,
    async ({ phone, softphone }) => {
      await phone.vanish();
      await softphone.closed(8_000);
    },
  ],
];

const skip = findZvonokd() ? false : "zvonokd is not built";

describe("killed in the middle", { concurrency: 5, skip }, () => {
  for (const [title, options, reach, then] of SCENES) {
    test(title, { timeout: 180_000 }, () =>
      withStage("kill", async (stage) => {
        const setting = await open(stage, options);
        await reach(setting);
        await then(setting);
        await nothingLeft(setting);
      }),
    );
  }

  test("SIGTERM ends a call with BYE and the gateway with status 0", { timeout: 60_000 }, () =>
    withStage("kill", async (stage) => {
      const setting = await open(stage);
      await talking(setting);
      const stopped = setting.gateway.stop();
      await setting.softphone.closed(8_000);
      const how = await stopped;
      assert.equal(how.code, 0, setting.gateway.process.tail());
      await setting.kamailio.waitUnregistered("1001");
    }),
  );
});
