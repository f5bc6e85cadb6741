// Asterisk over TCP and TLS: clients register there, call and are called, hold, and have SRTP with keys in the description. Where
// nobody listens for TLS (streams), Asterisk calls back by the connection that was registered over; else (listener) it makes one.
import assert from "node:assert/strict";
import { until } from "../peers/index.mjs";
import { PAGE_HZ, PHONE_HZ } from "../call/setting.mjs";
import { MILLIWATT_HZ, usePbx } from "./setting.mjs";

const WAYS = [
  { user: "1001", transport: "TCP" },
  { user: "1003", transport: "TLS" },
  { user: "1004", transport: "TLS", srtp: true },
];

/** The scenes with a gateway whose `sip` has this besides. */
export function playStreams(name, sip) {
  const { setting, scene } = usePbx(name, {
    accounts: { 1001: {}, 1002: {}, 1003: {}, 1004: { media_encryption: "sdes" } },
    trustsOwn: true,
    config: {
      sip,
      trunks: {
        "1001@127.0.0.1": { transport: "tcp" },
        "1003@127.0.0.1": { transport: "tls" },
        "1004@127.0.0.1": { transport: "tls", srtp: "required" },
      },
    },
  });

  const portOf = (transport) =>
    transport === "TLS" ? setting.asterisk.tlsPort : setting.asterisk.port;

  /** All that this side has sent of the only call went by that transport. */
  async function wentBy(transport) {
    const { calls } = await setting.gateway.ctlJson("calls");
    const { trace } = await setting.gateway.ctlJson("trace", calls[0].name);
    const vias = trace.events
      .filter(({ kind, from, data }) => kind === "sip" && from === "gateway" && !/^SIP/.test(data))
      .map(({ data }) => /^Via: SIP\/2\.0\/(\S+)/m.exec(data)[1]);
    assert.deepEqual([...new Set(vias)], [transport]);
  }

  for (const { user, transport, srtp } of WAYS) {
    const what = `${transport}${srtp ? " and SDES" : ""}`;

    scene(`${what}: a client calls a softphone through Asterisk, and holds`, async () => {
      const port = portOf(transport);
      const { client, softphone, leg } = await setting.talkAndHold(user, { port });
      assert.equal(Boolean(leg.srtp), Boolean(srtp), JSON.stringify(leg));
      await wentBy(transport);
      client.order("hangup");
      await client.ends("local");
      await softphone.closed();
      await setting.leaveNothing();
    });

    scene(`${what}: Asterisk calls a client by the contact that it registered`, async () => {
      const softphone = await setting.peer();
      const client = await setting.waiting(user, { port: portOf(transport), tone: PAGE_HZ });
      const [contact] = (await setting.asterisk.contacts()).filter((one) => one.user === user);
      assert.match(contact.uri, new RegExp(`;transport=${transport}`, "i"));
      await softphone.dial(user);
      await client.told("talk", "ESTABLISHED");
      await Promise.all([client.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
      await softphone.hangup();
      await client.ends("remote");
      await setting.leaveNothing();
    });

    scene(`${what}: its OPTIONS are answered, and Asterisk hangs up`, async () => {
      const client = await setting.waiting(user, { port: portOf(transport), tone: PAGE_HZ });
      await until(10_000, "the contact is reachable", async () =>
        (await setting.asterisk.contacts()).some(
          (one) => one.user === user && one.status === "Reachable",
        ),
      );
      const call = { Channel: `PJSIP/${user}`, Exten: "goodbye", Context: "test", Priority: "1" };
      await setting.asterisk.manager.ask("Originate", { ...call, Async: "true" });
      await client.told("talk", "ESTABLISHED");
      await client.ends("remote");
      await setting.leaveNothing();
    });
  }

  scene("clients over UDP, TCP and TLS are at one Asterisk at the same time", async () => {
    const others = [];
    for (const { user, transport } of WAYS.slice(0, 2)) {
      others.push(await setting.waiting(user, { port: portOf(transport), tone: 500 }));
    }
    const caller = setting.steered("1004", { port: portOf("TLS"), call: "1001", tone: PAGE_HZ });
    await caller.told("talk", "ESTABLISHED");
    await Promise.all([caller.hears(500), others[0].hears(PAGE_HZ)]);
    caller.order("hangup");
    await caller.ends("local");
    await others[0].ends("remote");
    const plain = setting.steered("1002", { call: "milliwatt", tone: PAGE_HZ });
    await plain.told("talk", "ESTABLISHED");
    await plain.hears(MILLIWATT_HZ);
    plain.order("hangup");
    await plain.ends("local");
    await setting.leaveNothing();
  });
}
