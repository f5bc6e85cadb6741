// The far end of a scripted gateway's calls with video: a peer connection in another page of the same browser, which
// sends bars of a size of the test's choice and decodes what comes. Its descriptions hold all candidates, as ours do.
import { nameBars } from "../peers/picture.mjs";

/** options: width, height, bars (names of colours, from the left), figure (somebody to be seen, instead of bars). */
export async function openFarEnd(browser, options = {}) {
  const { width = 640, height = 480, bars = FAR_BARS, figure = false } = options;
  const page = await (await browser.newContext()).newPage();
  await page.evaluate(defineFigure);
  await page.evaluate(instrument, { width, height, bars: bars.split(" "), figure });
  const call = (name, ...args) =>
    page.evaluate(([name, args]) => window.farEnd[name](...args), [name, args]);
  return {
    /** The answer to a page's offer. `direction` of its video; "refused": port 0. */
    answer: (offer, direction) => call("answer", offer, direction),
    /** An offer to a page; of video, unless `video` is false. In a running call it adds or drops it. */
    offer: (video = true) => call("offer", video),
    accept: (answer) => call("accept", answer),
    /** Turns its picture, as a phone does that is turned. */
    turn: () => call("turn"),
    /** Goes on with the call, without a frame from now on; or sends again. */
    send: (isOn) => call("send", isOn),
    /** Names of the bars that it sees; undefined before the first frame. */
    sees: async () => {
      const seen = await call("look");
      if (!seen) return undefined;
      const at = (x, y) => 4 * (y * seen.width + x);
      const pixel = (x, y) => seen.data.slice(at(x, y), at(x, y) + 3);
      return nameBars({ ...seen, pixel });
    },
    close: () => page.context().close(),
  };
}

export const FAR_BARS = "green blue red";

/** Runs inside a page: somebody before a wall, for pictures of the phone page. */
export function defineFigure() {
  window.drawFigure = (canvas, wall, shirt, skin, hair) => {
    const pen = canvas.getContext("2d");
    const [w, h] = [canvas.width, canvas.height];
    const r = Math.min(w, h) * 0.17;
    const [x, y] = [w / 2, h * 0.4];
    const blob = (colour, dx, dy, rx, ry, from = 0, to = 2 * Math.PI) => {
      pen.fillStyle = colour;
      pen.beginPath();
      pen.ellipse(x + dx * r, y + dy * r, rx * r, ry * r, 0, from, to);
      pen.fill();
    };
    const light = pen.createRadialGradient(w * 0.25, h * 0.2, 0, w * 0.25, h * 0.2, Math.max(w, h));
    light.addColorStop(0, "#fff8ea");
    light.addColorStop(0.35, wall);
    light.addColorStop(1, "#5d5346");
    pen.fillStyle = light;
    pen.fillRect(0, 0, w, h);
    blob(hair, 0, -0.15, 1.12, 1.3);
    blob(shirt, 0, 3.4, 2.5, 2.1);
    blob(skin, 0, 1.15, 0.42, 0.7);
    blob(skin, 0, 0.05, 0.92, 1.15);
    blob(hair, 0, -0.55, 0.98, 0.72, Math.PI);
    for (const side of [-1, 1]) blob("#2b211c", 0.35 * side, 0.02, 0.09, 0.12);
    blob("#a8483f", 0, 0.5, 0.34, 0.17, 0, Math.PI);
  };
}

/** Runs inside the far end's page. */
function instrument({ width, height, bars, figure }) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  const seen = Object.assign(document.createElement("video"), { muted: true, autoplay: true });
  let connection;
  /** The fingerprint of whom it talks to: with another one the page has made a new connection. */
  let known;
  let frame = 0;

  function draw() {
    if (figure) {
      window.drawFigure(canvas, "#c9b79c", "#2f5d50", "#e8bb98", "#4a2f22");
      return;
    }
    bars.forEach((colour, i) => {
      context.fillStyle = colour === "green" ? "#0f0" : colour;
      context.fillRect((i * canvas.width) / 3, 0, canvas.width / 3 + 1, canvas.height);
    });
    context.fillStyle = "white"; // no frame is like the one before
    context.fillRect((8 * frame++) % canvas.width, 0.8 * canvas.height, 16, 16);
  }
  draw();
  setInterval(draw, 1000 / 15);
  const [camera] = canvas.captureStream(15).getVideoTracks();
  const sound = new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];

  function open() {
    connection?.close();
    connection = new RTCPeerConnection();
    connection.addEventListener("track", ({ track }) => {
      if (track.kind === "video") seen.srcObject = new MediaStream([track]);
    });
  }

  async function describe(description) {
    await connection.setLocalDescription(description);
    while (connection.iceGatheringState !== "complete") {
      await new Promise((done) => {
        connection.addEventListener("icegatheringstatechange", done, { once: true });
      });
    }
    return connection.localDescription.sdp;
  }

  const fingerprintOf = (sdp) => /^a=fingerprint:(.*)$/m.exec(sdp)[1];
  const videoOf = () =>
    connection.getTransceivers().find(({ receiver, direction }) => {
      return receiver.track.kind === "video" && direction !== "stopped";
    });

  window.farEnd = {
    async answer(offer, direction = "sendrecv") {
      const isNew = known !== fingerprintOf(offer);
      known = fingerprintOf(offer);
      if (isNew) open();
      await connection.setRemoteDescription({ type: "offer", sdp: offer });
      if (isNew) connection.addTrack(sound);
      const video = videoOf();
      if (video && direction === "refused") video.stop();
      else if (video) {
        await video.sender.replaceTrack(direction === "recvonly" ? null : camera);
        video.direction = direction;
      }
      return describe(await connection.createAnswer());
    },
    async offer(isVideo) {
      if (!connection) {
        open();
        connection.addTrack(sound);
      }
      if (isVideo) connection.addTrack(camera);
      else videoOf()?.stop();
      return describe(await connection.createOffer());
    },
    accept(sdp) {
      known = fingerprintOf(sdp);
      return connection.setRemoteDescription({ type: "answer", sdp });
    },
    turn() {
      [canvas.width, canvas.height] = [canvas.height, canvas.width];
      draw();
    },
    send: (isOn) => videoOf().sender.replaceTrack(isOn ? camera : null),
    look() {
      if (!seen.videoWidth) return undefined;
      const copy = document.createElement("canvas");
      const shrink = 48 / seen.videoWidth; // bars are bars, and few pixels travel fast
      const size = { width: 48, height: Math.round(shrink * seen.videoHeight) };
      Object.assign(copy, size);
      const pen = copy.getContext("2d");
      pen.drawImage(seen, 0, 0, size.width, size.height);
      return { ...size, data: [...pen.getImageData(0, 0, size.width, size.height).data] };
    },
  };
}
