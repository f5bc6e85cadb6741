// Captures as tshark reads them: the sound in their RTP, and any field of their packets.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const RATE = 8000;
const DECODERS = { 0: ulaw, 8: alaw };

/** Rows of the fields of all packets that pass the display filter; `rtpPorts` are decoded as RTP whatever tshark thinks. */
export async function readFields(file, fields, { filter = "", rtpPorts = [] } = {}) {
  const options = ["-n", "-r", file, "-T", "fields", "-E", "separator=/t"];
  for (const port of rtpPorts) options.push("-d", `udp.port==${port},rtp`);
  if (filter) options.push("-Y", filter);
  for (const field of fields) options.push("-e", field);
  const { stdout } = await run("tshark", options, { maxBuffer: 256 << 20 });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}

/**
 * The RTP streams of a capture, by interface, direction and SSRC. G.711 is decoded to `samples` from -1 to 1, as
 * measureTone of wav.mjs wants them; of other codecs, and of packets without payload, there are none.
 */
export async function readRtp(file, { filter = "", rtpPorts = [] } = {}) {
  const rows = await readFields(
    file,
    [
      "frame.interface_name",
      "frame.packet_flags_direction",
      "rtp.ssrc",
      "rtp.p_type",
      "rtp.payload",
    ],
    { filter: filter ? `rtp && (${filter})` : "rtp", rtpPorts },
  );
  const streams = new Map();
  for (const [link, direction, ssrc, type, payload] of rows) {
    const isOutbound = Number(direction) === 2;
    const key = `${link} ${isOutbound} ${ssrc}`;
    if (!streams.has(key))
      streams.set(key, {
        interface: link,
        isOutbound,
        ssrc,
        payloadType: Number(type),
        pieces: [],
      });
    streams.get(key).pieces.push(Buffer.from(payload ?? "", "hex"));
  }
  return [...streams.values()].map(({ pieces, ...stream }) => ({
    ...stream,
    packets: pieces.length,
    rate: RATE,
    samples: decode(Buffer.concat(pieces), DECODERS[stream.payloadType]),
  }));
}

function decode(bytes, decoder) {
  return decoder ? Float32Array.from(bytes, (byte) => decoder(byte) / 32768) : new Float32Array();
}

// ITU-T G.711.
function ulaw(byte) {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
  return bits & 0x80 ? -magnitude : magnitude;
}

function alaw(byte) {
  const bits = byte ^ 0x55;
  const exponent = (bits >> 4) & 7;
  let magnitude = ((bits & 0x0f) << 4) + 8;
  if (exponent) magnitude = (magnitude + 0x100) << (exponent - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}
