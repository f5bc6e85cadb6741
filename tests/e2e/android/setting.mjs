// What the scenes of the Android SDK stand on: the gateway and its peers (call/setting.mjs), and a JVM with its phones.
import assert from "node:assert/strict";
import { PHONE_HZ, useSetting } from "../call/setting.mjs";
import { findJvmPhone, measureTone, passwordOf, startJvm } from "../peers/index.mjs";
import { JVM_HZ, earOfCall, earOfSoftphone, hears } from "./ears.mjs";

/**
 * Like `useSetting`, with one JVM for all scenes. What scenes need besides is on the setting: jvm, newPhone(), jvmPhone(),
 * account().
 */
export function useJvm(name, options = {}) {
  return useSetting(name, {
    ...options,
    chromium: false,
    absent: findJvmPhone() ? undefined : "the JVM's phone",
    prepare: async (setting) => {
      if (!findJvmPhone()) return;
      setting.jvm = await startJvm(setting.stage, setting.gateway.certificate);
      setting.opened.push(() => setting.jvm.end()); // how it ends is part of the test
      addPhones(setting);
      await options.prepare?.(setting);
    },
  });
}

function addPhones(setting) {
  const { gateway } = setting;
  /** The fields of a connection, as the SDK names them. */
  setting.sipAccount = (user, more = {}) => ({
    url: gateway.wss,
    sipLogin: user,
    sipPassword: passwordOf(user),
    sipDomain: setting.kamailio.domain,
    sipPort: setting.kamailio.port,
    ...more,
  });
  /** A phone that is not connected. */
  setting.newPhone = (options = {}, jvm = setting.jvm) => {
    const phone = jvm.phone({ tone: JVM_HZ, ...options });
    setting.opened.push(() => phone.disconnect());
    return phone;
  };
  /** A phone that is registered. */
  setting.jvmPhone = async (user = "1001", account = {}, options = {}) => {
    const phone = setting.newPhone(options);
    await phone.connect(setting.sipAccount(user, account));
    await phone.next("onConnected");
    await phone.next("onRegistered");
    return phone;
  };
}

/** A call to a softphone that answers by itself. options: those of a call. */
export async function talk(phone, softphone, options) {
  const call = await phone.call(softphone.user, options);
  await call.next("onEstablished");
  await softphone.established();
  return call;
}

/** Both ends hear the other's tone, and not their own. */
export async function bothHear(call, softphone, { near = JVM_HZ, far = PHONE_HZ } = {}) {
  await hears(earOfCall(call), far, near);
  await hears(earOfSoftphone(softphone, call), near, far);
}

/** For so many seconds from now both ends hear the other's tone, but for half a second. */
export async function goesOn(call, softphone, seconds) {
  const [near, far] = await Promise.all([
    call.listen(seconds),
    earOfSoftphone(softphone, call)(seconds),
  ]);
  for (const [sound, hz] of [
    [near, PHONE_HZ],
    [far, JVM_HZ],
  ]) {
    const tone = measureTone(sound, hz);
    assert.ok(tone.seconds >= seconds - 0.5, `${hz} Hz for ${tone.seconds} s of ${seconds} s`);
  }
}

/** How the call ended, once it has. */
export async function ended(call, ms) {
  const { end } = await call.next("onEnded", ms);
  return end;
}

/** The phone says goodbye; each call and each session has ended once; nothing is left at the gateway. */
export async function leave(setting, phone, ...calls) {
  await phone.disconnect();
  const { error } = await phone.next("onDisconnected");
  assert.equal(error, undefined);
  for (const { told } of calls) assertEndsOnce(told, "onEnded");
  assertEndsOnce(phone.told, "onDisconnected");
  await setting.gateway.isIdle();
}

function assertEndsOnce(told, last) {
  assert.equal(told.filter((name) => name === last).length, 1, told.join(" "));
  assert.equal(told.at(-1), last, told.join(" "));
}
