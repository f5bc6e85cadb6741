/** The messages that a phone sends to the gateway. */
import type { DtmfType } from "./dtmf.js";

export interface Account {
  readonly login: string;
  readonly authenticationName: string | undefined;
  readonly password: string;
  readonly domain: string;
  readonly port: number | undefined;
  readonly outboundProxy: string | undefined;
  readonly visibleName: string | undefined;
  readonly registerRequired: boolean;
}

/** The gateway's extensions that this SDK asks for. */
export const FEATURES = [
  "report",
  "resume",
  "reoffer",
  "verdict",
  "quality",
  "iceServers",
  "dtmf",
  "drain",
] as const;

export type Feature = (typeof FEATURES)[number];

/** `restart`: the same peer connection looks for a new path. `reload`: a new one in place of one that is gone. */
export type UpdateReason = "restart" | "reload";

function write(message: string, data: unknown): string {
  return JSON.stringify({ message, data: [data] });
}

function client(userAgent: string): object {
  return {
    appKey: "defaultApp",
    mediaProviders: ["WebRTC"],
    clientVersion: "zvonok-web 0.1",
    clientBrowserVersion: userAgent,
    features: FEATURES,
  };
}

export function writeConnection(account: Account, userAgent: string): string {
  return write("connection", {
    ...client(userAgent),
    sipLogin: account.login,
    sipAuthenticationName: account.authenticationName,
    sipPassword: account.password,
    sipDomain: account.domain,
    sipPort: account.port,
    sipOutboundProxy: account.outboundProxy,
    sipVisibleName: account.visibleName,
    sipRegisterRequired: account.registerRequired,
  });
}

/** The first message of a client that returns; without `lastSeq` it remembers nothing. */
export function writeReturn(token: string, lastSeq: number | undefined, userAgent: string): string {
  return write("connection", { ...client(userAgent), authToken: token, lastSeq });
}

export interface CallMessage {
  readonly callId: string;
  readonly sdp: string;
  readonly caller: string;
  readonly callee: string;
  readonly visibleName: string | undefined;
  readonly hasVideo: boolean;
}

const PENDING = { hasAudio: true, status: "PENDING", mediaProvider: "WebRTC" };

export function writeCall(call: CallMessage): string {
  return write("call", { ...call, incoming: false, ...PENDING });
}

export function writeAnswer(call: Omit<CallMessage, "caller" | "visibleName">): string {
  return write("answer", { ...call, incoming: true, ...PENDING });
}

export function writeUpdate(callId: string, sdp: string, reason: UpdateReason): string {
  return write("zvUpdate", { callId, type: "offer", sdp, reason });
}

/** The answer to the gateway's offer of video; without `sdp`: it cannot be taken, and all is as before. */
export function writeUpdateAnswer(callId: string, sdp: string | undefined): string {
  const type = sdp === undefined ? "rollback" : "answer";
  return write("zvUpdate", { callId, type, sdp, reason: "video" });
}

export function writeHold(callId: string, isHold: boolean): string {
  return write(isHold ? "hold" : "unhold", { callId });
}

export function writeDtmf(callId: string, type: DtmfType, dtmf: string): string {
  return write("sendDtmf", { callId, type, dtmf });
}

export function writeHangup(callId: string): string {
  return write("hangup", { callId });
}

export function writePing(): string {
  return write("ping", null);
}

export function writePong(): string {
  return write("pong", null);
}
