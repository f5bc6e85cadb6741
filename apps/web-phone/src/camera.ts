/** The buttons of the own picture, on or off and which camera; and the sentence that says why there is none. */
import type { Cause, ZvonokCall, ZvonokError } from "@zvonok/web";
import { isRefusal } from "./keypad.js";
import { say, sentenceOf, setText, ui } from "./view.js";

/** A phone has cameras at both sides, even where the browser names one only. */
const TOUCH = matchMedia("(pointer: coarse)");

let shown: ZvonokCall | undefined;
let cameras = 0;
let busy = false;

export function watchCamera(call: ZvonokCall): void {
  shown = call;
  showLack(undefined);
  const redraw = (): void => {
    if (call === shown) drawCamera(call);
  };
  call.on("videoMuted", redraw);
  call.on("localStream", () => void countCameras().then(redraw));
  call.on("warning", (cause) => {
    if (call === shown && !isRefusal(cause.cause)) showLack(cause);
  });
}

export function drawCamera(call: ZvonokCall): void {
  const direction = call.attached ? call.videoDirection : undefined;
  const isOff = call.isVideoMuted;
  ui.camera.hidden = !direction || direction === "recvonly";
  ui.camera.setAttribute("aria-pressed", String(isOff));
  ui.cameraLabel.textContent = isOff ? "Camera on" : "Camera off";
  ui.flip.hidden = ui.camera.hidden || isOff || (cameras < 2 && !TOUCH.matches);
  if (!isOff) showLack(undefined);
}

function showLack(cause: Cause | undefined): void {
  ui.lack.hidden = !cause;
  ui.lackText.textContent = cause ? sentenceOf(cause) : "";
  setText(ui.lackRemedy, cause?.remedy ?? "");
}

async function countCameras(): Promise<void> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  cameras = devices.filter(({ kind }) => kind === "videoinput").length;
}

/** While it is under way neither button does anything. They are not disabled: that would take the focus away. */
async function change(work: (call: ZvonokCall) => Promise<void>): Promise<void> {
  const call = shown;
  if (!call || busy) return;
  busy = true;
  try {
    await work(call);
  } catch (error) {
    const { cause } = error as Partial<ZvonokError>;
    if (!cause || call !== shown || call.state === "ENDED") return;
    if (call.isVideoMuted) showLack(cause);
    else say(sentenceOf(cause), "warn", cause.remedy);
  } finally {
    busy = false;
  }
}

async function toggle(call: ZvonokCall): Promise<void> {
  if (call.isVideoMuted) await call.unmuteVideo();
  else call.muteVideo();
}

export function bindCameraButtons(): void {
  ui.camera.addEventListener("click", () => void change(toggle));
  ui.flip.addEventListener("click", () => void change((call) => call.switchCamera()));
}
