// The contract: every golden message of the gateway is read as what it is, and every message that we write is valid.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import { localCause } from "../dist/cause.js";
import { BROWSER_CAUSES } from "../dist/causes.js";
import { parseMessage } from "../dist/wire.js";
import {
  writeAnswer,
  writeCall,
  writeConnection,
  writeHangup,
  writePing,
  writePong,
  writeReturn,
  writeUpdate,
  writeUpdateAnswer,
} from "../dist/writing.js";

const API = new URL("../../../api/", import.meta.url);

const read = async (name) => JSON.parse(await readFile(new URL(name, API), "utf8"));

const KINDS = {
  ping: "ping",
  getUserData: "established",
  registered: "registered",
  fail: "failed",
  setRemoteSDP: "sdp",
  notifyIncomingCall: "incoming",
  notifyTryingResponse: "call",
  ring: "call",
  talk: "call",
  hold: "call",
  finish: "call",
  zvReport: "report",
  zvResumed: "resumed",
  zvUpdate: "update",
  zvDtmf: "press",
  zvVerdict: "verdict",
  zvQuality: "quality",
  zvDrain: "drain",
};

test("every golden message of the gateway is read as what it is", async () => {
  const names = (await readdir(new URL("examples/", API))).filter((n) => n.startsWith("server."));
  assert.ok(names.length >= 15, "the golden messages are there");
  for (const name of names) {
    const example = await read(`examples/${name}`);
    const message = parseMessage(JSON.stringify(example));
    const kind = name.includes("zvUpdate.offer") ? "reoffer" : KINDS[example.message];
    assert.equal(message.kind, kind ?? "ignored", name);
    const [fields] = example.data;
    if (message.kind === "call" || message.kind === "incoming") {
      assert.equal(message.call.callId, fields.callId, name);
      assert.equal(message.call.status, fields.status, name);
    }
    if (fields?.cause)
      assert.equal(
        (message.cause ?? message.call?.cause ?? message.report?.cause)?.cause ?? fields.cause,
        fields.cause,
      );
  }
});

test("the table of causes is valid, and every example that names a cause names one of it", async () => {
  const ajv = new Ajv({ strict: false });
  const table = await read("causes.json");
  const validate = ajv.compile(await read("schema/causes.json"));
  assert.ok(validate(table), JSON.stringify(validate.errors));
  const gateway = table.causes.filter(({ where }) => where.includes("gateway"));
  for (const name of await readdir(new URL("examples/", API))) {
    const { data } = await read(`examples/${name}`);
    const cause = data?.[0]?.cause;
    if (!cause) continue;
    const known = gateway.find((one) => one.name === cause);
    assert.ok(known, `${name}: ${cause}`);
    assert.equal(data[0].hop ?? "none", known.hop, name);
  }
});

for (const change of [{ hop: "moon" }, { text: "Ends in a stop." }, { more: 1 }, { name: "aB" }]) {
  test(`a cause with ${JSON.stringify(change)} is not valid`, async () => {
    const validate = new Ajv({ strict: false }).compile(await read("schema/causes.json"));
    const { causes } = await read("causes.json");
    assert.equal(validate({ causes: [{ ...causes[0], ...change }] }), false);
  });
}

test("the table of verdicts is valid, and every verdict among the examples is one of it", async () => {
  const ajv = new Ajv({ strict: false });
  const { verdicts } = await read("verdicts.json");
  const validate = ajv.compile(await read("schema/verdicts.json"));
  assert.ok(validate({ verdicts }), JSON.stringify(validate.errors));
  assert.equal(validate({ verdicts: [{ ...verdicts[0], severity: "fatal" }] }), false);
  for (const name of await readdir(new URL("examples/", API))) {
    if (!name.startsWith("server.zvVerdict")) continue;
    const [{ code, severity }] = (await read(`examples/${name}`)).data;
    const known = verdicts.find((one) => one.name === code);
    assert.equal(severity, known?.severity, `${name}: ${code}`);
  }
});

test("every cause that the browser finds is a sentence with a hop of the table", async () => {
  const { causes } = await read("causes.json");
  const browser = causes.filter(({ where }) => where.includes("browser"));
  assert.deepEqual(
    browser.map(({ name }) => name),
    Object.keys(BROWSER_CAUSES),
  );
  for (const { name, hop } of browser) {
    const cause = localCause(name);
    assert.match(cause.text, /^[A-Z].*\.$/, name);
    assert.match(cause.remedy, /^$|^[A-Z].*\.$/, name);
    assert.equal(cause.hop || "none", hop, name);
  }
});

test("a refused account names the field, the place and the value to try", async () => {
  const example = await read("examples/server.fail.account.json");
  const { cause } = parseMessage(JSON.stringify(example));
  assert.equal(cause.field, "sipLogin");
  assert.match(cause.text, /position 5.*Ralf%20C12441\.$/);
});

test("a report has the call's number, cause and ladder; without a trace these are empty", async () => {
  const whole = parseMessage(JSON.stringify(await read("examples/server.zvReport.json")));
  assert.equal(whole.report.traceId, "c-0.12.3");
  assert.equal(whole.report.cause.text, "The SIP server knows no such number or account.");
  assert.equal(whole.report.cause.sipStatus, 404);
  assert.match(whole.report.ladder, /^Call c-0\.12\.3.*\n/);
  const bare = parseMessage(JSON.stringify(await read("examples/server.zvReport.bare.json")));
  assert.equal(bare.callId, whole.callId);
  assert.deepEqual([bare.report.traceId, bare.report.ladder], ["", ""]);
});

const ACCOUNT = {
  login: "1001",
  authenticationName: undefined,
  password: "secret",
  domain: "sip.example",
  port: 5060,
  outboundProxy: undefined,
  visibleName: "Anna",
  registerRequired: true,
};
const CALL = {
  callId: "c1",
  sdp: "v=0\r\n",
  caller: "1001",
  callee: "1002",
  visibleName: undefined,
  hasVideo: true,
};

for (const [name, text] of [
  ["connection", writeConnection(ACCOUNT, "test")],
  ["connection", writeReturn("token", 41, "test")],
  ["call", writeCall(CALL)],
  ["answer", writeAnswer(CALL)],
  ["zvUpdate", writeUpdate("c1", "v=0\r\n", "restart")],
  ["zvUpdate", writeUpdate("c1", "v=0\r\n", "reload")],
  ["zvUpdate", writeUpdateAnswer("c1", "v=0\r\n")],
  ["zvUpdate", writeUpdateAnswer("c1", undefined)],
  ["hangup", writeHangup("c1")],
  ["ping", writePing()],
  ["pong", writePong()],
]) {
  test(`our ${name} is valid`, async () => {
    const ajv = new Ajv({ strict: false });
    for (const file of await readdir(new URL("schema/", API)))
      ajv.addSchema(await read(`schema/${file}`));
    const schema = await read(`schema/client.${name}.json`);
    const validate = ajv.getSchema(schema.$id);
    assert.ok(validate(JSON.parse(text)), JSON.stringify(validate.errors));
    assert.equal(validate({ message: "another", data: [] }), false, "the schema can refuse");
  });
}
