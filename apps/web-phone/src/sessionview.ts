/** The session on the screen: its badge, its line, and what can be done in each of its states. */
import type { Cause, ZvonokSession } from "@zvonok/web";
import { currentCall, describeCall } from "./callview.js";
import { inputs, register, say, setBadge, showCause, showHint, ui } from "./view.js";

export function showSession(session: ZvonokSession): void {
  const { state } = session;
  const connected = state === "ESTABLISHED" || state === "REGISTERED";
  const kept = connected || state === "RECONNECTING";
  const open = kept || state === "CONNECTING";
  ui.fields.disabled = open;
  ui.call.disabled = ui.videoCall.disabled = !connected;
  ui.connect.textContent = open ? "Disconnect" : "Connect";
  ui.connect.classList.toggle("primary", !open);
  ui.who.textContent = kept ? `${inputs.login.value}@${inputs.domain.value}` : "";
  document.body.dataset["session"] = kept ? "connected" : "offline";
  switch (state) {
    case "CONNECTING":
      setBadge("Connecting", "busy");
      return;
    case "ESTABLISHED":
      showEstablished();
      return;
    case "REGISTERED":
      setBadge("Registered", "ok");
      sayUnlessInCall("Registered. You can call and be called.", "ok");
      return;
    case "RECONNECTING":
      setBadge("Reconnecting", "busy");
      say(lossOf(session), "warn");
      return;
    case "IDLE":
    case "DISCONNECTED":
      showEnd(session);
  }
}

function showEstablished(): void {
  const waits = register.checked;
  setBadge(waits ? "Registering" : "Connected", waits ? "busy" : "ok");
  if (waits) sayUnlessInCall("Registering at the SIP server…", "info");
  else sayUnlessInCall("Connected. You can call.", "ok");
}

/** After a return the call is what counts. */
function sayUnlessInCall(text: string, tone: "info" | "ok"): void {
  const call = currentCall();
  if (call) describeCall(call);
  else say(text, tone);
}

function lossOf({ cause }: ZvonokSession): string {
  if (!cause) return "Returning to the gateway…";
  if (cause.cause === "draining") return "The gateway is about to restart. Reconnecting…";
  return currentCall()
    ? "Connection lost; the call goes on. Reconnecting…"
    : "Connection lost. Reconnecting…";
}

function showEnd({ cause }: ZvonokSession): void {
  setBadge("Offline", "idle");
  ui.account.open = true;
  if (!cause) return;
  showCause(cause);
  hintCertificate(cause);
}

/** A gateway with a certificate of its own is refused by the browser without a word: say what to try. */
function hintCertificate(cause: Cause): void {
  if (cause.cause !== "gateway_unreachable") return;
  try {
    const { protocol, host } = new URL(inputs.url.value.trim());
    if (protocol !== "wss:" || host === location.host) return;
    const before = "If it uses a certificate of its own, open ";
    showHint(before, `https://${host}/`, " once, accept the certificate, and connect again.");
  } catch {
    // Not an address: the cause says so.
  }
}
