// SIPp with a scenario of ours: scripted phones for answers that no real phone gives on demand.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { passwordOf } from "./kamailio.mjs";
import { freePorts } from "./ports.mjs";
import { register } from "./sip.mjs";
import { within } from "./stage.mjs";

function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

const head = (name) => `<?xml version="1.0" encoding="ISO-8859-1"?>\n<scenario name="${name}">\n`;

/** REGISTER with digest, once. */
export function registerScenario({ user, password, domain, contact, expires = 300 }) {
  const request = (cseq, extra) =>
    `<send retrans="500"><![CDATA[
REGISTER sip:${domain} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:${user}@${domain}>;tag=[call_number]
To: <sip:${user}@${domain}>
Call-ID: [call_id]
CSeq: ${cseq} REGISTER
Contact: <sip:${user}@${contact ?? "[local_ip]:[local_port]"}>
${extra}Expires: ${expires}
Content-Length: 0

]]></send>`;
  const digest = `[authentication username=${user} password=${password}]\n`;
  return `${head("register")}${request(1, "")}
<recv response="100" optional="true"/>
<recv response="401" auth="true"/>
${request(2, digest)}
<recv response="100" optional="true"/>
<recv response="200"/>
</scenario>`;
}

const copied = (tag) => `[last_Via:]
[last_From:]
[last_To:]${tag}
[last_Call-ID:]
[last_CSeq:]
[last_Record-Route:]
`;

/** An answer to the last request; `tag` is ours, and there already inside a dialog. */
function reply(status, reason, { body, tag = ";tag=[call_number]" } = {}) {
  const contact = "Contact: <sip:[local_ip]:[local_port];transport=[transport]>\n";
  const rest = body
    ? `${contact}Content-Type: application/sdp\nContent-Length: [len]\n\n${body}`
    : `${contact}Content-Length: 0\n`;
  return `<send${status >= 200 ? ' retrans="500"' : ""}><![CDATA[
SIP/2.0 ${status} ${reason}
${copied(tag)}${rest}
]]></send>\n`;
}

const ECHO_SDP = `v=0
o=- 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0 8
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
`;

/** Answers an INVITE with `status`, and where that refuses its offer the second one as well; a 200 echoes the audio until
 * BYE. `ringing: false` leaves 180 out. */
export function answerScenario({ status = 200, reason = "OK", ringing = true } = {}) {
  const ring = ringing ? reply(180, "Ringing") : "";
  const start = `${head("answer")}<recv request="INVITE"/>\n${reply(100, "Trying")}${ring}`;
  const refusal = `${reply(status, escape(reason))}<recv request="ACK"/>\n`;
  const again = [415, 488, 606].includes(status) ? `<recv request="INVITE"/>\n${refusal}` : "";
  if (status !== 200) return `${start}${refusal}${again}</scenario>`;
  return `${start}${reply(200, "OK", { body: ECHO_SDP })}<recv request="ACK"/>
<recv request="BYE"/>
${reply(200, "OK", { tag: "" })}</scenario>`;
}

/** options: scenario (text), target {address, port}, calls, extra (arguments). */
export async function startSipp(stage, { name = "sipp", scenario, target, calls = 1, extra = [] }) {
  const port = await freePorts(20);
  const dir = await stage.folder(name);
  const file = path.join(dir, "scenario.xml");
  await writeFile(file, scenario);
  const args = ["-sf", file, "-i", "127.0.0.1", "-p", String(port), "-mi", "127.0.0.1"];
  args.push("-mp", String(port + 10), "-m", String(calls), "-nostdin", "-rtp_echo", ...extra);
  if (target) args.push(`${target.address}:${target.port}`);
  const child = stage.spawn(name, "sipp", args, { cwd: dir, env: { TERM: "dumb" }, stopMs: 2_000 });
  return {
    port,
    process: child,
    /** Resolves when all its calls went as the scenario says. */
    async finished(ms = 10_000) {
      const how = await within(ms, `${name} finishes`, child.exited);
      if (how.code !== 0) throw new Error(`${name}: exit ${how.code}: ${child.tail(1500)}`);
    },
  };
}

/**
 * A phone by SIPp that answers so many calls and echoes what it hears, registered at a Kamailio in place of whoever was.
 * options: user, domain, calls, expires.
 */
export async function startEchoPhone(stage, kamailio, options) {
  const { user, domain, calls, expires } = options;
  const phone = await startSipp(stage, {
    name: `phone-${user}`,
    scenario: answerScenario(),
    calls,
  });
  const account = { user, password: passwordOf(user), domain };
  await register({ ...kamailio, ...account, expires: 0 });
  const registrar = await startSipp(stage, {
    name: `registrar-${user}`,
    scenario: registerScenario({ ...account, contact: `127.0.0.1:${phone.port}`, expires }),
    target: kamailio,
  });
  await registrar.finished();
  return phone;
}
