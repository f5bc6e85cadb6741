/**
 * A call's audio and video over its whole life: the first exchange of descriptions, ICE restarts when the path is lost or
 * may be another one, joining a call anew after a reload, and the gateway's offers, by which video comes and goes.
 *
 * One exchange is under way at a time. An offer of the gateway that comes while one of ours is out waits for its end. When
 * ours is answered, the gateway's was made for a path that is no more: it is given back (`rollback`), and the gateway may
 * make it anew. When ours is refused or not answered, the gateway's is taken, and the restart tries again later.
 */
import type { VideoWish } from "./capture.js";
import { localCause } from "./cause.js";
import type { Cause } from "./cause.js";
import { Deadline } from "./deadline.js";
import { Exchange } from "./exchange.js";
import { Flow } from "./flow.js";
import type { Line } from "./line.js";
import { Media } from "./media.js";
import type { VideoDirection } from "./media.js";
import type { Pictures } from "./pictures.js";
import { Restarts } from "./restarts.js";
import { Turns } from "./turns.js";
import type { UpdateReason } from "./writing.js";

export interface MediaSteps {
  stream(stream: MediaStream): void;
  localStream(stream: MediaStream): void;
  video(): void;
  videoMuted(): void;
  pictures(pictures: Pictures): void;
  warning(cause: Cause): void;
  /** An offer for the gateway. */
  offer(sdp: string, reason: UpdateReason): void;
  /** The answer to an offer of the gateway; undefined: it cannot be taken. */
  answer(sdp: string | undefined): void;
  /** There is no audio, and there will be none. */
  failed(cause: Cause): void;
}

export class CallMedia {
  readonly #line: Line;
  readonly #constraints: MediaStreamConstraints;
  readonly #steps: MediaSteps;
  readonly #media: Media;
  readonly #exchange: Exchange;
  readonly #restarts: Restarts;
  readonly #turns = new Turns();
  readonly #flow: Flow;
  /** From the exchange of descriptions to the first connection. */
  readonly #deadline: Deadline;
  #attached: boolean;
  #attaching: Promise<void> | undefined;
  /** The gateway's offer that waits. */
  #offered: string | undefined;
  #exchanged = false;
  #connected = false;
  #closed = false;

