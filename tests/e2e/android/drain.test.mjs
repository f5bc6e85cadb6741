// The Android SDK at a gateway that is about to restart: who talks is told how long that can go on, who does not is sent away
// and told so until the gateway has another answer; and both are told, or find out, that it goes on after all.
import assert from "node:assert/strict";
import { bothHear, ended, leave, talk, useJvm } from "./setting.mjs";

const LEFT_MS = 50_000;
const { setting, scene } = useJvm("android-drain", {
  atRest: false,
  config: { drain: { timeout: `${LEFT_MS / 1_000}s` } },
});

/** zvonokctl drain. */
async function drain(...options) {
  const { code, stderr } = await setting.gateway.ctl("drain", ...options);
  assert.equal(code, 0, stderr);
}

function assertDraining({ cause, sentence, remedy, code }) {
  assert.deepEqual([code, cause], ["GATEWAY_ENDED", "draining"]);
  assert.match(sentence, /^The gateway is about to restart/);
  assert.ok(remedy);
}

scene(
  "a call goes on while the gateway drains, a new one is refused until it is cancelled",
  async () => {
    const softphone = await setting.softphone();
    const phone = await setting.jvmPhone("1001");
    const call = await talk(phone, softphone);
    await drain();
    const { state, draining } = await phone.next("onDraining");
    assert.equal(state, "REGISTERED");
    assert.ok(draining.leftMillis > LEFT_MS / 2 && draining.leftMillis <= LEFT_MS);
    assertDraining(draining.reason);
    assertDraining((await ended(await phone.call("1009"))).error);
    await bothHear(call, softphone);
    await drain("--cancel");
    assert.equal((await phone.next("onDraining")).draining, undefined);
    await call.perform("hangup");
    await ended(call);
    await leave(setting, phone, call);
  },
);

scene("who does not talk is sent away, and connects anew when the drain is cancelled", async () => {
  const softphone = await setting.softphone();
  const talker = await setting.jvmPhone("1001");
  const call = await talk(talker, softphone);
  const phone = await setting.jvmPhone("1003");
  await drain();
  assert.equal((await phone.next("onDraining")).draining.leftMillis, 0);
  assertDraining((await phone.next("onReconnecting")).error);
  const refused = await phone.next("onDraining"); // its return is
  assert.equal(refused.state, "RECONNECTING");
  assert.equal(refused.draining.leftMillis, 0);
  assertDraining(refused.draining.reason);
  await drain("--cancel");
  assertDraining((await phone.next("onDisconnected")).error); // there is no such session any more
  assert.equal(phone.told.at(-1), "onDisconnected");
  await phone.connect(setting.sipAccount("1003"));
  await phone.next("onRegistered");
  await phone.disconnect();
  await call.perform("hangup");
  await ended(call);
  await leave(setting, talker, call);
});
