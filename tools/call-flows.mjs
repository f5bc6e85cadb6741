// The pages of docs/call-flows/: what the gateway recorded of a call, merged with what the SIP server and the phone said
// to each other, with the twelve steps of a call marked. Pictures are drawn by trace2seq. tests/e2e/trace/flows.test.mjs
// makes the calls, writes the pages and compares them.
import { execFileSync } from "node:child_process";

/** Whoever hears the same bytes twice within this was told twice: SIP repeats nothing before 500 ms (RFC 3261, T1). */
const TOLD_TWICE_US = 100_000;

/** The step in which somebody hangs up. */
const HANGUP = 8;

/** How a step is found among the events: a message from one lane to another, by its label and what it answers. */
const sip = (from, to, label, cseq) => ({ kind: "sip", from, to, label, cseq });
const client = (from, to, label) => ({ kind: "client", from, to, label });
const media = (from) => ({ kind: "media", from, to: "gateway", label: "first packet" });

export const RENEW = "ZV_WRITE_FLOWS=1 node --test tests/e2e/trace/flows.test.mjs";

export const FLOWS = {
  outgoing: {
    title: "A call from the client to a SIP phone",
    intro:
      "The phone page in Chromium (1001) calls a softphone (1002) through a SIP server that carries calls and no\n" +
      "media; the page hangs up. The server asks for the password once (407) before it lets the call pass.",
    steps: [
      ["The client creates the call", client("client", "gateway", "call")],
      ["The gateway calls the SIP server", sip("gateway", "sip", "INVITE")],
      ["The SIP server calls the SIP phone", sip("sip", "phone", "INVITE")],
      ["The SIP phone accepts", sip("phone", "sip", /^200 /, "INVITE")],
      ["The SIP server passes that on", sip("sip", "gateway", /^200 /, "INVITE")],
      ["The client is told that the call is up", client("gateway", "client", "talk")],
      ["Sound flows both ways", media("client"), media("phone")],
      ["The client hangs up", client("client", "gateway", "hangup")],
      ["The gateway tells the SIP server", sip("gateway", "sip", "BYE")],
      ["The SIP server tells the SIP phone", sip("sip", "phone", "BYE")],
      ["The SIP phone confirms", sip("phone", "sip", /^200 /, "BYE")],
      ["The SIP server confirms", sip("sip", "gateway", /^200 /, "BYE")],
    ],
  },
  incoming: {
    title: "A call from a SIP phone to the client",
    intro:
      "A softphone (1002) calls the phone page in Chromium (1001) through a SIP server that carries calls and no\n" +
      "media; the page answers and the softphone hangs up. The gateway's 200 waits until the page's media is\n" +
      "encrypted, so that no first word is lost.",
    steps: [
      ["The SIP phone calls the SIP server", sip("phone", "sip", "INVITE")],
      ["The SIP server calls the gateway", sip("sip", "gateway", "INVITE")],
      ["The client is told of the call", client("gateway", "client", "notifyIncomingCall")],
      ["The client answers", client("client", "gateway", "answer")],
      ["The gateway accepts", sip("gateway", "sip", /^200 /, "INVITE")],
      ["The SIP server passes that on to the SIP phone", sip("sip", "phone", /^200 /, "INVITE")],
      ["Sound flows both ways", media("client"), media("phone")],
      ["The SIP phone hangs up", sip("phone", "sip", "BYE")],
      ["The SIP server tells the gateway", sip("sip", "gateway", "BYE")],
      ["The gateway confirms", sip("gateway", "sip", /^200 /, "BYE")],
      ["The client is told that the call is over", client("gateway", "client", "finish")],
      ["The SIP server confirms to the SIP phone", sip("sip", "phone", /^200 /, "BYE")],
    ],
  },
};

// ---- merging ----

const firstLine = (message) => message.slice(0, message.indexOf("\r\n"));

function titleOf(message) {
  const line = firstLine(message);
  return line.startsWith("SIP/2.0 ") ? line.slice(8) : line.split(" ")[0];
}

function methodOf(message) {
  return /^CSeq: *\d+ +(\S+)/im.exec(message)?.[1];
}

