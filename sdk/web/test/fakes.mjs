// A surrounding without a browser: the clock moves when a test says so, the socket and the peer connection record.

export class FakeClock {
  #now = 0;
  #timers = new Set();

  after(ms, action) {
    const timer = { at: this.#now + ms, action };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  now() {
    return this.#now;
  }

  get pending() {
    return this.#timers.size;
  }

  /** Moves the time on, running what falls due, and lets promises settle in between. */
  async advance(ms) {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const due = [...this.#timers].filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.#now = due.at;
      due.action();
    }
    this.#now = end;
    await settle();
  }
}

export async function settle() {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

export class FakeTrack {
  enabled = true;
  stopped = false;
  settings = {};
  constructor(kind = "audio") {
    this.kind = kind;
  }
  stop() {
    this.stopped = true;
  }
  getSettings() {
    return this.settings;
  }
}

export class FakeStream {
  constructor(...kinds) {
    this.tracks = kinds.map((kind) => new FakeTrack(kind));
  }
  getTracks() {
    return this.tracks;
  }
  getAudioTracks() {
    return this.tracks.filter(({ kind }) => kind === "audio");
  }
  getVideoTracks() {
    return this.tracks.filter(({ kind }) => kind === "video");
  }
  addTrack(track) {
    this.tracks = [...this.tracks, track];
  }
  removeTrack(track) {
    this.tracks = this.tracks.filter((one) => one !== track);
  }
}

class FakeTransceiver {
  currentDirection = null;
  constructor(kind, direction, track = null) {
    this.direction = direction;
    this.receiver = { track: new FakeTrack(kind) };
    this.sender = {
      track,
      replaceTrack: async (next) => {
        this.sender.track = next;
      },
    };
  }
  get kind() {
    return this.receiver.track.kind;
  }
  stop() {
    this.direction = this.currentDirection = "stopped";
  }
}

/** A description with video, whose sender sends and receives as `direction` says; port 0: it is refused. */
export const withVideo = (direction = "sendrecv", port = 9) =>
  `v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n` +
  `m=video ${port} UDP/TLS/RTP/SAVPF 96\r\na=${direction}\r\n`;

/** Which way the other side lets pictures flow, as we see it. */
function directionFrom(sdp) {
  const [, port, direction] = /^m=video (\d+) [^]*^a=(\w+)\r?$/m.exec(sdp) ?? [];
  if (!port || port === "0") return undefined;
  return { sendonly: "recvonly", recvonly: "sendonly" }[direction] ?? direction;
}

const both = (a, b) => {
  const flows = (way) => [a, b].every((one) => one === "sendrecv" || one === way);
  const [sends, receives] = [flows("sendonly"), flows("recvonly")];
  if (sends && receives) return "sendrecv";
  return sends ? "sendonly" : receives ? "recvonly" : "inactive";
};

export class FakePeerConnection {
  localDescription = null;
  remote = [];
  offers = [];
  tracks = [];
  transceivers = [];
  stats = [];
  closed = false;
  connectionState = "new";
  fail = false;
  /** RTP packets of audio that have come. */
  received = 0;

  constructor(config) {
    this.config = config;
  }
  addTrack(track) {
    this.tracks.push(track);
    const free = this.transceivers.find((one) => one.kind === track.kind && !one.sender.track);
    if (!free) {
      this.transceivers.push(new FakeTransceiver(track.kind, "sendrecv", track));
      return;
    }
    free.sender.track = track;
    free.direction = "sendrecv";
  }
  addTransceiver(kind, { direction }) {
    this.transceivers.push(new FakeTransceiver(kind, direction));
  }
  getTransceivers() {
    return this.transceivers;
  }
  get video() {
    return this.transceivers.find(({ kind, direction }) => {
      return kind === "video" && direction !== "stopped";
    });
  }
  async getStats() {
    return this.stats;
  }
  setConfiguration(config) {
    this.config = config;
  }
  async createOffer(options) {
    if (this.fail) throw new Error("refused");
    this.offers.push(options);
    const again = options?.iceRestart ? `-${this.offers.length}` : "";
    return { type: "offer", sdp: `offer-of-browser${again}` };
  }
  async createAnswer() {
    return { type: "answer", sdp: "answer-of-browser" };
  }
  async setLocalDescription(description) {
    this.localDescription = description;
    if (description.type === "answer") this.#agree(this.remote.at(-1).sdp);
  }
  async setRemoteDescription(description) {
    if (this.fail) throw new Error("refused");
    this.remote.push(description);
    const offered = directionFrom(description.sdp);
    if (description.type === "answer") this.#agree(description.sdp);
    else if (!offered) this.video?.stop();
    else if (!this.video) this.transceivers.push(new FakeTransceiver("video", "recvonly"));
  }
  getReceivers() {
    const getStats = async () =>
      new Map([
        ["pair", { type: "candidate-pair", packetsReceived: 9 * this.received }],
        ["in", { type: "inbound-rtp", packetsReceived: this.received }],
      ]);
    return [{ track: { kind: "audio" }, getStats }];
  }
  close() {
    this.closed = true;
  }
  become(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
  #agree(sdp) {
    const direction = directionFrom(sdp);
    if (!direction) this.video?.stop();
    else if (this.video) this.video.currentDirection = both(direction, this.video.direction);
  }
}

/** An environment, and the handles by which a test plays the gateway and the browser. */
export function fakeEnvironment(changes = {}) {
  const clock = new FakeClock();
  const sockets = [];
  const connections = [];
  const streams = [];
  const asked = [];
  const devices = [];
  const watchers = new Set();
  let ids = 0;
  const environment = {
    clock,
    userAgent: "test",
    random: () => 0.5,
    watchNetwork: (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    newId: () => `call-${++ids}`,
    newStream: () => new FakeStream(),
    enumerateDevices: async () => devices,
    newPeerConnection: (config) => {
      const connection = new FakePeerConnection(config);
      connections.push(connection);
      return connection;
    },
    getUserMedia: async (constraints) => {
      asked.push(constraints);
      const stream = new FakeStream(...["audio", "video"].filter((kind) => constraints[kind]));
      streams.push(stream);
      return stream;
    },
    openSocket: (url, events) => {
      const socket = {
        url,
        events,
        closed: false,
        sent: [],
        send: (text) => socket.sent.push(JSON.parse(text)),
        close: (code) => {
          socket.closed = true;
          socket.code = code;
        },
        say: (message, ...data) => events.message(JSON.stringify({ message, data })),
        /** The same with a number, as where `resume` is granted. */
        tell: (seq, message, ...data) => events.message(JSON.stringify({ message, data, seq })),
        last: () => socket.sent[socket.sent.length - 1],
        names: () => socket.sent.map((m) => m.message),
      };
      sockets.push(socket);
      return socket;
    },
    ...changes,
  };
  const network = {
    change: () => watchers.forEach((changed) => changed()),
    get watchers() {
      return watchers.size;
    },
  };
  return { environment, clock, sockets, connections, streams, asked, devices, network };
}

export const ACCOUNT = {
  url: "wss://gateway:8443",
  login: "1001",
  password: "secret",
  domain: "sip.example",
};

/** A session that is REGISTERED, with its socket. `granted`: what getUserData has beside the usual. */
export async function registered(ZvonokSession, fake, granted = {}) {
  const session = new ZvonokSession(fake.environment);
  const connected = session.connect(ACCOUNT);
  const socket = fake.sockets[fake.sockets.length - 1];
  socket.events.open();
  const user = { sipLogin: "1001", status: "ESTABLISHED", authToken: "t" };
  socket.say("getUserData", { ...user, ...granted });
  socket.say("registered", {});
  await connected;
  return { session, socket };
}

/** What a gateway of ours grants. */
export const GRANTED = {
  features: ["report", "resume", "reoffer", "verdict", "quality", "iceServers", "dtmf", "drain"],
  authToken: "token-1",
};

/** The newest socket, opened: the gateway welcomes the client that returned on it. */
export function welcome(
  fake,
  token,
  { registered = true, calls = [], replayed = 0, ...more } = {},
) {
  const socket = fake.sockets[fake.sockets.length - 1];
  socket.events.open();
  socket.say("getUserData", { sipLogin: "1001", ...GRANTED, authToken: token, ...more });
  if (registered) socket.say("registered", {});
  socket.say("zvResumed", { calls, replayed, complete: true });
  return socket;
}

/** The connection is lost, and the client's next try is under way. */
export async function lose(fake) {
  fake.sockets[fake.sockets.length - 1].events.close();
  await fake.clock.advance(300);
}

/** A call that talks, with its audio connected. */
export async function talkingCall(ZvonokSession, granted = GRANTED) {
  const fake = fakeEnvironment();
  const { session, socket } = await registered(ZvonokSession, fake, granted);
  const call = session.createCall("1002");
  call.call();
  await settle();
  const entry = { callId: call.id, status: "ESTABLISHED", incoming: false };
  socket.say("setRemoteSDP", call.id, "answer-of-gateway", true);
  await settle();
  const [connection] = fake.connections;
  connection.become("connected");
  socket.say("talk", entry);
  return { ...fake, session, socket, call, connection, entry };
}
