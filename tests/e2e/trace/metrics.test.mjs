// What the gateway measures: against promtool, against what was done, against the dashboard and the documentation.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import https from "node:https";
import path from "node:path";
import { ROOT, openBlackHole, runPromtool, startZvonokd, until } from "../peers/index.mjs";
import { DOMAIN, PHONE_HZ, useSetting } from "../call/setting.mjs";

const { setting, scene } = useSetting("metrics", { chromium: false, atRest: false });

const ENDED = 'zvonok_calls_ended_total{direction="outgoing",cause=';
const ACTIVE = 'zvonok_calls{direction="outgoing",state="active"}';
const PORTS = 'zvonok_media_ports{state="used"}';

const call = (gateway, more = {}) =>
  setting.webclient("1001", { url: gateway.ws, call: "1002", ...more });

/** A gateway of its own that a scene may fill or stop. */
function another(config) {
  const { certificate } = setting.gateway;
  const sip = { allow: [DOMAIN, "127.0.0.0/8"] };
  const dns = { servers: [setting.dns.address] };
  return startZvonokd(setting.stage, {
    certificate,
    config: { ...config, dns, sip: { ...sip, ...config.sip } },
  });
}

async function ask(url, options = {}) {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000), ...options });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** Waits until a sample has the value. */
function shows(gateway, name, value) {
  return until(15_000, `${name} is ${value}`, async () => {
    const metrics = await gateway.metrics();
    return metrics[name] === value && metrics;
  });
}

async function scrape() {
  const { text } = await ask(`${setting.gateway.admin}/metrics`);
  return text;
}

/** The families of a scrape: `{ name, type, help, labels }`. */
function readFamilies(text) {
  const families = new Map();
  for (const line of text.split("\n")) {
    const [, word, name, rest] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (word === "HELP") families.set(name, { name, help: rest, labels: new Set() });
    else if (word === "TYPE") families.get(name).type = rest;
    else if (line) addLabels(families, line);
  }
  return [...families.values()];
}

