// Calls that come to a client which has registered at the far end.
import assert from "node:assert/strict";
import { describe } from "../../peers/index.mjs";

const peer = "scripted";

/** A call that the client answers; `more` of the INVITE. */
async function isCalled(world, more = {}) {
  const client = await world.wait({ hear: true });
  const call = await world.peer.invite(more);
  const ok = await call.final();
  assert.equal(ok.status, 200);
  return { client, call, ok };
}

/** It is answered, acknowledged, heard, and hung up by who called. */
const answered = (name, rfc, asserts, { more = {}, check = () => undefined } = {}) => ({
  name,
  rfc,
  peer,
  asserts,
  async play(world) {
    const { client, call, ok } = await isCalled(world, more);
    call.ack();
    await world.hears(client);
    check({ client, ok });
    await call.dialog.bye();
    await world.ends(client, { cause: "normal", endedBy: "remote", ok: true });
  },
});

/** What is refused before a client hears of it. */
const refused = (name, rfc, status, more, check = () => undefined) => ({
  name,
  rfc,
  peer,
  asserts: `${status}, the client hears nothing of it`,
  async play(world) {
    const client = await world.script({ register: true });
    const call = await world.peer.invite(more(world));
    const answer = await call.final();
    assert.equal(answer.status, status);
    check(answer);
    call.ack();
    assert.ok(!client.received.some(({ message }) => message === "notifyIncomingCall"));
  },
});

const lineOf = (client, wanted) => client.lines().find(wanted);

