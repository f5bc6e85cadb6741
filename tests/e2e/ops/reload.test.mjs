// The configuration is read again while calls live: `zvonokctl reload` and SIGHUP, good files, bad ones, half-written ones.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import tls from "node:tls";
import { findZvonokd, freePort, makeCertificate, until, within } from "../peers/index.mjs";
import { DOMAIN, PAGE_HZ, PHONE_HZ, useSetting } from "../call/setting.mjs";

const sipTls = await freePort();
const { setting, scene } = useSetting("reload", {
  chromium: false,
  atRest: false,
  trustsOwn: true,
  config: { sip: { tls_listen: `127.0.0.1:${sipTls}` } },
  tools: ["webclient"],
});

/** The file that is in force, with `changes` laid over its sections; JSON is YAML. */
async function write(changes = {}, end = "...\n") {
  const { config, file } = setting.gateway;
  const sections = Object.entries(changes).map(([name, keys]) => [
    name,
    { ...config[name], ...keys },
  ]);
  const text = `${JSON.stringify({ ...config, ...Object.fromEntries(sections) }, null, 1)}\n${end}`;
  await writeFile(file, text);
  return text;
}

async function reload(changes) {
  await write(changes);
  const answer = await setting.gateway.ctlJson("reload");
  assert.equal(answer.code, 0, JSON.stringify(answer));
  return answer;
}

/** A call that talks, over wss; `more` of the web client. */
async function talk(more = {}) {
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const client = setting.webclient("1001", {
    url: setting.gateway.wss,
    call: "1002",
    codec: "PCMU",
    tone: PAGE_HZ,
    hear: PHONE_HZ,
    seconds: 0,
    timeout: 120,
    ...more,
  });
  await softphone.established();
  await softphone.hears(PAGE_HZ);
  return { softphone, client };
}

async function hangUp({ softphone, client }) {
  await softphone.hangup();
  const { code, ...result } = await client.result();
  assert.equal(code, 0, JSON.stringify(result));
  await softphone.stop();
  return result;
}

/** What may not change by a reload. */
async function living() {
  const { gateway } = setting;
  const { calls } = await gateway.ctlJson("calls");
  const { sessions } = await gateway.ctlJson("sessions");
  const { sessions_created, sessions_destroyed, calls_created, calls_destroyed } =
    await gateway.counts();
  return {
    calls: calls.map(({ name, state, heard }) => ({ name, state, heard })),
    sessions: sessions.map(({ name, registration, clientConnected }) => ({
      name,
      registration,
      clientConnected,
    })),
    counts: { sessions_created, sessions_destroyed, calls_created, calls_destroyed },
  };
}

/** The SHA-256 of the certificate that a new handshake is shown. */
function shown(port) {
  return within(
    5_000,
    "a handshake",
    new Promise((resolve, reject) => {
      const socket = tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      });
      socket.once("error", reject);
    }),
  );
}

const fingerprint = async (file) => new X509Certificate(await readFile(file)).fingerprint256;

scene(
  "a hundred reloads leave a call, its client and its registration alone",
  async () => {
    const { gateway } = setting;
    const call = await talk();
    await reload();
    const before = { ...(await living()), fds: await gateway.fds() };
    const told = gateway.process.told;
    for (let i = 0; i < 50; i++) {
      const level = i % 2 ? "debug" : "info";
      const { changed } = await reload({
        log: { level },
        sip: { allow: [DOMAIN, "srv.test", `10.0.${i}.0/24`, "127.0.0.0/8"] },
        trunks: { [`t${i}.example`]: { strict: true, ca: gateway.certificate.ca } },
      });
      assert.ok(changed.includes("trunks") && changed.includes("sip.allow"), `${changed}`);
    }
    for (let i = 0; i < 50; i++) {
      const seen = gateway.process.told;
      await write({ trunks: { [`u${i}.example`]: { srtp: "optional" } } });
      gateway.process.kill("SIGHUP");
      await until(5_000, "the reload is logged", () => {
        return /the configuration was read anew[\s\S]*changed: .*trunks/.test(
          gateway.process.since(seen),
        );
      });
    }
    await call.softphone.hears(PAGE_HZ);
    await reload();
    assert.deepEqual({ ...(await living()), fds: await gateway.fds() }, before);
    assert.doesNotMatch(gateway.process.since(told), / error | was lost/);
    const { heard } = await hangUp(call);
    assert.ok(heard, "the client hears the softphone");
    await gateway.isIdle();
  },
  { timeout: 120_000 },
);

