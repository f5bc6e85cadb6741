// zvonokd's command line: what a person types first, and what it says when that is wrong.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { findZvonokd } from "./peers/index.mjs";

const skip = findZvonokd() ? false : "zvonokd is not built";
let dir;

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "zvonok-command-"));
});
after(() => rm(dir, { recursive: true, force: true }));

function zvonokd(...args) {
  return new Promise((resolve) => {
    execFile(findZvonokd(), args, { timeout: 10_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}

async function file(name, text) {
  const full = path.join(dir, name);
  await writeFile(full, text);
  return full;
}

test("--help says how to use it", { skip }, async () => {
  const { code, stdout } = await zvonokd("--help");
  assert.equal(code, 0);
  for (const option of ["--config", "--check-config", "--print-config", "--make-cert"]) {
    assert.ok(stdout.includes(option), option);
  }
});

test("--version names the version", { skip }, async () => {
  const { code, stdout } = await zvonokd("--version");
  assert.equal(code, 0);
  assert.match(stdout, /^zvonokd \d+\.\d+\.\d+\n$/);
});

test("an option that does not exist is exit status 2 and a hint", { skip }, async () => {
  const { code, stderr } = await zvonokd("--conifg", "x");
  assert.equal(code, 2);
  assert.match(stderr, /Try zvonokd --help/);
});

test("a configuration that is not there is named", { skip }, async () => {
  const { code, stderr } = await zvonokd("--config", path.join(dir, "none.yaml"));
  assert.equal(code, 78); // EX_CONFIG: systemd does not try again
  assert.match(stderr, /none\.yaml: cannot be opened/);
});

test("it does not start without sip.allow, and says what to write", { skip }, async () => {
  const { code, stderr } = await zvonokd("--config", await file("empty.yaml", ""));
  assert.equal(code, 78);
  assert.match(stderr, /sip\.allow: say where clients may send SIP/);
});

test("--check-config points at file, line and column", { skip }, async () => {
  const wrong = await file("wrong.yaml", "sip:\n  allow: [a.example]\nmedia:\n  strikt: true\n");
  const { code, stderr } = await zvonokd("--check-config", "--config", wrong);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /wrong\.yaml:4:3: there is no key media\.strikt; did you mean media\.strict\?/,
  );
});

test(
  "--check-config is content with the sample and what --make-cert prints",
  { skip },
  async () => {
    const made = await zvonokd("--make-cert", path.join(dir, "certs"));
    assert.equal(made.code, 0);
    const sample = (await zvonokd("--print-config")).stdout;
    const http = made.stdout.slice(made.stdout.indexOf("http:\n") + "http:\n".length);
    const right = sample
      .replace("  #allow: []", "  allow: [a.example]")
      .replace("http:\n", `http:\n${http}\n`);
    const checked = await zvonokd("--check-config", "--config", await file("right.yaml", right));
    assert.equal(checked.stderr, "");
    assert.equal(checked.code, 0);
  },
);

test("a port that is taken is named with its key", { skip }, async () => {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const taken = `127.0.0.1:${server.address().port}`;
  const config = await file(
    "taken.yaml",
    `sip: {allow: [a.example], listen: "127.0.0.1:0"}\nmedia: {web_port: 0}\n` +
      `http: {wss_listen: [], https_listen: [], ws_listen: ["${taken}"]}\n`,
  );
  const { code, stderr } = await zvonokd("--config", config);
  server.close();
  assert.equal(code, 1);
  assert.ok(stderr.includes(`http.ws_listen: ${taken}`), stderr);
});
