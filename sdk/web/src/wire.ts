/**
 * The messages of the gateway's WebSocket that a phone needs: `{"message": name, "data": [...]}` in both directions.
 * Reading is tolerant of unknown names and fields, absent and null being the same, and strict about types: a field
 * of the wrong type reads as absent.
 */
import type { Cause } from "./cause.js";
import { BROWSER_CAUSES } from "./causes.js";
import type { BrowserCause } from "./causes.js";
import { MAX_MESSAGE_CHARS } from "./limits.js";

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

/** What the gateway reports about a call. */
export interface CallReport {
  readonly callId: string;
  readonly status: string;
  readonly caller: string;
  readonly callee: string;
  readonly visibleName: string;
  readonly cause: Cause;
}

/** What the gateway tells of a call that has ended, beside the end itself. */
export interface EndReport {
  /** The gateway's cause. The call's own may be another one, where the browser found the fault. */
  readonly cause: Cause;
  /** The call's number in the gateway, by which its operator finds it; empty when it has none. */
  readonly traceId: string;
  /** The call's messages as lines of text for a fixed-width font; empty when the gateway keeps no traces. */
  readonly ladder: string;
}

/** The gateway's extensions that this SDK asks for. */
export const FEATURES = ["report"] as const;

export type ServerMessage =
  | { readonly kind: "ping" }
  | { readonly kind: "established"; readonly login: string; readonly features: readonly string[] }
  | { readonly kind: "registered" }
  | { readonly kind: "failed"; readonly id: string; readonly cause: Cause }
  | { readonly kind: "sdp"; readonly callId: string; readonly sdp: string }
  | { readonly kind: "incoming"; readonly call: CallReport }
  | { readonly kind: "call"; readonly call: CallReport }
  | { readonly kind: "report"; readonly callId: string; readonly report: EndReport }
  | { readonly kind: "ignored" };

type Fields = Readonly<Record<string, unknown>>;

function asFields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function asTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function asNumber(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** The gateway's sentences come without capital and full stop, so that they fit into a log line. */
function asSentence(value: unknown): string {
  const text = asText(value).trim();
  if (!text) return "";
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? "" : ".");
}

/**
 * `text` is the sentence of the cause, the same each time. `info` names the field and the place in a `fail`, and is a
 * short text for clients that know no causes in reports of calls: so the one goes first here, the other there.
 */
function readCause(fields: Fields, fallback: BrowserCause, first: "text" | "info"): Cause {
  const field = asText(fields["field"]);
  const second = first === "text" ? "info" : "text";
  return {
    cause: asText(fields["cause"]) || fallback,
    text: asSentence(fields[first]) || asSentence(fields[second]) || BROWSER_CAUSES[fallback].text,
    remedy: asSentence(fields["remedy"]),
    hop: asText(fields["hop"]),
    sipStatus: asNumber(fields["sipStatus"]),
    ...(field && { field }),
  };
}

function readCall(fields: Fields): CallReport {
  const status = asText(fields["status"]);
  return {
    callId: asText(fields["callId"]),
    status,
    caller: asText(fields["caller"]),
    callee: asText(fields["callee"]),
    visibleName: asText(fields["visibleName"]),
    cause: readCause(fields, status === "FINISH" ? "normal" : "failed", "text"),
  };
}

function readReport(fields: Fields): EndReport {
  return {
    cause: readCause(fields, "failed", "text"),
    traceId: asText(fields["traceId"]),
    ladder: asText(fields["ladder"]),
  };
}

/** Reads one message of the gateway; anything that is not one is `ignored`. */
export function parseMessage(text: string): ServerMessage {
  if (text.length > MAX_MESSAGE_CHARS) return { kind: "ignored" };
  let envelope: Fields;
  try {
    envelope = asFields(JSON.parse(text));
  } catch {
    return { kind: "ignored" };
  }
  const data: readonly unknown[] = Array.isArray(envelope["data"]) ? envelope["data"] : [];
  const first = asFields(data[0]);
  switch (envelope["message"]) {
    case "ping":
      return { kind: "ping" };
    case "getUserData":
      return {
        kind: "established",
        login: asText(first["sipLogin"]),
        features: asTexts(first["features"]),
      };
    case "registered":
      return { kind: "registered" };
    case "fail":
      return {
        kind: "failed",
        id: asText(first["id"]),
        cause: readCause(first, "failed", "info"),
      };
    case "setRemoteSDP":
      return { kind: "sdp", callId: asText(data[0]), sdp: asText(data[1]) };
    case "notifyIncomingCall":
      return { kind: "incoming", call: readCall(first) };
    case "notifyTryingResponse":
    case "ring":
    case "talk":
    case "hold":
    case "finish":
      return { kind: "call", call: readCall(first) };
    case "zvReport":
      return { kind: "report", callId: asText(first["callId"]), report: readReport(first) };
    default:
      return { kind: "ignored" };
  }
}

function write(message: string, data: unknown): string {
  return JSON.stringify({ message, data: [data] });
}

export function writeConnection(account: Account, userAgent: string): string {
  return write("connection", {
    appKey: "defaultApp",
    mediaProviders: ["WebRTC"],
    clientVersion: "zvonok-web 0.1",
    clientBrowserVersion: userAgent,
    features: FEATURES,
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

export interface CallMessage {
  readonly callId: string;
  readonly sdp: string;
  readonly caller: string;
  readonly callee: string;
  readonly visibleName: string | undefined;
}

const AUDIO_CALL = { hasAudio: true, hasVideo: false, status: "PENDING", mediaProvider: "WebRTC" };

export function writeCall(call: CallMessage): string {
  return write("call", { ...call, incoming: false, ...AUDIO_CALL });
}

export function writeAnswer(call: Pick<CallMessage, "callId" | "sdp" | "callee">): string {
  return write("answer", { ...call, incoming: true, ...AUDIO_CALL });
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
