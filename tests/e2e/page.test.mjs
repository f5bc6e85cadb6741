// The phone page in Chromium against a scripted gateway: what a person sees and can do in each state.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { ring, startMockGateway } from "./mock/gateway.mjs";
import { launchChromium } from "./peers/chromium.mjs";
import { ROOT, Stage, within } from "./peers/stage.mjs";

let stage;
let chromium;

before(async () => {
  stage = await Stage.open("page");
  chromium = await stage.run(() => launchChromium(stage));
});

after(() => stage.close());

const PHONE = { width: 360, height: 740 };

const scene = (name, action) =>
  test(name, { timeout: 60_000 }, () =>
    stage.run(async () => {
      const view = await action();
      await view?.close();
    }),
  );

/** The page of a mock gateway, with an account filled in. */
async function open(script, options = {}) {
  const gateway = await startMockGateway(stage, { script });
  const query = options.query ?? "?login=1001&domain=zvonok.test&callee=1002#password=secret1001";
  const view = await chromium.open(gateway.page + query, { viewport: PHONE, ...options });
  const { page } = view;
  const status = (text) => page.locator("#status", { hasText: text }).waitFor();
  return { ...view, gateway, status, client: () => gateway.client };
}

async function connected(script, options) {
  const view = await open(script, options);
  await view.page.getByRole("button", { name: "Connect", exact: true }).click();
  await view.status("Registered. You can call and be called.");
  return view;
}

scene(
  "fields come from the address, the password from its fragment, which is then taken away",
  async () => {
    const view = await open();
    const { page } = view;
    assert.equal(await page.getByLabel("SIP login").inputValue(), "1001");
    assert.equal(await page.getByLabel("Domain").inputValue(), "zvonok.test");
    assert.equal(await page.getByLabel("Password").inputValue(), "secret1001");
    assert.equal(await page.getByLabel("Gateway URL").inputValue(), view.gateway.url);
    assert.ok(!page.url().includes("secret"), page.url());
    return view;
  },
);

scene("what was typed is there after a reload, but for the password", async () => {
  const view = await connected();
  await view.page.locator("#account summary").click();
  await view.page.getByRole("button", { name: "Disconnect", exact: true }).click();
  await view.page.goto(view.gateway.page);
  assert.equal(await view.page.getByLabel("SIP login").inputValue(), "1001");
  assert.equal(await view.page.getByLabel("Password").inputValue(), "");
  const stored = await view.page.evaluate(() => JSON.stringify(localStorage));
  assert.ok(!stored.includes("secret"), stored);
  return view;
});

scene("the account goes to the gateway as it was typed", async () => {
  const view = await open();
  await view.page.getByLabel("Authentication name").fill("auth 1");
  await view.page.getByLabel("Port").fill("5070");
  await view.page.getByRole("button", { name: "Connect", exact: true }).click();
  await view.status("Registered");
  const { account } = view.client();
  assert.equal(account.sipLogin, "1001");
  assert.equal(account.sipAuthenticationName, "auth 1");
  assert.equal(account.sipPassword, "secret1001");
  assert.equal(account.sipPort, 5070);
  return view;
});

scene("an outgoing call rings, talks, counts the time and ends by Hangup", async () => {
  const view = await connected();
  const { page } = view;
  await page.getByRole("button", { name: "Call", exact: true }).click();
  await view.status("Talking with 1002.");
  await page.locator("#phase", { hasText: "0:01" }).waitFor();
  await page.getByRole("button", { name: "Mute" }).click();
  assert.equal(await page.locator("#mute").getAttribute("aria-pressed"), "true");
  await page.getByRole("button", { name: "Hangup" }).click();
  await view.status("The call was hung up.");
  assert.ok(await page.getByRole("button", { name: "Call", exact: true }).isEnabled());
  return view;
});

