// What passes a device of a machine of a network of the test's own, by dumpcap, as datagrams with their times.
import { readFile } from "node:fs/promises";
import path from "node:path";

const ETHERNET_BYTES = 14;
const UDP_BYTES = 8;

/** Captures until `stop()`, which gives `[{atMs, from, to, bytes}]`: UDP over IPv4, addresses with ports. */
export async function startSniffer(host, device) {
  const file = path.join(await host.stage.folder("capture"), "capture.pcap");
  const child = host.stage.spawn("dumpcap", "dumpcap", ["-P", "-q", "-i", device, "-w", file]);
  await child.waitForLine(/Capturing on/, 10_000);
  return {
    stop: async () => {
      await child.stop();
      return readPcap(await readFile(file));
    },
  };
}

function readPcap(bytes) {
  const found = [];
  for (let at = 24; at + 16 <= bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) {
    const atMs = bytes.readUInt32LE(at) * 1000 + bytes.readUInt32LE(at + 4) / 1000;
    const packet = bytes.subarray(at + 16, at + 16 + bytes.readUInt32LE(at + 8));
    const ip = packet.subarray(ETHERNET_BYTES);
    if (packet.readUInt16BE(12) !== 0x0800 || ip[9] !== 17) continue;
    const udp = ip.subarray(4 * (ip[0] & 0x0f));
    const name = (address, port) => `${address.join(".")}:${port}`;
    found.push({
      atMs,
      from: name([...ip.subarray(12, 16)], udp.readUInt16BE(0)),
      to: name([...ip.subarray(16, 20)], udp.readUInt16BE(2)),
      bytes: udp.subarray(UDP_BYTES, udp.readUInt16BE(4)),
    });
  }
  return found;
}
