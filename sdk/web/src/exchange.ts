/**
 * One offer to the gateway about a running call, and its answer. The gateway answers in order and gives no number: what
 * comes after an offer was given up may be the answer to that one, or, where it took both offers at once, to the newest.
 * So it counts as the answer only when no other follows.
 */
import { ZvonokError, localCause } from "./cause.js";
import type { Cause } from "./cause.js";
import { Deadline } from "./deadline.js";
import type { Clock } from "./environment.js";
import { LATE_ANSWER_MS } from "./limits.js";
import type { UpdateReason } from "./writing.js";

interface Pending {
  readonly sdp: string;
  readonly reason: UpdateReason;
  resolve(answer: string): void;
  reject(error: ZvonokError): void;
}

export class Exchange {
  readonly #limitMs: number;
  readonly #send: (sdp: string, reason: UpdateReason) => void;
  readonly #deadline: Deadline;
  #pending: Pending | undefined;
  #givenUp = 0;

  constructor(clock: Clock, limitMs: number, send: (sdp: string, reason: UpdateReason) => void) {
    this.#limitMs = limitMs;
    this.#send = send;
    this.#deadline = new Deadline(clock);
  }

  /** Sends an offer; resolves with the answer, rejects with the gateway's cause or when none comes. */
  ask(sdp: string, reason: UpdateReason): Promise<string> {
    this.#giveUp(localCause("call_timeout"));
    return new Promise((resolve, reject) => {
      this.#pending = { sdp, reason, resolve, reject };
      this.#tell(this.#pending);
    });
  }

  onAnswer(sdp: string): void {
    if (!this.#isLate()) this.#take()?.resolve(sdp);
    else if (this.#pending) this.#deadline.set(LATE_ANSWER_MS, () => this.#take()?.resolve(sdp));
  }

  /** True when it was an offer of this call that the gateway has refused. */
  onRefusal(cause: Cause): boolean {
    if (this.#isLate()) return true;
    const pending = this.#take();
    pending?.reject(new ZvonokError(cause));
    return pending !== undefined;
  }

  /**
   * The socket is gone, and with it what may have been answered. An offer to restart is worth nothing any more; one of a
   * new peer connection waits for the answer among the missed messages, or for being sent again.
   */
  onLost(): void {
    this.#givenUp = 0;
    this.#deadline.pause();
    if (this.#pending?.reason === "restart") this.#take()?.reject(lost());
  }

  onReturn(): void {
    this.#deadline.resume();
    if (this.#pending) this.#tell(this.#pending);
  }

  close(): void {
    this.#take()?.reject(lost());
  }

  #tell({ sdp, reason }: Pending): void {
    this.#deadline.set(this.#limitMs, () => this.#giveUp(localCause("call_timeout")));
    this.#send(sdp, reason);
  }

  #isLate(): boolean {
    if (!this.#givenUp) return false;
    this.#givenUp--;
    return true;
  }

  #giveUp(cause: Cause): void {
    const pending = this.#take();
    if (!pending) return;
    this.#givenUp++;
    pending.reject(new ZvonokError(cause));
  }

  #take(): Pending | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#deadline.clear();
    return pending;
  }
}

function lost(): ZvonokError {
  return new ZvonokError(localCause("gateway_lost"));
}
