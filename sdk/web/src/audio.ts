/**
 * A call's audio over its whole life: the first exchange of descriptions, ICE restarts when the path is lost or may be
 * another one, and joining a call anew after a reload. Only we offer, one offer at a time.
 */
import { localCause } from "./cause.js";
import type { Cause } from "./cause.js";
import { Deadline } from "./deadline.js";
import { Exchange } from "./exchange.js";
import { Flow } from "./flow.js";
import type { Line } from "./line.js";
import { Media } from "./media.js";
import { Restarts } from "./restarts.js";
import type { UpdateReason } from "./writing.js";

export interface AudioSteps {
  stream(stream: MediaStream): void;
  /** An offer for the gateway. */
  offer(sdp: string, reason: UpdateReason): void;
  /** There is no audio, and there will be none. */
  failed(cause: Cause): void;
}

export class CallAudio {
  readonly #line: Line;
  readonly #constraints: MediaStreamConstraints;
  readonly #steps: AudioSteps;
  readonly #media: Media;
  readonly #exchange: Exchange;
  readonly #restarts: Restarts;
  readonly #flow: Flow;
  /** From the exchange of descriptions to the first connection. */
  readonly #deadline: Deadline;
  #attached: boolean;
  #attaching: Promise<void> | undefined;
  #exchanged = false;
  #connected = false;
  #closed = false;

  /** `attached`: false for a call whose audio is that of a page which is gone. */
  constructor(
    line: Line,
    constraints: MediaStreamConstraints,
    attached: boolean,
    steps: AudioSteps,
  ) {
    const { environment, limits } = line;
    this.#line = line;
    this.#constraints = constraints;
    this.#attached = attached;
    this.#steps = steps;
    this.#deadline = new Deadline(environment.clock);
    this.#media = new Media(environment, limits, () => line.iceServers(), {
      stream: (stream) => steps.stream(stream),
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
      received: () => this.#media.received(),
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

  /** The offer of an outgoing call. */
  offer(): Promise<string> {
    return this.#media.offer(this.#constraints);
  }

  /** The answer to the offer of an incoming call. */
  async answer(offer: string): Promise<string> {
    const sdp = await this.#media.answer(offer, this.#constraints);
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
  attach(): Promise<void> {
    this.#attaching ??= this.#attach().finally(() => (this.#attaching = undefined));
    return this.#attaching;
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
    this.#deadline.clear();
    this.#flow.stop();
    this.#restarts.stop();
    this.#exchange.close();
    this.#media.close();
  }

  async #attach(): Promise<void> {
    try {
      const sdp = await this.#media.offer(this.#constraints);
      await this.#media.accept(await this.#exchange.ask(sdp, "reload"));
    } catch (error) {
      this.#media.discard();
      throw error;
    }
    this.#attached = true;
    this.#onExchanged();
  }

  async #restart(isWanted: () => boolean): Promise<void> {
    const sdp = await this.#media.restart();
    if (!isWanted()) return;
    await this.#media.accept(await this.#exchange.ask(sdp, "restart"));
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
