// A SIP user agent whose every word a scene chooses: it takes calls, makes them, is the registrar of who registers with it,
// loses what it is told to lose. Repetitions of a message are counted and come up once.
import dgram from "node:dgram";
import { randomUUID } from "node:crypto";
import { openMedia } from "./echo.mjs";
import { Message, describe, writeMessage, writeReply } from "./message.mjs";
import { until, within } from "./stage.mjs";

const T1_MS = 100; // as the gateway's in tests

const newBranch = () => `z9hG4bK${randomUUID()}`;

/** The dialog of a call: requests in it. */
class Dialog {
  constructor(peer, { callId, local, remote, target, cseq = 0 }) {
    Object.assign(this, { peer, callId, local, remote, target, cseq });
  }

  /** Sends a request; gives its text, by which it may be sent again. */
  request(method, { cseq = ++this.cseq, headers = [], branch, ...content } = {}) {
    const lines = [
      `Via: SIP/2.0/UDP 127.0.0.1:${this.peer.port};branch=${branch ?? newBranch()}`,
      "Max-Forwards: 70",
      `From: ${this.local}`,
      `To: ${this.remote}`,
      `Call-ID: ${this.callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:far@127.0.0.1:${this.peer.port}>`,
      ...headers,
    ];
    const text = writeMessage(`${method} ${this.target} SIP/2.0`, lines, content);
    this.peer.send(text);
    return text;
  }

  /** Sends a request, again and again, and gives its final answer; one to INVITE gets its ACK, with `ack` in it. */
  async ask(method, { ack = {}, ms = 5_000, branch = newBranch(), ...options } = {}) {
    const text = this.request(method, { branch, ...options });
    const cseq = options.cseq ?? this.cseq;
    const again = setInterval(() => this.peer.send(text), 5 * T1_MS);
    try {
      const answer = await this.peer.answer(method, cseq, (status) => status >= 200, {
        ms,
        callId: this.callId,
      });
      if (method === "INVITE") this.acknowledge(answer, { branch, ...ack });
      return answer;
    } finally {
      clearInterval(again);
    }
  }

  /** A refusal's ACK is of the INVITE's transaction, that of a 2xx of none (RFC 3261 §17.1.1.3, §13.2.2.4). */
  acknowledge({ status, cseq }, { branch, ...options }) {
    this.request("ACK", { cseq, ...(status >= 300 ? { branch } : {}), ...options });
  }

  /** Hangs up; the answer has to be 200. */
  async bye(options) {
    const { status } = await this.ask("BYE", options);
    if (status !== 200) throw new Error(`the BYE got ${status}`);
  }
}

/** A call that came. */
class Invited {
  constructor(peer, invite) {
    this.peer = peer;
    this.invite = invite;
    this.tag = randomUUID().slice(0, 8);
    this.medias = [];
  }

  get offer() {
    return this.invite.body;
  }

  /** Another place where media is echoed. */
  async openMedia() {
    const media = await openMedia();
    this.medias.push(media);
    this.peer.stage.onClose(() => media.close());
    return media;
  }

  /** Says something to the INVITE. `tag` of another fork; `sdp`. */
  reply(status, { tag = this.tag, sdp, headers = [], ...options } = {}) {
    const contact = `Contact: <sip:far@127.0.0.1:${this.peer.port}>`;
    const text = writeReply(this.invite, status, {
      tag,
      headers: [contact, ...headers],
      ...(sdp ? { body: sdp } : {}),
      ...options,
    });
    this.peer.send(text);
    return text;
  }

  /** A 200 whose media is echoed; waits for its ACK. */
  async answer({ describedBy = {}, ...options } = {}) {
    const media = this.medias[0] ?? (await this.openMedia());
    this.reply(200, { sdp: describe({ port: media.port, ...describedBy }), ...options });
    return this.acked();
  }

