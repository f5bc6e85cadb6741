// The gateway's SIP half alone registers at Kamailio: by MD5, by SHA-256, and in every way that it cannot.
import assert from "node:assert/strict";
import dgram from "node:dgram";
import { after, before, test } from "node:test";
import { Stage, openBlackHole, passwordOf, startDnsmasq, startKamailio } from "../peers/index.mjs";
import { findTool, startTool } from "../tools.mjs";

const DOMAIN = "zvonok.test";
const built = Boolean(findTool("register"));
let stage;
let kamailio;
let dns;

before(async () => {
  if (!built) return;
  stage = await Stage.open("register");
  await stage.run(async () => {
    kamailio = await startKamailio(stage, { domain: DOMAIN });
    dns = await startDnsmasq(stage, {
      hosts: { [DOMAIN]: ["127.0.0.1"], "sip.srv.test": ["127.0.0.1"] },
      srv: [{ service: "_sip._udp.srv.test", target: "sip.srv.test", port: kamailio.port }],
    });
  });
});

after(() => stage?.close());

const scene = (sentence, action) =>
  test(sentence, { timeout: 60_000, skip: built ? false : "register is not built" }, () =>
    stage.run(action),
  );

function start(user, more = {}) {
  return startTool(stage, "register", {
    user,
    password: passwordOf(user),
    domain: DOMAIN,
    port: kamailio.port,
    dns: dns.address,
    ...more,
  });
}

const failed = ({ event }) => event === "failed";
const registered = ({ event }) => event === "registered";

async function assertRegisters(tool) {
  const line = await tool.line("registered", registered);
  assert.equal(line.status, 200);
  const result = await tool.result();
  assert.ok(result.ok && result.code === 0, JSON.stringify(result));
}

async function assertFails(tool, end, ms) {
  const line = await tool.line("failed", failed, ms);
  assert.equal(line.end, end, JSON.stringify(line));
  const result = await tool.result();
  assert.equal(result.code, 1);
  assert.equal(result.error, "ZV_OK");
  return line;
}

scene("a right password by MD5 registers, and leaving takes it off again", async () => {
  await assertRegisters(start("1001"));
  assert.equal((await kamailio.registered()).has("1001"), false);
});

scene("a right password by SHA-256 registers", async () => {
  const strict = await startKamailio(stage, { domain: DOMAIN, algorithm: "SHA-256" });
  await assertRegisters(start("1001", { port: strict.port }));
});

scene("through a proxy that is not the domain's own host", async () => {
  await assertRegisters(start("1001", { proxy: "127.0.0.1" }));
});

scene("the SRV record of a domain leads to the registrar when no port is given", async () => {
  await assertRegisters(start("1001", { domain: "srv.test", port: undefined }));
});

scene("a wrong password is refused as such", async () => {
  const line = await assertFails(start("1001", { password: "wrong" }), "auth", 5_000);
  assert.ok([401, 403].includes(line.status), JSON.stringify(line));
});

scene("a user that the registrar does not know is refused", async () => {
  await assertFails(start("4711"), "auth", 5_000);
});

scene("a domain that DNS does not know is told within the bound of a look-up", async () => {
  const line = await assertFails(start("1001", { domain: "nowhere.test" }), "unknown_domain");
  assert.ok(line.ms < 7_000, JSON.stringify(line));
});

scene("a domain that is not allowed is told with its remedy, and nothing is sent", async () => {
  const hole = await openBlackHole();
  stage.onClose(() => hole.close());
  const options = { proxy: "127.0.0.1", port: hole.port, allow: "sip.example.org" };
  const line = await assertFails(start("1001", options), "denied", 5_000);
  assert.match(line.remedy, /allow: \[127\.0\.0\.1\]/);
  assert.deepEqual(hole.seen, []);
});

scene("a port where nobody listens is told at once", async () => {
  const socket = dgram.createSocket("udp4");
  await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  const line = await assertFails(start("1001", { port }), "unreachable", 5_000);
  assert.ok(line.ms < 3_000, JSON.stringify(line));
});

scene("a registrar that says nothing ends in its time limit", async () => {
  const hole = await openBlackHole();
  stage.onClose(() => hole.close());
  const line = await assertFails(start("1001", { port: hole.port, timeout: 4 }), "timeout");
  assert.ok(line.ms >= 3_900 && line.ms < 8_000, JSON.stringify(line));
  assert.ok(hole.seen.length >= 3, "it was asked again and again");
});
