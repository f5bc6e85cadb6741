// baresip as the far end without a server between: the gateway sends to the phone's own address, and the phone to the
// gateway's contact.
import { startBaresip } from "../peers/index.mjs";
import { PAGE_HZ, PHONE_HZ, useSetting } from "../call/setting.mjs";
import { steerIn } from "./steered.mjs";

const { setting, scene } = useSetting("direct", { tools: ["webclient"], chromium: false });

/** A softphone that sends whatever it has to say to the gateway itself. */
async function openSoftphone() {
  const softphone = await startBaresip(setting.stage, {
    user: "1002",
    registrar: { address: "127.0.0.1", port: setting.gateway.ports.sip, domain: "127.0.0.1" },
    register: false,
    source: { sine: PHONE_HZ },
    codecs: ["PCMA", "PCMU"],
  });
  setting.opened.push(() => softphone.stop());
  return softphone;
}

const { start, leaveNothing } = steerIn(setting);

scene("a client without a registration calls a softphone directly", async () => {
  const softphone = await openSoftphone();
  const client = start("1001", {
    domain: "127.0.0.1",
    port: softphone.port,
    noRegister: true,
    call: "1002",
  });
  await softphone.established();
  await client.told("talk", "ESTABLISHED");
  await Promise.all([client.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
  client.order("hold");
  await client.told("hold", "HOLD");
  client.order("unhold");
  await client.told("talk", "ESTABLISHED");
  await client.hears(PHONE_HZ);
  client.order("hangup");
  await client.ends("local");
  await softphone.closed();
  await leaveNothing();
});

scene("a softphone calls a client directly, at the contact that its server knows", async () => {
  const softphone = await openSoftphone();
  const client = start("1001", { waitCall: true });
  await client.told("registered");
  const [contact] = await setting.kamailio.waitRegistered("1001");
  await softphone.dial(contact);
  await softphone.established();
  await client.told("talk", "ESTABLISHED");
  await Promise.all([client.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
  await softphone.hangup();
  await client.ends("remote");
  await leaveNothing();
});