  /** The ACK to the 2xx of one fork (ours without a tag), or to a refusal. */
  acked({ tag = this.tag, ms } = {}) {
    return this.peer.next(
      `an ACK of ${this.invite.callId}`,
      (message) =>
        message.method === "ACK" &&
        !message.status &&
        message.callId === this.invite.callId &&
        message.cseq === this.invite.cseq &&
        message.tag("To") === tag,
      ms,
    );
  }

  /** A refusal, repeated until its ACK. */
  async refuse(status, options) {
    const text = this.reply(status, options);
    const again = setInterval(() => this.peer.send(text), 5 * T1_MS);
    await this.acked().finally(() => clearInterval(again));
  }

  /** The next request of this method in the call. */
  request(method, ms) {
    return this.peer.request(method, ms, ({ callId }) => callId === this.invite.callId);
  }

  /** The gateway hangs up. */
  async hungUp(ms) {
    const bye = await this.request("BYE", ms);
    this.peer.reply(bye, 200);
    return bye;
  }

  /** For requests of ours in the call. */
  dialog({ tag = this.tag } = {}) {
    const key = `dialog ${tag}`;
    this[key] ??= new Dialog(this.peer, {
      callId: this.invite.callId,
      local: `${this.invite.header("To")};tag=${tag}`,
      remote: this.invite.header("From"),
      target: this.invite.uriOf("Contact"),
    });
    return this[key];
  }
}

/** A call that it makes. */
class Inviting {
  constructor(
    peer,
    { target, from = "<sip:2000@127.0.0.1>", to, media, headers = [], ...content },
  ) {
    const about = {
      callId: randomUUID(),
      local: `${from};tag=${randomUUID().slice(0, 8)}`,
      remote: to ?? `<${target}>`,
      target,
    };
    this.peer = peer;
    this.media = media;
    this.branch = newBranch();
    this.dialog = new Dialog(peer, about);
    this.text = this.dialog.request("INVITE", { branch: this.branch, headers, ...content });
    this.cseq = this.dialog.cseq;
    this.first = new Dialog(peer, { ...about, cseq: this.cseq }); // before there is a dialog
  }

  /** The next answer with a status that is wanted. */
  async next(wanted, ms = 5_000) {
    const { callId } = this.dialog;
    const answer = await this.peer.answer("INVITE", this.cseq, wanted, { ms, callId });
    this.last = answer;
    if (answer.status > 100) this.dialog.remote = answer.header("To");
    if (answer.status < 300 && answer.header("Contact"))
      this.dialog.target = answer.uriOf("Contact");
    return answer;
  }

  final(ms) {
    return this.next((status) => status >= 200, ms);
  }

  /** Of the final answer. */
  ack(options = {}) {
    const isRefused = this.last.status >= 300;
    if (isRefused) this.dialog.target = this.first.target;
    this.dialog.acknowledge(this.last, { branch: this.branch, ...options });
  }

  /** Gives up; the answer to the CANCEL. */
  cancel() {
    const { cseq, branch } = this;
    return this.first.ask("CANCEL", { cseq, branch });
  }
}

