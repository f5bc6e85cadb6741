// The Android SDK returns: a new process takes a session up again by its token, a new network gets a new path, and what
// does not come back in time, or must not be trusted, ends with its reason.
import assert from "node:assert/strict";
import { PHONE_HZ } from "../call/setting.mjs";
import { makeCertificate, openWire, startJvm } from "../peers/index.mjs";
import { JVM_HZ, earOfCall, hears } from "./ears.mjs";
import { bothHear, ended, goesOn, leave, talk, useJvm } from "./setting.mjs";

const { setting, scene } = useJvm("android-returns", {
  atRest: false,
  config: { session: { resume_window: "20s" } },
});

/** A process of its own with a phone that is registered; it dies when `kill` is called, and leaves its token. */
async function startMortal() {
  const { stage, gateway } = setting;
  const jvm = await startJvm(stage, gateway.certificate);
  const phone = setting.newPhone({}, jvm);
  await phone.connect(setting.sipAccount("1001", { keepAlive: true }));
  await phone.next("onRegistered");
  const { token } = await phone.state();
  assert.ok(token);
  return { phone, token, kill: () => jvm.kill() };
}

/** A phone that knows nothing but a token. */
async function comeBack(token) {
  const phone = setting.newPhone();
  await phone.connect({ url: setting.gateway.wss, authToken: token });
  await phone.next("onConnected");
  await phone.next("onRegistered");
  assert.notEqual((await phone.state()).token, token, "a token is good for one return");
  return phone;
}

scene(
  "a new process goes on with the token of one that died: no account, no password",
  async () => {
    const softphone = await setting.softphone();
    const mortal = await startMortal();
    await talk(mortal.phone, softphone);
    await mortal.kill();
    const phone = await comeBack(mortal.token);
    await softphone.closed(5_000); // nobody has its sound any more
    await softphone.dial("1001");
    const call = await phone.incoming();
    await call.perform("answer");
    await call.next("onEstablished");
    await bothHear(call, softphone);
    await call.perform("hangup");
    await ended(call);
    await leave(setting, phone, call);
  },
);

scene("a call that rings when its process dies rings in the next one", async () => {
  const softphone = await setting.softphone();
  const mortal = await startMortal();
  await softphone.dial("1001");
  const before = await mortal.phone.incoming();
  await mortal.kill();
  const phone = await comeBack(mortal.token);
  const call = await phone.incoming();
  assert.equal(call.id, before.id);
  await call.perform("answer");
  await call.next("onEstablished");
  await softphone.established();
  await bothHear(call, softphone);
  await softphone.hangup();
  await ended(call);
  await leave(setting, phone, call);
});

scene("a token that nobody knows is refused with what to do", async () => {
  const phone = setting.newPhone();
  await phone.connect({ url: setting.gateway.wss, authToken: "00000000000000000000000000000000" });
  const { error } = await phone.next("onDisconnected");
  assert.deepEqual([error.code, error.cause], ["AUTH_TOKEN", "resume_unknown_token"]);
  assert.ok(error.sentence && error.remedy, JSON.stringify(error));
  assert.deepEqual(phone.told, ["onDisconnected"]);
});

/** Walks out of a network: what is sent there gets lost, and nobody says so. */
async function move(phone, wire) {
  wire.silence();
  await setting.jvm.network(true, "another");
  await phone.next("onReconnecting");
  await phone.next("onReconnected");
}

scene("a call goes on when the network is another", async () => {
  const wire = await openWire(setting.stage, setting.gateway.ports.wss);
  const softphone = await setting.softphone();
  const phone = await setting.jvmPhone("1001", { url: `wss://localhost:${wire.port}/` });
  const call = await talk(phone, softphone);
  await bothHear(call, softphone);
  await Promise.all([goesOn(call, softphone, 8), move(phone, wire)]);
  await bothHear(call, softphone);
  assert.equal(call.told.filter((name) => name === "onEnded").length, 0);
  await call.perform("hangup");
  await ended(call);
  await leave(setting, phone, call);
});

scene(
  "a gateway that is gone for good ends session and call with a reason, once each",
  async () => {
    const wire = await openWire(setting.stage, setting.gateway.ports.wss);
    const softphone = await setting.softphone();
    const account = { url: `wss://localhost:${wire.port}/` };
    const phone = await setting.jvmPhone("1001", account, { resumeMillis: 25_000 });
    const call = await talk(phone, softphone);
    await hears(earOfCall(call), PHONE_HZ, JVM_HZ);
    wire.away = true;
    wire.reset();
    await phone.next("onReconnecting");
    await softphone.closed(30_000);
    const { error } = await phone.next("onDisconnected", 30_000);
    assert.match(error.code, /^NET_/);
    const end = await ended(call);
    assert.equal(end.kind, "FAILED");
    assert.equal(call.told.at(-1), "onEnded");
    assert.equal(phone.told.at(-1), "onDisconnected");
  },
  { timeout: 90_000 },
);

scene("a certificate that does not come from where it should is not trusted", async () => {
  const { stage, gateway } = setting;
  const stranger = await startJvm(stage, await makeCertificate(await stage.folder("stranger")));
  const phone = setting.newPhone({}, stranger);
  await phone.connect(setting.sipAccount("1001", { url: gateway.wss }));
  const { error } = await phone.next("onDisconnected", 20_000);
  assert.equal(error.code, "TLS_UNTRUSTED");
  assert.match(error.remedy, /certificate/i);
  assert.deepEqual(phone.told, ["onDisconnected"]);
  await stranger.end();
});
