// The report that follows a call's end: it finds its call, and nothing depends on it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ZvonokSession } from "../dist/index.js";
import { fakeEnvironment, registered, settle } from "./fakes.mjs";

const REPORT = {
  traceId: "c-0.12.3",
  cause: "busy",
  text: "the far end is busy",
  remedy: "try again later",
  hop: "far_end",
  sipStatus: 486,
  ladder: "client  gateway\n",
};

async function setting(granted = { features: ["report"] }) {
  const fake = fakeEnvironment();
  const { session, socket } = await registered(ZvonokSession, fake, granted);
  const start = async () => {
    const call = session.createCall("1002");
    const reports = [];
    call.on("report", (report) => reports.push(report));
    call.call();
    await settle();
    const finish = () => socket.say("finish", { callId: call.id, status: "FINISH", cause: "busy" });
    const report = (more = {}) => socket.say("zvReport", { callId: call.id, ...REPORT, ...more });
    return { call, reports, finish, report };
  };
  return { ...fake, session, socket, start };
}

test("the SDK asks for reports", async () => {
  const { socket } = await setting();
  assert.ok(socket.sent[0].data[0].features.includes("report"));
});

test("a report comes after the end, as an event and on the call", async () => {
  const { start } = await setting();
  const { call, reports, finish, report } = await start();
  finish();
  assert.equal(call.report, undefined);
  report();
  assert.deepEqual(reports, [call.report]);
  assert.equal(call.report.traceId, "c-0.12.3");
  assert.equal(call.report.ladder, "client  gateway\n");
  assert.equal(call.report.cause.text, "The far end is busy.");
  assert.equal(call.report.cause.remedy, "Try again later.");
  assert.equal(call.report.cause.sipStatus, 486);
  report({ traceId: "another" });
  assert.equal(reports.length, 1, "one report per call");
});

test("a call that the browser ended itself takes the report, and keeps its own cause", async () => {
  const { start, connections } = await setting();
  const { call, report } = await start();
  connections[0].become("failed");
  assert.equal(call.cause.cause, "media_failed");
  report({ cause: "normal", text: "the call was hung up" });
  assert.equal(call.cause.cause, "media_failed");
  assert.equal(call.report.cause.cause, "normal");
});

test("a report of a call that has not ended, or of none, changes nothing", async () => {
  const { start, socket, session } = await setting();
  const { call, reports, report } = await start();
  report();
  socket.say("zvReport", { callId: "nobody", ...REPORT });
  socket.say("zvReport", {});
  assert.equal(call.report, undefined);
  assert.deepEqual(reports, []);
  assert.equal(call.state, "CONNECTING");
  assert.equal(session.state, "REGISTERED");
});

test("only the last eight calls wait for a report", async () => {
  const { start } = await setting();
  const all = [];
  for (let i = 0; i < 9; i++) {
    const one = await start();
    one.finish();
    all.push(one);
  }
  for (const { report } of all) report();
  assert.deepEqual(
    all.map(({ call }) => call.report !== undefined),
    [false, ...Array(8).fill(true)],
  );
});

test("a gateway that did not grant reports is not believed one", async () => {
  for (const granted of [{}, { features: ["resume", 1] }, { features: "report" }]) {
    const { start } = await setting(granted);
    const { call, finish, report } = await start();
    finish();
    report();
    assert.equal(call.report, undefined);
  }
});

test("after the session has ended no report is taken", async () => {
  const { start, session } = await setting();
  const { call, finish, report } = await start();
  finish();
  session.disconnect();
  report();
  assert.equal(call.report, undefined);
});
