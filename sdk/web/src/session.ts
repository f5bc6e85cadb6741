/**
 * The connection to a gateway, with one SIP account.
 *
 *     IDLE ──► CONNECTING ──► ESTABLISHED ──► REGISTERED          any ──► DISCONNECTED ──► CONNECTING …
 *                                  └────┬──────────┘
 *                                  RECONNECTING ◄── IDLE (resume)
 *
 * ESTABLISHED: the gateway has taken the account; calls are possible. REGISTERED: the SIP server has as well, so that
 * calls can come in. RECONNECTING: the connection is lost, the gateway keeps session and calls for a while, and we try
 * to return with its token. A gateway that does not grant `resume` is gone when its connection is.
 */
import { ZvonokCall } from "./call.js";
import type { Cause } from "./cause.js";
import { ZvonokError, localCause } from "./cause.js";
import { Calls } from "./calls.js";
import { Deadline } from "./deadline.js";
import type { Draining } from "./drain.js";
import { Emitter } from "./emitter.js";
import { browserEnvironment } from "./environment.js";
import type { Environment } from "./environment.js";
import type { Limits } from "./limits.js";
import { DEFAULT_LIMITS } from "./limits.js";
import type { CallOptions, Line } from "./line.js";
import { Link } from "./link.js";
import { readAccount } from "./options.js";
import type { ConnectOptions, SessionEvents, SessionState } from "./options.js";
import { Reconnect } from "./reconnect.js";
import type { Resumed } from "./resumed.js";
import { Rival } from "./rival.js";
import type { SavedSession } from "./saved.js";
import type { Received, Welcome } from "./wire.js";
import { writeConnection, writePing, writePong, writeReturn } from "./writing.js";
import type { Account, Feature } from "./writing.js";

interface Waiter {
  resolve(): void;
  reject(error: ZvonokError): void;
}

const nothing = (): void => undefined;

export class ZvonokSession extends Emitter<SessionEvents> {
  readonly #environment: Environment;
  readonly #limits: Limits;
  readonly #calls: Calls;
  readonly #line: Line;
  readonly #deadline: Deadline;
  readonly #reconnect: Reconnect;
  readonly #rival: Rival;
  #state: SessionState = "IDLE";
  #cause: Cause | undefined;
  #link: Link | undefined;
  #url = "";
  /** With its password: only until a token stands for it. */
  #account: Account | undefined;
  #login = "";
  #domain = "";
  #visibleName: string | undefined;
  #registerRequired = true;
  #registered = false;
  /** Why the gateway is about to end the session: with its last call at the latest. */
  #fault: Cause | undefined;
  /** The gateway is about to restart, and so forgets the session. */
  #draining: Draining | undefined;
  /** The session was once as far as its account asks. */
  #wasReady = false;
  #granted: readonly string[] = [];
  #token = "";
  /** The last numbered message; undefined: this page has seen none. */
  #lastSeq: number | undefined;
  #iceServers: RTCIceServer[] = [];
  #saved: SavedSession | undefined;
  #waiter: Waiter | undefined;
  #unwatchNetwork = nothing;

