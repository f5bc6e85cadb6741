// The media proxy of a SIP server (scheme 1: the server carries RTP as well), in userspace, on ports of its own.
import dgram from "node:dgram";
import path from "node:path";
import { freePort, freePorts } from "./ports.mjs";
import { ROOT, until, within } from "./stage.mjs";

/** Texts, lists and objects as bencode, the language of its control port. */
function bencode(value) {
  if (typeof value === "string") return `${Buffer.byteLength(value)}:${value}`;
  if (Array.isArray(value)) return `l${value.map(bencode).join("")}e`;
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `d${pairs.map(([key, inner]) => bencode(key) + bencode(inner)).join("")}e`;
}

/** Bencode as objects, lists, numbers and texts. */
function parseBencode(text) {
  let at = 0;
  const readTo = (end) => {
    const from = at;
    at = text.indexOf(end, from) + 1;
    if (!at) throw new Error(`no ${end} after ${from} in ${text}`);
    return text.slice(from, at - 1);
  };
  const readUntilEnd = (read) => {
    const list = [];
    while (text[at] !== "e") list.push(read());
    at++;
    return list;
  };
  const readValue = () => {
    const kind = text[at];
    if ("dli".includes(kind)) at++;
    if (kind === "i") return Number(readTo("e"));
    if (kind === "l") return readUntilEnd(readValue);
    if (kind === "d") return Object.fromEntries(readUntilEnd(() => [readValue(), readValue()]));
    const size = Number(readTo(":"));
    if (!(size >= 0 && at + size <= text.length)) throw new Error(`no text at ${at} in ${text}`);
    at += size;
    return text.slice(at - size, at);
  };
  return readValue();
}

/** options: mediaPorts (how many, 100), args (more options of its command line). `ask(command)` sends one command and gives the answer as an object. */
export async function startRtpengine(stage, { mediaPorts = 100, args = [] } = {}) {
  const dir = await stage.folder("rtpengine");
  const port = await freePort();
  const first = await freePorts(mediaPorts);
  // Without a file of its own it reads Debian's, and two of them clash. The options below win over the file.
  const config = path.join(ROOT, "deploy/kamailio/rtpengine.conf");
  const child = stage.spawn("rtpengine", "rtpengine", [
    `--config-file=${config}`,
    "--foreground",
    "--log-stderr",
    "--interface=127.0.0.1",
    `--listen-ng=127.0.0.1:${port}`,
    `--port-min=${first}`,
    `--port-max=${first + mediaPorts - 1}`,
    `--pidfile=${path.join(dir, "rtpengine.pid")}`,
    ...args,
  ]);
  let cookies = 0;
  const ask = async (command, ms = 1_000) => {
    const socket = dgram.createSocket("udp4");
    const cookie = `zv${++cookies}`;
    try {
      const answered = new Promise((resolve, reject) => {
        socket.once("message", (bytes) => resolve(bytes.toString()));
        socket.once("error", reject);
      });
      socket.send(`${cookie} ${bencode(command)}`, port, "127.0.0.1");
      const text = await within(ms, `rtpengine answers ${command.command}`, answered);
      return parseBencode(text.slice(cookie.length + 1));
    } finally {
      socket.close();
    }
  };
  const address = `127.0.0.1:${port}`;
  const rtpengine = { port, address, first, mediaPorts, process: child, ask };
  await until(10_000, "rtpengine answers a ping", async () => {
    if (child.how) throw new Error(child.tail());
    return (await ask({ command: "ping" }, 300)).result === "pong";
  });
  return rtpengine;
}
