// The log of real calls: each can be followed from the client through the call to its SIP leg, by what stands in its
// lines; JSON is JSON; what shall be masked is; a flood is cut short.
import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";
import { until } from "../peers/index.mjs";
import { useSetting } from "../call/setting.mjs";

const REPEATS = 40;

const { setting, scene } = useSetting("log", {
  tools: ["webclient"],
  chromium: false,
  atRest: false,
  config: {
    log: {
      level: "warn",
      levels: ["all=info", "http=debug"],
      format: "json",
      repeats: REPEATS,
      numbers: false,
    },
  },
});

/** The log's lines as objects; before the first of them there may be the sanitizer's word. */
function lines() {
  const whole = setting.gateway.log();
  return whole
    .slice(0, whole.lastIndexOf("\n"))
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

/** The record of the call that ended last, once it is there. */
async function recordOf(direction) {
  const isIt = (line) => line.msg.startsWith("ended: ") && line.direction === direction;
  return until(10_000, `the record of the ${direction} call`, () => lines().findLast(isIt));
}

/** Follows a call from its record to everything else. */
function assertChain({ call, callId, session, sipCallId, direction }) {
  const about = lines().filter((line) => line.call === call);
  const begin = about.find((line) => line.msg.includes(`${direction} call`) && line.client);
  assert.equal(begin.id, call);
  assert.equal(begin.session, session);
  assert.equal(begin.callId, callId);
  const established = lines().find(
    (line) => line.session === session && line.event === "established",
  );
  assert.equal(established.client, begin.client);
  assert.ok(lines().some((line) => line.id === begin.client && /WebSocket open/.test(line.msg)));
  const said = lines().filter((line) => line.module === "http" && line.callId === callId);
  assert.ok(said.length >= 1 && said.every((line) => line.id === begin.client));
  const invite = lines().find((line) => line.module === "sip" && line.sipCallId === sipCallId);
  assert.equal(invite.session, session);
  if (direction === "incoming") assert.equal(begin.sipCallId, sipCallId);
  else assert.equal(invite.call, call);
  const states = about.filter((line) => line.state).map((line) => line.state);
  assert.equal(states.at(-1), "CLOSING");
  assert.ok(states.includes("ACTIVE"));
  for (const line of about.filter((one) => one.state)) {
    assert.equal(line.callId, callId);
    assert.equal(line.session, session);
  }
  const media = about.filter((line) => line.module === "media").map((line) => line.event);
  assert.ok(media.length >= 3, media.join());
}

function assertRecord(record) {
  assert.equal(record.cause, "normal");
  assert.equal(record.codec, "PCMU");
  assert.equal(record.sipStatus, 200);
  assert.ok(record.talkSeconds > 0 && record.setUpSeconds > 0);
  assert.ok(record.clientPackets > 10 && record.sipPackets > 10);
  assert.equal(record.caller, "***");
  assert.equal(record.callee, "***");
}

scene("an outgoing call can be followed from the client to the SIP leg and back", async () => {
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const result = await setting.webclient("1001", { seconds: 1, call: "1002" }).result();
  assert.ok(result.ok, JSON.stringify(result));
  await softphone.closed();
  const record = await recordOf("outgoing");
  assertRecord(record);
  assertChain(record);
});

scene("an incoming call can be followed from the SIP leg to the client and back", async () => {
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const client = setting.webclient("1001", { seconds: 1, waitCall: true });
  await client.line("registered", (line) => line.message === "registered");
  await softphone.dial("1001");
  const result = await client.result();
  assert.ok(result.ok, JSON.stringify(result));
  await softphone.closed();
  const record = await recordOf("incoming");
  assertRecord(record);
  assertChain(record);
});

scene("a registration that fails names its session, cause and SIP status", async () => {
  const result = await setting
    .webclient("1001", { seconds: 1, password: "wrong-password" })
    .result();
  assert.equal(result.code, 1);
  const failed = lines().find((line) => line.event === "not registered");
  assert.equal(failed.level, "warn");
  assert.equal(failed.cause, "sip_auth_failed");
  assert.ok([401, 403, 407].includes(failed.sipStatus), String(failed.sipStatus));
  assert.ok(lines().some((line) => line.session === failed.session && line.event === "ended"));
});

scene("every line is JSON with time, level, module and a sentence, and no number is in it", () => {
  for (const line of lines()) {
    assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(["error", "warn", "info", "debug"].includes(line.level));
    assert.ok(line.module && line.msg);
    assert.notEqual(line.cut, true);
    assert.doesNotMatch(JSON.stringify(line), /\b100[12]\b/);
  }
  const debug = lines().filter((line) => line.level === "debug");
  assert.ok(debug.length > 0 && debug.every((line) => line.module === "http"));
});

scene("a flood that strangers cause is cut short, and reported when it is over", async () => {
  const count = 4 * REPEATS;
  for (let i = 0; i < count; i++) {
    const socket = new WebSocket(setting.gateway.ws, { origin: "https://elsewhere.example" });
    await new Promise((resolve) => socket.once("error", resolve));
  }
  const held = await until(20_000, "the flood is reported", () => {
    return lines().find((line) => line.heldBack && /WebSocket from/.test(line.msg));
  });
  assert.equal(held.heldBack, count - REPEATS);
  const refused = lines().filter((line) => /^WebSocket from .* refused, 403/.test(line.msg));
  assert.equal(refused.length, REPEATS);
});
