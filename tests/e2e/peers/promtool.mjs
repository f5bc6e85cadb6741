// promtool, Prometheus' judge of metrics and rules: $PROMTOOL, what `./do setup test` has fetched, or the machine's.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { ROOT, within } from "./stage.mjs";

function find() {
  const fetched = path.join(ROOT, "build/tools/promtool");
  return process.env.PROMTOOL ?? (existsSync(fetched) ? fetched : "promtool");
}

/** Runs `promtool check …` with `input`; `{ code, output }`. */
export function runPromtool(args, input = "") {
  const done = new Promise((resolve, reject) => {
    const child = spawn(find(), args, { stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => (output += chunk));
    }
    child.once("error", (error) =>
      reject(new Error(`promtool does not run (./do setup test fetches it): ${error.message}`)),
    );
    child.once("close", (code) => resolve({ code, output }));
    child.stdin.on("error", () => undefined); // it may end before it has read all
    child.stdin.end(input);
  });
  return within(30_000, "promtool ends", done);
}
