// A SIP server over a stream, by script, that writes a byte at a time: each byte of its answers is a packet of its own, over TLS
// a record of its own. It answers every INVITE at once, and keeps what it got.
import net from "node:net";
import tls from "node:tls";
import { describeAudio } from "./farend.mjs";

const field = (text, name) => new RegExp(`^${name} *: *(.*)$`, "im").exec(text)?.[1] ?? "";

function write(request, status, port, transport) {
  const body = status.startsWith("200") && /^INVITE /.test(request) ? describeAudio(9) : "";
  const copied = request.split("\r\n").filter((line) => /^(via|from|call-id|cseq):/i.test(line));
  const to = field(request, "to");
  return [
    `SIP/2.0 ${status}`,
    ...copied,
    `To: ${to}${/;tag=/.test(to) ? "" : ";tag=bytes"}`,
    ...(/^REGISTER /.test(request)
      ? [`Contact: ${field(request, "contact")}`, "Expires: 300"]
      : [`Contact: <sip:bytes@127.0.0.1:${port};transport=${transport}>`]),
    ...(body ? ["Content-Type: application/sdp"] : []),
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

/** Takes whole messages off what came: they, and the rest. */
function split(text) {
  const messages = [];
  for (let rest = text.replace(/^(\r\n)+/, ""); ; ) {
    const end = rest.indexOf("\r\n\r\n");
    const whole =
      end < 0 ? Infinity : end + 4 + Number(field(rest.slice(0, end), "content-length"));
    if (rest.length < whole) return { messages, rest };
    messages.push(rest.slice(0, whole));
    rest = rest.slice(whole);
  }
}

/** options: identity ({key, cert}; none: TCP). */
export async function startStreamServer({ identity } = {}) {
  const peer = { seen: [], connections: 0, sockets: new Set() };
  const transport = identity ? "tls" : "tcp";
  const onConnection = (socket) => {
    let text = "";
    peer.connections++;
    peer.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => peer.sockets.delete(socket));
    const say = (answer) => {
      for (const byte of Buffer.from(answer)) socket.write(Buffer.of(byte));
    };
    socket.on("data", (chunk) => {
      const { messages, rest } = split(text + chunk.toString("latin1"));
      text = rest;
      for (const message of messages) {
        peer.seen.push(message);
        const [method] = message.split(" ", 1);
        if (method === "ACK" || method === "SIP/2.0") continue;
        if (method === "INVITE") {
          say(write(message, "100 Trying", peer.port, transport));
          say(write(message, "180 Ringing", peer.port, transport));
        }
        say(write(message, "200 OK", peer.port, transport));
      }
    });
  };
  const server = identity
    ? tls.createServer({ ...identity, minVersion: "TLSv1.2" }, onConnection)
    : net.createServer(onConnection);
  server.on("tlsClientError", () => undefined);
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  peer.port = server.address().port;
  /** Of this method, oldest first. */
  peer.requests = (method) => peer.seen.filter((text) => text.startsWith(`${method} `));
  peer.drop = () => {
    for (const socket of peer.sockets) socket.destroy();
  };
  peer.close = () => {
    peer.drop();
    return new Promise((resolve) => server.close(resolve));
  };
  return peer;
}
