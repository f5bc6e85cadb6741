// Whom the client hears before the answer and after it, where several may speak; and what overtakes the answer.
import assert from "node:assert/strict";
import { describe } from "../../peers/index.mjs";

const peer = "scripted";

/** Packets reach this place, since now. */
async function isSentTo(world, media) {
  const { packets } = media;
  await world.peer.until("packets at the place", () => media.packets > packets + 10);
}

/** An INVITE that rings by a 183 which answers the offer for good. */
async function ringsReliably(world, client, call) {
  const media = await call.openMedia();
  const headers = ["Require: 100rel", "RSeq: 1"];
  call.reply(183, { headers, sdp: describe({ port: media.port }) });
  world.peer.reply(await call.request("PRACK"), 200);
  await world.hears(client);
  return media;
}

export const early = [
  {
    name: "183 of two forks, and a bare 200 of the first",
    rfc: "3261 §13.2.2.4, 3960",
    peer,
    asserts: "media go to the newest, then to the fork that answers; sound",
    async play(world) {
      const client = world.call({ hear: true });
      const call = await world.peer.invited();
      const [first, other] = [await call.openMedia(), await call.openMedia()];
      call.reply(183, { sdp: describe({ port: first.port }) });
      await isSentTo(world, first);
      call.reply(183, { tag: "other", sdp: describe({ port: other.port, version: 2 }) });
      await isSentTo(world, other);
      other.isEchoing = false;
      const since = Date.now();
      call.reply(200);
      await call.acked();
      await world.hears(client, since);
      await isSentTo(world, first);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "two forks that repeat their 183",
    rfc: "3261 §13.3.1.1",
    peer,
    asserts: "the newest keeps the media",
    async play(world) {
      const client = world.call({ hear: true });
      const call = await world.peer.invited();
      const [first, other] = [await call.openMedia(), await call.openMedia()];
      call.reply(183, { sdp: describe({ port: first.port }) });
      call.reply(183, { tag: "other", sdp: describe({ port: other.port, version: 2 }) });
      await isSentTo(world, other);
      const { packets } = first;
      call.reply(183, { sdp: describe({ port: first.port }) });
      await isSentTo(world, other);
      assert.ok(first.packets <= packets + 2, `${first.packets - packets} packets went astray`);
      const sdp = describe({ port: other.port, version: 2 });
      call.reply(200, { tag: "other", sdp });
      await call.acked({ tag: "other" });
      await world.hears(client, Date.now());
      await call.dialog({ tag: "other" }).bye();
      await world.ends(client, { cause: "normal", endedBy: "remote", established: true });
    },
  },
  {
    name: "UPDATE before the answer",
    rfc: "3311 §5.1, §5.2",
    peer,
    asserts:
      "491 before a reliable 183, then 200; media go to the new place, and stay there with a bare 200; sound",
    async play(world) {
      const client = world.call({ hear: true });
      const call = await world.peer.invited();
      call.reply(180);
      await world.told(client, "RING");
      const update = (port, version) =>
        call.dialog().ask("UPDATE", { body: describe({ port, version }) });
      assert.equal((await update(9, 2)).status, 491);
      const media = await ringsReliably(world, client, call);
      const moved = await call.openMedia();
      const since = Date.now();
      const answer = await update(moved.port, 3);
      assert.equal(answer.status, 200);
      assert.match(answer.body, /^m=audio [1-9]/m);
      media.isEchoing = false;
      await world.hears(client, since);
      call.reply(200);
      await call.acked();
      await world.talks(client);
      await isSentTo(world, moved);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "a re-INVITE that overtakes its 200",
    rfc: "3261 §14.2, 5407 §3.1",
    peer,
    asserts: "491, and after the 200 it is followed; sound at the new place",
    async play(world) {
      const client = world.call({ hear: true });
      const call = await world.peer.invited();
      const [media, moved] = [await call.openMedia(), await call.openMedia()];
      const body = describe({ port: moved.port, version: 2 });
      assert.equal((await call.dialog().ask("INVITE", { body })).status, 491);
      call.reply(200, { sdp: describe({ port: media.port }) });
      assert.equal((await call.dialog().ask("INVITE", { body })).status, 200);
      media.isEchoing = false;
      await world.hears(client, Date.now());
      await isSentTo(world, moved);
      await world.farHangsUp(client, call);
    },
  },
];
