// The phone page in a browser loses its connection to the real gateway, or is reloaded, in each state of a call; SIP server
// and softphone notice nothing, and both hear each other afterwards. How long the sound was away is printed. What the
// gateway measures meanwhile is shown.
import assert from "node:assert/strict";
import { bothHear, leaveNothing, PAGE_HZ, PHONE_HZ, useSetting } from "../call/setting.mjs";
import { measureTone, openWire, until } from "../peers/index.mjs";
import { assertPromise, earOfPage, isSettled, measureGap } from "./gap.mjs";

/** Long enough for a person's steps while the connection is lost, on a busy machine too. */
const { setting, scene } = useSetting("page-return", {
  config: { session: { resume_window: "5s" } },
});

const LOST = "Connection lost; the call goes on. Reconnecting…";

/** A page whose connection to the gateway runs over a wire that can be cut; media do not. */
async function phoneOnWire() {
  const wire = await openWire(setting.stage, setting.gateway.ports.wss);
  const phone = await setting.phone("1001", {
    account: { url: `wss://localhost:${wire.port}` },
    permissions: ["microphone"],
  });
  return { wire, phone, resumed: whenResumed(phone) };
}

/** When the page was told that it is back, by the clock that all programs here share: the times so far. */
function whenResumed(phone) {
  const times = [];
  phone.page.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => {
      if (String(payload).startsWith('{"message":"zvResumed"')) times.push(Date.now());
    });
  });
  return times;
}

/** Both talk, and hear each other. */
async function talking() {
  const softphone = await setting.softphone();
  const view = await phoneOnWire();
  await softphone.dial("1001");
  await view.phone.incoming();
  await view.phone.press("Answer");
  await view.phone.talking();
  await softphone.established();
  await bothHear(view.phone, softphone);
  return { ...view, softphone };
}

/** From now on both hear each other, whatever they heard before. */
async function bothHearAgain(phone, softphone) {
  const { length } = (await softphone.heard()).samples;
  const heardSince = async () => {
    const { rate, samples } = await softphone.heard();
    return measureTone({ rate, samples: samples.subarray(length) }, PAGE_HZ).seconds >= 1;
  };
  await Promise.all([
    phone.hears(PHONE_HZ),
    until(15_000, "the softphone hears the page again", heardSince, 200),
  ]);
}

/** The call is one and the same: hung up at one end it ends at the other, and nothing is left. */
async function hangUp({ phone, softphone }) {
  await phone.press("Hangup");
  await softphone.closed();
  await phone.ended();
  await leave({ phone, softphone });
}

/** The browser says of each connection that it could not open; that is no fault of the page. */
async function leave({ phone, softphone }) {
  phone.problems = phone.problems.filter((text) => !/WebSocket connection to/.test(text));
  await leaveNothing(setting, phone, softphone);
}

const isBack = (resumed) => until(30_000, "the page is back", () => resumed.length > 0);

for (const [how, cut] of [
  ["reset", (wire) => wire.reset()],
  ["silent", (wire) => wire.silence()],
]) {
  scene(
    `a connection that is ${how} in a call returns, and the sound never stops`,
    async (t) => {
      const view = await talking();
      const { phone, wire, softphone, resumed } = view;
      const ear = await earOfPage(phone, PHONE_HZ);
      await isSettled(ear);
      const since = Date.now();
      wire.away = true;
      cut(wire);
      await phone.status(LOST, 20_000);
      wire.away = false;
      await isBack(resumed);
      await phone.talking();
      await bothHearAgain(phone, softphone);
      await isSettled(ear, { since: resumed[0] });
      const { gapMs } = await measureGap(ear, since);
      t.diagnostic(`${how}: back after ${resumed[0] - since} ms, the longest gap ${gapMs} ms`);
      assertPromise(t, gapMs, "in the sound, which needs no WebSocket");
      await hangUp(view);
    },
    { timeout: 90_000 },
  );
}

