// Media that never comes up: the call ends by timers.ice, and what the client is told, the log and the trace say which of
// ICE and DTLS it was, what came, from where, and what to open.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Stage, whyNoNetlab } from "../peers/index.mjs";
import { findTool } from "../tools.mjs";
import {
  GATEWAY,
  buildWorld,
  startClient,
  startGateway,
  startServer,
  startSoftphone,
} from "./world.mjs";

const skip = whyNoNetlab() || (findTool("webclient") ? false : "webclient is not built");
/** The first byte of DTLS' records is 20 to 63 (RFC 7983): of the bytes behind the UDP header. */
const DTLS = "@th,64,8 >= 20 @th,64,8 <= 63";
let world;

before(
  async () => {
    if (skip) return;
    const stage = await Stage.open("ice-fails");
    await stage.run(async () => {
      world = await buildWorld(stage);
      await startServer(world);
      world.zvonokd = await startGateway(world, { config: { timers: { ice: "3s" } } });
      world.softphone = await startSoftphone(world);
    });
  },
  { timeout: 60_000 },
);

after(() => world?.stage.close(), { timeout: 60_000 });

const port = () => world.zvonokd.config.media.web_port;
const client = String.raw`203\.0\.113\.2:\d+`;

const rows = [
  {
    what: "no UDP passes",
    drop: () => "meta l4proto udp",
    cause: "ice_failed",
    text: /^no ICE check came from the client in 3 s$/,
    remedy: () =>
      new RegExp(
        `^open UDP port ${port()} and TCP port ${port()} at ${GATEWAY}, 2001:db8::10 in every firewall`,
      ),
  },
  {
    what: "the answers to its checks are lost",
    drop: () => `udp sport ${port()}`,
    cause: "ice_failed",
    text: new RegExp(
      String.raw`^\d+ ICE checks? came from ${client}, the last \d+ s ago, and the client chose none`,
    ),
    remedy: () => new RegExp(`^let the answers of UDP port ${port()} .* back to the client`),
  },
  {
    what: "STUN passes and DTLS does not",
    drop: () => `udp dport ${port()} ${DTLS}`,
    cause: "dtls_failed",
    text: new RegExp(`^ICE is up with ${client}, but no DTLS packet came from there$`),
    remedy: () => /^look for a firewall or VPN on the client's side/,
  },
  {
    what: "the gateway's DTLS is lost on its way back",
    drop: () => `udp sport ${port()} ${DTLS}`,
    cause: "dtls_failed",
    text: new RegExp(
      String.raw`^ICE is up with ${client}, the DTLS handshake did not end: \d+ packets? came, \d+ sent$`,
    ),
    remedy: () => /^let UDP packets of 1500 bytes through/,
  },
];

for (const row of rows) {
  test(`where ${row.what}, the end says so`, { skip, timeout: 60_000 }, () =>
    world.stage.run(async () => {
      const firewall = await world.router.drop("forward", row.drop());
      try {
        const caller = startClient(world, { presence: false });
        const end = await caller.line("finish", (line) => line.message === "finish", 20_000);
        assert.equal(end.cause, row.cause);
        assert.match(end.text, row.text);
        assert.match(end.remedy, row.remedy());
        assert.notEqual((await caller.result()).code, 0);
        await world.softphone.closed();

        const log = world.zvonokd.log();
        assert.ok(
          log.includes(`${row.cause}: ${end.text}; ${end.remedy}`),
          "the log has the sentence",
        );
        const [name] = log.match(/\bc-\d+\.\d+\.\d+\b/g).slice(-1);
        const { trace } = await world.zvonokd.ctlJson("trace", name);
        const { call } = trace;
        assert.deepEqual([call.cause, call.text, call.remedy], [row.cause, end.text, end.remedy]);
        await world.zvonokd.isIdle();
      } finally {
        await firewall.lift();
      }
    }),
  );
}
