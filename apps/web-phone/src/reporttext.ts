/** The report of a failed call as plain text, to be sent to whoever runs the gateway. No password is in it. */
import type { Cause, EndReport, ZvonokCall } from "@zvonok/web";

export interface ReportParts {
  readonly call: Pick<ZvonokCall, "incoming" | "caller" | "callee">;
  readonly cause: Cause;
  readonly at: Date;
  /** The gateway's address as it was typed. */
  readonly gateway: string;
  readonly report: EndReport | undefined;
}

/** What would break a line, or the order in which it is read. */
const UNRULY = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g;

/** Without a user, a password or a query: any of them may be a secret. */
function withoutSecrets(address: string): string {
  try {
    const { protocol, host, pathname } = new URL(address);
    return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
  } catch {
    return "";
  }
}

function nameOf(cause: Cause): string {
  return cause.sipStatus ? `${cause.cause}, SIP ${cause.sipStatus}` : cause.cause;
}

export function writeReport({ call, cause, at, gateway, report }: ReportParts): string {
  const way = call.incoming ? "incoming" : "outgoing";
  const lines: readonly (readonly [string, string])[] = [
    ["What happened", `${cause.text} (${nameOf(cause)})`],
    ["What to do", cause.remedy],
    ["Time", at.toISOString()],
    ["Call", `${way}, from ${call.caller || "unknown"} to ${call.callee || "unknown"}`],
    ["Number of the call", report?.traceId ?? ""],
    ["Gateway", withoutSecrets(gateway)],
    ["Browser", navigator.userAgent],
  ];
  const head = lines
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}: ${value.replace(UNRULY, " ")}\n`);
  const ladder = report?.ladder ? `\n${report.ladder.trimEnd()}\n` : "";
  return `A call failed (Zvonok web phone)\n\n${head.join("")}${ladder}`;
}
