/**
 * One call's peer connection: audio, and video where both sides want it; candidates of the gateway inside its description
 * and none of ours. All steps are bounded; `close` may come at any moment, also between two of them.
 *
 * Video is agreed on for both directions wherever it can be, with a camera or without: then a camera that is switched on
 * later only has to be put in its place.
 */
import { Camera } from "./camera.js";
import { Capture, readWish, stopTracks } from "./capture.js";
import type { VideoWish } from "./capture.js";
import { ZvonokError, localCause } from "./cause.js";
import type { Cause } from "./cause.js";
import type { Environment } from "./environment.js";
import type { Limits } from "./limits.js";
import { PictureWatch } from "./pictures.js";
import type { Pictures } from "./pictures.js";
import { refuseVideo } from "./refuse.js";

/** What was agreed on for the picture, as the browser sees it: `recvonly`, we see the far end and are not seen. */
export type VideoDirection = "sendrecv" | "sendonly" | "recvonly";

export interface MediaEvents {
  /** The far end's tracks, when one has come. */
  stream(stream: MediaStream): void;
  /** Our own tracks, when one has come or gone. */
  localStream(stream: MediaStream): void;
  /** There is video now, or none any more, or in another direction. */
  video(): void;
  /** The camera was switched off or on. */
  videoMuted(): void;
  pictures(pictures: Pictures): void;
  warning(cause: Cause): void;
  connected(): void;
  /** No sign of life on the path; it may come back by itself. */
  interrupted(): void;
  failed(): void;
}

export class Media {
  readonly #environment: Environment;
  readonly #limits: Limits;
  readonly #iceServers: () => RTCIceServer[];
  readonly #events: MediaEvents;
  readonly #capture: Capture;
  readonly #camera: Camera;
  readonly #watch: PictureWatch;
  #connection: RTCPeerConnection | undefined;
  #own: MediaStream | undefined;
  #received: MediaStream | undefined;
  #direction: VideoDirection | undefined;
  #muted = false;
  #videoMuted = true;
  #closed = false;