scene("a busy callee is told with its remedy", async () => {
  const view = await connected({
    call(client, { callId, callee }) {
      client.report("notifyTryingResponse", { callId, callee }, "TRYING");
      client.report("finish", { callId, callee }, "FINISH", {
        cause: "busy",
        text: "the far end is busy",
        remedy: "try again later",
        sipStatus: 486,
      });
    },
  });
  await view.page.getByRole("button", { name: "Call", exact: true }).click();
  await view.status("The far end is busy. (SIP 486)");
  await view.page.locator("#remedy", { hasText: "Try again later." }).waitFor();
  return view;
});

/** The gateway's report of a call to a number that nobody has, as api/ shows it. */
const REPORT = JSON.parse(await readFile(`${ROOT}/api/examples/server.zvReport.json`)).data[0];
const WHY = "The SIP server knows no such number or account. (SIP 404)";

/** A script in which each call fails like the one of REPORT. `changes`: to what the gateway says of it. */
const failing = (changes = {}) => ({
  call(client, { callId, callee }) {
    const { cause, text, remedy, hop, sipStatus } = { ...REPORT, ...changes };
    client.call = { callId, callee, incoming: false };
    client.report("notifyTryingResponse", client.call, "TRYING");
    client.report("finish", client.call, "FINISH", { cause, text, remedy, hop, sipStatus });
  },
});

const sendReport = (view, changes = {}) =>
  view.client().say("zvReport", { ...REPORT, callId: view.client().call.callId, ...changes });

const press = (view, name) => view.page.getByRole("button", { name, exact: true }).click();

/** Presses "Copy report" and returns what is in the clipboard then. */
async function copied(view) {
  await press(view, "Copy report");
  await view.page.getByText("Copied", { exact: true }).waitFor();
  return view.page.evaluate(() => navigator.clipboard.readText());
}

const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

scene("a failed call is explained step by step, and copied as a report", async () => {
  const view = await connected(failing(), CLIPBOARD);
  const { page } = view;
  await press(view, "Call");
  await view.status(WHY);
  await page.locator("#remedy", { hasText: "Check the number and sipLogin." }).waitFor();
  await page.getByRole("heading", { name: "The call to 1002 failed" }).waitFor();
  assert.equal(await page.locator("#failure-title bdi").textContent(), "1002");
  assert.ok(await page.locator("#failure-number").isHidden(), "no number before the report");
  sendReport(view);
  await page.locator("#failure-trace", { hasText: /^c-0\.12\.3$/ }).waitFor();
  assert.ok(await page.locator("#failure-ladder").isHidden(), "closed until it is asked for");
  await page.getByText("What happened, step by step").click();
  assert.equal(await page.locator("#failure-ladder").textContent(), REPORT.ladder);
  const [scrolls, breaks] = await page.evaluate(() => {
    const ladder = document.getElementById("failure-ladder");
    const { scrollWidth, clientWidth } = document.documentElement;
    return [ladder.scrollWidth > ladder.clientWidth, scrollWidth > clientWidth];
  });
  assert.ok(scrolls, "the ladder scrolls sideways");
  assert.ok(!breaks, "the page does not");
  const text = await copied(view);
  for (const part of [
    "What happened: The SIP server knows no such number or account. (sip_not_found, SIP 404)\n",
    "What to do: Check the number and sipLogin.\n",
    "Call: outgoing, from 1001 to 1002\n",
    "Number of the call: c-0.12.3\n",
    `Gateway: ${view.gateway.url}\n`,
    `Browser: ${await page.evaluate(() => navigator.userAgent)}\n`,
    `\n\n${REPORT.ladder}`,
  ])
    assert.ok(text.includes(part), `${part} is not in ${text}`);
  assert.ok(!text.includes("secret1001"), text);
  assert.ok(Math.abs(Date.now() - Date.parse(/^Time: (.*)$/m.exec(text)[1])) < 60_000, text);
  return view;
});

