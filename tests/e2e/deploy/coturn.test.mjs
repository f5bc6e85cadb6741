// deploy/coturn: a client whose firewall lets no UDP out reaches the gateway's media port through coturn as an operator sets it up,
// with the password that the gateway gave it, and reaches nothing else.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import tls from "node:tls";
import { connectClient, makeCertificate, openTurn, passwordOf, until } from "../peers/index.mjs";
import { checkFor, webOffer } from "../peers/icecheck.mjs";
import { DOMAIN, GATEWAY, ROUTER, useWorld } from "../media/world.mjs";
import { copyExample, readExample } from "./example.mjs";

const RELAY = "203.0.113.30";
const SECRET = "a-secret-of-this-test-alone";
const UFRAG = "abcd";
const BINDING_SUCCESS = 0x0101;

const { world, scene } = useWorld("deploy-coturn", { prepare });

/** The machine turn.example.org with the example's configuration, and what the gateway's says of it. */
async function prepare(world) {
  const relay = await world.lab.host("relay");
  await world.lab.plug(relay, world.internet, { addresses: [`${RELAY}/24`] });
  const dir = await world.stage.folder("coturn");
  const identity = await makeCertificate(path.join(dir, "cert"), undefined, ["turn.example.org"]);
  world.turnCa = identity.ca;
  const file = await copyExample("coturn/turnserver.conf", dir, {
    replace: [
      ["replace-this-secret", SECRET],
      ["/etc/turnserver/fullchain.pem", identity.certificate],
      ["/etc/turnserver/privkey.pem", identity.privateKey],
      ["/var/lib/turn", dir],
    ],
  });
  const coturn = relay.stage.spawn("turnserver", "turnserver", ["-c", file, "--pidfile="]);
  await until(10_000, "coturn takes connections", async () => {
    if (coturn.how) throw new Error(coturn.tail());
    (await relay.stage.connect(443, RELAY)).destroy();
    return true;
  });
  const secret = path.join(dir, "turn-secret");
  await writeFile(secret, SECRET, { mode: 0o600 });
  const fragment = await readExample("coturn/zvonok.yaml", [["/etc/zvonok/turn-secret", secret]]);
  return { text: `${fragment}sip:\n  allow: [${DOMAIN}]\n` };
}

/** A client at home, behind a router that lets no UDP out, with what the gateway told it. */
async function connect() {
  const wall = await world.router.drop("forward", "meta l4proto udp");
  world.opened.push(wall.lift);
  const { ws } = world.zvonokd.ports;
  const socket = await world.client.stage.connect(ws, GATEWAY);
  const client = await connectClient(world.zvonokd.ws, { createConnection: () => socket });
  world.opened.push(async () => client.close());
  client.say("connection", {
    appKey: "defaultApp",
    mediaProviders: ["WebRTC"],
    sipLogin: "1001",
    sipPassword: passwordOf("1001"),
    sipDomain: DOMAIN,
    sipPort: world.kamailio.port,
    sipRegisterRequired: false,
    features: ["iceServers"],
  });
  const [{ iceServers }] = (await client.next("getUserData")).data;
  return { client, server: iceServers[0] };
}

/** A connection from that client to coturn, as a URL of the gateway's says it. */
async function openTo(url, server) {
  const [, scheme, port] = /^(turns?):turn\.example\.org:(\d+)\?transport=tcp$/.exec(url);
  const socket = await world.client.stage.connect(port, RELAY);
  const stream = scheme === "turns" ? await encrypt(socket) : socket;
  const turn = openTurn(stream, server);
  world.opened.push(async () => turn.close());
  return turn;
}

async function encrypt(socket) {
  const ca = await readFile(world.turnCa);
  const stream = tls.connect({ socket, ca, servername: "turn.example.org" });
  await new Promise((resolve, reject) => {
    stream.once("secureConnect", resolve);
    stream.once("error", reject);
  });
  return stream;
}

for (const scheme of ["turn", "turns"]) {
  scene(`a client without UDP reaches the gateway's media by ${scheme} over TCP`, async () => {
    const { client, server } = await connect();
    assert.match(server.username, /^\d+:s-/);
    const callId = crypto.randomUUID();
    client.say("call", {
      callId,
      callee: "1002",
      sdp: webOffer({ ufrag: UFRAG }),
      mediaProvider: "WebRTC",
    });
    const [, sdp] = (await client.next("setRemoteSDP", 10_000)).data;
    const url = server.urls.find((one) => one.startsWith(`${scheme}:`) && one.endsWith("=tcp"));
    const turn = await openTo(url, server);
    const { error, relayed } = await turn.allocate();
    assert.equal(error, 0);
    assert.equal(relayed.address, RELAY);
    assert.equal(await turn.permit(GATEWAY), 0);
    const check = checkFor(sdp, { ufrag: UFRAG });
    const answer = await turn.exchange(GATEWAY, check.port, check.write());
    assert.deepEqual([answer.address, answer.port], [GATEWAY, check.port]);
    assert.equal(answer.bytes.readUInt16BE(0), BINDING_SUCCESS);
    await world.zvonokd.process.waitForLine(
      new RegExp(`ice_connected: \\S+ from ${RELAY}:${relayed.port}`),
      5_000,
    );
    client.say("hangup", { callId });
    await client.next("finish");
    await world.softphone.closed();
  });
}

scene("the relay reaches nobody but the gateway", async () => {
  const { server } = await connect();
  const turn = await openTo("turn:turn.example.org:3478?transport=tcp", server);
  assert.equal((await turn.allocate()).error, 0);
  for (const peer of [ROUTER, RELAY, "10.9.0.5", "127.0.0.1", "169.254.169.254", "224.0.0.1"]) {
    assert.equal(await turn.permit(peer), 403, peer);
  }
  assert.equal(await turn.permit(GATEWAY), 0);
});

scene("a password that the gateway did not make is refused", async () => {
  const { server } = await connect();
  const late = { ...server, username: server.username.replace(/^\d+/, "4000000000") };
  for (const login of [{ ...server, credential: "wrong" }, late]) {
    const turn = await openTo("turn:turn.example.org:3478?transport=tcp", login);
    assert.equal((await turn.allocate()).error, 401);
  }
});