function addLabels(families, line) {
  const sample = /^[a-z_]+/.exec(line)[0];
  const name = families.has(sample) ? sample : sample.replace(/_(bucket|sum|count)$/, "");
  for (const [, label] of line.matchAll(/[{,]([a-z_]+)="/g)) {
    if (label !== "le") families.get(name).labels.add(label);
  }
}

const readDocument = () => readFile(path.join(ROOT, "docs/metrics.md"), "utf8");

// ---- the text

scene("promtool has nothing to say about /metrics", async () => {
  const { text, headers } = await ask(`${setting.gateway.admin}/metrics`);
  assert.match(headers.get("content-type"), /^text\/plain; version=0\.0\.4/);
  assert.deepEqual(await runPromtool(["check", "metrics"], text), { code: 0, output: "" });
});

scene("docs/metrics.md lists every family as it is", async () => {
  const text = await scrape();
  const rows = readFamilies(text).map(({ name, type, help, labels }) => {
    const named = [...labels].map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${named} | ${help} |`;
  });
  const documented = (await readDocument())
    .split("\n")
    .filter((line) => /^\| `(zvonok|process)_[a-z_]+` \|/.test(line));
  // Sanitizers bring an allocator that does not say what it holds.
  const isThere = (row) => text.includes('allocator="jemalloc"') || !row.includes("only jemalloc");
  assert.deepEqual(rows, documented.filter(isThere), `it should have:\n${rows.join("\n")}`);
});

// ---- what was done

scene("a busy softphone is one more call that ended as busy, and nothing else ended", async () => {
  const softphone = await setting.softphone({ answer: "manual" });
  const before = await setting.gateway.metrics();
  const client = call(setting.gateway);
  await softphone.incoming();
  await softphone.hangup();
  assert.equal((await client.result()).cause, "busy");
  const name = `${ENDED}"busy"}`;
  const after = await shows(setting.gateway, name, before[name] + 1);
  const moved = Object.keys(after).filter(
    (key) => key.startsWith("zvonok_calls_ended_total") && after[key] !== before[key],
  );
  assert.deepEqual(moved, [name]);
  const answered = 'zvonok_call_setup_seconds_count{direction="outgoing"}';
  assert.equal(after[answered], before[answered]);
});

scene("a call that is up is seen: its state, its ports, its packets both ways", async () => {
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const before = await setting.gateway.metrics();
  const client = call(setting.gateway, { codec: "PCMU", hear: PHONE_HZ, seconds: 0 });
  const flows = ["web", "sip"].flatMap((leg) =>
    ["in", "out"].map((way) => `zvonok_rtp_packets_total{leg="${leg}",direction="${way}"}`),
  );
  const during = await until(15_000, "packets pass both ways", async () => {
    const metrics = await setting.gateway.metrics();
    const moves = flows.every((name) => metrics[name] >= before[name] + 50);
    return moves && metrics;
  });
  assert.equal(during[ACTIVE], 1);
  assert.equal(during[PORTS], 2);
  assert.equal(during.zvonok_sessions, 1);
  assert.equal(during['zvonok_registrations{state="registered"}'], 1);
  assert.equal(during['zvonok_worker_calls{worker="0"}'], 1);
  assert.equal(during.zvonok_sip_legs, 1);
  assert.equal(during.zvonok_connections, 1);
  const bytes = (metrics, leg) => metrics[`zvonok_rtp_bytes_total{leg="${leg}",direction="in"}`];
  assert.ok(bytes(during, "sip") - bytes(before, "sip") >= 50 * 172, "PCMU, 20 ms: 172 bytes");
  await softphone.hangup();
  assert.equal((await client.result()).endedBy, "remote");

  const after = await shows(setting.gateway, `${ENDED}"normal"}`, before[`${ENDED}"normal"}`] + 1);
  const counted = [
    'zvonok_call_setup_seconds_count{direction="outgoing"}',
    "zvonok_call_duration_seconds_count",
    ...["web", "sip"].flatMap((leg) => [
      `zvonok_rtp_jitter_seconds_count{leg="${leg}"}`,
      `zvonok_rtp_loss_ratio_count{leg="${leg}"}`,
    ]),
  ];
  for (const name of counted) assert.equal(after[name], before[name] + 1, name);
  assert.equal(after[PORTS], 0);
  assert.equal(after[ACTIVE], 0);
});

scene("packets of a stranger are dropped by reason", async () => {
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const client = call(setting.gateway, { codec: "PCMU", seconds: 0 });
  const name = 'zvonok_media_dropped_datagrams_total{reason="unknown_source"}';
  const before = await shows(setting.gateway, ACTIVE, 1);
  const { createSocket } = await import("node:dgram");
  const stranger = createSocket("udp4");
  for (let i = 0; i < 5; i++) {
    const rtp = Buffer.concat([Buffer.from([0x80, 0, 0, i]), Buffer.alloc(168)]);
    stranger.send(rtp, setting.gateway.ports.web, "127.0.0.1");
  }
  await shows(setting.gateway, name, before[name] + 5);
  stranger.close();
  await softphone.hangup();
  await client.result();
});

scene("a session that is refused is counted by its cause", async () => {
  const before = await setting.gateway.metrics();
  const client = await setting.client();
  client.say("connection", setting.wireAccount("1001", { sipLogin: "10 01" }));
  await client.next("fail");
  const name = 'zvonok_sessions_ended_total{cause="bad_account"}';
  await shows(setting.gateway, name, before[name] + 1);
});

scene("after all these calls there are as many series as in a fresh gateway", async () => {
  const fresh = await another({});
  const names = async (gateway) => Object.keys(await gateway.metrics()).sort();
  assert.deepEqual(await names(setting.gateway), await names(fresh));
  await fresh.stop();
});

scene("with the most workers that there may be everything still fits into one answer", async () => {
  const gateway = await another({ media: { workers: 63, web_port: 0 }, limits: { calls: 10 } });
  const { status, text } = await ask(`${gateway.admin}/metrics`);
  assert.equal(status, 200);
  assert.ok(text.includes('zvonok_worker_calls{worker="62"} 0'));
  assert.deepEqual(await runPromtool(["check", "metrics"], text), { code: 0, output: "" });
  await gateway.stop();
});

// ---- the door

scene("operators find three paths, may only read, and have no WebSocket", async () => {
  const { admin } = setting.gateway;
  assert.deepEqual((await ask(`${admin}/livez`)).text, "ok\n");
  assert.deepEqual((await ask(`${admin}/readyz`)).text, "ok\n");
  assert.equal((await ask(`${admin}/`)).status, 404);
  assert.equal((await ask(`${admin}/metrics/`)).status, 404);
  assert.equal((await ask(`${admin}/metrics`, { method: "POST" })).status, 405);
  const head = await ask(`${admin}/metrics`, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.text, "");
  await assert.rejects(setting.client(admin.replace("http", "ws")), /404/);
});

function statusOf(url) {
  return new Promise((resolve, reject) => {
    const request = https.get(url, { rejectUnauthorized: false }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    request.on("error", reject);
  });
}

scene("clients' ports do not show them", async () => {
  const { ports } = setting.gateway;
  for (const name of ["metrics", "livez", "readyz"]) {
    assert.equal(await statusOf(`https://localhost:${ports.https}/${name}`), 404, name);
    assert.equal(await statusOf(`https://localhost:${ports.wss}/${name}`), 426, name);
    assert.equal((await ask(`http://127.0.0.1:${ports.ws}/${name}`)).status, 426, name);
  }
});

