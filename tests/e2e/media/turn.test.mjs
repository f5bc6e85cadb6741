// TURN through coturn: where a firewall lets no media through to the gateway, it goes by a relay, for which the gateway
// gives the page a password of short life.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { startTurnserver } from "../peers/index.mjs";
import { earOfPage, isSettled } from "./gap.mjs";
import { GATEWAY, answeredAt, connectedSince, startPage, useWorld } from "./world.mjs";

const RELAY = "203.0.113.30";
const SECRET = "a-secret-of-coturn-and-the-gateway";

const { world, scene } = useWorld("turn", { browser: true, prepare });

/** coturn on a machine of the Internet, and the gateway's configuration for it. */
async function prepare(world) {
  const relay = await world.lab.host("relay");
  await world.lab.plug(relay, world.internet, { addresses: [`${RELAY}/24`] });
  world.turn = await startTurnserver(relay.stage, { address: RELAY, secret: SECRET });
  const file = path.join(await world.stage.folder("turn-secret"), "secret");
  await writeFile(file, SECRET, { mode: 0o600 });
  const transports = ["udp", "tcp"];
  const urls = transports.map((name) => `turn:${RELAY}:${world.turn.port}?transport=${name}`);
  return { turn: { urls, secret_file: file } };
}

/** A call that goes by the relay, through walls of the client's router. */
async function callThrough(t, ...matches) {
  for (const match of matches) {
    const wall = await world.router.drop("forward", match);
    world.opened.push(wall.lift);
  }
  const since = Date.now();
  const page = await startPage(world);
  await page.call("1002");
  await page.talking();
  const ear = await earOfPage(page, 1000);
  await isSettled(ear);
  const { from, at } = await connectedSince(world, since);
  t.diagnostic(`connected through the relay ${at - answeredAt(world)} ms after the answer`);
  assert.ok(from.startsWith(`${RELAY}:`), from);
  await world.softphone.hangup();
  await page.ended();
  assert.deepEqual(page.problems, []);
  await page.close();
}

scene(
  "a page that reaches the gateway's pages but none of its media ports talks by the relay",
  async (t) => {
    const { web } = world.zvonokd.ports;
    await callThrough(
      t,
      `ip daddr ${GATEWAY} udp dport ${web}`,
      `ip daddr ${GATEWAY} tcp dport ${web}`,
    );
  },
);

scene("a page whose firewall passes no UDP at all talks to the relay over TCP", async (t) => {
  const { web } = world.zvonokd.ports;
  await callThrough(t, "meta l4proto udp", `ip daddr ${GATEWAY} tcp dport ${web}`);
});

scene(
  "coturn knows each page by the name of its session, and the secret is in no log",
  async () => {
    const { output } = world.turn.process;
    const users = [...output.matchAll(/user <(\d+):(s-\d+\.\d+)>: .*ALLOCATE processed, success/g)];
    assert.equal(new Set(users.map(([, , session]) => session)).size, 2);
    for (const [, until] of users) assert.ok(until * 1000 > Date.now(), until);
    assert.ok(!world.zvonokd.log().includes(SECRET));
  },
);
