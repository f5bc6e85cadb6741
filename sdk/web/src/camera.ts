/**
 * The own picture of one call: a camera that is opened with the call or later, switched off and on, and changed for
 * another one. The far end is told nothing of it: the stream was agreed on with the call, whatever flows in it. Off means
 * that the camera sends black; it stays open, so that it is back at once.
 *
 * Phones open one camera at a time: the one before is closed before the next is opened, and opened again when that fails.
 */
import type { Capture } from "./capture.js";
import { DEFAULT_CAMERA } from "./capture.js";
import { ZvonokError, localCause } from "./cause.js";
import type { Cause } from "./cause.js";
import type { Environment } from "./environment.js";

export interface CameraSteps {
  /** What sends the picture to the gateway; undefined: no picture of ours was agreed on. */
  sender(): RTCRtpSender | undefined;
  /** There is another track, or none; or it was switched off or on. */
  changed(): void;
  /** It stopped by itself. */
  lost(cause: Cause): void;
}

export class Camera {
  readonly #environment: Environment;
  readonly #capture: Capture;
  readonly #steps: CameraSteps;
  #track: MediaStreamTrack | undefined;
  #wish = DEFAULT_CAMERA;
  #off = false;
  #work: Promise<void> | undefined;

  constructor(environment: Environment, capture: Capture, steps: CameraSteps) {
    this.#environment = environment;
    this.#capture = capture;
    this.#steps = steps;
  }

  get track(): MediaStreamTrack | undefined {
    return this.#track;
  }

  /** No picture is sent: there is no camera, or it is off. */
  get isMuted(): boolean {
    return !this.#track || this.#off;
  }

  /** Takes the camera that was opened with the microphone. */
  take(track: MediaStreamTrack, wish: MediaTrackConstraints): void {
    this.#wish = wish;
    this.#keep(track);
  }

  mute(): void {
    this.#off = true;
    this.#apply();
  }

  /** Opens the camera where there is none yet. Rejects with a ZvonokError when that fails. */
  unmute(): Promise<void> {
    this.#off = false;
    if (!this.#track) return this.#alone(() => this.#open(this.#wish));
    this.#apply();
    return Promise.resolve();
  }

  /** The next camera, or the one at the other side of a phone. Rejects when there is none. */
  switch(): Promise<void> {
    return this.#alone(() => this.#next());
  }

  close(): void {
    const track = this.#track;
    if (!track) return;
    track.onended = null;
    track.stop();
    this.#track = undefined;
    this.#steps.changed();
  }

  async #next(): Promise<void> {
    const before = this.#track;
    if (!before) throw new Error("switchCamera: the camera is off");
    const { deviceId } = before.getSettings();
    const next = await this.#afterwards(before);
    before.onended = null;
    before.stop();
    try {
      await this.#open(next);
      this.#wish = next;
    } catch (error) {
      await this.#open(deviceId ? withDevice(this.#wish, deviceId) : this.#wish);
      throw error;
    }
  }

  async #afterwards(track: MediaStreamTrack): Promise<MediaTrackConstraints> {
    const { deviceId, facingMode } = track.getSettings();
    if (facingMode === "user" || facingMode === "environment") {
      const other = facingMode === "user" ? "environment" : "user";
      const { deviceId: _, ...wish } = this.#wish;
      return { ...wish, facingMode: { exact: other } };
    }
    const devices = await this.#environment.enumerateDevices();
    const ids = devices.filter(({ kind }) => kind === "videoinput").map((one) => one.deviceId);
    const next = ids[(ids.indexOf(deviceId ?? "") + 1) % ids.length];
    if (!next || next === deviceId) throw new ZvonokError(localCause("camera_missing"));
    return withDevice(this.#wish, next);
  }

  async #open(constraints: MediaTrackConstraints): Promise<void> {
    const stream = await this.#capture.open({ video: constraints }, "camera");
    const [track] = stream.getVideoTracks();
    const sender = this.#steps.sender();
    if (!track || !sender) {
      track?.stop(); // the picture was dropped from the call meanwhile
      return;
    }
    this.#keep(track);
    await sender.replaceTrack(track);
  }

  #keep(track: MediaStreamTrack): void {
    this.#track = track;
    track.onended = () => this.#onEnded(track);
    this.#apply();
  }

  #apply(): void {
    if (this.#track) this.#track.enabled = !this.#off;
    this.#steps.changed();
  }

  #onEnded(track: MediaStreamTrack): void {
    if (this.#track !== track) return;
    this.#track = undefined;
    void this.#steps.sender()?.replaceTrack(null);
    this.#steps.changed();
    this.#steps.lost(localCause("camera_lost"));
  }

  /** What is pressed twice is done once. */
  #alone(work: () => Promise<void>): Promise<void> {
    this.#work ??= work().finally(() => (this.#work = undefined));
    return this.#work;
  }
}

function withDevice(wish: MediaTrackConstraints, deviceId: string): MediaTrackConstraints {
  const { facingMode: _, ...rest } = wish;
  return { ...rest, deviceId: { exact: deviceId } };
}