scene("an empty list opens no port, and an address that is not loopback is refused", async () => {
  const gateway = await another({ http: { admin_listen: [] } });
  await assert.rejects(gateway.metrics());
  await gateway.stop();
  await assert.rejects(
    another({ http: { admin_listen: [`0.0.0.0:${gateway.ports.admin}`] } }),
    /http\.admin_listen: .*loopback.*password/,
  );
});

// ---- ready or not

/** While one call is up, /readyz gives this reason; when it is over, none. */
async function refusesAfterOneCall(config, reason) {
  const gateway = await another(config);
  assert.equal((await ask(`${gateway.admin}/readyz`)).status, 200);
  const softphone = await setting.softphone({ codecs: ["PCMU"] });
  const client = call(gateway, { codec: "PCMU", seconds: 0 });
  await shows(gateway, ACTIVE, 1);
  const full = await ask(`${gateway.admin}/readyz`);
  assert.equal(full.status, 503);
  assert.match(full.text, reason);
  assert.equal((await ask(`${gateway.admin}/livez`)).status, 200);
  await softphone.hangup();
  await client.result();
  await until(10_000, "it is ready again", async () => {
    return (await ask(`${gateway.admin}/readyz`)).status === 200;
  });
  await gateway.stop();
}

scene("a gateway with as many calls as it may have is not ready", () =>
  refusesAfterOneCall({ limits: { calls: 1 } }, /limits\.calls/),
);

scene("a gateway without a free media port is not ready", async () => {
  const from = setting.gateway.config.media.port_from;
  await setting.gateway.isIdle(); // the ports are borrowed from it
  await refusesAfterOneCall({ media: { port_from: from, port_to: from + 1 } }, /no media port/);
});

scene("a gateway with as many clients as it may have is not ready", async () => {
  const gateway = await another({ limits: { clients: 1 } });
  const client = await setting.client(gateway.ws);
  client.say("connection", setting.wireAccount("1001"));
  await client.next("registered");
  const { status, text } = await ask(`${gateway.admin}/readyz`);
  assert.equal(status, 503);
  assert.match(text, /limits\.clients/);
  client.close();
  await gateway.stop();
});

scene("a gateway that is stopping is not ready, and is alive until it ends", async () => {
  const silent = await openBlackHole();
  const gateway = await another({});
  const client = await setting.client(gateway.ws);
  const account = { sipDomain: "127.0.0.1", sipPort: silent.port };
  client.say("connection", setting.wireAccount("1001", account));
  await until(5_000, "it registers", () => silent.seen.length > 0);
  gateway.process.kill("SIGTERM"); // and then waits for an answer that never comes
  const stopping = await until(3_000, "it says that it stops", async () => {
    const answer = await ask(`${gateway.admin}/readyz`);
    return answer.status === 503 && answer;
  });
  assert.match(stopping.text, /stopping/);
  assert.equal((await ask(`${gateway.admin}/livez`)).status, 200);
  await gateway.stop();
  silent.close();
});

