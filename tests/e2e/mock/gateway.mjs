// A gateway that is only a script: serves the built page under the real Content-Security-Policy and plays the messages
// of a test's choice. For the page's own tests; nothing in it carries audio.
import path from "node:path";
import { WebSocketServer } from "ws";
import { startPages } from "../peers/pages.mjs";
import { ROOT } from "../peers/stage.mjs";

export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; media-src blob: mediastream:; " +
  "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'";

/** An offer that a browser takes, and that leads nowhere. */
export const OFFER = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0",
  "a=ice-lite",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 8 0",
  "c=IN IP4 127.0.0.1",
  "a=mid:0",
  "a=sendrecv",
  "a=rtcp-mux",
  "a=ice-ufrag:mock",
  "a=ice-pwd:mockmockmockmockmockmock",
  `a=fingerprint:sha-256 ${Array(32).fill("AB").join(":")}`,
  "a=setup:actpass",
  "a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host",
  "a=end-of-candidates",
  "a=rtpmap:111 opus/48000/2",
  "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:0 PCMU/8000",
  "",
].join("\r\n");

/**
 * `script` maps a client's message name to a function (client, data); without one, an account is registered at once and
 * a call is answered at once. `root`: the folder of pages.
 */
export async function startMockGateway(stage, { script = {}, root } = {}) {
  const folder = root ?? path.join(ROOT, "apps/web-phone/dist");
  const pages = await startPages(stage, { "/": folder }, { "Content-Security-Policy": POLICY });
  const { port } = pages;
  const sockets = new WebSocketServer({ server: pages.server });
  const clients = [];
  const answers = { ...standard, ...script };
  sockets.on("connection", (socket) => {
    const client = {
      socket,
      received: [],
      say: (message, ...data) => socket.send(JSON.stringify({ message, data })),
      report: (message, call, status, more = {}) =>
        client.say(message, { ...call, status, ...more }),
    };
    clients.push(client);
    socket.on("message", (bytes) => {
      const { message, data } = JSON.parse(bytes);
      client.received.push({ message, data: data[0] });
      answers[message]?.(client, data[0]);
    });
  });
  stage.onClose(() => {
    for (const { socket } of clients) socket.terminate();
  });
  return {
    port,
    page: pages.url,
    url: `ws://localhost:${port}`,
    clients,
    get client() {
      return clients[clients.length - 1];
    },
  };
}

const standard = {
  connection(client, data) {
    client.account = data;
    const { sipLogin, sipDomain, sipRegisterRequired, features } = data;
    const user = { sipLogin, sipDomain, status: "ESTABLISHED", authToken: "mock" };
    client.say("getUserData", { ...user, ...(features && { features }) });
    if (sipRegisterRequired !== false) client.say("registered", { status: "REGISTERED" });
  },
  call(client, { callId, caller, callee }) {
    const call = { callId, caller, callee, incoming: false };
    client.call = call;
    client.report("notifyTryingResponse", call, "TRYING");
    client.report("ring", call, "RING", { sipStatus: 180 });
    client.report("talk", call, "ESTABLISHED", { sipStatus: 200 });
  },
  answer(client, { callId }) {
    client.report("talk", { ...client.call, callId }, "ESTABLISHED", { sipStatus: 200 });
  },
  hangup(client, { callId }) {
    client.report("finish", { ...client.call, callId }, "FINISH", {
      cause: "normal",
      text: "the call was hung up",
    });
  },
};

/** Makes a call come in at a client. */
export function ring(client, caller, visibleName = caller) {
  const call = {
    callId: `in-${client.received.length}`,
    caller,
    callee: "1001",
    visibleName,
    incoming: true,
  };
  client.call = call;
  client.say("setRemoteSDP", call.callId, OFFER, false);
  client.report("notifyIncomingCall", call, "RING");
  client.report("ring", call, "RING");
  return call;
}
