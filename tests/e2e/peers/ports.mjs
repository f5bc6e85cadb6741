// Ports that nobody uses, on UDP and TCP alike, below the kernel's own range so that no outgoing socket takes them.
import dgram from "node:dgram";
import net from "node:net";

const LOWEST = 20_000;
const HIGHEST = 32_000;
const handedOut = new Set();

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

/** The first of `count` free ports in a row, a multiple of ten: even, and clear of a neighbour's TLS port. */
export async function freePorts(count = 1) {
  const slots = (HIGHEST - LOWEST) / 10;
  for (let attempt = 0; attempt < 200; attempt++) {
    const first = LOWEST + 10 * Math.floor(Math.random() * slots);
    const wanted = Array.from({ length: count }, (_, i) => first + i);
    if (wanted.some((port) => handedOut.has(port)) || first + count > HIGHEST) continue;
    const free = await Promise.all(wanted.map((port) => isFree(port)));
    if (!free.every(Boolean)) continue;
    for (let port = first; port < first + Math.ceil(count / 10) * 10; port++) handedOut.add(port);
    return first;
  }
  throw new Error(`no ${count} free ports in a row between ${LOWEST} and ${HIGHEST}`);
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
