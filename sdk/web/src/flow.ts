/**
 * Notices that a call's audio stops to come in. A browser whose machine has got another address finds out by its own checks,
 * seconds later; that packets which came all the time come no more shows at once. It is a sign, no proof: a far end that
 * sends nothing while nobody speaks, that holds the call or that is gone looks the same. So who is told may ask whether
 * the gateway is still there, and no more.
 */
import { Deadline } from "./deadline.js";
import type { Clock } from "./environment.js";
import { DOUBT_PAUSE_MS, LOOK_MS, LOOKS_SILENT, LOOKS_STEADY } from "./limits.js";

export interface FlowSteps {
  /** RTP packets that have come in so far. */
  received(): Promise<number>;
  stopped(): void;
}

export class Flow {
  readonly #clock: Clock;
  readonly #steps: FlowSteps;
  readonly #next: Deadline;
  #packets = 0;
  /** Looks in a row with packets since the one before, and those without that followed. */
  #steady = 0;
  #silent = 0;
  #toldAt = -Infinity;
  #round = 0;

  constructor(clock: Clock, steps: FlowSteps) {
    this.#clock = clock;
    this.#steps = steps;
    this.#next = new Deadline(clock);
  }

  /** Begins anew: nothing is known of the flow. */
  start(): void {
    this.stop();
    this.#steady = this.#silent = 0;
    this.#wait();
  }

  stop(): void {
    this.#round++;
    this.#next.clear();
  }

  #wait(): void {
    this.#next.set(LOOK_MS, () => void this.#look(this.#round));
  }

  async #look(round: number): Promise<void> {
    const packets = await this.#steps.received().catch(() => 0);
    if (round !== this.#round) return;
    const came = packets > this.#packets;
    this.#packets = packets;
    if (came) this.#onPackets();
    else this.#onNone();
    if (round === this.#round) this.#wait();
  }

  /** What comes with pauses is not steady: its next pause says nothing. */
  #onPackets(): void {
    this.#steady = this.#silent ? 1 : Math.min(this.#steady + 1, LOOKS_STEADY);
    this.#silent = 0;
  }

  #onNone(): void {
    if (++this.#silent !== LOOKS_SILENT || this.#steady < LOOKS_STEADY) return;
    const now = this.#clock.now();
    if (now - this.#toldAt < DOUBT_PAUSE_MS) return;
    this.#toldAt = now;
    this.#steps.stopped();
  }
}
