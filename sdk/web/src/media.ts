/**
 * One call's peer connection: audio only, candidates of the gateway inside its description and none of ours. After the
 * first exchange only we offer again (`restart`), so that offers never cross. All steps are bounded; `close` may come at
 * any moment, also between two of them.
 */
import { ZvonokError, localCause, microphoneCause } from "./cause.js";
import type { BrowserCause } from "./causes.js";
import type { Environment } from "./environment.js";
import type { Limits } from "./limits.js";

export interface MediaEvents {
  stream(stream: MediaStream): void;
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
  #connection: RTCPeerConnection | undefined;
  #microphone: MediaStream | undefined;
  #muted = false;
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
  }

  get connected(): boolean {
    return this.#connection?.connectionState === "connected";
  }

  /** Opens the microphone and makes the offer of a new peer connection. */
  async offer(constraints: MediaStreamConstraints): Promise<string> {
    const microphone = await this.#openMicrophone(constraints);
    return this.#setUp(async (connection) => {
      addTracks(connection, microphone);
      await connection.setLocalDescription(await connection.createOffer());
    });
  }

  /** Opens the microphone and answers the offer of an incoming call. */
  async answer(offer: string, constraints: MediaStreamConstraints): Promise<string> {
    const microphone = await this.#openMicrophone(constraints);
    return this.#setUp(async (connection) => {
      await connection.setRemoteDescription({ type: "offer", sdp: offer });
      addTracks(connection, microphone);
      await connection.setLocalDescription(await connection.createAnswer());
    });
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
  }

  /** How many RTP packets of audio have come in so far. */
  async received(): Promise<number> {
    const receivers = this.#connection?.getReceivers() ?? [];
    const stats = await receivers.find(({ track }) => track.kind === "audio")?.getStats();
    let packets = 0;
    stats?.forEach((report: { type: string; packetsReceived?: number }) => {
      if (report.type === "inbound-rtp") packets += report.packetsReceived ?? 0;
    });
    return packets;
  }

  get muted(): boolean {
    return this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    for (const track of this.#microphone?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  close(): void {
    if (this.#closed) return;
    this.discard();
    this.#closed = true;
  }

  /** Lets go of microphone and connection, which may be opened anew. */
  discard(): void {
    stopTracks(this.#microphone);
    this.#connection?.close();
    this.#microphone = this.#connection = undefined;
  }

  async #openMicrophone(constraints: MediaStreamConstraints): Promise<MediaStream> {
    const { getUserMedia } = this.#environment;
    if (!getUserMedia) throw new ZvonokError(localCause("insecure_page"));
    let isAwaited = true;
    const asked = getUserMedia(constraints);
    asked.then(
      (stream) => (this.#closed || !isAwaited) && stopTracks(stream),
      () => undefined,
    );
    try {
      const { microphone } = this.#limits;
      this.#microphone = await this.#bounded(asked, microphone, "microphone_timeout");
    } catch (error) {
      isAwaited = false; // the person may allow it later; then nothing would close it
      throw new ZvonokError(microphoneCause(error));
    }
    if (this.#closed) stopTracks(this.#microphone);
    this.muted = this.#muted;
    return this.#microphone;
  }

  async #setUp(steps: (connection: RTCPeerConnection) => Promise<void>): Promise<string> {
    try {
      const connection = this.#connection ?? this.#open();
      await this.#bounded(steps(connection), this.#limits.setup, "browser_media");
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
    connection.ontrack = (event) => {
      this.#events.stream(event.streams[0] ?? this.#environment.newStream(event.track));
    };
    connection.onconnectionstatechange = () => {
      if (this.#connection !== connection) return;
      if (connection.connectionState === "connected") this.#events.connected();
      if (connection.connectionState === "disconnected") this.#events.interrupted();
      if (connection.connectionState === "failed") this.#events.failed();
    };
    return connection;
  }

  #bounded<T>(work: Promise<T>, ms: number, cause: BrowserCause): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#environment.clock.after(ms, () => {
        reject(new ZvonokError(localCause(cause)));
      });
      work.then(resolve, reject).finally(cancel);
    });
  }
}

function addTracks(connection: RTCPeerConnection, stream: MediaStream): void {
  for (const track of stream.getTracks()) connection.addTrack(track, stream);
}

function stopTracks(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
