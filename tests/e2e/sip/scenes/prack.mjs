// Provisionals that must not be lost: theirs, which the gateway acknowledges, and its own.
import assert from "node:assert/strict";
import { describe } from "../../peers/index.mjs";

const peer = "scripted";
const REQUIRED = { headers: ["Require: 100rel"] };

const reliable = (rseq) => ["Require: 100rel", `RSeq: ${rseq}`];
const isRinging = (status) => status === 180;

/** Acknowledges the 180 of a call of ours, or another one: the status of the answer. */
async function acknowledge(call, rseq) {
  const headers = [`RAck: ${rseq} ${call.cseq} INVITE`];
  return (await call.dialog.ask("PRACK", { headers })).status;
}

export const prack = [
  {
    name: "180 and 183 with Require: 100rel, 200 without a description",
    rfc: "3262 §4, §5",
    peer,
    asserts:
      "a PRACK for each in order, none for what comes again or too early; sound before the answer and after it",
    async play(world) {
      const client = world.call({ hear: true });
      const call = await world.peer.invited();
      assert.match(call.invite.header("Supported"), /\b100rel\b/);
      const { port } = await call.openMedia();
      const sdp = describe({ port });
      call.reply(180, { headers: reliable(70) });
      const first = await call.request("PRACK");
      call.reply(180, { headers: reliable(70) });
      call.reply(183, { headers: reliable(72), sdp });
      world.peer.reply(first, 200);
      call.reply(183, { headers: reliable(71), sdp });
      const second = await call.request("PRACK");
      world.peer.reply(second, 200);
      await world.told(client, "SESSION_PROGRESS");
      await world.hears(client);
      const since = Date.now();
      call.reply(200);
      await call.acked();
      await world.talks(client);
      await world.hears(client, since);
      assert.deepEqual(
        world.peer.requests("PRACK").map((message) => message.header("RAck")),
        [70, 71].map((rseq) => `${rseq} ${call.invite.cseq} INVITE`),
      );
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "the gateway's PRACK is lost",
    rfc: "3262 §4",
    peer,
    asserts: "it is repeated until its 200, while the 180 comes again; sound",
    async play(world) {
      const client = world.call({ hear: true });
      const call = await world.peer.invited();
      const ringing = call.reply(180, { headers: reliable(1) });
      const lost = await call.request("PRACK");
      world.peer.send(ringing);
      await world.peer.until("the third PRACK", () => world.peer.copies(lost) >= 3);
      world.peer.reply(lost, 200);
      await call.answer();
      await world.hears(client);
      assert.equal(world.peer.requests("PRACK").length, 1);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "Require: 100rel of who calls",
    rfc: "3262 §3",
    peer,
    asserts: "the 180 is repeated until its PRACK; 481 to any other PRACK",
    async play(world) {
      const client = await world.script({ register: true });
      const call = await world.peer.invite(REQUIRED);
      const ringing = await call.next(isRinging);
      await client.next("notifyIncomingCall");
      const rseq = Number(ringing.header("RSeq"));
      assert.match(ringing.header("Require"), /\b100rel\b/);
      await world.peer.until("the third 180", () => world.peer.copies(ringing) >= 3);
      assert.equal(await acknowledge(call, rseq + 1), 481);
      assert.equal(await acknowledge(call, rseq), 200);
      assert.equal(await acknowledge(call, rseq), 481);
      await call.cancel();
      assert.equal((await call.final()).status, 487);
    },
  },
  {
    name: "Require: 100rel of who calls, and an answer at once",
    rfc: "3262 §3",
    peer,
    asserts: "the 200 waits for no PRACK of a bare 180, which is taken late; sound",
    async play(world) {
      const client = await world.wait({ hear: true });
      const call = await world.peer.invite(REQUIRED);
      const rseq = Number((await call.next(isRinging)).header("RSeq"));
      const ok = await call.final();
      assert.equal(ok.status, 200);
      assert.equal(await acknowledge(call, rseq), 200);
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
];
