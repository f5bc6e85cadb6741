// Linphone as the far end: at Kamailio, and directly, without a server between.
import assert from "node:assert/strict";
import { hasProgram, startLinphone } from "../peers/index.mjs";
import { DOMAIN, PAGE_HZ, PHONE_HZ, useSetting } from "../call/setting.mjs";
import { steerIn } from "./steered.mjs";

const skip = (await hasProgram("linphonec"))
  ? undefined
  : "there is no Linphone: install Debian's linphone-cli";

const { setting, scene } = useSetting("linphone", { tools: ["webclient"], chromium: false, skip });

async function openLinphone(more = {}) {
  const linphone = await startLinphone(setting.stage, {
    user: "1004",
    sine: PHONE_HZ,
    kamailio: setting.kamailio,
    ...more,
  });
  setting.opened.push(() => linphone.stop());
  return linphone;
}

const { start, leaveNothing } = steerIn(setting);

const bothHear = (client, linphone) =>
  Promise.all([client.hears(PHONE_HZ), linphone.hears(PAGE_HZ)]);

for (const codec of ["PCMU", "PCMA"]) {
  scene(`a client calls Linphone in ${codec}`, async () => {
    const linphone = await openLinphone();
    const client = start("1001", { call: "1004", codec });
    await client.told("talk", "ESTABLISHED");
    await bothHear(client, linphone);
    client.order("hangup");
    assert.equal((await client.ends("local")).codec, codec);
    await linphone.says(/ended/);
    await leaveNothing();
  });
}

scene("Linphone calls a client, holds it, takes it back and hangs up", async () => {
  const linphone = await openLinphone();
  const client = start("1001", { waitCall: true });
  await client.told("registered");
  linphone.dial(`sip:1001@${DOMAIN}`);
  await client.told("talk", "ESTABLISHED");
  await bothHear(client, linphone);
  linphone.pause();
  await client.told("hold", "HOLD");
  linphone.resume();
  await client.told("talk", "ESTABLISHED");
  await client.hears(PHONE_HZ);
  linphone.hangup();
  await client.ends("remote");
  await leaveNothing();
});

scene("Linphone refuses a call as busy", async () => {
  const linphone = await openLinphone({ answer: "manual" });
  const client = start("1001", { call: "1004" });
  await client.told("ring", "RING");
  linphone.hangup();
  const { established, cause, sipStatus } = await client.result();
  assert.deepEqual(
    { established, cause, sipStatus },
    { established: false, cause: "sip_rejected", sipStatus: 603 },
  );
  await leaveNothing();
});

scene("keys of a client reach Linphone, and Linphone's the client", async () => {
  const linphone = await openLinphone();
  const client = start("1001", { call: "1004" });
  await client.told("talk", "ESTABLISHED");
  await bothHear(client, linphone);
  client.press("5");
  await linphone.says(/Receiving tone 5/);
  linphone.press("7");
  await client.told("zvDtmf");
  assert.deepEqual(
    client.keys().map(({ digit }) => digit),
    ["7"],
  );
  client.order("hangup");
  await client.ends("local");
  await leaveNothing();
});

scene("a client calls Linphone directly", async () => {
  const linphone = await openLinphone({ kamailio: undefined });
  const client = start("1001", {
    domain: "127.0.0.1",
    port: linphone.port,
    noRegister: true,
    call: "1004",
  });
  await client.told("talk", "ESTABLISHED");
  await bothHear(client, linphone);
  linphone.hangup();
  await client.ends("remote");
  await leaveNothing();
});

scene("Linphone calls a client directly, at the contact that its server knows", async () => {
  const linphone = await openLinphone({ kamailio: undefined });
  const client = start("1001", { waitCall: true });
  await client.told("registered");
  const [contact] = await setting.kamailio.waitRegistered("1001");
  linphone.dial(contact);
  await client.told("talk", "ESTABLISHED");
  await bothHear(client, linphone);
  client.order("hangup");
  await client.ends("local");
  await leaveNothing();
});
