/** What a call is to the outside, and what it needs of its session. */
import type { Environment } from "./environment.js";
import type { Quality, Verdict } from "./heard.js";
import type { Limits } from "./limits.js";
import type { ResumedCall } from "./resumed.js";
import type { EndReport } from "./wire.js";
import type { ZvonokCall } from "./call.js";

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
  /** The far end's audio: attach it to an element. It may come before the answer, and another one after a return. */
  stream: MediaStream;
  muted: boolean;
  /** What keeps one from hearing or being heard now; undefined: it is over. Only from a gateway that tells. */
  verdict: Verdict | undefined;
  /** How the call sounds, every few seconds. Only from a gateway that tells. */
  quality: Quality;
  /** After the end, and only from a gateway that gives it. */
  report: EndReport;
}

/** A call's session as the call sees it. */
export interface Line {
  readonly environment: Environment;
  readonly limits: Limits;
  login(): string;
  iceServers(): RTCIceServer[];
  /** The gateway keeps calls of a lost connection and takes new offers. */
  canResume(): boolean;
  /** The gateway is there, as far as is known. */
  isUp(): boolean;
  /** Without effect while the gateway is away. */
  send(text: string): void;
  /** The call's audio is interrupted: perhaps the gateway is gone as well. */
  doubt(): void;
  started(call: ZvonokCall): void;
  /** `unconfirmed`: it was ended here, and the gateway may not know. */
  ended(call: ZvonokCall, unconfirmed: boolean): void;
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
  /** What the gateway holds of a call that this page knows nothing of, such as one from before a reload. */
  readonly taken?: ResumedCall;
}
