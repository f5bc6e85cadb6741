// A very small SIP client over UDP: one request with digest by MD5 or SHA-256, retransmitted, and its final answer.
import crypto from "node:crypto";
import dgram from "node:dgram";

function hash(algorithm, text) {
  return crypto
    .createHash(algorithm === "SHA-256" ? "sha256" : "md5")
    .update(text)
    .digest("hex");
}

function parameter(header, name) {
  return new RegExp(`${name}="?([^",]*)"?`, "i").exec(header)?.[1];
}

function authorization(challenge, { user, password, method, uri }) {
  const realm = parameter(challenge, "realm");
  const nonce = parameter(challenge, "nonce");
  const algorithm = parameter(challenge, "algorithm") ?? "MD5";
  const cnonce = crypto.randomBytes(8).toString("hex");
  const ha1 = hash(algorithm, `${user}:${realm}:${password}`);
  const ha2 = hash(algorithm, `${method}:${uri}`);
  const qop = /qop=/i.test(challenge);
  const response = hash(
    algorithm,
    qop ? `${ha1}:${nonce}:00000001:${cnonce}:auth:${ha2}` : `${ha1}:${nonce}:${ha2}`,
  );
  const head = `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}"`;
  return `${head}, algorithm=${algorithm}${qop ? `, qop=auth, nc=00000001, cnonce="${cnonce}"` : ""}`;
}

function exchange(socket, target, request, cseq, timeoutMs) {
  return new Promise((resolve, reject) => {
    const send = () => socket.send(request, target.port, target.address);
    const again = setInterval(send, 500);
    const stop = () => {
      clearInterval(again);
      clearTimeout(limit);
      socket.off("message", onMessage);
    };
    const limit = setTimeout(() => {
      stop();
      reject(new Error(`${target.address}:${target.port} did not answer`));
    }, timeoutMs);
    const onMessage = (bytes) => {
      const text = bytes.toString("latin1");
      const status = Number(/^SIP\/2\.0 (\d{3})/.exec(text)?.[1] ?? 0);
      if (status < 200 || !new RegExp(`^CSeq: *${cseq} `, "im").test(text)) return;
      stop();
      resolve({ status, text });
    };
    socket.on("message", onMessage);
    send();
  });
}

/** REGISTER, with the password when it is asked for: `{status, text}` of the final answer. `expires` 0 ends them all. */
export async function register(options) {
  const { address, port, domain, user, password, expires = 300, timeoutMs = 3_000 } = options;
  const authName = options.authName ?? user;
  const socket = dgram.createSocket("udp4");
  try {
    await new Promise((resolve) => socket.bind(0, address, resolve));
    const own = `${address}:${socket.address().port}`;
    const callId = crypto.randomUUID();
    const uri = `sip:${domain}`;
    const write = (cseq, extra) =>
      [
        `REGISTER ${uri} SIP/2.0`,
        `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${crypto.randomUUID()};rport`,
        "Max-Forwards: 70",
        `From: <sip:${user}@${domain}>;tag=${callId.slice(0, 8)}`,
        `To: <sip:${user}@${domain}>`,
        `Call-ID: ${callId}`,
        `CSeq: ${cseq} REGISTER`,
        expires === 0 ? "Contact: *" : `Contact: <sip:${user}@${own}>`,
        `Expires: ${expires}`,
        ...extra,
        "Content-Length: 0",
        "",
        "",
      ].join("\r\n");
    const first = await exchange(socket, { address, port }, write(1, []), 1, timeoutMs);
    const challenge = /^(WWW|Proxy)-Authenticate: *(Digest .*)$/im.exec(first.text)?.[2];
    if (first.status !== 401 || !challenge) return first;
    const credentials = authorization(challenge, {
      user: authName,
      password,
      method: "REGISTER",
      uri,
    });
    const second = write(2, [`Authorization: ${credentials}`]);
    return await exchange(socket, { address, port }, second, 2, timeoutMs);
  } finally {
    socket.close();
  }
}

/** A request without a password from outside any call, and its final answer: `{status, text}`. */
export async function ask({ address, port, method, timeoutMs = 3_000 }) {
  const socket = dgram.createSocket("udp4");
  try {
    await new Promise((resolve) => socket.bind(0, address, resolve));
    const own = `${address}:${socket.address().port}`;
    const lines = [
      `${method} sip:${address}:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${crypto.randomUUID()};rport`,
      "Max-Forwards: 70",
      `From: <sip:test@${own}>;tag=${crypto.randomUUID().slice(0, 8)}`,
      `To: <sip:${address}:${port}>`,
      `Call-ID: ${crypto.randomUUID()}`,
      `CSeq: 1 ${method}`,
      "Content-Length: 0",
    ];
    const request = [...lines, "", ""].join("\r\n");
    return await exchange(socket, { address, port }, request, 1, timeoutMs);
  } finally {
    socket.close();
  }
}
