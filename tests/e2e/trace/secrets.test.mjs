// No secret in anything that the gateway writes, at debug level, as text and as JSON: calls both ways through taps that
// learn the secrets on their way, and clients that err with a secret in hand.
import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { findSecrets } from "../secrets.mjs";
import { passwordOf, tapSip, tapWebSocket, until } from "../peers/index.mjs";
import { useSetting } from "../call/setting.mjs";

/** What may hold secrets: files of the SIP server, the softphone and the clients, the gateway's certificate. */
const THEIRS = [/\/(kamailio|baresip|webclient)[^/]*(\/|$)/, /\/certificate(\/|$)/];

/** What the gateway shares with a TURN server; its file is not among those that are searched. */
const TURN_SECRET = randomBytes(16).toString("hex");
const TURN_URLS = ["turn:turn.example.org:3478?transport=udp"];
const turnFolder = mkdtempSync(path.join(tmpdir(), "zvonok-turn-"));
const turnFile = path.join(turnFolder, "secret");
writeFileSync(turnFile, `${TURN_SECRET}\n`, { mode: 0o600 });
after(() => rm(turnFolder, { recursive: true }));

const md5 = (text) => createHash("md5").update(text).digest("hex");
const all = (texts, pattern) => [
  ...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1]))),
];

