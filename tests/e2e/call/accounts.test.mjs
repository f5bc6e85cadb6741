// Bad accounts never hang: each is refused with the field, the place and what to write instead, and nothing of it
// reaches the SIP side.
import assert from "node:assert/strict";
import { after } from "node:test";
import { freePort, openBlackHole, openPhone } from "../peers/index.mjs";
import { startAnsweringServer } from "../peers/uas.mjs";
import { SHORT_TIMERS, useSetting } from "./setting.mjs";

const REGISTER_SECONDS = 5;
const { setting, scene } = useSetting("accounts", { config: { timers: SHORT_TIMERS } });

const LONG = "x".repeat(10_000);
const PLACE = /character (number )?\d+|position \d+|\d+(st|nd|rd|th) character/i;

// [what it is, field, value, whether one character is to blame]
const REFUSED = [
  ["a login with a blank and a host", "sipLogin", "Ralf C12441@host.com", true],
  ["a login with a host", "sipLogin", "1001@host.com", true],
  ["a login with a blank", "sipLogin", "ralf smith", true],
  ["a login with a quote", "sipLogin", 'ralf"x', true],
  ["a login in angle brackets", "sipLogin", "<1001>", true],
  ["a login in square brackets", "sipLogin", "[1001]", true],
  ["a login with a scheme", "sipLogin", "sip:1001", true],
  ["a login with a backslash", "sipLogin", "host\\1001", true],
  ["a login with a tab", "sipLogin", "10\t01", true],
  ["a login with a header behind CR LF", "sipLogin", "1001\r\nRoute: <sip:evil.test;lr>", true],
  ["a login with a line feed", "sipLogin", "1001\n", true],
  ["a login with an escaped zero byte", "sipLogin", "10%00", true],
  ["a login with half an escape", "sipLogin", "10%zz", true],
  ["a login in Cyrillic", "sipLogin", "ральф", true],
  ["an empty login", "sipLogin", "", false],
  ["a login of 10 kB", "sipLogin", LONG, false],
  ["an authentication name with a quote", "sipAuthenticationName", 'auth"x', true],
  ["an authentication name in angle brackets", "sipAuthenticationName", "<auth>", true],
  ["an authentication name with a backslash", "sipAuthenticationName", "host\\auth", true],
  ["an authentication name with a blank", "sipAuthenticationName", "auth name", true],
  ["an authentication name with CR LF", "sipAuthenticationName", "a\r\nX: y", true],
  ["an authentication name with a bell", "sipAuthenticationName", "a\u0007", true],
  ["an authentication name of 10 kB", "sipAuthenticationName", LONG, false],
  ["an empty domain", "sipDomain", "", false],
  ["a domain with a blank", "sipDomain", "zvonok test", true],
  ["a domain with a header behind CR LF", "sipDomain", "zvonok.test\r\nRoute: <sip:evil>", true],
  ["a domain with maddr", "sipDomain", "zvonok.test;maddr=127.0.0.1", true],
  ["a domain with URI headers", "sipDomain", "zvonok.test?Route=evil", true],
  ["a domain with half an IPv6 address", "sipDomain", "[::1", false],
  ["a domain of 10 kB", "sipDomain", LONG, false],
  ["a proxy with CR LF", "sipOutboundProxy", "proxy.test\r\nX", true],
  ["a port that is too large", "sipPort", 70000, false],
  ["a port below zero", "sipPort", -1, false],
  ["a port that is a word", "sipPort", "abc", false],
];

const ACCEPTED = [
  ["a plain account", {}],
  ["an authentication name with a host", { sipAuthenticationName: "1001@host.com" }],
  ["a visible name in Cyrillic with quotes", { sipVisibleName: 'Анна "Аня" <b>' }],
  ["fields that are null", { sipVisibleName: null, sipAuthenticationName: null }],
  ["a port as text", { sipPort: "text" }],
];

let hole, registrar;
after(() => Promise.all([hole?.close(), registrar?.close()]));

/** An account whose SIP server is a socket that only listens. */
async function accountAtHole(changes) {
  hole ??= await openBlackHole();
  hole.seen.length = 0;
  return setting.wireAccount("1001", { sipPort: hole.port, ...changes });
}

async function refusal(account, ms) {
  const client = await setting.client();
  const said = Date.now();
  client.say("connection", account);
  const { data } = await client.next("fail", ms);
  const took = Date.now() - said;
  const { code } = await client.closed();
  return {
    ...data[0],
    took,
    code,
    established: client.received.some((m) => m.message === "getUserData"),
  };
}

