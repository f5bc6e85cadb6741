// The far end by script: a SIP user agent that says of its video what a test wants, sends a film and a tone, and counts
// what comes. One call at a time; the page on the published SDK is registered with it.
import assert from "node:assert/strict";
import { makeFilm, openRtpPair, playTone, startEcho, until } from "../peers/index.mjs";
import { PHONE_HZ, useSetting } from "../call/setting.mjs";
import { openVideoPage } from "./calls.mjs";
import { withFacts } from "./facts.mjs";

/** Lines of a video description; payload type 96 throughout. */
export const FORMATS = {
  VP8: ["a=rtpmap:96 VP8/90000"],
  H264: ["a=rtpmap:96 H264/90000", "a=fmtp:96 packetization-mode=0;profile-level-id=42e01f"],
  H265: ["a=rtpmap:96 H265/90000"],
};
export const ASKS_BY_RTCP = ["a=rtcp-fb:96 nack pli", "a=rtcp-fb:96 ccm fir"];

/**
 * A description: `media` in the order of its m-lines, `["audio", port]` or `["video", port, lines]`; port 0 is a refusal.
 */
export function describe(media, version = 1) {
  const lines = media.flatMap(([kind, port, more = []]) => [
    `m=${kind} ${port} RTP/AVP ${kind === "audio" ? 0 : 96}`,
    ...more,
  ]);
  const head = [`o=- 1 ${version} IN IP4 127.0.0.1`, "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
  return ["v=0", ...head, ...lines, ""].join("\r\n");
}

/** The m-lines of a description: `[{kind, port, lines}]`. */
export function mediaOf(sdp) {
  const [, ...sections] = sdp.split(/^m=/m);
  return sections.map((section) => {
    const [, kind, port] = /^(\w+) (\d+)/.exec(section);
    return { kind, port: Number(port), lines: section.split(/\r?\n/) };
  });
}
export const videoOf = (sdp) => mediaOf(sdp).find(({ kind }) => kind === "video");

/**
 * Fills `far`: the agent, a page that is registered with it for all scenes of a file, and a film of each codec in `films`,
 * started by `playFilm` on `far.video`; `ofFilms` are options of makeFilm.
 */
export async function openFarEnd(setting, far, ofFilms) {
  far.stage = setting.stage;
  far.agent = await startEcho(setting.stage, { answer: (call) => far.answer(call) });
  far.films = {};
  const dir = await setting.stage.folder("films");
  for (const codec of ["VP8", "H264"]) far.films[codec] = await makeFilm(dir, codec, ofFilms);
  const sip = { domain: "127.0.0.1", outboundProxy: "127.0.0.1", port: String(far.agent.port) };
  far.page = await openVideoPage(setting, { sip });
}

/** `play(sentence, action)` defines a scene with `far`: its failure tells what both legs were told, and it leaves no call behind. */
export function useFarEnd(name, far) {
  const { setting, scene } = useSetting(name, {
    atRest: false,
    prepare: (setting) => openFarEnd(setting, far),
  });
  return (sentence, action) =>
    scene(sentence, async (t) => {
      try {
        await withFacts({ gateway: setting.gateway, page: far.page }, () => action(t));
      } catch (error) {
        await far.page.do("hangup").catch(() => undefined);
        throw error;
      }
      await end(far);
    });
}

/** Ports of the next call: `far.audio` and `far.video`. */
export async function openPorts(far) {
  far.audio?.close();
  far.video?.close();
  far.audio = await openRtpPair(far.stage);
  far.video = await openRtpPair(far.stage);
}

/** Sends where a description of the gateway's says. */
export function aim(far, sdp) {
  for (const { kind, port } of mediaOf(sdp)) far[kind].to = { port, address: "127.0.0.1" };
}

/** The page calls; `how(far)` gives the description for the 200. `sound`: what starts the far end's. */
export async function beCalled(far, how, sound = startTone) {
  await far.page.forget();
  await openPorts(far);
  far.answer = async (call) => {
    aim(far, call.offer);
    return describe(how(far));
  };
  await far.page.do("call", "echo", { video: true });
  far.call = await far.agent.call();
  await far.page.event("call", "ESTABLISHED");
  await sound(far);
}

/** The agent calls; `how(far)` gives its offer. `video`: whether the page has a camera for it. */
export async function callPage(far, how, { video = true } = {}) {
  await far.page.forget();
  await openPorts(far);
  const calling = far.agent.invite(describe(how(far)));
  await far.page.event("call", "RING");
  await far.page.do("answer", { video });
  far.call = await calling;
  assert.equal(far.call.answer.status, 200);
  aim(far, far.call.answer.sdp);
  await far.page.event("call", "ESTABLISHED");
  await startTone(far);
}

/** The audio call stands: sound both ways. */
async function startTone(far) {
  playTone(far.audio, PHONE_HZ);
  await soundPasses(far);
}

export async function soundPasses(far) {
  const before = far.audio.packets.length;
  await until(5_000, "sound comes to the far end", () => far.audio.packets.length > before + 25);
  await far.page.hears(PHONE_HZ);
}

/** What the gateway told the page in the latest event of the call. */
export const lastEvent = (far) =>
  far.page.messages.filter(({ data }) => data[0]?.callId && data[0].status).at(-1).data[0];

/** The description of the far end as the page was given it. */
export const toldPage = (far) =>
  far.page.messages.find(({ message }) => message === "setRemoteSDP").data[1];

/** A call with sound and without picture, for the page as well. */
export async function isAudioCall(far) {
  assert.equal(lastEvent(far).hasVideo, false, JSON.stringify(lastEvent(far)));
  const told = videoOf(toldPage(far));
  assert.ok(!told || told.port === 0, told?.lines.join("\n"));
  assert.equal(far.video.packets.length, 0, "video came to the far end");
}

/** The far end hangs up. */
export async function end(far) {
  await far.call.bye();
  await far.page.event("call", "FINISH");
  far.audio.close();
  far.video.close();
}
