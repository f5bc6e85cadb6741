// RTP and RTCP as peers by script speak it: what came is read and counted, a film and a tone are sent with reports.
import dgram from "node:dgram";
import { freePorts } from "./ports.mjs";
import { FPS } from "./picture.mjs";

const NTP_1900_MS = 2_208_988_800_000;
export const VIDEO_HZ = 90_000;
const AUDIO_HZ = 8_000;
const AUDIO_SAMPLES = 160; // in a packet of 20 ms
const REPORT_MS = 1_000;
const TICK_MS = 5;

export const wallMs = () => performance.timeOrigin + performance.now();

/** RFC 3550 §5.1, and what of the payload is looked at. */
export function parseRtp(bytes) {
  let at = 12 + 4 * (bytes[0] & 0x0f);
  const hasExtension = bytes[0] & 0x10;
  if (hasExtension) at += 4 + 4 * bytes.readUInt16BE(at + 2);
  const padding = bytes[0] & 0x20 ? bytes.at(-1) : 0;
  return {
    payloadType: bytes[1] & 0x7f,
    marker: Boolean(bytes[1] & 0x80),
    seq: bytes.readUInt16BE(2),
    ts: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    hasExtension: Boolean(hasExtension),
    payload: bytes.subarray(at, bytes.length - padding),
  };
}

/** Kinds of feedback (RFC 4585 §6.1, RFC 5104 §4.2) by packet type and format, and the picture request of RFC 2032 §5.2.1. */
const FEEDBACK = {
  "205/1": "NACK",
  "205/3": "TMMBR",
  "205/15": "TWCC",
  "206/1": "PLI",
  "206/4": "FIR",
  "206/15": "REMB",
  "192/0": "FIR",
};

/** The reports of a compound packet: `{kind, ssrc}`, an SR with `ntpMs` (wall clock) and `ts`, a TMMBR with `kbps`. */
export function parseRtcp(bytes) {
  const found = [];
  for (let at = 0; at + 8 <= bytes.length; at += 4 + 4 * bytes.readUInt16BE(at + 2)) {
    const [type, count, ssrc] = [bytes[at + 1], bytes[at] & 0x1f, bytes.readUInt32BE(at + 4)];
    const feedback = FEEDBACK[`${type}/${count}`];
    if (type === 200) {
      const ntp =
        bytes.readUInt32BE(at + 8) * 1000 + (bytes.readUInt32BE(at + 12) * 1000) / 2 ** 32;
      found.push({ kind: "SR", ssrc, ntpMs: ntp - NTP_1900_MS, ts: bytes.readUInt32BE(at + 16) });
    } else if (type === 201) {
      found.push({ kind: "RR", ssrc });
    } else if (feedback === "TMMBR") {
      const word = bytes.readUInt32BE(at + 16);
      found.push({
        kind: feedback,
        ssrc,
        kbps: (((word >>> 9) & 0x1ffff) * 2 ** (word >>> 26)) / 1000,
      });
    } else if (feedback) {
      found.push({ kind: feedback, ssrc });
    }
  }
  return found;
}

/** Whether a packet begins a key frame: VP8's P bit (RFC 7741 §4.3), a sequence parameter set or an IDR of H.264. */
export function beginsKeyFrame(codec, payload) {
  if (codec === "H264") return [5, 7].includes(payload[0] & 0x1f);
  if ((payload[0] & 0x1f) !== 0x10) return false;
  let at = 1;
  if (payload[0] & 0x80) {
    const more = payload[at++];
    if (more & 0x80) at += payload[at] & 0x80 ? 2 : 1;
    if (more & 0x40) at++;
    if (more & 0x30) at++;
  }
  return (payload[at] & 1) === 0;
}

function bindTo(port) {
  const socket = dgram.createSocket("udp4");
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, "127.0.0.1", () => resolve(socket));
  });
}

/**
 * A pair of ports for one medium. `packets` are those that came (`parseRtp`, with `atMs`), `reports` what was reported
 * (`parseRtcp`, with `atMs`). `to` says where to send; `onReport` is told of each report.
 */
export async function openRtpPair(stage) {
  const port = await freePorts(2);
  const [rtp, rtcp] = [await bindTo(port), await bindTo(port + 1)];
  const pair = { port, packets: [], reports: [], to: undefined };
  rtp.on("message", (bytes) => {
    if (bytes.length >= 12) pair.packets.push({ ...parseRtp(bytes), atMs: wallMs() });
  });
  rtcp.on("message", (bytes) => {
    for (const report of parseRtcp(bytes)) {
      const whole = { ...report, atMs: wallMs() };
      pair.reports.push(whole);
      pair.onReport?.(whole);
    }
  });
  pair.send = (bytes) => rtp.send(bytes, pair.to.port, pair.to.address);
  pair.report = (bytes) => rtcp.send(bytes, pair.to.port + 1, pair.to.address);
  pair.count = (kind) => pair.reports.filter((report) => report.kind === kind).length;
  let isOpen = true;
  pair.close = () => {
    if (!isOpen) return;
    isOpen = false;
    pair.stop?.();
    rtp.close();
    rtcp.close();
  };
  stage.onClose(() => pair.close());
  return pair;
}

/** A header extension of one byte (RFC 8285 §4.2). */
function writeExtension({ id, value }) {
  return Buffer.from([0xbe, 0xde, 0, 1, id << 4, value, 0, 0]);
}

