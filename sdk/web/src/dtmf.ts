/** Digits: those that are sent in a call, and keys that the far end presses. */
import { asNumber, asText } from "./fields.js";
import type { Fields } from "./fields.js";

/**
 * How digits are sent. `RFC2833`: among the sound (RFC 4733) where the far end takes that, else by SIP INFO; what to use
 * without a reason for another one. `INFO`, `INFO_RELAY`: by INFO with application/dtmf, application/dtmf-relay.
 */
export type DtmfType = "RFC2833" | "INFO" | "INFO_RELAY";

/** A key that the far end has pressed. It may be part of a PIN. */
export interface Press {
  /** One of 0-9, *, #, A-D. */
  readonly digit: string;
  /** How long it was held; 0: not known. */
  readonly durationMs: number;
  /** `rfc4733`: among the sound; `info`: by SIP INFO. */
  readonly via: string;
}

const MOST = /^[0-9A-D*#]{1,64}$/i;

/** What a gateway takes in one message. */
export function areDigits(digits: string): boolean {
  return MOST.test(digits);
}

export function readPress(fields: Fields): Press {
  return {
    digit: asText(fields["digit"]),
    durationMs: Math.max(0, asNumber(fields["durationMs"])),
    via: asText(fields["via"]),
  };
}
