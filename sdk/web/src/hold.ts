/**
 * This side's hold of a call: what is wanted, and what has been asked for and has no answer yet. The gateway answers each
 * request by one event with the call's state, which is on hold as long as either side holds it; so the state alone does not
 * say whose hold it is. A request that got lost with the connection is made again when that is back.
 */
import { writeHold } from "./writing.js";

export class Hold {
  readonly #callId: string;
  readonly #send: (text: string) => void;
  #isWanted = false;
  #isAsked = false;

  constructor(callId: string, send: (text: string) => void) {
    this.#callId = callId;
    this.#send = send;
  }

  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** True: that is another wish than before. */
  want(isWanted: boolean): boolean {
    const isNew = isWanted !== this.#isWanted;
    this.#isWanted = isWanted;
    this.#isAsked = true;
    this.#send(writeHold(this.#callId, isWanted));
    return isNew;
  }

  /** The gateway has told the call's state. */
  onState(): void {
    this.#isAsked = false;
  }

  /** The far end did not take the change, which comes behind the state: all is as before, unless there is a newer wish. */
  onRefused(): void {
    if (!this.#isAsked) this.#isWanted = !this.#isWanted;
  }

  /** A call from before a reload: of a hold it is not known whose it is, and one's own is likelier. */
  take(isHeld: boolean): void {
    this.#isWanted = isHeld;
  }

  onReturn(): void {
    if (this.#isAsked) this.#send(writeHold(this.#callId, this.#isWanted));
  }
}
