/**
 * What is shown of a call that failed, until the next call: why, what to do, the call's number, its ladder, and a button
 * that copies all of it. The gateway's report may come later or never; the panel is of use without it.
 */
import type { Cause, ZvonokCall } from "@zvonok/web";
import { writeReport } from "./reporttext.js";
import { inputs, isFault, sentenceOf, setText, spareEcho, ui } from "./view.js";

interface Failure {
  readonly call: ZvonokCall;
  readonly cause: Cause;
  readonly at: Date;
  readonly gateway: string;
}

let shown: Failure | undefined;

/** Shows the panel, unless the call ended as calls do; `wasUp`: both had talked. */
export function showFailure(call: ZvonokCall, cause: Cause, wasUp: boolean): void {
  if (!isFault(cause)) return;
  shown = { call, cause, at: new Date(), gateway: inputs.url.value.trim() };
  showTitle(call, wasUp);
  ui.failureText.textContent = sentenceOf(cause);
  setText(ui.failureRemedy, cause.remedy);
  spareEcho();
  ui.failureSteps.open = false;
  drawReport();
  ui.failure.hidden = false;
  call.on("report", () => {
    if (shown?.call === call) drawReport();
  });
}

/** A name in its own direction of writing leaves that of the sentence alone. */
function showTitle(call: ZvonokCall, wasUp: boolean): void {
  const name = document.createElement("bdi");
  name.textContent = call.remoteName || "an unknown number";
  const way = wasUp ? "with" : call.incoming ? "from" : "to";
  ui.failureTitle.replaceChildren(`The call ${way} `, name, wasUp ? " was cut off" : " failed");
}

export function hideFailure(): void {
  shown = undefined;
  ui.failure.hidden = true;
}

function drawReport(): void {
  const report = shown?.call.report;
  ui.failureTrace.textContent = report?.traceId ?? "";
  ui.failureNumber.hidden = !report?.traceId;
  ui.failureLadder.textContent = report?.ladder ?? "";
  ui.failureSteps.hidden = !report?.ladder;
  ui.failureCopied.textContent = ""; // what was copied before lacks what has come now
  ui.failurePlain.hidden = true;
}

async function copy(): Promise<void> {
  if (!shown) return;
  const failure = shown;
  const text = writeReport({ ...failure, report: failure.call.report });
  let copied = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copied = false; // not allowed, or a page that is not secure: then by hand
  }
  if (shown !== failure) return;
  ui.failureCopied.textContent = copied
    ? "Copied"
    : "The browser does not let this page copy. Copy the text below.";
  ui.failurePlain.hidden = copied;
  if (copied) return;
  ui.failurePlain.value = text;
  ui.failurePlain.select();
}

export function bindCopyButton(): void {
  ui.failureCopy.addEventListener("click", () => void copy());
}
