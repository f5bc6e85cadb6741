/**
 * Everything that the SDK takes from its surroundings, so that its state machines run without a browser in tests:
 * the socket, the peer connection, the microphone, the clock, ids.
 */
export interface SocketEvents {
  open(): void;
  message(text: string): void;
  /** Exactly once, also when the socket never opened. */
  close(): void;
}

export interface Socket {
  send(text: string): void;
  close(): void;
}

export interface Clock {
  /** Runs `action` after `ms` milliseconds unless the function that is returned has been called before. */
  after(ms: number, action: () => void): () => void;
}

export interface Environment {
  /** Opens a socket; throws when the address is not one. */
  openSocket(url: string, events: SocketEvents): Socket;
  newPeerConnection(config: RTCConfiguration): RTCPeerConnection;
  /** Undefined where the browser gives none, as on a page that is not secure. */
  getUserMedia: ((constraints: MediaStreamConstraints) => Promise<MediaStream>) | undefined;
  newStream(track: MediaStreamTrack): MediaStream;
  newId(): string;
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
    close: () => socket.close(1000),
  };
}

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The browser itself. */
export function browserEnvironment(): Environment {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  return {
    openSocket: openWebSocket,
    newPeerConnection: (config) => new RTCPeerConnection(config),
    getUserMedia: devices && ((constraints) => devices.getUserMedia(constraints)),
    newStream: (track) => new MediaStream([track]),
    newId,
    userAgent: navigator.userAgent,
    clock: {
      after: (ms, action) => {
        const timer = setTimeout(action, ms);
        return () => clearTimeout(timer);
      },
    },
  };
}
