/**
 * The connection to a gateway, with one SIP account.
 *
 *     IDLE ──► CONNECTING ──► ESTABLISHED ──► REGISTERED          any ──► DISCONNECTED ──► CONNECTING …
 *
 * ESTABLISHED: the gateway has taken the account; calls are possible. REGISTERED: the SIP server has as well, so that
 * calls can come in. The gateway is watched: when nothing is heard from it, it is asked, then given up.
 */
import { ZvonokCall } from "./call.js";
import type { CallOptions, Line } from "./call.js";
import type { Cause } from "./cause.js";
import { ZvonokError, localCause } from "./cause.js";
import { Emitter } from "./emitter.js";
import { browserEnvironment } from "./environment.js";
import type { Environment, Socket } from "./environment.js";
import type { Limits } from "./limits.js";
import { DEFAULT_LIMITS, MAX_CALLS, MAX_ENDED, MAX_PENDING_SDP } from "./limits.js";
import type { Account, CallReport, ServerMessage } from "./wire.js";
import { parseMessage, writeConnection, writePing, writePong } from "./wire.js";

export type SessionState = "IDLE" | "CONNECTING" | "ESTABLISHED" | "REGISTERED" | "DISCONNECTED";

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
  /** Something is wrong, and the session goes on. */
  warning: Cause;
}

interface Waiter {
  resolve(): void;
  reject(error: ZvonokError): void;
}

const nothing = (): void => undefined;

export class ZvonokSession extends Emitter<SessionEvents> {
  readonly #environment: Environment;
  readonly #limits: Limits;
  readonly #calls = new Map<string, ZvonokCall>();
  readonly #ended = new Map<string, ZvonokCall>();
  readonly #pendingSdp = new Map<string, string>();
  #state: SessionState = "IDLE";
  #cause: Cause | undefined;
  #socket: Socket | undefined;
  #account: Account | undefined;
  #login = "";
  #reports = false;
  #waiter: Waiter | undefined;
  #cancelDeadline = nothing;
  #cancelWatch = nothing;

  /** `environment` and `limits` are for tests; a page leaves them out. */
  constructor(environment: Environment = browserEnvironment(), limits: Partial<Limits> = {}) {
    super();
    this.#environment = environment;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Why the session is DISCONNECTED; undefined in every other state. */
  get cause(): Cause | undefined {
    return this.#cause;
  }

  /** The calls that have not ended. */
  get calls(): readonly ZvonokCall[] {
    return [...this.#calls.values()];
  }

  /**
   * Resolves once calls can be made (and, with `registerRequired`, taken); rejects with a ZvonokError that names the
   * cause. One of the two happens within the limits.
   */
  connect(options: ConnectOptions): Promise<void> {
    if (this.#state !== "IDLE" && this.#state !== "DISCONNECTED") {
      return Promise.reject(new Error(`connect: the session is ${this.#state}`));
    }
    this.#account = readAccount(options);
    this.#login = options.login;
    this.#cause = undefined;
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this.#become("CONNECTING");
      this.#setDeadline(this.#limits.connect, "connect_timeout");
      this.#open(options.url);
    });
  }

  /** Hangs up the calls and closes the connection. */
  disconnect(): void {
    for (const call of this.calls) call.hangup();
    this.#end(localCause("disconnected"));
  }

