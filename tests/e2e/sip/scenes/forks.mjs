// Several answers of several forks, messages that come again, messages that come too late, messages that never come.
import assert from "node:assert/strict";
import { describe } from "../../peers/index.mjs";

const peer = "scripted";

export const forks = [
  {
    name: "two forks ring, one answers",
    rfc: "3261 §12.1.2",
    peer,
    asserts: "one ring, ACK to the fork that answers, sound",
    async play(world) {
      const client = world.call({ hear: true });
      const call = await world.peer.invited();
      call.reply(180, { tag: "other" });
      call.reply(180);
      await call.answer();
      await world.hears(client);
      assert.equal(client.lines().filter(({ status }) => status === "RING").length, 1);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "a second fork answers too",
    rfc: "3261 §13.2.2.4",
    peer,
    asserts: "ACK and BYE to it, the call goes on with sound",
    async play(world) {
      const { client, call } = await world.talk();
      call.reply(200, { tag: "late", sdp: describe({ port: 9 }) });
      await call.acked({ tag: "late" });
      const bye = await call.hungUp();
      assert.equal(bye.tag("To"), "late");
      await world.hears(client, Date.now());
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "three forks answer at once",
    rfc: "3261 §13.2.2.4",
    peer,
    asserts: "ACK to each, BYE to two, the first is the call",
    isLong: true,
    async play(world) {
      const client = world.call({ hear: true });
      const call = await world.peer.invited();
      const { port } = await call.openMedia();
      call.reply(200, { sdp: describe({ port }) });
      for (const tag of ["second", "third"]) call.reply(200, { tag, sdp: describe({ port: 9 }) });
      await call.acked();
      const tags = [];
      for (const tag of ["second", "third"]) {
        await call.acked({ tag });
        tags.push((await call.hungUp()).tag("To"));
      }
      assert.deepEqual(tags.sort(), ["second", "third"]);
      await world.hears(client);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "a provisional behind the 200",
    rfc: "3261 §17.1.1.2",
    peer,
    asserts: "it changes nothing",
    async play(world) {
      const { client, call } = await world.talk();
      const { length } = client.lines();
      call.reply(180);
      call.reply(183, { tag: "other", sdp: describe({ port: 9 }) });
      await world.hears(client, Date.now());
      const told = client.lines().slice(length);
      assert.deepEqual(
        told.filter(({ event }) => event === "received"),
        [],
      );
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "the first INVITEs are lost",
    rfc: "3261 §17.1.1.2",
    peer,
    asserts: "it is repeated, unchanged, until it is heard; sound",
    async play(world) {
      const client = world.call({ hear: true });
      const call = await world.peer.invited();
      await world.peer.until("the third INVITE", () => world.peer.copies(call.invite) >= 3);
      await call.answer();
      await world.hears(client);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "the ACK is lost",
    rfc: "3261 §13.2.2.4",
    peer,
    asserts: "each 200 that is repeated gets the same ACK again",
    async play(world) {
      const client = world.call({ hear: true });
      const call = await world.peer.invited();
      const { port } = await call.openMedia();
      const ok = call.reply(200, { sdp: describe({ port }) });
      const ack = await call.acked();
      for (let count = 2; count <= 4; count++) {
        world.peer.send(ok);
        await world.peer.until(`ACK ${count}`, () => world.peer.copies(ack) >= count);
      }
      await world.hears(client);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "the gateway's BYE is lost",
    rfc: "3261 §17.1.2.2",
    peer,
    asserts: "it is repeated until its 200",
    async play(world) {
      const { client, call } = await world.talk();
      client.tell("hangup");
      const bye = await call.request("BYE");
      await world.peer.until("the third BYE", () => world.peer.copies(bye) >= 3);
      world.peer.reply(bye, 200);
      await world.ends(client, { cause: "normal", endedBy: "local" });
    },
  },
  {
    name: "the gateway's BYE is never answered",
    rfc: "3261 §17.1.2.2 Timer F",
    peer,
    asserts: "the client is not kept waiting, the dialog goes after Timer F",
    isLong: true,
    async play(world) {
      const { client, call } = await world.talk();
      client.tell("hangup");
      await call.request("BYE");
      await world.ends(client, { cause: "normal", endedBy: "local" });
    },
  },
  {
    name: "the 200 to the far end's BYE is lost",
    rfc: "3261 §17.2.2",
    peer,
    asserts: "the repeated BYE gets the 200 again",
    async play(world) {
      const { client, call } = await world.talk();
      const dialog = call.dialog();
      const bye = dialog.request("BYE");
      const ok = () => world.peer.answer("BYE", dialog.cseq, () => true);
      const first = await ok();
      world.peer.send(bye);
      await world.peer.until("the 200 again", () => world.peer.copies(first) >= 2);
      await world.ends(client, { cause: "normal", endedBy: "remote" });
    },
  },
  {
    name: "nobody is there",
    rfc: "3261 §17.1.1.2 Timer B",
    peer,
    asserts: "the INVITE is repeated, then cause sip_timeout",
    isLong: true,
    async play(world) {
      const client = world.call();
      const { invite } = await world.peer.invited();
      await world.ends(client, { cause: "sip_timeout", established: false });
      assert.ok(world.peer.copies(invite) >= 6);
    },
  },
  {
    name: "answers of a call that is over",
    rfc: "3261 §17.1.1.2",
    peer,
    asserts: "a late 200 after the refusal changes nothing for the client",
    async play(world) {
      const client = world.call();
      const call = await world.peer.invited();
      await call.refuse(486);
      await world.ends(client, { cause: "busy" });
      call.reply(200, { sdp: describe({ port: 9 }) });
      call.reply(180);
    },
  },
];
