// The pictures of docs/call-flows/: both calls are made, and the pages that follow from them are those that are there.
// ZV_WRITE_FLOWS=1 writes them anew.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { FLOWS, RENEW, comparePages, mergeFlow, writePage } from "../../../tools/call-flows.mjs";
import { ROOT } from "../peers/index.mjs";
import { findTool } from "../tools.mjs";
import { bothHear, leaveNothing, useSetting } from "../call/setting.mjs";

const FOLDER = path.join(ROOT, "docs/call-flows");

const { setting, scene } = useSetting("flows", { hep: true });

const isBye = (text) => /^CSeq: *\d+ +BYE\r$/im.test(text);

/** The calls of one dialog, once the SIP server has told of its end: `{messages, phonePort}`. */
async function seenBy(softphone) {
  const { hep } = setting;
  const ofPhone = ({ from, to }) => [from.port, to.port].includes(softphone.port);
  await hep.waitFor("the phone's 200 to BYE", (message) => {
    return ofPhone(message) && isBye(message.text) && message.text.startsWith("SIP/2.0 200 ");
  });
  const invite = hep.messages.find((one) => ofPhone(one) && one.text.startsWith("INVITE "));
  const callId = /^Call-ID: *(\S+)/im.exec(invite.text)[1];
  return { messages: hep.messages, phonePort: softphone.port, callId };
}

/** The page of a call, compared with the one that is there, or written in its place. */
async function checkPage(name, softphone) {
  const seen = await seenBy(softphone);
  const { code, trace } = await setting.gateway.ctlJson("trace", seen.callId);
  assert.equal(code, 0);
  const flow = FLOWS[name];
  const page = writePage(findTool("trace2seq"), mergeFlow(trace, seen, flow), flow);
  const file = path.join(FOLDER, `${name}.md`);
  if (process.env.ZV_WRITE_FLOWS) {
    await mkdir(FOLDER, { recursive: true });
    await writeFile(file, page);
    return;
  }
  const committed = await readFile(file, "utf8").catch(() => "");
  const differences = comparePages(committed, page);
  if (differences.length) {
    const renewed = path.join(setting.stage.dir, `${name}.md`);
    await writeFile(renewed, page);
    assert.fail(`docs/call-flows/${name}.md is stale; renew it and read what changed:
  ${RENEW}
The new one is ${renewed}
${differences.join("\n")}`);
  }
}

scene("the page of an outgoing call shows what happens, in twelve steps", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.phone();
  await phone.call("1002");
  await phone.talking();
  await softphone.established();
  await bothHear(phone, softphone);
  await phone.press("Hangup");
  await softphone.closed();
  await phone.ended();
  await checkPage("outgoing", softphone);
  await leaveNothing(setting, phone, softphone);
});

scene("the page of an incoming call shows what happens, in twelve steps", async () => {
  const softphone = await setting.softphone();
  const phone = await setting.phone();
  await softphone.dial("1001");
  await phone.incoming();
  await phone.press("Answer");
  await phone.talking();
  await softphone.established();
  await bothHear(phone, softphone);
  await softphone.hangup();
  await phone.ended();
  await checkPage("incoming", softphone);
  await leaveNothing(setting, phone, softphone);
});

// ---- how a stale page is told from another run ----

const committed = () => readFile(path.join(FOLDER, "outgoing.md"), "utf8");

/** The page with two lines of it exchanged. */
function exchange(page, one, other) {
  const lines = page.split("\n");
  const [a, b] = [one, other].map((text) => lines.findIndex((line) => line.includes(text)));
  assert.ok(a >= 0 && b >= 0, `${one} and ${other} are in the page`);
  [lines[a], lines[b]] = [lines[b], lines[a]];
  return lines.join("\n");
}

test("a page of another run is not stale", async () => {
  const page = await committed();
  const slower = page.replace(/(\d+)\.(\d)/g, "1$1.$2").replaceAll("· INVITE", "· INVITE (x2)");
  assert.deepEqual(comparePages(page, slower), []);
  const overtaken = exchange(page, "4 · 200 Answering", "OUT_TRYING → OUT_RINGING");
  assert.deepEqual(comparePages(page, overtaken), []);
});

test("a page that shows something else is stale", async () => {
  const page = await committed();
  const stale = [
    "",
    page.replace("setRemoteSDP ·", "setLocalSDP ·"),
    page.replace("Sound flows both ways", "Sound flows"),
    page.replace("====| ", "----| "),
    page.replace(/^.*ICE connected ·.*\n/gm, ""),
    exchange(page, "gateway--)client: ring", "gateway--)client: setRemoteSDP"),
  ];
  for (const [i, other] of stale.entries()) {
    assert.notDeepEqual(comparePages(page, other), [], `case ${i}`);
  }
});

test("a call without one of the steps makes no page", () => {
  const event = (more) => ({ atMs: 0, from: "client", to: "gateway", ...more });
  const trace = {
    call: { createdWallUs: 1, sipCallId: "x" },
    events: [event({ kind: "client", label: "call", detail: "" })],
  };
  assert.throws(
    () => mergeFlow(trace, { messages: [], phonePort: 1 }, FLOWS.outgoing),
    /step 2 \(The gateway calls the SIP server\) did not happen/,
  );
});
