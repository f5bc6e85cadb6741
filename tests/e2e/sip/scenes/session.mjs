// Re-INVITE and UPDATE in the call: media that moves, offers in the ACK's place, glare, what is refused and leaves all as it was.
import assert from "node:assert/strict";
import { describe } from "../../peers/index.mjs";

const peer = "scripted";

/** Media goes on at a new place, as `method` says it. */
async function move(world, client, call, method) {
  const [old] = call.medias;
  const media = await call.openMedia();
  const since = Date.now();
  const answer = await call
    .dialog()
    .ask(method, { body: describe({ port: media.port, version: 2 }) });
  assert.equal(answer.status, 200);
  old.close();
  await world.hears(client, since);
  assert.ok(media.packets > 0);
  return answer;
}

/** An offer that is refused: the call stays, and is heard. */
const refused = (name, rfc, { status, options, check = () => undefined }) => ({
  name,
  rfc,
  peer,
  asserts: `${status}, the call goes on with sound`,
  async play(world) {
    const { client, call } = await world.talk();
    const answer = await call.dialog().ask("INVITE", options);
    assert.equal(answer.status, status);
    check(answer);
    await world.hears(client, Date.now());
    await world.farHangsUp(client, call);
  },
});

export const session = [
  {
    name: "re-INVITE moves the media",
    rfc: "3261 §14.2, 3264 §8.3.1",
    peer,
    asserts: "200, sound at the new place",
    async play(world) {
      const { client, call } = await world.talk();
      await move(world, client, call, "INVITE");
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "re-INVITE right behind the ACK",
    rfc: "3261 §14.2",
    peer,
    asserts: "200, sound at the new place alone: direct media of a PBX",
    async play(world) {
      const client = world.call({ hear: true });
      const call = await world.peer.invited();
      await call.answer();
      await move(world, client, call, "INVITE");
      await world.clientHangsUp(client, call);
    },
  },
  {
    name: "UPDATE moves the media",
    rfc: "3311 §5.2",
    peer,
    asserts: "200 with a description, sound at the new place",
    async play(world) {
      const { client, call } = await world.talk();
      const answer = await move(world, client, call, "UPDATE");
      assert.match(answer.body, /^m=audio [1-9]/m);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "UPDATE without a body",
    rfc: "3311 §5.2",
    peer,
    asserts: "200 without one, the call goes on",
    async play(world) {
      const { client, call } = await world.talk();
      const answer = await call.dialog().ask("UPDATE");
      assert.equal(answer.status, 200);
      assert.equal(answer.body, "");
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "re-INVITE without an offer",
    rfc: "3261 §14.2, 3264 §4",
    peer,
    asserts: "200 with our offer, the ACK's answer is followed, sound",
    async play(world) {
      const { client, call } = await world.talk();
      const media = await call.openMedia();
      const since = Date.now();
      const body = describe({ port: media.port, version: 2, formats: "0" });
      const answer = await call.dialog().ask("INVITE", { ack: { body } });
      assert.equal(answer.status, 200);
      assert.match(answer.body, /^m=audio [1-9]\d* RTP\/AVP 0/m);
      call.medias[0].close();
      await world.hears(client, since);
      assert.ok(media.packets > 0);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "re-INVITE that changes nothing",
    rfc: "4028 §7.4",
    peer,
    asserts: "200, three times, sound all along",
    isLong: true,
    async play(world) {
      const { client, call } = await world.talk();
      const body = describe({ port: call.medias[0].port });
      for (let i = 0; i < 3; i++)
        assert.equal((await call.dialog().ask("INVITE", { body })).status, 200);
      await world.hears(client, Date.now());
      await world.farHangsUp(client, call);
    },
  },
  refused("re-INVITE with a codec that the call does not have", "3261 §14.2", {
    status: 488,
    options: { body: describe({ port: 9, version: 2, formats: "18" }) },
  }),
  refused("re-INVITE without audio", "3264 §8.2", {
    status: 488,
    options: { body: describe({ port: 0, version: 2 }) },
  }),
  refused("re-INVITE with a page", "3261 §21.4.13", {
    status: 415,
    options: { body: "<p>Hello</p>", type: "text/html" },
    check: (answer) => assert.match(answer.header("Accept"), /application\/sdp/),
  }),
  {
    name: "re-INVITE out of order",
    rfc: "3261 §12.2.2",
    peer,
    asserts: "500 to a CSeq that is lower than the last, the call goes on with sound",
    async play(world) {
      const { client, call } = await world.talk();
      const dialog = call.dialog();
      assert.equal((await dialog.ask("OPTIONS", { cseq: 50 })).status, 200);
      const body = describe({ port: 9 });
      assert.equal((await dialog.ask("INVITE", { cseq: 49, body })).status, 500);
      dialog.cseq = 50;
      await world.hears(client, Date.now());
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "the far end's re-INVITE meets ours",
    rfc: "3261 §14.1, §14.2",
    peer,
    asserts: "491 to theirs, 491 to ours is waited out and tried again, then hold",
    async play(world) {
      const { client, call } = await world.talk();
      client.tell("hold");
      const ours = await call.request("INVITE");
      const body = describe({ port: call.medias[0].port, version: 2 });
      const theirs = await call.dialog().ask("INVITE", { body });
      assert.equal(theirs.status, 491);
      world.peer.reply(ours, 491);
      const again = await call.request("INVITE", 8_000);
      assert.equal(again.direction, "sendonly");
      world.peer.reply(again, 200, {
        headers: [`Contact: <sip:far@127.0.0.1:${world.peer.port}>`],
        body: describe({ port: call.medias[0].port, version: 3, direction: "recvonly" }),
      });
      await world.told(client, "HOLD");
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "481 to our re-INVITE",
    rfc: "5057 §5.1",
    peer,
    asserts: "the call is over, cause sip_lost",
    async play(world) {
      const { client, call } = await world.talk();
      client.tell("hold");
      world.peer.reply(await call.request("INVITE"), 481);
      await world.ends(client, { cause: "sip_lost", established: true });
    },
  },
];
