// Passwords by MD5 and by SHA-256, and which of the two is taken where both are offered.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import dgram from "node:dgram";
import { startKamailio } from "../peers/index.mjs";
import { useSetting } from "./setting.mjs";

const { setting, scene } = useSetting("digest", { chromium: false });

async function registerAt(sip, changes = {}) {
  const client = await setting.client();
  client.say("connection", setting.wireAccount("1001", { sipPort: sip.port, ...changes }));
  return client;
}

scene("a registrar that asks for MD5 is satisfied", async () => {
  const client = await registerAt(setting.kamailio);
  await client.next("registered");
});

scene("a registrar that asks for SHA-256 is satisfied", async () => {
  const strict = await startKamailio(setting.stage, { algorithm: "SHA-256" });
  const client = await registerAt(strict);
  await client.next("registered");
  assert.ok((await strict.registered()).has("1001"));
});

const field = (header, name) => new RegExp(`${name}="?([^",\\r]*)"?`).exec(header)?.[1];

/** A registrar that offers the algorithms given, in this order, and records the credentials that it gets. */
async function startRegistrar(stage, algorithms) {
  const socket = dgram.createSocket("udp4");
  const credentials = [];
  socket.on("message", (bytes, from) => {
    const text = bytes.toString("latin1");
    if (!text.startsWith("REGISTER ")) return;
    const copied = /^(?:Via|From|To|Call-ID|CSeq|v|f|t|i):.*$/gim;
    const head = text
      .match(copied)
      .map((line) => (/^(To|t):/i.test(line) ? `${line};tag=x` : line));
    const given = /^Authorization: *(.*)$/im.exec(text)?.[1];
    const contact = /^(?:Contact|m):.*$/im.exec(text)?.[0];
    if (given) credentials.push(given);
    const challenges = algorithms.map(
      (name) =>
        `WWW-Authenticate: Digest realm="zvonok.test", nonce="n", qop="auth", algorithm=${name}`,
    );
    const lines = given
      ? ["SIP/2.0 200 OK", ...head, `${contact};expires=300`]
      : ["SIP/2.0 401 Unauthorized", ...head, ...challenges];
    socket.send([...lines, "Content-Length: 0", "", ""].join("\r\n"), from.port, from.address);
  });
  await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
  stage.onClose(() => socket.close());
  return { port: socket.address().port, credentials };
}

const hash = (algorithm, text) => {
  const name = algorithm === "MD5" ? "md5" : "sha256";
  return crypto.createHash(name).update(text).digest("hex");
};

scene("the authentication name is the one that is asked for, not the login", async () => {
  const registrar = await startRegistrar(setting.stage, ["MD5"]);
  const client = await registerAt(registrar, { sipAuthenticationName: "1001@host.com" });
  await client.next("registered");
  assert.equal(field(registrar.credentials[0], "username"), "1001@host.com");
});

for (const algorithms of [
  ["SHA-256", "MD5"],
  ["MD5", "SHA-256"],
]) {
  scene(`of ${algorithms.join(" and ")} offered together the stronger is taken`, async () => {
    const registrar = await startRegistrar(setting.stage, algorithms);
    const client = await registerAt(registrar);
    await client.next("registered");
    const [given] = registrar.credentials;
    const algorithm = field(given, "algorithm");
    assert.equal(algorithm, "SHA-256");
    const ha1 = hash(algorithm, "1001:zvonok.test:secret1001");
    const ha2 = hash(algorithm, `REGISTER:${field(given, "uri")}`);
    const middle = `n:${field(given, "nc")}:${field(given, "cnonce")}:auth`;
    assert.equal(field(given, "response"), hash(algorithm, `${ha1}:${middle}:${ha2}`));
  });
}
