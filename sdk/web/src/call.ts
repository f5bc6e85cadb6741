/**
 * One call as the browser sees it.
 *
 *     outgoing:  CONNECTING ──► RINGING ──► ACTIVE ◄──► HELD          any state ──► ENDED
 *     incoming:  RINGING ──► CONNECTING (after answer) ──► ACTIVE ◄──► HELD
 *
 * The gateway's reports drive it. Every state but ACTIVE, HELD and ENDED has a deadline here as well, longer than the
 * gateway's own; ACTIVE and HELD end with the gateway's report, with the audio, or with the session.
 *
 * While the session is RECONNECTING a call stays in its state and its deadlines stand still. When it has returned, what
 * the gateway holds is compared with what was said here: a call, answer or hang-up that got lost is said again, and the
 * audio looks for a new path.
 */
import { CallMedia } from "./callmedia.js";
import type { VideoWish } from "./capture.js";
import { localCause } from "./cause.js";
import type { Cause, ZvonokError } from "./cause.js";
import type { BrowserCause } from "./causes.js";
import { Deadline } from "./deadline.js";
import { areDigits } from "./dtmf.js";
import type { DtmfType, Press } from "./dtmf.js";
import { Emitter } from "./emitter.js";
import { Findings } from "./heard.js";
import type { Finding, Quality, Verdict } from "./heard.js";
import { Hold } from "./hold.js";
import type {
  AnswerOptions,
  AttachOptions,
  CallEvents,
  CallOrigin,
  CallState,
  Line,
} from "./line.js";
import { offersVideo } from "./media.js";
import type { VideoDirection } from "./media.js";
import { isAnswered } from "./resumed.js";
import type { ResumedCall } from "./resumed.js";
import type { CallReport, EndReport } from "./wire.js";
import {
  writeAnswer,
  writeCall,
  writeDtmf,
  writeHangup,
  writeUpdate,
  writeUpdateAnswer,
} from "./writing.js";

export class ZvonokCall extends Emitter<CallEvents> {
  readonly id: string;
  readonly incoming: boolean;
  readonly caller: string;
  readonly callee: string;
  /** The far end as a person should see it. */
  readonly remoteName: string;

  readonly #line: Line;
  readonly #origin: CallOrigin;
  readonly #media: CallMedia;
  readonly #deadline: Deadline;
  readonly #findings = new Findings();
  readonly #hold: Hold;
  #state: CallState;
  #cause: Cause | undefined;
  #report: EndReport | undefined;
  #quality: Quality | undefined;
  #fault: Cause | undefined;
  #answeredAt: number | undefined;
  #begun = false;
  #told = false;
  #answered = false;
  #described = false;
  #hangingUp = false;
  /** The call or answer that the gateway has not confirmed yet, as it was sent. */
  #unconfirmed: string | undefined;

