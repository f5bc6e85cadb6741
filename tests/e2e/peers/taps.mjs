// Taps: a peer between two others that passes everything on and keeps what it saw, so that a test knows the secrets that
// went over the wire.
import dgram from "node:dgram";
import WebSocket, { WebSocketServer } from "ws";

function bind(socket) {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", resolve);
  });
}

/**
 * SIP over UDP from one user agent to the server at 127.0.0.1:`port`. `seen`: the messages both ways, as they went on: `edit` may
 * say each otherwise.
 */
export async function tapSip(stage, port, edit = (text) => text) {
  const near = dgram.createSocket("udp4");
  const far = dgram.createSocket("udp4");
  const seen = [];
  let agent;
  await Promise.all([bind(near), bind(far)]);
  near.on("message", (bytes, from) => {
    agent = from;
    seen.push(edit(bytes.toString()));
    far.send(seen.at(-1), port, "127.0.0.1");
  });
  far.on("message", (bytes) => {
    seen.push(edit(bytes.toString()));
    if (agent) near.send(seen.at(-1), agent.port, agent.address);
  });
  stage.onClose(() => [near, far].forEach((socket) => socket.close()));
  return { port: near.address().port, seen };
}

/** WebSockets of clients to the gateway at `url`. `seen`: the texts both ways. */
export async function tapWebSocket(stage, url) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await new Promise((resolve) => server.once("listening", resolve));
  const seen = [];
  server.on("connection", (client) => {
    const gateway = new WebSocket(url);
    const opened = new Promise((resolve) => gateway.once("open", resolve));
    client.on("message", async (bytes) => {
      seen.push(bytes.toString());
      await opened;
      gateway.send(bytes.toString());
    });
    gateway.on("message", (bytes) => {
      seen.push(bytes.toString());
      client.send(bytes.toString());
    });
    client.on("close", () => gateway.close());
    gateway.on("close", () => client.close());
    gateway.on("error", () => client.terminate());
  });
  stage.onClose(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return { url: `ws://127.0.0.1:${server.address().port}/`, seen };
}
