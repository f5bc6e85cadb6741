/** What is heard of the call on the screen: one line when something is wrong, and how good the sound is. */
import type { Arrival, LegQuality, Quality, Severity, Verdict, ZvonokCall } from "@zvonok/web";
import { setText, ui } from "./view.js";

const WORD: Readonly<Record<Severity, string>> = {
  info: "Note",
  warning: "Warning",
  error: "Problem",
};

/** What arrives at the gateway, and at the leg's other end. */
const WAY = {
  web: ["From you to the gateway", "From the gateway to you"],
  sip: ["From the other side to the gateway", "From the gateway to the other side"],
} as const;

/** Mean opinion scores below which the sound is not good any more, and poor: R = 80 and 60 of ITU-T G.107. */
const GOOD_MOS = 4.03;
const FAIR_MOS = 3.1;

/** Keeps a figure and its unit on one line. */
const NO_BREAK = "\u00a0";

export function showHearing(call: ZvonokCall): void {
  showVerdict(call.verdict);
  showQuality(call.quality);
}

export function hideHearing(): void {
  showVerdict(undefined);
  showQuality(undefined);
  ui.quality.open = false;
}

function showVerdict(verdict: Verdict | undefined): void {
  ui.verdict.hidden = !verdict;
  ui.verdict.dataset["severity"] = verdict?.severity ?? "";
  ui.verdictWord.textContent = verdict ? WORD[verdict.severity] : "";
  ui.verdictText.textContent = verdict?.text ?? "";
  setText(ui.verdictRemedy, verdict?.remedy ?? "");
}

/** The worst stretch of the way is what one hears. */
function gradeOf({ legs }: Quality): "good" | "fair" | "poor" | undefined {
  const scores = legs.flatMap(({ mos, reported }) => [mos ?? [], reported?.mos ?? []].flat());
  if (!scores.length) return undefined;
  const worst = Math.min(...scores);
  return worst >= GOOD_MOS ? "good" : worst >= FAIR_MOS ? "fair" : "poor";
}

function figuresOf({ mos, lossPercent, jitterMs }: Arrival, rttMs?: number): string {
  const parts = [
    mos !== undefined && `MOS ${mos.toFixed(1)}`,
    lossPercent !== undefined && `loss ${lossPercent.toFixed(1)} %`,
    jitterMs !== undefined && `jitter ${Math.round(jitterMs)} ms`,
    rttMs !== undefined && `round trip ${Math.round(rttMs)} ms`,
  ];
  const known = parts.filter((part) => part !== false);
  return known.map((part) => part.replaceAll(" ", NO_BREAK)).join(" · ");
}

function linesOf(leg: LegQuality): HTMLElement[] {
  const [there, back] = WAY[leg.leg];
  const figures = [figuresOf(leg, leg.rttMs), figuresOf(leg.reported ?? {})];
  return [there, back].flatMap((way, i) => {
    if (!figures[i]) return [];
    const [name, values] = [document.createElement("dt"), document.createElement("dd")];
    name.textContent = way;
    values.textContent = figures[i];
    return [name, values];
  });
}

function showQuality(quality: Quality | undefined): void {
  const grade = quality && gradeOf(quality);
  ui.quality.hidden = !grade;
  if (!quality || !grade) return;
  // A screen reader is to hear of another grade, not of each figure.
  if (ui.qualityWord.textContent !== grade) ui.qualityWord.textContent = grade;
  ui.qualityWord.dataset["grade"] = grade;
  ui.qualityLegs.replaceChildren(...quality.legs.flatMap(linesOf));
}
