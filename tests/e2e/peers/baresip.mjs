// A softphone: registers, plays a tone, a file or an echo, records what it hears, and is steered over its control port.
import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { passwordOf } from "./kamailio.mjs";
import { FPS, HEIGHT, WIDTH, nameBars, readPng } from "./picture.mjs";
import { freePorts } from "./ports.mjs";
import { until, within } from "./stage.mjs";
import { measureTone, readWav } from "./wav.mjs";

export const CODECS = {
  PCMU: "PCMU/8000/1",
  PCMA: "PCMA/8000/1",
  G722: "G722/16000/1",
  opus: "opus/48000/2",
};

const RTP_PORTS = 40;

/** What the phone plays: `{sine: hz}`, `{wav: file}` (48 kHz mono) or `"echo"`. */
function soundConfig(source) {
  const playSilently = "aubridge,nil";
  if (source === "echo") return { source: "aubridge,dev0", player: "aubridge,dev0", channels: 1 };
  if (source.wav) return { source: `aufile,${source.wav}`, player: playSilently, channels: 1 };
  return { source: `ausine,${source.sine}`, player: playSilently, channels: 2 };
}

const VIDEO_MODULES = { H264: "avcodec", VP8: "vp8" };

/** Three still bars as picture; what comes is decoded and shown nowhere. */
const VIDEO_CONFIG = [
  "video_source fakevideo,nil",
  "video_display fakevideo,nil",
  `video_size ${WIDTH}x${HEIGHT}`,
  `video_fps ${FPS}`,
  "video_bitrate 500000",
  "videnc_format yuv420p",
  "avcodec_h264enc libx264",
];

function writeConfig({
  address,
  port,
  sound,
  recordings,
  severalEchoes,
  encryption,
  rtcpMux,
  video,
  identity,
}) {
  const modules = ["g711", "g722", "opus", "aufile", "ausine", "aubridge", "sndfile"];
  if (encryption) modules.push("srtp");
  if (video) {
    modules.push("fakevideo", "snapshot", "swscale", ...video.map((name) => VIDEO_MODULES[name]));
  }
  return [
    "poll_method epoll",
    `sip_listen ${address}:${port}`,
    `net_interface ${address}`,
    ...(identity ? [`sip_certificate ${identity}`] : []),
    `audio_source ${sound.source}`,
    `audio_player ${sound.player}`,
    "audio_alert aubridge,alert",
    "ausrc_srate 48000",
    "auplay_srate 48000",
    `ausrc_channels ${sound.channels}`,
    `auplay_channels ${sound.channels}`,
    `rtp_ports ${port + 20}-${port + 20 + RTP_PORTS - 1}`,
    "call_max_calls 4",
    "call_local_timeout 120",
    "rtp_stats yes",
    ...(rtcpMux ? ["rtcp_mux yes"] : []),
    ...(video ? VIDEO_CONFIG : []),
    "ring_aufile none",
    "ringback_aufile none",
    `statmode_default ${video ? "call" : "off"}`,
    `snd_path ${recordings}`,
    `ctrl_tcp_listen ${address}:${port + 10}`,
    "module_path /usr/lib/baresip/modules",
    ...modules.map((name) => `module ${name}.so`),
    "module_tmp uuid.so",
    "module_tmp account.so",
    "module_app menu.so",
    "module_app ctrl_tcp.so",
    ...(severalEchoes ? ["module_app echo.so"] : []),
    "",
  ].join("\n");
}

/** Netstrings of JSON in both directions; events are kept until somebody asks for them. */
class Control {
  #events = [];
  #listeners = new Set();
  #answers = new Map();
  #rest = Buffer.alloc(0);
  #tokens = 0;

  constructor(socket) {
    this.socket = socket;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", () => undefined);
  }

  static async open(stage, address, port) {
    return new Control(await stage.connect(port, address));
  }

