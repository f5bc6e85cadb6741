// Linphone, a softphone of another family than baresip (belle-sip, mediastreamer), steered by lines on its standard input. It
// plays a tone from a file and records what it hears into another.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { passwordOf } from "./kamailio.mjs";
import { freePort, freePorts } from "./ports.mjs";
import { ask } from "./sip.mjs";
import { until } from "./stage.mjs";
import { measureTone, writeWav } from "./wav.mjs";

const RTP_PORTS = 20;
/** Of the files: 16-bit mono. */
const RATE = 8_000;
const HEADER_BYTES = 44;
/** Longer than any call. */
const TONE_S = 120;

function writeConfig({ address, port, rtp, user, kamailio }) {
  const lines = [
    "[sip]",
    `sip_port=${port}`,
    "sip_tcp_port=0",
    "sip_tls_port=0",
    `default_proxy=${kamailio ? 0 : -1}`,
    "guess_hostname=0",
    "use_info=0",
    "use_rfc2833=1",
    "[rtp]",
    `audio_rtp_port=${rtp}-${rtp + RTP_PORTS - 1}`,
    "[net]",
    "firewall_policy=0",
    "stun_server=",
    "[sound]",
    "echocancellation=0",
    "[misc]",
    "history_max_size=0",
    "version_check_url_root=",
  ];
  if (!kamailio) return lines;
  const server = `<sip:${kamailio.address}:${kamailio.port};transport=udp>`;
  return [
    ...lines,
    "[proxy_0]",
    `reg_proxy=${server}`,
    `reg_route=<sip:${kamailio.address}:${kamailio.port};transport=udp;lr>`,
    `reg_identity=sip:${user}@${kamailio.domain}`,
    "reg_expires=300",
    "reg_sendregister=1",
    "[auth_info_0]",
    `username=${user}`,
    `userid=${user}`,
    `passwd=${passwordOf(user)}`,
    `realm=${kamailio.domain}`,
  ];
}

/** What is in its file so far; the header is empty until the call is over. */
async function readRecording(file) {
  const bytes = (await readFile(file)).subarray(HEADER_BYTES);
  const samples = Float32Array.from({ length: bytes.length >> 1 }, (_, i) => {
    return bytes.readInt16LE(i * 2) / 32768;
  });
  return { rate: RATE, samples };
}

/** options: user, kamailio (registers there; without it, it has no server), sine (what it plays), answer ("auto", "manual"). */
export async function startLinphone(stage, options) {
  const { user, kamailio, sine, answer = "auto" } = options;
  const address = "127.0.0.1";
  const port = await freePort();
  const rtp = await freePorts(RTP_PORTS);
  const dir = await stage.folder(`linphone-${user}`);
  for (const name of [".local/share/linphone", ".config/linphone"]) {
    await mkdir(path.join(dir, name), { recursive: true }); // without them it refuses calls (488)
  }
  const config = path.join(dir, "linphonerc");
  await writeFile(config, writeConfig({ address, port, rtp, user, kamailio }).join("\n") + "\n");
  const tone = path.join(dir, "tone.wav");
  const samples = Float32Array.from({ length: RATE * TONE_S }, (_, i) => {
    return 0.4 * Math.sin((2 * Math.PI * sine * i) / RATE);
  });
  await writeWav(tone, RATE, samples);
  const heard = path.join(dir, "heard.wav");

  const args = ["-b", config, ...(answer === "auto" ? ["-a"] : [])];
  const child = stage.spawn(`linphone-${user}`, "linphonec", args, {
    cwd: dir,
    env: { HOME: dir },
    input: true,
    stopMs: 8_000,
  });
  const say = (line) => child.child.stdin.write(`${line}\n`);
  say("soundcard use files");
  say(`play ${tone}`);
  say(`record ${heard}`);
  await until(10_000, `linphone ${user} answers OPTIONS`, () => {
    return ask({ address, port, method: "OPTIONS", timeoutMs: 500 });
  });
  if (kamailio) await kamailio.waitRegistered(user);

  return {
    user,
    port,
    process: child,
    /** Calls a whole `sip:` address. */
    dial: (uri) => say(`call ${uri}`),
    accept: () => say("answer"),
    /** Ends the call; refuses it with 603 while it rings. */
    hangup: () => say("terminate"),
    pause: () => say("pause"),
    resume: () => say("resume"),
    press: (key) => say(key),
    /** Waits until what it has heard holds `seconds` of a tone. */
    hears: (hz, { seconds = 1, ms = 15_000 } = {}) =>
      until(
        ms,
        `linphone ${user} hears ${hz} Hz for ${seconds} s`,
        async () => measureTone(await readRecording(heard), hz).seconds >= seconds,
        200,
      ),
    /** Waits for a line of its. */
    says: (pattern, ms = 10_000) => child.waitForLine(pattern, ms),
    stop: () => child.stop(8_000),
  };
}
