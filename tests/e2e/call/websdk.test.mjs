// The published web SDK of Flashphoner, unchanged, on a small page of ours.
import assert from "node:assert/strict";
import { within } from "../peers/index.mjs";
import { openSdkPage } from "../websdk/page.mjs";
import { PAGE_HZ, PHONE_HZ, useSetting } from "./setting.mjs";

const { setting, scene } = useSetting("websdk");
const openPage = (options) => openSdkPage(setting, { tone: PAGE_HZ, ...options });

scene("it connects, registers, calls, talks and hangs up", async () => {
  // One that answers at once may have its 200 overtake its 180 in the proxy.
  const softphone = await setting.softphone({ answer: "manual" });
  const page = await openPage();
  await page.connect();
  await page.event("session", "ESTABLISHED");
  await page.event("session", "REGISTERED");
  await page.do("call", "1002");
  await page.event("call", "RING");
  await softphone.incoming();
  await softphone.accept();
  await page.event("call", "ESTABLISHED");
  await softphone.established();
  await Promise.all([page.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
  await page.do("hangup");
  await page.event("call", "FINISH");
  await softphone.closed();
  const statuses = (await page.events()).filter(({ kind }) => kind === "call").map((e) => e.status);
  assert.ok(statuses.indexOf("TRYING") < statuses.indexOf("RING"), statuses.join(" "));
  await page.do("disconnect");
  await page.event("session", "DISCONNECTED");
  await page.close();
  await softphone.stop();
  await setting.gateway.isIdle(20_000);
});

scene("it is called, answers, talks and is hung up", async () => {
  const softphone = await setting.softphone();
  const page = await openPage();
  await page.connect();
  await page.event("session", "REGISTERED");
  await softphone.dial("1001");
  const incoming = await page.event("session", "INCOMING_CALL");
  assert.equal(incoming.detail, "1002");
  await page.event("call", "RING");
  await page.do("answer");
  await page.event("call", "ESTABLISHED");
  await softphone.established();
  await Promise.all([page.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
  await softphone.hangup();
  await page.event("call", "FINISH");
  await page.close();
  await softphone.stop();
  await setting.gateway.isIdle(20_000);
});

scene("it declines a call", async () => {
  const softphone = await setting.softphone();
  const page = await openPage();
  await page.connect();
  await page.event("session", "REGISTERED");
  await softphone.dial("1001");
  await page.event("call", "RING");
  await page.do("hangup");
  await softphone.closed();
  await page.event("call", "FINISH");
  await page.close();
  await softphone.stop();
});

scene("a busy callee ends its call", async () => {
  const softphone = await setting.softphone({ answer: "manual" });
  const page = await openPage();
  await page.connect();
  await page.event("session", "REGISTERED");
  await page.do("call", "1002");
  await softphone.incoming();
  await softphone.hangup();
  await page.event("call", "FINISH");
  await page.close();
  await softphone.stop();
});

scene(
  "a bad login reaches the page as WARN with our sentence, then DISCONNECTED, within 1 s",
  async () => {
    const page = await openPage();
    await page.connect({ login: "Ralf C12441@host.com" });
    const gone = await page.event("session", "DISCONNECTED", 3_000);
    const events = await page.events();
    const opened = events.find(({ status }) => status === "CONNECTED");
    const warned = events.find(({ status }) => status === "WARN");
    assert.match(warned.detail, /login/i);
    assert.ok(warned.at <= gone.at);
    assert.ok(gone.at - (opened?.at ?? 0) <= 1_000, JSON.stringify(events));
    assert.ok(!events.some(({ status }) => status === "ESTABLISHED"));
    await page.close();
  },
);

scene(
  "a wrong password reaches the page likewise, after the registrar's final answer",
  async () => {
    const page = await openPage();
    await page.connect({ password: "wrong" });
    await page.event("session", "ESTABLISHED");
    const warned = await page.event("session", "WARN", 5_000);
    assert.match(warned.detail, /password/i);
    await within(3_000, "DISCONNECTED", page.event("session", "DISCONNECTED"));
    assert.ok(!(await page.events()).some(({ status }) => status === "REGISTERED"));
    await page.close();
  },
);
