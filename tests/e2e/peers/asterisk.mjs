// A real PBX: Asterisk 22 of Debian's suite sid, in the folder that tools/make-asterisk makes once. Everything of a run (its
// configuration, database, logs) is in the test's own folder, which is mounted into that Debian in a namespace of mounts: it
// ends with the process, and nothing stays mounted.
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { passwordOf } from "./kamailio.mjs";
import { openManager } from "./manager.mjs";
import { freePort, freePorts } from "./ports.mjs";
import { register } from "./sip.mjs";
import { until } from "./stage.mjs";
import { writeWav } from "./wav.mjs";

const RTP_PORTS = 100;
/** An account beside those of a test, by which it is seen to be up. */
const READY_USER = "1010";
/** Where the test's folder is inside. */
const INSIDE = "/run-of-test";
/** What is heard by who is held: a chord, so that it is no tone. */
export const MUSIC_HZ = [523, 659, 784];

/** Where tools/make-asterisk puts it unless it is told otherwise. */
function rootOfAsterisk() {
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache");
  return process.env.ZV_ASTERISK ?? path.join(cache, "zvonok/asterisk");
}

/** Why there can be no Asterisk here, as a sentence, or undefined. $ZV_NO_ASTERISK has that of ./do test. */
export function whyNoAsterisk() {
  if (process.env.ZV_NO_ASTERISK) return process.env.ZV_NO_ASTERISK;
  if (process.getuid() !== 0) return "only root can start Asterisk in a folder of its own";
  const isThere = existsSync(path.join(rootOfAsterisk(), "usr/sbin/asterisk"));
  return isThere ? undefined : "there is no Asterisk: tools/make-asterisk makes one";
}

/** `{name: {key: value or values}}` as Asterisk's files have it; a section may come twice: `[[name, {…}], …]`. */
function writeSections(sections) {
  const all = Array.isArray(sections) ? sections : Object.entries(sections);
  const lines = all.flatMap(([name, settings]) => [
    `[${name}]`,
    ...Object.entries(settings).flatMap(([key, value]) =>
      [value].flat().map((one) => `${key} = ${one}`),
    ),
    "",
  ]);
  return `${lines.join("\n")}\n`;
}

/** No more than the dial plans of tests need: some of the others listen on ports of their own. */
const MODULES = [
  "app_blind_transfer app_dial app_echo app_milliwatt app_playtones app_read app_senddtmf app_stack app_transfer app_userevent",
  "bridge_builtin_features bridge_builtin_interval_features bridge_holding bridge_native_rtp bridge_simple bridge_softmix",
  "chan_pjsip codec_alaw codec_gsm codec_resample codec_ulaw format_gsm format_pcm format_sln format_wav pbx_config",
  "res_crypto res_musiconhold res_pjproject res_pjsip res_pjsip_acl res_pjsip_authenticator_digest res_pjsip_caller_id",
  "res_pjsip_dtmf_info res_pjsip_endpoint_identifier_user res_pjsip_logger res_pjsip_nat",
  "res_pjsip_outbound_authenticator_digest res_pjsip_pubsub res_pjsip_refer res_pjsip_registrar res_pjsip_rfc3326",
  "res_pjsip_sdp_rtp res_pjsip_session res_rtp_asterisk res_sorcery_astdb res_sorcery_config res_sorcery_memory res_srtp",
  "res_timing_timerfd",
]
  .join(" ")
  .split(" ");

/** UDP, and where there is a certificate TCP beside it and TLS. */
function writeTransports({ address, ports, certificate }) {
  const one = (protocol, port, more = {}) => [
    protocol,
    { type: "transport", protocol, bind: `${address}:${port}`, ...more },
  ];
  if (!certificate) return [one("udp", ports.sip)];
  const files = {
    method: "tlsv1_2",
    cert_file: `${INSIDE}/etc/server.crt`,
    priv_key_file: `${INSIDE}/etc/server.key`,
  };
  return [one("udp", ports.sip), one("tcp", ports.sip), one("tls", ports.tls, files)];
}

function writeFiles({ address, ports, password, endpoints, dialplan, certificate }) {
  const place = (name) => `${INSIDE}/${name}`;
  return {
    "asterisk.conf": writeSections({
      directories: {
        astetcdir: place("etc"),
        astmoddir: "/usr/lib/x86_64-linux-gnu/asterisk/modules",
        astvarlibdir: place("lib"),
        astdbdir: place("lib"),
        astkeydir: place("lib"),
        astdatadir: "/usr/share/asterisk",
        astagidir: place("lib"),
        astspooldir: place("spool"),
        astrundir: place("run"),
        astlogdir: place("log"),
      },
      options: { verbose: 4, hideconnect: "yes" },
    }),
    "modules.conf": writeSections({
      modules: { autoload: "no", load: MODULES.map((name) => `${name}.so`) },
    }),
    "logger.conf": writeSections({ logfiles: { full: "notice,warning,error,verbose(4),dtmf" } }),
    "rtp.conf": writeSections({
      general: { rtpstart: ports.rtp, rtpend: ports.rtp + RTP_PORTS - 1, strictrtp: "yes" },
    }),
    "manager.conf": writeSections({
      general: { enabled: "yes", bindaddr: address, port: ports.manager, webenabled: "no" },
      test: { secret: password, read: "all", write: "all" },
    }),
    "musiconhold.conf": writeSections({
      default: { mode: "files", directory: place("music") },
    }),
    "pjsip.conf": writeSections([
      ["global", { type: "global", debug: "yes" }], // what it says and hears, in its log
      ...writeTransports({ address, ports, certificate }),
      ...endpoints.flatMap(([user, settings]) => writeEndpoint(address, user, settings)),
    ]),
    "extensions.conf": dialplan,
    "indications.conf": writeSections({
      general: { country: "us" },
      us: { ringcadence: "2000,4000" },
    }),
    "features.conf": writeSections({ general: {}, featuremap: { blindxfer: "##" } }),
    ...Object.fromEntries(
      ["acl", "ccss", "cdr", "cel", "http", "pjproject", "stasis", "udptl"].map((name) => [
        `${name}.conf`,
        "",
      ]),
    ),
  };
}

