// A SIP user agent of a few lines that answers calls and sends back what it hears, as it came: who calls it hears his own
// tone. In the call it may say by re-INVITE that its media is elsewhere, or on hold. As the registrar of whoever registers
// with it, it can call him.
import dgram from "node:dgram";
import { randomUUID } from "node:crypto";
import { until, within } from "./stage.mjs";

const bind = (socket) =>
  new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", () => resolve(socket));
  });

/** A socket that sends RTP back to where it came from. */
export async function openMedia() {
  const socket = await bind(dgram.createSocket("udp4"));
  const media = { port: socket.address().port, packets: 0, lastAt: 0, isEchoing: true };
  let last;
  socket.on("message", (bytes, from) => {
    last = from;
    media.packets++;
    media.lastAt = performance.now();
    media.onPacket?.(bytes);
    if (media.isEchoing) socket.send(bytes, from.port, from.address);
  });
  /** Sends a packet to where the last one came from. */
  media.say = (bytes) => socket.send(bytes, last.port, last.address);
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

function writeMessage(first, headers, body, contentType = "application/sdp") {
  const type = body ? [`Content-Type: ${contentType}`] : [];
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return [first, ...headers, ...type, length, "", body].join("\r\n");
}

/** One call: what was offered, the media, and how to change it. */
class Call {
  #agent;
  #dialog;
  #cseq = 0;

  constructor(agent, dialog, offer) {
    this.#agent = agent;
    this.#dialog = dialog;
    this.offer = offer;
    this.medias = [];
  }

  /** A call that came. */
  static of(agent, invite, tag) {
    const dialog = {
      callId: headerOf(invite, "Call-ID"),
      target: uriOf(headerOf(invite, "Contact")),
      from: `${headerOf(invite, "To")};tag=${tag}`,
      to: headerOf(invite, "From"),
    };
    return new Call(agent, dialog, bodyOf(invite));
  }

  /** Calls the Contact `target`; `{status, sdp}` of the final answer is the call's `answer`. */
  static async to(agent, target, sdp, ms) {
    const dialog = {
      callId: randomUUID(),
      target,
      from: `<sip:echo@127.0.0.1:${agent.port}>;tag=echo`,
      to: `<${target}>`,
    };
    const call = new Call(agent, dialog, sdp);
    return Object.assign(call, { answer: await call.reinvite(sdp, ms) });
  }

  /** A further socket that echoes, beside those that there are. */
  async openMedia() {
    const media = await openMedia();
    this.medias.push(media);
    return media;
  }

  #write(method, cseq, body, contentType) {
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
      contentType,
    );
  }

  /** A re-INVITE with this description: `{status, sdp}` of its final answer. */
  async reinvite(sdp, ms = 5_000) {
    const cseq = ++this.#cseq;
    const answer = await this.#agent.ask(this.#write("INVITE", cseq, sdp), cseq, ms);
    const contact = headerOf(answer, "Contact");
    this.#dialog.to = headerOf(answer, "To");
    if (contact) this.#dialog.target = uriOf(contact);
    this.#agent.send(this.#write("ACK", cseq, ""));
    return { status: Number(/^SIP\/2\.0 (\d+)/.exec(answer)[1]), sdp: bodyOf(answer) };
  }

  /** An INFO with this body: the status of its answer. */
  async info(contentType, body, ms = 5_000) {
    const cseq = ++this.#cseq;
    const text = this.#write("INFO", cseq, body, contentType);
    const answer = await this.#agent.ask(text, cseq, ms);
    return Number(/^SIP\/2\.0 (\d+)/.exec(answer)[1]);
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
      return within(ms, "a call reaches the echo", next).finally(() => (onCall = () => undefined));
    },
    /** Calls who has registered here, and waits for his answer. */
    invite: async (sdp, ms = 15_000) => {
      const target = await until(10_000, "a registration at the echo", () => agent.contact);
      return Call.to(agent, target, sdp, ms);
    },
    /** The requests of this method that it was sent, each once: on a slow day they are sent again, to the byte. */
    requests: (method) => [...new Set(agent.seen)].filter((text) => text.startsWith(`${method} `)),
    /** Status codes for methods that it does not take: `{INFO: 415}`; INVITE in a call alone. */
    refuses: {},
    /** Everything that it was sent. */
    seen: [],
  };

  async function onInvite(text) {
    const id = headerOf(text, "Call-ID");
    let known = calls.get(id);
    if (known && agent.refuses.INVITE) {
      reply(text, agent.refuses.INVITE, "No");
      return;
    }
    if (!known) {
      const call = Call.of(agent, text, "echo");
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

  function reply(text, status, reason, body = "", contact = `<sip:echo@127.0.0.1:${port}>`) {
    const copied = text.split("\r\n").filter((line) => /^(via|from|call-id|cseq):/i.test(line));
    const to = headerOf(text, "To");
    const tag = /;tag=/i.test(to) ? "" : ";tag=echo";
    const headers = [...copied, `To: ${to}${tag}`, `Contact: ${contact}`];
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
    } else if (method === "REGISTER") {
      const contact = headerOf(text, "Contact");
      const isGoing = headerOf(text, "Expires") === "0" || /expires=0/.test(contact);
      agent.contact = isGoing ? undefined : uriOf(contact);
      reply(text, 200, "OK", "", `${contact};expires=${isGoing ? 0 : 300}`);
    } else if (method !== "ACK") {
      const status = agent.refuses[method] ?? 200;
      reply(text, status, status === 200 ? "OK" : "No");
    }
  });
  stage.onClose(() => socket.close());
  return agent;
}

async function answerPlain(call) {
  const { port } = await call.openMedia();
  return describeEcho({ port });
}
