// A machine of a test's own: a small Debian in a folder (tools/make-debian), copied, changed at will, and booted with systemd as
// its first process by systemd-nspawn. It has a network of its own with nothing in it but loopback, so what it installs is
// fetched before, through the folder.
//
//   const machine = await openMachine(stage, await makeDebian("bookworm-systemd", ["systemd", "systemd-sysv", "dbus"]));
//   await machine.prepare("apt-get update && apt-get install -y --download-only cowsay");   // not booted, this machine's network
//   await machine.boot();
//   const { code, stdout } = await machine.run("systemctl is-active cron");                 // in there, as root
//   startTool(machine.stage, …);                                    // a program that machine.bring() copied there
//
// What was learned about systemd in a folder, and is taken care of here:
// - It wants the unified hierarchy of control groups, and a group of its own there: both are mounted in a namespace of mounts.
// - Commands enter all its namespaces by the process id of its first process, the one child that nspawn keeps.
// - nspawn passes SIGTERM on as the signal that shuts systemd down in order; that takes seconds.
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ROOT, until } from "./stage.mjs";

const run = promisify(execFile);
const SUITE = "bookworm";
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const TOOLS = "/usr/local/bin";
const COPIES = "/var/tmp";
const PREFIX = "zvonok-machine-";
/** Where Debian's Java has the authorities that it trusts. */
const JAVA_TRUST = "/etc/ssl/certs/java/cacerts";

/** Why there can be no such machine here, as a sentence, or undefined. */
export function whyNoMachine() {
  if (process.getuid() !== 0) return "only root can make a machine in a folder: run this as root";
  const missing = ["debootstrap", "systemd-nspawn", "nsenter"].find((program) => {
    return spawnSync("which", [program]).status !== 0;
  });
  return missing && `a machine in a folder needs the program ${missing}: ./do setup package`;
}

/** The folder of a small Debian with these packages, made at the first time, kept in the cache and never changed. */
export async function makeDebian(name, packages = []) {
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache");
  const folder = path.join(cache, "zvonok", name);
  const make = path.join(ROOT, "tools/make-debian");
  await run(make, [SUITE, folder, ...packages], { timeout: 1_800_000, maxBuffer: 16 << 20 });
  return folder;
}

/** What is done in a namespace of mounts of its own before the machine has booted: with its kernel's files, and no more devices
 * than programs need. */
const PREPARE = `
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs -o mode=755 dev "$1/dev"
for device in null zero full random urandom tty; do touch "$1/dev/$device"; mount --bind "/dev/$device" "$1/dev/$device"; done
mkdir "$1/dev/shm" "$1/dev/pts"
mount -t tmpfs -o mode=1777 shm "$1/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666 pts "$1/dev/pts"
ln -s pts/ptmx "$1/dev/ptmx"
ln -s /proc/self/fd "$1/dev/fd"
exec env -i PATH=${PATH} HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "\${@:3}" chroot "$1" /bin/sh -ec "$2"
`;

const BOOT = `
umount -l /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir "/sys/fs/cgroup/$2"
echo $$ >"/sys/fs/cgroup/$2/cgroup.procs"
exec systemd-nspawn --directory="$1" --machine="$2" --keep-unit --register=no --private-network --console=pipe \
  --kill-signal=SIGRTMIN+3 --boot
`;

const FORGET_GROUPS = `
mount -t cgroup2 cgroup2 /sys/fs/cgroup
find "/sys/fs/cgroup/$1" -depth -type d -exec rmdir {} +
`;

const inNamespace = (script, ...args) => {
  return ["--mount", "--propagation", "private", "bash", "-ec", script, "bash", ...args];
};

class Machine {
  #stage;
  #leader;
  #env = []; // of all that is prepared
  #brought = new Map(); // file out here -> file in there

