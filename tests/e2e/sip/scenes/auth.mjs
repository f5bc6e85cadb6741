// Challenges: answered with the strongest digest, in the account's own realm, twice at most.
import assert from "node:assert/strict";
import crypto from "node:crypto";

const peer = "scripted";
const REALM = "far";

const challenge = (status, { nonce = "n1", realm = REALM, algorithm = "MD5", more = "" } = {}) => {
  const name = status === 407 ? "Proxy-Authenticate" : "WWW-Authenticate";
  return `${name}: Digest realm="${realm}", nonce="${nonce}", algorithm=${algorithm}, qop="auth"${more}`;
};

const credentialsOf = (request, status) =>
  request.header(status === 407 ? "Proxy-Authorization" : "Authorization");

/** The response that a right password makes (RFC 7616 §3.4.1). */
function isRight(request, status, { login, algorithm = "MD5" }) {
  const text = credentialsOf(request, status);
  const value = (name) => new RegExp(`\\b${name}="?([^",]*)`).exec(text)?.[1];
  const hash = (input) =>
    crypto
      .createHash(algorithm === "MD5" ? "md5" : "sha256")
      .update(input)
      .digest("hex");
  const ha1 = hash(`${login}:${value("realm")}:secret`);
  const ha2 = hash(`${request.method}:${value("uri")}`);
  const parts = [ha1, value("nonce"), value("nc"), value("cnonce"), "auth", ha2];
  return value("algorithm") === algorithm && value("response") === hash(parts.join(":"));
}

/** The INVITE is challenged; gives the next one. */
async function challenged(world, call, status, headers) {
  await call.refuse(status, { headers });
  const again = await world.peer.invited();
  assert.equal(again.invite.callId, call.invite.callId);
  assert.equal(again.invite.cseq, call.invite.cseq + 1);
  return again;
}

const answered = (name, rfc, status, algorithm, offered = [algorithm]) => ({
  name,
  rfc,
  peer,
  asserts: `the right response by ${algorithm}, both ends talk`,
  async play(world) {
    const client = world.call();
    const first = await world.peer.invited();
    assert.equal(credentialsOf(first.invite, status), "");
    const headers = offered.map((one) => challenge(status, { algorithm: one }));
    const call = await challenged(world, first, status, headers);
    assert.ok(isRight(call.invite, status, { login: world.login, algorithm }), call.invite.text);
    await call.answer();
    await world.talks(client);
    await world.farHangsUp(client, call);
  },
});

/** What the challenge asks for is not given, or not taken: how the call ends. */
const refused = (name, rfc, { asserts, first, more = [], cause, invites }) => ({
  name,
  rfc,
  peer,
  asserts,
  async play(world) {
    const client = world.call();
    let call = await world.peer.invited();
    for (const options of [first, ...more].slice(0, -1))
      call = await challenged(world, call, 401, [challenge(401, options)]);
    await call.refuse(401, { headers: [challenge(401, [first, ...more].at(-1))] });
    await world.ends(client, { cause, established: false });
    assert.equal(world.peer.requests("INVITE").length, invites);
  },
});

export const auth = [
  answered("407, MD5", "3261 §22.3", 407, "MD5"),
  answered("401, MD5", "3261 §22.2", 401, "MD5"),
  answered("401, SHA-256", "8760 §2", 401, "SHA-256"),
  answered("401, MD5 before SHA-256", "8760 §2.4", 401, "SHA-256", ["MD5", "SHA-256"]),
  refused("the password is wrong", "3261 §22.2", {
    asserts: "one answer to the challenge, cause sip_auth_failed",
    first: { nonce: "n1" },
    more: [{ nonce: "n1" }],
    cause: "sip_auth_failed",
    invites: 2,
  }),
  refused("401 for ever, each nonce stale", "3261 §22.1", {
    asserts: "two answers at most, cause sip_auth_failed",
    first: { nonce: "n1" },
    more: [
      { nonce: "n2", more: ", stale=true" },
      { nonce: "n3", more: ", stale=true" },
    ],
    cause: "sip_auth_failed",
    invites: 3,
  }),
  refused("a digest that nobody knows", "7616 §3.3", {
    asserts: "no credentials, the call ends",
    first: { algorithm: "ROT13" },
    cause: "sip_server_error",
    invites: 1,
  }),
  {
    name: "the nonce is stale",
    rfc: "7616 §3.3",
    peer,
    asserts: "answered anew, both ends talk",
    async play(world) {
      const client = world.call();
      let call = await world.peer.invited();
      call = await challenged(world, call, 401, [challenge(401)]);
      const stale = challenge(401, { nonce: "n2", more: ", stale=true" });
      call = await challenged(world, call, 401, [stale]);
      assert.ok(isRight(call.invite, 401, { login: world.login }));
      assert.match(credentialsOf(call.invite, 401), /nonce="n2"/);
      await call.answer();
      await world.talks(client);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "another realm than the registrar's",
    rfc: "3261 §22.1",
    peer,
    asserts: "no credentials for it in anything that is sent",
    async play(world) {
      world.peer.onRegister = (message) =>
        credentialsOf(message, 401)
          ? [200, { headers: [`Contact: ${message.header("Contact")};expires=300`] }]
          : [401, { headers: [challenge(401)] }];
      const client = await world.script({ register: true });
      client.say("call", { callId: world.login, callee: "far", sdp: await world.offer() });
      const call = await world.peer.invited();
      await call.refuse(401, { headers: [challenge(401, { realm: "elsewhere" })] });
      const [finish] = (await client.next("finish")).data;
      assert.equal(finish.cause, "sip_auth_failed");
      assert.ok(!world.peer.seen.some(({ text }) => text.includes('realm="elsewhere"')));
      assert.equal(world.peer.requests("INVITE").length, 1);
    },
  },
  {
    name: "BYE is challenged as the INVITE was",
    rfc: "3261 §22.2",
    peer,
    asserts: "answered with credentials, the call is over at both ends",
    async play(world) {
      const client = world.call({ hear: true });
      const first = await world.peer.invited();
      const call = await challenged(world, first, 407, [challenge(407)]);
      await call.answer();
      await world.hears(client);
      client.tell("hangup");
      const bye = await call.request("BYE");
      world.peer.reply(bye, 407, { headers: [challenge(407, { nonce: "n2" })] });
      const again = await call.request("BYE");
      assert.ok(isRight(again, 407, { login: world.login }), again.text);
      world.peer.reply(again, 200);
      await world.ends(client, { cause: "normal", endedBy: "local" });
    },
  },
  {
    name: "BYE is challenged by who never was before",
    rfc: "3261 §22.1",
    peer,
    asserts: "no credentials for a far end that may want no more than those, and the call is over",
    async play(world) {
      const { client, call } = await world.talk();
      client.tell("hangup");
      world.peer.reply(await call.request("BYE"), 407, { headers: [challenge(407)] });
      await world.ends(client, { cause: "normal", endedBy: "local" });
      assert.equal(world.peer.requests("BYE").length, 1);
    },
  },
];
