// Provisionals that must arrive (100rel), sessions that must be refreshed, calls that come without an offer.
import assert from "node:assert/strict";
import { describe } from "../../peers/index.mjs";

const peer = "scripted";
const reliably = (rseq) => ["Require: 100rel", `RSeq: ${rseq}`];
const PCMU = { formats: "0" };

/** Takes the PRACK of a reliable provisional. */
async function isPracked(world, call, rack) {
  const prack = await call.request("PRACK");
  assert.equal(prack.header("RAck"), rack);
  assert.equal(prack.tag("To"), call.tag);
  world.peer.reply(prack, 200);
  return prack;
}

export const reliable = [
  {
    name: "183 by 100rel with a description, 200 without one",
    rfc: "3262 §4, §5",
    peer,
    asserts: "PRACK with its RAck, sound before the answer and after it",
    async play(world) {
      const client = world.call({ hear: true });
      const call = await world.peer.invited();
      assert.match(call.invite.header("Supported"), /100rel/);
      const { port } = await call.openMedia();
      call.reply(183, { headers: reliably(7), sdp: describe({ port, ...PCMU }) });
      await isPracked(world, call, `7 ${call.invite.cseq} INVITE`);
      await world.hears(client);
      call.reply(200);
      await call.acked();
      await world.talks(client);
      await world.hears(client, Date.now());
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "the PRACK is lost",
    rfc: "3262 §3, §4",
    peer,
    asserts: "it is repeated; the 180 that comes again rings no more",
    async play(world) {
      const client = world.call();
      const call = await world.peer.invited();
      const ringing = call.reply(180, { headers: reliably(1) });
      const prack = await call.request("PRACK");
      world.peer.send(ringing);
      await world.peer.until("the PRACK again", () => world.peer.copies(prack) >= 3);
      world.peer.reply(prack, 200);
      await call.answer();
      await world.talks(client);
      assert.equal(client.lines().filter(({ status }) => status === "RING").length, 1);
      assert.equal(world.peer.requests("PRACK").length, 1);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "a reliable provisional out of order",
    rfc: "3262 §4",
    peer,
    asserts: "it is not acknowledged before the one that is missing",
    async play(world) {
      const client = world.call();
      const call = await world.peer.invited();
      const { cseq } = call.invite;
      call.reply(180, { headers: reliably(5) });
      await isPracked(world, call, `5 ${cseq} INVITE`);
      call.reply(183, { headers: reliably(7) });
      call.reply(180, { headers: reliably(6) });
      await isPracked(world, call, `6 ${cseq} INVITE`);
      call.reply(183, { headers: reliably(7) });
      await isPracked(world, call, `7 ${cseq} INVITE`);
      await call.answer();
      await world.talks(client);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "a caller that requires 100rel",
    rfc: "3262 §3",
    peer,
    asserts: "our 180 is reliable and repeated until its PRACK, which gets 200; then CANCEL",
    async play(world) {
      const client = await world.script({ register: true }); // one that lets it ring
      const call = await world.peer.invite({ headers: ["Require: 100rel"] });
      const ringing = await call.next((status) => status === 180);
      assert.match(ringing.header("Require"), /100rel/);
      await world.peer.until("the 180 again", () => world.peer.copies(ringing) >= 3);
      const headers = [`RAck: ${ringing.header("RSeq")} ${call.cseq} INVITE`];
      assert.equal((await call.dialog.ask("PRACK", { headers })).status, 200);
      assert.equal((await call.dialog.ask("PRACK", { headers })).status, 481);
      assert.equal((await call.cancel()).status, 200);
      assert.equal((await call.final()).status, 487);
      call.ack();
      const [finish] = (await client.next("finish")).data;
      assert.equal(finish.cause, "cancelled");
    },
  },
  {
    name: "a caller that requires 100rel is answered",
    rfc: "3262 §3",
    peer,
    asserts: "200 though the 180 was not acknowledged, since it had no description; sound",
    async play(world) {
      const client = await world.wait({ hear: true });
      const call = await world.peer.invite({ headers: ["Require: 100rel"] });
      assert.equal((await call.final()).status, 200);
      call.ack();
      await world.hears(client);
      await call.dialog.bye();
      await world.ends(client, { cause: "normal", endedBy: "remote", ok: true });
    },
  },
  {
    name: "PRACK of nothing",
    rfc: "3262 §3",
    peer,
    asserts: "481, the call goes on with sound",
    async play(world) {
      const { client, call } = await world.talk();
      const headers = ["RAck: 1 1 INVITE"];
      assert.equal((await call.dialog().ask("PRACK", { headers })).status, 481);
      await world.hears(client, Date.now());
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "422 with Min-SE",
    rfc: "4028 §7.3",
    peer,
    asserts: "a second INVITE with that time, the same Call-ID and the next CSeq",
    async play(world) {
      const client = world.call();
      const first = await world.peer.invited();
      await first.refuse(422, { headers: ["Min-SE: 3600"] });
      const call = await world.peer.invited();
      assert.equal(call.invite.callId, first.invite.callId);
      assert.equal(call.invite.cseq, first.invite.cseq + 1);
      assert.match(call.invite.header("Session-Expires"), /^3600\b/);
      assert.equal(call.invite.header("Min-SE"), "3600");
      await call.answer();
      await world.talks(client);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "a caller that refreshes the session",
    rfc: "4028 §9",
    peer,
    asserts: "the 200 agrees on its time and on who refreshes; its UPDATE gets 200; sound",
    async play(world) {
      const client = await world.wait({ hear: true });
      const timer = ["Supported: timer", "Session-Expires: 90;refresher=uac"];
      const call = await world.peer.invite({ headers: timer });
      const ok = await call.final();
      assert.match(ok.header("Session-Expires"), /^90 *; *refresher=uac/);
      assert.match(ok.header("Require"), /timer/);
      call.ack();
      await world.hears(client);
      const refreshed = await call.dialog.ask("UPDATE", { headers: timer });
      assert.equal(refreshed.status, 200);
      assert.match(refreshed.header("Session-Expires"), /^90\b/);
      await call.dialog.bye();
      await world.ends(client, { cause: "normal", endedBy: "remote", ok: true });
    },
  },
  {
    name: "a caller that wants to refresh too often",
    rfc: "4028 §6",
    peer,
    asserts: "422 with Min-SE: 90, the client hears nothing of it",
    async play(world) {
      const client = await world.script({ register: true });
      const call = await world.peer.invite({
        headers: ["Supported: timer", "Session-Expires: 30"],
      });
      const answer = await call.final();
      assert.deepEqual([answer.status, answer.header("Min-SE")], [422, "90"]);
      call.ack();
      assert.ok(!client.received.some(({ message }) => message === "notifyIncomingCall"));
    },
  },
  {
    name: "INVITE without an offer",
    rfc: "3261 §13.2.1, 3264 §4",
    peer,
    asserts: "180 without a description, 200 with our offer, the ACK's answer is followed, sound",
    async play(world) {
      const client = await world.wait({ hear: true });
      const call = await world.peer.invite({ sdp: "" });
      const ok = await call.final();
      assert.equal(ok.status, 200);
      assert.match(ok.body, /^m=audio [1-9]\d* RTP\/AVP .*\b0\b/m);
      call.ack({ body: describe({ port: call.media.port, ...PCMU }) });
      await world.hears(client);
      await call.dialog.bye();
      await world.ends(client, { cause: "normal", endedBy: "remote", ok: true });
    },
  },
  {
    name: "INVITE without an offer, ACK without an answer",
    rfc: "3261 §13.2.2.4",
    peer,
    asserts: "BYE, cause bad_sip_sdp",
    async play(world) {
      const client = await world.wait();
      const call = await world.peer.invite({ sdp: "" });
      assert.equal((await call.final()).status, 200);
      call.ack();
      const bye = await world.peer.request("BYE");
      world.peer.reply(bye, 200);
      await world.ends(client, { cause: "bad_sip_sdp" });
    },
  },
];
