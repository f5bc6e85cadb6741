// Serves folders over http on a port of its own. `localhost` counts as secure, so a page gets its microphone.
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** The file that a path of a URL stands for. */
export function findFile(folders, url) {
  const whole = new URL(url, "http://x").pathname.replace(/\/$/, "/index.html");
  const matching = Object.keys(folders).filter((name) => whole.startsWith(name));
  const prefix = matching.reduce((longest, name) =>
    name.length > longest.length ? name : longest,
  );
  return path.join(folders[prefix], path.normalize(whole.slice(prefix.length)));
}

async function serve(folders, headers, request, response) {
  try {
    const file = findFile(folders, request.url);
    const body = await readFile(file);
    const type = TYPES[path.extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, ...headers });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}

/** folders: `{"/": dir, "/sdk/": dir}`. */
export async function startPages(stage, folders, headers = {}) {
  const server = http.createServer((request, response) => {
    void serve(folders, headers, request, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  stage.onClose(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address();
  return { server, port, url: `http://localhost:${port}/` };
}
