/**
 * A gateway that restarts: what is said of it, and the way back. The session forgets the password as soon as it can, so that it
 * is the form's account that connects again.
 */
import type { Draining, ZvonokSession } from "@zvonok/web";
import { currentCall } from "./callview.js";
import { formatDuration } from "./duration.js";
import { inputs, say } from "./view.js";

const AGAIN_MS = 3_000;
/** Five minutes: after that somebody has to look. */
const MOST_TRIES = 100;

function showDraining(draining: Draining | undefined): void {
  if (!draining) say("The gateway goes on.", "ok");
  else if (currentCall() && draining.leftMs)
    say(
      `The gateway is about to restart. This call can go on for ${formatDuration(draining.leftMs)}.`,
      "warn",
    );
  else say("The gateway is about to restart. Reconnecting…", "warn");
}

export function bindRestart(session: ZvonokSession, connect: () => Promise<void>): void {
  let tries = 0;
  let next: ReturnType<typeof setTimeout> | undefined;
  session.on("draining", showDraining);
  session.on("state", (state) => {
    clearTimeout(next);
    if (state === "ESTABLISHED" || state === "REGISTERED") tries = 0;
    if (state !== "DISCONNECTED" || session.cause?.cause !== "draining") return;
    if (!inputs.password.value || ++tries > MOST_TRIES) return; // the cause is shown
    say("The gateway restarts. Connecting again…", "warn");
    next = setTimeout(() => void connect(), AGAIN_MS * (0.75 + Math.random() / 2));
  });
}