scene(
  "a gateway that gives no report leaves the cause, the remedy and a copy of them",
  async () => {
    const view = await connected(
      {
        ...failing(),
        connection(client) {
          client.say("getUserData", { sipLogin: "1001", status: "ESTABLISHED" });
          client.say("registered", { status: "REGISTERED" });
        },
      },
      CLIPBOARD,
    );
    const { page } = view;
    await press(view, "Call");
    await page.locator("#failure").waitFor();
    sendReport(view); // not granted, so not believed
    assert.ok(await page.locator("#failure-text").isHidden(), "the status line says it");
    view.client().say("fail", { info: "something else", remedy: "do that" });
    await view.status("Something else.");
    await page.locator("#failure-text", { hasText: WHY }).waitFor();
    await page.locator("#failure-remedy", { hasText: "Check the number and sipLogin." }).waitFor();
    assert.ok(await page.locator("#failure-steps").isHidden());
    assert.ok(await page.locator("#failure-number").isHidden());
    const text = await copied(view);
    assert.match(text, /\nWhat happened: The SIP server knows no such number/);
    assert.match(text, /\nBrowser: [^\n]+\n$/, "nothing stands where nothing is known");
    return view;
  },
);

scene("a call that was up and is ended for another reason was cut off, not failed", async () => {
  const view = await connected({});
  await press(view, "Call");
  await view.status(/^Talking with/);
  const client = view.client();
  client.report("finish", client.call, "FINISH", {
    cause: "admin_hangup",
    text: "an administrator ended the call",
  });
  await view.page.getByRole("heading", { name: "The call with 1002 was cut off" }).waitFor();
  return view;
});

scene("what a gateway's address hides is not copied", async () => {
  const view = await open(failing(), CLIPBOARD);
  const secret = view.gateway.url.replace("ws://", "ws://user:hidden@").concat("/?token=hidden");
  await view.page.getByLabel("Gateway URL").fill(secret);
  await press(view, "Connect");
  await view.status("Registered");
  await press(view, "Call");
  const text = await copied(view);
  assert.ok(text.includes(`\nGateway: ${view.gateway.url}\n`), text);
  assert.ok(!text.includes("hidden"), text);
  return view;
});

scene("a failure goes with the next call, and its late report stays away", async () => {
  let calls = 0;
  const view = await connected({
    call(client, data) {
      if (++calls === 1) failing().call(client, data);
      else client.report("talk", { ...data, incoming: false }, "ESTABLISHED");
    },
  });
  const panel = view.page.locator("#failure");
  await press(view, "Call");
  await panel.waitFor();
  await press(view, "Call");
  await view.status("Talking with 1002.");
  assert.ok(await panel.isHidden());
  sendReport(view);
  await press(view, "Hangup");
  await view.status("The call was hung up.");
  assert.ok(await panel.isHidden());
  return view;
});

for (const cause of ["normal", "cancelled", "declined"]) {
  scene(`a call that ended as calls do (${cause}) is no failure`, async () => {
    const view = await connected(failing({ cause }));
    await press(view, "Call");
    await view.status(WHY);
    assert.ok(await view.page.locator("#failure").isHidden());
    assert.equal(await view.page.locator("#notice").getAttribute("data-tone"), "info");
    return view;
  });
}

scene("a report's texts are text, never markup", async () => {
  const nasty = '</pre><img src=x onerror="document.title=1"><script>1</script>\n\u202e&lt;';
  const view = await connected(failing({ text: nasty, remedy: nasty }), CLIPBOARD);
  const { page } = view;
  await press(view, "Call");
  await page.locator("#failure").waitFor();
  sendReport(view, { traceId: nasty, text: nasty, remedy: nasty, ladder: nasty });
  await page.getByText("What happened, step by step").click();
  assert.equal(await page.locator("#failure-ladder").textContent(), nasty);
  assert.equal(await page.locator("#failure-trace").textContent(), nasty);
  assert.equal(await page.locator("main img, main script").count(), 0);
  assert.equal(await page.title(), "Zvonok");
  const lines = (await copied(view)).split("\n");
  assert.equal(lines.filter((line) => line.startsWith("What to do: </pre>")).length, 1);
  assert.ok(lines.find((line) => line.startsWith("What to do: ")).endsWith("</script> &lt;."));
  assert.deepEqual(view.problems, []);
  return view;
});

