/** A gateway that is about to stop or to restart: it takes no new calls and lets those that there are end. */
import type { Cause } from "./cause.js";
import { asNumber, readCause } from "./fields.js";
import type { Fields } from "./fields.js";

export interface Draining {
  /** How long the session's calls may go on; 0: it has none, and the connection is closed next. */
  readonly leftMs: number;
  readonly cause: Cause;
}

/** Undefined: the gateway goes on after all. */
export function readDraining(fields: Fields): Draining | undefined {
  if (fields["status"] !== "DRAINING") return undefined;
  return {
    leftMs: Math.max(asNumber(fields["leftMs"]), 0),
    cause: readCause(fields, "gateway_lost", "text"),
  };
}
