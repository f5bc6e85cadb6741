/**
 * The whole public surface of the SDK: a session (the connection to a gateway with one SIP account) and the calls
 * that it makes and takes.
 *
 *     const session = new ZvonokSession();
 *     session.on("incoming", (call) => call.answer());
 *     await session.connect({ url: "wss://gateway.example:8443", login: "1001", password: "…", domain: "sip.example" });
 *     const call = session.createCall("1002");
 *     call.on("stream", (stream) => (audio.srcObject = stream));
 *     await call.call();
 */
export { ZvonokSession } from "./session.js";
export type { ConnectOptions, SessionEvents, SessionState } from "./options.js";
export { ZvonokCall } from "./call.js";
export type { AnswerOptions, AttachOptions, CallEvents, CallOptions, CallState } from "./line.js";
export type { Draining } from "./drain.js";
export type { DtmfType, Press } from "./dtmf.js";
export type { VideoWish } from "./capture.js";
export type { VideoDirection } from "./media.js";
export type { Picture, Pictures } from "./pictures.js";
export { ZvonokError } from "./cause.js";
export type { Cause } from "./cause.js";
export type { BrowserCause, CauseName, GatewayCause } from "./causes.js";
export type { EndReport } from "./wire.js";
export type {
  Arrival,
  Leg,
  LegQuality,
  Quality,
  Severity,
  Verdict,
  VideoQuality,
} from "./heard.js";
export { parseSaved } from "./saved.js";
export type { SavedSession } from "./saved.js";
export type { Limits } from "./limits.js";
export type { Clock, Environment, Socket, SocketEvents } from "./environment.js";
