// The contract: every golden message of the gateway is read as what it is, and every message that we write is valid.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import {
  parseMessage,
  writeAnswer,
  writeCall,
  writeConnection,
  writeHangup,
  writePing,
  writePong,
} from "../dist/wire.js";

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
};

test("every golden message of the gateway is read as what it is", async () => {
  const names = (await readdir(new URL("examples/", API))).filter((n) => n.startsWith("server."));
  assert.ok(names.length >= 15, "the golden messages are there");
  for (const name of names) {
    const example = await read(`examples/${name}`);
    const message = parseMessage(JSON.stringify(example));
    assert.equal(message.kind, KINDS[example.message] ?? "ignored", name);
    const [fields] = example.data;
    if (message.kind === "call" || message.kind === "incoming") {
      assert.equal(message.call.callId, fields.callId, name);
      assert.equal(message.call.status, fields.status, name);
    }
    if (fields?.cause)
      assert.equal((message.cause ?? message.call?.cause)?.cause ?? fields.cause, fields.cause);
  }
});

test("a refused account names the field, the place and the value to try", async () => {
  const example = await read("examples/server.fail.account.json");
  const { cause } = parseMessage(JSON.stringify(example));
  assert.equal(cause.field, "sipLogin");
  assert.match(cause.text, /position 5.*Ralf%20C12441\.$/);
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
};

for (const [name, text] of [
  ["connection", writeConnection(ACCOUNT, "test")],
  ["call", writeCall(CALL)],
  ["answer", writeAnswer(CALL)],
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