  /** A call to be started by its `call` method. */
  createCall(options: CallOptions | string): ZvonokCall {
    if (this.#state !== "ESTABLISHED" && this.#state !== "REGISTERED") {
      throw new Error(`createCall: the session is ${this.#state}`);
    }
    const { callee, visibleName, constraints } =
      typeof options === "string" ? { callee: options } : options;
    return new ZvonokCall(this.#line(), {
      callId: this.#environment.newId(),
      incoming: false,
      caller: this.#login,
      callee,
      visibleName: visibleName ?? this.#account?.visibleName,
      constraints: constraints ?? { audio: true },
      offer: undefined,
    });
  }

  #open(url: string): void {
    let opened = false;
    try {
      const socket: Socket = this.#environment.openSocket(url, {
        open: () => {
          opened = true;
          if (this.#socket === socket) this.#onOpen();
        },
        message: (text) => this.#socket === socket && this.#onMessage(parseMessage(text)),
        close: () => this.#socket === socket && this.#onClose(opened),
      });
      this.#socket = socket;
    } catch {
      this.#end(localCause("bad_url", { field: "url" }));
    }
  }

  #onOpen(): void {
    if (this.#account) this.#send(writeConnection(this.#account, this.#environment.userAgent));
    this.#watch();
  }

  #onClose(opened: boolean): void {
    this.#socket = undefined;
    this.#end(
      opened ? localCause("gateway_lost") : localCause("gateway_unreachable", { field: "url" }),
    );
  }

  #onMessage(message: ServerMessage): void {
    this.#watch();
    switch (message.kind) {
      case "ping":
        this.#send(writePong());
        return;
      case "established":
        this.#onEstablished(message.login, message.features);
        return;
      case "registered":
        this.#onReady("REGISTERED");
        return;
      case "failed":
        this.#onFailed(message.id, message.cause);
        return;
      case "sdp":
        this.#onSdp(message.callId, message.sdp);
        return;
      case "incoming":
        this.#onIncoming(message.call);
        return;
      case "call":
        this.#calls.get(message.call.callId)?.onReport(message.call);
        return;
      case "report":
        this.#ended.get(message.callId)?.onEndReport(message.report);
        this.#ended.delete(message.callId);
        return;
      case "ignored":
        return;
    }
  }

  #onEstablished(login: string, features: readonly string[]): void {
    if (this.#state !== "CONNECTING") return;
    this.#reports = features.includes("report");
    if (login) this.#login = login;
    if (!this.#account?.registerRequired) {
      this.#onReady("ESTABLISHED");
      return;
    }
    this.#setDeadline(this.#limits.register, "register_timeout");
    this.#become("ESTABLISHED");
  }

  #onReady(state: "ESTABLISHED" | "REGISTERED"): void {
    this.#cancelDeadline();
    const waiter = this.#waiter;
    this.#waiter = undefined;
    this.#become(state);
    waiter?.resolve();
  }

  /** A failure about a call comes before that call's end; one before the session is ready is final. */
  #onFailed(id: string, cause: Cause): void {
    const call = this.#calls.get(id);
    if (call) call.onFault(cause);
    else if (this.#waiter) this.#end(cause);
    else this.emit("warning", cause);
  }

  #onSdp(callId: string, sdp: string): void {
    const call = this.#calls.get(callId);
    if (call) {
      call.onRemoteSdp(sdp);
      return;
    }
    this.#pendingSdp.set(callId, sdp);
    dropOldest(this.#pendingSdp, MAX_PENDING_SDP);
  }

  #onIncoming(report: CallReport): void {
    const { callId, caller, callee, visibleName } = report;
    const offer = this.#pendingSdp.get(callId);
    this.#pendingSdp.delete(callId);
    if (!callId || !offer || this.#calls.has(callId) || this.#calls.size >= MAX_CALLS) return;
    const call = new ZvonokCall(this.#line(), {
      callId,
      incoming: true,
      caller,
      callee,
      visibleName,
      constraints: { audio: true },
      offer,
    });
    this.emit("incoming", call);
  }

  #line(): Line {
    return {
      environment: this.#environment,
      limits: this.#limits,
      login: this.#login,
      send: (text) => this.#send(text),
      started: (call) => this.#onStarted(call),
      ended: (call) => this.#onEnded(call),
    };
  }

  #onStarted(call: ZvonokCall): void {
    if (this.#state === "DISCONNECTED") call.onSessionEnd(localCause("gateway_lost"));
    else this.#calls.set(call.id, call);
  }

  /** A report comes after its call's end: the last few calls wait for theirs. */
  #onEnded(call: ZvonokCall): void {
    this.#calls.delete(call.id);
    if (!this.#reports) return;
    this.#ended.set(call.id, call);
    dropOldest(this.#ended, MAX_ENDED);
  }

  #send(text: string): void {
    this.#socket?.send(text);
  }

  #end(cause: Cause): void {
    if (this.#state === "IDLE" || this.#state === "DISCONNECTED") return;
    this.#cancelDeadline();
    this.#cancelWatch();
    this.#pendingSdp.clear();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    this.#cause = cause;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    for (const call of this.calls) call.onSessionEnd(cause);
    this.#ended.clear();
    this.#become("DISCONNECTED");
    waiter?.reject(new ZvonokError(cause));
  }

  #become(state: SessionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.emit("state", state);
  }

  #setDeadline(ms: number, cause: "connect_timeout" | "register_timeout"): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#environment.clock.after(ms, () => {
      this.#end(localCause(cause, cause === "connect_timeout" ? { field: "url" } : {}));
    });
  }

  /** Asks the gateway after half the silence that is allowed, gives it up after all of it. */
  #watch(): void {
    const { clock } = this.#environment;
    const half = this.#limits.silence / 2;
    this.#cancelWatch();
    if (!this.#socket) return;
    this.#cancelWatch = clock.after(half, () => {
      this.#send(writePing());
      this.#cancelWatch = clock.after(half, () => this.#end(localCause("gateway_silent")));
    });
  }
}

/** Maps keep the order of insertion. */
function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}

function readAccount(options: ConnectOptions): Account {
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
