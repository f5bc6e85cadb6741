// The Android SDK in a JVM makes real calls: registers, calls and is called, hangs up and is hung up on, holds, sends and
// gets digits, explains what was refused, and keeps a call while its connection is away. Sound is measured at both ends.
import assert from "node:assert/strict";
import { PHONE_HZ } from "../call/setting.mjs";
import { openWire } from "../peers/index.mjs";
import { JVM_HZ, earOfCall, earOfSoftphone, hears, hearsNothing } from "./ears.mjs";
import { bothHear, ended, goesOn, leave, talk, useJvm } from "./setting.mjs";

const AWAY_S = 5;
const OTHER_HZ = 1300;

const { setting, scene } = useJvm("android", {
  atRest: false,
  config: { session: { resume_window: "20s" } },
});

scene("a phone registers, and is registered at the SIP server until it says goodbye", async () => {
  const phone = await setting.jvmPhone("1001");
  assert.deepEqual(phone.told, ["onConnected", "onRegistered"]);
  assert.equal((await phone.state()).state, "REGISTERED");
  await setting.kamailio.waitRegistered("1001");
  await leave(setting, phone);
  await setting.kamailio.waitUnregistered("1001");
});

scene("a call goes out, is heard at both ends, and is hung up here", async () => {
  const softphone = await setting.softphone({ answer: "manual" });
  const phone = await setting.jvmPhone();
  const call = await phone.call("1002");
  assert.equal((await call.next("onTrying")).state, "CONNECTING");
  assert.equal((await call.next("onRinging")).state, "RINGING");
  await softphone.incoming();
  await softphone.accept();
  const { state, wireStatus, callee } = await call.next("onEstablished");
  assert.deepEqual([state, wireStatus, callee], ["ACTIVE", "ESTABLISHED", "1002"]);
  await bothHear(call, softphone);
  await call.perform("hangup");
  const end = await ended(call);
  assert.deepEqual([end.kind, end.cause, end.byUs], ["FINISHED", "normal", true]);
  await softphone.closed();
  assert.deepEqual(
    call.told.filter((name) => name !== "onQuality"),
    ["onTrying", "onRinging", "onEstablished", "onEnded"],
  );
  await leave(setting, phone, call);
});

scene("the far end hangs up", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.jvmPhone();
  const call = await talk(phone, softphone);
  await bothHear(call, softphone);
  await softphone.hangup();
  const end = await ended(call);
  assert.deepEqual([end.kind, end.cause, end.byUs], ["FINISHED", "normal", false]);
  assert.equal(end.error, undefined);
  await leave(setting, phone, call);
});

scene("a call comes in, is answered, and is heard at both ends", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.jvmPhone();
  await softphone.dial("1001");
  const call = await phone.incoming();
  const { caller, incoming, state } = await call.next("onRinging");
  assert.deepEqual([caller, incoming, state], ["1002", true, "RINGING"]);
  await call.perform("answer");
  await call.next("onEstablished");
  await softphone.established();
  await bothHear(call, softphone);
  await call.perform("hangup");
  assert.equal((await ended(call)).byUs, true);
  await softphone.closed();
  await leave(setting, phone, call);
});

scene("a call that comes in is declined, and another one is given up by its caller", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.jvmPhone();
  await softphone.dial("1001");
  const declined = await phone.incoming();
  await declined.perform("hangup");
  assert.match((await softphone.closed()).param ?? "", /603|Decline/i);
  await ended(declined);
  await softphone.dial("1001");
  const missed = await phone.incoming();
  await softphone.next("CALL_RINGING");
  await softphone.hangup();
  const end = await ended(missed);
  assert.deepEqual([end.kind, end.cause, end.byUs], ["FINISHED", "cancelled", false]);
  await leave(setting, phone, declined, missed);
});

scene("a call that rings is given up here, and one that the far end refuses is busy", async () => {
  const softphone = await setting.softphone({ answer: "manual" });
  const phone = await setting.jvmPhone();
  const given = await phone.call("1002");
  await given.next("onRinging");
  await softphone.incoming();
  await given.perform("hangup");
  await ended(given);
  await softphone.closed();
  const refused = await phone.call("1002");
  await softphone.incoming();
  await softphone.hangup();
  const { kind, sipStatus, error } = await ended(refused);
  assert.deepEqual([kind, sipStatus, error.code], ["BUSY", 486, "SIP_BUSY"]);
  await leave(setting, phone, given, refused);
});

