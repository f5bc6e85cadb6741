// The client's door: pages over https, who may connect, and the caps, each with an error that names it.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import https from "node:https";
import path from "node:path";
import { ROOT, startZvonokd } from "../peers/index.mjs";
import { useSetting } from "./setting.mjs";

const { setting, scene } = useSetting("door", {
  chromium: false,
  config: {
    http: {
      max_connections_per_address: 4,
      max_messages_per_second: 20,
      first_message_timeout: "1s",
    },
    limits: { clients: 3, calls_per_client: 1 },
  },
});

function get(url) {
  return new Promise((resolve, reject) => {
    const request = https.get(url, { rejectUnauthorized: false }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ response, body: Buffer.concat(chunks) }));
    });
    request.on("error", reject);
  });
}

async function built(dir) {
  const entries = await readdir(dir, { withFileTypes: true });
  const nested = entries.map((entry) => {
    const file = path.join(dir, entry.name);
    return entry.isDirectory() ? built(file) : [file];
  });
  return (await Promise.all(nested)).flat();
}

scene("every file of the built page is served whole, over HTTP/1.1, under the policy", async () => {
  const dist = path.join(ROOT, "apps/web-phone/dist");
  for (const file of await built(dist)) {
    const name = path.relative(dist, file);
    const { response, body } = await get(new URL(name, setting.gateway.page));
    assert.equal(response.statusCode, 200, name);
    assert.equal(response.httpVersion, "1.1");
    assert.ok(body.equals(await readFile(file)), `${name}: ${body.length} bytes`);
    assert.match(
      response.headers["content-security-policy"],
      /default-src 'none'.*script-src 'self'/,
    );
    assert.equal(response.headers["x-content-type-options"], "nosniff");
  }
  const { response, body } = await get(setting.gateway.page);
  assert.equal(response.statusCode, 200);
  assert.match(body.toString(), /<title>Zvonok<\/title>/);
});

scene("what is not there is not found", async () => {
  for (const name of ["nothing", "../zvonok.yaml", "%2e%2e/%2e%2e/etc/passwd", ".git/config"]) {
    const { response } = await get(`${setting.gateway.page}${name}`);
    assert.ok(
      response.statusCode >= 400 && response.statusCode < 500,
      `${name}: ${response.statusCode}`,
    );
  }
});

scene(
  "a page of another host may not connect, the own host's may, and no origin may as well",
  async () => {
    const url = `wss://localhost:${setting.gateway.ports.https}/`;
    await assert.rejects(setting.client(url, { origin: "https://evil.example" }), /403/);
    await assert.rejects(setting.client(url, { origin: "null" }), /403/);
    for (const options of [{ origin: "https://localhost:1234" }, {}]) {
      const client = await setting.client(url, options);
      client.close();
    }
    await setting.gateway.isIdle();
  },
);

async function established(user) {
  const client = await setting.client();
  client.say("connection", setting.wireAccount(user));
  await client.next("getUserData");
  return client;
}

scene("one client more than limits.clients is refused by name", async () => {
  const clients = [];
  for (const user of ["1001", "1002", "1003"]) clients.push(await established(user));
  const client = await setting.client();
  client.say("connection", setting.wireAccount("1004"));
  const { data } = await client.next("fail");
  assert.equal(data[0].cause, "limit_clients");
  assert.match(data[0].remedy, /limits\.clients/);
  for (const one of clients) one.close();
  await setting.gateway.isIdle(40_000);
});

scene("one socket more from an address than allowed is refused", async () => {
  const clients = [];
  for (let i = 0; i < 4; i++) clients.push(await setting.client());
  await assert.rejects(setting.client(), /429/);
  for (const one of clients) one.close();
  await setting.gateway.isIdle();
});

scene("a socket that says nothing is closed after http.first_message_timeout", async () => {
  const client = await setting.client();
  const { at } = await client.closed(4_000);
  assert.ok(at >= 500, String(at));
  await setting.gateway.isIdle();
});

scene("more messages a second than allowed end the connection by name", async () => {
  const client = await established("1001");
  for (let i = 0; i < 200; i++) client.say("pong", null);
  const { code, reason } = await client.closed();
  assert.equal(code, 1008);
  assert.match(reason, /too many messages/);
  await setting.gateway.isIdle(40_000);
});

scene(
  "a message that is too large, too deep or no JSON ends in a sentence, not in silence",
  async () => {
    const deep = `{"message":"call","data":${"[".repeat(100)}${"]".repeat(100)}}`;
    const large = JSON.stringify({ message: "pushLogs", data: [{ logs: "x".repeat(400_000) }] });
    for (const text of ["{", deep, large, '{"message":"call","data":[{"callId":1}]}']) {
      const client = await established("1001");
      client.socket.send(text);
      await Promise.race([client.next("fail"), client.closed()]);
      client.close();
    }
    await setting.gateway.isIdle(40_000);
  },
);

scene(
  "a malformed call and a chat end like any call: fail, finish and a line in the log",
  async () => {
    const client = await established("1001");
    const refusals = [
      [{ callId: "m1", callee: "1002" }, "bad_request", "sdp"],
      [{ callId: "m2", callee: "1002", sdp: "v=0\r\n", isMsrp: true }, "not_supported", "isMsrp"],
    ];
    for (const [call, cause, field] of refusals) {
      client.say("call", call);
      const fail = await client.next("fail");
      assert.deepEqual([fail.data[0].id, fail.data[0].cause], [call.callId, cause]);
      assert.equal(fail.data[0].field, field);
      const finish = await client.next("finish");
      assert.deepEqual([finish.data[0].callId, finish.data[0].cause], [call.callId, cause]);
      assert.equal(finish.data[0].status, "FAILED");
      const line = new RegExp(`ended: outgoing call 1001 .*cause ${cause} \\(`);
      await setting.gateway.process.waitForLine(line, 5_000);
    }
    client.close();
    await setting.gateway.isIdle(40_000);
  },
);

scene(
  "messages that this gateway does not know, or cannot do yet, leave the session as it is",
  async () => {
    const client = await established("1001");
    await client.next("registered");
    client.say("somethingNew", { a: 1 });
    client.say("hold", { callId: "none" });
    client.say("publishStream", { mediaSessionId: "s1", name: "x" });
    client.say("sendData", { operationId: "op1", payload: {} });
    client.say("hangup", { callId: "none" });
    client.say("ping", null);
    await client.next("pong");
    assert.equal(client.socket.readyState, client.socket.OPEN);
    client.close();
    await setting.gateway.isIdle(40_000);
  },
);

scene("without sip.allow the gateway does not start, and says which line to add", async () => {
  await assert.rejects(
    startZvonokd(setting.stage, {
      certificate: setting.gateway.certificate,
      config: { sip: { allow: [] } },
    }),
    /sip\.allow|allow:/,
  );
});
