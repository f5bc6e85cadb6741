// What the scenes of this folder stand on: one gateway for all of them, and for each a far end of its own and the C client,
// whose microphone is a tone that a far end sends back.
import assert from "node:assert/strict";
import path from "node:path";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import {
  ROOT,
  connectClient,
  openMedia,
  startPeer,
  startSipp,
  startZvonokd,
  until,
} from "../peers/index.mjs";
import { earOfClient, isSettled, isSilentFor } from "../media/gap.mjs";
import { TRANSCRIBED, findTool, startTool } from "../tools.mjs";

export const TONE_HZ = 1000;
const HOST = "127.0.0.1";
/** Accounts whose settings are not those of all others. */
export const OPTIONAL = "srtp-optional";
export const REQUIRED = "srtp-required";

/** The gateway, with timers short enough to wait for: T1 is 100 ms, so that Timer B and F are 6.4 s. It writes a transcript. */
export function startGateway(stage, transcript, mediaPorts = 400) {
  return startZvonokd(stage, {
    binary: findTool(TRANSCRIBED),
    transcript,
    mediaPorts,
    config: {
      timers: { ringing_out: "12s", ringing_in: "10s", register: "8s" },
      trunks: {
        [`${OPTIONAL}@${HOST}`]: { srtp: "optional" },
        [`${REQUIRED}@${HOST}`]: { srtp: "required" },
      },
      http: { max_connections_per_address: 64 },
      limits: { calls_per_client: 2 },
    },
  });
}

/** Whether a UDP socket has this port: to try it would take it away from who wants it. The other readFile of Node 18 stops behind
 * the first page of such a file. */
function isBound(port) {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
  return readFileSync("/proc/net/udp", "utf8").includes(wanted);
}

/** An offer of a browser, as the example of the protocol has it. */
async function exampleOffer(file) {
  const text = await readFile(path.join(ROOT, "api/examples", file), "utf8");
  return JSON.parse(text).data[0].sdp;
}

/** What a scene is played with. `number` makes its account one of its own. */
export async function openScene(stage, gateway, number) {
  const peer = await startPeer(stage);
  peer.knows({ address: HOST, port: gateway.ports.sip });
  const clients = [];
  const world = { stage, gateway, peer, login: `user${number}` };

  function start(options) {
    const client = startTool(
      stage,
      "webclient",
      {
        url: gateway.ws,
        login: world.login,
        password: "secret",
        domain: HOST,
        port: peer.port,
        codec: "PCMU",
        tone: TONE_HZ,
        presence: true,
        seconds: 0,
        timeout: 40,
        orders: true,
        digits: true,
        ...options,
      },
      { input: true },
    );
    clients.push(client);
    return client;
  }

  /** A client that calls. `hear: true`: its end is only good when it heard its own tone. */
  world.call = ({ hear, ...options } = {}) =>
    start({ noRegister: true, call: "far", hear: hear ? TONE_HZ : undefined, ...options });
  /** A client that has registered at the peer, and answers what comes. */
  world.wait = async ({ hear, ...options } = {}) => {
    const client = start({ waitCall: true, hear: hear ? TONE_HZ : undefined, ...options });
    await client.line("registered", ({ message }) => message === "registered");
    return client;
  };
  /** A client that registers, or fails to. */
  world.register = (options) => start(options);
  /** A client without media, which says what the scene has it say. */
  world.script = async ({ port = peer.port, register = false, ...more } = {}) => {
    const client = await connectClient(gateway.ws);
    clients.push({ stop: async () => client.close() });
    client.say("connection", {
      appKey: "defaultApp",
      mediaProviders: ["WebRTC"],
      sipLogin: world.login,
      sipPassword: "secret",
      sipDomain: HOST,
      sipPort: port,
      sipRegisterRequired: register,
      ...more,
    });
    await client.next(register ? "registered" : "getUserData");
    return client;
  };
  world.offer = () => exampleOffer("client.call.json");
  world.offerWithVideo = () => exampleOffer("client.call.video.json");

  /** Media that is echoed, for an offer of the scene's own. */
  world.openMedia = async () => {
    const media = await openMedia();
    stage.onClose(() => media.close());
    return media;
  };
  /** SIPp in place of the scripted peer. */
  world.sipp = async (scenario, target) => {
    const sipp = await startSipp(stage, { scenario, target });
    await until(5_000, "SIPp listens", () => isBound(sipp.port));
    return sipp;
  };

  const ear = (client) => earOfClient(client);
  /** The client hears its tone, which is to say that sound goes both ways; since `since`, or at all. */
  world.hears = (client, since = 0) => isSettled(ear(client), { since });
  world.hearsNothing = (client, ms = 1_500) => isSilentFor(ear(client), ms);
  /** The client was told this status of its call. */
  world.told = (client, status, ms) =>
    client.line(
      `status ${status}`,
      (line) => line.event === "received" && line.status === status,
      ms,
    );
  world.talks = (client) => world.told(client, "ESTABLISHED");
  /** How the client's call ended: `{cause, sipStatus, endedBy …}`, each as expected. */
  world.ends = async (client, expected) => {
    const result = await client.result();
    for (const [key, value] of Object.entries(expected))
      assert.equal(result[key], value, `${key}: ${JSON.stringify(result)}`);
    return result;
  };
  /** The far end hangs up, and both sides know. */
  world.farHangsUp = async (client, call, expected = {}) => {
    await call.dialog().bye();
    return world.ends(client, {
      cause: "normal",
      endedBy: "remote",
      established: true,
      ...expected,
    });
  };
  /** The client hangs up, and both sides know. */
  world.clientHangsUp = async (client, call, expected = {}) => {
    client.tell("hangup");
    await call.hungUp();
    return world.ends(client, {
      cause: "normal",
      endedBy: "local",
      established: true,
      ...expected,
    });
  };
  /** An answered call that the client hears itself in. */
  world.talk = async (options = {}) => {
    const { describedBy, ...more } = options;
    const client = world.call({ hear: true, ...more });
    const call = await peer.invited();
    call.reply(180);
    await call.answer({ describedBy });
    await world.hears(client);
    return { client, call };
  };
  /** The trace of this scene's last call. */
  world.trace = async () => {
    const wanted = ({ caller }) => caller === world.login;
    const found = await until(5_000, "the call is listed", async () => {
      const lists = await Promise.all([
        gateway.ctlJson("calls"),
        gateway.ctlJson("calls", "--ended"),
      ]);
      return lists.flatMap(({ calls }) => calls).find(wanted);
    });
    return (await gateway.ctlJson("trace", found.name)).trace;
  };
  world.close = async () => {
    peer.rest();
    await Promise.all(clients.map((client) => (client.process ?? client).stop()));
  };
  return world;
}

/** Whether nothing of all these calls is left: calls, ports, transactions, dialogs, sockets, and as many made as ended. */
export async function leavesNothing(gateway, fds) {
  await gateway.isAtRest(60_000);
  const counts = await gateway.counts();
  assert.equal(counts.calls_created, counts.calls_destroyed);
  assert.equal(counts.sessions_created, counts.sessions_destroyed);
  await until(10_000, "every socket is closed again", async () => (await gateway.fds()) <= fds);
  return counts;
}
