// Chromium calls a softphone: zvonokd, Kamailio for the signalling, audio directly between gateway and softphone.
import assert from "node:assert/strict";
import os from "node:os";
import {
  answerScenario,
  passwordOf,
  register,
  registerScenario,
  startSipp,
} from "../peers/index.mjs";
import { bothHear, codecOf, leaveNothing, useSetting } from "./setting.mjs";

const { setting, scene } = useSetting("outgoing", { config: { timers: { ringing_out: "3s" } } });

for (const codec of ["opus", "G722", "PCMU", "PCMA"]) {
  scene(`a call in ${codec} is heard at both ends and hung up by the page`, async () => {
    const softphone = await setting.softphone({ codecs: [codec] });
    const phone = await setting.phone();
    await phone.call("1002");
    await phone.talking();
    await softphone.established();
    await bothHear(phone, softphone);
    assert.equal((await codecOf(phone)).toLowerCase(), codec.toLowerCase());
    await phone.press("Hangup");
    await softphone.closed();
    assert.match(await phone.ended(), /hung up/i);
    await leaveNothing(setting, phone, softphone);
  });
}

scene("a call is hung up by the softphone", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.phone();
  await phone.call("1002");
  await phone.talking();
  await softphone.established();
  await bothHear(phone, softphone);
  await softphone.hangup();
  assert.match(await phone.ended(), /hung up/i);
  await leaveNothing(setting, phone, softphone);
});

scene("one page makes three calls after each other", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.phone();
  for (let i = 0; i < 3; i++) {
    await phone.call("1002");
    await phone.talking();
    await softphone.established();
    await phone.hears(700);
    await phone.press("Hangup");
    await softphone.closed();
    await phone.ended();
  }
  await leaveNothing(setting, phone, softphone);
});

scene("a call that rings is cancelled by the page", async () => {
  const softphone = await setting.softphone({ answer: "manual" });
  const phone = await setting.phone();
  await phone.call("1002");
  await softphone.incoming();
  await phone.status(/being rung/);
  await phone.press("Hangup");
  await softphone.closed();
  await phone.ended();
  await leaveNothing(setting, phone, softphone);
});

scene("a softphone that refuses is busy for the page", async () => {
  const softphone = await setting.softphone({ answer: "manual" });
  const phone = await setting.phone();
  await phone.call("1002");
  await softphone.incoming();
  await softphone.hangup();
  assert.match(await phone.ended(), /busy.*\(SIP 486\)/i);
  await leaveNothing(setting, phone, softphone);
});

scene("a call that nobody answers ends after timers.ringing_out", async () => {
  const softphone = await setting.softphone({ answer: "manual" });
  const phone = await setting.phone();
  await phone.call("1002");
  await softphone.incoming();
  await softphone.closed(10_000);
  assert.match(await phone.ended(), /rang too long/i);
  await leaveNothing(setting, phone, softphone);
});

scene("a number that nobody has is not found, and the page shows step by step why", async () => {
  const phone = await setting.phone();
  await phone.call("4711");
  assert.match(await phone.ended(), /no such number.*\(SIP 404\)/i);
  const { remedy, number, ladder } = await phone.explanation();
  assert.match(remedy, /Check the number/);
  assert.match(number, /^c-\d+\.\d+\.\d+$/);
  assert.match(ladder, /-+ INVITE -+>/);
  assert.match(ladder, /404 Not found/i);
  for (const hidden of ["127.0.0.1", `:${setting.kamailio.port}`])
    assert.ok(!ladder.includes(hidden), `${hidden} is in ${ladder}`);
  assert.ok(ladder.startsWith(`Call ${number}, outgoing: 1001 -> 4711\n`), ladder);
  await leaveNothing(setting, phone);
});

for (const [status, reason, shown] of [
  [603, "Decline", /\(SIP 603\)/],
  [480, "Temporarily Unavailable", /not reachable.*\(SIP 480\)/i],
  [500, "Server Internal Error", /SIP server failed.*\(SIP 500\)/i],
  [488, "Not Acceptable Here", /codec.*\(SIP 488\)|\(SIP 488\)/i],
]) {
  scene(`a callee that answers ${status} is told with its status`, async () => {
    const sipp = await scriptedCallee({ status, reason });
    const phone = await setting.phone();
    await phone.call("1006");
    assert.match(await phone.ended(), shown);
    await sipp.finished();
    await leaveNothing(setting, phone);
  });
}

scene("a scripted phone that echoes gives the page its own tone back", async () => {
  const sipp = await scriptedCallee({ status: 200 });
  const phone = await setting.phone();
  await phone.call("1006");
  await phone.talking();
  await phone.hears(1000);
  await phone.press("Hangup");
  await phone.ended();
  await sipp.finished();
  await leaveNothing(setting, phone);
});

scene("the domain's SRV record leads to the SIP server when no port is given", async () => {
  const softphone = await setting.softphone();
  const account = { domain: "srv.test", port: "" };
  const phone = await setting.phone("1001", { account });
  await phone.call("1002");
  await phone.talking();
  await bothHear(phone, softphone);
  await phone.press("Hangup");
  await phone.ended();
  await leaveNothing(setting, phone, softphone);
});

const others = Object.values(os.networkInterfaces())
  .flat()
  .filter(({ family, internal }) => family === "IPv4" && !internal)
  .map(({ address }) => address);

for (const host of ["localhost", "127.0.0.1", ...others.slice(0, 1)]) {
  scene(`the page opened as https://${host} talks`, async () => {
    const softphone = await setting.softphone();
    const url = `https://${host}:${setting.gateway.ports.https}/`;
    const phone = await setting.phone("1001", { url });
    await phone.call("1002");
    await phone.talking();
    await bothHear(phone, softphone);
    await phone.press("Hangup");
    await phone.ended();
    await leaveNothing(setting, phone, softphone);
  });
}

scene("two pages with accounts of their own talk at the same time", async () => {
  const first = await setting.softphone({ user: "1002" });
  const second = await setting.softphone({ user: "1003", source: { sine: 1300 } });
  const [left, right] = await Promise.all([
    setting.phone("1001"),
    setting.phone("1004", { tone: 500 }),
  ]);
  await Promise.all([left.call("1002"), right.call("1003")]);
  await Promise.all([left.talking(), right.talking()]);
  await Promise.all([bothHear(left, first), right.hears(1300), second.hears(500)]);
  await Promise.all([left.press("Hangup"), right.press("Hangup")]);
  await Promise.all([left.ended(), right.ended()]);
  await right.close();
  await leaveNothing(setting, left, first, second);
});

/** SIPp as the phone of 1006, registered at Kamailio with the port on which it then answers. */
async function scriptedCallee(answer) {
  const { stage, kamailio } = setting;
  const callee = await startSipp(stage, {
    name: "callee",
    scenario: answerScenario(answer),
  });
  const account = { user: "1006", password: passwordOf("1006"), domain: kamailio.domain };
  const contact = `127.0.0.1:${callee.port}`;
  await register({ ...kamailio, ...account, expires: 0 });
  const registrar = await startSipp(stage, {
    name: "registrar",
    scenario: registerScenario({ ...account, contact }),
    target: kamailio,
  });
  await registrar.finished();
  return callee;
}
