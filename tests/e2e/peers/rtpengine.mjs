// The media proxy of a SIP server (scheme 1: the server carries RTP as well), in userspace, on ports of its own.
import dgram from "node:dgram";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { freePort, freePorts } from "./ports.mjs";
import { until, within } from "./stage.mjs";

/** A text or a flat object as bencode, the language of its control port. */
function bencode(value) {
  if (typeof value === "string") return `${Buffer.byteLength(value)}:${value}`;
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `d${pairs.map(([key, inner]) => bencode(key) + bencode(inner)).join("")}e`;
}

/** options: mediaPorts (how many, 100). `ask(command)` sends one command and gives the answer as it came. */
export async function startRtpengine(stage, { mediaPorts = 100 } = {}) {
  const dir = await stage.folder("rtpengine");
  const port = await freePort();
  const first = await freePorts(mediaPorts);
  // Without a file of its own it reads Debian's, and two of them clash.
  const config = path.join(dir, "rtpengine.conf");
  await writeFile(config, "[rtpengine]\n");
  const child = stage.spawn("rtpengine", "rtpengine", [
    `--config-file=${config}`,
    "--foreground",
    "--log-stderr",
    "--table=-1",
    "--interface=127.0.0.1",
    `--listen-ng=127.0.0.1:${port}`,
    `--port-min=${first}`,
    `--port-max=${first + mediaPorts - 1}`,
    "--delete-delay=0",
    `--pidfile=${path.join(dir, "rtpengine.pid")}`,
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
      return text.slice(cookie.length + 1);
    } finally {
      socket.close();
    }
  };
  const rtpengine = { port, address: `127.0.0.1:${port}`, first, process: child, ask };
  await until(10_000, "rtpengine answers a ping", async () => {
    if (child.how) throw new Error(child.tail());
    return (await ask({ command: "ping" }, 300)).includes("pong");
  });
  return rtpengine;
}
