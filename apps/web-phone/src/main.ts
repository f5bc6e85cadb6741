/** The phone page: a form for the account, a field for the callee, one call at a time, with picture or without. */
import { ZvonokSession } from "@zvonok/web";
import type { ConnectOptions, SavedSession } from "@zvonok/web";
import { bindCallButtons, currentCall, showCall } from "./callview.js";
import { bindCameraButtons } from "./camera.js";
import { bindCopyButton } from "./failure.js";
import { keep, kept } from "./keeping.js";
import { bindKeypad } from "./keypad.js";
import { bindPicture } from "./picture.js";
import { bindRestart } from "./restart.js";
import { bindReturnButton, returnTo } from "./returning.js";
import { showSession } from "./sessionview.js";
import { readAddress, readSettings, storeSettings } from "./settings.js";
import type { Settings } from "./settings.js";
import { clearFieldErrors, inputs, register, say, showCause, ui } from "./view.js";
import type { InputName } from "./view.js";

const NARROW = matchMedia("(max-width: 759px)");

const session = new ZvonokSession();

function fill(settings: Settings): void {
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

/** Goes on with the session from before a reload, unless the page's address is that of another account. */
async function goOn(saved: SavedSession, address: Settings): Promise<void> {
  const { url, login, domain } = saved;
  if ((address.login ?? login) !== login || (address.domain ?? domain) !== domain) return;
  fill({
    ...readSettings(address),
    url,
    login,
    domain,
    register: saved.registerRequired ? "1" : "0",
  });
  try {
    await session.resume(saved);
  } catch {
    return; // The state event has shown why.
  }
  if (NARROW.matches) ui.account.open = false;
}

function call(video: boolean): void {
  const callee = inputs.callee.value.trim();
  if (!callee || currentCall()) return;
  store();
  const made = session.createCall({ callee, video });
  showCall(made);
  made.call();
}

function bind(): void {
  session.on("state", () => showSession(session));
  bindRestart(session, connect);
  session.on("saved", keep);
  session.on("warning", (cause) => showCause(cause));
  session.on("incoming", (incoming) => {
    if (currentCall()) {
      incoming.hangup();
      say(`${incoming.remoteName} called while you were in a call.`);
    } else showCall(incoming);
  });
  session.on("resumed", (resumed) => {
    if (currentCall()) {
      resumed.hangup();
      return;
    }
    showCall(resumed);
    returnTo(resumed);
  });
  ui.connectForm.addEventListener("submit", (event) => {
    event.preventDefault();
    if (session.state === "IDLE" || session.state === "DISCONNECTED") void connect();
    else session.disconnect();
  });
  ui.dial.addEventListener("submit", (event) => {
    event.preventDefault();
    call(false);
  });
  ui.videoCall.addEventListener("click", () => call(true));
  addEventListener("pagehide", () => {
    if (!session.saved) session.disconnect(); // else the page may come back
  });
  bindCallButtons();
  bindCameraButtons();
  bindKeypad();
  bindPicture();
  bindCopyButton();
  bindReturnButton();
}

const address = readAddress();
fill(readSettings(address));
bind();
if (!isSecureContext) {
  say(
    "This page was not opened securely, so the browser gives it no microphone.",
    "error",
    "Open it over https, or from localhost.",
  );
} else if (!("RTCPeerConnection" in window)) {
  say("This browser cannot make calls.", "error", "Use a current Chrome, Firefox, Edge or Safari.");
} else {
  const saved = kept();
  if (saved) void goOn(saved, address);
}
