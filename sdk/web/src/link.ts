/**
 * One socket to the gateway. It is watched: when nothing is heard, the gateway is asked, then given up. A link that has
 * been closed or lost is deaf; a session that returns opens another.
 *
 * The code of a socket's end is a message to the gateway: 1000 says good-bye, and with it session and calls end. A socket
 * that is given up says another one, since the network may be back before the session is, and deliver it after all.
 */
import { localCause } from "./cause.js";
import type { Cause } from "./cause.js";
import type { Environment, Socket } from "./environment.js";
import { parseMessage } from "./wire.js";
import type { Received } from "./wire.js";
import { writePing } from "./writing.js";

export interface LinkEvents {
  opened(): void;
  message(message: Received): void;
  /** Once, and not after `close` or `giveUp`. */
  lost(cause: Cause): void;
}

const GOOD_BYE = 1000;
/** RFC 6455 §7.4.2: of private use, the range that browsers let pages choose from. */
const GIVEN_UP = 4000;

const nothing = (): void => undefined;

export class Link {
  readonly #clock: Environment["clock"];
  readonly #events: LinkEvents;
  readonly #socket: Socket;
  #silence: number;
  #opened = false;
  #over = false;
  #probed: (() => void)[] | undefined;
  #cancelWatch = nothing;

  /** `silence`: after so many milliseconds without a message the link is lost. Throws when `url` is none. */
  constructor(environment: Environment, url: string, silence: number, events: LinkEvents) {
    this.#clock = environment.clock;
    this.#events = events;
    this.#silence = silence;
    this.#socket = environment.openSocket(url, {
      open: () => this.#onOpen(),
      message: (text) => this.#onMessage(text),
      close: () => this.#onClose(),
    });
  }

  get isOpen(): boolean {
    return this.#opened && !this.#over;
  }

  send(text: string): void {
    if (!this.#over) this.#socket.send(text);
  }

  set silence(ms: number) {
    this.#silence = ms;
    this.#watch();
  }

  /** Asks for a sign of life, runs `alive` when it comes, and is lost when it does not come within `ms`. */
  probe(ms: number, alive: () => void = nothing): void {
    if (!this.#opened || this.#over) return;
    if (this.#probed) {
      this.#probed.push(alive);
      return;
    }
    this.#probed = [alive];
    this.send(writePing());
    this.#waitFor(ms, () => this.#lose(localCause("gateway_silent")));
  }

  /** Says good-bye: the session is over. */
  close(): void {
    this.#finish(GOOD_BYE);
  }

  /** The session goes on in another link. */
  giveUp(): void {
    this.#finish(GIVEN_UP);
  }

  #finish(code: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelWatch();
    this.#socket.close(code);
  }

  #onOpen(): void {
    if (this.#over) return;
    this.#opened = true;
    this.#watch();
    this.#events.opened();
  }

  #onMessage(text: string): void {
    if (this.#over) return;
    const probed = this.#probed ?? [];
    this.#probed = undefined;
    this.#watch();
    this.#events.message(parseMessage(text));
    for (const alive of probed) if (!this.#over) alive();
  }

  #onClose(): void {
    if (this.#over) return;
    this.#lose(
      this.#opened
        ? localCause("gateway_lost")
        : localCause("gateway_unreachable", { field: "url" }),
    );
  }

  #lose(cause: Cause): void {
    this.giveUp();
    this.#events.lost(cause);
  }

  #watch(): void {
    if (!this.#opened || this.#over) return;
    const half = this.#silence / 2;
    this.#waitFor(half, () => this.probe(half));
  }

  #waitFor(ms: number, action: () => void): void {
    this.#cancelWatch();
    this.#cancelWatch = this.#clock.after(ms, action);
  }
}
