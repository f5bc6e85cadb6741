// The networks that the other scenes of this folder stand on: that a NAT is one, and that nothing stays behind.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { Stage, openNetlab, until, whyNoNetlab } from "../peers/index.mjs";

const skip = whyNoNetlab();
let stage;
let lab;
let server;
let router;
let client;

/** Tells each datagram's sender its address, as the server sees it. */
const MIRROR = `
const dgram = require("node:dgram");
for (const [type, address] of [["udp4", "203.0.113.10"], ["udp6", "2001:db8::10"]]) {
  const socket = dgram.createSocket(type);
  socket.on("message", (_, { address, port }) => socket.send(address + " " + port, port, address));
  socket.bind(4000, address, () => console.log("ready " + type));
}
`;

/** Asks the mirror again and again, from one and the same socket. */
const ASK = `
const [type, to] = process.argv.slice(1);
const socket = require("node:dgram").createSocket(type);
socket.on("message", (text) => console.log("seen " + text));
socket.bind(0, () => {
  const ask = () => socket.send("?", 4000, to);
  setInterval(ask, 50);
  ask();
});
`;

before(async () => {
  if (skip) return;
  stage = await Stage.open("netlab");
  lab = await openNetlab(stage);
  const internet = await lab.network("internet");
  const home = await lab.network("home");
  server = await lab.host("server");
  router = await lab.host("router");
  client = await lab.host("client");
  const addresses = ["203.0.113.10/24", "2001:db8::10/64"];
  await lab.plug(server, internet, { addresses });
  await lab.plug(router, internet, { device: "wan", addresses: ["203.0.113.2/24"] });
  await lab.plug(router, home, { device: "lan", addresses: ["192.168.7.1/24"] });
  await lab.plug(client, home, { addresses: ["192.168.7.2/24"], via: "192.168.7.1" });
  await lab.plug(client, internet, { device: "eth1", addresses: ["2001:db8::7/64"] });
  await router.masquerade("wan");
  const mirror = server.stage.spawn("mirror", process.execPath, ["-e", MIRROR]);
  await mirror.waitForLine(/ready udp4/, 5_000);
  await mirror.waitForLine(/ready udp6/, 5_000);
});

const scene = (sentence, action) =>
  test(sentence, { skip, timeout: 30_000 }, () => stage.run(action));

after(async () => {
  if (skip) return;
  const mine = () =>
    execFileSync("ip", ["netns", "list"]).toString().includes(`zv-${process.pid}-`);
  assert.ok(mine());
  await stage.close();
  assert.ok(!mine(), "a namespace is left");
});

const ask = (type, to) => client.stage.spawn("ask", process.execPath, ["-e", ASK, type, to]);
const seen = async (asking, pattern) => (await asking.waitForLine(pattern, 5_000)).slice(1);

scene(
  "a NAT gives a flow an address and a port of its own, and another after it forgot it",
  async () => {
    const asking = ask("udp4", "203.0.113.10");
    const [first] = await seen(asking, /seen 203\.0\.113\.2 (6[12]\d{3})\n/);
    assert.ok(first >= 61_000 && first < 63_000, first);
    await router.masquerade("wan", "63000-64999");
    await router.forget();
    await seen(asking, /seen 203\.0\.113\.2 (6[34]\d{3})\n/);
    await asking.stop();
  },
);

scene("what is dropped does not come, until it is lifted", async () => {
  const wall = await router.drop("forward", "udp dport 4000");
  const asking = ask("udp4", "203.0.113.10");
  await until(5_000, "the firewall drops three", async () => (await wall.count()) >= 3);
  assert.doesNotMatch(asking.output, /seen/);
  await wall.lift();
  await seen(asking, /seen (\S+) /);
  await asking.stop();
});

scene("a cut cable carries nothing; mended it does, with the addresses it had", async () => {
  const asking = ask("udp4", "203.0.113.10");
  await seen(asking, /seen (\S+) /);
  await client.cut();
  const before = asking.output.length;
  await assert.rejects(asking.waitForLine(new RegExp(`[^]{${before + 100}}`), 500));
  await client.mend();
  await asking.waitForLine(new RegExp(`[^]{${before + 100}}`), 5_000);
  await asking.stop();
});

scene("IPv6 works from the first packet", async () => {
  const asking = ask("udp6", "2001:db8::10");
  await seen(asking, /seen (2001:db8::7) \d+\n/);
  await asking.stop();
});

scene("a server inside is reached by the stage's connection", async () => {
  const hello =
    "require('net').createServer(s => s.end('hello')).listen(4001, () => console.log('up'))";
  const child = server.stage.spawn("hello", process.execPath, ["-e", hello]);
  await child.waitForLine(/up/, 5_000);
  const socket = await server.stage.connect(4001, "127.0.0.1");
  const [text] = await Promise.all([
    new Promise((resolve) => socket.once("data", (chunk) => resolve(chunk.toString()))),
    new Promise((resolve) => socket.once("close", resolve)),
  ]);
  assert.equal(text, "hello");
  await assert.rejects(server.stage.connect(4002, "127.0.0.1"), /refuses/);
});
