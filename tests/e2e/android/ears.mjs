// What both ends of a call hear, in pieces that begin when a test asks: the tone of the far end, nothing else, or nothing.
import assert from "node:assert/strict";
import { measureTone } from "../peers/index.mjs";

/** What the phones of the JVM say. Frequencies of one call are no multiples of each other. */
export const JVM_HZ = 1000;
/** So much of what is heard may be at the frequency of another tone. */
const IMPURE = 0.05;
const SILENT = 0.005;
const PIECE_S = 0.6;

/** The ear of a call in the JVM: the sound of the next seconds. */
export const earOfCall = (call) => (seconds) => call.listen(seconds);

/** The ear of a softphone, whose recording goes on by itself; the call at the other end tells how long a second is. */
export const earOfSoftphone = (softphone, call) => async (seconds) => {
  const { samples: before } = await softphone.heard().catch(() => ({ samples: [] }));
  await call.listen(seconds);
  const { rate, samples } = await softphone.heard();
  return { rate, samples: samples.subarray(before.length) };
};

/** Waits for a piece of this tone; of `other`, the own one, there is nothing in it. */
export async function hears(ear, hz, other) {
  const sound = await piece(ear, (one) => measureTone(one, hz).seconds >= PIECE_S / 2, `${hz} Hz`);
  const { purity } = measureTone(sound, other);
  assert.ok(purity <= IMPURE, `of ${other} Hz there is ${purity.toFixed(3)} beside ${hz} Hz`);
  return sound;
}

/** Waits for a piece in which silence is heard; one of which nothing was recorded is none. */
export const hearsNothing = (ear) => piece(ear, isSilent, "silence");

async function piece(ear, isWanted, what) {
  const heard = [];
  for (let i = 0; i < 10; i++) {
    const sound = await ear(PIECE_S);
    if (isWanted(sound)) return sound;
    heard.push(`${sound.samples.length} samples, loudness ${loudness(sound).toFixed(3)}`);
  }
  throw new Error(`there is no piece of ${what}, but ${heard.join("; ")}`);
}

const isSilent = (sound) =>
  sound.samples.length >= (sound.rate * PIECE_S) / 2 && loudness(sound) < SILENT;

/** The root of the mean square, from 0 to 1. */
function loudness({ samples }) {
  const sum = samples.reduce((all, one) => all + one * one, 0);
  return samples.length ? Math.sqrt(sum / samples.length) : 0;
}
