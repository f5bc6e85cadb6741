// Asterisk's manager interface (AMI): a socket on which it is told what to do, and says what happens.
import { until, within } from "./stage.mjs";

/** `Event: Hangup\r\nChannel: PJSIP/1001-1` as an object; of a key that comes twice (`Output`) all lines. */
function parseMessage(text) {
  const message = {};
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon < 0) continue; // the greeting
    const key = line.slice(0, colon);
    const value = line.slice(colon + 1).trimStart();
    message[key] = key in message ? `${message[key]}\n${value}` : value;
  }
  return message;
}

/** Ready when Asterisk says that it is up. */
export async function openManager(stage, { address, port, password }) {
  const socket = await until(20_000, "the manager port of asterisk", () =>
    stage.connect(port, address),
  );
  stage.onClose(() => socket.destroy());
  const answers = new Map();
  const events = [];
  const listeners = new Set();
  let rest = "";
  let count = 0;
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    rest += chunk.toString("latin1");
    const messages = rest.split("\r\n\r\n");
    rest = messages.pop();
    for (const message of messages.map((text) => parseMessage(text))) {
      if (message.Event) events.push(message);
      else answers.get(message.ActionID)?.(message);
    }
    for (const listener of listeners) listener();
  });

  const manager = {
    /** The answer; an error of Asterisk's is one here. */
    async ask(action, fields = {}) {
      const id = String(++count);
      const lines = Object.entries({ Action: action, ActionID: id, ...fields });
      const answered = new Promise((resolve) => answers.set(id, resolve));
      socket.write(`${lines.map(([key, value]) => `${key}: ${value}`).join("\r\n")}\r\n\r\n`);
      const answer = await within(10_000, `asterisk answers ${action}`, answered);
      answers.delete(id);
      if (answer.Response !== "Error") return answer;
      throw new Error(`asterisk refuses ${action}: ${answer.Message}`);
    },
    /** The first event of this name that is as wanted and that nobody has taken yet. */
    next(name, wanted = () => true, ms = 15_000) {
      let listener;
      const found = new Promise((resolve) => {
        listener = () => {
          const at = events.findIndex((event) => event.Event === name && wanted(event));
          if (at < 0) return;
          listeners.delete(listener);
          resolve(events.splice(at, 1)[0]);
        };
        listeners.add(listener);
        listener();
      });
      return within(ms, `asterisk tells ${name}`, found).finally(() => listeners.delete(listener));
    },
    /** An action that is answered by events: those up to `end`. */
    async list(action, end, fields) {
      const from = events.length;
      await manager.ask(action, fields);
      const last = await manager.next(end);
      const mine = events.slice(from).filter((event) => event.ActionID === last.ActionID);
      for (const event of mine) events.splice(events.indexOf(event), 1);
      return mine;
    },
    forget: () => events.splice(0),
  };
  await manager.ask("Login", { Username: "test", Secret: password });
  await manager.next("FullyBooted", undefined, 30_000);
  return manager;
}
