// An app that was written for the WCS Android SDK makes real calls: sdk/android/compat-check, by the surface of sdk-compat-wcs
// alone, in a JVM with real media. Callbacks and their status strings are what such an app gets on a device.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { PHONE_HZ, useSetting } from "../call/setting.mjs";
import {
  PHONE_BARS,
  ROOT,
  findJvmPhone,
  passwordOf,
  readWav,
  startJvm,
  until,
} from "../peers/index.mjs";
import { JVM_HZ, earOfSoftphone, hears, hearsNothing } from "./ears.mjs";

const classPath = findCheckProgram();

const { setting, scene } = useSetting("compat", {
  chromium: false,
  atRest: false,
  // WCS's apps ask for keepAlive: their sessions stay for so long after they have disconnected.
  config: { session: { resume_window: "2s", keep_alive_window: "2s" } },
  absent: classPath ? undefined : "compat-check",
  prepare: async () => {
    if (!classPath) return;
    setting.jvm = await startJvm(setting.stage, {
      ca: setting.gateway.certificate.ca,
      program: "org.zvonok.compatcheck.CheckProgram",
      classPath,
    });
  },
});

/** undefined when it was not built. */
function findCheckProgram() {
  const testkit = findJvmPhone();
  const modules = ["sdk-compat-wcs", "sdk-android", "third-party/webrtc", "compat-check"];
  const folders = modules.map((name) => path.join(ROOT, "sdk/android", name, "target/classes"));
  folders.push(path.join(ROOT, "sdk/android/compat-check/target/test-classes"));
  if (!testkit || !folders.every((folder) => existsSync(folder))) return undefined;
  return [...folders, testkit].join(":");
}

/** The check app with an account, registered. */
async function openPhone(account = {}) {
  const phone = setting.jvm.phone();
  setting.opened.push(() => phone.disconnect());
  await phone.perform({
    do: "connect",
    url: setting.gateway.wss,
    login: "1001",
    password: passwordOf("1001"),
    domain: setting.kamailio.domain,
    port: setting.kamailio.port,
    ...account,
  });
  return phone;
}

async function registered() {
  const phone = await openPhone();
  assert.equal((await phone.next("onConnected")).status, "ESTABLISHED");
  assert.equal((await phone.next("onRegistered")).status, "REGISTERED");
  return phone;
}

/** What the phone's newest call hears. */
const earOf = (phone) => async (seconds) => {
  const folder = await setting.stage.folder("heard-by-compat");
  const file = path.join(folder, `${Date.now()}.wav`);
  await phone.perform({ do: "listen", seconds, file }, seconds * 1000 + 10_000);
  return readWav(file);
};

async function bothHear(phone, softphone) {
  await hears(earOf(phone), PHONE_HZ, JVM_HZ);
  await hears(earOfSoftphone(softphone, { listen: earOf(phone) }), JVM_HZ, PHONE_HZ);
}

async function sees(phone, bars) {
  await until(10_000, `it sees ${bars}`, async () => {
    return (await phone.perform({ do: "look" })).bars === bars;
  });
}

/** The session ends, once, and nothing comes after that. */
async function leave(phone) {
  await phone.disconnect();
  assert.equal((await phone.next("onDisconnection")).status, "DISCONNECTED");
  assert.equal(phone.told.at(-1), "onDisconnection");
  await setting.gateway.isIdle();
}

scene("the document's snippet calls, is heard at both ends, and hangs up", async () => {
  const softphone = await setting.softphone({ answer: "manual" });
  const phone = await registered();
  await phone.perform({ do: "call", callee: "1002" });
  assert.equal((await phone.next("onTrying")).status, "TRYING");
  assert.equal((await phone.next("onRing")).status, "RING");
  await softphone.incoming();
  await softphone.accept();
  assert.equal((await phone.next("onEstablished")).status, "ESTABLISHED");
  await bothHear(phone, softphone);
  await phone.perform({ do: "hangup" });
  assert.equal((await phone.next("onFinished")).status, "FINISH");
  await softphone.closed();
  await leave(phone);
  assert.deepEqual(phone.told, [
    "onConnected",
    "onRegistered",
    "onTrying",
    "onRing",
    "onEstablished",
    "onFinished",
    "onDisconnection",
  ]);
});

scene("a call comes in, is answered, held, taken back and hung up by the far end", async () => {
  const softphone = await setting.softphone();
  const phone = await registered();
  await softphone.dial("1001");
  assert.equal((await phone.next("onCall")).status, "RING 1002");
  assert.equal((await phone.next("onRing")).status, "RING");
  await phone.perform({ do: "answer" });
  assert.equal((await phone.next("onEstablished")).status, "ESTABLISHED");
  await softphone.established();
  await bothHear(phone, softphone);
  await phone.perform({ do: "hold" });
  assert.equal((await phone.next("onHold")).status, "HOLD");
  await hearsNothing(earOf(phone));
  await phone.perform({ do: "unhold" });
  assert.equal((await phone.next("onEstablished")).status, "ESTABLISHED");
  await hears(earOf(phone), PHONE_HZ, JVM_HZ);
  await softphone.hangup();
  assert.equal((await phone.next("onFinished")).status, "FINISH");
  await leave(phone);
});

scene("digits reach the far end", async () => {
  // baresip's telephone-events have the clock of its narrow codecs; beside Opus digits come by INFO.
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const phone = await registered();
  await phone.perform({ do: "call", callee: "1002" });
  await phone.next("onEstablished");
  await hears(earOf(phone), PHONE_HZ, JVM_HZ);
  await phone.perform({ do: "dtmf", digits: "1 5#" });
  for (const digit of ["1", "5", "#"]) {
    assert.equal((await softphone.next("CALL_DTMF_START")).param, digit);
  }
  await phone.perform({ do: "hangup" });
  await phone.next("onFinished");
  await leave(phone);
});

scene("a call has a picture where the constraints ask for one", async () => {
  const softphone = await setting.softphone({ video: ["VP8"] });
  const phone = await registered();
  await phone.perform({ do: "callWithVideo", callee: "1002" });
  await phone.next("onEstablished");
  await hears(earOf(phone), PHONE_HZ, JVM_HZ);
  await sees(phone, PHONE_BARS);
  await phone.perform({ do: "hangup" });
  await phone.next("onFinished");
  await leave(phone);
});

scene("a far end that is busy is told once", async () => {
  const softphone = await setting.softphone({ answer: "manual" });
  const phone = await registered();
  await phone.perform({ do: "call", callee: "1002" });
  await phone.next("onRing");
  await softphone.incoming();
  await softphone.hangup();
  assert.equal((await phone.next("onBusy")).status, "BUSY");
  await leave(phone);
  const ends = phone.told.filter((name) => /onBusy|onFailed|onFinished/.test(name));
  assert.deepEqual(ends, ["onBusy"]);
});

scene("a token brings the session back", async () => {
  const phone = await registered();
  const { token } = await phone.perform({ do: "token" });
  const again = await openPhone({ token });
  assert.equal((await again.next("onConnected")).status, "ESTABLISHED");
  await leave(again);
});

scene("a login that cannot be right ends the session at once", async () => {
  const phone = await openPhone({ login: "Ralf C" });
  assert.equal((await phone.next("onDisconnection")).status, "FAILED");
  assert.deepEqual(phone.told, ["onDisconnection"]);
});
