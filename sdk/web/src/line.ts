/** What a call is to the outside, and what it needs of its session. */
import type { VideoWish } from "./capture.js";
import type { Cause } from "./cause.js";
import type { Press } from "./dtmf.js";
import type { Environment } from "./environment.js";
import type { Quality, Verdict } from "./heard.js";
import type { Limits } from "./limits.js";
import type { Pictures } from "./pictures.js";
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
  /** A picture as well; absent: what `constraints` say, so usually none. */
  readonly video?: VideoWish;
}

export interface AnswerOptions {
  /** Take the caller's picture and send one; absent or false: the call is one of audio. */
  readonly video?: VideoWish;
}

export interface AttachOptions {
  /** For a call with video: open the camera as well; absent or false: it is off until `unmuteVideo`. */
  readonly video?: VideoWish;
}

export interface CallEvents {
  state: CallState;
  /**
   * What comes from the far end: attach it to an element. It may come before the answer, again when a picture has come to
   * the sound, and as another stream after a return.
   */
  stream: MediaStream;
  /** What goes there: microphone and camera. Again when a camera has come, gone or is another one. */
  localStream: MediaStream;
  muted: boolean;
  /** This side's hold: wanted, or given up. `state` tells how it stands, by either side. */
  held: boolean;
  /** The far end has pressed a key. Only from a gateway that tells. */
  dtmf: Press;
  /** The call has a picture now, or none any more, or one in another direction: `hasVideo`. */
  video: boolean;
  /** The own picture is off, or on: `isVideoMuted`. */
  videoMuted: boolean;
  /** Size and rate of the pictures, every few seconds while the call has any. */
  pictures: Pictures;
  /** Something is missing, such as a camera, or was refused, as a hold, and the call goes on without it. */
  warning: Cause;
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
  readonly video: VideoWish | undefined;
  /** The gateway's offer of an incoming call. */
  readonly offer: string | undefined;
  /** What the gateway holds of a call that this page knows nothing of, such as one from before a reload. */
  readonly taken?: ResumedCall;
}
