// Registrations at a registrar that the scene plays.
import assert from "node:assert/strict";
import { bindingOf } from "../../peers/index.mjs";

const peer = "scripted";
const granted = (message, expires) => [200, { headers: bindingOf(message, expires) }];

/** The client is told why it is not registered. */
const refused = (name, rfc, asserts, { onRegister, cause, isLong, check = () => undefined }) => ({
  name,
  rfc,
  peer,
  asserts,
  isLong,
  async play(world) {
    world.peer.onRegister = onRegister;
    const client = world.register();
    await world.ends(client, { registered: false, cause });
    check(world);
  },
});

export const registration = [
  {
    name: "registered, and gone again with the client",
    rfc: "3261 §10.2",
    peer,
    asserts: "one Contact; Expires 0 when the client has left; one Call-ID, CSeq rising",
    async play(world) {
      const client = world.register();
      const result = await world.ends(client, { registered: true, ok: true });
      assert.equal(result.code, 0);
      const registers = () => world.peer.requests("REGISTER");
      await world.peer.until(
        "Expires 0",
        () => registers().at(-1).header("Expires") === "0",
        8_000,
      );
      const [first, last] = [registers()[0], registers().at(-1)];
      assert.equal(first.headers("Contact").length, 1);
      assert.equal(last.callId, first.callId);
      assert.ok(last.cseq > first.cseq);
      assert.equal(last.uriOf("Contact"), first.uriOf("Contact"));
    },
  },
  {
    name: "refreshed before it runs out",
    rfc: "3261 §10.2.4",
    peer,
    asserts: "a second REGISTER between 80 and 90 % of the 13 s that were granted",
    isLong: true,
    async play(world) {
      world.peer.onRegister = (message) => granted(message, "13");
      const begun = Date.now();
      await world.script({ register: true });
      await world.peer.until(
        "a refresh",
        () => world.peer.requests("REGISTER").length >= 2,
        14_000,
      );
      const tookMs = Date.now() - begun;
      assert.ok(tookMs > 9_500 && tookMs < 13_000, `${tookMs} ms`);
    },
  },
  {
    name: "423 with Min-Expires",
    rfc: "3261 §10.2.8",
    peer,
    asserts: "a second REGISTER with that time, registered",
    async play(world) {
      world.peer.onRegister = (message) =>
        Number(message.header("Expires")) < 900 && message.header("Expires") !== "0"
          ? [423, { headers: ["Min-Expires: 900"] }]
          : granted(message);
      await world.ends(world.register(), { registered: true });
      assert.equal(world.peer.requests("REGISTER")[1].header("Expires"), "900");
    },
  },
  {
    name: "other bindings in the 200",
    rfc: "3261 §10.2.4",
    peer,
    asserts: "ours is found among them, registered",
    async play(world) {
      world.peer.onRegister = (message) => {
        const others = ["Contact: <sip:a@192.0.2.1>;expires=10, <sip:b@192.0.2.2>;expires=20"];
        return [200, { headers: [...others, ...bindingOf(message, "300")] }];
      };
      await world.ends(world.register(), { registered: true });
    },
  },
  refused("403", "3261 §21.4.4", "one REGISTER, the client is told", {
    onRegister: () => [403, {}],
    cause: "sip_forbidden",
    check: ({ peer: { requests } }) => assert.equal(requests("REGISTER").length, 1),
  }),
  refused("404", "3261 §10.3", "the client is told", {
    onRegister: () => [404, {}],
    cause: "sip_not_found",
  }),
  refused("401 for ever", "3261 §22.1", "three REGISTERs at most, cause sip_auth_failed", {
    onRegister: ({ cseq }) => [
      401,
      { headers: [`WWW-Authenticate: Digest realm="far", nonce="n${cseq}", stale=true`] },
    ],
    cause: "sip_auth_failed",
    check: ({ peer: { requests } }) => assert.ok(requests("REGISTER").length <= 3),
  }),
  refused("the registrar says nothing", "3261 §17.1.2.2 Timer F", "cause sip_timeout", {
    onRegister: () => [0, {}],
    cause: "sip_timeout",
    isLong: true,
  }),
];
