// Offers that the far end refuses by 415, 488 or 606: which part it was, the second offer, and what the client is told.
import assert from "node:assert/strict";
import { describe } from "../../peers/index.mjs";
import { OPTIONAL, REQUIRED } from "../world.mjs";

const peer = "scripted";
const warning = (code) => [`Warning: ${code} far "no"`];
/** Without those of comfort: what an m= line and the lines behind it say. */
const mediaOf = ({ body }) => body.split("\r\n").filter((line) => /^m=|^a=crypto/.test(line));
const profileOf = (invite) => /^m=audio \d+ (\S+)/m.exec(invite.body)[1];

/** The second INVITE: of the same call, with the next CSeq (RFC 3261 §8.1.3.5). */
async function isInvitedAgain(world, call) {
  const again = await world.peer.invited();
  const { invite } = call;
  for (const name of ["Call-ID", "From", "To", "Contact"])
    assert.equal(again.invite.header(name), invite.header(name), name);
  assert.equal(again.invite.cseq, invite.cseq + 1);
  assert.notEqual(again.invite.branch, invite.branch);
  return again;
}

/** Both INVITEs and the refusal are in the call's trace; what was sent again on a slow day is the same message. */
async function isTraced(world, status) {
  const { events } = await world.trace();
  const messages = [...new Set(events.filter(({ kind }) => kind === "sip").map((e) => e.data))];
  const count = (beginning) => messages.filter((text) => text.startsWith(beginning)).length;
  assert.equal(count("INVITE "), 2, messages.join());
  assert.equal(count(`SIP/2.0 ${status} `), 1, messages.join());
}

/** A call by a client that only signals, with video in its offer. */
async function callWithVideo(world) {
  const client = await world.script();
  client.say("call", { callId: world.login, callee: "far", sdp: await world.offerWithVideo() });
  const call = await world.peer.invited();
  assert.match(call.offer, /^m=video [1-9]/m);
  return { client, call };
}

const refusedTwice = (name, asserts, { first, cause, login, text }) => ({
  name,
  rfc: "3261 §21.4.26",
  peer,
  asserts,
  async play(world) {
    const client = world.call(login ? { login } : {});
    await (await world.peer.invited()).refuse(...first);
    const result = await world.ends(client, { cause, sipStatus: first[0] });
    if (text)
      assert.match(
        client.lines().find(({ message }) => message === "finish").text,
        text,
        JSON.stringify(result),
      );
    assert.equal(world.peer.requests("INVITE").length, 1);
  },
});

export const repair = [
  {
    name: "488 with Warning 304: the video goes",
    rfc: "3261 §20.43",
    peer,
    asserts: "a second INVITE without video and otherwise as the first; both in the trace",
    async play(world) {
      const { client, call } = await callWithVideo(world);
      await call.refuse(488, { headers: warning(304) });
      const again = await isInvitedAgain(world, call);
      assert.deepEqual(mediaOf(again.invite), mediaOf(call.invite).slice(0, 1));
      again.reply(180);
      await client.next("ring");
      await isTraced(world, 488);
      client.say("hangup", { callId: world.login });
      world.peer.reply(await again.request("CANCEL"), 200);
      await again.refuse(487);
      const [finish] = (await client.next("finish")).data;
      assert.equal(finish.cause, "cancelled");
    },
  },
  {
    name: "606 with a description without video",
    rfc: "3261 §21.6.4",
    peer,
    asserts: "a second INVITE without video; a second refusal is the end and names the part",
    async play(world) {
      const { client, call } = await callWithVideo(world);
      await call.refuse(606, {
        body: describe({ port: 0, formats: "0 8 111", lines: ["a=rtpmap:111 opus/48000/2"] }),
      });
      const again = await isInvitedAgain(world, call);
      assert.ok(!again.offer.includes("m=video"));
      await again.refuse(488, { headers: warning(307) });
      const [finish] = (await client.next("finish")).data;
      assert.equal(finish.cause, "offer_refused");
      assert.match(finish.text, /an attribute.*\(SIP Warning 307\)/);
    },
  },
  {
    name: "488 where RTP/AVP with keys was offered",
    rfc: "8643 §3.1, 4568",
    peer,
    asserts: "a second INVITE with RTP/SAVP; both in the trace",
    async play(world) {
      const client = world.call({ login: OPTIONAL });
      const call = await world.peer.invited();
      assert.equal(profileOf(call.invite), "RTP/AVP");
      await call.refuse(488);
      const again = await isInvitedAgain(world, call);
      assert.equal(profileOf(again.invite), "RTP/SAVP");
      assert.match(again.offer, /^a=crypto:/m);
      await again.refuse(486);
      await world.ends(client, { cause: "busy", sipStatus: 486 });
    },
  },
  {
    name: "488 with Warning 306 where keys were offered",
    rfc: "3261 §20.43",
    peer,
    asserts: "a second INVITE without keys and attributes; both ends talk, sound",
    async play(world) {
      const client = world.call({ login: OPTIONAL, hear: true });
      const call = await world.peer.invited();
      await call.refuse(488, { headers: warning(306) });
      const again = await isInvitedAgain(world, call);
      assert.equal(profileOf(again.invite), "RTP/AVP");
      assert.ok(!/^a=(crypto|ptime|rtcp|fmtp)/m.test(again.offer), again.offer);
      await again.answer();
      await world.hears(client);
      await world.farHangsUp(client, again);
    },
  },
  {
    name: "415 with Warning 305: the codecs",
    rfc: "3261 §21.4.13",
    peer,
    asserts: "a second INVITE with static payload types alone",
    async play(world) {
      const client = await world.script();
      client.say("call", { callId: world.login, callee: "far", sdp: await world.offer() });
      const call = await world.peer.invited();
      assert.match(call.offer, /opus/);
      await call.refuse(415, { headers: warning(305) });
      const again = await isInvitedAgain(world, call);
      assert.ok(!/opus/.test(again.offer), again.offer);
      await again.refuse(404);
      const [finish] = (await client.next("finish")).data;
      assert.equal(finish.cause, "sip_not_found");
    },
  },
  refusedTwice(
    "488 where nothing plainer is left",
    "ACK, no second INVITE, cause no_common_codec",
    {
      first: [488],
      cause: "no_common_codec",
    },
  ),
  refusedTwice(
    "488 with Warning 301",
    "ACK, no second INVITE, cause offer_refused names the part",
    {
      first: [488, { headers: warning(301) }],
      cause: "offer_refused",
      text: /the kind of address \(SIP Warning 301\)/,
    },
  ),
  refusedTwice("415 with an Accept without descriptions", "ACK, cause offer_refused says so", {
    first: [415, { headers: ["Accept: text/plain"] }],
    cause: "offer_refused",
    text: /no session description/,
  }),
  refusedTwice("488 with RTP/AVP where SRTP is required", "no plain INVITE, cause srtp_required", {
    first: [488, { body: describe({ port: 0 }) }],
    cause: "srtp_required",
    login: REQUIRED,
  }),
  refusedTwice("488 with RTP/SAVP where SRTP is off", "no second INVITE, cause srtp_off", {
    first: [488, { body: describe({ port: 0, profile: "RTP/SAVP" }) }],
    cause: "srtp_off",
  }),
];
