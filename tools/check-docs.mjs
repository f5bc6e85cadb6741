// A gate of ./do lint: the documents against the tree. Every relative link and anchor leads somewhere; every file, folder and
// C name in backquotes exists, and in docs/architecture.md a function stands in the file named before it; manual pages have
// no warnings; commands are known, and docs/commands.md says who has run each. What is wrong is printed with its line.
//
//     node tools/check-docs.mjs [DIR]        DIR: another tree (tests/e2e/docs.test.mjs)
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { checkCommands } from "./docs-commands.mjs";
import { findAll, readPages } from "./docs-pages.mjs";

const ROOT = process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url));
/** The page whose functions are looked for in the files that it names. */
const MAP = "docs/architecture.md";
/** Pages that tell of what was: files that they name may have gone. */
const isHistory = (name) => name === "CHANGELOG.md" || name.startsWith("docs/decisions/");

const readText = (name) => readFileSync(path.join(ROOT, name), "utf8");

/* ---- links ---- */

function judgeLink(pages, page, target) {
  if (/^[a-z]+:/.test(target)) return "";
  const [file, anchor] = target.split("#");
  const name = file ? path.normalize(path.join(path.dirname(page.name), file)) : page.name;
  if (!existsSync(path.join(ROOT, name))) return `the link ${target} leads nowhere`;
  const there = pages.get(name);
  if (anchor && there && !there.anchors.has(anchor))
    return `the link ${target}: ${name} has no heading #${anchor}`;
  return "";
}

function checkLinks(pages) {
  const faults = [];
  let count = 0;
  for (const page of pages.values())
    for (const { target, number } of page.links) {
      const fault = judgeLink(pages, page, target);
      if (fault) faults.push(`${page.name}:${number}: ${fault}`);
      count++;
    }
  return { faults, count };
}

/* ---- files and functions ---- */

/** `a/{b,c}.h` is a/b.h and a/c.h. */
function spread(name) {
  const braces = /^(.*?)\{([^}]*)\}(.*)$/.exec(name);
  if (!braces) return [name];
  return braces[2].split(",").flatMap((part) => spread(`${braces[1]}${part.trim()}${braces[3]}`));
}

class Tree {
  constructor(names) {
    this.names = new Set(names);
    this.tops = names.filter(
      (name) => !name.includes("/") && existsSync(path.join(ROOT, name, ".")),
    );
    this.modules = names.filter((name) => /^src\/[^/.]+$/.test(name)).map((name) => name.slice(4));
    const sources = names.filter((name) => /^(src|tests|bench|tools)\/.*\.[ch]$/.test(name));
    this.sources = new Map(sources.map((name) => [name, readText(name)]));
    this.words = new Set(
      [...this.sources.values()].flatMap((text) => text.match(/\b[Zz][Vv]_\w+/g) ?? []),
    );
  }

  /** A name as one of the tree: as it stands, or below src/ as in `call/end.c`; "": it looks like none. */
  expand(name) {
    if (!/^[\w.-]+\/[\w./*-]*$/.test(name)) return "";
    const top = name.split("/")[0];
    const bare = name.replace(/\/$/, "");
    if (this.modules.includes(top) && !this.names.has(bare)) return `src/${bare}`;
    return this.tops.includes(top) ? bare : "";
  }

  has(name) {
    if (!name.includes("*")) return this.names.has(name);
    const pattern = new RegExp(`^${name.replace(/[.+]/g, "\\$&").replaceAll("*", "[^/]*")}$`);
    return [...this.names].some((file) => pattern.test(file));
  }

  /** Whether the file has a function of that name, or a macro; any other mention is none. */
  defines(file, name) {
    const text = this.sources.get(file) ?? "";
    return new RegExp(`^(\\w[\\w *]*[ *])?${name}\\(|^#define ${name}\\b`, "m").test(text);
  }
}

/** The files and folders that a name in backquotes stands for, seen from the page's own folder or from the tree's root. */
function filesOf(tree, page, name) {
  const near = (one) => path.join(path.dirname(page.name), one.replace(/\/$/, ""));
  return spread(name)
    .map((one) => (/[/.]/.test(one) && tree.names.has(near(one)) ? near(one) : tree.expand(one)))
    .filter(Boolean);
}

function checkNames(pages, tree) {
  const faults = [];
  let count = 0;
  for (const page of pages.values()) {
    if (isHistory(page.name)) continue;
    for (const { name, number } of page.names) {
      const files = filesOf(tree, page, name);
      const word = /^([Zz][Vv]_\w+)(\(\))?$/.exec(name)?.[1];
      count += files.length + (word ? 1 : 0);
      for (const file of files.filter((one) => !tree.has(one)))
        faults.push(`${page.name}:${number}: there is no ${file}`);
      if (word && !tree.words.has(word))
        faults.push(`${page.name}:${number}: no source has ${word}`);
    }
  }
  return { faults, count };
}

/** `file` ... `function()`: the last file before it in the same item must define it. */
function checkMap(page, tree) {
  const faults = [];
  let files = [];
  let place = -1;
  let count = 0;
  for (const { name, number, place: here } of page.names) {
    if (here !== place) files = [];
    place = here;
    const named = filesOf(tree, page, name).filter((file) => /\.[ch]$/.test(file));
    if (named.length) files = named;
    const called = /^(\w+)\(\)$/.exec(name)?.[1];
    if (!called) continue;
    count++;
    if (!files.length) faults.push(`${page.name}:${number}: which file has ${called}()?`);
    else if (!files.some((file) => tree.defines(file, called)))
      faults.push(`${page.name}:${number}: ${files.join(", ")} has no function ${called}`);
  }
  return { faults, count };
}

/* ---- manual pages ---- */

/** The lines that a program complains with; mandoc writes them to standard output. */
function run(program, args) {
  const { error, stdout, stderr } = spawnSync(program, args, { cwd: ROOT, encoding: "utf8" });
  if (error) return [`${program} cannot be run (${error.code}): ./do setup test`];
  return `${stderr}${program === "mandoc" ? stdout : ""}`.split("\n").filter(Boolean);
}

/** What man says, and what mandoc says that is more than style. */
function checkManuals() {
  const names = readdirSync(path.join(ROOT, "docs/man"))
    .filter((name) => /\.[1-8]$/.test(name))
    .map((name) => `docs/man/${name}`);
  const faults = names.flatMap((name) => [
    ...run("man", ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", name]).map(
      (line) => `${name}: ${line}`,
    ),
    ...run("mandoc", ["-Tlint", "-W", "warning", name]),
  ]);
  return { faults, count: names.length };
}

/* ---- all of it ---- */

function check() {
  const names = [...findAll(ROOT)];
  const pages = readPages(ROOT, names);
  const tree = new Tree(names);
  const parts = {
    links: checkLinks(pages),
    names: checkNames(pages, tree),
    functions: checkMap(pages.get(MAP), tree),
    commands: checkCommands(ROOT, pages),
    "manual pages": checkManuals(),
  };
  const faults = Object.values(parts).flatMap((part) => part.faults);
  for (const fault of faults) console.log(fault);
  const counts = Object.entries(parts).map(([what, { count }]) => `${count} ${what}`);
  if (!faults.length)
    console.log(`check-docs: ${pages.size} pages, ${counts.join(", ")}: all right`);
  return faults.length ? 1 : 0;
}

process.exit(check());
