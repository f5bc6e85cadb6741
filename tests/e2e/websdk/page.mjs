// The published web SDK on the small page beside this file, served from an origin of its own on the gateway's host.
import { createRequire } from "node:module";
import path from "node:path";
import { ROOT, passwordOf, startPages } from "../peers/index.mjs";

const sdk = path.dirname(
  createRequire(import.meta.url).resolve("@flashphoner/websdk/package.json"),
);

/** setting: that of useSetting. options: those of a Chromium page, user (1001), host (of the gateway, localhost). */
export async function openSdkPage(setting, options = {}) {
  const { user = "1001", host = "localhost", ...ofPage } = options;
  const { kamailio, gateway, chromium, stage } = setting;
  setting.sdkPages ??= await startPages(stage, {
    "/": path.join(ROOT, "tests/e2e/websdk"),
    "/sdk/": sdk,
  });
  const view = await chromium.open(setting.sdkPages.url, ofPage);
  const { page } = view;
  setting.opened.push(() => view.close());
  return {
    ...view,
    connect: (changes = {}) =>
      page.evaluate(
        ([url, sip]) => window.phone.connect(url, sip),
        [
          `wss://${host}:${gateway.ports.wss}`,
          {
            login: user,
            authenticationName: user,
            password: passwordOf(user),
            domain: kamailio.domain,
            outboundProxy: kamailio.domain,
            port: String(kamailio.port),
            registerRequired: true,
            ...changes,
          },
        ],
      ),
    do: (name, ...args) => page.evaluate(([n, a]) => void window.phone[n](...a), [name, args]),
    events: () => page.evaluate(() => window.phone.events),
    /** The first event of this kind and status, once it has come. */
    async event(kind, status, ms = 10_000) {
      try {
        const found = await page.waitForFunction(
          ([k, s]) => window.phone.events.find((one) => one.kind === k && one.status === s),
          [kind, status],
          { timeout: ms },
        );
        return await found.jsonValue();
      } catch {
        const seen = await page.evaluate(() => window.phone.events.map((one) => one.status));
        throw new Error(`no ${kind} ${status} within ${ms} ms, but ${seen.join(" ")}`);
      }
    },
  };
}
