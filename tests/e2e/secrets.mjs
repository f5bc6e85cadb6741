// Looks for secrets in what was written: a text, bytes, a file, a folder with all that is in it. Each secret is looked
// for as it is and as hexadecimal and base64 would show it, also in the middle of other bytes (a packet capture, a core).
import { lstat, readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** What base64 writes of a secret that begins at byte 0, 1 or 2 of a group of three: the characters that are its alone. */
function base64Forms(secret) {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), secret]).toString("base64");
    const first = [0, 2, 3][before];
    const last = Math.floor(((before + secret.length) * 8) / 6);
    return text.slice(first, last);
  });
}

function formsOf(secret) {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  return [
    ["as it is", bytes],
    ["in hexadecimal", Buffer.from(hex)],
    ["in hexadecimal", Buffer.from(hex.toUpperCase())],
    ...base64Forms(bytes).map((text) => ["in base64", Buffer.from(text)]),
  ];
}

function searchBytes(where, bytes, secrets) {
  return Object.entries(secrets).flatMap(([name, values]) =>
    [values].flat().flatMap((secret) => {
      const found = formsOf(secret).find(([, form]) => bytes.includes(form));
      return found ? [`${where} holds ${name} ${found[0]}`] : [];
    }),
  );
}

async function filesIn(dir, except) {
  const entries = await readdir(dir, { withFileTypes: true });
  const nested = entries.map((entry) => {
    const file = path.join(dir, entry.name);
    if (except.some((pattern) => pattern.test(file))) return [];
    if (entry.isDirectory()) return filesIn(file, except);
    return entry.isFile() ? [file] : [];
  });
  return (await Promise.all(nested)).flat();
}

/**
 * What of `secrets` ({name: value or values}) is in `where`: a Buffer, or the path of a file or folder. A sentence for
 * each find; empty: none. `except`: patterns of paths that may hold them.
 */
export async function findSecrets(where, secrets, { except = [] } = {}) {
  for (const [name, values] of Object.entries(secrets)) {
    const short = [values].flat().some((value) => !value || Buffer.from(value).length < 6);
    if (short || [values].flat().length === 0)
      throw new Error(`${name}: nothing to look for, or too short to be told from chance`);
  }
  if (Buffer.isBuffer(where)) return searchBytes("the text", where, secrets);
  const isFolder = (await lstat(where)).isDirectory();
  const files = isFolder ? await filesIn(where, except) : [where];
  const found = files.map(async (file) => searchBytes(file, await readFile(file), secrets));
  return (await Promise.all(found)).flat();
}
