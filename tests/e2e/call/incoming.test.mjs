// A softphone calls the page: Kamailio finds the gateway by its registration.
import assert from "node:assert/strict";
import { bothHear, codecOf, leaveNothing, useSetting } from "./setting.mjs";

const { setting, scene } = useSetting("incoming", { config: { timers: { ringing_in: "10s" } } });

for (const codec of ["opus", "G722", "PCMU", "PCMA"]) {
  scene(`a call in ${codec} comes in, is answered and heard at both ends`, async () => {
    const softphone = await setting.softphone({ codecs: [codec] });
    const phone = await setting.phone();
    await softphone.dial("1001");
    assert.match(await phone.incoming(), /1002/);
    await phone.press("Answer");
    await phone.talking();
    await softphone.established();
    await bothHear(phone, softphone);
    assert.equal((await codecOf(phone)).toLowerCase(), codec.toLowerCase());
    await softphone.hangup();
    await phone.ended();
    await leaveNothing(setting, phone, softphone);
  });
}

scene("an answered call is hung up by the page", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.phone();
  await softphone.dial("1001");
  await phone.incoming();
  await phone.press("Answer");
  await phone.talking();
  await bothHear(phone, softphone);
  await phone.press("Hangup");
  await softphone.closed();
  await phone.ended();
  await leaveNothing(setting, phone, softphone);
});

scene("a call is declined by the page", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.phone();
  await softphone.dial("1001");
  await phone.incoming();
  await phone.press("Decline");
  const closed = await softphone.closed();
  assert.match(closed.param ?? "", /603|Decline/i);
  await phone.ended();
  await leaveNothing(setting, phone, softphone);
});

scene("a caller that gives up while it rings stops the ringing", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.phone();
  await softphone.dial("1001");
  await phone.incoming();
  await softphone.next("CALL_RINGING");
  await softphone.hangup();
  assert.match(await phone.ended(), /gave up/i);
  await leaveNothing(setting, phone, softphone);
});

scene("a call that the page does not answer ends after timers.ringing_in", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.phone();
  await softphone.dial("1001");
  await phone.incoming();
  await softphone.closed(20_000);
  assert.match(await phone.ended(), /nobody answered/i);
  await leaveNothing(setting, phone, softphone);
});

scene("a second call while the page talks is refused, and the first goes on", async () => {
  const softphone = await setting.softphone();
  const other = await setting.softphone({ user: "1003", source: { sine: 1300 } });
  const phone = await setting.phone();
  await softphone.dial("1001");
  await phone.incoming();
  await phone.press("Answer");
  await phone.talking();
  await other.dial("1001");
  await other.closed();
  await bothHear(phone, softphone);
  await phone.press("Hangup");
  await softphone.closed();
  await phone.ended();
  await leaveNothing(setting, phone, softphone, other);
});

scene("a page that disconnects is not called any more", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.phone();
  await phone.press("Disconnect");
  await setting.kamailio.waitUnregistered("1001");
  await softphone.dial("1001");
  const closed = await softphone.closed();
  assert.match(closed.param ?? "", /404|Not found/i);
  await leaveNothing(setting, phone, softphone);
});
