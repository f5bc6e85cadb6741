// The commands in the documents: are they known to the programs that they name, and does docs/commands.md say for each who has
// run it? A command is known by its form: program, verb and options; ids, files and numbers are left out.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";

const TABLE = "docs/commands.md";

/** History, in which commands may have gone. */
const isHistory = (page) => page === "CHANGELOG.md" || page.startsWith("docs/decisions/");

/* ---- what there is ---- */

function find(text, pattern) {
  return new Set([...text.matchAll(pattern)].map(([, word]) => word));
}

/** The words that a `case` of a shell script takes: `a | b) ...`. */
function casesOf(text) {
  const lines = [...text.matchAll(/^ *([a-z][a-z -]*(?:\| *[a-z-]+ *)*)\) /gm)];
  return new Set(lines.flatMap(([, words]) => words.split("|").map((word) => word.trim())));
}

/** What each program takes: `words` for its first word, `more` for any behind it, `options` anywhere. */
function readPrograms(root) {
  const read = (name) => readFileSync(path.join(root, name), "utf8");
  const scripts = readdirSync(path.join(root, "tools/do.d")).map((name) => `tools/do.d/${name}`);
  const shell = ["do", ...scripts].map(read).join("\n");
  const presets = find(read("CMakePresets.json"), /"name": "(\w+)"/g);
  const groups = find(shell, /^packages_(\w+)=/gm);
  const areas = casesOf(/do_test\(\) \{[\s\S]*/.exec(shell)[0]);
  const tested = `${shell}\n${read("tools/demo.mjs")}\n${read("bench/relay.mjs")}`;
  return {
    "./do": {
      words: casesOf(/^case \$verb in[\s\S]*?^esac/m.exec(read("do"))[0]),
      more: new Set([...presets, ...groups, ...areas]),
      options: find(tested, /(--[a-z][a-z-]*)/g),
    },
    zvonokd: {
      words: new Set(),
      more: new Set(),
      options: optionsOf(read("src/gateway/options.c")),
    },
    zvonokctl: {
      words: find(read("src/ctl/verbs.c"), /\.name = "(\w+)"/g),
      more: new Set(["on", "off"]),
      options: optionsOf(read("src/ctl/main.c")),
    },
  };
}

/** Those of getopt_long. */
function optionsOf(source) {
  return new Set([...find(source, /\{"([a-z-]+)", \w+_argument/g)].map((name) => `--${name}`));
}

/* ---- what the documents say ---- */

/** One line of code as commands: without prompt, remark and variables, and each part of a pipe or chain for itself. */
function splitLine(line) {
  const plain = line.replace(/^\s*(\$ |# )?/, "").replace(/ +#.*$/, "");
  return plain
    .split(/&&|\|\||[|;]/)
    .map((part) => part.trim().replace(/^(?:[A-Z_]+=\S* +|sudo +)+/, ""))
    .filter(Boolean);
}

/** The form of a command of ours: program, words, options; null: it is somebody else's. */
export function formOf(command) {
  const words = command.split(/\s+/);
  let program = words.shift();
  if (program === "node" && /^tools\/.*\.mjs$/.test(words[0] ?? ""))
    program = `node ${words.shift()}`;
  else if (!/^(\.\/do|zvonokd|zvonokctl|tools\/[a-z].*)$/.test(program)) return null;
  const kept = words.filter((word) => /^(--?[a-z][a-z-]*|[a-z][a-z-]*)$/.test(word));
  return { program, words: kept, text: [program, ...kept].join(" ") };
}

/** Where a block shows what was typed and what came of it, only lines behind a prompt are commands. */
function findCommands(page) {
  const shows = new Set(
    page.lines.filter(({ text }) => /^\s*\$ /.test(text)).map(({ fence }) => fence),
  );
  const commands = [];
  for (const { text, number, isCode, fence } of page.lines) {
    if (!isCode || (fence && shows.has(fence) && !/^\s*\$ /.test(text))) continue;
    for (const part of splitLine(text)) {
      const form = formOf(part);
      if (form) commands.push({ ...form, number, isCode: true });
    }
  }
  for (const { name, number } of page.names) {
    const form = /^(\.\/do|zvonokd|zvonokctl|node tools\/) ?/.test(name) ? formOf(name) : null;
    if (form?.words.length) commands.push({ ...form, number, isCode: false });
  }
  return commands;
}

/** What is wrong with the command itself; "" if nothing. */
function judge(root, programs, { program, words, text }) {
  if (program.includes("/") && program !== "./do") {
    const file = program.replace(/^node /, "");
    return existsSync(path.join(root, file)) ? "" : `there is no ${file}`;
  }
  const known = programs[program];
  const options = words.filter((word) => word.startsWith("-"));
  const wrong = options.find(
    (word) => !["-h", "--help"].includes(word) && !known.options.has(word),
  );
  if (wrong) return `${text}: ${program} has no option ${wrong}`;
  const plain = words.filter((word) => !word.startsWith("-"));
  if (plain.length && known.words.size && !known.words.has(plain[0]))
    return `${text}: ${program} has no verb ${plain[0]}`;
  const odd = plain.slice(1).find((word) => !known.more.has(word));
  return odd && known.words.size ? `${text}: ${program} ${plain[0]} knows no ${odd}` : "";
}

/* ---- the table of who ran what ---- */

function readTable(page) {
  const rows = new Map();
  for (const { text, number, isCode } of page.lines) {
    const row = isCode ? null : /^\| `([^`]+)` \| (.+) \|$/.exec(text);
    if (row) rows.set(row[1], { by: row[2], number });
  }
  return rows;
}

/** A row names files that run the command, each with its words in it, or says when somebody ran it by hand. */
function judgeRow(root, command, by) {
  const files = [...by.matchAll(/`([^` ]+\/[^` ]+)`/g)].map(([, name]) => name);
  if (!files.length)
    return /by hand, \d{4}-\d\d-\d\d/.test(by) ? "" : "neither a file nor `by hand, DATE`";
  for (const file of files) {
    if (!existsSync(path.join(root, file))) return `there is no ${file}`;
    const text = readFileSync(path.join(root, file), "utf8");
    const missing = command
      .split(" ")
      .slice(1)
      .filter((word) => !text.includes(word));
    if (missing.length) return `${file} does not have the word ${missing[0]}`;
  }
  return "";
}

/** All that is wrong, as sentences. */
export function checkCommands(root, pages) {
  const programs = readPrograms(root);
  const rows = readTable(pages.get(TABLE) ?? { lines: [] });
  const used = new Set();
  const faults = [];
  let count = 0;
  for (const page of pages.values()) {
    if (page.name === TABLE || isHistory(page.name)) continue;
    for (const command of findCommands(page)) {
      const fault = judge(root, programs, command);
      if (fault) faults.push(`${page.name}:${command.number}: ${fault}`);
      if (!command.isCode) continue;
      count++;
      used.add(command.text);
      if (!rows.has(command.text))
        faults.push(
          `${page.name}:${command.number}: who has run it? ${TABLE} has no row for \`${command.text}\``,
        );
    }
  }
  for (const [command, { by, number }] of rows) {
    const fault = judgeRow(root, command, by);
    if (!used.has(command))
      faults.push(`${TABLE}:${number}: no document has \`${command}\` (any more)`);
    if (fault) faults.push(`${TABLE}:${number}: ${fault}`);
  }
  return { faults, count };
}
