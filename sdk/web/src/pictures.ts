/** What a call's pictures are: size and rate of what is sent and of what is received, every few seconds. */
import type { Clock } from "./environment.js";
import { PICTURES_MS } from "./limits.js";

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Frames a second, since it was told last; 0: no frame. */
  readonly fps: number;
}

/** A side is absent when there was no frame yet. */
export interface Pictures {
  readonly sent?: Picture;
  readonly received?: Picture;
}

const WAY = {
  "outbound-rtp": { side: "sent", frames: "framesEncoded" },
  "inbound-rtp": { side: "received", frames: "framesDecoded" },
} as const;

type Way = keyof typeof WAY;
type Report = Readonly<Record<string, unknown>>;

interface Count {
  readonly frames: number;
  readonly atMs: number;
}

const nothing = (): void => undefined;

export class PictureWatch {
  readonly #clock: Clock;
  readonly #tell: (pictures: Pictures) => void;
  readonly #before = new Map<string, Count>();
  #connection: RTCPeerConnection | undefined;
  #cancel = nothing;

  constructor(clock: Clock, tell: (pictures: Pictures) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Watches this connection from now on, in place of another one; undefined: none. */
  watch(connection: RTCPeerConnection | undefined): void {
    if (this.#connection === connection) return;
    this.#cancel();
    this.#before.clear();
    this.#connection = connection;
    if (connection) this.#wait(connection);
  }

  #wait(connection: RTCPeerConnection): void {
    this.#cancel = this.#clock.after(PICTURES_MS, () => void this.#look(connection));
  }

  async #look(connection: RTCPeerConnection): Promise<void> {
    const found: Record<string, Picture> = {};
    try {
      const stats = await connection.getStats();
      stats.forEach((report: Report) => Object.assign(found, this.#read(report)));
    } catch {
      // A connection that is closing; the next look is the last one.
    }
    if (this.#connection !== connection) return;
    this.#tell(found);
    this.#wait(connection);
  }

  #read(report: Report): Record<string, Picture> {
    const way = WAY[report["type"] as Way] as (typeof WAY)[Way] | undefined;
    if (!way || report["kind"] !== "video") return {};
    const [frames, width, height] = [way.frames, "frameWidth", "frameHeight"].map((name) => {
      return Number(report[name] ?? 0);
    }) as [number, number, number];
    if (!frames) return {};
    const id = String(report["id"]);
    const before = this.#before.get(id);
    const atMs = Number(report["timestamp"]);
    this.#before.set(id, { frames, atMs });
    const seconds = before ? (atMs - before.atMs) / 1000 : PICTURES_MS / 1000;
    const fps = seconds > 0 ? Math.round((frames - (before?.frames ?? 0)) / seconds) : 0;
    return { [way.side]: { width, height, fps: Math.max(0, fps) } };
  }
}
