// A client that loses its connection at each point of a call, by a reset, by silence, or since its page is reloaded, and
// returns: no call is lost, and there is sound within a second after the message that says that it is back.
import assert from "node:assert/strict";
import { after } from "node:test";
import { PAGE_HZ, PHONE_HZ, useSetting } from "../call/setting.mjs";
import { assertPromise } from "./gap.mjs";

const LOSSES = ["reset", "silence", "reload"];
const OUTGOING = [
  "registered",
  "called",
  "trying",
  "ringing",
  "described",
  "answered",
  "ice",
  "dtls",
  "heard",
  "talking",
];
const INCOMING = ["registered", "ringing", "accepted", "talking"];
/** From here on the far end sends, so that the return is what sound waits for. */
const UP = new Set(["described", "answered", "ice", "dtls", "heard", "talking"]);
const TALK_S = 3;

const { setting, scene } = useSetting("resume", {
  tools: ["webclient"],
  chromium: false,
  config: { session: { resume_window: "5s" } },
});

const waits = [];
const aside = { diagnostic: (text) => console.log(`# ${text}`) };
after(() => {
  const sorted = waits.map(({ ms }) => ms).sort((a, b) => a - b);
  if (!sorted.length) return;
  const median = sorted[Math.floor(sorted.length / 2)];
  const worst = waits.reduce((a, b) => (a.ms > b.ms ? a : b));
  console.log(
    `# sound after a return: median ${median.toFixed(0)} ms, at most ${worst.ms.toFixed(0)} ms (${worst.name}), ${sorted.length} calls`,
  );
});

const happened = (name) => (line) => line.event === name;
const received = (name) => (line) => line.event === "received" && line.message === name;

/** The call was as long as it should be, was heard, and ended in due form. */
async function judge(client, name, point) {
  const sound = await client.line("sound after its return", happened("sound"), 30_000);
  const result = await client.result(30_000);
  assert.ok(result.ok && result.code === 0, `${name}: ${JSON.stringify(result)}`);
  assert.equal(result.endedBy, "local", name);
  assert.equal(client.lines().filter(happened("cut")).length, 1, name);
  if (!UP.has(point)) return;
  waits.push({ name, ms: sound.afterMs });
  assertPromise(aside, sound.afterMs, `in the sound, ${name}`);
}

const start = (user, cutAt, cutBy, more) =>
  setting.webclient(user, {
    tone: PAGE_HZ,
    hear: PHONE_HZ,
    seconds: TALK_S,
    codec: "PCMU",
    cutAt,
    cutBy,
    ...more,
  });

/** All losses side by side, each with a caller and a softphone of its own. `more`: options of the softphone. */
const eachLoss = (action, more = {}) =>
  Promise.all(
    LOSSES.map(async (loss, i) => {
      const [user, peer] = [`100${2 * i + 3}`, `100${2 * i + 4}`];
      const softphone = await setting.softphone({ user: peer, codecs: ["PCMU"], ...more });
      await action(loss, user, peer, softphone);
      await softphone.stop();
    }),
  );

scene(
  "a connection is lost at each point of an outgoing call",
  () =>
    eachLoss(
      async (loss, user, peer, softphone) => {
        for (const point of OUTGOING) {
          const client = start(user, point, loss, { call: peer });
          // One that answers by itself says 180 and 200 at once, and the second may overtake the first.
          await softphone.incoming();
          await softphone.accept();
          await judge(client, `${loss} of a caller, ${point}`, point);
        }
      },
      { answer: "manual" },
    ),
  { timeout: 180_000 },
);

scene(
  "a connection is lost at each point of an incoming call",
  () =>
    eachLoss(async (loss, user, peer, softphone) => {
      for (const point of INCOMING) {
        const client = start(user, point, loss, { waitCall: true });
        const isThere = point === "registered" ? happened("resumed") : received("registered");
        await client.line("that it can be called", isThere);
        await softphone.dial(user);
        await judge(client, `${loss} of who is called, ${point}`, point);
      }
    }),
  { timeout: 120_000 },
);

scene(
  "a call whose client does not return ends with the window, and its token with it",
  async () => {
    const softphone = await setting.softphone({ codecs: ["PCMU"] });
    const client = start("1001", "talking", "reset", { call: "1002", away: 8, seconds: 60 });
    await client.line("that it is gone", happened("cut"));
    await softphone.closed(10_000);
    const result = await client.result();
    assert.equal(result.cause, "resume_unknown_token", JSON.stringify(result));
    await softphone.stop();
    await setting.gateway.isIdle();
    const metrics = await setting.gateway.metrics();
    assert.equal(metrics['zvonok_calls_ended_total{direction="outgoing",cause="client_gone"}'], 1);
    assert.equal(metrics.zvonok_tokens_refused_total, 1);
    assert.equal(metrics.zvonok_sessions_away, 0);
  },
);

scene("an operator sees who is away", async () => {
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const client = start("1001", "talking", "reset", { call: "1002", away: 2, seconds: 5 });
  await client.line("that it is gone", happened("cut"));
  const { stdout: sessions } = await setting.gateway.ctl("sessions");
  assert.match(sessions, /1001@\S+ +registered .*away \d/);
  const { stdout: calls } = await setting.gateway.ctl("calls");
  assert.match(calls, /ACTIVE, client away \d/);
  await judge(client, "seen by an operator", "talking");
  await softphone.stop();
});