scene("a browser that does not let the page copy shows the report to copy by hand", async () => {
  const view = await connected(failing());
  const { page } = view;
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException("", "NotAllowedError"));
  });
  await press(view, "Call");
  await press(view, "Copy report");
  await page.getByText("The browser does not let this page copy.").waitFor();
  const field = page.getByLabel("Text to copy");
  assert.match(await field.inputValue(), /What happened: The SIP server knows no such number/);
  assert.equal(
    await field.evaluate(({ selectionStart, selectionEnd }) => selectionEnd - selectionStart),
    (await field.inputValue()).length,
  );
  return view;
});

scene("an incoming call shows who calls, is answered and hung up by the other side", async () => {
  const view = await connected();
  const { page } = view;
  ring(view.client(), "1002", "Anna Berg");
  await view.status("Anna Berg is calling you.");
  assert.equal(await page.title(), "Anna Berg is calling");
  await page.getByRole("button", { name: "Answer" }).click();
  await view.status("Talking with Anna Berg.");
  view.client().report("finish", view.client().call, "FINISH", { text: "the other side hung up" });
  await view.status("The other side hung up.");
  assert.equal(await page.title(), "Zvonok");
  return view;
});

scene("an incoming call is declined", async () => {
  const view = await connected();
  ring(view.client(), "1002");
  await view.page.getByRole("button", { name: "Decline" }).click();
  await view.status("The call was hung up.");
  assert.equal(view.client().received.at(-1).message, "hangup");
  return view;
});

scene("a second caller is refused while one talks", async () => {
  const view = await connected();
  await view.page.getByRole("button", { name: "Call", exact: true }).click();
  await view.status("Talking with 1002.");
  const { callId } = ring(view.client(), "1003");
  await view.status("1003 called while you were in a call.");
  assert.deepEqual(view.client().received.at(-1), { message: "hangup", data: { callId } });
  assert.equal(await view.page.locator("#name").textContent(), "1002");
  return view;
});

scene("a refused field is named beside it and gets the focus", async () => {
  const view = await open({
    connection(client) {
      client.say("fail", {
        apiMethod: "ConnectionStatusEvent",
        status: "FAILED",
        cause: "bad_account",
        field: "sipLogin",
        text: "the SIP login has a space at position 5",
        remedy: "try Ralf%20C12441",
      });
      client.socket.close(1000);
    },
  });
  const { page } = view;
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.locator("#login-error", { hasText: "a space at position 5" }).waitFor();
  assert.equal(await page.locator("#login").getAttribute("aria-invalid"), "true");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "login");
  await page.locator("#remedy", { hasText: "Try Ralf%20C12441." }).waitFor();
  return view;
});

scene("a wrong password is said after the session was established", async () => {
  const view = await open({
    connection(client) {
      client.say("getUserData", { sipLogin: "1001", status: "ESTABLISHED" });
      client.say("fail", {
        apiMethod: "RegistrationStatusEvent",
        cause: "sip_auth_failed",
        text: "the SIP server refused the login or the password",
        sipStatus: 403,
      });
      client.socket.close(1000);
    },
  });
  await view.page.getByRole("button", { name: "Connect", exact: true }).click();
  await view.page.locator("#password-error", { hasText: "refused the login" }).waitFor();
  await view.status("(SIP 403)");
  return view;
});

for (const [microphone, sentence] of [
  ["refused", "The browser did not allow the microphone."],
  ["missing", "No microphone was found."],
]) {
  scene(`a microphone that is ${microphone} is said, with what to do`, async () => {
    const view = await connected({}, { microphone });
    await view.page.getByRole("button", { name: "Call", exact: true }).click();
    await view.status(sentence);
    assert.notEqual(await view.page.locator("#remedy").textContent(), "");
    assert.ok(!view.client().received.some(({ message }) => message === "call"));
    return view;
  });
}