/** Everything that must not be written, from what the taps saw. */
async function secretsOf(setting, taps, mistakes) {
  const { seen: sip } = taps.sip;
  const { seen: web } = taps.web;
  const texts = web.map((text) => JSON.stringify(JSON.parse(text))); // "\r\n" of an SDP stays \r\n
  const sdes = all(sip, /\binline:([\w+/]+=*)/g);
  assert.ok(sdes.length >= 5, `our lines of an offer and theirs of its answer: ${sdes.length}`);
  const key = await readFile(setting.gateway.certificate.privateKey, "utf8");
  return {
    "the SIP password": passwordOf("1001"),
    "the digest's HA1": all(sip, /realm="([^"]+)"/g).map((realm) =>
      md5(`1001:${realm}:${passwordOf("1001")}`),
    ),
    "a digest response": all(sip, /\bresponse="([0-9a-f]+)"/g),
    "a token": all(texts, /"authToken":"([^"]+)"/g),
    "an SRTP key": sdes,
    "an SRTP key's bytes": sdes.map((text) => Buffer.from(text, "base64")),
    "an ICE password": all(texts, /a=ice-pwd:([^\\"]+)/g),
    "a secret that was sent by mistake": mistakes,
    "the private key": key.split("\n").filter((line) => line.length > 32 && !line.includes("---")),
  };
}

function start(setting, taps, more) {
  const { port } = taps.sip;
  return setting.webclient("1001", { url: taps.web.url, port, seconds: 1, ...more });
}

/** Captures the call that is up, until it ends. */
async function captureLive({ stage, gateway }, name) {
  const [call] = await until(10_000, "a call", async () => {
    const { calls } = await gateway.ctlJson("calls");
    return calls.length > 0 && calls;
  });
  const file = path.join(await stage.folder("written"), `${name}.pcapng`);
  return gateway.ctlJson("pcap", call.name, "on", file);
}

async function callOut(setting, taps, softphone) {
  const client = start(setting, taps, { call: "1002" });
  const captured = captureLive(setting, "out");
  const result = await client.result();
  assert.ok(result.ok, JSON.stringify(result));
  assert.equal((await captured).reason, "the call ended");
  await softphone.closed();
}

async function callIn(setting, taps, softphone) {
  const client = start(setting, taps, { waitCall: true });
  await client.line("registered", (line) => line.message === "registered");
  await softphone.dial("1001");
  const captured = captureLive(setting, "in");
  const result = await client.result();
  assert.ok(result.ok, JSON.stringify(result));
  assert.equal((await captured).reason, "the call ended");
  await softphone.closed();
}

/** What an operator can ask for, into files that are searched with the rest. */
async function askEverything({ stage, gateway }) {
  const dir = await stage.folder("written");
  const traces = [...gateway.log().matchAll(/\bc-\d+\.\d+\.\d+\b/g)].map(([name]) => name);
  const names = [...new Set(traces)];
  assert.ok(names.length >= 2, names.join(" "));
  const asked = [["status"], ["sessions"], ["calls"], ["doctor"]];
  for (const name of names)
    asked.push(["call", name], ["trace", name], ["trace", "--mermaid", name]);
  for (const words of asked)
    for (const form of [[], ["--json"]]) {
      if (form.length && words.includes("--mermaid")) continue;
      const { stdout } = await gateway.ctl(...form, ...words);
      assert.notEqual(stdout, "", words.join(" "));
      await writeFile(path.join(dir, [...form, ...words].join("_")), stdout);
    }
  const metrics = await fetch(`${gateway.admin}/metrics`);
  await writeFile(path.join(dir, "metrics"), await metrics.text());
}

/** A client that asks gets a login for the TURN server that is right and short-lived; one that does not gets none. */
async function askForTurn(setting) {
  const userData = async (more) => {
    const client = await setting.client();
    client.say("connection", setting.wireAccount("1001", { sipRegisterRequired: false, ...more }));
    const { data } = await client.next("getUserData");
    client.close();
    return data[0];
  };
  assert.equal((await userData({})).iceServers, undefined);
  assert.equal((await userData({ features: ["report"] })).iceServers, undefined);
  const before = Math.floor(Date.now() / 1000);
  const { sessionId, features, iceServers } = await userData({ features: ["iceServers"] });
  assert.deepEqual(features, ["iceServers"]);
  const [{ urls, username, credential }] = iceServers;
  assert.deepEqual(urls, TURN_URLS);
  const [expiry, name] = username.split(":");
  assert.equal(name, sessionId);
  assert.ok(expiry >= before + 3600 && expiry <= Date.now() / 1000 + 3600, username);
  const mac = createHmac("sha1", TURN_SECRET).update(username).digest("base64");
  assert.equal(credential, mac);
  return credential;
}

/** Messages that are refused although, or because, a secret stands in them. Returns the secrets. */
async function err(setting) {
  const secret = () => `mistake${randomBytes(8).toString("hex")}`;
  const account = (password, more) =>
    setting.wireAccount("1001", { sipPassword: password, ...more });
  const long = secret().repeat(12);
  const [broken, alone, login, wrong] = [secret(), secret(), secret(), secret()];
  const say = async (text) => {
    const client = await setting.client();
    client.socket.send(text);
    await client.next("fail", 10_000);
  };
  const connection = (argument) => JSON.stringify({ message: "connection", data: [argument] });
  await say(connection(account(long)));
  await say(connection(account(login, { sipLogin: "10 01" })));
  await say(connection(account(wrong)));
  await say(connection(account([alone])));
  const client = await setting.client();
  client.socket.send(connection(account(broken)).slice(0, -6));
  await client.closed(15_000);
  return [long, broken, alone, login, wrong];
}

for (const format of ["text", "json"]) {
  describe(`log.format ${format}`, () => {
    const { setting, scene } = useSetting(`secrets-${format}`, {
      tools: ["webclient"],
      chromium: false,
      atRest: false,
      config: {
        log: { level: "debug", format },
        capture: { media: true },
        media: { srtp: "optional" },
        http: { first_message_timeout: "2s" },
        turn: { urls: TURN_URLS, secret_file: turnFile, ttl: "1h" },
      },
    });
    scene("calls and mistakes leave no secret in anything that was written", async () => {
      const { stage, gateway } = setting;
      const taps = {
        sip: await tapSip(stage, setting.kamailio.port),
        web: await tapWebSocket(stage, gateway.ws),
      };
      const softphone = await setting.softphone({ codecs: ["PCMU"], encryption: "srtp" });
      await callOut(setting, taps, softphone);
      await callIn(setting, taps, softphone);
      const mistakes = await err(setting);
      const credential = await askForTurn(setting);
      await askEverything(setting);
      await softphone.stop();
      await gateway.isIdle();

      const secrets = {
        ...(await secretsOf(setting, taps, mistakes)),
        "the TURN server's secret": TURN_SECRET,
        "a password for the TURN server": credential,
      };
      const log = path.join(stage.dir, "zvonokd.log");
      await until(5_000, "the log is on disk", async () => {
        return (await readFile(log, "utf8")).length >= gateway.log().length;
      });
      const written = await readFile(log, "utf8");
      assert.match(written, format === "json" ? /"level":"debug"/ : / debug http /);
      assert.equal(written.match(/ended: (outgoing|incoming) call/g).length, 2);
      assert.deepEqual(await findSecrets(stage.dir, secrets, { except: THEIRS }), []);

      // The search does find: each of them, planted where it was looked for.
      for (const [name, values] of Object.entries(secrets)) {
        for (const value of [values].flat()) {
          const file = path.join(await stage.folder("planted"), "log");
          const pieces = [written.slice(0, 500), value, written.slice(500, 900)];
          await writeFile(file, Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
          const found = await findSecrets(path.dirname(file), { [name]: value });
          assert.deepEqual(found, [`${file} holds ${name} as it is`]);
        }
      }
    });
  });
}

test("a secret is found in other forms, and amid any bytes", async () => {
  const secrets = { "the password": "correct-horse" };
  const bytes = Buffer.from("correct-horse");
  for (const before of ["", "a", "ab", "abc"]) {
    const wrapped = Buffer.concat([Buffer.from(before), bytes, Buffer.from([0, 255])]);
    for (const text of [wrapped, wrapped.toString("hex"), wrapped.toString("base64")]) {
      const found = await findSecrets(Buffer.from(text), secrets);
      assert.equal(found.length, 1, `${before} ${text}`);
    }
  }
  assert.deepEqual(await findSecrets(Buffer.from("correct-hose"), secrets), []);
  await assert.rejects(findSecrets(Buffer.from(""), { "a token": [] }), /nothing to look for/);
  await assert.rejects(findSecrets(Buffer.from(""), { "a token": "abc" }), /too short/);
});