function writeRtp({ payloadType, marker, seq, ts, ssrc, extension }, payload) {
  const head = Buffer.alloc(12);
  head.writeUInt8(extension ? 0x90 : 0x80, 0);
  head.writeUInt8(payloadType | (marker ? 0x80 : 0), 1);
  head.writeUInt16BE(seq & 0xffff, 2);
  head.writeUInt32BE(ts >>> 0, 4);
  head.writeUInt32BE(ssrc, 8);
  return Buffer.concat([head, ...(extension ? [writeExtension(extension)] : []), payload]);
}

/** A sender report (RFC 3550 §6.4.1) with the name of its source. */
function writeReport({ ssrc, ntpMs, ts, packets, octets }) {
  const sr = Buffer.alloc(28);
  const ntp = ntpMs + NTP_1900_MS;
  sr.writeUInt32BE(0x80c80006, 0);
  sr.writeUInt32BE(ssrc, 4);
  sr.writeUInt32BE(Math.floor(ntp / 1000), 8);
  sr.writeUInt32BE(Math.floor(((ntp % 1000) / 1000) * 2 ** 32), 12);
  sr.writeUInt32BE(ts >>> 0, 16);
  sr.writeUInt32BE(packets, 20);
  sr.writeUInt32BE(octets >>> 0, 24);
  const name = Buffer.alloc(20);
  name.writeUInt32BE(0x81ca0004, 0);
  name.writeUInt32BE(ssrc, 4);
  name.write("\x01\x08scripted", 8, "latin1");
  return Buffer.concat([sr, name]);
}

/** Asks the sender of `ssrc` for a key frame (RFC 4585 §6.3.1), behind an empty receiver report. */
export function writePli(own, ssrc) {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt32BE(0x80c90001, 0);
  bytes.writeUInt32BE(own, 4);
  bytes.writeUInt32BE(0x81ce0002, 8);
  bytes.writeUInt32BE(own, 12);
  bytes.writeUInt32BE(ssrc, 16);
  return bytes;
}

/**
 * Sends what `next(i)` gives for the i-th piece, `{payloads, ts}`, every `everyMs`, late by `lateMs`, and a report a second
 * whose clock is that of capture. Pieces that a busy machine has held up are sent at once.
 */
function play(pair, { hz, everyMs, lateMs = 0, firstTs, ssrc, payloadType, extension, next }) {
  if (!pair.to) throw new Error("the other side has named no port for this medium");
  const startMs = wallMs();
  const sent = { packets: 0, octets: 0 };
  let [seq, index, reportAt] = [1000, 0, startMs];
  const tick = () => {
    const now = wallMs();
    for (; startMs + index * everyMs + lateMs <= now; index++) {
      const ts = firstTs + Math.round((index * everyMs * hz) / 1000);
      const payloads = next(index);
      payloads.forEach((payload, i) => {
        const marker = hz === VIDEO_HZ && i === payloads.length - 1;
        pair.send(writeRtp({ payloadType, marker, seq: seq++, ts, ssrc, extension }, payload));
        sent.packets++;
        sent.octets += payload.length;
      });
    }
    if (now < reportAt) return;
    reportAt = now + REPORT_MS;
    const ts = firstTs + Math.round(((now - startMs) * hz) / 1000);
    pair.report(writeReport({ ssrc, ntpMs: now, ts, ...sent }));
  };
  const timer = setInterval(tick, TICK_MS);
  pair.stop = () => clearInterval(timer);
  return { startMs, stop: pair.stop };
}

/**
 * Sends a film over and over; whoever asks for a key frame gets the film from its beginning. `player.keyFrames` counts
 * those that were sent. `extension`: `{id, value}` of a byte in every packet's header.
 */
export function playFilm(
  pair,
  film,
  { payloadType = 96, ssrc = 0x5eed0002, lateMs, extension } = {},
) {
  let at = 0;
  const player = { keyFrames: 0, restart: () => (at = 0) };
  const next = () => {
    if (at === 0) player.keyFrames++;
    const frame = film.frames[at];
    at = (at + 1) % film.frames.length;
    return frame;
  };
  const everyMs = 1000 / FPS;
  const firstTs = 0xfffff000; // wraps soon
  Object.assign(
    player,
    play(pair, { hz: VIDEO_HZ, everyMs, lateMs, firstTs, ssrc, payloadType, extension, next }),
  );
  return player;
}

/** PCMU of a tone; `isOn(ms)` says when it is heard, by the time since its start. */
export function playTone(pair, hz, { ssrc = 0x5eed0001, isOn = () => true } = {}) {
  const next = (index) => {
    const payload = Buffer.alloc(AUDIO_SAMPLES);
    for (let i = 0; i < AUDIO_SAMPLES; i++) {
      const seconds = (index * AUDIO_SAMPLES + i) / AUDIO_HZ;
      const level = isOn(seconds * 1000) ? 0.4 : 0;
      payload[i] = toUlaw(level * Math.sin(2 * Math.PI * hz * seconds));
    }
    return [payload];
  };
  return play(pair, { hz: AUDIO_HZ, everyMs: 20, firstTs: 160, ssrc, payloadType: 0, next });
}

/** ITU-T G.711. */
function toUlaw(sample) {
  const value = Math.min(32635, Math.abs(Math.round(sample * 32768))) + 0x84;
  const exponent = Math.floor(Math.log2(value)) - 7;
  const mantissa = (value >> (exponent + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}
