// An ICE agent that can do one thing: connectivity checks that nominate (RFC 8445 §7.2), so that a path comes up and nothing
// else does.
import crypto from "node:crypto";
import dgram from "node:dgram";

const BINDING_REQUEST = 0x0001;
const COOKIE = 0x2112a442;
const ATTRIBUTES = {
  username: 0x0006,
  integrity: 0x0008,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  controlling: 0x802a,
};

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A browser's offer of audio; nobody stands behind it, but for those who check for it. */
export function webOffer({ ufrag }) {
  return [
    "v=0",
    "o=- 1 2 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0",
    "m=audio 9 UDP/TLS/RTP/SAVPF 0 8",
    "c=IN IP4 0.0.0.0",
    `a=ice-ufrag:${ufrag}`,
    "a=ice-pwd:abcdefghijklmnopqrstuvwx",
    `a=fingerprint:sha-256 ${Array(32).fill("AB").join(":")}`,
    "a=setup:actpass",
    "a=mid:0",
    "a=sendrecv",
    "a=rtcp-mux",
    "",
  ].join("\r\n");
}

/** An attribute of STUN, padded to four bytes. */
export function attribute(type, value) {
  const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  padded.writeUInt16BE(type, 0);
  padded.writeUInt16BE(value.length, 2);
  value.copy(padded, 4);
  return padded;
}

function uint32(number) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number >>> 0);
  return bytes;
}

/** A Binding request that nominates. */
function check({ username, password }) {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(BINDING_REQUEST, 0);
  head.writeUInt32BE(COOKIE, 4);
  crypto.randomFillSync(head, 8);
  let message = Buffer.concat([
    head,
    attribute(ATTRIBUTES.username, Buffer.from(username)),
    attribute(ATTRIBUTES.priority, uint32(2130706431)),
    attribute(ATTRIBUTES.controlling, crypto.randomBytes(8)),
    attribute(ATTRIBUTES.useCandidate, Buffer.alloc(0)),
  ]);
  /** The length in the header counts the attribute that is about to be added (RFC 8489 §14.5, §14.7). */
  const add = (type, size, make) => {
    message.writeUInt16BE(message.length - 20 + 4 + size, 2);
    message = Buffer.concat([message, attribute(type, make(message))]);
  };
  add(ATTRIBUTES.integrity, 20, (bytes) => {
    return crypto.createHmac("sha1", password).update(bytes).digest();
  });
  add(ATTRIBUTES.fingerprint, 4, (bytes) => uint32(crc32(bytes) ^ 0x5354554e));
  return message;
}

/**
 * The check that the client with the fragment `ufrag` sends to the gateway that the description `sdp` tells of, and where to:
 * `{port, write()}`.
 */
export function checkFor(sdp, { ufrag }) {
  const read = (pattern) => pattern.exec(sdp)?.[1];
  const port = Number(read(/^a=candidate:\S+ 1 udp \d+ \S+ (\d+) typ host/im));
  const username = `${read(/^a=ice-ufrag:(\S+)/m)}:${ufrag}`;
  const password = read(/^a=ice-pwd:(\S+)/m);
  return { port, write: () => check({ username, password }) };
}

/** Sends such checks, one a second. */
export async function startChecks(sdp, { ufrag }) {
  const { port, write } = checkFor(sdp, { ufrag });
  const socket = dgram.createSocket("udp4");
  await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const send = () => socket.send(write(), port, "127.0.0.1");
  const timer = setInterval(send, 1_000);
  send();
  return {
    close() {
      clearInterval(timer);
      socket.close();
    },
  };
}
