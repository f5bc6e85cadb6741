/**
 * The pictures of the call on the screen: the far end's large, the own one small, and a sentence where none is to be seen.
 * Sound does not come from here but from the page's audio element, so that both begin and end on their own.
 */
import type { Pictures, ZvonokCall } from "@zvonok/web";
import { ui } from "./view.js";

/** Looks without a new frame after which the picture counts as gone: a short gap is only a picture that stands still. */
const LOOKS = 2;

let shown: ZvonokCall | undefined;
/** The far end has shown something. */
let seen = false;
let emptyLooks = 0;

/** Puts the pictures of this call on the screen when they come. */
export function watchPicture(call: ZvonokCall): void {
  shown = call;
  seen = false;
  emptyLooks = 0;
  const ifShown = (action: () => void) => () => call === shown && action();
  call.on(
    "stream",
    ifShown(() => showTracks(call)),
  );
  call.on(
    "localStream",
    ifShown(() => showTracks(call)),
  );
  call.on(
    "videoMuted",
    ifShown(() => showTracks(call)),
  );
  call.on("pictures", (pictures) => call === shown && onPictures(call, pictures));
}

/** `isOn`: there is a place for pictures, even if none has come yet. */
export function drawPicture(call: ZvonokCall, isOn: boolean): void {
  ui.stage.hidden = !isOn;
  document.body.toggleAttribute("data-video", isOn);
  if (!call.hasVideo) seen = false;
  showTracks(call);
  showWaiting(call);
}

export function hidePicture(): void {
  shown = undefined;
  ui.stage.hidden = true;
  document.body.removeAttribute("data-video");
  ui.picture.srcObject = ui.own.srcObject = null;
}

function showTracks(call: ZvonokCall): void {
  const own = call.isVideoMuted ? undefined : call.localStream?.getVideoTracks()[0];
  put(ui.picture, call.remoteStream?.getVideoTracks()[0]);
  put(ui.own, own);
  ui.own.hidden = !own;
  // Who looks at himself expects a mirror; what stands behind the phone must not be one.
  ui.own.classList.toggle("mirror", own?.getSettings().facingMode !== "environment");
}

/** A new stream makes the picture go black for a moment: only where the track is another one. */
function put(target: HTMLVideoElement, track: MediaStreamTrack | undefined): void {
  const before = target.srcObject as MediaStream | null;
  if (before?.getVideoTracks()[0] === track) return;
  target.srcObject = track ? new MediaStream([track]) : null;
}

function onPictures(call: ZvonokCall, { received }: Pictures): void {
  emptyLooks = received?.fps ? 0 : emptyLooks + 1;
  if (received) seen = true;
  showWaiting(call);
}

function showWaiting(call: ZvonokCall): void {
  const text = waitsFor(call);
  if (ui.waiting.textContent !== text) ui.waiting.textContent = text;
  ui.waiting.hidden = text === "";
}

/** Why one sees nothing; empty: one does. */
function waitsFor(call: ZvonokCall): string {
  const name = call.remoteName || "the other side";
  if (call.state === "HELD") return "There is no picture while the call is on hold.";
  if (call.state !== "ACTIVE") return `The picture comes when ${name} has answered.`;
  if (call.videoDirection === "sendonly") return `${name} sends no picture, and can see yours.`;
  if (!seen) return `No picture has come from ${name} yet.`;
  return emptyLooks < LOOKS ? "" : `No picture comes from ${name} at the moment.`;
}

/** The first frame is told before the figures are. */
export function bindPicture(): void {
  ui.picture.addEventListener("loadeddata", () => {
    if (!shown) return;
    seen = true;
    emptyLooks = 0;
    showWaiting(shown);
  });
}