function writeEndpoint(address, user, settings) {
  const auth = { type: "auth", auth_type: "userpass", username: user, password: passwordOf(user) };
  const aor = { type: "aor", max_contacts: 1, remove_existing: "yes", qualify_frequency: 2 };
  const endpoint = {
    type: "endpoint",
    context: "test",
    disallow: "all",
    allow: "ulaw,alaw",
    direct_media: "no",
    auth: user,
    aors: user,
    media_address: address, // else it asks the DNS for a name of its own
    bind_rtp_to_media_address: "yes",
    callerid: `"Phone ${user}" <${user}>`,
    ...settings,
  };
  return [endpoint, auth, aor].map((section) => [user, section]);
}

async function writeMusic(dir) {
  const samples = Float32Array.from({ length: 8_000 * 10 }, (_, i) =>
    MUSIC_HZ.reduce((sum, hz) => sum + 0.2 * Math.sin((2 * Math.PI * hz * i) / 8_000), 0),
  );
  await writeWav(path.join(dir, "chord.wav"), 8_000, samples);
}

/** Its mounts are those of a namespace of its own. */
const START = `
mount --bind "$2" "$1${INSIDE}" && mount --bind /proc "$1/proc" && mount --bind /dev "$1/dev" || exit 1
exec chroot "$1" /usr/sbin/asterisk -f -C ${INSIDE}/etc/asterisk.conf
`;

/** A REGISTER with a password is answered 200, and so is the one that ends it. */
async function checkReady({ address, port, user, password }) {
  const account = { address, port, domain: address, user, password };
  await until(10_000, "a REGISTER at asterisk is answered 200", async () => {
    return (await register({ ...account, expires: 60, timeoutMs: 500 })).status === 200;
  });
  await register({ ...account, expires: 0 });
}

/**
 * options: accounts (`{user: {setting of pjsip.conf: value}}`), dialplan (extensions.conf; the accounts are in the context
 * `test`), address, own (`(ports, place) => ({file: text})`, which take the place of the files of those names; `place` is where they are
 * for Asterisk), ready (an account by which it is seen to be up: `{user, password}`), certificate (of makeCertificate: TCP beside UDP,
 * and TLS on `tlsPort`).
 */
export async function startAsterisk(stage, options) {
  const { accounts = {}, dialplan = "", address = "127.0.0.1", certificate, own } = options;
  const ready = options.ready ?? { user: READY_USER, password: passwordOf(READY_USER) };
  const root = rootOfAsterisk();
  const dir = await stage.folder("asterisk");
  const ports = {
    sip: await freePort(),
    tls: await freePort(),
    manager: await freePort(),
    rtp: await freePorts(RTP_PORTS),
  };
  for (const name of ["etc", "lib", "lib/keys", "log", "music", "run", "spool"]) {
    await mkdir(path.join(dir, name));
  }
  await writeMusic(path.join(dir, "music"));
  const password = passwordOf("manager");
  const endpoints = Object.entries({ [READY_USER]: {}, ...accounts });
  const files = {
    ...writeFiles({ address, ports, password, endpoints, dialplan, certificate }),
    ...own?.(ports, `${INSIDE}/etc`),
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(path.join(dir, "etc", name), text);
  }
  if (certificate) {
    await copyFile(certificate.certificate, path.join(dir, "etc/server.crt"));
    await copyFile(certificate.privateKey, path.join(dir, "etc/server.key"));
  }
  const args = ["--mount", "--propagation", "private", "sh", "-c", START, "sh", root, dir];
  const child = stage.spawn("asterisk", "unshare", args, { stopMs: 10_000 });
  const manager = await openManager(stage, { address, port: ports.manager, password });
  await checkReady({ address, port: ports.sip, ...ready });
  const { AsteriskVersion: version } = await manager.ask("CoreSettings");

  return {
    version,
    address,
    port: ports.sip,
    tlsPort: ports.tls,
    rtpPorts: [ports.rtp, ports.rtp + RTP_PORTS - 1],
    dir,
    process: child,
    manager,
    log: () => readFile(path.join(dir, "log/full"), "utf8"),
    /** The contacts that are registered now: `{user, uri, status}`; status: Reachable once an OPTIONS was answered. */
    contacts: async () => {
      const list = await manager
        .list("PJSIPShowContacts", "ContactListComplete")
        .catch((error) => (/No Contacts found/.test(error.message) ? [] : Promise.reject(error)));
      return list.map(({ Endpoint, Uri, Status }) => ({
        user: Endpoint,
        uri: Uri,
        status: Status,
      }));
    },
    /** The channels that there are now. */
    channels: () => manager.list("CoreShowChannels", "CoreShowChannelsComplete"),
  };
}
