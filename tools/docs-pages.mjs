// The tree's Markdown as tools/check-docs.mjs needs it: which pages there are, and what a page's links, headings, names in
// backquotes and lines of code are. Code is never searched for links, nor prose for lines of code.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

/** What is made or fetched, and so is no page of ours. */
const FOREIGN = new Set([".git", "node_modules", "build", "target", "dist"]);

/** Files and folders of the tree, by their names from its root. */
export function* findAll(root, folder = ".") {
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    if (FOREIGN.has(entry.name)) continue;
    yield name;
    if (entry.isDirectory()) yield* findAll(root, name);
  }
}

/** Each line with its number and whether it is code: between fences (then with the fence's number), or indented by four. */
function markLines(text) {
  let fence = 0;
  let isFenced = false;
  let wasBlank = true;
  return text.split("\n").map((line, index) => {
    const isFence = /^\s*(```|~~~)/.test(line);
    if (isFence) {
      isFenced = !isFenced;
      fence += isFenced ? 1 : 0;
    }
    const isIndented = !isFenced && wasBlank && /^ {4}\S/.test(line);
    wasBlank = isFenced || isFence ? false : !line.trim() || isIndented;
    const isCode = !isFence && (isFenced || isIndented);
    return { text: line, number: index + 1, isCode, isFence, fence: isFenced ? fence : 0 };
  });
}

/** GitHub's name for a heading. */
function anchorOf(heading, seen) {
  const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "");
  const slug = plain
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
  const count = seen.get(slug) ?? 0;
  seen.set(slug, count + 1);
  return count ? `${slug}-${count}` : slug;
}

function findAnchors(lines) {
  const seen = new Map();
  const anchors = new Set();
  for (const { text, isCode } of lines) {
    const heading = isCode ? null : /^#{1,6} +(.*?) *#*$/.exec(text);
    if (heading) anchors.add(anchorOf(heading[1], seen));
    for (const [, id] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
  }
  return anchors;
}

const withoutNames = (text) => text.replace(/`[^`]*`/g, "``");

/** `[text](target)` and `<img src="target">`, outside of code. */
function findLinks(lines) {
  const links = [];
  for (const { text, number, isCode } of lines) {
    if (isCode) continue;
    const plain = withoutNames(text);
    for (const [, target] of plain.matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g))
      links.push({ target, number });
    for (const [, target] of plain.matchAll(/<img [^>]*src="([^"]+)"/g))
      links.push({ target, number });
  }
  return links;
}

/** What stands in backquotes, outside of code; `place` numbers the item, row or paragraph that it stands in. */
function findNames(lines) {
  const names = [];
  let place = 0;
  for (const { text, number, isCode, isFence } of lines) {
    if (isCode || isFence || !text.trim() || /^\s*(\||#|[-*] |\d+\. )/.test(text)) place++;
    if (isCode) continue;
    for (const [, name] of text.matchAll(/`([^`]+)`/g)) names.push({ name, number, place });
  }
  return names;
}

/** The pages among the files `names`, by name. */
export function readPages(root, names) {
  const pages = new Map();
  for (const name of names.filter((file) => file.endsWith(".md"))) {
    const lines = markLines(readFileSync(path.join(root, name), "utf8"));
    pages.set(name, {
      name,
      lines,
      anchors: findAnchors(lines),
      links: findLinks(lines),
      names: findNames(lines),
    });
  }
  return pages;
}
