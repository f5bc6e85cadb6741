/**
 * The messages of the gateway's WebSocket that a phone needs: `{"message": name, "data": [...]}` in both directions.
 * `seq` numbers those that a client must not miss (where the gateway grants `resume`), so that they can be told again.
 */
import type { Cause } from "./cause.js";
import { readDraining } from "./drain.js";
import type { Draining } from "./drain.js";
import { readPress } from "./dtmf.js";
import type { Press } from "./dtmf.js";
import { asFields, asFigure, asList, asText, asTexts, readCause } from "./fields.js";
import type { Fields } from "./fields.js";
import { readFinding, readQuality } from "./heard.js";
import type { Finding, Quality } from "./heard.js";
import { readIceServers } from "./iceservers.js";
import { MAX_MESSAGE_CHARS } from "./limits.js";
import { readResumed } from "./resumed.js";
import type { Resumed } from "./resumed.js";

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

/** The gateway has taken the client. */
export interface Welcome {
  readonly login: string;
  readonly token: string;
  readonly features: readonly string[];
  readonly iceServers: RTCIceServer[];
}

export type ServerMessage =
  | { readonly kind: "ping" }
  | ({ readonly kind: "established" } & Welcome)
  | { readonly kind: "registered" }
  | ({ readonly kind: "resumed" } & Resumed)
  | { readonly kind: "failed"; readonly id: string; readonly method: string; readonly cause: Cause }
  | { readonly kind: "sdp"; readonly callId: string; readonly sdp: string }
  | { readonly kind: "update"; readonly callId: string; readonly sdp: string }
  | { readonly kind: "reoffer"; readonly callId: string; readonly sdp: string }
  | { readonly kind: "incoming"; readonly call: CallReport }
  | { readonly kind: "call"; readonly call: CallReport }
  | { readonly kind: "report"; readonly callId: string; readonly report: EndReport }
  | { readonly kind: "verdict"; readonly callId: string; readonly finding: Finding }
  | { readonly kind: "quality"; readonly callId: string; readonly quality: Quality }
  | { readonly kind: "press"; readonly callId: string; readonly press: Press }
  | { readonly kind: "drain"; readonly draining: Draining | undefined }
  | { readonly kind: "ignored" };

export type Received = ServerMessage & { readonly seq: number | undefined };

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

function readWelcome(fields: Fields): Welcome {
  return {
    login: asText(fields["sipLogin"]),
    token: asText(fields["authToken"]),
    features: asTexts(fields["features"]),
    iceServers: readIceServers(fields["iceServers"]),
  };
}

/** The answer to an offer of ours, or an offer of the gateway. */
function readUpdate(callId: string, fields: Fields): ServerMessage {
  const sdp = asText(fields["sdp"]);
  switch (fields["type"]) {
    case "answer":
      return { kind: "update", callId, sdp };
    case "offer":
      return { kind: "reoffer", callId, sdp };
    default:
      return { kind: "ignored" };
  }
}

function readMessage(name: unknown, data: readonly unknown[]): ServerMessage {
  const first = asFields(data[0]);
  const callId = asText(first["callId"]);
  switch (name) {
    case "ping":
      return { kind: "ping" };
    case "getUserData":
      return { kind: "established", ...readWelcome(first) };
    case "registered":
      return { kind: "registered" };
    case "zvResumed":
      return { kind: "resumed", ...readResumed(first) };
    case "fail":
      return {
        kind: "failed",
        id: asText(first["id"]),
        method: asText(first["apiMethod"]),
        cause: readCause(first, "failed", "info"),
      };
    case "setRemoteSDP":
      return { kind: "sdp", callId: asText(data[0]), sdp: asText(data[1]) };
    case "zvUpdate":
      return readUpdate(callId, first);
    case "notifyIncomingCall":
      return { kind: "incoming", call: readCall(first) };
    case "notifyTryingResponse":
    case "ring":
    case "talk":
    case "hold":
    case "finish":
      return { kind: "call", call: readCall(first) };
    case "zvReport":
      return { kind: "report", callId, report: readReport(first) };
    case "zvVerdict":
      return { kind: "verdict", callId, finding: readFinding(first) };
    case "zvQuality":
      return { kind: "quality", callId, quality: readQuality(first) };
    case "zvDtmf":
      return { kind: "press", callId, press: readPress(first) };
    case "zvDrain":
      return { kind: "drain", draining: readDraining(first) };
    default:
      return { kind: "ignored" };
  }
}

/** Reads one message of the gateway; anything that is not one is `ignored`. */
export function parseMessage(text: string): Received {
  const nothing = { kind: "ignored", seq: undefined } as const;
  if (text.length > MAX_MESSAGE_CHARS) return nothing;
  let envelope: Fields;
  try {
    envelope = asFields(JSON.parse(text));
  } catch {
    return nothing;
  }
  const seq = asFigure(envelope["seq"]);
  return { ...readMessage(envelope["message"], asList(envelope["data"])), seq };
}
