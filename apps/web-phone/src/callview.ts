/** The one call that this page shows: its face, its buttons, its sound. */
import type { CallState, ZvonokCall } from "@zvonok/web";
import { formatDuration } from "./duration.js";
import { hideFailure, showFailure } from "./failure.js";
import { clearFieldErrors, inputs, say, showCause, ui } from "./view.js";

const TITLE = document.title;

let current: ZvonokCall | undefined;
let talkingSince = 0;
let clock: ReturnType<typeof setInterval> | undefined;

export function currentCall(): ZvonokCall | undefined {
  return current;
}

/** Takes a call onto the screen until it ends. */
export function showCall(call: ZvonokCall): void {
  current = call;
  talkingSince = 0;
  clearFieldErrors();
  hideFailure();
  ui.name.textContent = call.remoteName || "Unknown";
  ui.avatar.textContent = (call.remoteName || "?").slice(0, 1).toUpperCase();
  ui.dial.hidden = true;
  ui.talk.hidden = false;
  call.on("state", (state) => onState(call, state));
  call.on("stream", (stream) => hear(call, stream));
  call.on("muted", showMuted);
  showMuted(false);
  draw(call);
  if (call.incoming) {
    document.title = `${call.remoteName} is calling`;
    say(`${call.remoteName} is calling you.`);
    ui.answer.focus();
  } else {
    say(`Calling ${call.remoteName}…`);
    ui.hangup.focus();
  }
}

function onState(call: ZvonokCall, state: CallState): void {
  if (call !== current) return;
  if (state === "ENDED") {
    leave(call);
    return;
  }
  if (state === "ACTIVE" && !talkingSince) startClock();
  if (state === "RINGING") say(`${call.remoteName} is being rung.`);
  if (state === "ACTIVE") say(`Talking with ${call.remoteName}.`, "ok");
  if (state === "HELD") say(`${call.remoteName} has put you on hold.`);
  draw(call);
}

function draw(call: ZvonokCall): void {
  const asks = call.incoming && call.state === "RINGING";
  ui.incomingActions.hidden = !asks;
  ui.callActions.hidden = asks;
  ui.talk.dataset["state"] = call.state;
  ui.hangup.disabled = false;
  ui.decline.disabled = false;
  ui.phase.textContent = phase(call);
}

function phase(call: ZvonokCall): string {
  switch (call.state) {
    case "CONNECTING":
      return call.incoming ? "Answering…" : "Calling…";
    case "RINGING":
      return call.incoming ? "Incoming call" : "Ringing…";
    case "ACTIVE":
      return formatDuration(Date.now() - talkingSince);
    case "HELD":
      return "On hold";
    case "ENDED":
      return "Ended";
  }
}

function startClock(): void {
  talkingSince = Date.now();
  clock = setInterval(() => {
    if (current) ui.phase.textContent = phase(current);
  }, 1000);
}

function leave(call: ZvonokCall): void {
  clearInterval(clock);
  current = undefined;
  document.title = TITLE;
  ui.remote.srcObject = null;
  ui.hear.hidden = true;
  ui.talk.hidden = true;
  ui.dial.hidden = false;
  if (!ui.call.disabled) inputs.callee.focus();
  if (!call.cause) return;
  showCause(call.cause);
  showFailure(call, call.cause, talkingSince > 0);
}

/** Plays the far end; where the browser wants a touch first, a button asks for it. */
function hear(call: ZvonokCall, stream: MediaStream): void {
  if (call !== current) return;
  ui.remote.srcObject = stream;
  play();
}

function play(): void {
  ui.remote.play().then(
    () => (ui.hear.hidden = true),
    (error: unknown) => {
      if (!current || (error as DOMException).name !== "NotAllowedError") return;
      ui.hear.hidden = false;
      say(
        "The browser keeps this page silent.",
        "error",
        "Tap the button below to hear the other side.",
      );
    },
  );
}

function showMuted(muted: boolean): void {
  ui.mute.setAttribute("aria-pressed", String(muted));
  ui.muteLabel.textContent = muted ? "Unmute" : "Mute";
}

function end(): void {
  ui.hangup.disabled = true;
  ui.decline.disabled = true;
  ui.phase.textContent = "Hanging up…";
  clearInterval(clock);
  current?.hangup();
}

export function bindCallButtons(): void {
  ui.answer.addEventListener("click", () => {
    current?.answer();
    ui.hangup.focus();
  });
  ui.decline.addEventListener("click", end);
  ui.hangup.addEventListener("click", end);
  ui.hear.addEventListener("click", play);
  ui.mute.addEventListener("click", () => {
    if (current) current.muted = !current.muted;
  });
}
