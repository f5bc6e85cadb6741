// What a SIP server says and hears, as it reports it itself: a collector of HEPv3 (https://github.com/sipcapture/HEP,
// "HEP3_rev12"), to which Kamailio's siptrace sends a copy of each message with its addresses and its time.
import dgram from "node:dgram";
import { until } from "./stage.mjs";

const MAX_MESSAGES = 20_000;
const HEADER = 6; // "HEP3" and the length
const CHUNK_HEADER = 6; // vendor, type, length
const SIP = 1;

const CHUNK = {
  sourceIpv4: 0x03,
  targetIpv4: 0x04,
  sourcePort: 0x07,
  targetPort: 0x08,
  seconds: 0x09,
  microseconds: 0x0a,
  protocol: 0x0b,
  payload: 0x0f,
};

/** The chunks of a packet by their type; undefined when it is not whole. */
function readChunks(packet) {
  if (packet.length < HEADER || packet.toString("latin1", 0, 4) !== "HEP3") return undefined;
  if (packet.readUInt16BE(4) !== packet.length) return undefined;
  const chunks = new Map();
  for (let at = HEADER; at < packet.length; ) {
    if (at + CHUNK_HEADER > packet.length) return undefined;
    const vendor = packet.readUInt16BE(at);
    const type = packet.readUInt16BE(at + 2);
    const length = packet.readUInt16BE(at + 4);
    if (length < CHUNK_HEADER || at + length > packet.length) return undefined;
    if (vendor === 0) chunks.set(type, packet.subarray(at + CHUNK_HEADER, at + length));
    at += length;
  }
  return chunks;
}

/** `{wallUs, from: {address, port}, to, text}`; undefined when it is no SIP message over IPv4. */
export function parseHep(packet) {
  const chunks = readChunks(packet);
  if (!chunks) return undefined;
  const need = (type, bytes) => {
    const chunk = chunks.get(CHUNK[type]);
    return chunk?.length === bytes ? chunk : undefined;
  };
  const ends = [need("sourceIpv4", 4), need("targetIpv4", 4)];
  const ports = [need("sourcePort", 2), need("targetPort", 2)];
  const [seconds, microseconds] = [need("seconds", 4), need("microseconds", 4)];
  const payload = chunks.get(CHUNK.payload);
  if (need("protocol", 1)?.[0] !== SIP || !payload || !seconds || !microseconds) return undefined;
  if (![...ends, ...ports].every(Boolean)) return undefined;
  const [from, to] = ends.map((address, i) => ({
    address: [...address].join("."),
    port: ports[i].readUInt16BE(0),
  }));
  const wallUs = seconds.readUInt32BE(0) * 1e6 + microseconds.readUInt32BE(0);
  return { wallUs, from, to, text: payload.toString("utf8") };
}

/** Listens on a free port of loopback until the stage closes. */
export async function openHepCollector(stage) {
  const socket = dgram.createSocket("udp4");
  const collector = { messages: [], refused: 0 };
  socket.on("message", (packet) => {
    const message = parseHep(packet);
    if (message && collector.messages.length < MAX_MESSAGES) collector.messages.push(message);
    else collector.refused++;
  });
  await new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", resolve);
  });
  stage.onClose(() => socket.close());
  collector.address = `127.0.0.1:${socket.address().port}`;
  /** Messages of a dialog or of several: those whose Call-ID is among `ids`. */
  collector.ofCalls = (ids) =>
    collector.messages.filter(({ text }) => ids.includes(/^Call-ID: *(\S+)/im.exec(text)?.[1]));
  /** Waits until a message that is as wanted was seen. */
  collector.waitFor = (what, wanted, ms = 5_000) =>
    until(ms, `${what} is mirrored`, () => collector.messages.find(wanted));
  return collector;
}
