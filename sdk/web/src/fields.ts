/**
 * Reading of what the gateway says: tolerant of unknown fields, absent and null being the same, and strict about types:
 * a field of the wrong type reads as absent.
 */
import type { Cause } from "./cause.js";
import { BROWSER_CAUSES } from "./causes.js";
import type { BrowserCause } from "./causes.js";

export type Fields = Readonly<Record<string, unknown>>;

export function asFields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function asTexts(value: unknown): readonly string[] {
  return asList(value).filter((one): one is string => typeof one === "string");
}

/** A figure that is known. */
export function asFigure(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function asNumber(value: unknown): number {
  return asFigure(value) ?? 0;
}

/** The gateway's sentences come without capital and full stop, so that they fit into a log line. */
export function asSentence(value: unknown): string {
  const text = asText(value).trim();
  if (!text) return "";
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? "" : ".");
}

/**
 * `text` is the sentence of the cause, the same each time. `info` names the field and the place in a `fail`, and is a
 * short text for clients that know no causes in reports of calls: so the one goes first here, the other there.
 */
export function readCause(fields: Fields, fallback: BrowserCause, first: "text" | "info"): Cause {
  const field = asText(fields["field"]);
  const second = first === "text" ? "info" : "text";
  return {
    cause: asText(fields["cause"]) || fallback,
    text: asSentence(fields[first]) || asSentence(fields[second]) || BROWSER_CAUSES[fallback].text,
    remedy: asSentence(fields["remedy"]),
    hop: asText(fields["hop"]),
    sipStatus: asNumber(fields["sipStatus"]),
    ...(field && { field }),
  };
}
