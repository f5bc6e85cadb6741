// How long a session stands. None can be asked to be shorter than 90 s, so what happens half-way is for the long tier.
import assert from "node:assert/strict";
import { describe } from "../../peers/index.mjs";

const peer = "scripted";
const HALF_MS = 45_000;
const OURS = "Session-Expires: 90;refresher=uac";
const ALLOW = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE";

/** A call of the client that is answered so. */
async function isAnswered(world, headers) {
  const client = world.call({ hear: true, timeout: 100 });
  const call = await world.peer.invited();
  await call.answer({ headers });
  await world.hears(client);
  return { client, call };
}

const long = { peer, isLong: true, timeoutMs: 100_000 };

export const timers = [
  {
    name: "422 to an INVITE",
    rfc: "4028 §7.3",
    peer,
    asserts: "it comes again and asks for what the 422 wants, sound",
    async play(world) {
      const client = world.call({ hear: true });
      const first = await world.peer.invited();
      assert.match(first.invite.header("Supported"), /\btimer\b/);
      assert.equal(first.invite.header("Session-Expires"), "1800");
      await first.refuse(422, { headers: ["Min-SE: 2700"] });
      const call = await world.peer.invited();
      assert.equal(call.invite.callId, first.invite.callId);
      assert.equal(call.invite.header("Session-Expires"), "2700");
      assert.equal(call.invite.header("Min-SE"), "2700");
      await call.answer();
      await world.hears(client);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "Session-Expires of who calls",
    rfc: "4028 §9",
    peer,
    asserts: "it is granted, and with each UPDATE and re-INVITE again; the same o=; sound",
    async play(world) {
      const headers = ["Supported: timer", "Session-Expires: 120;refresher=uac"];
      const client = await world.wait({ hear: true });
      const call = await world.peer.invite({ headers });
      const ok = await call.final();
      assert.match(ok.header("Require"), /\btimer\b/);
      call.ack();
      await world.hears(client);
      const update = await call.dialog.ask("UPDATE", { headers });
      const body = describe({ port: call.media.port });
      const again = await call.dialog.ask("INVITE", { headers, body });
      for (const answer of [ok, update, again]) {
        assert.equal(answer.status, 200);
        assert.equal(answer.header("Session-Expires"), "120;refresher=uac");
      }
      assert.equal(again.body, ok.body);
      await world.hears(client, Date.now());
      await call.dialog.bye();
      await world.ends(client, { cause: "normal", endedBy: "remote", ok: true });
    },
  },
  {
    name: "Session-Expires below 90",
    rfc: "4028 §4, §9",
    peer,
    asserts: "422 with Min-SE: 90, the client hears nothing of it",
    async play(world) {
      const client = await world.script({ register: true });
      const headers = ["Supported: timer", "Session-Expires: 89"];
      const call = await world.peer.invite({ headers });
      const answer = await call.final();
      assert.deepEqual([answer.status, answer.header("Min-SE")], [422, "90"]);
      call.ack({ branch: call.branch });
      assert.ok(!client.received.some(({ message }) => message === "notifyIncomingCall"));
    },
  },
  {
    ...long,
    name: "half of 90 s, where UPDATE is allowed",
    rfc: "4028 §7.4, §10",
    asserts: "an UPDATE without a body, sound goes on",
    async play(world) {
      const { client, call } = await isAnswered(world, [OURS, ALLOW]);
      const update = await call.request("UPDATE", HALF_MS + 5_000);
      assert.equal(update.body, "");
      assert.equal(update.header("Session-Expires"), "90;refresher=uac");
      world.peer.reply(update, 200, { headers: [OURS] });
      await world.hears(client, Date.now());
      await world.farHangsUp(client, call);
    },
  },
  {
    ...long,
    name: "half of 90 s, where UPDATE is not allowed",
    rfc: "4028 §7.4, §10",
    asserts: "a re-INVITE with the same description, sound goes on",
    async play(world) {
      const { client, call } = await isAnswered(world, [OURS]);
      const refresh = await call.request("INVITE", HALF_MS + 5_000);
      assert.equal(refresh.body, call.offer);
      const contact = `Contact: <sip:far@127.0.0.1:${world.peer.port}>`;
      const body = describe({ port: call.medias[0].port });
      world.peer.reply(refresh, 200, { headers: [OURS, contact], body });
      await call.request("ACK");
      await world.hears(client, Date.now());
      await world.farHangsUp(client, call);
    },
  },
  {
    ...long,
    name: "nobody refreshes",
    rfc: "4028 §10",
    asserts: "BYE a third of 90 s before the end, cause sip_lost",
    async play(world) {
      const { client, call } = await isAnswered(world, ["Session-Expires: 90;refresher=uas"]);
      const since = Date.now();
      world.peer.reply(await call.request("BYE", 70_000), 200);
      assert.ok(Date.now() - since > 55_000, `${Date.now() - since} ms`);
      await world.ends(client, { cause: "sip_lost", established: true });
    },
  },
];
