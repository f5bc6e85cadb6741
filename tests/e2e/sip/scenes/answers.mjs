// What a far end may say on the way to its 200, with descriptions and without.
import assert from "node:assert/strict";
import { answerScenario, describe } from "../../peers/index.mjs";

const peer = "scripted";
const both = "both ends talk, sound";

/** Ringing by `provisionals`, then a 200 whose media is echoed. */
const rings = (name, rfc, provisionals) => ({
  name,
  rfc,
  peer,
  asserts: both,
  async play(world) {
    const client = world.call({ hear: true });
    const call = await world.peer.invited();
    for (const status of provisionals) call.reply(status);
    await call.answer();
    await world.hears(client);
    await world.farHangsUp(client, call);
  },
});

/** A 200 that is no good: it is ACKed, and the call ended by BYE. */
const isNoGood = (name, rfc, cause, answer) => ({
  name,
  rfc,
  peer,
  asserts: `ACK and BYE, cause ${cause}`,
  async play(world) {
    const client = world.call();
    const call = await world.peer.invited();
    call.reply(200, answer);
    await call.acked();
    await call.hungUp();
    await world.ends(client, { cause, established: false });
  },
});

/** Early media by a provisional, then a 200. `end` tells of the media and the description that the 200 has. */
const early = (name, { status = 183, more = [], end }) => ({
  name,
  rfc: "3261 §13.2.1, 3960",
  peer,
  asserts: "sound before the answer and after it, one description for the client",
  async play(world) {
    const client = world.call({ hear: true });
    const call = await world.peer.invited();
    const media = await call.openMedia();
    call.reply(status, { sdp: describe({ port: media.port }) });
    await world.told(client, "SESSION_PROGRESS");
    await world.hears(client);
    for (const provisional of more) call.reply(provisional);
    const since = Date.now();
    call.reply(200, { sdp: await end(call, media) });
    await call.acked();
    await world.talks(client);
    await world.hears(client, since);
    const { length } = client.lines().filter(({ message }) => message === "setRemoteSDP");
    assert.equal(length, 1);
    await world.farHangsUp(client, call);
  },
});

export const answers = [
  {
    name: "100, 180, 200",
    rfc: "3261 §13.3.1",
    peer: "SIPp",
    asserts: both,
    async play(world) {
      const sipp = await world.sipp(answerScenario());
      const client = world.call({ hear: true, port: sipp.port });
      await world.told(client, "RING");
      await world.hears(client);
      client.tell("hangup");
      await world.ends(client, { cause: "normal", endedBy: "local", ok: true });
      await sipp.finished();
    },
  },
  rings("200 at once", "3261 §13.2.2.4", []),
  rings("100 alone before the 200", "3261 §17.1.1.2", [100]),
  rings("181, 182, 180, 199 before the 200", "3261 §21.1, 6228", [181, 182, 180, 199]),
  rings("183 without a description, then 180", "3261 §21.1.5", [183, 180]),
  rings("180 again and again", "3261 §13.3.1.1", [180, 180, 180, 180]),
  early("183 with a description, 200 with the same", {
    end: (_, media) => describe({ port: media.port }),
  }),
  early("180 with a description, 200 with the same", {
    status: 180,
    end: (_, media) => describe({ port: media.port }),
  }),
  early("183 with a description, 180, 200 without one", { more: [180], end: () => undefined }),
  early("183 with a description, 200 with another place", {
    async end(call, media) {
      const other = await call.openMedia();
      media.isEchoing = false;
      return describe({ port: other.port, version: 2 });
    },
  }),
  isNoGood("200 without a description", "3261 §13.2.1", "bad_sip_sdp", {}),
  isNoGood("200 with nonsense for a description", "3264 §6", "bad_sip_sdp", { sdp: "nonsense" }),
  isNoGood("200 with a page", "3261 §21.4.13", "sip_server_error", {
    body: "<p>Hello</p>",
    type: "text/html",
  }),
  isNoGood("200 that refuses the audio", "3264 §6", "bad_sip_sdp", { sdp: describe({ port: 0 }) }),
  isNoGood("200 with a codec that was not offered", "3264 §6.1", "no_common_codec", {
    sdp: describe({ port: 9, formats: "18" }),
  }),
  isNoGood("200 with RTP/SAVP where SRTP is off", "4568 §5.1.2", "srtp_off", {
    sdp: describe({ port: 9, profile: "RTP/SAVP" }),
  }),
  {
    name: "200 in parts, the description in the second",
    rfc: "2046 §5.1, 5621",
    peer,
    asserts: both,
    async play(world) {
      const client = world.call({ hear: true });
      const call = await world.peer.invited();
      const media = await call.openMedia();
      const part = (type, text) => `--b\r\nContent-Type: ${type}\r\n\r\n${text}\r\n`;
      const parts = [part("text/plain", "hello"), part("application/sdp", describe(media))];
      call.reply(200, { body: `${parts.join("")}--b--\r\n`, type: "multipart/mixed;boundary=b" });
      await call.acked();
      await world.hears(client);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "the far end's first codec is the call's",
    rfc: "3264 §6.1",
    peer,
    asserts: "PCMA at both ends, sound",
    async play(world) {
      const client = world.call({ hear: true, codec: undefined });
      const call = await world.peer.invited();
      await call.answer({ describedBy: { formats: "8 0" } });
      await world.hears(client);
      await world.farHangsUp(client, call, { codec: "PCMA" });
    },
  },
];
