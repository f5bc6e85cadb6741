// Many calls at once: webload is the clients in one process, sipfarm the SIP side in another (tests/tools/load).
import { startTool } from "./tools.mjs";
import { within } from "./peers/index.mjs";

export const FIRST_LOGIN = 1001;
/** What a gateway must allow to carry `calls` calls of clients on one machine. */
export const allowing = (calls) => ({
  http: { max_connections_per_address: 2 * calls + 64 },
  limits: { calls: calls + 64, calls_per_client: 8 },
});

/** The SIP side: answers every INVITE that reaches `port`. `result()` ends it and gives what it heard. */
export async function startFarm(stage, options = {}) {
  const farm = startTool(stage, "sipfarm", { firstCaller: FIRST_LOGIN, ...options });
  const { port } = await farm.line("where it listens", ({ event }) => event === "listening");
  const result = async () => {
    farm.process.kill("SIGTERM");
    return farm.result(10_000);
  };
  return { port, address: `127.0.0.1:${port}`, pid: farm.process.pid, lines: farm.lines, result };
}

/** The clients: `calls` of them begin, talk for `seconds` and hang up. */
export function startCrowd(stage, options) {
  const crowd = startTool(stage, "webload", { firstLogin: FIRST_LOGIN, ...options });
  /** The lines of calls that went wrong, for a message. */
  const wrongs = () => crowd.lines().filter(({ event }) => event === "wrong");
  const result = (ms) => within(ms, "webload ends", crowd.result(ms));
  return { pid: crowd.process.pid, wrongs, result };
}
