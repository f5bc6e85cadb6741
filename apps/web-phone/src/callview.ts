/** The one call that this page shows: its face, its buttons, its sound. Its picture is in picture.ts. */
import type { CallState, ZvonokCall } from "@zvonok/web";
import { formatDuration } from "./duration.js";
import { hideFailure, showFailure } from "./failure.js";
import { drawCamera, watchCamera } from "./camera.js";
import { hideHearing, showHearing } from "./hearing.js";
import { drawKeypad, watchKeypad } from "./keypad.js";
import { drawPicture, hidePicture, watchPicture } from "./picture.js";
import { clearFieldErrors, inputs, say, showCause, ui } from "./view.js";

const TITLE = document.title;

let current: ZvonokCall | undefined;
let clock: ReturnType<typeof setInterval> | undefined;

export function currentCall(): ZvonokCall | undefined {
  return current;
}

/** Takes a call onto the screen until it ends. */
export function showCall(call: ZvonokCall): void {
  current = call;
  clearFieldErrors();
  hideFailure();
  ui.name.textContent = call.remoteName || "Unknown";
  ui.avatar.textContent = (call.remoteName || "?").slice(0, 1).toUpperCase();
  ui.dial.hidden = true;
  ui.talk.hidden = false;
  call.on("state", (state) => onState(call, state));
  call.on("stream", (stream) => hear(call, stream));
  call.on("muted", showMuted);
  call.on("video", () => call === current && drawCall(call));
  call.on("held", () => call === current && call.state === "HELD" && describeCall(call));
  watchPicture(call);
  watchCamera(call);
  watchKeypad(call);
  call.on("verdict", () => call === current && showHearing(call));
  call.on("quality", () => call === current && showHearing(call));
  showMuted(call.muted);
  hideHearing();
  drawCall(call);
  describeCall(call);
  if (call.answeredAt !== undefined) startClock();
  if (asks(call)) {
    document.title = `${call.remoteName} is calling`;
    ui.answer.focus();
  } else ui.hangup.focus();
}

/** Says in the status line how it stands with the call. */
export function describeCall(call: ZvonokCall): void {
  const { remoteName } = call;
  switch (call.state) {
    case "CONNECTING":
      say(call.incoming ? `Answering ${remoteName}…` : `Calling ${remoteName}…`);
      return;
    case "RINGING":
      say(call.incoming ? `${remoteName} is calling you.` : `${remoteName} is being rung.`);
      return;
    case "ACTIVE":
      if (call.attached) say(`Talking with ${remoteName}.`, "ok");
      else say(`The call with ${remoteName} goes on without you.`, "warn");
      return;
    case "HELD":
      say(call.isHeld ? `${remoteName} is on hold.` : `${remoteName} has put you on hold.`);
      return;
    case "ENDED":
      return;
  }
}

function asks(call: ZvonokCall): boolean {
  return call.incoming && call.state === "RINGING";
}

function onState(call: ZvonokCall, state: CallState): void {
  if (call !== current) return;
  if (state === "ENDED") {
    leave(call);
    return;
  }
  if (call.answeredAt !== undefined && !clock) startClock();
  if (state !== "CONNECTING") describeCall(call);
  drawCall(call);
}

export function drawCall(call: ZvonokCall): void {
  ui.incomingActions.hidden = !asks(call);
  ui.callActions.hidden = asks(call);
  ui.answerVideo.hidden = !call.hasVideo;
  ui.mute.disabled = !call.attached;
  ui.talk.dataset["state"] = call.state;
  ui.hangup.disabled = false;
  ui.decline.disabled = false;
  ui.phase.textContent = phase(call);
  drawPicture(call, call.hasVideo && call.attached && !asks(call));
  drawCamera(call);
  drawKeypad(call);
}

function phase(call: ZvonokCall): string {
  switch (call.state) {
    case "CONNECTING":
      return call.incoming ? "Answering…" : "Calling…";
    case "RINGING":
      if (!call.incoming) return "Ringing…";
      return call.hasVideo ? "Incoming video call" : "Incoming call";
    case "ACTIVE":
      return formatDuration(Date.now() - (call.answeredAt ?? Date.now()));
    case "HELD":
      return "On hold";
    case "ENDED":
      return "Ended";
  }
}

function startClock(): void {
  stopClock();
  clock = setInterval(() => {
    if (current) ui.phase.textContent = phase(current);
  }, 1000);
}

function stopClock(): void {
  clearInterval(clock);
  clock = undefined;
}

function leave(call: ZvonokCall): void {
  stopClock();
  hideHearing();
  hidePicture();
  ui.attach.hidden = true;
  current = undefined;
  document.title = TITLE;
  ui.remote.srcObject = null;
  ui.hear.hidden = true;
  ui.talk.hidden = true;
  ui.dial.hidden = false;
  if (!ui.call.disabled) inputs.callee.focus();
  if (!call.cause) return;
  showCause(call.cause);
  showFailure(call, call.cause, call.answeredAt !== undefined);
}

/** Plays the far end; where the browser wants a touch first, a button asks for it. */
function hear(call: ZvonokCall, stream: MediaStream): void {
  if (call !== current || ui.remote.srcObject === stream) return;
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
  stopClock();
  current?.hangup();
}

function answer(video: boolean): void {
  current?.answer({ video });
  ui.hangup.focus();
}

export function bindCallButtons(): void {
  ui.answer.addEventListener("click", () => answer(false));
  ui.answerVideo.addEventListener("click", () => answer(true));
  ui.decline.addEventListener("click", end);
  ui.hangup.addEventListener("click", end);
  ui.hear.addEventListener("click", play);
  ui.mute.addEventListener("click", () => {
    if (current) current.muted = !current.muted;
  });
}