// A softphone's recording ends with the first hold (baresip 1.0), so the far end is a phone of the JVM here, over SIP.
scene("a call is put on hold, where nobody hears anybody, and is taken up again", async () => {
  const phone = await setting.jvmPhone("1001");
  const other = await setting.jvmPhone("1003", {}, { tone: OTHER_HZ });
  const call = await phone.call("1003");
  const theirs = await other.incoming();
  await theirs.perform("answer");
  await Promise.all([call.next("onEstablished"), theirs.next("onEstablished")]);
  const bothHear = async () => {
    await hears(earOfCall(call), OTHER_HZ, JVM_HZ);
    await hears(earOfCall(theirs), JVM_HZ, OTHER_HZ);
  };
  await bothHear();
  await call.perform("hold");
  for (const { state, wireStatus } of [await call.next("onHold"), await theirs.next("onHold")]) {
    assert.deepEqual([state, wireStatus], ["HELD", "HOLD"]);
  }
  await hearsNothing(earOfCall(theirs));
  await hearsNothing(earOfCall(call));
  await call.perform("unhold");
  for (const one of [call, theirs]) {
    assert.equal((await one.next("onEstablished")).state, "ACTIVE");
  }
  await bothHear();
  await call.perform("hangup");
  await Promise.all([ended(call), ended(theirs)]);
  await other.disconnect();
  await leave(setting, phone, call);
});

scene("digits go to the far end and come from it, as telephone-events", async () => {
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const phone = await setting.jvmPhone();
  const call = await talk(phone, softphone);
  await hears(earOfCall(call), PHONE_HZ, JVM_HZ);
  await call.perform("dtmf", { digits: "15#", type: "RFC2833" });
  for (const digit of ["1", "5", "#"]) {
    assert.equal((await softphone.next("CALL_DTMF_START")).param, digit);
  }
  await softphone.process.waitForLine(/received event: '#' \(end=1\)/, 5_000); // by RTP, not by INFO
  await softphone.command("sndcode", "7");
  assert.equal((await call.next("onDtmf")).digit, "7");
  await call.perform("hangup");
  await ended(call);
  await leave(setting, phone, call);
});

scene("a password that is wrong is refused by the SIP server, and that is said", async () => {
  const phone = setting.newPhone();
  await phone.connect(setting.sipAccount("1001", { sipPassword: "not this one" }));
  const { state, error } = await phone.next("onDisconnected");
  assert.equal(state, "DISCONNECTED");
  assert.deepEqual([error.code, error.cause], ["AUTH_REFUSED", "sip_auth_failed"]);
  assert.ok([401, 403, 407].includes(error.sipStatus), `SIP status ${error.sipStatus}`);
  assert.match(error.sentence, /SIP server/);
  assert.match(error.remedy, /password/i);
  assert.equal(error.retryable, false);
  assert.ok(!phone.told.includes("onRegistered"), phone.told.join(" "));
});

scene("a login that cannot be right is refused before anything is sent", async () => {
  const before = await setting.gateway.counts();
  const wire = await openWire(setting.stage, setting.gateway.ports.wss);
  const phone = setting.newPhone();
  const url = `wss://localhost:${wire.port}/`;
  await phone.connect(setting.sipAccount("10 01", { url }));
  const { error } = await phone.next("onDisconnected");
  assert.deepEqual([error.code, error.field], ["ACCOUNT_FIELD", "sipLogin"]);
  assert.ok(error.sentence && error.remedy, JSON.stringify(error));
  assert.equal(error.fix, "10_01");
  assert.deepEqual(phone.told, ["onDisconnected"]);
  assert.equal(wire.opened, 0, "nobody knocked at the gateway");
  assert.equal((await setting.gateway.counts()).sessions_created, before.sessions_created);
});

scene(`a call goes on while the connection is away for ${AWAY_S} s`, async () => {
  const wire = await openWire(setting.stage, setting.gateway.ports.wss);
  const softphone = await setting.softphone();
  const phone = await setting.jvmPhone("1001", { url: `wss://localhost:${wire.port}/` });
  const call = await talk(phone, softphone);
  await bothHear(call, softphone);
  wire.away = true;
  wire.reset();
  const { state, error } = await phone.next("onReconnecting");
  assert.equal(state, "RECONNECTING");
  assert.ok(error.sentence, JSON.stringify(error));
  assert.equal((await call.next("onReconnecting")).is, true);
  await goesOn(call, softphone, AWAY_S);
  wire.away = false;
  await phone.next("onReconnected");
  assert.equal((await call.next("onReconnecting")).is, false);
  await bothHear(call, softphone);
  await call.perform("hangup");
  await ended(call);
  await softphone.closed();
  await leave(setting, phone, call);
});
