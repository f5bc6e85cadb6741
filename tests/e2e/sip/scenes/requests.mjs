// Requests that begin no call.
import assert from "node:assert/strict";

const peer = "scripted";

const isAnswered = (name, rfc, method, status, { options = {}, check = () => undefined } = {}) => ({
  name,
  rfc,
  peer,
  asserts: `${status}`,
  async play(world) {
    await world.script({ register: true });
    const target = options.target?.(world) ?? world.peer.contact;
    const answer = await world.peer.ask(method, { ...options, target });
    assert.equal(answer.status, status);
    check(answer);
  },
});

const inCall = (name, rfc, asserts, act) => ({
  name,
  rfc,
  peer,
  asserts,
  async play(world) {
    const { client, call } = await world.talk();
    await act(world, call);
    await world.hears(client, Date.now());
    await world.farHangsUp(client, call);
  },
});

export const requests = [
  isAnswered("OPTIONS of a user that is registered", "3261 §11.2", "OPTIONS", 200, {
    check: (answer) => assert.match(answer.header("Allow"), /INVITE/),
  }),
  isAnswered("OPTIONS of a user that nobody is", "3261 §11.2", "OPTIONS", 404, {
    options: { target: ({ gateway }) => `sip:nobody@127.0.0.1:${gateway.ports.sip}` },
  }),
  isAnswered("a method that nobody knows", "3261 §8.2.1", "FROBNICATE", 501),
  isAnswered("MESSAGE", "3428 §7", "MESSAGE", 405, {
    options: { body: "Hello", type: "text/plain" },
    check: (answer) => assert.match(answer.header("Allow"), /INVITE/),
  }),
  isAnswered("SUBSCRIBE", "6665 §4.2.1", "SUBSCRIBE", 405, {
    options: { headers: ["Event: presence"] },
  }),
  isAnswered("NOTIFY of no subscription", "6665 §4.1.3", "NOTIFY", 405, {
    options: { headers: ["Event: presence", "Subscription-State: active"] },
  }),
  isAnswered("BYE of no call", "3261 §15.1.2", "BYE", 481),
  isAnswered("UPDATE of no call", "3311 §5.2", "UPDATE", 481),
  isAnswered("Require: foo in OPTIONS", "3261 §8.2.2.3", "OPTIONS", 420, {
    options: { headers: ["Require: foo"] },
    check: (answer) => assert.equal(answer.header("Unsupported"), "foo"),
  }),
  inCall("INFO without a body in a call", "6086 §4.2.2", "200, sound goes on", async (_, call) => {
    assert.equal((await call.dialog().ask("INFO")).status, 200);
  }),
  inCall(
    "INFO of a kind that nobody knows",
    "6086 §4.2.2",
    "415, sound goes on",
    async (_, call) => {
      const { status } = await call.dialog().ask("INFO", { body: "?", type: "application/x-foo" });
      assert.equal(status, 415);
    },
  ),
  inCall(
    "MESSAGE and FROBNICATE in a call",
    "3261 §12.2.2",
    "405, 501, sound goes on",
    async (_, call) => {
      const { status } = await call.dialog().ask("MESSAGE", { body: "Hello", type: "text/plain" });
      assert.equal(status, 405);
      assert.equal((await call.dialog().ask("FROBNICATE")).status, 501);
    },
  ),
  inCall("Require: foo in a call", "3261 §8.2.2.3", "420, sound goes on", async (_, call) => {
    const answer = await call.dialog().ask("OPTIONS", { headers: ["Require: foo"] });
    assert.deepEqual([answer.status, answer.header("Unsupported")], [420, "foo"]);
  }),
];
