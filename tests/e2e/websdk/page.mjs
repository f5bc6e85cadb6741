// The published web SDK on the small page beside this file, from an origin of its own on the gateway's host.
import { createRequire } from "node:module";
import path from "node:path";
import { ROOT, passwordOf, startPages } from "../peers/index.mjs";

const sdk = path.dirname(
  createRequire(import.meta.url).resolve("@flashphoner/websdk/package.json"),
);

const folders = { "/": path.join(ROOT, "tests/e2e/websdk"), "/sdk/": sdk };

/**
 * setting: that of useSetting. options: those of a Chromium page, user (1001), host: the gateway's address in a network of
 * its own, where no server of a test's can be reached.
 */
export async function openSdkPage(setting, options = {}) {
  const { user = "1001", host, ...ofPage } = options;
  const { kamailio, gateway, chromium, stage } = setting;
  if (!host) setting.sdkPages ??= await startPages(stage, folders);
  const view = host
    ? await chromium.open(`https://${host}:${gateway.ports.https}/`, { ...ofPage, folders })
    : await chromium.open(setting.sdkPages.url, ofPage);
  const { page } = view;
  const messages = [];
  page.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => messages.push(JSON.parse(payload)));
  });
  setting.opened.push(() => view.close());
  return {
    ...view,
    /** What the gateway said: `{message, data}`. The page is loaded before it connects, so none is missing. */
    messages,
    connect: (changes = {}) =>
      page.evaluate(
        ([url, sip]) => window.phone.connect(url, sip),
        [
          `wss://${host ?? "localhost"}:${gateway.ports.wss}`,
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
    /** Events and messages of calls that are over are not looked at any more. */
    forget: async () => {
      messages.length = 0;
      await page.evaluate(() => void window.phone.events.splice(0));
    },
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