// ---- the dashboard, and the alarms that the documentation proposes

/** The queries of the table "Worth an alarm": the first code of each row. */
async function readAlarms() {
  const [, section] = (await readDocument()).split("## Worth an alarm");
  const [table] = section.split("\n## ");
  return [...table.matchAll(/^\| `(.+?)`/gm)].map(([, expr]) => {
    return { title: "alarm", expr: expr.replaceAll("\\|", "|") };
  });
}

async function readDashboard() {
  const dashboard = JSON.parse(
    await readFile(path.join(ROOT, "deploy/grafana/zvonok.json"), "utf8"),
  );
  const queries = dashboard.panels.flatMap((panel) => {
    return (panel.targets ?? []).map(({ expr }) => ({ title: panel.title, expr }));
  });
  return { dashboard, queries };
}

scene(
  "the dashboard loads without edits: its own ids, no overlap, a data source to choose",
  async () => {
    const { dashboard } = await readDashboard();
    const { panels } = dashboard;
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    assert.ok(dashboard.uid && dashboard.title && !dashboard.id && !dashboard.__inputs);
    const taken = new Map();
    for (const { title, gridPos } of panels) {
      assert.ok(
        gridPos.w > 0 && gridPos.h > 0 && gridPos.x >= 0 && gridPos.x + gridPos.w <= 24,
        title,
      );
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(!taken.has(`${x},${y}`), `${title} lies over ${taken.get(`${x},${y}`)}`);
          taken.set(`${x},${y}`, title);
        }
      }
    }
    const source = dashboard.templating.list.find(({ type }) => type === "datasource");
    assert.deepEqual([source.name, source.query], ["datasource", "prometheus"]);
    for (const panel of panels.filter(({ type }) => type !== "row")) {
      for (const { datasource } of [panel, ...panel.targets]) {
        assert.deepEqual(datasource, { type: "prometheus", uid: "${datasource}" }, panel.title);
      }
    }
  },
);

scene("every metric and cause of dashboard and alarms is one of the gateway's", async () => {
  const { queries } = await readDashboard();
  const alarms = await readAlarms();
  const text = await scrape();
  const known = new Set(
    Object.keys(await setting.gateway.metrics()).map((key) => key.split("{")[0]),
  );
  assert.ok(queries.length >= 40, String(queries.length));
  assert.ok(alarms.length >= 5, String(alarms.length));
  for (const { title, expr } of [...queries, ...alarms]) {
    for (const [name] of expr.matchAll(/\b(zvonok|process)_[a-z_]+/g)) {
      assert.ok(known.has(name), `${title}: there is no ${name}`);
    }
    for (const [, causes] of expr.matchAll(/cause=~?"([^"]+)"/g)) {
      for (const cause of causes.split("|")) {
        assert.ok(text.includes(`cause="${cause}"`), `${title}: there is no cause ${cause}`);
      }
    }
  }
});

scene("every query of dashboard and alarms is PromQL", async () => {
  const queries = [...(await readDashboard()).queries, ...(await readAlarms())];
  const rules = queries.map(({ expr }, i) => {
    const query = expr.replaceAll("$instance", ".*").replaceAll("$__rate_interval", "5m");
    assert.ok(!query.includes("$"), query);
    return `      - { record: "panel:${i}", expr: ${JSON.stringify(query)} }\n`;
  });
  const file = path.join(await setting.stage.folder("rules"), "rules.yaml");
  await writeFile(file, `groups:\n  - name: dashboard\n    rules:\n${rules.join("")}`);
  const { code, output } = await runPromtool(["check", "rules", file]);
  assert.equal(code, 0, output);
  assert.match(output, new RegExp(`${queries.length} rules found`));
});
