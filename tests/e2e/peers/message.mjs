// SIP messages as text, read and written: for peers by script, which must be able to say what no stack would.

/** A message as it came: what a scene asks of it. `from` is where it came from. */
export class Message {
  constructor(text, from) {
    this.text = text;
    this.from = from;
    const [first] = text.split("\r\n", 1);
    const words = first.split(" ");
    this.status = words[0] === "SIP/2.0" ? Number(words[1]) : 0;
    this.method = this.status ? this.header("CSeq").split(" ")[1] : words[0];
    this.uri = this.status ? undefined : words[1];
    this.cseq = Number.parseInt(this.header("CSeq"), 10);
    this.callId = this.header("Call-ID");
    this.body = text.slice(text.indexOf("\r\n\r\n") + 4);
  }

  /** The values of all headers of that name, in order. */
  headers(name) {
    const [head] = this.text.split("\r\n\r\n", 1);
    return [...head.matchAll(new RegExp(`^${name} *: *(.*?) *$`, "gim"))].map(([, value]) => value);
  }

  /** The first; "" where there is none. */
  header(name) {
    return this.headers(name)[0] ?? "";
  }

  tag(name) {
    return /;tag=([^;>\s]+)/i.exec(this.header(name))?.[1] ?? "";
  }

  get branch() {
    return /;branch=([^;\s]+)/i.exec(this.header("Via"))?.[1] ?? "";
  }

  /** The URI in From, To, Contact. */
  uriOf(name) {
    const value = this.header(name);
    return /<([^>]*)>/.exec(value)?.[1] ?? value.split(";")[0];
  }

  /** A repetition is the same to it: of a request in its transaction, of an answer in that of ours. */
  get key() {
    return [this.status || this.method, this.branch, this.callId, this.cseq, this.tag("To")].join();
  }

  /** a=sendrecv and the like, of its description's first media that says one; "sendrecv" without. */
  get direction() {
    return /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(this.body)?.[1] ?? "sendrecv";
  }
}

/** `headers` are whole lines. A body has the type `type`. */
export function writeMessage(first, headers, { body = "", type = "application/sdp" } = {}) {
  const about = body ? [`Content-Type: ${type}`] : [];
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return [first, ...headers, ...about, length, "", body].join("\r\n");
}

const REASONS = { 100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK" };

/** The answer to a request. `tag` goes to To, where there is none yet. */
export function writeReply(request, status, options = {}) {
  const { reason = REASONS[status] ?? "So It Is", tag, headers = [], ...content } = options;
  const via = request.headers("Via").map((value) => `Via: ${value}`);
  const to = request.header("To");
  const hasTag = !tag || /;tag=/i.test(to);
  const lines = [
    ...via,
    ...request.headers("Record-Route").map((value) => `Record-Route: ${value}`),
    `From: ${request.header("From")}`,
    `To: ${to}${hasTag ? "" : `;tag=${tag}`}`,
    `Call-ID: ${request.callId}`,
    `CSeq: ${request.header("CSeq")}`,
    ...headers,
  ];
  return writeMessage(`SIP/2.0 ${status} ${reason}`, lines, content);
}

/** A description of audio at `port`. `lines` come behind the m= line. */
export function describe({
  port,
  version = 1,
  host = "127.0.0.1",
  profile = "RTP/AVP",
  formats = "0 8",
  direction = "sendrecv",
  lines = [],
}) {
  return [
    "v=0",
    `o=far 1 ${version} IN IP4 127.0.0.1`,
    "s=-",
    `c=IN IP4 ${host}`,
    "t=0 0",
    `m=audio ${port} ${profile} ${formats}`,
    ...lines,
    `a=${direction}`,
    "",
  ].join("\r\n");
}