  /** `environment` and `limits` are for tests; a page leaves them out. */
  constructor(environment: Environment = browserEnvironment(), limits: Partial<Limits> = {}) {
    super();
    this.#environment = environment;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#deadline = new Deadline(environment.clock);
    this.#reconnect = new Reconnect(environment, this.#limits, {
      attempt: () => this.#open(),
      giveUp: () => this.#end(this.#cause ?? localCause("gateway_lost")),
    });
    this.#rival = new Rival(environment.clock, () => this.#openLink());
    this.#line = this.#makeLine();
    this.#calls = new Calls(this.#line, {
      incoming: (call) => this.emit("incoming", call),
      resumed: (call) => this.emit("resumed", call),
      changed: () => this.#save(),
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Why the session is DISCONNECTED or RECONNECTING; undefined in every other state. */
  get cause(): Cause | undefined {
    return this.#cause;
  }

  /** The calls that have not ended. */
  get calls(): readonly ZvonokCall[] {
    return this.#calls.all;
  }

  /** What a page has to keep to go on with `resume` after a reload; undefined: the gateway does not keep sessions. */
  get saved(): SavedSession | undefined {
    return this.#saved;
  }

  /**
   * Resolves once calls can be made (and, with `registerRequired`, taken); rejects with a ZvonokError that names the
   * cause. One of the two happens within the limits.
   */
  connect(options: ConnectOptions): Promise<void> {
    if (this.#isOpen()) return Promise.reject(new Error(`connect: the session is ${this.#state}`));
    this.#account = readAccount(options);
    this.#begin(options.url, options.login, options.domain, this.#account.registerRequired);
    this.#visibleName = this.#account.visibleName;
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this.#become("CONNECTING");
      this.#setDeadline(this.#limits.connect, "connect_timeout");
      this.#open();
    });
  }

  /**
   * Goes on with a session of a page that was reloaded. Its calls come as `resumed` once this has resolved, those that
   * ring as `incoming`. Rejects with a ZvonokError when the gateway does not know the session any more or is not reached
   * within the limits.
   */
  resume(saved: SavedSession): Promise<void> {
    if (this.#isOpen()) return Promise.reject(new Error(`resume: the session is ${this.#state}`));
    this.#begin(saved.url, saved.login, saved.domain, saved.registerRequired);
    this.#saved = saved;
    this.#token = saved.token;
    this.#wasReady = true;
    this.#calls.expect(saved.calls);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this.#become("RECONNECTING");
      this.#reconnect.start("now");
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
    const { callee, visibleName, constraints, video }: CallOptions =
      typeof options === "string" ? { callee: options } : options;
    return new ZvonokCall(this.#line, {
      callId: this.#environment.newId(),
      incoming: false,
      caller: this.#login,
      callee,
      visibleName: visibleName ?? this.#visibleName,
      constraints: constraints ?? { audio: true },
      video: video ?? constraints?.video,
      offer: undefined,
    });
  }

  #isOpen(): boolean {
    return this.#state !== "IDLE" && this.#state !== "DISCONNECTED";
  }

  #begin(url: string, login: string, domain: string, registerRequired: boolean): void {
    this.#url = url;
    this.#login = login;
    this.#domain = domain;
    this.#registerRequired = registerRequired;
    this.#wasReady = false;
    this.#cause = this.#fault = this.#draining = undefined;
    this.#unwatchNetwork = this.#environment.watchNetwork(() => this.#onNetworkChanged());
  }

  /** Opens a link in place of the one before, unless one is opening already. */
  #open(): void {
    this.#link?.giveUp();
    this.#link = undefined;
    this.#registered = false;
    try {
      this.#link = this.#rival.take() ?? this.#openLink();
      if (this.#link.isOpen) this.#introduce(this.#link);
    } catch {
      this.#end(localCause("bad_url", { field: "url" }));
    }
  }

  #openLink(): Link {
    const url = this.#returns() ? markReturn(this.#url) : this.#url;
    const link: Link = new Link(this.#environment, url, this.#limits.silence, {
      opened: () => this.#onOpen(link),
      message: (message) => this.#link === link && this.#onMessage(message),
      lost: (cause) => this.#onLost(link, cause),
    });
    return link;
  }

  /** To a session that the gateway keeps, as far as we know: one that drains has ended those without calls. */
  #returns(): boolean {
    return this.#token !== "" && this.#draining?.leftMs !== 0;
  }

  #onOpen(link: Link): void {
    if (link === this.#link) this.#introduce(link);
    else if (this.#rival.is(link)) this.#onGone(localCause("gateway_silent"));
  }

  /** Says who we are. */
  #introduce(link: Link): void {
    const { userAgent } = this.#environment;
    if (this.#token) link.send(writeReturn(this.#token, this.#lastSeq, userAgent));
    else if (this.#account) link.send(writeConnection(this.#account, userAgent));
  }

  #onLost(link: Link, cause: Cause): void {
    if (this.#rival.is(link)) this.#rival.stop();
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#onGone(cause);
  }

  /** The link is of no use any more. */
  #onGone(cause: Cause): void {
    if (this.#state === "RECONNECTING") {
      this.#cause ??= cause;
      this.#reconnect.failed();
    } else if (this.#token) {
      this.#cause = this.#draining?.cause ?? cause;
      this.#deadline.clear();
      this.#calls.onLost();
      this.#reconnect.start(this.#rival.isStarted ? "now" : "soon");
      this.#become("RECONNECTING");
    } else this.#end(cause);
  }

  #onNetworkChanged(): void {
    if (this.#state === "RECONNECTING") {
      this.#reconnect.networkChanged();
      return;
    }
    this.#rival.stop(); // it was of the network before
    this.#doubt(() => this.#calls.onNetworkChanged());
  }

  /** The link may be dead: `alive` runs when it is not, else what can return does so by another. */
  #doubt(alive = nothing): void {
    this.#link?.probe(this.#token ? this.#limits.moved : this.#limits.probe, () => {
      this.#rival.stop();
      alive();
    });
    if (this.#token && !this.#rival.isStarted) this.#rival.start();
  }

  #onMessage(message: Received): void {
    if (!this.#isNew(message)) return;
    switch (message.kind) {
      case "ping":
        this.#link?.send(writePong());
        return;
      case "established":
        this.#onEstablished(message);
        return;
      case "registered":
        this.#onRegistered();
        return;
      case "resumed":
        this.#onResumed(message);
        return;
      case "failed":
        this.#onFailed(message);
        return;
      case "drain":
        if (this.#mayBelieve(message.kind)) this.#onDraining(message.draining);
        return;
      case "ignored":
        return;
      default:
        if (this.#mayBelieve(message.kind)) this.#calls.onMessage(message);
    }
  }

  /** A message that was told before comes again after a return. */
  #isNew({ seq }: Received): boolean {
    if (seq === undefined || !this.#token) return true;
    const isNew = this.#lastSeq === undefined || seq > this.#lastSeq;
    if (isNew) this.#lastSeq = seq;
    this.#calls.onNumbered();
    return isNew;
  }

  /** What only comes where it was granted is not believed elsewhere. */
  #mayBelieve(kind: Received["kind"]): boolean {
    const feature = FEATURE_OF[kind];
    return !feature || this.#granted.includes(feature);
  }

  #onEstablished(welcome: Welcome): void {
    if (this.#state !== "CONNECTING" && this.#state !== "RECONNECTING") return;
    this.#granted = welcome.features;
    this.#iceServers = this.#granted.includes("iceServers") ? welcome.iceServers : [];
    if (welcome.login) this.#login = welcome.login;
    const resumes = this.#granted.includes("resume") && welcome.token !== "";
    if (this.#state === "RECONNECTING") {
      if (!resumes) this.#end(localCause("gateway_lost"));
      else this.#keepToken(welcome.token);
      return; // zvResumed says when we are back
    }
    if (resumes) {
      this.#lastSeq = 0;
      this.#keepToken(welcome.token);
    }
    if (this.#registerRequired) {
      this.#setDeadline(this.#limits.register, "register_timeout");
      this.#become("ESTABLISHED");
    } else this.#onReady();
  }

  /** The token before is good until something was said on this link: it must not stay good for longer. */
  #keepToken(token: string): void {
    this.#token = token;
    this.#account = undefined;
    this.#save();
    if (this.#state === "RECONNECTING") this.#link?.send(writePing());
    if (this.#link) this.#link.silence = this.#limits.pause;
  }

  #onRegistered(): void {
    this.#registered = true;
    if (this.#state !== "RECONNECTING") this.#onReady();
  }

  #onDraining(draining: Draining | undefined): void {
    this.#draining = draining;
    this.emit("draining", draining);
  }

  #onResumed(resumed: Resumed): void {
    if (this.#state !== "RECONNECTING") return;
    this.#reconnect.stop();
    this.#cause = this.#draining = undefined;
    this.#calls.onResumed(resumed);
    if (this.#registered || this.#wasReady || !this.#registerRequired) {
      this.#onReady();
      return;
    }
    this.#setDeadline(this.#limits.register, "register_timeout");
    this.#become("ESTABLISHED");
  }

  #onReady(): void {
    this.#deadline.clear();
    this.#wasReady = true;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    this.#become(this.#registered ? "REGISTERED" : "ESTABLISHED");
    waiter?.resolve();
  }

  /** A failure about a call comes before that call's end; one before the session is ready is final. */
  #onFailed({ id, method, cause }: Extract<Received, { kind: "failed" }>): void {
    if (this.#calls.onFailed(id, method, cause)) return;
    if (method === "RegistrationStatusEvent") this.#fault = cause;
    if (this.#state === "RECONNECTING") {
      if (cause.cause === "resume_unknown_token")
        this.#end(this.#fault ?? this.#draining?.cause ?? cause);
      else if (cause.cause === "draining") {
        this.#cause = cause;
        this.#reconnect.prolong();
        this.#onDraining({ leftMs: 0, cause });
      }
    } else if (this.#waiter) this.#end(cause);
    else this.emit("warning", cause);
  }

  #makeLine(): Line {
    return {
      environment: this.#environment,
      limits: this.#limits,
      login: () => this.#login,
      iceServers: () => this.#iceServers,
      canResume: () => this.#token !== "",
      isUp: () => this.#state === "ESTABLISHED" || this.#state === "REGISTERED",
      send: (text) => {
        if (this.#line.isUp()) this.#link?.send(text);
      },
      doubt: () => {
        if (this.#line.isUp()) this.#doubt();
      },
      started: (call) => {
        if (this.#state === "DISCONNECTED") call.onSessionEnd(localCause("gateway_lost"));
        else this.#calls.add(call);
      },
      ended: (call, unconfirmed) => {
        this.#calls.remove(call, this.#granted.includes("report"), unconfirmed);
      },
    };
  }

  /** Tells the page what to keep, when that has changed. */
  #save(): void {
    const before = this.#saved;
    this.#saved = this.#token
      ? {
          url: this.#url,
          token: this.#token,
          login: this.#login,
          domain: this.#domain,
          registerRequired: this.#registerRequired,
          calls: this.#calls.kept,
        }
      : undefined;
    if (JSON.stringify(before) !== JSON.stringify(this.#saved)) this.emit("saved", this.#saved);
  }

  #end(cause: Cause): void {
    if (!this.#isOpen()) return;
    this.#deadline.clear();
    this.#reconnect.stop();
    this.#rival.stop();
    this.#unwatchNetwork();
    this.#link?.close();
    this.#link = undefined;
    this.#account = undefined;
    this.#token = "";
    this.#lastSeq = undefined;
    this.#cause = cause;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    this.#calls.end(cause);
    this.#save();
    this.#become("DISCONNECTED");
    waiter?.reject(new ZvonokError(cause));
  }

  #become(state: SessionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.emit("state", state);
  }

  #setDeadline(ms: number, cause: "connect_timeout" | "register_timeout"): void {
    this.#deadline.set(ms, () => {
      this.#end(localCause(cause, cause === "connect_timeout" ? { field: "url" } : {}));
    });
  }
}

/** For a balancer before several gateways, which cannot read the token: only who returns is to reach one that takes nobody new. */
const markReturn = (url: string): string => `${url}${url.includes("?") ? "&" : "?"}resume=1`;

const FEATURE_OF: Readonly<Partial<Record<Received["kind"], Feature>>> = {
  report: "report",
  verdict: "verdict",
  quality: "quality",
  reoffer: "reoffer",
  drain: "drain",
};
