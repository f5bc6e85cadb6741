/**
 * Why a session or a call ended. The gateway's causes arrive with their sentence and remedy; those below are the
 * ones that only the browser can know.
 */
export interface Cause {
  /** Stable name, e.g. `wrong_password`. */
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

const LOCAL = {
  normal: ["The call has ended.", ""],
  disconnected: ["You disconnected.", ""],
  bad_url: [
    "The gateway's address cannot be used.",
    "Write it as wss://host:port, for example wss://gateway.example:8443.",
  ],
  gateway_unreachable: [
    "The gateway does not answer.",
    "Check its address and that it is running.",
  ],
  connect_timeout: [
    "The gateway did not answer in time.",
    "Check its address, and that no firewall drops the connection.",
  ],
  register_timeout: [
    "The gateway did not say in time whether the SIP server accepted the account.",
    "Try again; if it stays so, look at the gateway's log.",
  ],
  gateway_lost: [
    "The connection to the gateway was lost.",
    "Check the network, then connect again.",
  ],
  gateway_silent: ["The gateway stopped answering.", "Check the network, then connect again."],
  insecure_page: [
    "The browser gives no microphone to a page that is not secure.",
    "Open the page over https, or from localhost.",
  ],
  microphone_refused: [
    "The browser did not allow the microphone.",
    "Allow it in the site settings beside the address bar, then call again.",
  ],
  microphone_missing: ["No microphone was found.", "Connect one, then call again."],
  microphone_busy: [
    "The microphone cannot be opened.",
    "Close the other program that uses it, then call again.",
  ],
  microphone_timeout: [
    "The browser's question about the microphone was not answered.",
    "Call again and allow the microphone.",
  ],
  media_setup: [
    "The browser could not set up the audio of this call.",
    "Reload the page and try again; if it stays so, use another browser.",
  ],
  media_failed: [
    "No audio connection to the gateway could be made.",
    "Check that the firewall lets UDP through to the gateway's media port.",
  ],
  call_timeout: [
    "The gateway did not report the end of this call in time.",
    "Try again; if it stays so, look at the gateway's log.",
  ],
  no_answer: ["Nobody answered.", ""],
} as const;

export type LocalCause = keyof typeof LOCAL;

/** A cause that the browser found. */
export function localCause(name: LocalCause, extra: Partial<Cause> = {}): Cause {
  const [text, remedy] = LOCAL[name];
  return { cause: name, text, remedy, hop: "client", sipStatus: 0, ...extra };
}

/** The cause for an exception of getUserMedia. */
export function microphoneCause(error: unknown): Cause {
  if (error instanceof ZvonokError) return error.cause;
  switch ((error as { name?: string } | null)?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return localCause("microphone_refused");
    case "NotFoundError":
    case "OverconstrainedError":
      return localCause("microphone_missing");
    default:
      return localCause("microphone_busy");
  }
}
