// Loss on both legs of a call, in both directions, by firewalls that drop packets by chance: the call stays up, the tones
// are heard, and the gateway's counters tell what the firewalls dropped.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Stage, measureTone, until, whyNoNetlab } from "../peers/index.mjs";
import { findTool } from "../tools.mjs";
import { earOfClient, isSettled, measureGap } from "./gap.mjs";
import { buildWorld, startClient, startGateway, startServer, startSoftphone } from "./world.mjs";

const skip = whyNoNetlab() || (findTool("webclient") ? false : "webclient is not built");
const [CLIENT_HZ, PHONE_HZ] = [1000, 700]; // whole periods in a packet: a lost one leaves no break in the tone
const PACKETS = 200;
/** RTP of G.711, with or without SRTP, and nothing else: checks and reports are shorter. */
const RTP = "udp length >= 180";

let world;
let client;
let call;

before(
  async () => {
    if (skip) return;
    const stage = await Stage.open("loss");
    await stage.run(async () => {
      world = await buildWorld(stage);
      await startServer(world);
      world.zvonokd = await startGateway(world);
      world.softphone = await startSoftphone(world, { source: { sine: PHONE_HZ } });
      client = startClient(world, { tone: CLIENT_HZ, hear: PHONE_HZ });
      await isSettled(earOfClient(client));
      [call] = (await world.zvonokd.ctlJson("calls")).calls;
    });
  },
  { timeout: 60_000 },
);

after(() => world?.stage.close(), { timeout: 60_000 });

const scene = (sentence, action) =>
  test(sentence, { skip, timeout: 60_000 }, (t) => world.stage.run(() => action(t)));

/** What the gateway has counted of packets that came in: `{client: {rxPackets, rxLost …}, sip: …}`. */
const countsOfLegs = async () => (await world.zvonokd.ctlJson("call", call.name)).call.legs;

/** Waits until either leg has received so many packets more than `before`, and gives the counts. */
function receivedMore(before, packets) {
  return until(20_000, `${packets} packets more on both legs`, async () => {
    const now = await countsOfLegs();
    const came = ["client", "sip"].map((leg) => now[leg].rxPackets - before[leg].rxPackets);
    return Math.min(...came) >= packets && now;
  });
}

for (const percent of [1, 5, 10, 20]) {
  scene(
    `with ${percent} % loss each way on both legs the tones are heard and the loss is told`,
    async (t) => {
      const { router, gateway, phone, softphone } = world;
      const heardBefore = measureTone(await softphone.heard(), CLIENT_HZ).seconds;
      const before = await countsOfLegs();
      const since = Date.now();
      const walls = {
        client: await router.drop("forward", `iifname "lan" ${RTP}`, percent),
        toClient: await router.drop("forward", `iifname "wan" ${RTP}`, percent),
        sip: await gateway.drop("input", `iifname "eth1" ${RTP}`, percent),
        toSip: await phone.drop("input", RTP, percent),
      };
      const middle = await receivedMore(before, PACKETS);
      const dropped = {};
      for (const [name, wall] of Object.entries(walls)) {
        dropped[name] = await wall.lift();
      }
      const after = await receivedMore(middle, 10); // a loss is known once a later packet has come
      for (const leg of ["client", "sip"]) {
        const lost = after[leg].rxLost - before[leg].rxLost;
        const packets = after[leg].rxPackets - before[leg].rxPackets + lost;
        t.diagnostic(
          `${leg} leg: ${dropped[leg]} of ${packets} packets dropped, ${lost} counted as lost`,
        );
        assert.ok(
          Math.abs(lost - dropped[leg]) <= 2,
          `${leg}: ${lost} lost, ${dropped[leg]} dropped`,
        );
        assert.ok(dropped[leg] > 0 || percent === 1, `nothing was dropped on the ${leg} leg`);
      }
      const { gapMs } = await measureGap(earOfClient(client), since);
      t.diagnostic(`the client's longest gap: ${gapMs ? `${gapMs} ms` : "less than 100 ms"}`);
      assert.ok(gapMs <= 1_000, `${gapMs} ms`);
      const heard = measureTone(await softphone.heard(), CLIENT_HZ).seconds - heardBefore;
      assert.ok(heard >= 2, `the phone heard ${heard.toFixed(1)} s of the client's tone`);
    },
  );
}

scene("after all that the call ends as any other", async () => {
  await world.softphone.hangup();
  const result = await client.result();
  assert.equal(result.code, 0, JSON.stringify(result));
});
