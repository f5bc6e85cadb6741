// coturn: a TURN server with short-lived credentials (a user name that is the time of its end, a password made from it
// with a shared secret), on ports of its own.
import path from "node:path";
import { freePort, freePorts } from "./ports.mjs";

const RELAY_PORTS = 100;

/** options: address, secret, realm. */
export async function startTurnserver(stage, options) {
  const { address, secret, realm = "zvonok.test" } = options;
  const dir = await stage.folder("turnserver");
  const port = await freePort();
  const first = await freePorts(RELAY_PORTS);
  const child = stage.spawn("turnserver", "turnserver", [
    "-n", // no configuration file
    `--listening-ip=${address}`,
    `--relay-ip=${address}`,
    `--listening-port=${port}`,
    `--min-port=${first}`,
    `--max-port=${first + RELAY_PORTS - 1}`,
    "--use-auth-secret",
    `--static-auth-secret=${secret}`,
    `--realm=${realm}`,
    "--no-tls",
    "--no-dtls",
    "--no-cli",
    "--verbose",
    "--log-file=stdout",
    "--simple-log",
    `--userdb=${path.join(dir, "turndb")}`,
    `--pidfile=${path.join(dir, "turnserver.pid")}`,
  ]);
  await child.waitForLine(/UDP listener opened on/, 10_000);
  return { address, port, secret, process: child };
}
