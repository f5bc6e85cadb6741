// Ports that nobody uses, on UDP and TCP alike, below the kernel's own range so that no outgoing socket takes them.
//
// Test programs run side by side, and most of what one has been handed is not bound yet while another looks: each block of ten
// ports is claimed for the whole machine, by a socket that the kernel frees with the program: of UDP, at a loopback address of
// its own, above the kernel's range. (An abstract socket would be simpler, but Node 18 takes every name of those for the same.)
import dgram from "node:dgram";
import net from "node:net";

const LOWEST = 10_000;
/** From here on ranges are taken, below single blocks: in one space the blocks would leave no range whole. */
const RANGES = 16_000;
const HIGHEST = 32_000;
const BLOCK = 10;
const CLAIMS = { address: "127.77.77.77", lowest: 61_000 };

function isFreeTcp(port, address) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: address, exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}

function isFreeUdp(port, address) {
  return new Promise((resolve) => {
    const socket = dgram.createSocket("udp4");
    socket.once("error", () => resolve(false));
    socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

/** Whether a server could listen there, on UDP and on TCP. */
export async function isFree(port, address = "0.0.0.0") {
  return (await isFreeTcp(port, address)) && (await isFreeUdp(port, address));
}

/** Claims the block that begins with this port, for as long as this program lives: a function that gives it back, or none. */
function claim(first) {
  return new Promise((resolve) => {
    const socket = dgram.createSocket("udp4");
    socket.once("error", () => {
      socket.close();
      resolve(undefined);
    });
    const port = CLAIMS.lowest + (first - LOWEST) / BLOCK;
    socket.bind({ port, address: CLAIMS.address, exclusive: true }, () => {
      socket.unref();
      resolve(() => socket.close());
    });
  });
}

/** Whether all of these ports are free and nobody else's; then they are ours. */
async function take(first, count) {
  const blocks = Array.from({ length: Math.ceil(count / BLOCK) }, (_, i) => first + i * BLOCK);
  const claims = await Promise.all(blocks.map((block) => claim(block)));
  const wanted = Array.from({ length: count }, (_, i) => first + i);
  const isOurs =
    claims.every(Boolean) && (await Promise.all(wanted.map((port) => isFree(port)))).every(Boolean);
  if (!isOurs) for (const release of claims) release?.();
  return isOurs;
}

/** The first of `count` free ports in a row, a multiple of ten: even, and clear of a neighbour's TLS port. */
export async function freePorts(count = 1) {
  const isRange = count > BLOCK;
  const step = Math.ceil(count / BLOCK) * BLOCK;
  const [low, high] = isRange ? [RANGES, HIGHEST] : [LOWEST, RANGES];
  const places = Math.floor((high - low) / step);
  for (let attempt = 0; attempt < 200; attempt++) {
    const first = low + step * Math.floor(Math.random() * places);
    if (await take(first, count)) return first;
  }
  throw new Error(`no ${count} free ports in a row between ${low} and ${high}`);
}

export const freePort = () => freePorts(1);

/** A UDP port that takes everything and says nothing: a server behind a firewall. */
export async function openBlackHole() {
  const socket = dgram.createSocket("udp4");
  const seen = [];
  socket.on("message", (bytes) => seen.push(bytes.toString("latin1")));
  await new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", resolve);
  });
  return { port: socket.address().port, seen, close: () => socket.close() };
}
