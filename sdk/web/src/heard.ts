/** What the gateway measures of a running call: what is wrong with its sound, and how good it is. */
import { asFields, asFigure, asList, asNumber, asSentence, asText } from "./fields.js";
import type { Fields } from "./fields.js";
import { MAX_LEGS } from "./limits.js";

/** `web`: between this browser and the gateway. `sip`: between the gateway and the other side. */
export type Leg = "web" | "sip";
export type Severity = "info" | "warning" | "error";

/** Why one does not hear, or is not heard, at the moment. */
export interface Verdict {
  readonly leg: Leg;
  /** Stable name; `ok` never stands here. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence for a person. */
  readonly text: string;
  /** What can be done about it; empty when there is nothing to do. */
  readonly remedy: string;
  /** For how long it had been so when the gateway told. */
  readonly sinceMs: number;
}

/** How audio arrives at one end of a leg. A figure that is not known is absent. */
export interface Arrival {
  /** Mean opinion score, 1 to 4.5, computed from the other figures. */
  readonly mos?: number;
  /** Share of the packets that were lost, in percent. */
  readonly lossPercent?: number;
  readonly jitterMs?: number;
}

/** The picture that the gateway gets from one leg. A figure that is not known is absent. */
export interface VideoQuality {
  /** Pixels, as the sender's last key frame told. */
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly kbps?: number;
  /** Times that the picture stood still in the last 5 s. */
  readonly freezes?: number;
}

/** How one leg sounds: what the gateway gets from its other end, and by that end's reports what it gets. */
export interface LegQuality extends Arrival {
  readonly leg: Leg;
  readonly rttMs?: number;
  readonly kbps?: number;
  /** Absent where no picture comes. */
  readonly video?: VideoQuality;
  readonly reported?: Arrival;
}

export interface Quality {
  readonly legs: readonly LegQuality[];
}

/** What one leg is found to be; undefined: nothing is wrong with it any more. */
export interface Finding {
  readonly leg: Leg;
  readonly verdict: Verdict | undefined;
}

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2 };

function asLeg(value: unknown): Leg {
  return value === "sip" ? "sip" : "web";
}

function asSeverity(value: unknown): Severity {
  return value === "info" || value === "error" ? value : "warning";
}

export function readFinding(fields: Fields): Finding {
  const leg = asLeg(fields["leg"]);
  const code = asText(fields["code"]);
  const text = asSentence(fields["text"]);
  if (code === "ok" || !code || !text) return { leg, verdict: undefined };
  return {
    leg,
    verdict: {
      leg,
      code,
      severity: asSeverity(fields["severity"]),
      text,
      remedy: asSentence(fields["remedy"]),
      sinceMs: asNumber(fields["since"]),
    },
  };
}

/** The figures that are known, under the names that they have here. */
function readFigures(fields: Fields, names: Readonly<Record<string, string>>): object {
  const figures = Object.entries(names).map(([ours, theirs]) => [ours, asFigure(fields[theirs])]);
  return Object.fromEntries(figures.filter(([, value]) => value !== undefined));
}

const ARRIVAL = { mos: "mos", lossPercent: "loss", jitterMs: "jitterMs" };

const VIDEO = { width: "width", height: "height", fps: "fps", kbps: "kbps", freezes: "freezes" };

function readLeg(fields: Fields): LegQuality {
  const video = readFigures(asFields(fields["video"]), VIDEO);
  const reported = readFigures(asFields(fields["reported"]), ARRIVAL);
  return {
    leg: asLeg(fields["leg"]),
    ...readFigures(fields, { ...ARRIVAL, rttMs: "rttMs", kbps: "kbps" }),
    ...(Object.keys(video).length > 0 && { video }),
    ...(Object.keys(reported).length > 0 && { reported }),
  };
}

export function readQuality(fields: Fields): Quality {
  const legs = asList(fields["legs"]).slice(0, MAX_LEGS);
  return { legs: legs.map((leg) => readLeg(asFields(leg))) };
}

/** The findings of both legs of a call, and the one that a person should know of. */
export class Findings {
  readonly #ofLeg = new Map<Leg, Verdict>();

  /** Keeps what has been found; true when `worst` has changed by it. */
  take({ leg, verdict }: Finding): boolean {
    const before = this.worst;
    this.#ofLeg.delete(leg);
    if (verdict) this.#ofLeg.set(leg, verdict);
    return this.worst !== before;
  }

  /** The gravest; of two alike the one that was told last. */
  get worst(): Verdict | undefined {
    let worst: Verdict | undefined;
    for (const verdict of this.#ofLeg.values()) {
      if (!worst || RANK[verdict.severity] >= RANK[worst.severity]) worst = verdict;
    }
    return worst;
  }
}
