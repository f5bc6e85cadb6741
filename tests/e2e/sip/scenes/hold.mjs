// Hold by each side in each of its ways, by both at once, and taken back.
import assert from "node:assert/strict";
import { describe } from "../../peers/index.mjs";

const peer = "scripted";
const contactOf = (world) => [`Contact: <sip:far@127.0.0.1:${world.peer.port}>`];

/** The far end says `held` of its media, and takes it back. */
const byFarEnd = (name, rfc, held, answered) => ({
  name,
  rfc,
  peer,
  asserts: `200 (${answered}), the client is told, silence; sound again afterwards`,
  async play(world) {
    const { client, call } = await world.talk();
    const { port } = call.medias[0];
    const body = describe({ port, version: 2, ...held });
    const hold = await call.dialog().ask("INVITE", { body });
    assert.equal(hold.status, 200);
    assert.equal(hold.direction, answered);
    await world.told(client, "HOLD");
    await world.hearsNothing(client);
    const since = Date.now();
    const back = await call.dialog().ask("INVITE", { body: describe({ port, version: 3 }) });
    assert.equal(back.direction, "sendrecv");
    await world.hears(client, since);
    await world.farHangsUp(client, call);
  },
});

/** Takes our re-INVITE, which says `wanted`. */
async function agrees(world, call, wanted, answered) {
  const invite = await call.request("INVITE");
  assert.equal(invite.direction, wanted);
  const { port } = call.medias[0];
  const body = describe({ port, version: invite.cseq, direction: answered });
  world.peer.reply(invite, 200, { headers: contactOf(world), body });
  await call.request("ACK");
}

export const hold = [
  byFarEnd("the far end holds by sendonly", "3264 §8.4", { direction: "sendonly" }, "recvonly"),
  byFarEnd("the far end holds by inactive", "3264 §8.4", { direction: "inactive" }, "inactive"),
  byFarEnd("the far end holds by 0.0.0.0", "2543 §B.5, 3264 §8.4", { host: "0.0.0.0" }, "sendrecv"),
  {
    name: "the client holds, the far end answers recvonly",
    rfc: "3264 §8.4",
    peer,
    asserts: "re-INVITE with sendonly, silence; sendrecv, sound again",
    async play(world) {
      const { client, call } = await world.talk();
      client.tell("hold");
      await agrees(world, call, "sendonly", "recvonly");
      await world.told(client, "HOLD");
      await world.hearsNothing(client);
      const since = Date.now();
      client.tell("unhold");
      await agrees(world, call, "sendrecv", "sendrecv");
      await world.hears(client, since);
      await world.clientHangsUp(client, call);
    },
  },
  {
    name: "the client holds, the far end answers inactive",
    rfc: "3264 §6.1",
    peer,
    asserts: "held, and taken back with sound",
    isLong: true,
    async play(world) {
      const { client, call } = await world.talk();
      client.tell("hold");
      await agrees(world, call, "sendonly", "inactive");
      await world.told(client, "HOLD");
      const since = Date.now();
      client.tell("unhold");
      await agrees(world, call, "sendrecv", "sendrecv");
      await world.hears(client, since);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "both hold, each takes back its own",
    rfc: "3264 §8.4",
    peer,
    asserts: "inactive in between, sound when neither holds",
    async play(world) {
      const { client, call } = await world.talk();
      const { port } = call.medias[0];
      client.tell("hold");
      await agrees(world, call, "sendonly", "recvonly");
      await world.told(client, "HOLD");
      const held = describe({ port, version: 20, direction: "sendonly" });
      const theirs = await call.dialog().ask("INVITE", { body: held });
      assert.deepEqual([theirs.status, theirs.direction], [200, "inactive"]);
      await world.hearsNothing(client);
      client.tell("unhold");
      const ours = await call.request("INVITE");
      const since = Date.now();
      world.peer.reply(ours, 200, { headers: contactOf(world), body: held });
      await call.request("ACK");
      const back = describe({ port, version: 21 });
      const unheld = await call.dialog().ask("INVITE", { body: back });
      assert.deepEqual([unheld.status, unheld.direction], [200, "sendrecv"]);
      await world.hears(client, since);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "the far end refuses to be held",
    rfc: "3261 §14.1",
    peer,
    asserts: "the client is told hold_refused, the call goes on with sound",
    async play(world) {
      const { client, call } = await world.talk();
      client.tell("hold");
      world.peer.reply(await call.request("INVITE"), 488);
      await client.line("the refusal", ({ cause }) => cause === "hold_refused");
      await world.hears(client, Date.now());
      await world.farHangsUp(client, call);
    },
  },
];
