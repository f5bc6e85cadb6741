// Ten calls at once through Kamailio, each end with a tone of its own: every ear hears the other end of its own call and
// nothing of any other call. The clients are one process, the SIP side is another.
import assert from "node:assert/strict";
import { passwordOf, register, registerScenario, startSipp } from "../peers/index.mjs";
import { DOMAIN, useSetting } from "../call/setting.mjs";
import { allowing, startCrowd, startFarm } from "../load.mjs";

const CALLS = 10;
const SECONDS = 5;
/** Whose contact is the farm; callers are all ten accounts, this one too. */
const CALLEE = "1006";

const { setting, scene } = useSetting("ten-calls", {
  tools: ["webload", "sipfarm"],
  chromium: false,
  config: allowing(CALLS),
});

/** The farm becomes the phone of CALLEE. */
async function registerFarm(farm) {
  const { stage, kamailio } = setting;
  const account = { user: CALLEE, password: passwordOf(CALLEE), domain: DOMAIN };
  await register({ ...kamailio, ...account, expires: 0 });
  const registrar = await startSipp(stage, {
    name: "registrar",
    scenario: registerScenario({ ...account, contact: farm.address }),
    target: kamailio,
  });
  await registrar.finished();
}

/** A megabit a second of video is 120 packets; on a machine with other work to do it may be half. */
const FEWEST_PACKETS = 60;

for (const codec of ["PCMU", "PCMA"]) {
  const video = codec === "PCMA";
  scene(
    `ten calls in ${codec}${video ? " with video" : ""} at once: every ear hears its tone, and no other call's`,
    async () => {
      const { stage, gateway, kamailio } = setting;
      const farm = await startFarm(stage, { mode: "tones", codec, video });
      await registerFarm(farm);
      const crowd = startCrowd(stage, {
        url: gateway.ws,
        domain: DOMAIN,
        port: kamailio.port,
        passwordPrefix: passwordOf(""),
        call: CALLEE,
        calls: CALLS,
        seconds: SECONDS,
        rate: 10,
        mode: "tones",
        codec,
        video,
        patience: 30,
      });
      const clients = await crowd.result(60_000);
      const heard = await farm.result();
      const story = () =>
        JSON.stringify({ clients, wrongs: crowd.wrongs(), heard, farm: farm.lines() });
      assert.ok(clients.ok && clients.code === 0, story());
      assert.ok(heard.ok && heard.code === 0, story());
      for (const { tones } of [clients, heard]) {
        assert.equal(tones.ears, CALLS, story());
        assert.equal(tones.wrong, 0, story());
        assert.ok(tones.right >= CALLS * SECONDS, story());
      }
      for (const { packets } of video ? [clients.video, heard.video] : []) {
        assert.ok(packets.tx >= FEWEST_PACKETS * CALLS * SECONDS, story());
        assert.ok(packets.lost <= packets.tx / 100, story());
        assert.equal(packets.foreign, 0, story());
      }
      await gateway.isIdle(20_000);
    },
  );
}