  #take(chunk) {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const colon = this.#rest.indexOf(":");
      if (colon < 0) return;
      const size = Number(this.#rest.toString("latin1", 0, colon));
      const end = colon + 1 + size;
      if (this.#rest.length <= end) return;
      const message = JSON.parse(this.#rest.toString("utf8", colon + 1, end));
      this.#rest = this.#rest.subarray(end + 1);
      if (message.event) this.#onEvent(message);
      else this.#answers.get(message.token)?.(message);
    }
  }

  #onEvent(event) {
    if (event.type === "CALL_RTCP") return;
    this.#events.push(event);
    for (const listener of this.#listeners) listener();
  }

  command(command, params) {
    const token = String(++this.#tokens);
    const text = JSON.stringify({ command, params, token });
    const answered = new Promise((resolve) => this.#answers.set(token, resolve));
    this.socket.write(`${Buffer.byteLength(text)}:${text},`);
    return within(5_000, `baresip answers ${command}`, answered).finally(() =>
      this.#answers.delete(token),
    );
  }

  /** The next event of this type that nobody has taken yet. */
  next(type, ms) {
    let listener;
    const found = new Promise((resolve) => {
      listener = () => {
        const at = this.#events.findIndex((event) => event.type === type);
        if (at < 0) return;
        this.#listeners.delete(listener); // at once: the next event may be in the same chunk
        resolve(this.#events.splice(at, 1)[0]);
      };
      this.#listeners.add(listener);
      listener();
    });
    return within(ms, `baresip reports ${type}`, found).finally(() =>
      this.#listeners.delete(listener),
    );
  }

  forget() {
    this.#events = [];
  }
}

/**
 * options: user, kamailio (from startKamailio) or registrar {address, port, domain}, password, codecs (names of CODECS),
 * source, answer ("auto" or "manual"), severalEchoes (echo for more than one call), encryption ("srtp": RTP/AVP with keys,
 * plain where the other side has none; "srtp-mand": RTP/SAVP or no call), rtcpMux, video (names of video codecs, "H264",
 * "VP8": it sends three bars and tells what it sees), identity (a PEM file with certificate and key: it takes TLS on `tlsPort`).
 */
export async function startBaresip(stage, options) {
  const { user, answer = "auto", source = { sine: 1000 }, register = true } = options;
  const registrar = options.kamailio ?? options.registrar;
  const address = options.address ?? "127.0.0.1";
  const codecs = options.codecs ?? ["opus", "G722", "PCMU", "PCMA"];
  const port = await freePorts(20 + RTP_PORTS);
  const dir = await stage.folder(`baresip-${user}`);
  const recordings = await stage.folder(`heard-by-${user}`);
  const severalEchoes = options.severalEchoes ?? false;
  const { encryption, rtcpMux, video, identity } = options;
  const sound = soundConfig(source);
  await writeFile(
    path.join(dir, "config"),
    writeConfig({
      address,
      port,
      sound,
      recordings,
      severalEchoes,
      encryption,
      rtcpMux,
      video,
      identity,
    }),
  );
  await writeFile(path.join(dir, "contacts"), "");
  const account = [
    `<sip:${user}@${registrar.domain};transport=${identity ? "tls" : "udp"}>`,
    `auth_user=${user}`,
    `auth_pass=${options.password ?? passwordOf(user)}`,
    ...(identity ? [] : [`outbound="sip:${registrar.address}:${registrar.port};transport=udp"`]),
    `regint=${register ? 300 : 0}`,
    `answermode=${severalEchoes ? "manual" : answer}`,
    `audio_codecs=${codecs.map((name) => CODECS[name]).join(",")}`,
    ...(encryption ? [`mediaenc=${encryption}`] : []),
    ...(video ? [`video_codecs=${video.join(",")}`] : []),
  ];
  await writeFile(path.join(dir, "accounts"), `${account.join(";")}\n`);

  const child = stage.spawn(`baresip-${user}`, "baresip", ["-f", dir], { stopMs: 8_000 });
  await child.waitForLine(/baresip is ready/, 10_000);
  const control = await until(5_000, `control port of baresip ${user}`, () =>
    Control.open(stage, address, port + 10),
  );
  stage.onClose(() => control.socket.destroy());
  if (register) await child.waitForLine(/200 OK|\(\d+ binding/, 10_000);

  return {
    user,
    port,
    tlsPort: port + 1,
    process: child,
    recordings,
    /** Calls a number, or a whole `sip:` address. */
    dial: (target) =>
      control.command(
        "dial",
        /^sips?:/.test(target) ? target : `sip:${target}@${registrar.domain}`,
      ),
    accept: () => control.command("accept"),
    /** Ends the current call; refuses it with 486 while it rings. */
    hangup: () => control.command("hangup"),
    command: (name, params) => control.command(name, params),
    next: (type, ms = 10_000) => control.next(type, ms),
    established: (ms = 10_000) => control.next("CALL_ESTABLISHED", ms),
    incoming: (ms = 10_000) => control.next("CALL_INCOMING", ms),
    closed: (ms = 10_000) => control.next("CALL_CLOSED", ms),
    /** Drops the events of calls that are over. */
    forget: () => control.forget(),
    /** What has been heard in the latest call. */
    heard: () => readLatest(recordings),
    /** Waits until that holds `seconds` of a tone, and tells how pure it is. */
    hears: (hz, { seconds = 1, ms = 15_000 } = {}) => waitTone(recordings, hz, seconds, ms),
    /** What it counts of its picture: frames seen (`seen`) and sent, key frames that came, how often it asked for one. */
    video: async () => readVideo((await control.command("video_debug")).data),
    /** Frames per second that it sent and saw, over its last five seconds, as its status line has them: `{sent, seen}`. */
    efps: () => readEfps(child.output),
    /** The bars that it sees, as `nameBars` names them. */
    sees: () => look(control, recordings),
    stop: () => child.stop(8_000),
    kill: () => child.kill("SIGKILL"),
  };
}

function readVideo(text) {
  const number = (pattern) => Number(pattern.exec(text)?.[1]);
  return {
    sent: number(/source: .* frames=(\d+)/),
    seen: number(/vidisp: .* frames=(\d+)/),
    size: /vidisp: \S+ (\d+ x \d+)/.exec(text)?.[1],
    keyFrames: number(/n_keyframes=(\d+)/),
    asked: number(/n_picup=(\d+)/),
    text,
  };
}

function readEfps(output) {
  const [, sent, seen] =
    [...output.slice(-4_000).matchAll(/efps=([\d.]+)\/([\d.]+)/g)].at(-1) ?? [];
  return { sent: Number(sent), seen: Number(seen) };
}

let pictures = 0;

/** A picture is taken of the next frame that comes; baresip cuts a name of more than 99 characters. */
async function look(control, dir) {
  const file = path.join(dir, `seen-${++pictures}.png`);
  if (file.length > 99) throw new Error(`the name is too long for baresip: ${file}`);
  await control.command("snapshot_recv", file);
  const picture = await until(5_000, `baresip writes ${file}`, () => readPng(file));
  return nameBars(picture);
}

async function readLatest(dir) {
  const names = (await readdir(dir)).filter((name) => name.endsWith("-dec.wav")).sort();
  if (!names.length) throw new Error(`nothing was recorded in ${dir}`);
  return readWav(path.join(dir, names[names.length - 1]));
}

async function waitTone(dir, hz, seconds, ms) {
  let best;
  try {
    return await until(
      ms,
      "tone",
      async () => {
        best = measureTone(await readLatest(dir), hz);
        return best.seconds >= seconds && best;
      },
      200,
    );
  } catch (error) {
    const heard = best
      ? `purity ${best.purity.toFixed(2)} for ${best.seconds.toFixed(1)} s`
      : "nothing";
    throw new Error(
      `${seconds} s of ${hz} Hz in ${dir}: ${heard} within ${ms} ms (${error.message})`,
    );
  }
}
