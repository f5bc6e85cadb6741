/**
 * Everything that the SDK takes from its surroundings, so that its state machines run without a browser in tests:
 * the socket, the peer connection, microphone and camera, the clock, ids.
 */
export interface SocketEvents {
  open(): void;
  message(text: string): void;
  /** Exactly once, also when the socket never opened. */
  close(): void;
}

export interface Socket {
  send(text: string): void;
  close(code: number): void;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `action` after `ms` milliseconds unless the function that is returned has been called before. */
  after(ms: number, action: () => void): () => void;
}

export interface Environment {
  /** Opens a socket; throws when the address is not one. */
  openSocket(url: string, events: SocketEvents): Socket;
  newPeerConnection(config: RTCConfiguration): RTCPeerConnection;
  /** Undefined where the browser gives none, as on a page that is not secure. */
  getUserMedia: ((constraints: MediaStreamConstraints) => Promise<MediaStream>) | undefined;
  /** Microphones and cameras. */
  enumerateDevices(): Promise<MediaDeviceInfo[]>;
  newStream(): MediaStream;
  newId(): string;
  /** 0 or more, less than 1. */
  random(): number;
  /** Calls `changed` when the network has come back or is another one, until the function that is returned is called. */
  watchNetwork(changed: () => void): () => void;
  userAgent: string;
  clock: Clock;
}

function openWebSocket(url: string, events: SocketEvents): Socket {
  const socket = new WebSocket(url);
  socket.onopen = () => events.open();
  socket.onclose = () => events.close();
  socket.onmessage = (event) => {
    if (typeof event.data === "string") events.message(event.data);
  };
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: (code) => socket.close(code),
  };
}

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What some browsers know of the network; `type` only on phones. */
interface Connection extends EventTarget {
  readonly type?: string;
}

/**
 * `change` of navigator.connection also comes for each new estimate of the speed: only another kind of network counts.
 */
function watchNetwork(changed: () => void): () => void {
  const { connection } = navigator as { connection?: Connection };
  let type = connection?.type;
  const onChange = (): void => {
    if (type === connection?.type) return;
    type = connection?.type;
    if (type !== "none") changed();
  };
  addEventListener("online", changed);
  connection?.addEventListener("change", onChange);
  return () => {
    removeEventListener("online", changed);
    connection?.removeEventListener("change", onChange);
  };
}

/** The browser itself. */
export function browserEnvironment(): Environment {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  return {
    openSocket: openWebSocket,
    newPeerConnection: (config) => new RTCPeerConnection(config),
    getUserMedia: devices && ((constraints) => devices.getUserMedia(constraints)),
    enumerateDevices: async () => (await devices?.enumerateDevices()) ?? [],
    newStream: () => new MediaStream(),
    newId,
    random: () => Math.random(),
    watchNetwork,
    userAgent: navigator.userAgent,
    clock: {
      now: () => Date.now(),
      after: (ms, action) => {
        const timer = setTimeout(action, ms);
        return () => clearTimeout(timer);
      },
    },
  };
}