  constructor(
    environment: Environment,
    limits: Limits,
    iceServers: () => RTCIceServer[],
    events: MediaEvents,
  ) {
    this.#environment = environment;
    this.#limits = limits;
    this.#iceServers = iceServers;
    this.#events = events;
    this.#capture = new Capture(environment, limits);
    this.#camera = new Camera(environment, this.#capture, {
      sender: () => this.#sender(),
      changed: () => this.#onCamera(),
      lost: (cause) => events.warning(cause),
    });
    this.#watch = new PictureWatch(environment.clock, (pictures) => events.pictures(pictures));
  }

  get connected(): boolean {
    return this.#connection?.connectionState === "connected";
  }

  get own(): MediaStream | undefined {
    return this.#own;
  }

  get received(): MediaStream | undefined {
    return this.#received;
  }

  /** Undefined: no video. Before the first exchange: what is asked for. */
  get direction(): VideoDirection | undefined {
    return this.#direction;
  }

  get camera(): Camera {
    return this.#camera;
  }

  get muted(): boolean {
    return this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    for (const track of this.#own?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  /**
   * Opens the microphone and, if wanted, the camera, and makes the offer of a new peer connection. `keepsVideo`: video
   * is offered in any case, since the call has it.
   */
  async offer(
    audio: MediaStreamConstraints,
    wish?: VideoWish,
    keepsVideo = false,
  ): Promise<string> {
    const own = await this.#openOwn(audio, wish);
    const sdp = await this.#setUp(async (connection) => {
      addTracks(connection, own);
      const hasCamera = own.getVideoTracks().length > 0;
      if (keepsVideo && !hasCamera) connection.addTransceiver("video", { direction: "sendrecv" });
      await connection.setLocalDescription(await connection.createOffer());
    });
    this.#setDirection(videoOf(this.#connection) ? "sendrecv" : undefined);
    return sdp;
  }

  /** Answers the offer of an incoming call. Without a camera that is wanted its video is refused. */
  async answer(offer: string, audio: MediaStreamConstraints, wish?: VideoWish): Promise<string> {
    const own = await this.#openOwn(audio, offersVideo(offer) && wish);
    const sdp = await this.#setUp(async (connection) => {
      await connection.setRemoteDescription({ type: "offer", sdp: offer });
      addTracks(connection, own);
      const isRefused = own.getVideoTracks().length === 0;
      if (isRefused) videoOf(connection)?.stop();
      const { type, sdp = "" } = await connection.createAnswer();
      await connection.setLocalDescription({ type, sdp: isRefused ? refuseVideo(sdp) : sdp });
    });
    this.#onAgreed();
    return sdp;
  }

  /** An offer by which the same peer connection looks for a new path, also from another address. */
  restart(): Promise<string> {
    return this.#setUp(async (connection) => {
      connection.setConfiguration({ iceServers: this.#iceServers() });
      await connection.setLocalDescription(await connection.createOffer({ iceRestart: true }));
    });
  }

  /** Takes the gateway's answer to `offer` or `restart`. */
  async accept(answer: string): Promise<void> {
    await this.#setUp((connection) =>
      connection.setRemoteDescription({ type: "answer", sdp: answer }),
    );
    this.#onAgreed();
  }

  /**
   * Answers the gateway's offer in a running call, by which video comes or goes. The camera stays as it is: closed,
   * where the far end is the one who begins.
   */
  async follow(offer: string): Promise<string> {
    const sdp = await this.#setUp(async (connection) => {
      await connection.setRemoteDescription({ type: "offer", sdp: offer });
      const video = videoOf(connection);
      if (video?.direction === "recvonly") video.direction = "sendrecv";
      await connection.setLocalDescription(await connection.createAnswer());
    });
    this.#onAgreed();
    return sdp;
  }

  /** How many RTP packets of audio have come in so far. */
  async packetsReceived(): Promise<number> {
    const receivers = this.#connection?.getReceivers() ?? [];
    const stats = await receivers.find(({ track }) => track.kind === "audio")?.getStats();
    let packets = 0;
    stats?.forEach((report: { type: string; packetsReceived?: number }) => {
      if (report.type === "inbound-rtp") packets += report.packetsReceived ?? 0;
    });
    return packets;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#capture.close();
    this.discard();
  }

  /** Lets go of microphone, camera and connection, which may be opened anew. */
  discard(): void {
    const own = this.#own;
    this.#own = this.#received = undefined;
    this.#camera.close();
    stopTracks(own);
    this.#watch.watch(undefined);
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #openOwn(audio: MediaStreamConstraints, wish?: VideoWish): Promise<MediaStream> {
    const camera = readWish(wish);
    const { stream, lack } = await this.#capture.openBoth(audio, camera);
    this.#own = stream;
    if (this.#closed) stopTracks(stream);
    this.muted = this.#muted;
    const [track] = stream.getVideoTracks();
    if (track && camera) this.#camera.take(track, camera);
    this.#events.localStream(stream);
    if (lack) this.#events.warning(lack);
    return stream;
  }

  async #setUp(steps: (connection: RTCPeerConnection) => Promise<void>): Promise<string> {
    try {
      const connection = this.#connection ?? this.#open();
      await this.#bounded(steps(connection));
      return connection.localDescription?.sdp ?? "";
    } catch (error) {
      if (!this.#closed) console.error("zvonok: peer connection", error);
      throw new ZvonokError(localCause("browser_media"));
    }
  }

  #open(): RTCPeerConnection {
    if (this.#closed) throw new ZvonokError(localCause("browser_media"));
    const connection = this.#environment.newPeerConnection({ iceServers: this.#iceServers() });
    this.#connection = connection;
    connection.ontrack = ({ track }) => {
      if (this.#connection === connection) this.#onTrack(track);
    };
    connection.onconnectionstatechange = () => {
      if (this.#connection !== connection) return;
      if (connection.connectionState === "connected") this.#events.connected();
      if (connection.connectionState === "disconnected") this.#events.interrupted();
      if (connection.connectionState === "failed") this.#events.failed();
    };
    return connection;
  }

  /** All that comes is in one stream, whichever streams the gateway names: a page has one place for it. */
  #onTrack(track: MediaStreamTrack): void {
    this.#received ??= this.#environment.newStream();
    putTrack(this.#received, track, track.kind);
    this.#events.stream(this.#received);
  }

  #onCamera(): void {
    const own = this.#own;
    if (own && putTrack(own, this.#camera.track, "video")) this.#events.localStream(own);
    if (this.#videoMuted === this.#camera.isMuted) return;
    this.#videoMuted = this.#camera.isMuted;
    if (!this.#closed) this.#events.videoMuted();
  }

  /** A camera that nobody looks through is closed, so that its light goes out. */
  #onAgreed(): void {
    const direction = videoOf(this.#connection)?.currentDirection;
    const isVideo =
      direction === "sendrecv" || direction === "sendonly" || direction === "recvonly";
    if (!isVideo || direction === "recvonly") this.#camera.close();
    this.#watch.watch(isVideo ? this.#connection : undefined);
    this.#setDirection(isVideo ? direction : undefined);
  }

  #setDirection(direction: VideoDirection | undefined): void {
    if (this.#direction === direction || this.#closed) return;
    this.#direction = direction;
    this.#events.video();
  }

  #sender(): RTCRtpSender | undefined {
    const sends = this.#direction === "sendrecv" || this.#direction === "sendonly";
    return sends ? videoOf(this.#connection)?.sender : undefined;
  }

  #bounded<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#environment.clock.after(this.#limits.setup, () => {
        reject(new ZvonokError(localCause("browser_media")));
      });
      work.then(resolve, reject).finally(cancel);
    });
  }
}

/** The description has an m-line of video that is not refused (by port 0: RFC 3264 §6). */
export function offersVideo(sdp: string): boolean {
  return /^m=video (?!0 )/m.test(sdp);
}

/** The one place for video in the connection; one that was stopped is none any more. */
function videoOf(connection: RTCPeerConnection | undefined): RTCRtpTransceiver | undefined {
  return connection
    ?.getTransceivers()
    .find(({ receiver, direction }) => receiver.track.kind === "video" && direction !== "stopped");
}

function addTracks(connection: RTCPeerConnection, stream: MediaStream): void {
  for (const track of stream.getTracks()) connection.addTrack(track, stream);
}

/** One track of a kind: a new one takes the place of that before it. True when something has changed. */
function putTrack(stream: MediaStream, track: MediaStreamTrack | undefined, kind: string): boolean {
  const before = stream.getTracks().filter((one) => one.kind === kind);
  if (before.length === (track ? 1 : 0) && before[0] === track) return false;
  for (const one of before) stream.removeTrack(one);
  if (track) stream.addTrack(track);
  return true;
}