for (const [what, field, value, hasPlace] of REFUSED) {
  scene(`${what} is refused at once, with field, place and remedy`, async () => {
    const answer = await refusal(await accountAtHole({ [field]: value }), 3_000);
    assert.equal(answer.field, field);
    assert.equal(answer.status, "FAILED");
    assert.equal(answer.code, 1000);
    assert.ok(answer.took <= 1_000, `${answer.took} ms`);
    assert.match(answer.cause, /^bad_(account|request)$/);
    assert.ok(answer.text && answer.info && answer.remedy, "a sentence and a remedy");
    if (hasPlace) assert.match(answer.info, PLACE);
    assert.ok(JSON.stringify(answer).length < 2_000, "a long value is not sent back whole");
    assert.doesNotMatch(answer.info + answer.remedy, /[\u0000-\u001f]/, "controls are not echoed");
    assert.deepEqual(hole.seen, [], "nothing on the SIP side");
    await setting.gateway.isIdle();
  });
}

for (const [what, changes] of ACCEPTED) {
  scene(`${what} is accepted and reaches the SIP side`, async () => {
    registrar ??= await startAnsweringServer();
    registrar.seen.length = 0;
    const { port } = registrar;
    const account = await setting.wireAccount("1001", { sipPort: port, ...changes });
    if (changes.sipPort === "text") account.sipPort = String(port);
    const client = await setting.client();
    client.say("connection", account);
    const { data } = await client.next("getUserData", 1_000);
    assert.equal(data[0].sipLogin, "1001");
    assert.equal(data[0].sipPassword, undefined);
    await client.next("registered", 3_000);
    assert.match(registrar.seen[0], /^REGISTER sip:zvonok\.test[^\r\n]* SIP\/2\.0\r\n/);
    client.close();
    await setting.gateway.isIdle();
  });
}

const UNREACHED = [
  ["a wrong password", () => ({ sipPassword: "wrong" }), "sip_auth_failed", 3],
  ["an unknown user", () => ({ sipLogin: "1999" }), "sip_auth_failed", 3],
  ["a domain without an address", () => ({ sipDomain: "nowhere.test" }), "sip_unknown_domain", 6],
  ["an address that is not allowed", () => ({ sipDomain: "203.0.113.7" }), "sip_target_denied", 1],
  [
    "a proxy that is not allowed",
    () => ({ sipOutboundProxy: "203.0.113.7" }),
    "sip_target_denied",
    1,
  ],
  [
    "a registrar that is silent",
    async () => ({ sipPort: (hole ??= await openBlackHole()).port }),
    "sip_timeout",
    REGISTER_SECONDS + 2,
  ],
  [
    "a port where nobody listens",
    async () => ({ sipPort: await freePort() }),
    /sip_timeout|sip_unreachable/,
    REGISTER_SECONDS + 2,
  ],
];

for (const [what, changes, cause, seconds] of UNREACHED) {
  scene(`${what} ends in its own cause within ${seconds} s`, async () => {
    const account = setting.wireAccount("1001", await changes());
    const answer = await refusal(account, seconds * 1000);
    assert.match(answer.cause, new RegExp(cause));
    assert.ok(answer.text && answer.remedy);
    if (cause === "sip_target_denied") assert.match(answer.remedy, /allow: \[203\.0\.113\.7\]/);
    await setting.gateway.isIdle(40_000);
  });
}

scene("a client that says nothing is closed with a sentence", async () => {
  const client = await setting.client();
  const { code, reason } = await client.closed(13_000);
  assert.equal(code, 1008);
  assert.match(reason, /connection/);
});

scene("a callee that is malformed is refused with its place, and the session goes on", async () => {
  const client = await setting.client();
  client.say("connection", setting.wireAccount("1001"));
  await client.next("registered");
  for (const callee of [
    "",
    "10 02\r\nX: y",
    "sip:1002@zvonok.test;maddr=1.2.3.4",
    "a".repeat(10_000),
  ]) {
    client.say("call", { callId: "bad", callee, sdp: "v=0\r\n", hasAudio: true });
    const { data } = await client.next("finish", 1_000);
    assert.equal(data[0].callId, "bad");
    assert.equal(data[0].status, "FAILED");
    assert.ok(data[0].text);
    const fault = await client.next("fail", 1_000);
    assert.equal(fault.data[0].id, "bad");
    assert.equal(fault.data[0].field, "callee");
    assert.ok(fault.data[0].info);
  }
  client.close();
  await setting.gateway.isIdle();
});

scene("the page shows a bad login beside its field, and the corrected value", async () => {
  const account = setting.account("1001", { login: "Ralf C12441@host.com" });
  const phone = await openPhone(setting.chromium, setting.gateway.page, account);
  await phone.press("Connect");
  await phone.page.locator("#login-error").filter({ hasText: PLACE }).waitFor({ timeout: 2_000 });
  assert.equal(await phone.page.evaluate(() => document.activeElement?.id), "login");
  assert.notEqual(await phone.page.locator("#remedy").textContent(), "");
  await phone.close();
  await setting.gateway.isIdle();
});

scene("the log holds no password", async () => {
  const log = setting.gateway.log();
  assert.ok(log.length > 1000);
  assert.doesNotMatch(log, /secret1001|response="[0-9a-f]{32}"/);
});
