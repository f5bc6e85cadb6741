// Networks of a test's own: network namespaces joined by virtual cables, with routers, NAT and firewalls, so that public
// addresses (203.0.113.0/24, 2001:db8::/32) and private ones behave as they do outside. Nothing of the machine's own
// network is touched: cables go from namespace to namespace.
//
//   const lab = await openNetlab(stage);
//   const internet = await lab.network("internet");
//   const gateway = await lab.host("gateway");
//   await lab.plug(gateway, internet, { addresses: ["203.0.113.10/24"] });
//   startZvonokd(gateway.stage, { address: "203.0.113.10" });      // any starter: it runs in there
//
// What was learned about namespaces, and is taken care of here:
// - `lo` is down in a new one, and then even 127.0.0.1 cannot be reached.
// - An IPv6 address may not be used for a second or so while duplicates are looked for: that is switched off.
// - A neighbour that did not answer (ARP) is asked again after a second, so a mended cable carried nothing for up to that
//   long: here after 100 ms.
// - A bridge that snoops multicast swallows IPv6 neighbour discovery.
// - Chromium gathers candidates only where there is an address that is not loopback.
// - A changed NAT rule spares the flows that conntrack knows: they have to be forgotten as well (`forget`).
// - Unix sockets with a path are reached from everywhere; TCP only from inside (`stage.connect`).
import { execFile, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";
import { Duplex } from "node:stream";
import { promisify } from "node:util";

const run = promisify(execFile);
const LIMIT = { timeout: 5_000 };
const PREFIX = "zv";

const alive = new Set();
process.on("exit", () => {
  for (const name of alive) spawnSync("ip", ["netns", "del", name], LIMIT);
});

const newName = (name) => `${PREFIX}-${process.pid}-${randomBytes(3).toString("hex")}-${name}`;

let reason;
/** Why no network can be made here, as a sentence to skip a test with; false: it can. */
export function whyNoNetlab() {
  reason ??= tryOne();
  return reason;
}

function tryOne() {
  const missing = ["ip", "nft", "conntrack", "nsenter"].find((program) => {
    return spawnSync("which", [program], LIMIT).status !== 0;
  });
  if (missing) return `network namespaces need the program ${missing}: ./do setup test`;
  const name = newName("try");
  const made = spawnSync("ip", ["netns", "add", name], { ...LIMIT, encoding: "utf8" });
  const entered = spawnSync("nsenter", [...entry(name), "ip", "link", "set", "lo", "up"], LIMIT);
  spawnSync("ip", ["netns", "del", name], LIMIT);
  if (made.status === 0 && entered.status === 0) return false;
  const why = made.stderr?.trim().split("\n")[0] || "a new one cannot be entered";
  return `network namespaces cannot be made here (${why}): run this test as root`;
}

const entry = (netns) => [`--net=/run/netns/${netns}`, "--"];

/** Those of test programs that were killed before they could clear up. */
async function sweep() {
  const { stdout } = await run("ip", ["netns", "list"], LIMIT);
  for (const line of stdout.split("\n")) {
    const [, name, pid] = new RegExp(`^(${PREFIX}-(\\d+)-[0-9a-f]{6}-\\S+)`).exec(line) ?? [];
    if (name && !isAlive(Number(pid)))
      await run("ip", ["netns", "del", name], LIMIT).catch(() => 0);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== "ESRCH";
  }
}

/** All that was made goes when the stage closes, after the processes that were started in it. */
export async function openNetlab(stage) {
  await sweep();
  return new Netlab(stage);
}

class Netlab {
  #cables = 0;

  constructor(stage) {
    this.stage = stage;
  }

  /** A machine without any cable yet. */
  async host(name) {
    const netns = newName(name);
    alive.add(netns);
    this.stage.onClose(() => remove(netns));
    await run("ip", ["netns", "add", netns], LIMIT);
    const host = new Host(this, name, netns);
    await host.run("sh", ["-c", SET_UP]);
    return host;
  }

  /** Something to plug machines into: a switch. */
  async network(name) {
    const network = await this.host(name);
    await network.ip("link add br0 type bridge mcast_snooping 0", "link set br0 up");
    return network;
  }

  /**
   * A cable from a machine to a network. options: device (its name in the machine), addresses (with prefix length),
   * via (the default route, or several: one of each family).
   */
  async plug(host, network, { device = "eth0", addresses = [], via = [] } = {}) {
    const port = `p${++this.#cables}`;
    await host.ip(`link add ${device} type veth peer name ${port} netns ${network.netns}`);
    await network.ip(`link set ${port} master br0`, `link set ${port} up`);
    await host.ip(`link set ${device} up`);
    for (const cache of ["arp_cache", "ndisc_cache"]) {
      await host.ip(`ntable change name ${cache} dev ${device} retrans 100`);
    }
    host.cables.set(device, { network, port });
    await host.give(device, addresses, via);
  }

  /**
   * On the way from one cable of a network to another, both `[machine, device]`, doubles what matches, by chance. Returns
   * its `count()` and `lift()`, as `drop` does.
   */
  async double(from, to, match, percent) {
    const [source, target] = [from, to].map(([host, device]) => host.cables.get(device));
    const chance = `numgen random mod 1000 < ${Math.round(percent * 10)}`;
    const hook = `ingress device "${source.port}" priority 0`;
    return source.network.rule("netdev", hook, `${match} ${chance}`, `dup to "${target.port}"`);
  }
}

const SET_UP = [
  "ip link set lo up",
  "for where in all default; do",
  "  echo 0 >/proc/sys/net/ipv6/conf/$where/accept_dad",
  "  echo 0 >/proc/sys/net/ipv6/conf/$where/accept_ra",
  "  echo 0 >/proc/sys/net/ipv4/conf/$where/rp_filter",
  "done",
].join("\n");

async function remove(netns) {
  await run("ip", ["netns", "del", netns], LIMIT);
  alive.delete(netns);
}

const NAT = "zvonok_nat";

class Host {
  #rules = 0;
  #natIsThere = false;

  constructor(lab, name, netns) {
    Object.assign(this, { lab, name, netns, cables: new Map() });
    /** A stage for starters: their processes run in here, everything else is the test's stage. */
    this.stage = new Inside(lab.stage, netns);
  }

  /** Runs a program in here to its end: `{stdout, stderr}`. */
  run(command, args = [], options = {}) {
    return run("nsenter", [...entry(this.netns), command, ...args], { ...LIMIT, ...options });
  }

  /** Lines of `ip`, one after the other: `host.ip("addr flush dev eth0")`. */
  async ip(...lines) {
    for (const line of lines) await run("ip", ["-n", this.netns, ...line.split(" ")], LIMIT);
  }

  /** Lines for nft. */
  async nft(text) {
    const feeding = this.run("nft", ["-f", "-"]);
    feeding.child.stdin.end(text);
    await feeding;
  }

  /** Adds addresses and default routes to a device. */
  async give(device, addresses, via = []) {
    for (const address of addresses) {
      await this.ip(`addr add ${address} dev ${device}${address.includes(":") ? " nodad" : ""}`);
    }
    for (const hop of [via].flat()) {
      await this.ip(`${hop.includes(":") ? "-6 " : ""}route add default via ${hop} dev ${device}`);
    }
  }

  /** Takes a device's addresses away and gives it others: the machine has moved. */
  async move(device, addresses, via = []) {
    await this.ip(`addr flush dev ${device} scope global`);
    await this.give(device, addresses, via);
  }

  /** Pulls the plug at the far end: the device loses its carrier and keeps its addresses. */
  async cut(device = "eth0") {
    const { network, port } = this.cables.get(device);
    await network.ip(`link set ${port} down`);
  }

  async mend(device = "eth0") {
    const { network, port } = this.cables.get(device);
    await network.ip(`link set ${port} up`);
  }

  /** Makes it a router. */
  async forward() {
    await this.run("sh", [
      "-c",
      "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding",
    ]);
  }

  /**
   * NAT as a home router does it, and one that changes every port: what leaves by `device` gets its address and a port of
   * the range, which is clear of the ports that programs use; from outside come only answers.
   */
  async masquerade(device, ports = "61000-62999") {
    await this.forward();
    await this.#setNat(`
      chain out { type nat hook postrouting priority srcnat
        oifname "${device}" meta l4proto { tcp, udp } masquerade to :${ports}
      }
      chain through { type filter hook forward priority 0
        iifname "${device}" ct state != { established, related } drop
      }
      chain own { type filter hook input priority 0
        iifname "${device}" ct state != { established, related } drop
      }`);
  }

  /** 1:1 NAT as clouds do it: `outer`, an address that no device needs to have, stands for `inner`. */
  async translate(device, outer, inner) {
    await this.forward();
    await this.#setNat(`
      chain in { type nat hook prerouting priority dstnat
        iifname "${device}" ip daddr ${outer} dnat to ${inner}
      }
      chain out { type nat hook postrouting priority srcnat
        oifname "${device}" ip saddr ${inner} snat to ${outer}
      }`);
  }

  async #setNat(chains) {
    const old = this.#natIsThere ? `delete table ip ${NAT}\n` : "";
    await this.nft(`${old}table ip ${NAT} {${chains}\n}\n`);
    this.#natIsThere = true;
  }

  /**
   * The NAT forgets its flows of UDP, as it does after a time: the next packet of each makes a new one. Those of TCP stay,
   * for otherwise every connection dies with them.
   */
  async forget() {
    await this.run("conntrack", ["-D", "-p", "udp"]);
  }

  /**
   * Drops what matches (an expression of nft, `udp dport 4000`; "" is everything) on its way `input`, `output` or
   * `forward`; of that `percent` by chance. Returns the firewall: `count()` of the packets that it dropped, and
   * `lift()`, which ends it and tells their number in the end.
   */
  async drop(where, match, percent = 100) {
    const chance = percent < 100 ? `numgen random mod 1000 < ${Math.round(percent * 10)}` : "";
    return this.rule("inet", `${where} priority -150`, `${match} ${chance}`, "drop");
  }

  /** A rule of a table of its own; its counter and its end. */
  async rule(family, hook, match, verdict) {
    const table = `zvonok_rule_${++this.#rules}`;
    await this.nft(`table ${family} ${table} {
      counter hits { }
      chain here { type filter hook ${hook}
        ${match} counter name hits ${verdict}
      }
    }\n`);
    const count = async () => {
      const { stdout } = await this.run("nft", ["list", "counter", family, table, "hits"]);
      return Number(/packets (\d+)/.exec(stdout)[1]);
    };
    const lift = async () => {
      await this.run("nft", ["flush", "chain", family, table, "here"]); // the counter stays
      const hits = await count();
      await this.run("nft", ["delete", "table", family, table]);
      return hits;
    };
    return { lift, count };
  }
}

/** The test's stage, seen from inside a namespace. */
class Inside {
  constructor(stage, netns) {
    Object.assign(this, { outside: stage, netns });
  }

  get dir() {
    return this.outside.dir;
  }

  folder(name) {
    return this.outside.folder(name);
  }

  onClose(action) {
    this.outside.onClose(action);
  }

  spawn(name, command, args, options = {}) {
    return this.outside.spawn(name, "nsenter", [...entry(this.netns), command, ...args], options);
  }

  /** A TCP connection to a server in here: a small program joins it to a pipe. */
  async connect(port, address) {
    const child = spawn("nsenter", [
      ...entry(this.netns),
      process.execPath,
      "-e",
      RELAY,
      String(port),
      address,
    ]);
    await new Promise((resolve, reject) => {
      child.stderr.once("data", resolve);
      child.once("exit", () => reject(new Error(`${address}:${port} in ${this.netns} refuses`)));
      child.once("error", reject);
    });
    const socket = Duplex.from({ readable: child.stdout, writable: child.stdin });
    socket.on("error", () => undefined); // of the pipe: the close that follows tells as much
    socket.once("close", () => child.kill("SIGKILL"));
    return socket;
  }

  /** A program as a file to be started by somebody else, which then runs in here. */
  async executable(program) {
    const file = path.join(await this.folder("bin"), path.basename(program));
    const line = ["exec", "nsenter", ...entry(this.netns), program, '"$@"'].join(" ");
    await writeFile(file, `#!/bin/sh\n${line}\n`);
    await chmod(file, 0o755);
    return file;
  }
}

const RELAY = `
const [port, host] = process.argv.slice(1);
const socket = require("node:net").connect({ port, host }, () => process.stderr.write("up"));
process.stdin.pipe(socket).pipe(process.stdout);
socket.on("error", () => process.exit(1));
socket.on("close", () => process.stdin.destroy());
`;
