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

async function serve(folders, headers, request, response) {
  const url = new URL(request.url, "http://x").pathname.replace(/\/$/, "/index.html");
  const prefix = Object.keys(folders).find((name) => url.startsWith(name));
  try {
    const file = path.join(folders[prefix], path.normalize(url.slice(prefix.length)));
    const body = await readFile(file);
    const type = TYPES[path.extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, ...headers });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}

/** folders: `{"/": dir, "/sdk/": dir}`, the longest path first. */
export async function startPages(stage, folders, headers = {}) {
  const byLength = Object.fromEntries(
    Object.entries(folders).sort(([a], [b]) => b.length - a.length),
  );
  const server = http.createServer((request, response) => {
    void serve(byLength, headers, request, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  stage.onClose(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address();
  return { server, port, url: `http://localhost:${port}/` };
}
