// Chromium without a window. Its microphone is an oscillator, and what it hears is measured inside the page, from the
// stream that is attached to the page's own element.
import { chromium } from "playwright-core";
import { existsSync } from "node:fs";
import os from "node:os";

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
 * options: tone (Hz of the microphone), microphone ("oscillator", "refused", "missing"), silent (playback needs a touch),
 * viewport, colorScheme, permissions …: those of a browser context.
 */
async function openPage(browser, url, options = {}) {
  const { tone = 1000, microphone = "oscillator", silent = false, ...context } = options;
  const page = await (await browser.newContext({ ...context })).newPage();
  page.setDefaultTimeout(15_000);
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.addInitScript(instrument, { tone, microphone, silent });
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
    close: () => page.context().close(),
  };
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
      this.addEventListener("track", (event) => analyse(new MediaStream([event.track])));
    }
  };

  window.zvTest = {
    watch,
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
