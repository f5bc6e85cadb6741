// The demo's programs: SIP server, softphones, gateway with its phone page, on this machine. Started by `./do demo`.
// Ctrl-C stops what was started here, and only that.
import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import {
  ROOT,
  Stage,
  findZvonokd,
  freePort,
  hasProgram,
  isFree,
  launchChromium,
  makeCertificate,
  makeSpeech,
  openPhone,
  passwordOf,
  startBaresip,
  startKamailio,
  startZvonokd,
} from "../tests/e2e/peers/index.mjs";

const KEPT = path.join(ROOT, ".demo");
const SPEECH_SECONDS = 600;
const CALLS = 100; // the gateway's limit, and two media ports for each
const PAGE_HZ = 1000;
const PHONE_HZ = 700;
const USAGE = `usage: ./do demo [--check] [--https-port N] [--sip-port N]

  --check         a headless browser makes a call each way; exit 0 only if both ends heard each other
  --https-port N  port of the phone page (8444, or a free one)
  --sip-port N    port of the SIP server (5060, or a free one)
`;

/** Something that the person can mend: shown as one sentence. */
class Problem extends Error {}

function readArguments(list) {
  const options = { check: false };
  const names = { "--https-port": "httpsPort", "--sip-port": "sipPort" };
  for (let i = 0; i < list.length; i++) {
    if (list[i] === "--check") options.check = true;
    else if (list[i] === "--help") options.help = true;
    else if (names[list[i]]) options[names[list[i]]] = readPort(list[i], list[++i]);
    else throw new Problem(`there is no option ${list[i]}; ./do demo --help lists them`);
  }
  return options;
}

function readPort(name, text) {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Problem(`${name} wants a port from 1 to 65535, not ${text ?? "nothing"}`);
  }
  return port;
}

/** The port that was asked for by name, or else the usual one, or else a free one. */
async function choosePort(usual, wanted, what) {
  if (wanted === undefined) return (await isFree(usual)) ? usual : freePort();
  if (await isFree(wanted)) return wanted;
  throw new Problem(`port ${wanted}, asked for the ${what}, is taken by another program`);
}

