// The phone page in Chromium against a scripted gateway: what a person sees and can do in each state.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ring, startMockGateway } from "./mock/gateway.mjs";
import { launchChromium } from "./peers/chromium.mjs";
import { Stage, within } from "./peers/stage.mjs";

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

scene("a gateway that goes away ends the call and says so", async () => {
  const view = await connected();
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
  assert.equal(await view.page.locator("main img, main b:not(#mute-label)").count(), 0);
  const violations = view.problems.filter((text) => /Content.Security.Policy/i.test(text));
  assert.deepEqual(violations, []);
  return view;
});

scene("leaving the page ends the session", async () => {
  const view = await connected();
  const closed = new Promise((resolve) => view.client().socket.once("close", resolve));
  await view.page.goto("about:blank");
  await within(5_000, "the socket closes", closed);
  return view;
});
