/**
 * Brings a call's audio back by ICE restarts: after the session has returned, when the path is interrupted, when the
 * network has changed. One is under way at a time; between two there is a pause; all of them together have a limit.
 */
import { Deadline } from "./deadline.js";
import type { Clock } from "./environment.js";
import type { Limits } from "./limits.js";

export interface RestartSteps {
  /** Makes the offer, has it answered while it is still wanted, applies the answer. Rejects when any of it fails. */
  restart(isWanted: () => boolean): Promise<void>;
  isConnected(): boolean;
  /** The audio did not come back in time. */
  giveUp(): void;
}

export class Restarts {
  readonly #limits: Limits;
  readonly #steps: RestartSteps;
  readonly #retry: Deadline;
  readonly #outage: Deadline;
  #round = 0;
  #busy = false;
  #again = false;
  #off = false;

  constructor(clock: Clock, limits: Limits, steps: RestartSteps) {
    this.#limits = limits;
    this.#steps = steps;
    this.#retry = new Deadline(clock);
    this.#outage = new Deadline(clock);
  }

  /** The path is interrupted. */
  onInterrupted(): void {
    if (this.#off) return;
    this.#watchOutage();
    if (!this.#busy && !this.#retry.isSet) void this.#run();
  }

  /** The path may be another one from now on, and an offer under way does not know it yet. */
  onNetworkChanged(): void {
    if (this.#off) return;
    if (this.#busy || this.#retry.isSet) this.#again = true;
    else void this.#run();
  }

  onConnected(): void {
    this.#outage.clear();
    if (!this.#busy && !this.#again) this.#retry.clear();
  }

  /** The gateway is away, or the call is over: nothing is under way any more. */
  stop(): void {
    this.#off = true;
    this.#round++;
    this.#busy = this.#again = false;
    this.#retry.clear();
    this.#outage.clear();
  }

  /** The gateway is there again. */
  onReturn(): void {
    this.#off = false;
    if (!this.#steps.isConnected()) this.#watchOutage();
    void this.#run();
  }

  #watchOutage(): void {
    if (this.#outage.isSet) return;
    this.#outage.set(this.#limits.repair, () => {
      this.stop();
      this.#steps.giveUp();
    });
  }

  async #run(): Promise<void> {
    const round = ++this.#round;
    this.#busy = true;
    this.#again = false;
    try {
      await this.#steps.restart(() => round === this.#round);
    } catch {
      // The call stays as it was; whether that is well, the connection's own state tells.
    }
    if (round === this.#round) this.#onDone();
  }

  #onDone(): void {
    this.#busy = false;
    if (this.#steps.isConnected() && !this.#again) {
      this.#outage.clear();
      return;
    }
    this.#retry.set(this.#limits.retry, () => {
      if (this.#again || !this.#steps.isConnected()) void this.#run();
    });
  }
}
