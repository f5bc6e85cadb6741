// A gateway that is only a script: serves the built page under the real Content-Security-Policy and plays the messages
// of a test's choice. It keeps a client's session and call when the socket is lost, as ours does. For the page's own
// tests; nothing in it carries audio or video, but a test may put a far end behind it that does (picture.mjs).
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

/** The answer to whatever a browser offers for audio. */
const ANSWER = OFFER.replace("a=setup:actpass", "a=setup:passive");

/** What a client that returns is told again. */
const NUMBERED = [
  ...["registered", "notifyTryingResponse", "ring", "setRemoteSDP", "talk", "hold", "finish"],
  ...["notifyIncomingCall", "fail", "zvUpdate", "zvReport", "zvVerdict"],
];

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
  const gateway = {
    port,
    page: pages.url,
    url: `ws://localhost:${port}`,
    clients,
    session: undefined,
    away: false,
    get client() {
      return clients[clients.length - 1];
    },
    /** Cuts the connection; until `come` is called the gateway is away. What is said meanwhile is missed. */
    leave() {
      gateway.away = true;
      gateway.client.socket.terminate();
    },
    come() {
      gateway.away = false;
    },
  };
  sockets.on("connection", (socket) => {
    if (gateway.away) {
      socket.terminate();
      return;
    }
    const client = {
      gateway,
      socket,
      received: [],
      say: (message, ...data) => say(client, message, data),
      report: (message, call, status, more = {}) => {
        const { session } = gateway;
        if (session) session.call = message === "finish" ? undefined : { ...call, status };
        client.say(message, { ...call, status, ...more });
      },
    };
    clients.push(client);
    socket.on("message", (bytes) => {
      const { message, data } = JSON.parse(bytes);
      if (client.received.length && gateway.session) gateway.session.tokenBefore = undefined;
      client.received.push({ message, data: data[0] });
      answers[message]?.(client, data[0]);
    });
  });
  stage.onClose(() => {
    for (const { socket } of clients) socket.terminate();
  });
  return gateway;
}

/** Numbered messages are kept, so that they can be told again to a client that returns. */
function say(client, message, data) {
  const { session } = client.gateway;
  const text = { message, data };
  if (session && NUMBERED.includes(message)) {
    text.seq = session.told.length + 1;
    session.told.push(text);
  }
  if (client.socket.readyState === client.socket.OPEN) client.socket.send(JSON.stringify(text));
}

function welcome(client, { sipLogin, sipDomain }, features) {
  const { session } = client.gateway;
  const user = { sipLogin, sipDomain, status: "ESTABLISHED", authToken: session.token };
  client.say("getUserData", { ...user, ...(features && { features }) });
}

/** A client that returns with its token finds its call, and is told what it has missed. */
function takeBack(client, { authToken, lastSeq, features }) {
  const { session } = client.gateway;
  if (!session || (authToken !== session.token && authToken !== session.tokenBefore)) {
    client.say("fail", {
      apiMethod: "ConnectionStatusEvent",
      cause: "resume_unknown_token",
      text: "the session of this token no longer exists",
      remedy: "connect with the SIP account again",
    });
    client.socket.close(1000);
    return;
  }
  session.tokenBefore = authToken; // good until the client has said anything
  session.token = `mock-${client.gateway.clients.length}`;
  const { call } = session;
  client.call = call;
  const rings = call?.incoming && call.status === "RING";
  const missed = session.told.filter(({ data, seq }) =>
    lastSeq === undefined
      ? rings && (data[0] === call.callId || data[0]?.callId === call.callId)
      : seq > lastSeq,
  );
  welcome(client, session.account, features);
  const resend = (text) => client.socket.send(JSON.stringify(text));
  if (session.account.sipRegisterRequired !== false) resend({ message: "registered", data: [{}] });
  const calls = call ? [{ ...call, held: call.status === "HOLD", since: 65_000 }] : [];
  const replayed = lastSeq === undefined ? 0 : missed.length;
  client.say("zvResumed", { calls, replayed, complete: true });
  for (const text of missed) resend(text);
}

const standard = {
  connection(client, data) {
    if (data.authToken) {
      takeBack(client, data);
      return;
    }
    client.account = data;
    client.gateway.session = { token: "mock", account: data, told: [], call: undefined };
    welcome(client, data, data.features);
    if (data.sipRegisterRequired !== false) client.say("registered", { status: "REGISTERED" });
  },
  ping(client) {
    client.say("pong");
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
  zvUpdate(client, { callId, reason }) {
    client.say("zvUpdate", { callId, type: "answer", sdp: ANSWER, reason });
  },
  hangup(client, { callId }) {
    client.report("finish", { ...client.call, callId }, "FINISH", {
      cause: "normal",
      text: "the call was hung up",
    });
  },
};

/** Makes a call come in at a client. `sdp`: what it offers. */
export function ring(client, caller, visibleName = caller, sdp = OFFER) {
  const call = {
    callId: `in-${client.received.length}`,
    caller,
    callee: "1001",
    visibleName,
    incoming: true,
    hasVideo: sdp.includes("m=video"),
  };
  client.call = call;
  client.say("setRemoteSDP", call.callId, sdp, false);
  client.report("notifyIncomingCall", call, "RING");
  client.report("ring", call, "RING");
  return call;
}
