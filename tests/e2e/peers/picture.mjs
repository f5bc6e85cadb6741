// Pictures: the one that all ends of a video call send, three upright bars, and what came of it at the other end. A phone
// and a page send the bars in another order, so that nobody mistakes his own picture for the other's.
import { readFile, writeFile } from "node:fs/promises";
import { inflateSync } from "node:zlib";

export const WIDTH = 320;
export const HEIGHT = 240;
export const FPS = 15;

const COLOURS = { black: [0, 0, 0], red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255] };
/** What baresip's fakevideo draws, and what pages send. */
export const PHONE_BARS = "red green blue";
export const PAGE_BARS = "blue red green";

/** The name of the colour that a pixel is nearest to, if it is near one: codecs and colour spaces shift them somewhat. */
export function nameColour([r, g, b]) {
  const far = Object.entries(COLOURS).map(([name, [x, y, z]]) => {
    return { name, distance: Math.hypot(r - x, g - y, b - z) };
  });
  const nearest = far.reduce((best, one) => (one.distance < best.distance ? one : best));
  return nearest.distance <= 120 ? nearest.name : `rgb(${r},${g},${b})`;
}

/** Names of the bars in a picture `{width, height, pixel(x, y)}`, from the left; each is looked at in several places. */
export function nameBars({ width, height, pixel }) {
  const bars = [1, 3, 5].map((sixth) => {
    const x = Math.floor((width * sixth) / 6);
    const names = [0.2, 0.4, 0.6].map((part) => nameColour(pixel(x, Math.floor(height * part))));
    return new Set(names).size === 1 ? names[0] : names.join("/");
  });
  return bars.join(" ");
}

/** An 8-bit RGB or RGBA file, not interlaced (PNG, W3C REC-PNG-20031110), as `{width, height, pixel(x, y)}`. */
export async function readPng(file) {
  const bytes = await readFile(file);
  const chunks = [];
  let head;
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const body = bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at));
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (type === "IHDR") head = body;
    if (type === "IDAT") chunks.push(body);
    if (type === "IEND") return unpack(head, inflateSync(Buffer.concat(chunks)));
  }
  throw new Error(`${file} is not whole`);
}

function unpack(head, data) {
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const channels = { 2: 3, 6: 4 }[head[9]];
  if (head[8] !== 8 || !channels) throw new Error(`a PNG of ${head[8]} bits, type ${head[9]}`);
  const stride = width * channels;
  let above = Buffer.alloc(stride);
  const rows = [];
  for (let y = 0; y < height; y++) {
    const at = y * (stride + 1);
    above = unfilter(data[at], data.subarray(at + 1, at + 1 + stride), above, channels);
    rows.push(above);
  }
  const pixel = (x, y) => [...rows[y].subarray(x * channels, x * channels + 3)];
  return { width, height, pixel };
}

/** §9: each byte was written as its difference to a guess from its neighbours to the left (a), above (b), above left (c). */
function unfilter(kind, row, above, channels) {
  const out = Buffer.from(row);
  for (let i = 0; i < out.length; i++) {
    const a = i >= channels ? out[i - channels] : 0;
    const b = above[i];
    const c = i >= channels ? above[i - channels] : 0;
    const guess = [0, a, b, (a + b) >> 1, paeth(a, b, c)][kind];
    out[i] = (out[i] + guess) & 0xff;
  }
  return out;
}

function paeth(a, b, c) {
  const [da, db, dc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (da <= db && da <= dc) return a;
  return db <= dc ? b : c;
}

/** BT.601, the full range of a byte mapped to that of video. */
function toYuv([r, g, b]) {
  return [
    16 + (65.738 * r + 129.057 * g + 25.064 * b) / 256,
    128 + (-37.945 * r - 74.494 * g + 112.439 * b) / 256,
    128 + (112.439 * r - 94.154 * g - 18.285 * b) / 256,
  ].map(Math.round);
}

/**
 * A film of `count` frames (YUV4MPEG2), which a browser's camera plays in a loop and ffmpeg encodes: the bars, and below
 * them a grey mark that moves. `isWhite(i)`: that frame is white instead.
 */
export async function writeFilm(file, bars, { count = FPS, isWhite = () => false } = {}) {
  const colours = bars.split(" ").map((name) => toYuv(COLOURS[name]));
  const frames = Array.from({ length: count }, (_, i) => drawFrame(colours, i, isWhite(i)));
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FPS}:1 Ip A1:1 C420jpeg\n`);
  await writeFile(file, Buffer.concat([head, ...frames]));
  return file;
}

const MARK = 16;

function drawFrame(colours, index, isWhite) {
  const white = toYuv([255, 255, 255]);
  const plane = (channel, shrink) => {
    const [width, height] = [WIDTH / shrink, HEIGHT / shrink];
    const row = Uint8Array.from({ length: width }, (_, x) => {
      return (isWhite ? white : colours[Math.floor((3 * x) / width)])[channel];
    });
    const marked = Uint8Array.from(row);
    const from = ((8 * index) % (WIDTH - MARK)) / shrink;
    if (!isWhite) marked.fill(128, from, from + MARK / shrink);
    const [top, bottom] = [0.8 * HEIGHT, 0.8 * HEIGHT + MARK].map((y) => y / shrink);
    return Buffer.concat(
      Array.from({ length: height }, (_, y) => (y >= top && y < bottom ? marked : row)),
    );
  };
  return Buffer.concat([Buffer.from("FRAME\n"), plane(0, 1), plane(1, 2), plane(2, 2)]);
}
