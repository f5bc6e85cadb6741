// Calls that come without an offer: the gateway's 200 makes it, the ACK answers it.
import assert from "node:assert/strict";
import { describe } from "../../peers/index.mjs";

const peer = "scripted";

/** A call without an offer that the client answers; `more` of the INVITE. */
async function isCalled(world, more = {}) {
  const client = await world.wait({ hear: true });
  const call = await world.peer.invite({ sdp: "", ...more });
  const ok = await call.final();
  assert.equal(ok.status, 200);
  assert.match(ok.body, /^m=audio [1-9]\d* RTP\/AVP 0( |\r)/m);
  assert.equal(ok.direction, "sendrecv");
  return { client, call };
}

const answerOf = (call) => describe({ port: call.media.port, formats: "0" });

async function isHungUp(world, client, call) {
  await call.dialog.bye();
  await world.ends(client, { cause: "normal", endedBy: "remote", ok: true });
}

/** An ACK that cannot be used. */
const isNoGood = (name, cause, body) => ({
  name,
  rfc: "3261 §13.2.1, 3264 §6",
  peer,
  asserts: `BYE, cause ${cause}`,
  async play(world) {
    const { client, call } = await isCalled(world);
    call.ack({ body });
    world.peer.reply(await world.peer.request("BYE"), 200);
    await world.ends(client, { cause, established: false });
  },
});

export const offerless = [
  {
    name: "INVITE without an offer",
    rfc: "3261 §13.2.1",
    peer,
    asserts: "ring, an offer in the 200, an answer in the ACK, sound",
    async play(world) {
      const { client, call } = await isCalled(world);
      assert.ok(world.peer.seen.some(({ status }) => status === 180));
      call.ack({ body: answerOf(call) });
      await world.hears(client);
      await isHungUp(world, client, call);
    },
  },
  {
    name: "INVITE without an offer, Require: 100rel",
    rfc: "3261 §13.2.1, 3262 §5",
    peer,
    asserts: "no 180, which would have to make the offer; sound",
    async play(world) {
      const { client, call } = await isCalled(world, { headers: ["Require: 100rel"] });
      assert.ok(!world.peer.seen.some(({ status }) => status > 100 && status < 200));
      call.ack({ body: answerOf(call) });
      await world.hears(client);
      await isHungUp(world, client, call);
    },
  },
  {
    name: "INVITE without an offer, then a re-INVITE with one",
    rfc: "3261 §14.2",
    peer,
    asserts: "200, media at the new place, sound",
    async play(world) {
      const { client, call } = await isCalled(world);
      call.ack({ body: answerOf(call) });
      await world.hears(client);
      const since = Date.now();
      const body = describe({ port: call.media.port, version: 2, formats: "0" });
      assert.equal((await call.dialog.ask("INVITE", { body })).status, 200);
      await world.hears(client, since);
      await isHungUp(world, client, call);
    },
  },
  isNoGood("an ACK without an answer", "bad_sip_sdp", ""),
  isNoGood("an ACK with another codec", "no_common_codec", describe({ port: 9, formats: "8" })),
];