scene("new handshakes are shown a new certificate, a call over the old one goes on", async () => {
  const { gateway } = setting;
  const { ports } = gateway;
  const folder = await setting.stage.folder("swapped");
  const [crt, key] = ["server.crt", "server.key"].map((name) => path.join(folder, name));
  const other = await makeCertificate(await setting.stage.folder("other"), findZvonokd());
  await copyFile(gateway.certificate.certificate, crt);
  await copyFile(gateway.certificate.privateKey, key);
  const files = { http: { certificate: crt, private_key: key } };
  assert.deepEqual((await reload(files)).changed, ["http.certificate", "http.private_key"]);
  const old = await fingerprint(crt);
  const call = await talk();
  const before = await living();
  assert.deepEqual([await shown(ports.wss), await shown(ports.https)], [old, old]);

  await copyFile(other.certificate, crt); // its key is still the old one's
  const half = await gateway.ctl("reload");
  assert.equal(half.code, 1);
  assert.match(half.stderr, /http\.certificate: .*server\.key: is not the key of the certificate/);
  assert.match(gateway.log(), /nothing was read anew, the old values hold: http\.certificate: /);
  assert.equal(await shown(ports.wss), old);

  await copyFile(other.privateKey, key);
  await reload(files);
  const fresh = await fingerprint(other.certificate);
  assert.notEqual(fresh, old);
  assert.deepEqual([await shown(ports.wss), await shown(ports.https)], [fresh, fresh]);

  await writeFile(crt, (await readFile(crt)).subarray(0, 300));
  assert.equal((await gateway.ctl("reload")).code, 1);
  assert.deepEqual([await shown(ports.wss), await shown(ports.https)], [fresh, fresh]);

  await call.softphone.hears(PAGE_HZ);
  assert.deepEqual(await living(), before);
  await hangUp(call);
  await reload();
  assert.equal(await shown(ports.wss), old);
  await gateway.isIdle();
});

scene(
  "a SIP listener by TLS that is taken away keeps its certificate until the restart",
  async () => {
    const old = await fingerprint(setting.gateway.certificate.certificate);
    const without = {
      tls_listen: undefined,
      tls_certificate: undefined,
      tls_private_key: undefined,
    };
    for (const sip of [{}, without, without, {}]) {
      const { changed, needsRestart } = await reload({ sip });
      assert.deepEqual(changed, []);
      assert.deepEqual(
        needsRestart,
        Object.keys(sip).map((name) => `sip.${name}`),
      );
      assert.equal(await shown(sipTls), old);
    }
  },
);

scene("a change of trunks holds for the next call, not for the one that lives", async () => {
  const { gateway } = setting;
  const call = await talk();
  const { changed } = await reload({ trunks: { [DOMAIN]: { srtp: "required" } } });
  assert.deepEqual(changed, ["trunks"]);
  await call.softphone.hears(PAGE_HZ);
  const next = setting.webclient("1003", { call: "1002", codec: "PCMU", seconds: 1 });
  const refused = await next.result();
  assert.equal(refused.cause, "no_common_codec", JSON.stringify(refused)); // the phone has no SRTP
  await reload();
  await hangUp(call);
  await hangUp(await talk());
  await gateway.isIdle();
});

scene("a bad file is refused with its place, in the answer and in the log", async () => {
  const { gateway } = setting;
  await reload({ trunks: { "a.example": { strict: true } } });
  const whole = await readFile(gateway.file, "utf8");
  const at = (place, what) => new RegExp(`zvonok\\.yaml:${place}: ${what}`);
  const cases = [
    [whole.replace("{", "{]"), at("1:\\d+", "not YAML: ")],
    [whole.replace('"strict"', '"strikt"'), at("\\d+:4", "a trunk has no key strikt")],
    [whole.replace('"workers": 1', '"workers": "many"'), at("\\d+:\\d+", "media.workers wants")],
    [whole.replace('"level": "debug"', '"level": "loud"'), /log\.level: loud: must be/],
    ["", /sip\.allow: say where/],
  ];
  for (const [text, expected] of cases) {
    assert.notEqual(text, whole);
    await writeFile(gateway.file, text);
    const { code, stdout, stderr } = await gateway.ctl("reload");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, expected);
    const told = gateway.process.told;
    gateway.process.kill("SIGHUP");
    await until(5_000, "the log has it", () => expected.test(gateway.process.since(told)));
    const json = await gateway.ctlJson("reload");
    assert.deepEqual([json.ok, json.error], [false, "bad_configuration"]);
  }
  assert.deepEqual((await reload({ trunks: { "a.example": { strict: true } } })).changed, []);
});

scene("a file that is cut anywhere is refused, and nothing of it taken", async () => {
  const { gateway } = setting;
  await reload();
  const whole = await write({ trunks: { "b.example": { strict: true } }, log: { level: "info" } });
  for (let cut = 0; cut < whole.length; cut += Math.ceil(whole.length / 40)) {
    await writeFile(gateway.file, whole.slice(0, cut));
    assert.equal((await gateway.ctl("reload")).code, 1, whole.slice(0, cut));
  }
  await writeFile(gateway.file, whole.slice(0, -"...\n".length)); // all of it, but for its end mark
  assert.match((await gateway.ctl("reload")).stderr, /the line \.\.\. at its end is missing/);
  assert.deepEqual((await reload()).changed, []);
});

scene("a key that needs a restart says so, and keeps its value", async () => {
  const { gateway } = setting;
  await write({ limits: { calls: 7 }, timers: { ice: "9s" }, log: { level: "info" } });
  const { code, stdout } = await gateway.ctl("reload");
  assert.equal(code, 0);
  assert.equal(
    stdout,
    "The configuration and its certificates were read anew.\nChanged: log.level.\n" +
      "Changed in the file, and needs a restart: timers.ice, limits.calls.\n",
  );
  assert.match(
    gateway.log(),
    /warn main changed in the file, and needs a restart: timers\.ice, limits\.calls\n/,
  );
  const status = await gateway.ctlJson("status");
  assert.equal(status.calls.limit, 1000);
  await reload();
});
