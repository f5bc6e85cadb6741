// How long a tone was away at somebody's ear after something had happened to the network: the gap that a person hears.
// An ear is a function that tells when the tone came and went, `[{there, at}]`, by the wall clock that all programs of this
// machine share. Where the far end is an echo, an ear hears both ways at once.
import assert from "node:assert/strict";
import { until } from "../peers/index.mjs";

const SETTLED_MS = 1_000;
/** A busy machine makes gaps of its own, after the one that is measured too. */
const HICCUP_MS = 300;

/**
 * Within so long audio is to be back once there is a path, and what a machine may take beside it. While other tests share the
 * machine a gap is no figure: it has to end, and is told. `./do test media` and `--full` have the machine for such files.
 */
const PROMISED_MS = 1_000;
const SLACK_MS = process.env.ZV_TEST_SHARED === "1" ? 4_000 : 1_000;

export function assertPromise(t, backMs, more = "") {
  if (backMs > PROMISED_MS)
    t.diagnostic(`${backMs} ms is more than the ${PROMISED_MS} ms that are promised`);
  assert.ok(backMs <= PROMISED_MS + SLACK_MS, `a gap of ${backMs} ms ${more}`);
}

/** The ear of a C client that was started with `presence: true`. */
export const earOfClient = (client) => async () =>
  client
    .lines()
    .filter(({ event }) => event === "tone")
    .map(({ there, wallMs }) => ({ there, at: wallMs }));

/** The ear of a phone page; it listens from now on. */
export async function earOfPage(phone, hz) {
  await phone.watch(hz);
  return () => phone.presence();
}

/** Waits until the tone is there, and has been for a second. */
export function isSettled(ear, { since = 0, ms = 15_000 } = {}) {
  return until(ms, "the tone is there for a second", async () => {
    const last = (await ear()).at(-1);
    return last?.there && Date.now() >= Math.max(last.at, since) + SETTLED_MS;
  });
}

/** Waits until the tone has been away for so long. */
export function isSilentFor(ear, silenceMs) {
  return until(silenceMs + 10_000, `${silenceMs} ms of silence`, async () => {
    const last = (await ear()).at(-1);
    return !last.there && Date.now() - last.at >= silenceMs;
  });
}

/**
 * Waits until the tone is steady again after `since`, and tells `gapMs`, the longest time that it was away since then, and
 * `backMs`, how long after `since` it came back for good; both 0 when it was never away for as long as 100 ms.
 */
export async function measureGap(ear, since, { ms = 15_000 } = {}) {
  await isSettled(ear, { since, ms });
  return gapsOf(await ear(), since);
}

/** The same from a list of comings and goings that ends with the tone being there. */
function gapsOf(changes, since) {
  const gaps = [];
  changes.forEach(({ there, at }, i) => {
    const end = changes[i + 1]?.at;
    if (!there && end > since) gaps.push({ end, length: end - at });
  });
  if (!gaps.length) return { gapMs: 0, backMs: 0 };
  const gapMs = Math.max(...gaps.map(({ length }) => length));
  const last = gaps.findLast(({ length }) => length === gapMs || length > HICCUP_MS);
  return { gapMs, backMs: last.end - since };
}