  constructor(stage, root) {
    this.#stage = stage;
    this.root = root;
    /** A stage for starters: their programs run in there, in its network and among its files. */
    this.stage = {
      spawn: (name, command, args, options) => {
        const program = this.#brought.get(command) ?? command;
        const inside = ["--net", "--mount", "--root", "--wd", "--", program, ...args];
        return stage.spawn(name, "nsenter", ["--target", this.#leader, ...inside], options);
      },
    };
  }

  /** A path in there, as it is seen from here. */
  at(inside) {
    return path.join(this.root, inside);
  }

  read(inside) {
    return readFile(this.at(inside), "utf8");
  }

  /** Copies a program into it, which `stage` then starts in there by its name out here. */
  async bring(program) {
    const inside = path.join(TOOLS, path.basename(program));
    await cp(program, this.at(inside));
    this.#brought.set(program, inside);
  }

  /** Makes its npm and Maven trust whom this machine trusts: behind a proxy that has an authority of its own. */
  async trust() {
    const file = process.env.NODE_EXTRA_CA_CERTS;
    if (!file) return;
    await cp(file, this.at("/etc/zvonok-test-ca.crt"));
    this.#env.push("NODE_EXTRA_CA_CERTS=/etc/zvonok-test-ca.crt");
    if (!existsSync(JAVA_TRUST)) return;
    await cp(JAVA_TRUST, this.at("/etc/zvonok-test-cacerts"));
    this.#env.push("MAVEN_OPTS=-Djavax.net.ssl.trustStore=/etc/zvonok-test-cacerts");
  }

  /**
   * Commands in its files while it is not booted, with this machine's network or, with `isAlone`, with nothing but loopback; what
   * they print. `env`: NAME=VALUE, …
   */
  async prepare(commands, { ms = 600_000, env = [], isAlone = false } = {}) {
    const options = { timeout: ms, killSignal: "SIGKILL", maxBuffer: 64 << 20 };
    const network = isAlone ? ["--net"] : [];
    const script = isAlone ? `ip link set lo up${PREPARE}` : PREPARE;
    const args = inNamespace(script, this.root, commands, ...this.#env, ...env);
    const spaces = ["--pid", "--fork", "--kill-child", ...network];
    try {
      const { stdout } = await run("unshare", [...spaces, ...args], options);
      return stdout;
    } catch (error) {
      const said = `${error.stdout ?? ""}${error.stderr ?? ""}`.slice(-4_000);
      throw new Error(`in a machine's folder: ${commands}: ${error.signal ?? error.code}: ${said}`);
    }
  }

  async boot() {
    const name = path.basename(this.root);
    const args = inNamespace(BOOT, this.root, name);
    this.#stage.onClose(() => run("unshare", inNamespace(FORGET_GROUPS, name)).catch(() => 0));
    const nspawn = this.#stage.spawn("machine", "unshare", args, { stopMs: 30_000 });
    this.#leader = await until(30_000, "the machine's first process runs", async () => {
      const children = await readFile(`/proc/${nspawn.pid}/task/${nspawn.pid}/children`, "utf8");
      return isFirst(children.trim());
    });
    const ask = () => this.run("systemctl is-system-running").then(({ stdout }) => stdout.trim());
    await until(60_000, "the machine has booted", async () => /running|degraded/.test(await ask()));
  }

  /** Runs commands by its shell, as root: {code, stdout, stderr}. */
  run(commands, { ms = 60_000, env = [] } = {}) {
    const clean = ["env", "-i", `PATH=${PATH}`, "HOME=/root", "LANG=C.UTF-8", ...env];
    const spaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd"];
    const args = ["--target", this.#leader, ...spaces, "--", ...clean, "/bin/sh", "-c", commands];
    const options = { timeout: ms, killSignal: "SIGKILL", maxBuffer: 16 << 20 };
    return new Promise((resolve, reject) => {
      execFile("nsenter", args, options, (error, stdout, stderr) => {
        if (error && typeof error.code !== "number") {
          reject(new Error(`${commands}: not within ${ms} ms: ${stdout}${stderr}`));
        } else resolve({ code: error?.code ?? 0, stdout, stderr });
      });
    });
  }

  /** The same where only success will do: what it printed, both ways. */
  async must(commands, options) {
    const { code, stdout, stderr } = await this.run(commands, options);
    if (code !== 0) throw new Error(`${commands}: exit status ${code}: ${stdout}${stderr}`);
    return stdout + stderr;
  }
}

/** The process id, if this one is the first of its own namespace. */
async function isFirst(pid) {
  const status = /^\d+$/.test(pid) ? await readFile(`/proc/${pid}/status`, "utf8") : "";
  return /^NSpid:\s.*\s1$/m.test(status) ? pid : undefined;
}

/** Copies that test programs left behind which were killed before they could clear up. */
async function sweep() {
  for (const name of await readdir(COPIES)) {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    if (pid && !existsSync(`/proc/${pid}`)) {
      await rm(path.join(COPIES, name), { recursive: true, force: true });
    }
  }
}

/** A copy of the folder `debian` that goes with the stage, whether or not the test passed: logs are what prints. */
export async function openMachine(stage, debian) {
  await sweep();
  const root = await mkdtemp(path.join(COPIES, `${PREFIX}${process.pid}-`));
  stage.onClose(() => rm(root, { recursive: true, force: true }));
  await run("cp", ["-a", "--reflink=auto", `${debian}/.`, root], { timeout: 120_000 });
  return new Machine(stage, root);
}
