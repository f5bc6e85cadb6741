/**
 * After a reload: the call went on, its microphone did not. Where this page may use the microphone it goes on by itself;
 * else a button asks for the click that lets the browser ask.
 */
import type { ZvonokCall, ZvonokError } from "@zvonok/web";
import { currentCall, describeCall, drawCall } from "./callview.js";
import { say, showCause, ui } from "./view.js";

export function returnTo(call: ZvonokCall): void {
  if (isUp(call)) void goOn(call);
  else {
    const stop = call.on("state", () => {
      if (!isUp(call)) return;
      stop();
      void goOn(call);
    });
  }
}

export function bindReturnButton(): void {
  ui.attach.addEventListener("click", () => {
    const call = currentCall();
    if (call && isUp(call)) void attach(call);
  });
}

function isUp({ state }: ZvonokCall): boolean {
  return state === "ACTIVE" || state === "HELD";
}

async function goOn(call: ZvonokCall): Promise<void> {
  if (await mayUseMicrophone()) {
    await attach(call);
    return;
  }
  if (call !== currentCall()) return;
  say(`The call with ${call.remoteName} goes on without you.`, "warn");
  ask();
}

async function attach(call: ZvonokCall): Promise<void> {
  say(`Returning to the call with ${call.remoteName}…`);
  ui.attach.hidden = true;
  try {
    await call.attach();
  } catch (error) {
    if (call !== currentCall()) return; // its end has been told
    showCause((error as ZvonokError).cause);
    ask();
    return;
  }
  if (call !== currentCall()) return;
  describeCall(call);
  drawCall(call);
  ui.hangup.focus();
}

function ask(): void {
  ui.attach.hidden = false;
  ui.attach.focus();
}

async function mayUseMicrophone(): Promise<boolean> {
  try {
    const name = "microphone" as PermissionName;
    return (await navigator.permissions.query({ name })).state === "granted";
  } catch {
    return false; // a browser that does not tell
  }
}
