// A DNS server of our own with exactly the records that a test names.
import { execFile } from "node:child_process";
import dns from "node:dns";
import { freePort } from "./ports.mjs";
import { until } from "./stage.mjs";

/**
 * options: address, hosts {name: [addresses]}, srv [{service, target, port, priority, weight}], more (further options of
 * dnsmasq).
 */
export async function startDnsmasq(stage, options = {}) {
  const { address = "127.0.0.1", hosts = {}, srv = [], more = [] } = options;
  const port = await freePort();
  const args = [
    "--conf-file=/dev/null",
    "--no-daemon",
    `--port=${port}`,
    `--listen-address=${address}`,
    "--bind-interfaces",
    "--no-resolv",
    "--no-hosts",
    "--user=root",
    "--pid-file=",
    "--host-record=ready.invalid,127.0.0.1",
    ...Object.entries(hosts).map(([name, list]) => `--host-record=${[name, ...list].join(",")}`),
    ...srv.map(
      (record) =>
        `--srv-host=${record.service},${record.target},${record.port},${record.priority ?? 10},${record.weight ?? 10}`,
    ),
    ...more,
  ];
  const child = stage.spawn("dnsmasq", "dnsmasq", args);
  const resolver = new dns.promises.Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([`${address}:${port}`]);
  // It says so once its sockets are bound; from another network namespace it cannot be asked.
  if (stage.netns) await child.waitForLine(/started, version/, 5_000);
  else await until(5_000, "dnsmasq answers", () => resolver.resolve4("ready.invalid"));
  return { port, address: `${address}:${port}`, resolver, process: child };
}

/** Whether a program is there at all. */
export function hasProgram(name) {
  return new Promise((resolve) => execFile("which", [name], (error) => resolve(!error)));
}
