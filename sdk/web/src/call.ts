/**
 * One call as the browser sees it.
 *
 *     outgoing:  CONNECTING ──► RINGING ──► ACTIVE ◄──► HELD          any state ──► ENDED
 *     incoming:  RINGING ──► CONNECTING (after answer) ──► ACTIVE ◄──► HELD
 *
 * The gateway's reports drive it. Every state but ACTIVE, HELD and ENDED has a deadline here as well, longer than the
 * gateway's own; ACTIVE and HELD end with the gateway's report, with the audio, or with the session.
 */
import { ZvonokError, localCause } from "./cause.js";
import type { Cause } from "./cause.js";
import type { BrowserCause } from "./causes.js";
import { Emitter } from "./emitter.js";
import type { Environment } from "./environment.js";
import type { Limits } from "./limits.js";
import { Media } from "./media.js";
import type { CallReport, EndReport } from "./wire.js";
import { writeAnswer, writeCall, writeHangup } from "./wire.js";

export type CallState = "CONNECTING" | "RINGING" | "ACTIVE" | "HELD" | "ENDED";

export interface CallOptions {
  /** Number, user part or address of the one to call. */
  readonly callee: string;
  /** The name that the other side is to see; absent: the session's. */
  readonly visibleName?: string;
  /** What to ask the browser for; absent: `{ audio: true }`. */
  readonly constraints?: MediaStreamConstraints;
}

export interface CallEvents {
  state: CallState;
  /** The far end's audio: attach it to an element. It may come before the answer. */
  stream: MediaStream;
  muted: boolean;
  /** After the end, and only from a gateway that gives it. */
  report: EndReport;
}

/** What a call needs of its session. */
export interface Line {
  readonly environment: Environment;
  readonly limits: Limits;
  readonly login: string;
  send(text: string): void;
  started(call: ZvonokCall): void;
  ended(call: ZvonokCall): void;
}

export interface CallOrigin {
  readonly callId: string;
  readonly incoming: boolean;
  readonly caller: string;
  readonly callee: string;
  readonly visibleName: string | undefined;
  readonly constraints: MediaStreamConstraints;
  /** The gateway's offer of an incoming call. */
  readonly offer: string | undefined;
}

const nothing = (): void => undefined;

export class ZvonokCall extends Emitter<CallEvents> {
  readonly id: string;
  readonly incoming: boolean;
  readonly caller: string;
  readonly callee: string;
  /** The far end as a person should see it. */
  readonly remoteName: string;

  readonly #line: Line;
  readonly #origin: CallOrigin;
  readonly #media: Media;
  #state: CallState;
  #cause: Cause | undefined;
  #report: EndReport | undefined;
  #fault: Cause | undefined;
  #begun = false;
  #told = false;
  #answered = false;
  #described = false;
  #connected = false;
  #hangingUp = false;
  #cancelDeadline = nothing;
  #cancelMediaDeadline = nothing;

