// Final answers that refuse a call, and the cause that the client is told.
import assert from "node:assert/strict";
import { answerScenario, openBlackHole } from "../../peers/index.mjs";

const CAUSES = [
  [403, "Forbidden", "sip_forbidden"],
  [404, "Not Found", "sip_not_found"],
  [408, "Request Timeout", "sip_timeout"],
  [410, "Gone", "sip_not_found"],
  [480, "Temporarily Unavailable", "sip_unavailable"],
  [484, "Address Incomplete", "sip_not_found"],
  [486, "Busy Here", "busy"],
  [487, "Request Terminated", "sip_rejected"],
  [500, "Server Internal Error", "sip_server_error"],
  [503, "Service Unavailable", "sip_server_error"],
  [504, "Server Time-out", "sip_server_error"],
  [600, "Busy Everywhere", "busy"],
  [603, "Decline", "sip_rejected"],
  [604, "Does Not Exist Anywhere", "sip_not_found"],
];

/** By SIPp, each beside the first few in the long tier only: they differ in a number. */
const refused = ([status, reason, cause]) => ({
  name: `${status} ${reason}`,
  rfc: `3261 §21.${Math.floor(status / 100)}`,
  peer: "SIPp",
  asserts: `ACK, cause ${cause}, status ${status}`,
  isLong: ![404, 486, 503, 603].includes(status),
  async play(world) {
    const sipp = await world.sipp(answerScenario({ status, reason }));
    const client = world.call({ port: sipp.port });
    await world.ends(client, { cause, sipStatus: status, established: false, ok: false });
    await sipp.finished();
  },
});

/** Nothing is sent to where a 3xx points. */
const redirected = (status) => ({
  name: `${status} with a Contact`,
  rfc: "3261 §8.1.3.4",
  peer: "scripted",
  asserts: "ACK, not followed, cause sip_redirected",
  async play(world) {
    const hole = await openBlackHole();
    world.stage.onClose(() => hole.close());
    const client = world.call();
    const call = await world.peer.invited();
    const contact = `Contact: <sip:other@127.0.0.1:${hole.port}>`;
    await call.refuse(status, { headers: [contact] });
    await world.ends(client, { cause: "sip_redirected", sipStatus: status });
    assert.deepEqual(hole.seen, []);
    assert.equal(world.peer.requests("INVITE").length, 1);
  },
});

export const finals = [
  ...CAUSES.map(refused),
  redirected(302),
  { ...redirected(300), isLong: true },
  {
    name: "486 with a Reason",
    rfc: "3326 §2",
    peer: "scripted",
    asserts: "ACK, cause busy; the trace has the Reason",
    async play(world) {
      const client = world.call();
      const call = await world.peer.invited();
      call.reply(180);
      await call.refuse(486, { headers: ['Reason: Q.850;cause=17;text="User busy"'] });
      await world.ends(client, { cause: "busy", sipStatus: 486 });
      assert.match(JSON.stringify(await world.trace()), /cause=17/);
    },
  },
  {
    name: "a refusal that is repeated",
    rfc: "3261 §17.1.1.2",
    peer: "scripted",
    asserts: "an ACK to each, one end",
    async play(world) {
      const client = world.call();
      const call = await world.peer.invited();
      call.reply(404);
      const ack = await call.acked();
      await world.ends(client, { cause: "sip_not_found" });
      call.reply(404);
      const { peer } = world;
      await peer.until("a second ACK", () => peer.copies(ack) >= 2);
    },
  },
];
