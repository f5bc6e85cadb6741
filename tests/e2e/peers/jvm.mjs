// Phones in a JVM: the Android SDK's core with real media (sdk/android/testkit), told what to do and telling what happens
// by lines of JSON. One JVM holds as many phones as a test wants; each is a session of its own.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { ROOT, within } from "./stage.mjs";
import { readWav } from "./wav.mjs";

const TESTKIT = path.join(ROOT, "sdk/android/testkit/target");

/** The class path of the phones, as tools/android/build-testkit writes it; undefined when it was not built. */
export function findJvmPhone() {
  const file = path.join(TESTKIT, "classpath.txt");
  if (!existsSync(file)) return undefined;
  return [path.join(TESTKIT, "classes"), readFileSync(file, "utf8").trim()].join(":");
}

/**
 * options: ca (the file with the certificates that the gateway's has to come from), program and classPath of another program
 * that reads and writes the same lines.
 */
export async function startJvm(stage, options) {
  const { ca, program = "org.zvonok.testkit.JvmPhone", classPath = findJvmPhone() } = options;
  if (!classPath) throw new Error("the JVM's phone is not built: tools/android/build-testkit");
  // What starts fast is enough here, and the machine has few cores.
  const flags = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"];
  const args = [...flags, "-cp", classPath, program, ca];
  const jvm = new Jvm(stage, stage.spawn("jvm", "java", args, { input: true }));
  stage.onClose(() => jvm.end());
  await jvm.ready();
  return jvm;
}

class Jvm {
  #answers = new Map();
  #phones = new Map();
  #ids = 0;
  #ready;
  #isReady = new Promise((resolve) => (this.#ready = resolve));

  constructor(stage, process) {
    this.stage = stage;
    this.process = process;
    let rest = "";
    process.child.stdout.setEncoding("utf8").on("data", (chunk) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop();
      for (const line of lines) if (line.startsWith("{")) this.#take(JSON.parse(line));
    });
    process.child.stdin.on("error", () => undefined); // it has died; whoever waits for an answer says so
  }

  ready() {
    return this.#whileAlive(20_000, "the JVM is ready", this.#isReady);
  }

  #take({ id, event, phone, ...line }) {
    if (event === "ready") this.#ready();
    else if (event) this.#phones.get(phone)?.take({ event, ...line });
    else this.#answers.get(id)?.(line);
  }

  /** Has a command done, and gives its result. */
  async perform(command, ms = 5_000) {
    const id = ++this.#ids;
    const answered = new Promise((resolve) => this.#answers.set(id, resolve));
    this.process.child.stdin.write(`${JSON.stringify({ id, ...command })}\n`);
    try {
      const what = `the JVM does ${command.do}`;
      const { result, error, type } = await this.#whileAlive(ms, what, answered);
      if (error !== undefined) throw Object.assign(new Error(error), { type });
      return result;
    } finally {
      this.#answers.delete(id);
    }
  }

  /** A phone that is not connected. options: tone (hertz), bars: what it says and shows. */
  phone(options = {}) {
    const name = `phone-${this.#phones.size + 1}`;
    const phone = new Phone(this, name, options);
    this.#phones.set(name, phone);
    return phone;
  }

  /** The network is another from now on, or there is none. */
  network(available, name = "") {
    return this.perform({ do: "network", available, name });
  }

  /** By the end of its input, which it has to take well; `kill` gives it no chance. */
  async end() {
    if (this.process.how) return;
    this.process.child.stdin.end();
    const { code, signal } = await within(
      10_000,
      "the JVM ends with its input",
      this.process.exited,
    );
    if (code !== 0) throw new Error(`the JVM ended with ${signal ?? code}: ${this.process.tail()}`);
  }

  async kill() {
    this.process.kill("SIGKILL");
    await this.process.exited;
  }

  #whileAlive(ms, what, promise) {
    const died = this.process.exited.then(() => {
      throw new Error(`${what}: it has ended: ${this.process.tail()}`);
    });
    return within(ms, `${what} (log: ${this.process.logFile})`, Promise.race([promise, died]));
  }
}

/** Events of a session or a call, kept until somebody asks for them. */
class Events {
  #left = [];
  #listeners = new Set();
  /** The names of all that came, in order. */
  names = [];

  add(event) {
    this.names.push(event.event);
    this.#left.push(event);
    for (const listener of this.#listeners) listener();
  }

  /** The next of this name that nobody has taken yet; those before it are taken as well. */
  next(name, ms, who) {
    let listener;
    const found = new Promise((resolve) => {
      listener = () => {
        const at = this.#left.findIndex(({ event }) => event === name);
        if (at < 0) return;
        this.#listeners.delete(listener); // at once: the next event may be in the same chunk
        resolve(this.#left.splice(0, at + 1).at(-1));
      };
      this.#listeners.add(listener);
      listener();
    });
    const limited = within(ms, "", found).catch(() => {
      throw new Error(`${who} tells no ${name} within ${ms} ms, but: ${this.names.join(" ")}`);
    });
    return limited.finally(() => this.#listeners.delete(listener));
  }
}

class Phone {
  #events = new Events();
  #calls = new Map();

  constructor(jvm, name, options) {
    this.jvm = jvm;
    this.name = name;
    this.options = options;
  }

  take(event) {
    if (event.call) this.#call(event.call).events.add(event);
    if (!event.call || event.event === "onIncomingCall") this.#events.add(event);
  }

  #call(id) {
    if (!this.#calls.has(id)) this.#calls.set(id, new Call(this, id));
    return this.#calls.get(id);
  }

  perform(command, ms) {
    return this.jvm.perform({ phone: this.name, ...this.options, ...command }, ms);
  }

  /** Names of what the session has told so far. */
  get told() {
    return this.#events.names;
  }

  next(event, ms = 10_000) {
    return this.#events.next(event, ms, this.name);
  }

  /** fields: url and those of an account. Whether it works, events tell. */
  connect(fields) {
    return this.perform({ do: "connect", ...fields });
  }

  disconnect() {
    return this.perform({ do: "disconnect" });
  }

  /** state, error, token, calls. */
  state() {
    return this.perform({ do: "state" });
  }

  /** options: video, parameters. */
  async call(callee, options = {}) {
    const { call } = await this.perform({ do: "call", callee, ...options });
    return this.#call(call);
  }

  /** The next call that comes in. */
  async incoming(ms) {
    const { call } = await this.next("onIncomingCall", ms);
    return this.#call(call);
  }
}

class Call {
  events = new Events();

  constructor(phone, id) {
    this.phone = phone;
    this.id = id;
  }

  get told() {
    return this.events.names;
  }

  next(event, ms = 10_000) {
    return this.events.next(event, ms, `${this.phone.name}'s call`);
  }

  /** answer, hangup, hold, unhold, mute, dtmf, transfer, stats, look. */
  perform(name, fields = {}, ms = undefined) {
    return this.phone.perform({ do: name, call: this.id, ...fields }, ms);
  }

  /** What is heard in the next seconds, as `readWav` has it; of a call that ends before, what there was. */
  async listen(seconds) {
    const { stage } = this.phone.jvm;
    const file = path.join(await stage.folder(`heard-by-${this.phone.name}`), "heard.wav");
    await this.perform("listen", { seconds, file }, seconds * 1000 + 10_000);
    return readWav(file);
  }
}
