/**
 * When a session that has lost its gateway tries again: after a wait that doubles from try to try, with jitter, so that
 * the clients of a gateway that was restarted do not come all at once; at once when the browser says that the network is
 * back or another one; and no longer than the gateway keeps the session. A return that lasts for a moment only does not
 * begin the waits anew: something on the way may cut each connection as soon as it is up.
 */
import { Deadline } from "./deadline.js";
import type { Environment } from "./environment.js";
import type { Limits } from "./limits.js";
import { FIRST_RETURN_MS, LONGEST_RETURN_MS, NETWORK_CALM_MS, NETWORK_TRIES } from "./limits.js";

export interface ReconnectSteps {
  /** Opens a link in place of one that may be opening; `failed` is to be called when that comes to nothing. */
  attempt(): void;
  giveUp(): void;
}

export class Reconnect {
  readonly #environment: Environment;
  readonly #limits: Limits;
  readonly #steps: ReconnectSteps;
  readonly #next: Deadline;
  readonly #end: Deadline;
  readonly #calm: Deadline;
  #tries = 0;
  #stoppedAt = 0;
  #changed = false;

  constructor(environment: Environment, limits: Limits, steps: ReconnectSteps) {
    this.#environment = environment;
    this.#limits = limits;
    this.#steps = steps;
    this.#next = new Deadline(environment.clock);
    this.#end = new Deadline(environment.clock);
    this.#calm = new Deadline(environment.clock);
  }

  get isRunning(): boolean {
    return this.#end.isSet;
  }

  /** Begins to try: now, or after the first wait. */
  start(when: "now" | "soon"): void {
    if (this.#environment.clock.now() - this.#stoppedAt >= LONGEST_RETURN_MS) this.#tries = 0;
    this.prolong();
    if (when === "now") this.#try();
    else this.#wait();
  }

  /** Whoever answers that it is about to restart is worth the whole time again. */
  prolong(): void {
    this.#end.set(this.#limits.resume, () => {
      this.stop();
      this.#steps.giveUp();
    });
  }

  failed(): void {
    if (this.isRunning) this.#wait();
  }

  /**
   * The last wait was for another network. Events that come in a burst start one try, and one more at its end. An event may
   * come before the network has an address: the first waits are shorter than usual.
   */
  networkChanged(): void {
    if (!this.isRunning) return;
    if (this.#calm.isSet) {
      this.#changed = true;
      return;
    }
    this.#calm.set(NETWORK_CALM_MS, () => {
      if (this.#changed) this.networkChanged();
    });
    this.#changed = false;
    this.#tries = NETWORK_TRIES;
    this.#try();
  }

  stop(): void {
    this.#stoppedAt = this.#environment.clock.now();
    this.#next.clear();
    this.#end.clear();
    this.#calm.clear();
    this.#changed = false;
  }

  #wait(): void {
    const ms = Math.min(FIRST_RETURN_MS * 2 ** this.#tries, LONGEST_RETURN_MS);
    this.#tries++;
    const jitter = 0.75 + this.#environment.random() / 2;
    this.#next.set(ms * jitter, () => this.#try());
  }

  #try(): void {
    this.#next.set(this.#limits.connect, () => this.#wait());
    this.#steps.attempt();
  }
}