/** `stage` closes it. */
export async function startPeer(stage) {
  const socket = dgram.createSocket("udp4");
  await new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", resolve);
  });
  let gateway; // where its messages come from
  const waiting = new Set();
  const fresh = [];
  const peer = {
    stage,
    port: socket.address().port,
    /** Everything that came, repetitions as well. */
    seen: [],
    /** Who registered last: his Contact. */
    contact: undefined,
    /** What a REGISTER gets: `(message) => [status, options]`; 200 by default. */
    onRegister: (message) => [200, { headers: bindingOf(message) }],
  };
  const look = () => {
    for (const one of waiting) one();
  };

  peer.send = (text, to = gateway) => socket.send(text, to.port, to.address);
  peer.reply = (request, status, options) => peer.send(writeReply(request, status, options));
  /** Where the gateway is, before it has said anything. */
  peer.knows = (address) => {
    gateway ??= address;
  };
  /** The next message that nobody took and that is wanted. */
  peer.next = (what, wanted, ms = 5_000) => {
    let take;
    const found = new Promise((resolve) => {
      take = () => {
        const at = fresh.findIndex((message) => wanted(message));
        if (at < 0) return;
        waiting.delete(take);
        resolve(fresh.splice(at, 1)[0]);
      };
      waiting.add(take);
      take();
    });
    const about = () => `${what} (untaken: ${fresh.map(({ status, method }) => status || method)})`;
    return within(ms, what, found)
      .catch(() => Promise.reject(new Error(`not within ${ms} ms: ${about()}`)))
      .finally(() => waiting.delete(take));
  };
  peer.request = (method, ms, wanted = () => true) =>
    peer.next(
      method,
      (message) => !message.status && message.method === method && wanted(message),
      ms,
    );
  /** An answer to a request of ours. */
  peer.answer = (method, cseq, wanted, { ms, callId } = {}) =>
    peer.next(
      `an answer to ${cseq} ${method}`,
      (message) =>
        message.status > 0 &&
        message.method === method &&
        message.cseq === cseq &&
        (!callId || message.callId === callId) &&
        wanted(message.status),
      ms,
    );
  /** The next call that comes. */
  peer.invited = async (ms) =>
    new Invited(peer, await peer.request("INVITE", ms, (message) => !message.tag("To")));
  /** Calls who has registered here. `sdp`: the offer; without one its media is echoed. */
  peer.invite = async ({ sdp, describedBy = {}, ...options } = {}) => {
    const target = options.target ?? (await until(5_000, "somebody registers", () => peer.contact));
    const media = await openMedia();
    stage.onClose(() => media.close());
    const body = sdp ?? describe({ port: media.port, ...describedBy });
    return new Inviting(peer, { target, media, body, ...options });
  };
  /** Asks from outside any dialog: the final answer. */
  peer.ask = (method, { target = peer.contact, headers, ...content } = {}) =>
    new Dialog(peer, {
      callId: randomUUID(),
      local: `<sip:2000@127.0.0.1>;tag=${randomUUID().slice(0, 8)}`,
      remote: `<${target}>`,
      target,
    }).ask(method, { headers, ...content });
  /** How often a message came. */
  peer.copies = (message) => peer.seen.filter(({ key }) => key === message.key).length;
  peer.requests = (method) =>
    peer.seen.filter(
      (message, i, all) =>
        message.method === method &&
        !message.status &&
        all.findIndex(({ key }) => key === message.key) === i,
    );
  /** Waits for what its messages so far or to come make true. */
  peer.until = (what, isTrue, ms = 5_000) => until(ms, what, isTrue);
  /** The scene is over: whatever still comes is agreed to, so that nothing waits for us. */
  peer.rest = () => {
    peer.isResting = true;
  };

  function take(message) {
    const isFirst = !peer.seen.some(({ key }) => key === message.key);
    peer.seen.push(message);
    if (message.method === "REGISTER" && !message.status) {
      const [status, options] = peer.onRegister(message);
      const isGone = message.header("Expires") === "0";
      if (status === 200) peer.contact = isGone ? undefined : message.uriOf("Contact");
      if (status) peer.reply(message, status, { tag: "registrar", ...options });
    } else if (peer.isResting) {
      const isAnswerable = !message.status && message.method !== "ACK";
      if (isAnswerable) peer.reply(message, 200, { tag: "resting" });
      return;
    }
    if (isFirst) fresh.push(message);
    look();
  }
  socket.on("message", (bytes, from) => {
    gateway = from;
    take(new Message(bytes.toString(), from));
  });
  stage.onClose(() => socket.close());
  return peer;
}

/** The binding that a REGISTER asks for, granted. */
export function bindingOf(message, expires = message.header("Expires") || "300") {
  return message.headers("Contact").map((value) => `Contact: ${value};expires=${expires}`);
}
