/** What a session is to the outside: its states, its events, and what it is told to connect with. */
import type { ZvonokCall } from "./call.js";
import type { Cause } from "./cause.js";
import type { Draining } from "./drain.js";
import type { SavedSession } from "./saved.js";
import type { Account } from "./writing.js";

export type SessionState =
  | "IDLE"
  | "CONNECTING"
  | "ESTABLISHED"
  | "REGISTERED"
  | "RECONNECTING"
  | "DISCONNECTED";

export interface ConnectOptions {
  /** The gateway, as `wss://host:port`. */
  readonly url: string;
  /** User part of the SIP account. */
  readonly login: string;
  readonly password: string;
  readonly domain: string;
  /** User name for the SIP server's password check; absent: the login. */
  readonly authenticationName?: string;
  /** Port of the SIP server; absent: found by DNS, or 5060. */
  readonly port?: number;
  /** Where to send SIP, when that is not the domain. */
  readonly outboundProxy?: string;
  /** The name that others see. */
  readonly visibleName?: string;
  /** False: do not register at the SIP server; calls go out, none come in. Absent: true. */
  readonly registerRequired?: boolean;
}

export interface SessionEvents {
  state: SessionState;
  /** A call for this account. It rings until it is answered, hung up, or given up by the caller. */
  incoming: ZvonokCall;
  /** After `resume`: a call that went on while the page was reloaded. It waits for `attach`. */
  resumed: ZvonokCall;
  /** What to keep for `resume` has changed; undefined: there is nothing to go on with any more. */
  saved: SavedSession | undefined;
  /** The gateway is about to restart; undefined: it is not any more. The session returns to it by itself. */
  draining: Draining | undefined;
  /** Something is wrong, and the session goes on. */
  warning: Cause;
}

/** An empty text is as good as none. */
export function readAccount(options: ConnectOptions): Account {
  return {
    login: options.login,
    authenticationName: options.authenticationName || undefined,
    password: options.password,
    domain: options.domain,
    port: options.port,
    outboundProxy: options.outboundProxy || undefined,
    visibleName: options.visibleName || undefined,
    registerRequired: options.registerRequired ?? true,
  };
}