async function checkPrograms(check) {
  const packages = {
    kamailio: "kamailio",
    baresip: "baresip-core",
    "espeak-ng": "espeak-ng",
    sox: "sox",
  };
  if (check) packages.chromium = "chromium";
  const missing = [];
  for (const [program, name] of Object.entries(packages)) {
    if (!(await hasProgram(program))) missing.push(name);
  }
  if (missing.length) {
    throw new Problem(
      `not installed: ${missing.join(", ")}. Run: apt-get install ${missing.join(" ")}`,
    );
  }
  if (!findZvonokd()) throw new Problem("zvonokd is not built. Run: ./do build");
  if (!existsSync(path.join(ROOT, "apps/web-phone/dist/index.html"))) {
    throw new Problem("the phone page is not built. Run: ./do build");
  }
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

/** Made once and kept, so that a second start takes seconds. */
async function speech(stage) {
  const file = path.join(KEPT, `speech-${SPEECH_SECONDS}.wav`);
  if (existsSync(file)) return file;
  await rename(await makeSpeech(stage.dir, SPEECH_SECONDS), file).catch(async (error) => {
    if (error.code !== "EXDEV") throw error;
    const { copyFile } = await import("node:fs/promises");
    await copyFile(path.join(stage.dir, "speech.wav"), file);
  });
  return file;
}

async function choosePorts(options) {
  return {
    server: await choosePort(5060, options.sipPort, "SIP server"),
    https: await choosePort(8444, options.httpsPort, "phone page"),
    wss: await choosePort(8443),
    ws: await choosePort(8080),
    admin: await choosePort(8081),
    sip: await choosePort(5066),
  };
}

async function start(stage, { server, ...ports }) {
  await mkdir(KEPT, { recursive: true });
  say("Starting the SIP server (Kamailio) …");
  const kamailio = await startKamailio(stage, { domain: "127.0.0.1", port: server });
  say("Starting the gateway (zvonokd) …");
  const certificate = await makeCertificate(path.join(KEPT, "certificate"));
  const gateway = await startZvonokd(stage, {
    ports,
    certificate,
    mediaPorts: 2 * CALLS,
    config: { log: { level: "info" }, limits: { calls: CALLS } },
  });
  say("Starting the softphones (baresip) …");
  const phones = {
    1002: await startBaresip(stage, {
      user: "1002",
      kamailio,
      source: { wav: await speech(stage) },
    }),
    1003: await startBaresip(stage, {
      user: "1003",
      kamailio,
      source: "echo",
      severalEchoes: true,
    }),
  };
  for (const user of Object.keys(phones)) await kamailio.waitRegistered(user);
  return { stage, kamailio, gateway, certificate, phones };
}

/** The page with the account of 1001 in it; what stands behind # stays in the browser. */
function pageUrl({ gateway, kamailio }, host) {
  const fields = new URLSearchParams({
    login: "1001",
    domain: "127.0.0.1",
    port: String(kamailio.port),
    callee: "1002",
  });
  return `https://${host}:${gateway.ports.https}/?${fields}#password=${passwordOf("1001")}`;
}

function otherAddresses() {
  return Object.values(os.networkInterfaces())
    .flat()
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
}

function explain(demo) {
  const { kamailio, gateway, stage } = demo;
  const ctl = path.relative(process.cwd(), path.join(path.dirname(findZvonokd()), "zvonokctl"));
  const others = otherAddresses().map((address) => `\n           ${pageUrl(demo, address)}`);
  say(`
Zvonok is running.

  Open     ${pageUrl(demo, "localhost")}
  or       from another device, where a firewall lets TCP ${gateway.ports.https} and UDP ${gateway.ports.web} through:${others.join("")}

  1. The browser warns, since the certificate was made here: go on ("Advanced", "Proceed").
     Or trust ${path.relative(process.cwd(), demo.certificate.ca)} on that device.
  2. Press Connect: the page registers as 1001 (the fields are filled in).
  3. Press Call: 1002 answers and says a sentence again and again. 1003 echoes what you say.
  4. To be called: type c and Enter here, and press Answer in the page.

  Look inside  export ZVONOKCTL_SOCKET=${gateway.config.admin.socket}
               ${ctl} calls    (then: trace ID, call ID, status, doctor)
               in another terminal here, as this user or root; zvonokctl --help lists all
  Metrics      ${gateway.admin}/metrics

  SIP server   127.0.0.1 port ${kamailio.port}: accounts 1001 to 1010, passwords secret1001 to secret1010
  Logs         ${stage.dir}
  Stop         Ctrl-C
`);
}

/** Resolves with why the demo is over; "c" lets 1002 call the page. */
function untilOver({ stage, phones, kamailio, gateway }) {
  return new Promise((resolve) => {
    const lines = readline.createInterface({ input: process.stdin });
    stage.onClose(() => lines.close());
    lines.on("line", (line) => {
      if (line.trim() === "q") resolve();
      if (line.trim() !== "c") return;
      say("1002 calls 1001 …");
      phones[1002].dial("1001").catch((error) => say(`1002 cannot call: ${error.message}`));
    });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => resolve());
    const all = [kamailio.process, gateway.process, ...Object.values(phones).map((p) => p.process)];
    for (const child of all) {
      child.exited.then(() => resolve(`${child.name} has stopped by itself: ${child.tail(300)}`));
    }
  });
}

/* ---- --check ---- */

async function measure(title, phone, softphone, begin) {
  const began = Date.now();
  await begin();
  await phone.talking();
  const setup = Date.now() - began;
  await softphone.established();
  const [page, far] = await Promise.all([phone.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
  const media = (await phone.media()).at(-1);
  await phone.press("Hangup");
  await Promise.all([softphone.closed(), phone.ended()]);
  const tone = ({ hz, purity }) => `${hz.toFixed(1)} Hz (purity ${purity.toFixed(2)})`;
  say(
    `${title}: set up in ${setup} ms, ${media.sent} packets sent, ${media.received} received, ${media.codec};`,
  );
  say(`  the page heard ${tone(page)}, the softphone heard ${tone(far)}`);
}

async function check(demo) {
  const { stage, kamailio, certificate } = demo;
  say("Checking with a headless browser …");
  const source = { sine: PHONE_HZ };
  const softphone = await startBaresip(stage, { user: "1004", kamailio, source });
  await kamailio.waitRegistered("1004");
  const chromium = await launchChromium(stage, { spki: [certificate.spki] });
  const phone = await openPhone(chromium, pageUrl(demo, "localhost"), {}, { tone: PAGE_HZ });
  await phone.connect();
  await measure("Outgoing call", phone, softphone, () => phone.call("1004"));
  await measure("Incoming call", phone, softphone, async () => {
    await softphone.dial("1001");
    await phone.incoming();
    await phone.press("Answer");
  });
  say("Audio was heard both ways in both calls.");
}

async function main() {
  const options = readArguments(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  await checkPrograms(options.check);
  const ports = await choosePorts(options);
  const stage = await Stage.open("demo");
  try {
    await stage.run(async () => {
      const demo = await start(stage, ports);
      if (options.check) await check(demo);
      else {
        explain(demo);
        const why = await untilOver(demo);
        if (why) throw new Problem(why);
        say("Stopping …");
      }
    });
  } finally {
    await stage.close();
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(`demo: ${error instanceof Problem ? error.message : (error.stack ?? error)}`);
    process.exit(1);
  },
);
