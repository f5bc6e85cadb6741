/** The page's elements and what is shown in them. Text from the network is only ever set as text. */
import type { Cause } from "@zvonok/web";

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}

export const ui = {
  account: element("account", HTMLDetailsElement),
  answer: element("answer", HTMLButtonElement),
  answerVideo: element("answer-video", HTMLButtonElement),
  attach: element("attach", HTMLButtonElement),
  avatar: element("avatar", HTMLElement),
  badge: element("badge", HTMLElement),
  call: element("call", HTMLButtonElement),
  callActions: element("call-actions", HTMLElement),
  camera: element("camera", HTMLButtonElement),
  cameraLabel: element("camera-label", HTMLElement),
  connect: element("connect", HTMLButtonElement),
  connectForm: element("connect-form", HTMLFormElement),
  decline: element("decline", HTMLButtonElement),
  dial: element("dial", HTMLFormElement),
  failure: element("failure", HTMLElement),
  failureCopied: element("failure-copied", HTMLElement),
  failureCopy: element("failure-copy", HTMLButtonElement),
  failureLadder: element("failure-ladder", HTMLElement),
  failureNumber: element("failure-number", HTMLElement),
  failurePlain: element("failure-plain", HTMLTextAreaElement),
  failureRemedy: element("failure-remedy", HTMLElement),
  failureSteps: element("failure-steps", HTMLDetailsElement),
  failureText: element("failure-text", HTMLElement),
  failureTitle: element("failure-title", HTMLElement),
  failureTrace: element("failure-trace", HTMLElement),
  failureWhy: element("failure-why", HTMLElement),
  fields: element("fields", HTMLFieldSetElement),
  flip: element("flip", HTMLButtonElement),
  hangup: element("hangup", HTMLButtonElement),
  hear: element("hear", HTMLButtonElement),
  hint: element("hint", HTMLElement),
  hold: element("hold", HTMLButtonElement),
  holdLabel: element("hold-label", HTMLElement),
  incomingActions: element("incoming-actions", HTMLElement),
  keypad: element("keypad", HTMLElement),
  keys: element("keys", HTMLButtonElement),
  lack: element("lack", HTMLElement),
  lackRemedy: element("lack-remedy", HTMLElement),
  lackText: element("lack-text", HTMLElement),
  mute: element("mute", HTMLButtonElement),
  muteLabel: element("mute-label", HTMLElement),
  name: element("name", HTMLElement),
  notice: element("notice", HTMLElement),
  own: element("own", HTMLVideoElement),
  phase: element("phase", HTMLElement),
  picture: element("picture", HTMLVideoElement),
  quality: element("quality", HTMLDetailsElement),
  qualityLegs: element("quality-legs", HTMLElement),
  qualityWord: element("quality-word", HTMLElement),
  remedy: element("remedy", HTMLElement),
  remote: element("remote", HTMLAudioElement),
  stage: element("stage", HTMLElement),
  status: element("status", HTMLElement),
  talk: element("talk", HTMLElement),
  verdict: element("verdict", HTMLElement),
  verdictRemedy: element("verdict-remedy", HTMLElement),
  verdictText: element("verdict-text", HTMLElement),
  verdictWord: element("verdict-word", HTMLElement),
  videoCall: element("video-call", HTMLButtonElement),
  waiting: element("waiting", HTMLElement),
  who: element("who", HTMLElement),
};

export const inputs = {
  url: element("url", HTMLInputElement),
  login: element("login", HTMLInputElement),
  auth: element("auth", HTMLInputElement),
  password: element("password", HTMLInputElement),
  domain: element("domain", HTMLInputElement),
  port: element("port", HTMLInputElement),
  callee: element("callee", HTMLInputElement),
};

export const register = element("register", HTMLInputElement);

export type InputName = keyof typeof inputs;
export type Tone = "info" | "ok" | "warn" | "error";

/** The wire's names of the fields that a person fills in here. */
const FIELD_OF_CAUSE: Readonly<Record<string, InputName>> = {
  url: "url",
  sipLogin: "login",
  sipAuthenticationName: "auth",
  sipPassword: "password",
  sipDomain: "domain",
  sipOutboundProxy: "domain",
  sipPort: "port",
  callee: "callee",
};

/** The field to look at first, for causes that come without one. */
const FIELD_BY_CAUSE: Readonly<Record<string, InputName>> = {
  bad_callee: "callee",
  sip_not_found: "callee",
  sip_auth_failed: "password",
  sip_unknown_domain: "domain",
  sip_target_denied: "domain",
};

/** Ends that nobody has to look into. */
const QUIET: readonly string[] = ["normal", "cancelled", "declined", "disconnected"];

export function isFault(cause: Cause): boolean {
  return !QUIET.includes(cause.cause);
}

/** The cause as one sentence, with the SIP status where it says more. */
export function sentenceOf(cause: Cause): string {
  return cause.text + (cause.sipStatus >= 300 ? ` (SIP ${cause.sipStatus})` : "");
}

export function setText(target: HTMLElement, text: string): void {
  target.textContent = text;
  target.hidden = text === "";
}

/** The status line. It stays until something else happened. */
export function say(text: string, tone: Tone = "info", remedy = ""): void {
  ui.notice.dataset["tone"] = tone;
  ui.status.textContent = text;
  setText(ui.remedy, remedy);
  setText(ui.hint, "");
  spareEcho();
}

/** The panel of a failed call says why only once the status line has moved on to something else. */
export function spareEcho(): void {
  ui.failureWhy.hidden = ui.failureText.textContent === ui.status.textContent;
}

export function setBadge(text: string, tone: "idle" | "busy" | "ok"): void {
  ui.badge.textContent = text;
  ui.badge.dataset["tone"] = tone;
}

function setFieldError(name: InputName, text: string): void {
  const input = inputs[name];
  setText(element(`${name}-error`, HTMLElement), text);
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

export function clearFieldErrors(): void {
  for (const name of Object.keys(inputs) as InputName[]) setFieldError(name, "");
}

/** Shows why something ended: in the status line, and beside the field that is to blame. */
export function showCause(cause: Cause): void {
  say(sentenceOf(cause), isFault(cause) ? "error" : "info", cause.remedy);
  const name = FIELD_OF_CAUSE[cause.field ?? ""] ?? FIELD_BY_CAUSE[cause.cause];
  if (!name) return;
  setFieldError(name, cause.text);
  if (name !== "callee") ui.account.open = true;
  inputs[name].focus();
}

/** A line with a link that opens beside the page. */
export function showHint(before: string, href: string, after: string): void {
  const link = document.createElement("a");
  link.href = href;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.textContent = href;
  ui.hint.replaceChildren(before, link, after);
  ui.hint.hidden = false;
}
