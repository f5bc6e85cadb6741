// A client of a TURN server (RFC 8656) over a stream: allocates a relay for UDP, asks for permission to a peer, sends and
// receives through it. What the server refuses is given as its error code.
import crypto from "node:crypto";
import { attribute } from "./icecheck.mjs";
import { within } from "./stage.mjs";

const COOKIE = 0x2112a442;
const METHODS = { allocate: 0x0003, send: 0x0016, data: 0x0017, permit: 0x0008 };
const RESPONSE = 0x0100; // an error with 0x0010 besides
const ATTRIBUTES = {
  username: 0x0006,
  integrity: 0x0008,
  error: 0x0009,
  peer: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  relayed: 0x0016,
  transport: 0x0019,
};
const UDP = 17;

/** An IPv4 address as XOR-PEER-ADDRESS has it. */
function writeAddress(address, port) {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(1, 1);
  bytes.writeUInt16BE(port ^ (COOKIE >>> 16), 2);
  const ip = Buffer.from(address.split(".").map(Number)).readUInt32BE(0);
  bytes.writeUInt32BE((ip ^ COOKIE) >>> 0, 4);
  return bytes;
}

function readAddress(bytes) {
  const ip = Buffer.alloc(4);
  ip.writeUInt32BE((bytes.readUInt32BE(4) ^ COOKIE) >>> 0, 0);
  return { address: [...ip].join("."), port: bytes.readUInt16BE(2) ^ (COOKIE >>> 16) };
}

function readMessage(bytes) {
  const message = { type: bytes.readUInt16BE(0), id: bytes.toString("hex", 8, 20) };
  for (let at = 20; at + 4 <= bytes.length; ) {
    const size = bytes.readUInt16BE(at + 2);
    message[bytes.readUInt16BE(at)] = bytes.subarray(at + 4, at + 4 + size);
    at += 4 + Math.ceil(size / 4) * 4;
  }
  return message;
}

/** `stream`: a connection to the server. */
export function openTurn(stream, { username, credential }) {
  const waiting = new Map(); // by transaction, and one for data
  let rest = Buffer.alloc(0);
  let login;

  stream.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 20) {
      const size = 20 + rest.readUInt16BE(2);
      if (rest.length < size) return;
      const message = readMessage(rest.subarray(0, size));
      rest = rest.subarray(size);
      waiting.get(message.type === METHODS.data ? "data" : message.id)?.(message);
    }
  });

  function write(type, id, attributes) {
    const all = [...attributes];
    if (login) {
      all.push(attribute(ATTRIBUTES.username, Buffer.from(username)));
      all.push(attribute(ATTRIBUTES.realm, login.realm));
      all.push(attribute(ATTRIBUTES.nonce, login.nonce));
    }
    const head = Buffer.alloc(20);
    head.writeUInt16BE(type, 0);
    head.writeUInt32BE(COOKIE, 4);
    id.copy(head, 8);
    let message = Buffer.concat([head, ...all]);
    message.writeUInt16BE(message.length - 20 + (login ? 24 : 0), 2);
    if (login) {
      const key = crypto.createHash("md5").update(`${username}:${login.realm}:${credential}`);
      const mac = crypto.createHmac("sha1", key.digest()).update(message).digest();
      message = Buffer.concat([message, attribute(ATTRIBUTES.integrity, mac)]);
    }
    stream.write(message);
  }

  const wait = (key, what, ms) =>
    within(ms, what, new Promise((resolve) => waiting.set(key, resolve))).finally(() =>
      waiting.delete(key),
    );

  async function ask(method, attributes) {
    const id = crypto.randomBytes(12);
    const answered = wait(id.toString("hex"), "the TURN server answers", 5_000);
    write(method, id, attributes);
    const answer = await answered;
    const isSuccess = answer.type === (method | RESPONSE);
    const error = answer[ATTRIBUTES.error];
    return { answer, error: isSuccess ? 0 : error.readUInt8(2) * 100 + error.readUInt8(3) };
  }

  const transport = attribute(ATTRIBUTES.transport, Buffer.from([UDP, 0, 0, 0]));
  const turn = {
    /** `{error, relayed: {address, port}}`, after the challenge that comes first. */
    async allocate() {
      const { answer: challenge, error: first } = await ask(METHODS.allocate, [transport]);
      if (first !== 401) return { error: first };
      const { [ATTRIBUTES.realm]: realm, [ATTRIBUTES.nonce]: nonce } = challenge;
      login = { realm: Buffer.from(realm), nonce: Buffer.from(nonce) };
      const { answer, error } = await ask(METHODS.allocate, [transport]);
      return error ? { error } : { error, relayed: readAddress(answer[ATTRIBUTES.relayed]) };
    },
    /** The error code, 0 for none. */
    permit: async (address) =>
      (await ask(METHODS.permit, [attribute(ATTRIBUTES.peer, writeAddress(address, 0))])).error,
    /** Sends to a peer, and gives what comes next through the relay: `{address, port, bytes}`. */
    async exchange(address, port, bytes) {
      const came = wait("data", `${address}:${port} answers through the relay`, 5_000);
      write(METHODS.send, crypto.randomBytes(12), [
        attribute(ATTRIBUTES.peer, writeAddress(address, port)),
        attribute(ATTRIBUTES.data, bytes),
      ]);
      const message = await came;
      return { ...readAddress(message[ATTRIBUTES.peer]), bytes: message[ATTRIBUTES.data] };
    },
    close: () => stream.destroy(),
  };
  return turn;
}
