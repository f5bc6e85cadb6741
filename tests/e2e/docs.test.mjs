// The gate of the documents (tools/check-docs.mjs) on a small tree of the test's own: what is wrong with a page is named with
// its line, and a page without a fault passes.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What the gate reads of the tree to know programs, verbs and options. */
const NEEDED = ["do", "tools/do.d", "tools/demo.mjs", "bench/relay.mjs", "CMakePresets.json"];
const SOURCES = ["src/ctl/main.c", "src/ctl/verbs.c", "src/gateway/options.c", "src/call/end.c"];

const MAP =
  "# Map\n\nA call ends in `call/end.c` `zv_call_end()`. See [commands](commands.md#by-hand).\n";
const README = "# Tree\n\n```\n$ zvonokctl calls --ended   # all of them\nCALL  STATE\n```\n";
const COMMANDS =
  "# Commands\n\n## By hand\n\n| `zvonokctl calls --ended` | by hand, 2026-11-27 |\n";
const MANUAL = ".TH X 1 2026-11-27\n.SH NAME\nx \\- does it\n";

/** Checks a tree of these pages; the gate's exit status and lines. */
async function check(t, pages) {
  const root = await mkdtemp(path.join(tmpdir(), "zvonok-docs-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  for (const name of [...NEEDED, ...SOURCES])
    await cp(path.join(ROOT, name), path.join(root, name), { recursive: true });
  const all = {
    "README.md": README,
    "docs/architecture.md": MAP,
    "docs/commands.md": COMMANDS,
    "docs/man/x.1": MANUAL,
    ...pages,
  };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), text);
  }
  return new Promise((resolve) =>
    execFile("node", [path.join(ROOT, "tools/check-docs.mjs"), root], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, lines: stdout.trim().split("\n"), stderr }),
    ),
  );
}

test("pages without a fault pass", async (t) => {
  const { code, lines, stderr } = await check(t, {});
  assert.deepEqual([code, stderr], [0, ""], lines.join("\n"));
  assert.match(lines.at(-1), /^check-docs: 3 pages, 1 links, .* 1 functions, 1 commands, 1 manual/);
});

const FAULTS = {
  "a link that leads nowhere": {
    pages: { "docs/a.md": "See\n[b](b.md).\n" },
    says: "docs/a.md:2: the link b.md leads nowhere",
  },
  "a heading that is not there": {
    pages: { "docs/a.md": "See [it](commands.md#nowhere).\n" },
    says: "docs/a.md:1: the link commands.md#nowhere: docs/commands.md has no heading #nowhere",
  },
  "a picture that is not there": {
    pages: { "docs/a.md": '<img src="a.png" alt="a">\n' },
    says: "docs/a.md:1: the link a.png leads nowhere",
  },
  "a file that has gone": {
    pages: { "docs/a.md": "\nIt is in `src/call/begin.c`.\n" },
    says: "docs/a.md:2: there is no src/call/begin.c",
  },
  "a name that no source has": {
    pages: { "docs/a.md": "`zv_call_begin` begins.\n" },
    says: "docs/a.md:1: no source has zv_call_begin",
  },
  "a function that stands in another file": {
    pages: { "docs/architecture.md": `${MAP}\n- \`call/end.c\` \`print_help()\`\n` },
    says: "docs/architecture.md:5: src/call/end.c has no function print_help",
  },
  "a function without a file": {
    pages: { "docs/architecture.md": `${MAP}\n- \`zv_call_end()\`\n` },
    says: "docs/architecture.md:5: which file has zv_call_end()?",
  },
  "an option that a program does not have": {
    pages: { "docs/a.md": "Try `zvonokctl calls --begun`.\n" },
    says: "docs/a.md:1: zvonokctl calls --begun: zvonokctl has no option --begun",
  },
  "a verb that nobody knows": {
    pages: { "docs/a.md": "Try `./do dance`.\n" },
    says: "docs/a.md:1: ./do dance: ./do has no verb dance",
  },
  "a command that nobody runs": {
    pages: { "docs/a.md": "```\nzvonokctl status && ./do lint\n```\n" },
    says: "docs/a.md:2: who has run it? docs/commands.md has no row for `./do lint`",
  },
  "a row that no page needs": {
    pages: { "docs/commands.md": `${COMMANDS}| \`zvonokctl status\` | by hand, 2026-11-27 |\n` },
    says: "docs/commands.md:6: no document has `zvonokctl status` (any more)",
  },
  "a test that does not run the command": {
    pages: { "docs/commands.md": COMMANDS.replace("by hand, 2026-11-27", "`src/call/end.c`") },
    says: "docs/commands.md:5: src/call/end.c does not have the word --ended",
  },
  "a manual page with a macro that is none": {
    pages: { "docs/man/x.1": `${MANUAL}.XX y\n` },
    says: "mandoc: docs/man/x.1:4:2: ERROR: skipping unknown macro: .XX y",
  },
};

for (const [fault, { pages, says }] of Object.entries(FAULTS))
  test(`${fault} is named with its line`, async (t) => {
    const { code, lines } = await check(t, pages);
    assert.equal(code, 1);
    assert.ok(lines.includes(says), lines.join("\n"));
  });
