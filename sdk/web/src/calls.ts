/**
 * The calls of a session: which message is for which of them, and what becomes of them when the session returns.
 *
 * A return is told by `zvResumed` and by the messages that were missed, in their order. Only after the last of these are
 * calls compared with the gateway's list, since a call's end may be among them. A call that only the gateway knows was
 * hung up here while it could not be told, or is of a page that was reloaded: that one is taken up. One that rings is
 * left alone; the gateway announces it again.
 */
import { ZvonokCall } from "./call.js";
import type { Cause } from "./cause.js";
import { Deadline } from "./deadline.js";
import { MAX_ABANDONED, MAX_CALLS, MAX_ENDED, MAX_PENDING_SDP } from "./limits.js";
import type { Line } from "./line.js";
import { isAnswered } from "./resumed.js";
import type { Resumed, ResumedCall } from "./resumed.js";
import type { CallReport, Received } from "./wire.js";
import { writeHangup } from "./writing.js";

export interface CallsEvents {
  incoming(call: ZvonokCall): void;
  resumed(call: ZvonokCall): void;
  /** There are other calls than before. */
  changed(): void;
}

/** What is opened for a call that this page has not made; for its camera it is asked later. */
const PLAIN = { constraints: { audio: true }, video: undefined };

interface Return {
  readonly calls: readonly ResumedCall[];
  /** Missed messages that are still to come. */
  left: number;
}

export class Calls {
  readonly #line: Line;
  readonly #events: CallsEvents;
  readonly #calls = new Map<string, ZvonokCall>();
  readonly #ended = new Map<string, ZvonokCall>();
  /** Of these an offer may have crossed with the end: its refusal is no news. */
  readonly #over = new Map<string, true>();
  readonly #pendingSdp = new Map<string, string>();
  /** Ended here, perhaps without the gateway's knowledge. */
  readonly #abandoned = new Map<string, true>();
  readonly #replay: Deadline;
  /** The calls of the page before the reload; undefined: there was none. */
  #expected: readonly string[] | undefined;
  #return: Return | undefined;

  constructor(line: Line, events: CallsEvents) {
    this.#line = line;
    this.#events = events;
    this.#replay = new Deadline(line.environment.clock);
  }

  get all(): readonly ZvonokCall[] {
    return [...this.#calls.values()];
  }

  /** The ids that a reloaded page is to find again. */
  get kept(): readonly string[] {
    return this.#expected ?? [...this.#calls.keys()];
  }

  /** After a reload: the calls that were there before it. */
  expect(ids: readonly string[]): void {
    this.#expected = ids;
  }

  add(call: ZvonokCall): void {
    this.#calls.set(call.id, call);
    this.#events.changed();
  }

  /** A report comes after its call's end: with `reports`, the last few calls wait for theirs. */
  remove(call: ZvonokCall, reports: boolean, unconfirmed: boolean): void {
    this.#calls.delete(call.id);
    remember(this.#over, call.id, true, MAX_ENDED);
    if (unconfirmed) remember(this.#abandoned, call.id, true, MAX_ABANDONED);
    if (reports) remember(this.#ended, call.id, call, MAX_ENDED);
    this.#events.changed();
  }

  onMessage(message: Received): void {
    switch (message.kind) {
      case "sdp":
        this.#onSdp(message.callId, message.sdp);
        return;
      case "update":
        this.#calls.get(message.callId)?.onUpdate(message.sdp);
        return;
      case "reoffer":
        this.#calls.get(message.callId)?.onReoffer(message.sdp);
        return;
      case "incoming":
        this.#onIncoming(message.call);
        return;
      case "call":
        this.#calls.get(message.call.callId)?.onReport(message.call);
        return;
      case "verdict":
        this.#calls.get(message.callId)?.onFinding(message.finding);
        return;
      case "quality":
        this.#calls.get(message.callId)?.onQuality(message.quality);
        return;
      case "press":
        this.#calls.get(message.callId)?.onPress(message.press);
        return;
      case "report":
        this.#ended.get(message.callId)?.onEndReport(message.report);
        this.#ended.delete(message.callId);
        return;
    }
  }

  /** True when the failure was about one of these calls, or an offer of one that has just ended. */
  onFailed(id: string, method: string, cause: Cause): boolean {
    const call = this.#calls.get(id);
    if (!call) return method === "ErrorStatusEvent" && this.#over.has(id);
    const isTaken =
      method === "ErrorStatusEvent" && (call.onRefused(cause) || call.onUpdateRefused(cause));
    if (!isTaken) call.onFault(cause);
    return true;
  }

  onNetworkChanged(): void {
    for (const call of this.all) call.onNetworkChanged();
  }

  /** The gateway is away. */
  onLost(): void {
    this.#return = undefined;
    this.#replay.clear();
    for (const call of this.all) call.onLost();
  }

  onResumed({ calls, replayed }: Resumed): void {
    this.#return = { calls, left: replayed };
    this.#replay.set(replayed ? this.#line.limits.probe : 0, () => this.#settle());
  }

  /** A numbered message has come, which counts among those that were missed. It is acted upon after this. */
  onNumbered(): void {
    if (!this.#return || this.#return.left === 0) return;
    if (--this.#return.left === 0) this.#replay.set(0, () => this.#settle());
  }

  end(cause: Cause): void {
    this.#return = undefined;
    this.#replay.clear();
    for (const call of this.all) call.onSessionEnd(cause);
    for (const map of [this.#ended, this.#over, this.#pendingSdp, this.#abandoned]) map.clear();
    this.#expected = undefined;
  }

  #settle(): void {
    const calls = this.#return?.calls ?? [];
    this.#return = undefined;
    for (const call of this.all) call.onReturn(calls.find(({ callId }) => callId === call.id));
    for (const found of calls) {
      if (!this.#calls.has(found.callId)) this.#takeUp(found);
    }
    this.#expected = undefined;
    this.#events.changed();
  }

  #takeUp(found: ResumedCall): void {
    const { callId, incoming, caller, callee, visibleName } = found;
    const rings = incoming && !isAnswered(found);
    const wasHungUp = this.#expected && !rings && !this.#expected.includes(callId);
    if (wasHungUp || this.#abandoned.has(callId)) {
      this.#line.send(writeHangup(callId));
      return;
    }
    if (rings || this.#calls.size >= MAX_CALLS) return;
    const origin = { callId, incoming, caller, callee, visibleName, ...PLAIN, offer: undefined };
    this.#events.resumed(new ZvonokCall(this.#line, { ...origin, taken: found }));
  }

  #onSdp(callId: string, sdp: string): void {
    const call = this.#calls.get(callId);
    if (call) call.onRemoteSdp(sdp);
    else remember(this.#pendingSdp, callId, sdp, MAX_PENDING_SDP);
  }

  #onIncoming(report: CallReport): void {
    const { callId, caller, callee, visibleName } = report;
    const offer = this.#pendingSdp.get(callId);
    this.#pendingSdp.delete(callId);
    if (!callId || !offer || this.#calls.has(callId) || this.#calls.size >= MAX_CALLS) return;
    const call = new ZvonokCall(this.#line, {
      callId,
      incoming: true,
      caller,
      callee,
      visibleName,
      ...PLAIN,
      offer,
    });
    this.#events.incoming(call);
  }
}

/** Maps keep the order of insertion: what is over the number goes, the oldest first. */
function remember<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}