/** What was seen between SIP server and phone (peers/hep.mjs), as events: `{wallUs, from, to, text}`. */
function eventsOfPhone({ messages, phonePort }, callId, createdWallUs) {
  const heard = new Map();
  return messages
    .filter(({ from, to }) => from.port === phonePort || to.port === phonePort)
    .filter(({ text }) => /^Call-ID: *(\S+)/im.exec(text)?.[1] === callId)
    .filter(({ from, text, wallUs }) => {
      const key = `${from.port} ${text}`;
      const before = heard.get(key);
      heard.set(key, wallUs);
      return before === undefined || wallUs - before > TOLD_TWICE_US;
    })
    .map(({ from, text, wallUs }) => ({
      atMs: (wallUs - createdWallUs) / 1000,
      kind: "sip",
      from: from.port === phonePort ? "phone" : "sip",
      to: from.port === phonePort ? "sip" : "phone",
      label: titleOf(text),
      data: text,
    }));
}

/** Addresses differ from run to run and say nothing here; what a response answers does. */
function describe(event) {
  if (event.kind === "client") return event.detail;
  if (event.kind !== "sip" || !/^\d/.test(event.label)) return undefined;
  return `to ${methodOf(event.data)}`;
}

/** The SIP server of these calls carries no media: what comes to the SIP leg comes from the phone itself. */
function laneOf(event) {
  return event.kind === "media" && event.from === "sip" ? "phone" : event.from;
}

function isStep(event, { kind, from, to, label, cseq }) {
  if (event.kind !== kind || event.from !== from || event.to !== to) return false;
  if (cseq && methodOf(event.data) !== cseq) return false;
  return label instanceof RegExp ? label.test(event.label) : label === event.label;
}

/** Once somebody has hung up, each end stops its media when it hears of it: that tells nothing of the call. */
function isOfInterest(event, hangup) {
  return event.kind !== "media" || event.atMs < hangup.atMs;
}

function markSteps(events, steps) {
  steps.forEach(([what, ...parts], i) => {
    for (const part of parts) {
      const found = events.find((event) => isStep(event, part));
      if (!found) {
        const way = `${part.kind} ${part.label} from ${part.from} to ${part.to}`;
        throw new Error(`step ${i + 1} (${what}) did not happen: there is no ${way}`);
      }
      found.step = i + 1;
    }
  });
}

/**
 * One trace of all four parties, which begins at 0 with whatever was first.
 * trace: of the gateway (`zvonokctl --json trace`); seen: {messages, phonePort}.
 */
export function mergeFlow(trace, seen, flow) {
  const { createdWallUs, sipCallId } = trace.call;
  const events = trace.events
    .map((event) => ({ ...event, from: laneOf(event) }))
    .concat(eventsOfPhone(seen, sipCallId, createdWallUs))
    .map((event) => ({ ...event, detail: describe(event) }))
    .sort((a, b) => a.atMs - b.atMs);
  markSteps(events, flow.steps);
  const hangup = events.find(({ step }) => step === HANGUP);
  const shown = events.filter((event) => isOfInterest(event, hangup));
  const zero = shown[0].atMs;
  const since = (ms) => (ms === undefined ? undefined : ms - zero);
  const call = {
    ...trace.call,
    session: undefined,
    callId: undefined,
    sipCallId: undefined,
    createdWallUs: Math.round(createdWallUs + zero * 1000),
    answeredMs: since(trace.call.answeredMs),
    endedMs: since(trace.call.endedMs),
  };
  return { ...trace, call, events: shown.map((event) => ({ ...event, atMs: since(event.atMs) })) };
}

// ---- the page ----

function draw(trace2seq, style, trace) {
  const args = [style, "--without-addresses", "-"];
  return execFileSync(trace2seq, args, { input: JSON.stringify(trace), encoding: "utf8" });
}

const TITLES = {
  client: "client",
  gateway: "gateway",
  sip: "SIP server",
  phone: "SIP phone",
};

function writeWay({ kind, from, to, label }) {
  if (kind === "media") return `first packet from the ${TITLES[from]}`;
  return `\`${label}\`, ${TITLES[from]} → ${TITLES[to]}`;
}

