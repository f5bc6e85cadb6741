// How calls end: cancelled at every moment, hung up by each side and by both at once, given up.
import assert from "node:assert/strict";
import { describe } from "../../peers/index.mjs";

const peer = "scripted";

/** Takes the CANCEL: its 200, the 487 to the INVITE, and its ACK. */
async function isCancelled(world, call) {
  world.peer.reply(await call.request("CANCEL"), 200, { tag: call.tag });
  await call.refuse(487);
}

export const ends = [
  {
    name: "cancelled before any provisional",
    rfc: "3261 §9.1",
    peer,
    asserts: "no CANCEL before the 100; 487, ACK, cause cancelled",
    async play(world) {
      const client = world.call();
      const call = await world.peer.invited();
      client.tell("hangup");
      await world.peer.until("the INVITE again", () => world.peer.copies(call.invite) >= 2);
      assert.equal(world.peer.requests("CANCEL").length, 0);
      call.reply(100);
      await isCancelled(world, call);
      await world.ends(client, { cause: "cancelled", endedBy: "local", established: false });
    },
  },
  {
    name: "cancelled while it rings",
    rfc: "3261 §9.1",
    peer,
    asserts: "CANCEL of the INVITE's branch; 487, ACK, cause cancelled",
    async play(world) {
      const client = world.call({ cancelWhenRinging: true });
      const call = await world.peer.invited();
      call.reply(180);
      const cancel = await call.request("CANCEL");
      assert.equal(cancel.branch, call.invite.branch);
      assert.equal(cancel.uri, call.invite.uri);
      world.peer.reply(cancel, 200, { tag: call.tag });
      await call.refuse(487);
      await world.ends(client, { cause: "cancelled", ok: true });
    },
  },
  {
    name: "CANCEL crosses the 200",
    rfc: "3261 §9.1, 5407 §3.1.2",
    peer,
    asserts: "ACK and BYE to the 200, cause cancelled",
    async play(world) {
      const client = world.call({ cancelWhenRinging: true });
      const call = await world.peer.invited();
      call.reply(180);
      const cancel = await call.request("CANCEL");
      call.reply(200, { sdp: describe({ port: 9 }) });
      world.peer.reply(cancel, 200, { tag: call.tag });
      await call.acked();
      await call.hungUp();
      await world.ends(client, { cause: "cancelled", established: false });
    },
  },
  {
    name: "CANCEL finds no transaction",
    rfc: "3261 §9.2",
    peer,
    asserts: "a 481 to it; the 200 that comes is ACKed and ended by BYE",
    isLong: true,
    async play(world) {
      const client = world.call({ cancelWhenRinging: true });
      const call = await world.peer.invited();
      call.reply(180);
      world.peer.reply(await call.request("CANCEL"), 481, { tag: call.tag });
      call.reply(200, { sdp: describe({ port: 9 }) });
      await call.acked();
      await call.hungUp();
      await world.ends(client, { cause: "cancelled" });
    },
  },
  {
    name: "it rings for ever",
    rfc: "3261 §9.1",
    peer,
    asserts: "timers.ringing_out: CANCEL, cause ring_timeout",
    isLong: true,
    async play(world) {
      const client = world.call();
      const call = await world.peer.invited();
      call.reply(180);
      await world.told(client, "RING");
      world.peer.reply(await call.request("CANCEL", 20_000), 200, { tag: call.tag });
      await call.refuse(487);
      await world.ends(client, { cause: "ring_timeout", established: false });
    },
  },
  {
    name: "the far end hangs up",
    rfc: "3261 §15.1.2",
    peer,
    asserts: "200 to its BYE, cause normal by remote",
    async play(world) {
      const { client, call } = await world.talk();
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "the client hangs up",
    rfc: "3261 §15.1.1",
    peer,
    asserts: "BYE in the dialog, cause normal by local",
    async play(world) {
      const { client, call } = await world.talk();
      client.tell("hangup");
      const bye = await call.hungUp();
      assert.equal(bye.tag("To"), call.tag);
      assert.ok(bye.cseq > call.invite.cseq);
      await world.ends(client, { cause: "normal", endedBy: "local", ok: true });
    },
  },
  {
    name: "BYE crosses BYE",
    rfc: "5407 §3.1.5",
    peer,
    asserts: "200 or 481 to the far end's, no call left at either end",
    async play(world) {
      const { client, call } = await world.talk();
      client.tell("hangup");
      const theirs = await call.request("BYE");
      const { status } = await call.dialog().ask("BYE");
      assert.ok([200, 481].includes(status), `the BYE got ${status}`);
      world.peer.reply(theirs, 200);
      await world.ends(client, { cause: "normal", endedBy: "local" });
    },
  },
  {
    name: "BYE at once after the ACK",
    rfc: "3261 §15.1.2",
    peer,
    asserts: "200 to it, cause normal by remote",
    async play(world) {
      const client = world.call();
      const call = await world.peer.invited();
      await call.answer();
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "the client hangs up as it is answered",
    rfc: "3261 §15.1.1",
    peer,
    asserts: "ACK, then BYE",
    async play(world) {
      const client = world.call({ hangupAfterAnswer: 0 });
      const call = await world.peer.invited();
      await call.answer();
      await call.hungUp();
      await world.ends(client, { cause: "normal", endedBy: "local", ok: true });
    },
  },
  {
    name: "BYE with a Reason",
    rfc: "3326 §3",
    peer,
    asserts: "200, cause normal; the trace has the Reason",
    async play(world) {
      const { client, call } = await world.talk();
      await call.dialog().bye({ headers: ["Reason: Q.850;cause=16"] });
      await world.ends(client, { cause: "normal", endedBy: "remote" });
      assert.match(JSON.stringify(await world.trace()), /cause=16/);
    },
  },
  {
    name: "a second BYE",
    rfc: "3261 §15.1.2",
    peer,
    asserts: "481 to it",
    async play(world) {
      const { client, call } = await world.talk();
      await world.farHangsUp(client, call);
      const { status } = await call.dialog().ask("BYE");
      assert.equal(status, 481);
    },
  },
];
