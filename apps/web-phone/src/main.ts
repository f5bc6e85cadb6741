/** The phone page: a form for the account, a field for the callee, one call at a time. */
import { ZvonokSession } from "@zvonok/web";
import type { Cause, ConnectOptions, SessionState } from "@zvonok/web";
import { bindCallButtons, currentCall, showCall } from "./callview.js";
import { bindCopyButton } from "./failure.js";
import { readSettings, storeSettings } from "./settings.js";
import {
  clearFieldErrors,
  inputs,
  register,
  say,
  setBadge,
  showCause,
  showHint,
  ui,
} from "./view.js";
import type { InputName } from "./view.js";

const NARROW = matchMedia("(max-width: 759px)");

const session = new ZvonokSession();

function fill(): void {
  const settings = readSettings();
  for (const name of Object.keys(inputs) as InputName[]) inputs[name].value = settings[name] ?? "";
  register.checked = settings.register !== "0";
}

function store(): void {
  const { login, auth, domain, port, callee } = inputs;
  storeSettings({
    login: login.value,
    auth: auth.value,
    domain: domain.value,
    port: port.value,
    callee: callee.value,
    register: register.checked ? "1" : "0",
  });
}

function readAccount(): ConnectOptions {
  const { url, login, auth, password, domain, port } = inputs;
  return {
    url: url.value.trim(),
    login: login.value,
    authenticationName: auth.value,
    password: password.value,
    domain: domain.value,
    ...(port.value.trim() && { port: Number(port.value) }),
    registerRequired: register.checked,
  };
}

function portIsBad(): boolean {
  const text = inputs.port.value.trim();
  if (text === "" || (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535))
    return false;
  showCause({
    cause: "bad_port",
    text: "The port is not a number from 1 to 65535.",
    remedy: "Leave it empty for the usual one, 5060.",
    hop: "client",
    sipStatus: 0,
    field: "sipPort",
  });
  return true;
}

async function connect(): Promise<void> {
  clearFieldErrors();
  if (portIsBad()) return;
  store();
  say("Connecting to the gateway…");
  try {
    await session.connect(readAccount());
  } catch {
    return; // The state event has shown why.
  }
  if (NARROW.matches) ui.account.open = false;
  inputs.callee.focus();
}

function call(): void {
  const callee = inputs.callee.value.trim();
  if (!callee || currentCall()) return;
  store();
  const made = session.createCall(callee);
  showCall(made);
  made.call();
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

function onState(state: SessionState): void {
  const connected = state === "ESTABLISHED" || state === "REGISTERED";
  const open = connected || state === "CONNECTING";
  ui.fields.disabled = open;
  ui.call.disabled = !connected;
  ui.connect.textContent = open ? "Disconnect" : "Connect";
  ui.connect.classList.toggle("primary", !open);
  ui.who.textContent = connected ? `${inputs.login.value}@${inputs.domain.value}` : "";
  document.body.dataset["session"] = connected ? "connected" : "offline";
  switch (state) {
    case "CONNECTING":
      setBadge("Connecting", "busy");
      return;
    case "ESTABLISHED":
      setBadge(register.checked ? "Registering" : "Connected", register.checked ? "busy" : "ok");
      say(
        register.checked ? "Registering at the SIP server…" : "Connected. You can call.",
        register.checked ? "info" : "ok",
      );
      return;
    case "REGISTERED":
      setBadge("Registered", "ok");
      say("Registered. You can call and be called.", "ok");
      return;
    case "IDLE":
    case "DISCONNECTED":
      setBadge("Offline", "idle");
      ui.account.open = true;
      if (session.cause) {
        showCause(session.cause);
        hintCertificate(session.cause);
      }
  }
}

function bind(): void {
  session.on("state", onState);
  session.on("warning", (cause) => showCause(cause));
  session.on("incoming", (incoming) => {
    if (currentCall()) {
      incoming.hangup();
      say(`${incoming.remoteName} called while you were in a call.`);
    } else showCall(incoming);
  });
  ui.connectForm.addEventListener("submit", (event) => {
    event.preventDefault();
    if (session.state === "IDLE" || session.state === "DISCONNECTED") void connect();
    else session.disconnect();
  });
  ui.dial.addEventListener("submit", (event) => {
    event.preventDefault();
    call();
  });
  addEventListener("pagehide", () => session.disconnect());
  bindCallButtons();
  bindCopyButton();
}

fill();
bind();
if (!isSecureContext) {
  say(
    "This page was not opened securely, so the browser gives it no microphone.",
    "error",
    "Open it over https, or from localhost.",
  );
} else if (!("RTCPeerConnection" in window)) {
  say("This browser cannot make calls.", "error", "Use a current Chrome, Firefox, Edge or Safari.");
}
