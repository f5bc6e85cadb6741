/** One wait at a time, which stands still while the gateway is away: what it waits for cannot come then. */
import type { Clock } from "./environment.js";

const nothing = (): void => undefined;

export class Deadline {
  readonly #clock: Clock;
  #wait: { readonly ms: number; readonly action: () => void } | undefined;
  #paused = false;
  #cancel = nothing;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isSet(): boolean {
    return this.#wait !== undefined;
  }

  /** Runs `action` in `ms` milliseconds, in place of what was set before. */
  set(ms: number, action: () => void): void {
    this.#cancel();
    this.#wait = { ms, action };
    this.#start();
  }

  clear(): void {
    this.#cancel();
    this.#wait = undefined;
  }

  pause(): void {
    this.#paused = true;
    this.#cancel();
  }

  /** The whole wait begins again. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#start();
  }

  #start(): void {
    const wait = this.#wait;
    if (!wait || this.#paused) return;
    this.#cancel = this.#clock.after(wait.ms, () => {
      this.#wait = undefined;
      wait.action();
    });
  }
}
