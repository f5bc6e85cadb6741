// The phone page as a person uses it: fields are found by their labels, buttons by their names, news in the status line.

/** Opens the page with an account filled in. options: those of a Chromium page. */
export async function openPhone(chromium, url, account = {}, options = {}) {
  const view = await chromium.open(url, options);
  const phone = new PhonePage(view);
  await phone.fill(account);
  return phone;
}

const LABELS = {
  url: "Gateway URL",
  login: "SIP login",
  authenticationName: "Authentication name",
  password: "Password",
  domain: "Domain",
  port: "Port",
};

class PhonePage {
  /** `vanish`: the tab is closed without a word, and might come back as far as the gateway knows. */
  constructor({ close, ...view }) {
    Object.assign(this, view, { vanish: close });
  }

  /** Disconnects and closes the tab. */
  async close() {
    const disconnect = () => {
      const button = document.getElementById("connect");
      if (button?.textContent === "Disconnect") button.click();
    };
    await this.page.evaluate(disconnect).catch(() => undefined); // it may be gone already
    await this.vanish();
  }

  async fill({ register, ...fields }) {
    for (const [name, value] of Object.entries(fields)) {
      if (LABELS[name]) await this.page.getByLabel(LABELS[name]).fill(String(value));
    }
    if (register !== undefined) await this.page.locator("#register").setChecked(register);
  }

  press(name, options = {}) {
    return this.page.getByRole("button", { name, exact: true }).click(options);
  }

  /** Waits until the status line shows this. */
  async status(text, ms = 15_000) {
    const line = this.page.locator("#status");
    try {
      await line.filter({ hasText: text }).waitFor({ timeout: ms });
    } catch {
      const now = await line.textContent().catch(() => "the page is gone");
      throw new Error(`the page does not show ${text} within ${ms} ms, but: ${now}`);
    }
    return line.textContent();
  }

  async connect() {
    await this.press("Connect");
    await this.status(/You can call/);
  }

  async call(callee) {
    await this.page.getByLabel("Whom to call").fill(callee);
    await this.press("Call");
  }

  talking(ms) {
    return this.status(/^Talking with/, ms);
  }

  incoming(ms) {
    return this.status(/is calling you/, ms);
  }

  /** What the page shows of the call that failed, once the gateway's report is there. */
  async explanation(ms = 10_000) {
    const ladder = this.page.locator("#failure-ladder");
    await this.page.getByText("What happened, step by step").click({ timeout: ms });
    return {
      remedy: await this.page.locator("#remedy").textContent(),
      number: await this.page.locator("#failure-trace").textContent(),
      ladder: await ladder.textContent(),
    };
  }

  /** Waits until no call is shown any more, and returns why. */
  async ended(ms = 15_000) {
    await this.page.locator("#talk").waitFor({ state: "hidden", timeout: ms });
    return this.page.locator("#status").textContent();
  }
}
