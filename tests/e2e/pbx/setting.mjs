// What the tests with a real PBX stand on: Asterisk with accounts and a dial plan, the gateway, and clients that a scene steers.
import assert from "node:assert/strict";
import {
  MUSIC_HZ,
  goertzel,
  startAsterisk,
  startBaresip,
  until,
  whyNoAsterisk,
} from "../peers/index.mjs";
import { PAGE_HZ, PHONE_HZ, useSetting } from "../call/setting.mjs";
import { isMusic, steer } from "./steered.mjs";

/** What Asterisk's Milliwatt() plays, and the tones of Playtones() below. */
export const MILLIWATT_HZ = 1004;
export const EARLY_HZ = 800;

/**
 * Who can be called at Asterisk: the accounts 1001 to 1009 by their numbers, and what plays, reads, refuses or leaves by itself.
 */
export const DIALPLAN = `
[test]
exten => _100X,1,Dial(PJSIP/\${EXTEN},20)
 same => n,Hangup()
; with what its features need: media stays with Asterisk, and the caller transfers by ##
exten => _8100X,1,Dial(PJSIP/\${EXTEN:1},20,T)
exten => milliwatt,1,Answer()
 same => n,Milliwatt()
exten => early,1,Progress()
 same => n,Playtones(${EARLY_HZ})
 same => n,Wait(4)
 same => n,StopPlaytones()
 same => n,Answer()
 same => n,Milliwatt()
exten => announced,1,Progress()
 same => n,Playtones(${EARLY_HZ})
 same => n,Wait(3)
 same => n,Hangup(17)
exten => busy,1,Busy(1)
exten => congestion,1,Congestion(1)
exten => goodbye,1,Answer()
 same => n,Playtones(${EARLY_HZ})
 same => n,Wait(3)
 same => n,Hangup()
exten => read,1,Answer()
 same => n,Read(KEYS,,4,,1,15)
 same => n,UserEvent(Keys,Digits: \${KEYS})
 same => n,Milliwatt()
exten => keys,1,Answer()
 same => n,Wait(1)
 same => n,SendDTMF(15*#,300,200)
 same => n,Milliwatt()
exten => refer,1,Answer()
 same => n,Wait(1)
 same => n,Transfer(PJSIP/sip:1009@127.0.0.1)
 same => n,UserEvent(Transfer,Result: \${TRANSFERSTATUS})
 same => n,Milliwatt()
`;

/** The share of a tone in the last second of a softphone's recording becomes as it is wanted. */
function softphoneHears(softphone, hz, what, wanted) {
  return until(15_000, `${softphone.user} hears ${what}`, async () => {
    const { rate, samples } = await softphone.heard();
    return wanted(goertzel(samples.subarray(-rate), rate, hz));
  });
}

/** Accounts whose media pass through Asterisk, and three whose media it lets go directly. */
export const INDIRECT_AND_DIRECT = {
  1001: {},
  1002: {},
  1003: {},
  1004: { direct_media: "yes" },
  1005: { direct_media: "yes" },
  1006: { direct_media: "yes" },
};

/**
 * As `useSetting`, with Asterisk: `accounts` are its settings of pjsip.conf. On the setting: asterisk, client(user, options), a
 * steered C client that is registered there, peer(options), a softphone that is. `trustsOwn`: Asterisk has TCP and TLS as well, with
 * the gateway's certificate.
 */
export function usePbx(name, { accounts, ...options }) {
  const { setting, scene } = useSetting(name, {
    tools: ["webclient"],
    chromium: false,
    skip: whyNoAsterisk(),
    ...options,
    config: { timers: { client_gone: "2s" }, ...options.config }, // what a failed scene leaves goes soon
    prepare: async (all) => {
      const { certificate } = options.trustsOwn ? all.gateway : {};
      all.asterisk = await startAsterisk(all.stage, { accounts, dialplan: DIALPLAN, certificate });
    },
  });

  /** Registered at Asterisk; `told("registered")` is left to the scene that needs it. */
  setting.steered = (user, more = {}) => {
    const { asterisk, gateway, stage } = setting;
    const account = setting.account(user, { domain: asterisk.address, port: asterisk.port });
    const client = steer(stage, { url: gateway.ws, ...account, ...more });
    setting.opened.push(() => client.process.stop());
    return client;
  };
  /** One that waits for a call. */
  setting.waiting = async (user, more = {}) => {
    const client = setting.steered(user, { waitCall: true, ...more });
    await client.told("registered");
    return client;
  };
  setting.peer = async (more = {}) => {
    const { asterisk } = setting;
    const peer = await startBaresip(setting.stage, {
      user: "1002",
      registrar: { address: asterisk.address, port: asterisk.port, domain: asterisk.address },
      source: { sine: PHONE_HZ },
      codecs: ["PCMU"],
      ...more,
    });
    setting.opened.push(() => peer.stop());
    peer.hearsMusic = () => softphoneHears(peer, MUSIC_HZ[1], "music", isMusic);
    peer.hearsNow = (hz) => softphoneHears(peer, hz, `${hz} Hz`, (purity) => purity >= 0.8);
    return peer;
  };
  /** The SIP legs of the gateway's calls, each once it has packets both ways: `{remote, srtp, …}`. */
  setting.sipLegs = (count = 1) =>
    until(10_000, `${count} SIP legs with packets both ways`, async () => {
      const { calls } = await setting.gateway.ctlJson("calls");
      const all = await Promise.all(
        calls.map(({ name: id }) => setting.gateway.ctlJson("call", id)),
      );
      const legs = all
        .map(({ call }) => call?.legs?.sip)
        .filter((leg) => leg?.rxPackets > 10 && leg.txPackets > 10);
      return legs.length === count && legs;
    });
  /** A client calls the softphone, both are heard, and it holds and takes back: `{client, softphone, leg}`, still in the call. */
  setting.talkAndHold = async (user, more = {}) => {
    const softphone = await setting.peer();
    const client = setting.steered(user, { call: "1002", tone: PAGE_HZ, ...more });
    await client.told("talk", "ESTABLISHED");
    await Promise.all([client.hears(PHONE_HZ), softphone.hears(PAGE_HZ)]);
    const [leg] = await setting.sipLegs();
    client.order("hold");
    await client.told("hold", "HOLD");
    await softphone.hearsMusic();
    client.order("unhold");
    await client.told("talk", "ESTABLISHED");
    await client.hears(PHONE_HZ);
    return { client, softphone, leg };
  };
  /** Whether a leg's media comes from Asterisk itself. */
  setting.isAtAsterisk = ({ remote }) => {
    const [from, to] = setting.asterisk.rtpPorts;
    const port = Number(remote.split(":").at(-1));
    return port >= from && port <= to;
  };
  /** Asterisk's channels are gone, no registered client was unreachable for its OPTIONS, and the gateway holds nothing. */
  setting.leaveNothing = async () => {
    const { asterisk, gateway } = setting;
    await until(10_000, "asterisk has no channel", async () => !(await asterisk.channels()).length);
    const log = await asterisk.log();
    const unreachable = log.match(/Contact \S+ is now Unreachable.*/g) ?? [];
    assert.deepEqual(unreachable, []);
    await Promise.all(setting.opened.splice(0).map((end) => end()));
    await gateway.isIdle();
  };
  return { setting, scene };
}
