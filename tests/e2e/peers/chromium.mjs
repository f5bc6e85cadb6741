// Chromium without a window. Its microphone is an oscillator, its camera a canvas with three bars, and what it hears and
// sees is measured inside the page, from the tracks that came.
import { chromium } from "playwright-core";
import { existsSync } from "node:fs";
import os from "node:os";
import { findFile } from "./pages.mjs";
import { FPS, HEIGHT, PAGE_BARS, WIDTH, nameBars } from "./picture.mjs";

const FLAGS = [
  "--no-sandbox",
  "--use-fake-ui-for-media-stream",
  "--use-fake-device-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-sync",
  "--no-first-run",
];

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where there is nothing but loopback, Chromium gathers no candidate unless it is told to. */
function loopbackFlags() {
  const others = Object.values(os.networkInterfaces())
    .flat()
    .some(({ internal }) => !internal);
  return others ? [] : ["--allow-loopback-in-peer-connection"];
}

/** options: spki (hashes of certificates to trust), args. */
export async function launchChromium(stage, { spki = [], args = [] } = {}) {
  const executablePath = process.env.CHROMIUM ?? PATHS.find((path) => existsSync(path));
  if (!executablePath) throw new Error("Chromium is not installed: apt-get install chromium");
  const loopback = stage.netns ? [] : loopbackFlags();
  const trust = spki.length ? [`--ignore-certificate-errors-spki-list=${spki.join(",")}`] : [];
  const server = await chromium.launchServer({
    executablePath: await stage.executable(executablePath),
    headless: true,
    args: [...FLAGS, ...loopback, ...trust, ...args],
    timeout: 30_000,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  stage.onClose(() => server.close().catch(() => undefined));
  const browser = await chromium.connect(server.wsEndpoint(), { timeout: 10_000 });
  return {
    browser,
    process: server.process(),
    /** Ends it as a power cut would. */
    kill: () => server.process().kill("SIGKILL"),
    open: (url, options) => openPage(browser, url, options),
  };
}

/**
 * options: tone (Hz of the microphone), microphone ("oscillator", "refused", "missing"), camera ("bars", a canvas with
 * three bars; "device", Chromium's own fake one; "refused", "missing"), silent (playback needs a touch), folders (files
 * that stand for those of a server, as startPages has them), viewport, colorScheme, permissions …: those of a browser
 * context.
 */
async function openPage(browser, url, options = {}) {
  const { tone = 1000, microphone = "oscillator", silent = false, ...rest } = options;
  const { camera = "missing", folders, ...context } = rest;
  const page = await (await browser.newContext({ ...context })).newPage();
  page.setDefaultTimeout(15_000);
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  const picture = { width: WIDTH, height: HEIGHT, fps: FPS, bars: PAGE_BARS.split(" ") };
  await page.addInitScript(instrument, { tone, microphone, silent });
  await page.addInitScript(instrumentVideo, { camera, picture });
  if (folders) await page.route(`${url}**`, (route) => fulfil(route, folders));
  await page.goto(url);
  return {
    page,
    /** Errors that the page has shown in its console. */
    problems,
    /** Waits until the far end's tone is heard: `{hz, purity}`. */
    hears: (hz, { ms = 15_000, tolerance = 6, purity = 0.8 } = {}) =>
      waitTone(page, { hz, tolerance, purity }, ms),
    /** What the page hears now. */
    listen: () => page.evaluate(() => window.zvTest.listen()),
    /** Notes from now on when a tone comes and goes in the newest stream; `presence` tells: see media/gap.mjs. */
    watch: (hz) => page.evaluate((hz) => window.zvTest.watch(hz), hz),
    presence: () => page.evaluate(() => window.zvTest.presence()),
    /** Packets, codec and state of each peer connection that the page has opened. */
    media: () => page.evaluate(() => window.zvTest.media()),
    /** What the newest connection counts of its picture: see `counts` below. */
    video: () => page.evaluate(() => window.zvVideo.counts()),
    /** The bars that it sees, as `nameBars` names them; `selector`: in this element of the page. */
    sees: async (selector) =>
      nameSeen(await page.evaluate((s) => window.zvVideo.look(s), selector)),
    /** How large the remote picture is, as it is shown: turned, where the sender says so. */
    size: () => page.evaluate(() => window.zvVideo.size()),
    /** When white frames and tones began at screen and speaker, in ms of the page's clock, since this was first asked: `{flashes, beeps}`. */
    flashes: () => page.evaluate(() => window.zvVideo.flashes()),
    /** When each frame of the remote picture was shown, by the wall clock in ms, since this was first asked. */
    shown: () => page.evaluate(() => window.zvVideo.shown()),
    close: () => page.context().close(),
  };
}

const fulfil = (route, folders) =>
  route.fulfill({ path: findFile(folders, route.request().url()) }).catch(() => route.abort());

function nameSeen(seen) {
  if (!seen) return "no picture";
  const { width, height, data } = seen;
  const pixel = (x, y) => data.slice(4 * (y * width + x), 4 * (y * width + x) + 3);
  return nameBars({ width, height, pixel });
}

async function waitTone(page, wanted, ms) {
  try {
    const heard = await page.waitForFunction(
      ({ hz, tolerance, purity }) => {
        const now = window.zvTest.listen();
        return now && Math.abs(now.hz - hz) <= tolerance && now.purity >= purity && now;
      },
      wanted,
      { timeout: ms, polling: 200 },
    );
    return await heard.jsonValue();
  } catch (error) {
    const now = await page.evaluate(() => window.zvTest.listen()).catch(() => null);
    throw new Error(
      `the page hears ${wanted.hz} Hz: ${JSON.stringify(now)} after ${ms} ms (${error.message})`,
    );
  }
}

/** Runs inside the page before its own scripts. */
function instrument({ tone, microphone, silent }) {
  const connections = [];
  const analysers = [];
  let context;
  const audio = () => (context ??= new AudioContext({ sampleRate: 48000 }));

  if (navigator.mediaDevices) {
    navigator.mediaDevices.getUserMedia = async () => {
      if (microphone === "refused") throw new DOMException("Permission denied", "NotAllowedError");
      if (microphone === "missing") throw new DOMException("Not found", "NotFoundError");
      const oscillator = audio().createOscillator();
      oscillator.frequency.value = tone;
      const gain = audio().createGain();
      gain.gain.value = 0.4; // a codec clips a tone at full scale, and then it is none any more
      const target = audio().createMediaStreamDestination();
      oscillator.connect(gain).connect(target);
      oscillator.start();
      await audio().resume();
      return target.stream;
    };
    // The older calls, which some libraries still use.
    navigator.webkitGetUserMedia = navigator.getUserMedia = (constraints, done, failed) => {
      navigator.mediaDevices.getUserMedia(constraints).then(done, failed);
    };
  }
  if (silent) {
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () {
      HTMLMediaElement.prototype.play = play;
      return Promise.reject(new DOMException("play() needs a gesture", "NotAllowedError"));
    };
  }

  const short = []; // analysers of pieces of 21 ms, beside the long ones that tell a frequency exactly
  function analyse(stream) {
    const source = audio().createMediaStreamSource(stream);
    for (const [list, size] of [
      [analysers, 32768],
      [short, 1024],
    ]) {
      const analyser = audio().createAnalyser();
      analyser.fftSize = size;
      analyser.smoothingTimeConstant = 0;
      source.connect(analyser);
      list.push(analyser);
    }
  }

  /** The share of a tone in the sound of this moment: Goertzel's algorithm on a Hann window. */
  function shareNow(hz) {
    const analyser = short[short.length - 1];
    if (!analyser) return 0;
    const n = analyser.fftSize;
    const samples = new Float32Array(n);
    analyser.getFloatTimeDomainData(samples);
    const coefficient = 2 * Math.cos((2 * Math.PI * hz) / context.sampleRate);
    let [s1, s2, energy] = [0, 0, 0];
    samples.forEach((sample, i) => {
      const value = sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n));
      energy += value * value;
      [s1, s2] = [value + coefficient * s1 - s2, s1];
    });
    if (energy < 1e-6 * n) return 0;
    return (3 * (s1 * s1 + s2 * s2 - coefficient * s1 * s2)) / (n * energy);
  }

  const presence = [];
  /** Every 20 ms: is it there? Without it for 100 ms it is lost, since it was there last. */
  function watch(hz) {
    let last = 0;
    let there = false;
    setInterval(() => {
      const now = Date.now();
      if (shareNow(hz) >= 0.7) {
        if (!there) presence.push({ there: true, at: now });
        there = true;
        last = now;
      } else if (there && now - last >= 100) {
        presence.push({ there: false, at: last });
        there = false;
      }
    }, 20);
  }

  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(...args) {
      super(...args);
      connections.push(this);
      this.addEventListener("track", ({ track }) => {
        if (track.kind === "audio") analyse(new MediaStream([track]));
      });
    }
  };

  window.zvTest = {
    watch,
    /** Keys that the browser itself sends, in the newest connection. */
    insertDtmf(digits) {
      const sender = connections
        .at(-1)
        .getSenders()
        .find(({ dtmf }) => dtmf?.canInsertDTMF);
      sender.dtmf.insertDTMF(digits, 100, 70);
    },
    presence: () => presence,
    /** The loudest tone of the newest stream: its frequency, and its share of all the sound. */
    listen() {
      const analyser = analysers[analysers.length - 1];
      if (!analyser) return null;
      const decibels = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(decibels);
      const power = decibels.map((value) => 10 ** (value / 10));
      let total = 0;
      let peak = 20;
      for (let i = 20; i < power.length; i++) {
        total += power[i];
        if (power[i] > power[peak]) peak = i;
      }
      if (!(total > 1e-9)) return { hz: 0, purity: 0 };
      let near = 0;
      for (let i = peak - 4; i <= peak + 4; i++) near += power[i];
      const [a, b, c] = [decibels[peak - 1], decibels[peak], decibels[peak + 1]];
      const bin = peak + (0.5 * (a - c)) / (a - 2 * b + c || 1);
      return { hz: (bin * context.sampleRate) / analyser.fftSize, purity: near / total };
    },
    async media() {
      return Promise.all(
        connections.map(async (connection) => {
          const found = { state: connection.connectionState, sent: 0, received: 0, codec: "" };
          const stats = await connection.getStats();
          stats.forEach((report) => {
            if (report.type === "outbound-rtp") found.sent += report.packetsSent;
            if (report.type !== "inbound-rtp") return;
            found.received += report.packetsReceived;
            found.codec = stats.get(report.codecId)?.mimeType ?? "";
          });
          return found;
        }),
      );
    },
  };
}

