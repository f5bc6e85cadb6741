// Sound files and the tones in them.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const WINDOW = 8192;

/** The first channel of a 16-bit PCM or 32-bit float file, as numbers from -1 to 1. It may still be being written. */
export async function readWav(file) {
  const bytes = await readFile(file);
  if (bytes.toString("latin1", 0, 4) !== "RIFF") throw new Error(`${file} is not a wav file`);
  let format;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString("latin1", at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const body = at + 8;
    if (id === "fmt ") {
      format = {
        channels: bytes.readUInt16LE(body + 2),
        rate: bytes.readUInt32LE(body + 4),
        bits: bytes.readUInt16LE(body + 14),
      };
    }
    if (id === "data" && format) {
      const end = size === 0 ? bytes.length : Math.min(bytes.length, body + size);
      return { rate: format.rate, samples: samplesOf(bytes.subarray(body, end), format) };
    }
    at = body + size + (size & 1);
  }
  throw new Error(`${file} has no sound in it`);
}

function samplesOf(data, { channels, bits }) {
  const width = bits / 8;
  const count = Math.floor(data.length / (width * channels));
  const samples = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * width * channels;
    samples[i] = bits === 16 ? data.readInt16LE(at) / 32768 : data.readFloatLE(at);
  }
  return samples;
}

/** 16-bit mono. */
export async function writeWav(file, rate, samples) {
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + samples.length * 2, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((value, i) => {
    bytes.writeInt16LE(Math.round(Math.max(-1, Math.min(1, value)) * 32767), 44 + i * 2);
  });
  await writeFile(file, bytes);
}

/** Share of a piece's energy that lies at `hz`: 1 for a pure tone (Goertzel's algorithm on a Hann window). */
export function goertzel(piece, rate, hz) {
  const n = piece.length;
  let energy = 0;
  const windowed = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    windowed[i] = piece[i] * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n));
    energy += windowed[i] * windowed[i];
  }
  if (energy < 1e-6 * n) return 0;
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let s1 = 0;
  let s2 = 0;
  for (let i = 0; i < n; i++) {
    const s0 = windowed[i] + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  const power = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
  // A Hann-windowed sine of amplitude a holds 3/16 a²n of energy and gives a²n²/16 at its own frequency.
  return Math.min(1, (3 * power) / (n * energy));
}

/**
 * How purely and how long a tone is heard in a file. A phone's clock may differ by some hertz, so the neighbourhood is
 * searched; `purity` is that of the best window, `seconds` counts the windows with at least 0.8.
 */
export function measureTone({ rate, samples }, hz, tolerance = 6) {
  const size = Math.min(WINDOW, 2 ** Math.floor(Math.log2(rate / 4)));
  const step = rate / size / 8;
  let best = { hz, purity: 0 };
  let seconds = 0;
  for (let at = 0; at + size <= samples.length; at += size) {
    const piece = samples.subarray(at, at + size);
    let here = { hz, purity: 0 };
    for (let f = hz - tolerance; f <= hz + tolerance; f += step) {
      const purity = goertzel(piece, rate, f);
      if (purity > here.purity) here = { hz: f, purity };
    }
    if (here.purity > best.purity) best = here;
    if (here.purity >= 0.8) seconds += size / rate;
  }
  return { ...best, seconds };
}

/** A sentence, said again and again with pauses, for at least `seconds`: 48 kHz mono. */
export async function makeSpeech(dir, seconds, sentence = SENTENCE) {
  const raw = path.join(dir, "sentence-raw.wav");
  const once = path.join(dir, "sentence.wav");
  const file = path.join(dir, "speech.wav");
  await run("espeak-ng", ["-v", "en", "-s", "150", "-w", raw, sentence]);
  await run("sox", [raw, "-r", "48000", "-c", "1", "-b", "16", once, "pad", "0.4", "1.2"]);
  const { samples, rate } = await readWav(once);
  const times = Math.max(0, Math.ceil((seconds * rate) / samples.length) - 1);
  await run("sox", [once, file, "repeat", String(times)]);
  return file;
}

const SENTENCE =
  "Hello, this is the telephone one zero zero two. If you can hear me, the call works. Now say something.";
