// A SIP user agent of a few lines that answers calls and sends back what it hears, as it came: who calls it hears his own
// tone. In the call it may say by re-INVITE that its media is elsewhere, or on hold.
import dgram from "node:dgram";
import { randomUUID } from "node:crypto";
import { within } from "./stage.mjs";

const bind = (socket) =>
  new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", () => resolve(socket));
  });

/** A socket that sends RTP back to where it came from. */
async function openMedia() {
  const socket = await bind(dgram.createSocket("udp4"));
  const media = { port: socket.address().port, packets: 0, lastAt: 0, isEchoing: true };
  socket.on("message", (bytes, from) => {
    media.packets++;
    media.lastAt = performance.now();
    media.onPacket?.(bytes);
    if (media.isEchoing) socket.send(bytes, from.port, from.address);
  });
  let isOpen = true;
  media.close = () => {
    if (isOpen) socket.close();
    isOpen = false;
  };
  return media;
}

/** A description of ours: PCMU at `port`. */
export function describeEcho({ port, version = 1, host = "127.0.0.1", direction = "sendrecv" }) {
  return [
    "v=0",
    `o=- 1 ${version} IN IP4 127.0.0.1`,
    "s=-",
    `c=IN IP4 ${host}`,
    "t=0 0",
    `m=audio ${port} RTP/AVP 0`,
    `a=${direction}`,
    "",
  ].join("\r\n");
}

const headerOf = (text, name) => new RegExp(`^${name}: *(.*)$`, "im").exec(text)?.[1].trim();
const bodyOf = (text) => text.slice(text.indexOf("\r\n\r\n") + 4);
const uriOf = (header) => /<([^>]+)>/.exec(header)?.[1] ?? header;

function writeMessage(first, headers, body) {
  const type = body ? ["Content-Type: application/sdp"] : [];
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return [first, ...headers, ...type, length, "", body].join("\r\n");
}

/** One call: what was offered, the media, and how to change it. */
class Call {
  #agent;
  #dialog;
  #cseq = 0;

  constructor(agent, invite, tag) {
    this.#agent = agent;
    this.offer = bodyOf(invite);
    this.medias = [];
    this.#dialog = {
      callId: headerOf(invite, "Call-ID"),
      target: uriOf(headerOf(invite, "Contact")),
      from: `${headerOf(invite, "To")};tag=${tag}`,
      to: headerOf(invite, "From"),
    };
  }

  /** A further socket that echoes, beside those that there are. */
  async openMedia() {
    const media = await openMedia();
    this.medias.push(media);
    return media;
  }

  #write(method, cseq, body) {
    const { callId, target, from, to } = this.#dialog;
    return writeMessage(
      `${method} ${target} SIP/2.0`,
      [
        `Via: SIP/2.0/UDP 127.0.0.1:${this.#agent.port};branch=z9hG4bK${randomUUID()}`,
        "Max-Forwards: 70",
        `From: ${from}`,
        `To: ${to}`,
        `Call-ID: ${callId}`,
        `CSeq: ${cseq} ${method}`,
        `Contact: <sip:echo@127.0.0.1:${this.#agent.port}>`,
      ],
      body,
    );
  }

  /** A re-INVITE with this description: `{status, sdp}` of its final answer. */
  async reinvite(sdp, ms = 5_000) {
    const cseq = ++this.#cseq;
    const answer = await this.#agent.ask(this.#write("INVITE", cseq, sdp), cseq, ms);
    this.#agent.send(this.#write("ACK", cseq, ""));
    return { status: Number(/^SIP\/2\.0 (\d+)/.exec(answer)[1]), sdp: bodyOf(answer) };
  }

  /** Hangs up. */
  async bye(ms = 5_000) {
    const cseq = ++this.#cseq;
    await this.#agent.ask(this.#write("BYE", cseq, ""), cseq, ms);
    for (const media of this.medias) media.close();
  }
}

/** options.answer(call): the description that answers `call.offer`; plain PCMU at a socket of its own without it. */
export async function startEcho(stage, { answer = answerPlain } = {}) {
  const socket = await bind(dgram.createSocket("udp4"));
  const { port } = socket.address();
  const calls = new Map(); // by Call-ID: {answered, ended}
  const answers = new Map(); // by CSeq
  const waiting = [];
  let onCall = () => undefined;
  let gateway; // where its messages come from
  const agent = {
    port,
    send: (text) => socket.send(text, gateway.port, gateway.address),
    ask(text, cseq, ms) {
      const answered = new Promise((resolve) => answers.set(cseq, resolve));
      agent.send(text);
      const again = setInterval(() => agent.send(text), 500);
      return within(ms, "the gateway answers the echo", answered).finally(() =>
        clearInterval(again),
      );
    },
    /** The next call that was answered. */
    call: (ms = 10_000) => {
      const next = new Promise((resolve) => {
        onCall = () => waiting.length && resolve(waiting.shift());
        onCall();
      });
      return within(ms, "a call reaches the echo", next);
    },
    /** Everything that it was sent. */
    seen: [],
  };

  async function onInvite(text) {
    const id = headerOf(text, "Call-ID");
    let known = calls.get(id);
    if (!known) {
      const call = new Call(agent, text, "echo");
      known = { call, sdp: answer(call) };
      calls.set(id, known);
      stage.onClose(() => call.medias.forEach((media) => media.close()));
      known.sdp.then(() => {
        waiting.push(call);
        onCall();
      });
    }
    reply(text, 200, "OK", await known.sdp);
  }

  function reply(text, status, reason, body = "") {
    const copied = text.split("\r\n").filter((line) => /^(via|from|call-id|cseq):/i.test(line));
    const to = headerOf(text, "To");
    const tag = /;tag=/i.test(to) ? "" : ";tag=echo";
    const headers = [...copied, `To: ${to}${tag}`, `Contact: <sip:echo@127.0.0.1:${port}>`];
    agent.send(writeMessage(`SIP/2.0 ${status} ${reason}`, headers, body));
  }

  socket.on("message", (bytes, from) => {
    const text = bytes.toString();
    gateway = from;
    agent.seen.push(text);
    const method = text.split(" ", 1)[0];
    if (method === "SIP/2.0") {
      if (/^SIP\/2\.0 [2-6]/.test(text))
        answers.get(Number.parseInt(headerOf(text, "CSeq")))?.(text);
    } else if (method === "INVITE") {
      onInvite(text);
    } else if (method !== "ACK") {
      reply(text, 200, "OK");
    }
  });
  stage.onClose(() => socket.close());
  return agent;
}

async function answerPlain(call) {
  const { port } = await call.openMedia();
  return describeEcho({ port });
}