  /** @internal Made by a session. */
  constructor(line: Line, origin: CallOrigin) {
    super();
    const { environment, limits } = line;
    this.#line = line;
    this.#origin = origin;
    this.id = origin.callId;
    this.incoming = origin.incoming;
    this.caller = origin.caller;
    this.callee = origin.callee;
    this.remoteName = origin.incoming ? origin.visibleName || origin.caller : origin.callee;
    this.#state = origin.incoming ? "RINGING" : "CONNECTING";
    this.#deadline = new Deadline(environment.clock);
    this.#hold = new Hold(this.id, (text) => line.send(text));
    this.#media = new CallMedia(line, origin.constraints, !origin.taken, {
      stream: (stream) => this.emit("stream", stream),
      localStream: (stream) => this.emit("localStream", stream),
      video: () => this.emit("video", this.hasVideo),
      videoMuted: () => this.emit("videoMuted", this.isVideoMuted),
      pictures: (pictures) => this.emit("pictures", pictures),
      warning: (cause) => this.emit("warning", cause),
      offer: (sdp, reason) => line.send(writeUpdate(this.id, sdp, reason)),
      answer: (sdp) => line.send(writeUpdateAnswer(this.id, sdp)),
      failed: (cause) => this.#fail(cause),
    });
    if (origin.taken) this.#take(origin.taken);
    else if (origin.incoming) {
      this.#begun = this.#told = true;
      line.started(this);
      this.#setDeadline(limits.incoming, "no_answer");
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

  /** What keeps one from hearing or being heard now: the gravest finding; undefined: nothing known. */
  get verdict(): Verdict | undefined {
    return this.#findings.worst;
  }

  /** How the call sounded last; undefined until the gateway has told. */
  get quality(): Quality | undefined {
    return this.#quality;
  }

  /** When the call was answered, in milliseconds since 1970; undefined until then. */
  get answeredAt(): number | undefined {
    return this.#answeredAt;
  }

  /** False: the call goes on without this page's audio, which `attach` brings back. Only after a reload. */
  get attached(): boolean {
    return this.#media.attached;
  }

  get muted(): boolean {
    return this.#media.muted;
  }

  set muted(muted: boolean) {
    if (muted === this.#media.muted) return;
    this.#media.muted = muted;
    this.emit("muted", muted);
  }

  /** This side holds the call, or has asked for it. The other side may hold it as well: `HELD` says that one does. */
  get isHeld(): boolean {
    return this.#hold.isWanted;
  }

  /** Puts the other side on hold: it is told, and hears and sees nothing of this one. */
  hold(): void {
    this.#setHold("hold", true);
  }

  unhold(): void {
    this.#setHold("unhold", false);
  }

  /** Sends digits, 64 at most at a time; a `warning` tells when the far end does not take them. */
  sendDtmf(digits: string, { type = "RFC2833" }: { readonly type?: DtmfType } = {}): void {
    const mayBe = this.#isUp() || (this.#state === "RINGING" && !this.incoming);
    if (!areDigits(digits)) throw new Error("sendDtmf: 1 to 64 of 0-9, A-D, * and #");
    if (!mayBe) throw new Error(`sendDtmf: the call is ${this.#state}`);
    if (!this.#line.isUp()) throw new Error("sendDtmf: the gateway is away");
    this.#line.send(writeDtmf(this.id, type, digits));
  }

  /** What was agreed on: the call has a picture, at least in one direction. Before that: one is asked for. */
  get hasVideo(): boolean {
    const { taken, offer } = this.#origin;
    if (taken && !this.attached) return taken.hasVideo;
    return this.incoming && !this.#answered
      ? offersVideo(offer ?? "")
      : this.videoDirection !== undefined;
  }

  /** Which way pictures go: `recvonly`, the far end takes none. Undefined without video. */
  get videoDirection(): VideoDirection | undefined {
    return this.#media.videoDirection;
  }

  /** True without a camera, too. The far end is not told; it sees black. */
  get isVideoMuted(): boolean {
    return this.#media.isVideoMuted;
  }

  /** Microphone and camera; undefined until they are open. */
  get localStream(): MediaStream | undefined {
    return this.#media.localStream;
  }

  /** Sound and picture of the far end; undefined until something was agreed on. */
  get remoteStream(): MediaStream | undefined {
    return this.#media.remoteStream;
  }

  /** Switches the own picture off. The camera stays open, and is back at once. */
  muteVideo(): void {
    this.#media.muteVideo();
  }

  /** Switches the own picture on, and opens the camera if there is none yet: then it may reject with a ZvonokError. */
  unmuteVideo(): Promise<void> {
    return this.#withVideo("unmuteVideo", () => this.#media.unmuteVideo());
  }

  /** The next camera, or the one at the other side of a phone. Rejects when there is none; the picture stays then. */
  switchCamera(): Promise<void> {
    return this.#withVideo("switchCamera", () => this.#media.switchCamera());
  }

  /** Starts an outgoing call: opens the microphone and asks the gateway. How it goes is told by `state` events. */
  call(): void {
    if (this.incoming || this.#begun) throw new Error("this call was started before");
    this.#begun = true;
    this.#line.started(this);
    if (this.#state !== "ENDED") void this.#offer();
  }

  /** Answers an incoming call; without effect when it has been answered or has ended. */
  answer({ video }: AnswerOptions = {}): void {
    if (!this.incoming) throw new Error("only an incoming call can be answered");
    if (this.#answered || this.#hangingUp || this.#state === "ENDED") return;
    this.#answered = true;
    this.#deadline.clear();
    this.#become("CONNECTING");
    void this.#answer(video);
  }

  /**
   * Opens the microphone for a call that is not `attached` and is ACTIVE or HELD, and joins it by a new peer connection.
   * Rejects with a ZvonokError when that fails, as for want of a permission; the call goes on, and it can be tried again.
   */
  attach({ video }: AttachOptions = {}): Promise<void> {
    if (this.attached) return Promise.resolve();
    if (!this.#isUp()) return Promise.reject(new Error(`attach: the call is ${this.#state}`));
    return this.#media.attach(this.hasVideo, video);
  }

  /** Ends the call, or declines an incoming one. The microphone is closed at once. */
  hangup(): void {
    if (this.#hangingUp || this.#state === "ENDED") return;
    this.#hangingUp = true;
    if (!this.#told || !this.#line.isUp()) {
      this.#end(localCause("normal"));
      return;
    }
    this.#media.close();
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
        this.#end({ ...report.cause, ...this.#fault }, "known");
        return;
      default:
        if (report.status === "ESTABLISHED" || report.status === "HOLD") this.#hold.onState();
        this.#onStatus(report.status);
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

  /** @internal The gateway's answer to an offer of a running call. */
  onUpdate(sdp: string): void {
    this.#media.onAnswer(sdp);
  }

  /** @internal The gateway's offer in a running call: the far end adds or drops its picture. */
  onReoffer(sdp: string): void {
    if (!this.#hangingUp) this.#media.onOffer(sdp);
  }

  /** @internal True when the refusal was for an offer of a running call, which stays as it was. */
  onUpdateRefused(cause: Cause): boolean {
    return this.#media.onRefusal(cause);
  }

  /** @internal True when it was a hold or digits that were refused: the call stays as it was. */
  onRefused(cause: Cause): boolean {
    if (cause.cause !== "hold_refused" && cause.cause !== "dtmf_refused") return false;
    if (this.#state === "ENDED") return true;
    if (cause.cause === "hold_refused") {
      this.#hold.onRefused();
      this.emit("held", this.isHeld);
    }
    this.emit("warning", cause);
    return true;
  }

  /** @internal */
  onPress(press: Press): void {
    if (this.#state !== "ENDED" && press.digit) this.emit("dtmf", press);
  }

  /** @internal */
  onFinding(finding: Finding): void {
    if (this.#state !== "ENDED" && this.#findings.take(finding)) this.emit("verdict", this.verdict);
  }

  /** @internal */
  onQuality(quality: Quality): void {
    if (this.#state === "ENDED") return;
    this.#quality = quality;
    this.emit("quality", quality);
  }

  /** @internal */
  onEndReport(report: EndReport): void {
    if (this.#state !== "ENDED" || this.#report) return;
    this.#report = report;
    this.emit("report", report);
  }

  /** @internal The browser is in another network, and the gateway is still there. */
  onNetworkChanged(): void {
    this.#media.onNetworkChanged();
  }

  /** @internal The gateway is away. */
  onLost(): void {
    this.#deadline.pause();
    this.#media.onLost();
  }

  /** @internal The session is back, and what was missed has been told. `found`: what the gateway holds of this call. */
  onReturn(found: ResumedCall | undefined): void {
    if (this.#state === "ENDED") return;
    this.#deadline.resume();
    if (this.#told) this.#agree(found);
    if (found && this.#isUp()) this.#hold.onReturn();
    this.#media.onReturn();
  }

  /** @internal The session has ended. */
  onSessionEnd(cause: Cause): void {
    this.#end(cause, "known");
  }

  #isUp(): boolean {
    return this.#state === "ACTIVE" || this.#state === "HELD";
  }

  #setHold(name: string, isHold: boolean): void {
    if (!this.#isUp() || this.#hangingUp) throw new Error(`${name}: the call is ${this.#state}`);
    if (this.#hold.want(isHold)) this.emit("held", isHold);
  }

  #withVideo(name: string, work: () => Promise<void>): Promise<void> {
    const { videoDirection } = this;
    const mayBe = this.#state !== "ENDED" && videoDirection && videoDirection !== "recvonly";
    return mayBe ? work() : Promise.reject(new Error(`${name}: the call sends no picture`));
  }

  /** Says again what got lost, and takes the gateway's view of the rest. */
  #agree(found: ResumedCall | undefined): void {
    const { send, limits } = this.#line;
    if (!found) {
      if (this.#hangingUp) this.#end(localCause("normal"), "known");
      else if (this.incoming || !this.#unconfirmed) this.#end(localCause("gateway_lost"), "known");
      else send(this.#unconfirmed);
    } else if (this.#hangingUp) {
      send(writeHangup(this.id));
      this.#setDeadline(limits.hangup, "normal");
    } else if (this.incoming && this.#unconfirmed && !isAnswered(found)) send(this.#unconfirmed);
    else this.#onStatus(found.status);
  }

  /** A call from before a reload: it goes on, its audio does not. */
  #take(found: ResumedCall): void {
    this.#begun = this.#told = this.#described = true;
    this.#answered = this.incoming;
    this.#line.started(this);
    this.#onStatus(found.status);
    this.#hold.take(found.held);
    if (isAnswered(found)) this.#answeredAt = this.#line.environment.clock.now() - found.sinceMs;
  }

  async #offer(): Promise<void> {
    try {
      const sdp = await this.#media.offer(this.#origin.video);
      if (this.#state === "ENDED") return;
      const { callId, callee, visibleName } = this.#origin;
      const caller = this.#line.login();
      this.#told = true;
      this.#setDeadline(this.#line.limits.trying, "call_timeout");
      const { hasVideo } = this;
      this.#sendUntilConfirmed(writeCall({ callId, sdp, caller, callee, visibleName, hasVideo }));
    } catch (error) {
      this.#fail((error as ZvonokError).cause);
    }
  }

  async #answer(video: VideoWish | undefined): Promise<void> {
    try {
      const sdp = await this.#media.answer(this.#origin.offer ?? "", video);
      if (this.#state === "ENDED" || this.#hangingUp) return;
      this.#setDeadline(this.#line.limits.confirm, "call_timeout");
      const { id: callId, callee, hasVideo } = this;
      this.#sendUntilConfirmed(writeAnswer({ callId, sdp, callee, hasVideo }));
    } catch (error) {
      this.#fail((error as ZvonokError).cause);
    }
  }

  async #accept(sdp: string): Promise<void> {
    try {
      await this.#media.accept(sdp);
    } catch (error) {
      this.#fail((error as ZvonokError).cause);
    }
  }

  #sendUntilConfirmed(text: string): void {
    this.#unconfirmed = text;
    this.#line.send(text);
  }

  #onStatus(status: string): void {
    switch (status) {
      case "TRYING":
      case "RING":
      case "RING_MEDIA":
      case "SESSION_PROGRESS":
        this.#onProgress(status);
        return;
      case "ESTABLISHED":
        this.#onTalk("ACTIVE");
        return;
      case "HOLD":
        this.#onTalk("HELD");
        return;
    }
  }

  #onProgress(status: string): void {
    if (this.incoming || this.#hangingUp) return;
    if (this.#state !== "CONNECTING" && this.#state !== "RINGING") return;
    this.#unconfirmed = undefined;
    this.#setDeadline(this.#line.limits.answer, "no_answer");
    if (status !== "TRYING") this.#become("RINGING");
  }

  #onTalk(state: "ACTIVE" | "HELD"): void {
    if (this.#hangingUp) return;
    this.#deadline.clear();
    this.#unconfirmed = undefined;
    this.#fault = undefined; // the call is up in spite of it
    this.#answeredAt ??= this.#line.environment.clock.now();
    this.#become(state);
  }

  /** Ends the call for a reason found here, which the gateway has to be told. */
  #fail(cause: Cause): void {
    if (this.#state === "ENDED" || this.#hangingUp) return;
    if (this.#told) this.#line.send(writeHangup(this.id));
    this.#end(cause);
  }

  /** `known`: the gateway knows of the end. Otherwise it may hold the call still when the session returns. */
  #end(cause: Cause, known?: "known"): void {
    if (this.#state === "ENDED") return;
    this.#deadline.clear();
    this.#media.close();
    this.#cause = cause;
    this.#line.ended(this, this.#told && !known);
    this.#become("ENDED");
  }

  #become(state: CallState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.emit("state", state);
  }

  #setDeadline(ms: number, cause: BrowserCause): void {
    this.#deadline.set(ms, () => {
      if (this.#hangingUp) this.#end(localCause(cause));
      else this.#fail(localCause(cause));
    });
  }
}
