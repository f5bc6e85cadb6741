// A film of three bars as RTP payloads, for peers by script: encoded by ffmpeg when a test starts. It begins with its only
// key frame, so a loop brings one, and so does starting it again when somebody asks for one. With flashes it has one a
// second, and goes on whoever asks.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { FPS, PHONE_BARS, writeFilm } from "./picture.mjs";

const run = promisify(execFile);
const SECONDS = 4;
const MTU = 1_100;
/** A picture is white for so many frames of each second, where the film has flashes. */
export const FLASH_FRAMES = 3;

const ENCODERS = {
  VP8: ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-auto-alt-ref", "0"],
  // Slices that fit a packet, for mode 0 knows no fragments (RFC 6184 §6.2); delimiters tell where a picture ends.
  H264: [
    ...["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"],
    ...["-profile:v", "baseline", "-bsf:v", "h264_metadata=aud=insert"],
    ...["-x264-params", `slice-max-size=${MTU}:scenecut=0`],
  ],
};
const FORMATS = { VP8: "ivf", H264: "h264" };

/** `{codec, frames: [[payload …]]}`; flashes: each second begins with a key frame, and its first frames are white. */
export async function makeFilm(dir, codec, { bars = PHONE_BARS, flashes = false } = {}) {
  const count = SECONDS * FPS;
  const isWhite = (i) => flashes && i % FPS < FLASH_FRAMES;
  const raw = await writeFilm(path.join(dir, `${codec}.y4m`), bars, { count, isWhite });
  const file = path.join(dir, `film.${FORMATS[codec]}`);
  const rate = [
    "-b:v",
    "300k",
    "-maxrate",
    "300k",
    "-bufsize",
    "100k",
    "-g",
    String(flashes ? FPS : count),
  ];
  const [input, output] = [
    ["-i", raw],
    ["-f", FORMATS[codec], file],
  ];
  await run(
    "ffmpeg",
    ["-nostdin", "-v", "error", "-y", ...input, ...ENCODERS[codec], ...rate, ...output],
    { timeout: 20_000 },
  );
  const bytes = await readFile(file);
  const frames = codec === "VP8" ? framesOfIvf(bytes) : picturesOfH264(bytes);
  if (frames.length !== count) throw new Error(`${file} has ${frames.length} frames, not ${count}`);
  return { codec, frames };
}

/** IVF: 32 bytes, then each frame behind 12 bytes that begin with its size. RFC 7741 §4.2: one byte before each piece. */
function framesOfIvf(bytes) {
  const frames = [];
  for (let at = 32; at < bytes.length; ) {
    const end = at + 12 + bytes.readUInt32LE(at);
    const pieces = [];
    for (let from = at + 12; from < end; from += MTU) {
      const start = from === at + 12 ? 0x10 : 0;
      const piece = bytes.subarray(from, Math.min(end, from + MTU));
      pieces.push(Buffer.concat([Buffer.from([start]), piece]));
    }
    frames.push(pieces);
    at = end;
  }
  return frames;
}

/** H.264 Annex B: units behind 00 00 01; a delimiter (type 9) begins a picture. */
function picturesOfH264(bytes) {
  const text = bytes.toString("latin1");
  const units = text.split(/\x00?\x00\x00\x01/).filter(Boolean); // eslint-disable-line no-control-regex
  const frames = [];
  for (const unit of units.map((one) => Buffer.from(one, "latin1"))) {
    if ((unit[0] & 0x1f) === 9) frames.push([]);
    else frames.at(-1).push(unit);
  }
  return frames;
}
