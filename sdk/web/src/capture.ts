/**
 * Opens microphone and camera: within a limit, and with a cause when that fails. What the browser hands over too late,
 * when nobody waits for it any more, is closed at once.
 */
import { ZvonokError, deviceCause, localCause } from "./cause.js";
import type { Cause, Device } from "./cause.js";
import type { Environment } from "./environment.js";
import type { Limits } from "./limits.js";

/** True: a camera with usual settings. Constraints: one like these. False or absent: none. */
export type VideoWish = boolean | MediaTrackConstraints;

/**
 * Most SIP phones decode this size and few a larger one; nothing on the way scales it. Browsers turn it by themselves
 * when a phone is held upright.
 */
export const DEFAULT_CAMERA: MediaTrackConstraints = {
  width: { ideal: 640 },
  height: { ideal: 480 },
  frameRate: { ideal: 30 },
  facingMode: "user",
};

export interface Captured {
  readonly stream: MediaStream;
  /** Why there is no camera in it, although one was asked for. */
  readonly lack: Cause | undefined;
}

/** What to ask the browser for; undefined: no camera. */
export function readWish(wish: VideoWish | undefined): MediaTrackConstraints | undefined {
  return wish === true ? DEFAULT_CAMERA : wish || undefined;
}

export class Capture {
  readonly #environment: Environment;
  readonly #limits: Limits;
  #closed = false;

  constructor(environment: Environment, limits: Limits) {
    this.#environment = environment;
    this.#limits = limits;
  }

  /**
   * The microphone, and with `camera` both by one question to the person. When it is for the camera that both are
   * refused, the microphone alone will do.
   */
  async openBoth(
    { video: _, ...audio }: MediaStreamConstraints,
    camera: MediaTrackConstraints | undefined,
  ): Promise<Captured> {
    if (!camera) return { stream: await this.open(audio, "microphone"), lack: undefined };
    try {
      const both = await this.open({ ...audio, video: camera }, "camera");
      return { stream: both, lack: undefined };
    } catch (error) {
      const lack = (error as ZvonokError).cause;
      if (lack.cause === "insecure_page" || lack.cause === "camera_timeout") throw error;
      return { stream: await this.open(audio, "microphone"), lack };
    }
  }

  /** Rejects with a ZvonokError whose cause is one of `device`. */
  async open(constraints: MediaStreamConstraints, device: Device): Promise<MediaStream> {
    const { getUserMedia } = this.#environment;
    if (!getUserMedia) throw new ZvonokError(localCause("insecure_page"));
    let isAwaited = true;
    const asked = getUserMedia(constraints);
    asked.then(
      (stream) => (this.#closed || !isAwaited) && stopTracks(stream),
      () => undefined,
    );
    try {
      return await this.#bounded(asked, device);
    } catch (error) {
      isAwaited = false; // the person may allow it later; then nothing would close it
      throw new ZvonokError(deviceCause(error, device));
    }
  }

  close(): void {
    this.#closed = true;
  }

  #bounded<T>(work: Promise<T>, device: Device): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#environment.clock.after(this.#limits.microphone, () => {
        reject(new ZvonokError(localCause(`${device}_timeout`)));
      });
      work.then(resolve, reject).finally(cancel);
    });
  }
}

export function stopTracks(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