/** As the pictures have it: cut, not rounded. */
const writeMs = ({ atMs }) => (Math.floor(Math.round(atMs * 1000) / 100) / 10).toFixed(1);

function writeTable(events, steps) {
  const rows = steps.map(([what, ...parts], i) => {
    const found = parts.map((part) => events.find((event) => event.step && isStep(event, part)));
    const seen = found.map(writeWay).join("; ");
    return `| ${i + 1} | ${what} | ${seen} | ${found.map(writeMs).join("; ")} |`;
  });
  return ["| step | what happens | seen as | ms |", "|---:|---|---|---:|", ...rows].join("\n");
}

/** The Markdown of a page. */
export function writePage(trace2seq, merged, flow) {
  return `# ${flow.title}

${flow.intro}
Times are those of one run on one machine, in milliseconds.

${writeTable(merged.events, flow.steps)}

Dashed arrows are SIP responses and events to the client.

\`\`\`mermaid
${draw(trace2seq, "--mermaid", merged)}\`\`\`

The same as \`zvonokctl trace\` prints it, with the steps in the margin:

\`\`\`text
${draw(trace2seq, "--text", merged)}\`\`\`

Made from a real call by \`${RENEW}\`,
which compares it with a new call each time that it runs: what the gateway recorded, and between SIP server and SIP phone
what Kamailio reported (HEPv3).
`;
}

// ---- comparing ----

/** What two runs may differ in: times, and how often something had to be sent. */
function normalize(line) {
  return line
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replace(/-?\d+\.\d+( m?s\b)?/g, "TIME")
    .replace(/ \(x\d+\)/g, "")
    .replace(/c-\d+\.\d+\.\d+/g, "CALL")
    .replace(/ {2,}/g, " ")
    .trimEnd();
}

/** The lanes of a line of the diagram, apart for messages and for milestones of the media. */
function pairOf(line) {
  const [, from, to] = /^ (\w+)(?:->>|--\))(\w+): /.exec(line) ?? [];
  if (from) return `messages between ${[from, to].sort().join(" and ")}`;
  const [, lanes] = /^ Note over ([\w,]+): /.exec(line) ?? [];
  if (lanes) return lanes.includes(",") ? `media of ${lanes}` : `notes of the ${lanes}`;
  return "the head";
}

const section = (page, fence) => page.split(`\`\`\`${fence}\n`)[1]?.split("```")[0] ?? "";

/** A row of the ladder without its spaces and the lengths of its lines: columns are as wide as the labels of a run. */
const squeeze = (row) => row.replaceAll(" ", "").replace(/([-=]){2,}/g, "$1");
const asSet = (lines) => [...new Set(lines)].sort();

/**
 * Lines of the diagram by the lanes between which they are: across lanes the order differs between runs. Milestones of
 * the media overtake each other, and ICE may choose a better pair later.
 */
function groupsOf(page) {
  const groups = new Map();
  for (const line of section(page, "mermaid").split("\n").map(normalize)) {
    const pair = pairOf(line);
    groups.set(pair, [...(groups.get(pair) ?? []), line.trim()]);
  }
  for (const [pair, lines] of groups) if (pair.startsWith("media")) groups.set(pair, asSet(lines));
  const ladder = section(page, "text").split("\n").map(normalize);
  groups.set("the ladder", asSet(ladder.map(squeeze)));
  const rest = page.replace(/```\w+\n[^]*?```/g, "```").split("\n");
  groups.set("the text", rest.map(normalize));
  return groups;
}

/** Differences between the page that is there and a new one, as lines with - and +; empty: none. */
export function comparePages(committed, renewed) {
  const [old, now] = [groupsOf(committed), groupsOf(renewed)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.flatMap((name) => {
    const [before, after] = [old.get(name) ?? [], now.get(name) ?? []];
    if (before.join("\n") === after.join("\n")) return [];
    const gone = before.filter((line) => !after.includes(line)).map((line) => `- ${line}`);
    const come = after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`);
    const changes = [...gone, ...come];
    return [`${name}:`, ...(changes.length ? changes : ["  the same lines in another order"])];
  });
}
