/**
 * Why a session or a call ended. The gateway's causes arrive with their sentence and remedy; those that only the
 * browser can know come from the same table, api/causes.json.
 */
import { BROWSER_CAUSES } from "./causes.js";
import type { BrowserCause } from "./causes.js";

/** Why something ended, or was refused. */
export interface Cause {
  /** Stable name, e.g. `no_common_codec`: a `CauseName`, or one of a later gateway. */
  readonly cause: string;
  /** One sentence for a person. */
  readonly text: string;
  /** What that person can do about it; empty when there is nothing to do. */
  readonly remedy: string;
  /** Where it happened: `client`, `gateway`, `sip_server`, `far_end`; empty when not known. */
  readonly hop: string;
  /** The SIP status behind it, 0 when there is none. */
  readonly sipStatus: number;
  /** The option that is to blame, as the wire names it (`sipLogin`, `callee` …). */
  readonly field?: string;
}

/** What a rejected promise of this SDK carries. */
export class ZvonokError extends Error {
  readonly cause: Cause;

  constructor(cause: Cause) {
    super(cause.remedy ? `${cause.text} ${cause.remedy}` : cause.text);
    this.name = "ZvonokError";
    this.cause = cause;
  }
}

/** A cause that the browser found. */
export function localCause(name: BrowserCause, extra: Partial<Cause> = {}): Cause {
  return { cause: name, ...BROWSER_CAUSES[name], sipStatus: 0, ...extra };
}

export type Device = "microphone" | "camera";

/** The cause for an exception of getUserMedia. */
export function deviceCause(error: unknown, device: Device): Cause {
  if (error instanceof ZvonokError) return error.cause;
  switch ((error as { name?: string } | null)?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return localCause(`${device}_refused`);
    case "NotFoundError":
    case "OverconstrainedError":
      return localCause(`${device}_missing`);
    default:
      return localCause(`${device}_busy`);
  }
}
