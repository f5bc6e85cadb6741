/** What the gateway tells a client that has returned: the calls that it holds, and how many messages were missed. */
import { asFields, asList, asNumber, asText } from "./fields.js";
import type { Fields } from "./fields.js";
import { MAX_RESUMED } from "./limits.js";

export interface ResumedCall {
  readonly callId: string;
  readonly status: string;
  readonly incoming: boolean;
  readonly caller: string;
  readonly callee: string;
  readonly visibleName: string;
  readonly held: boolean;
  readonly hasVideo: boolean;
  /** Since the answer; of a call without one, since it began. */
  readonly sinceMs: number;
}

export interface Resumed {
  readonly calls: readonly ResumedCall[];
  /** So many missed messages follow. */
  readonly replayed: number;
}

function readCall(fields: Fields): ResumedCall {
  return {
    callId: asText(fields["callId"]),
    status: asText(fields["status"]),
    incoming: fields["incoming"] === true,
    caller: asText(fields["caller"]),
    callee: asText(fields["callee"]),
    visibleName: asText(fields["visibleName"]),
    held: fields["held"] === true,
    hasVideo: fields["hasVideo"] === true,
    sinceMs: Math.max(0, asNumber(fields["since"])),
  };
}

export function readResumed(fields: Fields): Resumed {
  const calls = asList(fields["calls"]).slice(0, MAX_RESUMED);
  return {
    calls: calls.map((call) => readCall(asFields(call))).filter(({ callId }) => callId),
    replayed: Math.max(0, asNumber(fields["replayed"])),
  };
}

/** Both sides of the call have talked. */
export function isAnswered({ status }: ResumedCall): boolean {
  return status === "ESTABLISHED" || status === "HOLD";
}
