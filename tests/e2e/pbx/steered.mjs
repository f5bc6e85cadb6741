// A C client (tests/tools/webclient) that a scene steers in mid-call, and asks for what it hears.
import assert from "node:assert/strict";
import { PAGE_HZ } from "../call/setting.mjs";
import { MUSIC_HZ, until } from "../peers/index.mjs";
import { startTool } from "../tools.mjs";

/** The least mean square of what is sound and not its absence. */
const SOUND_POWER = 1e5;
/** One of three equal tones has a third of the energy. */
export const isMusic = (purity) => purity > 0.2 && purity < 0.5;

/** Starts one with these options of its command line; its ear is asked for what it hears from now on. */
export function steer(stage, options) {
  const own = { seconds: 0, timeout: 60, orders: true, digits: true, ...options };
  const tool = startTool(stage, "webclient", own, { input: true });
  let listens = 0;
  let told = 0;
  /** Waits until so many seconds of what is heard from now on are as wanted. */
  const listen = async (hz, what, wanted, { seconds = 1.5, ms = 15_000 } = {}) => {
    const mine = ++listens;
    const windows = () =>
      tool.lines().filter((line) => line.event === "window" && line.listen === mine);
    tool.tell(`listen ${JSON.stringify({ hz })}`);
    try {
      await until(ms, what, () => windows().filter(wanted).length >= seconds * 2);
    } catch (error) {
      const last = windows()
        .slice(-4)
        .map(({ purity, power }) => `${purity.toFixed(2)} of ${power.toExponential(1)}`);
      throw new Error(`${what}: heard ${last.join(", ") || "nothing"} (${error.message})`);
    }
  };
  return {
    ...tool,
    /** What its user does: `hold`, `unhold`, `hangup`. */
    order: (what) => tool.tell(what),
    press: (keys) => tool.tell(`sendDtmf ${JSON.stringify({ dtmf: keys })}`),
    hears: (hz, options) => listen(hz, `${hz} Hz`, ({ purity }) => purity >= 0.8, options),
    hearsMusic: (options) =>
      listen(
        MUSIC_HZ[1],
        "music",
        ({ purity, power }) => power > SOUND_POWER && isMusic(purity),
        options,
      ),
    /** The next message of this name from the gateway, after those that were asked for before. */
    told: (message, status, ms = 15_000) =>
      until(ms, `the gateway says ${message} ${status ?? ""}`, () => {
        const lines = tool.lines();
        const at = lines.findIndex(
          (line, i) =>
            i >= told &&
            line.message === message &&
            line.event === "received" &&
            (!status || line.status === status),
        );
        if (at >= 0) told = at + 1;
        return lines[at];
      }),
    /** The keys of the far end so far. */
    keys: () => tool.lines().filter(({ message }) => message === "zvDtmf"),
    /** The end as it should be. */
    ends: async (endedBy) => {
      const result = await tool.result();
      assert.ok(result.ok && result.code === 0, JSON.stringify(result));
      assert.equal(result.endedBy, endedBy);
      return result;
    },
  };
}

/** For scenes without a PBX: `start(user, more)` one that says its tone, and `leaveNothing()` at the end of each. */
export function steerIn(setting) {
  return {
    start: (user, more) =>
      steer(setting.stage, {
        url: setting.gateway.ws,
        ...setting.account(user),
        tone: PAGE_HZ,
        ...more,
      }),
    async leaveNothing() {
      await Promise.all(setting.opened.splice(0).map((end) => end()));
      await setting.gateway.isIdle();
    },
  };
}
