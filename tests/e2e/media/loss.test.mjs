// Loss on both legs of a call, in both directions, by firewalls that drop packets by chance: the call stays up, the tones
// are heard, and the gateway's counters tell what the firewalls dropped.
import assert from "node:assert/strict";
import { measureTone, until } from "../peers/index.mjs";
import { assertPromise, earOfClient, isSettled, measureGap } from "./gap.mjs";
import { startClient, useWorld } from "./world.mjs";

const [CLIENT_HZ, PHONE_HZ] = [1000, 700]; // whole periods in a packet: a lost one leaves no break in the tone
const PACKETS = 200;
/** RTP of G.711, with or without SRTP, and nothing else: checks and reports are shorter. */
const RTP = "udp length >= 180";

const { world, scene } = useWorld("loss", {
  tools: ["webclient"],
  softphone: { source: { sine: PHONE_HZ } },
});

/** A call in which the client hears the phone. */
async function talk() {
  const client = startClient(world, { tone: CLIENT_HZ, hear: PHONE_HZ });
  await isSettled(earOfClient(client));
  await world.softphone.established();
  const { calls } = await world.zvonokd.ctlJson("calls");
  return { client, name: calls[0].name };
}

/** What the gateway has counted of packets that came in: `{client: {rxPackets, rxLost …}, sip: …}`. */
const countsOfLegs = async ({ name }) => (await world.zvonokd.ctlJson("call", name)).call.legs;

/** Waits until either leg has received so many packets more than `before`, and gives the counts. */
function receivedMore(call, before, packets) {
  return until(20_000, `${packets} packets more on both legs`, async () => {
    const now = await countsOfLegs(call);
    const came = ["client", "sip"].map((leg) => now[leg].rxPackets - before[leg].rxPackets);
    return Math.min(...came) >= packets && now;
  });
}

for (const percent of [1, 5, 10, 20]) {
  const sentence = `with ${percent} % loss each way on both legs the tones are heard and the loss is told`;
  scene(sentence, async (t) => {
    const call = await talk();
    const heardBefore = await secondsHeardByPhone();
    const before = await countsOfLegs(call);
    const since = Date.now();
    const dropped = await loseFor(call, before, percent);
    const after = await receivedMore(call, await countsOfLegs(call), 10); // only a later packet shows a loss
    for (const leg of ["client", "sip"]) {
      const lost = after[leg].rxLost - before[leg].rxLost;
      const packets = after[leg].rxPackets - before[leg].rxPackets + lost;
      t.diagnostic(
        `${leg} leg: of ${packets} packets ${dropped[leg]} dropped, ${lost} counted as lost`,
      );
      assert.ok(
        Math.abs(lost - dropped[leg]) <= 2,
        `${leg}: ${lost} lost, ${dropped[leg]} dropped`,
      );
      assert.ok(dropped[leg] > 0 || percent === 1, `nothing was dropped on the ${leg} leg`);
    }
    const { gapMs } = await measureGap(earOfClient(call.client), since);
    t.diagnostic(`the client's longest gap: ${gapMs ? `${gapMs} ms` : "less than 100 ms"}`);
    assertPromise(t, gapMs);
    const heard = (await secondsHeardByPhone()) - heardBefore;
    assert.ok(heard >= 2, `the phone heard ${heard.toFixed(1)} s of the client's tone`);
    await world.softphone.hangup();
    const result = await call.client.result();
    assert.equal(result.code, 0, JSON.stringify(result));
  });
}

scene("packets that come twice are sent on once", async (t) => {
  const { lab, router, gateway, phone } = world;
  const call = await talk();
  const before = await countsOfLegs(call);
  const doublers = {
    client: await lab.double([router, "wan"], [gateway, "eth0"], RTP, 20),
    sip: await lab.double([phone, "eth0"], [gateway, "eth1"], RTP, 20),
  };
  await receivedMore(call, before, PACKETS);
  const doubled = { client: await doublers.client.lift(), sip: await doublers.sip.lift() };
  const after = await receivedMore(call, await countsOfLegs(call), 10);
  const refused = (leg, reason) =>
    (after[leg].drops[reason] ?? 0) - (before[leg].drops[reason] ?? 0);
  const found = { client: refused("client", "replay"), sip: refused("sip", "duplicate") };
  t.diagnostic(`doubled ${JSON.stringify(doubled)}, refused ${JSON.stringify(found)}`);
  for (const [leg, other] of [
    ["client", "sip"],
    ["sip", "client"],
  ]) {
    assert.ok(doubled[leg] > 0);
    assert.equal(found[leg], doubled[leg]);
    assert.equal(
      after[other].txPackets - before[other].txPackets,
      after[leg].rxPackets - before[leg].rxPackets,
    );
  }
  await world.softphone.hangup();
  await call.client.result();
});

const secondsHeardByPhone = async () =>
  measureTone(await world.softphone.heard(), CLIENT_HZ).seconds;

/** Firewalls on all four ways, while PACKETS come in on either leg; how many packets each has dropped. */
async function loseFor(call, before, percent) {
  const { router, gateway, phone } = world;
  const walls = {
    client: await router.drop("forward", `iifname "lan" ${RTP}`, percent),
    toClient: await router.drop("forward", `iifname "wan" ${RTP}`, percent),
    sip: await gateway.drop("input", `iifname "eth1" ${RTP}`, percent),
    toSip: await phone.drop("input", RTP, percent),
  };
  await receivedMore(call, before, PACKETS);
  const dropped = {};
  for (const [name, wall] of Object.entries(walls)) dropped[name] = await wall.lift();
  return dropped;
}
