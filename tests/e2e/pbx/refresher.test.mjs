// Who refreshes a session that has a timer (RFC 4028). Asterisk 22 leaves it to the other side wherever it may, so that policies
// has the gateway's refreshes; here the INVITE says, on its way, that Asterisk is to do it.
import assert from "node:assert/strict";
import { tapSip, until } from "../peers/index.mjs";
import { PAGE_HZ } from "../call/setting.mjs";
import { MILLIWATT_HZ, usePbx } from "./setting.mjs";

const EXPIRES_S = 90;
const timers = { timers: "always", timers_sess_expires: EXPIRES_S };

const { setting, scene } = usePbx("pbx-refresher", {
  accounts: { 1005: timers, 1006: { ...timers, rewrite_contact: "yes" } },
  config: { sip: { session_expires: `${EXPIRES_S}s` } },
});

/** A way to Asterisk on which each first INVITE says who refreshes. */
async function wayWith(refresher) {
  const said = new RegExp(`^Session-Expires: *${EXPIRES_S}(?=\\r)`, "m");
  return tapSip(setting.stage, setting.asterisk.port, (text) =>
    text.startsWith("INVITE ") ? text.replace(said, `$&;refresher=${refresher}`) : text,
  );
}

/** The requests that update the session, of the only call: `{gateway: 1, sip: 0}` by who sent them. */
async function updates() {
  const { calls } = await setting.gateway.ctlJson("calls");
  const { trace } = await setting.gateway.ctlJson("trace", calls[0].name);
  const sent = trace.events.filter(
    ({ kind, label }) => kind === "sip" && ["INVITE", "UPDATE"].includes(label),
  );
  const by = (who) => sent.filter(({ from }) => from === who).length;
  return { gateway: by("gateway"), sip: by("sip") };
}

async function isRefreshedByAsterisk(client) {
  await client.told("talk", "ESTABLISHED");
  await client.hears(MILLIWATT_HZ);
  const before = await updates();
  const refreshed = async () => (await updates()).sip > before.sip;
  await until((EXPIRES_S / 2 + 15) * 1_000, "Asterisk refreshes the call", refreshed, 1_000);
  assert.equal((await updates()).gateway, before.gateway, "so did the gateway");
  await client.hears(MILLIWATT_HZ);
  client.order("hangup");
  await client.ends("local");
  await setting.leaveNothing();
}

scene(
  "a client calls, and Asterisk refreshes the session",
  async () => {
    const { port } = await wayWith("uas");
    const call = { port, call: "milliwatt", tone: PAGE_HZ, timeout: 120 };
    await isRefreshedByAsterisk(setting.steered("1005", call));
  },
  { timeout: 120_000 },
);

scene(
  "Asterisk calls, and refreshes the session",
  async () => {
    const { port } = await wayWith("uac");
    const client = await setting.waiting("1006", { port, tone: PAGE_HZ, timeout: 120 });
    const call = { Channel: "PJSIP/1006", Application: "Milliwatt", Async: "true" };
    await setting.asterisk.manager.ask("Originate", call);
    await isRefreshedByAsterisk(client);
  },
  { timeout: 120_000 },
);
