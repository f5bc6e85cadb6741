// Scheme 1: the SIP server carries audio as well. Chromium and a softphone call each other, Kamailio relays the signalling
// and has rtpengine relay the sound; what rtpengine has relayed is asked of itself.
import assert from "node:assert/strict";
import { until } from "../peers/index.mjs";
import { bothHear, leaveNothing, useSetting } from "../call/setting.mjs";

const { setting, scene } = useSetting("scheme1", { rtpengine: true, atRest: false });

const ENDS = {
  page: (phone) => phone.press("Hangup"),
  softphone: (_, softphone) => softphone.hangup(),
};

for (const [who, hangUp] of Object.entries(ENDS)) {
  scene(`the page calls through the media proxy, the ${who} hangs up`, async () => {
    const softphone = await setting.softphone();
    const phone = await setting.phone();
    await phone.call("1002");
    await talkAndEnd(phone, softphone, hangUp);
  });

  scene(`the softphone calls through the media proxy, the ${who} hangs up`, async () => {
    const softphone = await setting.softphone();
    const phone = await setting.phone();
    await softphone.dial("1001");
    await phone.incoming();
    await phone.press("Answer");
    await talkAndEnd(phone, softphone, hangUp);
  });
}

scene("a call that is refused leaves nothing in the media proxy", async () => {
  const softphone = await setting.softphone({ answer: "manual" });
  const phone = await setting.phone();
  await phone.call("1002");
  await softphone.incoming();
  assert.equal((await callsOfProxy()).length, 1);
  await softphone.hangup();
  await phone.ended();
  await proxyIsEmpty();
  await leaveNothing(setting, phone, softphone);
});

async function talkAndEnd(phone, softphone, hangUp) {
  await phone.talking();
  await softphone.established();
  await bothHear(phone, softphone);
  await soundPassesProxy();
  await hangUp(phone, softphone);
  await softphone.closed();
  assert.match(await phone.ended(), /hung up/i);
  await proxyIsEmpty();
  await leaveNothing(setting, phone, softphone);
}

/** The Call-IDs of the calls that rtpengine has now. */
const callsOfProxy = async () => (await setting.rtpengine.ask({ command: "list" })).calls;

const proxyIsEmpty = () =>
  until(5_000, "rtpengine has no call any more", async () => !(await callsOfProxy()).length);

/** The gateway's audio comes from a port of rtpengine's, which has relayed packets both ways. */
async function soundPassesProxy() {
  const { first, mediaPorts } = setting.rtpengine;
  const latched = [...setting.gateway.log().matchAll(/ sip latched: \S+ from 127\.0\.0\.1:(\d+)/g)];
  const port = Number(latched.at(-1)?.[1]);
  assert.ok(port >= first && port < first + mediaPorts, `audio comes from port ${port}`);
  const [id] = await callsOfProxy();
  const { tags } = await setting.rtpengine.ask({ command: "query", "call-id": id });
  const relayed = Object.values(tags).map((tag) => tag.medias[0].streams[0].stats);
  assert.equal(relayed.length, 2);
  for (const { packets, errors } of relayed) {
    assert.ok(packets > 30 && errors === 0, JSON.stringify(relayed));
  }
}