  /** `attached`: false for a call whose audio is that of a page which is gone. */
  constructor(
    line: Line,
    constraints: MediaStreamConstraints,
    attached: boolean,
    steps: MediaSteps,
  ) {
    const { environment, limits } = line;
    this.#line = line;
    this.#constraints = constraints;
    this.#attached = attached;
    this.#steps = steps;
    this.#deadline = new Deadline(environment.clock);
    this.#media = new Media(environment, limits, () => line.iceServers(), {
      ...steps,
      connected: () => this.#onConnected(),
      interrupted: () => this.#onInterrupted(),
      failed: () => this.#onFailed(),
    });
    this.#exchange = new Exchange(environment.clock, limits.update, (sdp, reason) => {
      steps.offer(sdp, reason);
    });
    this.#restarts = new Restarts(environment.clock, limits, {
      restart: (isWanted) => this.#restart(isWanted),
      isConnected: () => this.#media.connected,
      giveUp: () => steps.failed(localCause("media_failed")),
    });
    this.#flow = new Flow(environment.clock, {
      received: () => this.#media.packetsReceived(),
      stopped: () => line.canResume() && line.doubt(),
    });
  }

  get attached(): boolean {
    return this.#attached;
  }

  get muted(): boolean {
    return this.#media.muted;
  }

  set muted(muted: boolean) {
    this.#media.muted = muted;
  }

  get localStream(): MediaStream | undefined {
    return this.#media.own;
  }

  get remoteStream(): MediaStream | undefined {
    return this.#media.received;
  }

  get videoDirection(): VideoDirection | undefined {
    return this.#media.direction;
  }

  get isVideoMuted(): boolean {
    return this.#media.camera.isMuted;
  }

  muteVideo(): void {
    this.#media.camera.mute();
  }

  unmuteVideo(): Promise<void> {
    return this.#media.camera.unmute();
  }

  switchCamera(): Promise<void> {
    return this.#media.camera.switch();
  }

  /** The offer of an outgoing call. */
  offer(video: VideoWish | undefined): Promise<string> {
    return this.#media.offer(this.#constraints, video);
  }

  /** The answer to the offer of an incoming call. */
  async answer(offer: string, video: VideoWish | undefined): Promise<string> {
    const sdp = await this.#media.answer(offer, this.#constraints, video);
    this.#onExchanged();
    return sdp;
  }

  /** Takes the answer to `offer`. */
  async accept(answer: string): Promise<void> {
    this.#setDeadline();
    await this.#media.accept(answer);
    this.#exchanged = true;
  }

  /** Joins a call by a new peer connection; what has failed can be tried again. */
  attach(hasVideo: boolean, video: VideoWish | undefined): Promise<void> {
    this.#attaching ??= this.#turns
      .take(() => this.#attach(hasVideo, video))
      .finally(() => (this.#attaching = undefined));
    return this.#attaching;
  }

  /** An offer of the gateway in a running call. Of two that wait the last one counts; each gets its answer. */
  onOffer(sdp: string): void {
    if (this.#offered !== undefined) this.#steps.answer(undefined);
    this.#offered = sdp;
    void this.#turns.take(() => this.#follow());
  }

  onAnswer(sdp: string): void {
    this.#exchange.onAnswer(sdp);
  }

  /** True when it was an offer of ours that was refused. */
  onRefusal(cause: Cause): boolean {
    return this.#exchange.onRefusal(cause);
  }

  onNetworkChanged(): void {
    if (this.#exchanged) this.#restarts.onNetworkChanged();
  }

  /** The gateway is away. */
  onLost(): void {
    this.#deadline.pause();
    this.#flow.stop();
    this.#restarts.stop();
    this.#offered = undefined;
    this.#exchange.onLost();
  }

  onReturn(): void {
    if (this.#closed) return;
    this.#deadline.resume();
    this.#exchange.onReturn();
    if (this.#connected) this.#flow.start();
    if (this.#exchanged) this.#restarts.onReturn();
  }

  close(): void {
    this.#closed = true;
    this.#offered = undefined;
    this.#deadline.clear();
    this.#flow.stop();
    this.#restarts.stop();
    this.#exchange.close();
    this.#media.close();
  }

  async #attach(hasVideo: boolean, video: VideoWish | undefined): Promise<void> {
    try {
      const sdp = await this.#media.offer(this.#constraints, hasVideo && video, hasVideo);
      await this.#media.accept(await this.#ask(sdp, "reload"));
    } catch (error) {
      this.#media.discard();
      throw error;
    }
    this.#attached = true;
    this.#onExchanged();
  }

  #restart(isWanted: () => boolean): Promise<void> {
    return this.#turns.take(async () => {
      if (!isWanted()) return;
      const sdp = await this.#media.restart();
      if (!isWanted()) return;
      await this.#media.accept(await this.#ask(sdp, "restart"));
    });
  }

  async #ask(sdp: string, reason: UpdateReason): Promise<string> {
    const answer = await this.#exchange.ask(sdp, reason);
    if (this.#offered !== undefined) this.#steps.answer(undefined);
    this.#offered = undefined;
    return answer;
  }

  async #follow(): Promise<void> {
    const offer = this.#offered;
    this.#offered = undefined;
    if (offer === undefined) return;
    try {
      if (!this.#exchanged) throw new Error("there is nothing yet that could be changed");
      this.#steps.answer(await this.#media.follow(offer));
    } catch {
      if (!this.#closed) this.#steps.answer(undefined);
    }
  }

  #onExchanged(): void {
    this.#exchanged = true;
    this.#setDeadline();
  }

  #onConnected(): void {
    this.#connected = true;
    this.#deadline.clear();
    if (this.#line.isUp()) this.#flow.start();
    this.#restarts.onConnected();
  }

  #onInterrupted(): void {
    if (!this.#line.canResume()) return;
    this.#line.doubt();
    this.#restarts.onInterrupted();
  }

  /** While the gateway is away that is no wonder, and its return comes first. */
  #onFailed(): void {
    const { canResume, isUp } = this.#line;
    if (canResume() && (this.#connected || !isUp())) this.#onInterrupted();
    else this.#steps.failed(localCause("media_failed"));
  }

  #setDeadline(): void {
    if (this.#connected || this.#closed) return;
    this.#deadline.set(this.#line.limits.media, () => {
      this.#steps.failed(localCause("media_failed"));
    });
  }
}