/** Runs inside the page after `instrument`: the camera, and what is seen. */
function instrumentVideo({ camera, picture }) {
  const devices = navigator.mediaDevices;
  const device = devices?.getUserMedia;
  // Chromium's own, which `instrument` has put its microphone in front of.
  const own = Object.getPrototypeOf(devices ?? {}).getUserMedia;

  /** Three bars, and a mark that runs below them, so that each frame differs from the one before. */
  function openCanvas() {
    const canvas = Object.assign(document.createElement("canvas"), picture);
    const { width, height, fps, bars } = picture;
    const context = canvas.getContext("2d");
    let frame = 0;
    const draw = () => {
      bars.forEach((colour, i) => {
        context.fillStyle = colour === "green" ? "#0f0" : colour;
        context.fillRect(Math.floor((i * width) / 3), 0, Math.ceil(width / 3), height);
      });
      context.fillStyle = "white";
      context.fillRect((8 * frame++) % width, 0.8 * height, 16, 16);
    };
    draw();
    setInterval(draw, 1000 / fps);
    return canvas.captureStream(fps).getVideoTracks()[0];
  }

  async function openCamera(constraints) {
    if (camera === "refused") throw new DOMException("Permission denied", "NotAllowedError");
    if (camera === "missing") throw new DOMException("Requested device not found", "NotFoundError");
    if (camera === "bars") return openCanvas();
    return (await own.call(devices, { video: constraints })).getVideoTracks()[0];
  }

  if (devices) {
    devices.getUserMedia = async (constraints = {}) => {
      const { audio, video } = constraints;
      const track = video ? await openCamera(video) : undefined;
      const stream = audio || !video ? await device.call(devices, { audio }) : new MediaStream();
      if (track) stream.addTrack(track);
      return stream;
    };
  }

  const connections = [];
  const times = [];
  let element;
  let heard;

  /** The picture that came last, in an element of our own: the page may not show it, or in parts. */
  function show(track) {
    element = document.createElement("video");
    Object.assign(element, { muted: true, srcObject: new MediaStream([track]) });
    const note = () => {
      times.push(performance.timeOrigin + performance.now());
      element.requestVideoFrameCallback(note);
    };
    element.requestVideoFrameCallback(note);
    element.play().catch(() => undefined);
  }

  /** What is shown and heard, by an edge detector for each. */
  const edges = { flashes: [], beeps: [] };
  function noteEdge(kind, isOn, at) {
    if (isOn && !edges[kind].isOn) edges[kind].push(at);
    edges[kind].isOn = isOn;
  }
  function watchFlashes() {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const look = (_, { expectedDisplayTime }) => {
      context.drawImage(element, 0, 0, 3, 1);
      const { data } = context.getImageData(0, 0, 3, 1);
      const isWhite = [...data].every((value) => value > 150);
      noteEdge("flashes", isWhite, expectedDisplayTime);
      element.requestVideoFrameCallback(look);
    };
    element.requestVideoFrameCallback(look);
  }
  function watchBeeps() {
    const context = new AudioContext({ sampleRate: 48000 });
    const analyser = context.createAnalyser();
    analyser.fftSize = 256; // 5 ms
    context.createMediaStreamSource(new MediaStream([heard])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const isLoud = samples.reduce((sum, value) => sum + value * value, 0) > 1;
      noteEdge("beeps", isLoud, whenHeard(context));
    }, 4);
  }
  /** When the speaker plays what the analyser has now, as a frame's expectedDisplayTime is when the screen shows it. */
  function whenHeard(context) {
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    return performanceTime + (context.currentTime - contextTime) * 1000;
  }

  const Instrumented = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Instrumented {
    constructor(...args) {
      super(...args);
      connections.push(this);
      this.addEventListener("track", ({ track }) => {
        if (track.kind === "video") show(track);
        else heard = track;
      });
    }
  };

  window.zvVideo = {
    connections,
    shown: () => times.splice(0),
    size: () => ({ width: element?.videoWidth ?? 0, height: element?.videoHeight ?? 0 }),
    flashes() {
      if (!edges.isWatched) {
        watchFlashes();
        watchBeeps();
      }
      edges.isWatched = true;
      return { flashes: edges.flashes.splice(0), beeps: edges.beeps.splice(0) };
    },
    /** The remote picture, or that of an element of the page, made small: bars are bars, and few pixels travel fast. */
    look(selector) {
      const source = selector ? document.querySelector(selector) : element;
      if (!source?.videoWidth) return null;
      const canvas = document.createElement("canvas");
      const shrink = Math.min(1, 48 / source.videoWidth);
      const [width, height] = [source.videoWidth, source.videoHeight].map((n) =>
        Math.round(n * shrink),
      );
      Object.assign(canvas, { width, height });
      const context = canvas.getContext("2d");
      context.drawImage(source, 0, 0, width, height);
      return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
    },
    /**
     * `{received, sent, heard}` of the newest connection: the reports of getStats about video, with the codec's name in
     * each, and that about sound that came.
     */
    async counts() {
      const connection = connections[connections.length - 1];
      const found = { received: undefined, sent: undefined };
      if (!connection) return found;
      const stats = await connection.getStats();
      stats.forEach((report) => {
        if (report.kind === "audio" && report.type === "inbound-rtp") found.heard = report;
        if (report.kind !== "video") return;
        const codec = stats.get(report.codecId);
        const whole = { ...report, codec: codec?.mimeType, fmtp: codec?.sdpFmtpLine };
        if (report.type === "inbound-rtp") found.received = whole;
        if (report.type === "outbound-rtp") found.sent = whole;
      });
      return found;
    },
  };
}