scene("a browser that keeps the page silent gets a button to hear", async () => {
  const view = await connected({}, { silent: true });
  ring(view.client(), "1002");
  await view.page.getByRole("button", { name: "Answer" }).click();
  await view.page.getByRole("button", { name: "Tap to hear" }).click();
  await view.page.locator("#hear").waitFor({ state: "hidden" });
  return view;
});

/** A gateway that grants nothing. */
const PLAIN = {
  connection(client) {
    client.say("getUserData", { sipLogin: "1001", status: "ESTABLISHED", authToken: "t" });
    client.say("registered", { status: "REGISTERED" });
  },
};

scene("a gateway that keeps no sessions and goes away ends the call and says so", async () => {
  const view = await connected(PLAIN);
  await view.page.getByRole("button", { name: "Call", exact: true }).click();
  await view.status("Talking with 1002.");
  view.client().socket.terminate();
  await view.status("The connection to the gateway was lost.");
  await view.page.getByRole("button", { name: "Connect", exact: true }).waitFor();
  assert.ok(await view.page.locator("#talk").isHidden());
  return view;
});

scene("a gateway that is not there, or not trusted, is said with a link to try", async () => {
  const view = await open();
  await view.page.getByLabel("Gateway URL").fill("wss://localhost:1");
  await view.page.getByRole("button", { name: "Connect", exact: true }).click();
  await view.page.locator("#url-error", { hasText: "does not answer" }).waitFor();
  const link = view.page.locator("#hint a");
  assert.equal(await link.getAttribute("href"), "https://localhost:1/");
  return view;
});

scene("an address that is none, and a port that is none, are refused in the page", async () => {
  const view = await open();
  const { page } = view;
  const connect = page.getByRole("button", { name: "Connect", exact: true });
  await page.getByLabel("Port").fill("70000");
  await connect.click();
  await page.locator("#port-error", { hasText: "not a number from 1 to 65535" }).waitFor();
  await page.getByLabel("Port").fill("");
  await page.getByLabel("Gateway URL").fill("nonsense://x y");
  await connect.click();
  await page.locator("#url-error", { hasText: "cannot be used" }).waitFor();
  return view;
});

scene("the whole way works by keyboard alone", async () => {
  const view = await open();
  const { page } = view;
  await page.getByLabel("Password").focus();
  await page.keyboard.press("Enter");
  await view.status("Registered");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "callee");
  await page.keyboard.press("Enter");
  await view.status("Talking with 1002.");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "hangup");
  await page.keyboard.press("Enter");
  await view.status("The call was hung up.");
  ring(view.client(), "1003");
  await view.status("1003 is calling you.");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "answer");
  return view;
});

scene("names from the network are text, never markup, and the policy is not violated", async () => {
  const view = await connected();
  const nasty = '<img src=x onerror="document.title=1"><b>x</b>';
  ring(view.client(), nasty, nasty);
  await view.page.locator("#name", { hasText: "<img src=x" }).waitFor();
  view.client().report("finish", view.client().call, "FINISH", { text: nasty, remedy: nasty });
  await view.status("<img src=x");
  assert.equal(await view.page.locator("main img, main b:not([id])").count(), 0);
  const violations = view.problems.filter((text) => /Content.Security.Policy/i.test(text));
  assert.deepEqual(violations, []);
  return view;
});

for (const [script, code, what] of [
  [PLAIN, 1000, "says goodbye to a gateway that keeps no sessions"],
  [undefined, 1001, "leaves the session to the page that may come back"],
]) {
  scene(`leaving the page ${what}`, async () => {
    const view = await connected(script);
    const closed = new Promise((resolve) => view.client().socket.once("close", resolve));
    await view.page.goto("about:blank");
    assert.equal(await within(5_000, "the socket closes", closed), code);
    return view;
  });
}
