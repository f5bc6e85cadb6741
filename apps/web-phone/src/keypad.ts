/** Hold, and the keys that are sent in a call: for menus, conferences, PINs. */
import type { ZvonokCall } from "@zvonok/web";
import { say, sentenceOf, ui } from "./view.js";

/** Refusals of what is asked for here; other warnings are about the picture. */
const REFUSALS: readonly string[] = ["hold_refused", "dtmf_refused"];

let shown: ZvonokCall | undefined;

export function isRefusal(name: string): boolean {
  return REFUSALS.includes(name);
}

export function watchKeypad(call: ZvonokCall): void {
  shown = call;
  ui.keypad.hidden = true;
  call.on("held", () => call === shown && drawKeypad(call));
  call.on("warning", (cause) => {
    if (call === shown && isRefusal(cause.cause)) say(sentenceOf(cause), "warn", cause.remedy);
  });
}

/** Both are for calls that are up; the keypad also for an announcement before the answer. */
export function drawKeypad(call: ZvonokCall): void {
  const isUp = call.state === "ACTIVE" || call.state === "HELD";
  ui.hold.disabled = !isUp;
  ui.hold.setAttribute("aria-pressed", String(call.isHeld));
  ui.holdLabel.textContent = call.isHeld ? "Unhold" : "Hold";
  ui.keys.disabled = !isUp && call.state !== "RINGING";
  ui.keys.setAttribute("aria-expanded", String(!ui.keypad.hidden));
}

function toggleHold(): void {
  if (shown?.isHeld) shown.unhold();
  else shown?.hold();
}

function press(event: Event): void {
  const key = event.target instanceof Element ? event.target.closest("button") : null;
  const digit = key?.dataset["key"];
  if (!digit || !shown) return;
  try {
    shown.sendDtmf(digit);
  } catch {
    say("The key was not sent: the gateway is away.", "warn");
  }
}

export function bindKeypad(): void {
  ui.hold.addEventListener("click", toggleHold);
  ui.keys.addEventListener("click", () => {
    ui.keypad.hidden = !ui.keypad.hidden;
    if (shown) drawKeypad(shown);
  });
  ui.keypad.addEventListener("click", press);
}