  /** @internal Made by a session. */
  constructor(line: Line, origin: CallOrigin) {
    super();
    this.#line = line;
    this.#origin = origin;
    this.id = origin.callId;
    this.incoming = origin.incoming;
    this.caller = origin.caller;
    this.callee = origin.callee;
    this.remoteName = origin.incoming ? origin.visibleName || origin.caller : origin.callee;
    this.#state = origin.incoming ? "RINGING" : "CONNECTING";
    this.#media = new Media(line.environment, line.limits, {
      stream: (stream) => this.emit("stream", stream),
      connected: () => this.#onConnected(),
      failed: () => this.#fail(localCause("media_failed")),
    });
    if (origin.incoming) {
      this.#begun = this.#told = true;
      line.started(this);
      this.#setDeadline(line.limits.incoming, "no_answer");
    }
  }

  get state(): CallState {
    return this.#state;
  }

  /** Why the call ended; undefined until then. */
  get cause(): Cause | undefined {
    return this.#cause;
  }

  /** The gateway's report of this call; undefined until it came. It comes shortly after the end, or never. */
  get report(): EndReport | undefined {
    return this.#report;
  }

  get muted(): boolean {
    return this.#media.muted;
  }

  set muted(muted: boolean) {
    if (muted === this.#media.muted) return;
    this.#media.muted = muted;
    this.emit("muted", muted);
  }

  /** Starts an outgoing call: opens the microphone and asks the gateway. How it goes is told by `state` events. */
  call(): void {
    if (this.incoming || this.#begun) throw new Error("this call was started before");
    this.#begun = true;
    this.#line.started(this);
    if (this.#state !== "ENDED") void this.#offer();
  }

  /** Answers an incoming call; without effect when it has been answered or has ended. */
  answer(): void {
    if (!this.incoming) throw new Error("only an incoming call can be answered");
    if (this.#answered || this.#hangingUp || this.#state === "ENDED") return;
    this.#answered = true;
    this.#cancelDeadline();
    this.#become("CONNECTING");
    void this.#answer();
  }

  /** Ends the call, or declines an incoming one. The microphone is closed at once. */
  hangup(): void {
    if (this.#hangingUp || this.#state === "ENDED") return;
    this.#hangingUp = true;
    if (!this.#told) {
      this.#end(localCause("normal"));
      return;
    }
    this.#media.close();
    this.#cancelMediaDeadline();
    this.#line.send(writeHangup(this.id));
    this.#setDeadline(this.#line.limits.hangup, "normal");
  }

  /** @internal A report of the gateway about this call. */
  onReport(report: CallReport): void {
    if (this.#state === "ENDED") return;
    switch (report.status) {
      case "FINISH":
      case "FAILED":
      case "BUSY":
        this.#end({ ...report.cause, ...this.#fault });
        return;
      case "TRYING":
      case "RING":
      case "RING_MEDIA":
      case "SESSION_PROGRESS":
        this.#onProgress(report.status);
        return;
      case "ESTABLISHED":
        this.#onTalk("ACTIVE");
        return;
      case "HOLD":
        this.#onTalk("HELD");
        return;
    }
  }

  /** @internal What the gateway has found wrong with the call, in more detail than the end that follows it. */
  onFault(cause: Cause): void {
    this.#fault = cause;
  }

  /** @internal The gateway's description for an outgoing call; a second one is not for us. */
  onRemoteSdp(sdp: string): void {
    if (this.incoming || !this.#told || this.#described || this.#hangingUp || !sdp) return;
    this.#described = true;
    void this.#accept(sdp);
  }

  /** @internal */
  onEndReport(report: EndReport): void {
    if (this.#state !== "ENDED" || this.#report) return;
    this.#report = report;
    this.emit("report", report);
  }

  /** @internal The session has ended. */
  onSessionEnd(cause: Cause): void {
    this.#end(cause);
  }

  async #offer(): Promise<void> {
    try {
      const sdp = await this.#media.offer(this.#origin.constraints);
      if (this.#state === "ENDED") return;
      const { callId, callee, visibleName } = this.#origin;
      const caller = this.#line.login;
      this.#told = true;
      this.#setDeadline(this.#line.limits.trying, "call_timeout");
      this.#line.send(writeCall({ callId, sdp, caller, callee, visibleName }));
    } catch (error) {
      this.#fail((error as ZvonokError).cause);
    }
  }

  async #answer(): Promise<void> {
    try {
      const sdp = await this.#media.answer(this.#origin.offer ?? "", this.#origin.constraints);
      if (this.#state === "ENDED" || this.#hangingUp) return;
      this.#setDeadline(this.#line.limits.confirm, "call_timeout");
      this.#setMediaDeadline();
      this.#line.send(writeAnswer({ callId: this.id, sdp, callee: this.callee }));
    } catch (error) {
      this.#fail((error as ZvonokError).cause);
    }
  }

  async #accept(sdp: string): Promise<void> {
    try {
      this.#setMediaDeadline();
      await this.#media.accept(sdp);
    } catch (error) {
      this.#fail((error as ZvonokError).cause);
    }
  }

  #onProgress(status: string): void {
    if (this.incoming || this.#hangingUp) return;
    if (this.#state !== "CONNECTING" && this.#state !== "RINGING") return;
    this.#setDeadline(this.#line.limits.answer, "no_answer");
    if (status !== "TRYING") this.#become("RINGING");
  }

  #onTalk(state: "ACTIVE" | "HELD"): void {
    if (this.#hangingUp) return;
    this.#cancelDeadline();
    this.#become(state);
  }

  #onConnected(): void {
    this.#connected = true;
    this.#cancelMediaDeadline();
  }

  /** Ends the call for a reason found here, which the gateway has to be told. */
  #fail(cause: Cause): void {
    if (this.#state === "ENDED" || this.#hangingUp) return;
    if (this.#told) this.#line.send(writeHangup(this.id));
    this.#end(cause);
  }

  #end(cause: Cause): void {
    if (this.#state === "ENDED") return;
    this.#cancelDeadline();
    this.#cancelMediaDeadline();
    this.#media.close();
    this.#cause = cause;
    this.#line.ended(this);
    this.#become("ENDED");
  }

  #become(state: CallState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.emit("state", state);
  }

  #setDeadline(ms: number, cause: BrowserCause): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#line.environment.clock.after(ms, () => {
      if (this.#hangingUp) this.#end(localCause(cause));
      else this.#fail(localCause(cause));
    });
  }

  #setMediaDeadline(): void {
    if (this.#connected) return;
    const { environment, limits } = this.#line;
    this.#cancelMediaDeadline();
    this.#cancelMediaDeadline = environment.clock.after(limits.media, () => {
      this.#fail(localCause("media_failed"));
    });
  }
}
