/**
 * Another link that is opened beside one in doubt, so that no time is lost in waiting for an answer that cannot come. The
 * old one has a head start, in which a living one answers; on a slow path, too, it is the first to, since a new link needs
 * several round trips to open.
 */
import { Deadline } from "./deadline.js";
import type { Clock } from "./environment.js";
import { HEAD_START_MS } from "./limits.js";
import type { Link } from "./link.js";

export class Rival {
  readonly #open: () => Link;
  readonly #headStart: Deadline;
  #link: Link | undefined;

  constructor(clock: Clock, open: () => Link) {
    this.#open = open;
    this.#headStart = new Deadline(clock);
  }

  /** Is to be opened after the head start, in place of one that may be under way. */
  start(): void {
    this.stop();
    this.#headStart.set(HEAD_START_MS, () => (this.#link = this.#open()));
  }

  get isStarted(): boolean {
    return this.#headStart.isSet || this.#link !== undefined;
  }

  is(link: Link): boolean {
    return this.#link === link;
  }

  /** Hands over what is opening or open. */
  take(): Link | undefined {
    const link = this.#link;
    this.#link = undefined;
    this.stop();
    return link;
  }

  stop(): void {
    this.#headStart.clear();
    this.#link?.giveUp();
    this.#link = undefined;
  }
}