export const incoming = [
  answered("INVITE, 180, 200, ACK", "3261 §13.3.1", "ring, both ends talk, sound", {
    check: ({ ok }) => assert.match(ok.header("Contact"), /^<sip:/),
  }),
  answered("P-Asserted-Identity beside From", "3325 §9.1", "both ends talk, sound", {
    more: { headers: ['P-Asserted-Identity: "Anna" <sip:+4930123@127.0.0.1>', "Privacy: none"] },
  }),
  answered("a name in quotes, with UTF-8", "3261 §25.1", "the client sees it", {
    more: { from: '"Анна \\"A\\" B" <sip:2000@127.0.0.1>' },
    check: ({ client }) =>
      assert.equal(
        lineOf(client, ({ message }) => message === "notifyIncomingCall").visibleName,
        'Анна "A" B',
      ),
  }),
  answered("PCMA before PCMU", "3264 §5.1, §6.1", "the first that the client has, sound", {
    more: { describedBy: { formats: "18 8 0", lines: ["a=rtpmap:18 G729/8000"] } },
    check: ({ ok }) => assert.match(ok.body, /^m=audio [1-9]\d* RTP\/AVP [08]/m),
  }),
  answered("headers that nobody knows, Supported", "3261 §8.2.2", "both ends talk, sound", {
    more: { headers: ["X-Anything: at all", "Supported: 100rel, timer, replaces, foo"] },
  }),
  {
    name: "the client declines",
    rfc: "3261 §21.6.2",
    peer,
    asserts: "180, then 603",
    async play(world) {
      const client = await world.wait({ decline: true });
      const call = await world.peer.invite();
      await call.next((status) => status === 180);
      assert.equal((await call.final()).status, 603);
      call.ack();
      await world.ends(client, { ok: true, cause: "declined" });
    },
  },
  {
    name: "nobody answers",
    rfc: "3261 §13.3.1.1",
    peer,
    asserts: "timers.ringing_in: 480, the client is told no_answer",
    isLong: true,
    async play(world) {
      const client = await world.script({ register: true });
      const call = await world.peer.invite();
      await client.next("notifyIncomingCall");
      assert.equal((await call.final(18_000)).status, 480);
      call.ack();
      const [finish] = (await client.next("finish")).data;
      assert.equal(finish.cause, "no_answer");
    },
  },
  {
    name: "the caller gives up",
    rfc: "3261 §9.2",
    peer,
    asserts: "200 to the CANCEL, 487 to the INVITE, the client is told cancelled",
    async play(world) {
      const client = await world.script({ register: true });
      const call = await world.peer.invite();
      await client.next("notifyIncomingCall");
      assert.equal((await call.cancel()).status, 200);
      assert.equal((await call.final()).status, 487);
      call.ack();
      const [finish] = (await client.next("finish")).data;
      assert.equal(finish.cause, "cancelled");
    },
  },
  {
    name: "the 200 is lost",
    rfc: "3261 §13.3.1.4",
    peer,
    asserts: "it is repeated until the ACK, then no more; sound",
    async play(world) {
      const { client, call, ok } = await isCalled(world);
      await world.peer.until("the third 200", () => world.peer.copies(ok) >= 3);
      call.ack();
      await world.hears(client);
      await call.dialog.bye();
      await world.ends(client, { cause: "normal", endedBy: "remote" });
    },
  },
  {
    name: "the ACK never comes",
    rfc: "3261 §13.3.1.4, §14.2",
    peer,
    asserts: "the 200 is repeated for 64 T1, then BYE, cause no_ack",
    isLong: true,
    async play(world) {
      const { client, call } = await isCalled(world);
      const bye = await world.peer.request("BYE", 15_000);
      assert.equal(bye.callId, call.dialog.callId);
      world.peer.reply(bye, 200);
      await world.ends(client, { cause: "no_ack" });
    },
  },
  {
    name: "the INVITE comes twice",
    rfc: "3261 §17.2.1",
    peer,
    asserts: "one ring; the last provisional again",
    async play(world) {
      const client = await world.script({ register: true });
      const call = await world.peer.invite();
      const ring = await call.next((status) => status === 180);
      world.peer.send(call.text);
      await world.peer.until("the 180 again", () => world.peer.copies(ring) >= 2);
      await call.cancel();
      assert.equal((await call.final()).status, 487);
      call.ack();
      await client.next("finish");
      const rings = client.received.filter(({ message }) => message === "notifyIncomingCall");
      assert.equal(rings.length, 1);
    },
  },
  {
    name: "the client hangs up",
    rfc: "3261 §15.1.1",
    peer,
    asserts: "BYE to the caller's Contact, cause normal by local",
    async play(world) {
      const { client, call } = await isCalled(world);
      call.ack();
      await world.hears(client);
      client.tell("hangup");
      const bye = await world.peer.request("BYE");
      assert.equal(bye.uri, `sip:far@127.0.0.1:${world.peer.port}`);
      world.peer.reply(bye, 200);
      await world.ends(client, { cause: "normal", endedBy: "local", ok: true });
    },
  },
  refused("a codec that nobody knows", "3261 §21.4.26", 488, () => ({
    describedBy: { formats: "18" },
  })),
  refused("RTP/SAVP where SRTP is off", "4568 §5.1.2", 488, () => ({
    describedBy: { profile: "RTP/SAVP" },
  })),
  refused(
    "a page for an offer",
    "3261 §21.4.13",
    415,
    () => ({ sdp: "<p>Hello</p>", type: "text/html" }),
    (answer) => assert.match(answer.header("Accept"), /application\/sdp/),
  ),
  refused(
    "Require: foo",
    "3261 §8.2.2.3",
    420,
    () => ({ headers: ["Require: foo, bar"] }),
    (answer) => assert.equal(answer.header("Unsupported"), "foo, bar"),
  ),
  refused("a user that nobody is", "3261 §21.4.4", 404, ({ gateway }) => ({
    target: `sip:nobody@127.0.0.1:${gateway.ports.sip}`,
  })),
  {
    name: "the same call by another way",
    rfc: "3261 §8.2.2.2",
    peer,
    asserts: "482 to the second, one ring",
    async play(world) {
      const client = await world.script({ register: true });
      const call = await world.peer.invite();
      await client.next("notifyIncomingCall");
      const merged = call.text.replace(/branch=z9hG4bK\S+/, "branch=z9hG4bKanother");
      world.peer.send(merged);
      const { status } = await world.peer.answer("INVITE", call.cseq, (one) => one === 482, {});
      assert.equal(status, 482);
      await call.cancel();
      await call.final();
      call.ack();
      await client.next("finish");
    },
  },
  {
    name: "a fork to two clients of this gateway",
    rfc: "3261 §16.6, §8.2.2.2",
    peer,
    asserts: "both ring, one answers and is heard, the other is cancelled; a trace for each",
    async play(world) {
      const other = await world.script({ register: true, sipLogin: `${world.login}-too` });
      const call = await world.peer.invite();
      const { callId } = call.dialog;
      const { data } = await other.next("notifyIncomingCall");
      await call.next((status) => status === 180);
      const client = await world.wait({ hear: true });
      const branch = "z9hG4bKfork";
      const fork = call.text
        .replace(/^INVITE \S+/, `INVITE ${world.peer.contact}`)
        .replace(call.branch, branch);
      world.peer.send(fork);
      assert.equal((await call.final()).status, 200);
      call.ack();
      await world.hears(client);
      await call.cancel();
      const isRefusal = (status) => status === 487;
      const refusal = await world.peer.answer("INVITE", call.cseq, isRefusal, { callId });
      call.first.acknowledge(refusal, { branch: call.branch });
      await other.next("finish");
      for (const [name, itsBranch] of [
        [data[0].callId, call.branch], // of the call by the client's name for it
        [callId, branch], // of the youngest call with this Call-ID
      ]) {
        const text = JSON.stringify(await world.gateway.ctlJson("trace", name));
        const branches = [call.branch, branch].filter((one) => text.includes(one));
        assert.deepEqual(branches, [itsBranch]);
      }
      await call.dialog.bye();
      await world.ends(client, { cause: "normal", endedBy: "remote", ok: true });
    },
  },
  {
    name: "an offer in parts",
    rfc: "2046 §5.1, 5621",
    peer,
    asserts: "both ends talk, sound",
    async play(world) {
      const client = await world.wait({ hear: true });
      const media = await world.openMedia();
      const part = (type, text) => `--b\r\nContent-Type: ${type}\r\n\r\n${text}\r\n`;
      const sdp = `${part("application/sdp", describe(media))}${part("image/png", "?")}--b--\r\n`;
      const call = await world.peer.invite({ sdp, type: "multipart/mixed;boundary=b" });
      assert.equal((await call.final()).status, 200);
      call.ack();
      await world.hears(client);
      await call.dialog.bye();
      await world.ends(client, { cause: "normal", endedBy: "remote" });
    },
  },
];
