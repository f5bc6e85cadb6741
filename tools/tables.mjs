// What the generators of api/*.json share: reading, sentences, C literals, and writing or checking the files that they make.
import { readFileSync, writeFileSync } from "node:fs";

const ROOT = new URL("..", import.meta.url);

export const read = (name) => readFileSync(new URL(name, ROOT), "utf8");

/** Something in a table that its author has to mend. */
export class Mistake extends Error {}

/** The tables' sentences come without capital and full stop. */
export function sentence(text) {
  return text && text.charAt(0).toUpperCase() + text.slice(1) + ".";
}

/** Words as lines of at most `width` characters. */
export function wrap(text, width) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines;
}

/** A string literal of C; a long one in pieces, since the compiler joins them. */
export function cText(text) {
  const lines = wrap(text, 84);
  return lines.map((line, i) => JSON.stringify(i < lines.length - 1 ? `${line} ` : line));
}

/** The same for Java, where lines are joined by a plus. */
export function javaText(text, indent) {
  const lines = wrap(text, 76);
  return lines
    .map((line, i) => JSON.stringify(i < lines.length - 1 ? `${line} ` : line))
    .map((line, i) => `${indent}${i ? "+ " : ""}${line}`)
    .join("\n");
}

/** `[section, name]` of each configuration key. */
function readKeys() {
  const list = read("src/gateway/config_keys.h").matchAll(/^X\((\w+), (\w+),/gm);
  return [...list].map(([, section, name]) => [section, name]);
}

/** The configuration keys that a text names and that do not exist. */
export function findWrongKeys(text) {
  const keys = readKeys();
  const names = new Set(keys.map((key) => key.join(".")));
  const sections = [...new Set(keys.map(([section]) => section))].join("|");
  const named = text.matchAll(new RegExp(`(?<![\\w.])(${sections})\\.[a-z_]+`, "g"));
  return [...named].map(([key]) => key).filter((key) => !names.has(key));
}

function readIfThere(name) {
  try {
    return read(name);
  } catch {
    return "";
  }
}

function writeOrCheck(argument, { tool, table, make }) {
  const { count, made } = make();
  const stale = Object.keys(made).filter((name) => readIfThere(name) !== made[name]);
  if (argument === "--check") {
    for (const name of stale)
      console.log(`${name} is not what ${table} says: node tools/${tool}.mjs`);
    if (!stale.length) console.log(`${tool}: ${count} entries of ${table}, all files as they say`);
    return stale.length ? 1 : 0;
  }
  for (const name of stale) {
    writeFileSync(new URL(name, ROOT), made[name]);
    console.log(`wrote ${name}`);
  }
  return 0;
}

/** A generator's program: `make()` gives the number of entries and the files' text by name. Never returns. */
export function runGenerator(generator) {
  const [argument, ...more] = process.argv.slice(2);
  if (more.length || (argument && argument !== "--check")) {
    console.error(`usage: node tools/${generator.tool}.mjs [--check]`);
    process.exit(2);
  }
  try {
    process.exit(writeOrCheck(argument, generator));
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
