// A client of the gateway's WebSocket without a browser: says what a test tells it, keeps what it is told.
import WebSocket from "ws";
import { within } from "./stage.mjs";

export async function connectClient(url, options = {}) {
  const socket = new WebSocket(url, { rejectUnauthorized: false, ...options });
  const received = [];
  const listeners = new Set();
  const started = Date.now();
  socket.on("message", (bytes) => {
    const { message, data } = JSON.parse(bytes.toString());
    if (message === "ping") socket.send(JSON.stringify({ message: "pong", data: [null] }));
    else received.push({ message, data, at: Date.now() - started });
    for (const listener of listeners) listener();
  });
  const closed = new Promise((resolve) => {
    socket.once("close", (code, reason) => {
      resolve({ code, reason: reason.toString(), at: Date.now() - started });
    });
  });
  await within(
    5_000,
    `a WebSocket to ${url}`,
    new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    }),
  );
  socket.on("error", () => undefined);
  const client = {
    socket,
    received,
    say: (message, data) => socket.send(JSON.stringify({ message, data: [data] })),
    /** The next message of this name that has not been taken; `wanted` may choose among them. */
    next(name, ms = 5_000, wanted = () => true) {
      let listener;
      const found = new Promise((resolve) => {
        listener = () => {
          const at = received.findIndex((one) => one.message === name && wanted(one.data));
          if (at < 0) return;
          listeners.delete(listener); // at once: the next message may come before whoever waits goes on
          resolve(received.splice(at, 1)[0]);
        };
        listeners.add(listener);
        listener();
      });
      const what = `the gateway says ${name} (so far: ${received.map((one) => one.message)})`;
      return within(ms, what, found).finally(() => listeners.delete(listener));
    },
    closed: (ms = 5_000) => within(ms, "the gateway closes", closed),
    close: () => socket.terminate(),
  };
  return client;
}