scene("what happened meanwhile is told: the other side has hung up", async () => {
  const view = await talking();
  const { phone, wire, softphone } = view;
  wire.away = true;
  wire.reset();
  await phone.status(LOST);
  await softphone.hangup();
  await softphone.closed();
  wire.away = false;
  assert.match(await phone.ended(), /hung up/i);
  await phone.status(/hung up/i);
  await leave({ phone, softphone });
});

scene(
  "a call hung up while the gateway is away ends at the other side after the return",
  async () => {
    const { phone, wire, softphone } = await talking();
    wire.away = true;
    wire.reset();
    await phone.status(LOST);
    await phone.press("Hangup");
    await phone.ended();
    wire.away = false;
    await softphone.closed();
    await leave({ phone, softphone });
  },
);

scene("a call that rings while the connection is lost is answered after the return", async () => {
  const softphone = await setting.softphone();
  const { phone, wire } = await phoneOnWire();
  await softphone.dial("1001");
  await phone.incoming();
  wire.away = true;
  wire.reset();
  await phone.status(LOST);
  await phone.press("Answer");
  wire.away = false;
  await phone.talking();
  await bothHear(phone, softphone);
  await hangUp({ phone, softphone });
});

scene(
  "an outgoing call whose answer comes while the connection is lost is heard after the return",
  async () => {
    const softphone = await setting.softphone({ answer: "manual" });
    const { phone, wire } = await phoneOnWire();
    await phone.call("1002");
    await softphone.incoming();
    await phone.status(/is being rung/);
    wire.away = true;
    wire.reset();
    await phone.status(LOST);
    await softphone.accept();
    wire.away = false;
    await phone.talking();
    await bothHear(phone, softphone);
    await hangUp({ phone, softphone });
  },
);

scene(
  "a page that is reloaded in a call is back in it by itself, and both hear each other",
  async (t) => {
    const view = await talking();
    const { phone, softphone, resumed } = view;
    const since = Date.now();
    await phone.page.reload();
    const ear = await earOfPage(phone, PHONE_HZ);
    await phone.talking();
    await isSettled(ear);
    const [first] = await ear();
    await bothHearAgain(phone, softphone);
    const heardMs = first.at - resumed[0];
    t.diagnostic(`reload: told after ${resumed[0] - since} ms, heard ${heardMs} ms after that`);
    assertPromise(t, heardMs, "after the page was told");
    assert.deepEqual(phone.problems, []);
    await hangUp(view);
  },
);

scene("a page that is reloaded twice in a row is back as well", async () => {
  const view = await talking();
  const { phone, softphone } = view;
  await phone.page.reload();
  await phone.page.reload();
  await phone.talking();
  await bothHearAgain(phone, softphone);
  await hangUp(view);
});

scene("a page that is reloaded while it rings rings again, and is answered", async () => {
  const softphone = await setting.softphone();
  const { phone } = await phoneOnWire();
  await softphone.dial("1001");
  await phone.incoming();
  await phone.page.reload();
  await phone.incoming();
  await phone.press("Answer");
  await phone.talking();
  await bothHear(phone, softphone);
  await hangUp({ phone, softphone });
});

scene("a page that is reloaded without a call is called", async () => {
  const softphone = await setting.softphone();
  const { phone } = await phoneOnWire();
  await phone.page.reload();
  await phone.status(/You can call/);
  await softphone.dial("1001");
  await phone.incoming();
  await phone.press("Answer");
  await phone.talking();
  await bothHear(phone, softphone);
  await hangUp({ phone, softphone });
});

scene("the page shows how the call sounds, also after a reload", async () => {
  const view = await talking();
  const { phone } = view;
  const word = phone.page.locator("#quality-word").filter({ hasText: /^(good|fair|poor)$/ });
  await word.waitFor();
  await phone.page.reload();
  await phone.talking();
  await word.waitFor();
  await phone.page.locator("#quality summary").click();
  console.log(`# ${(await phone.page.locator("#quality-legs > *").allTextContents()).join(", ")}`);
  await hangUp(view);
});
