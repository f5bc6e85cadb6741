/**
 * What a page has to keep so that it can go on after a reload: the gateway's token, in place of the password, and what
 * is to be shown. Whoever has it can take the session over, so it belongs in `sessionStorage` and nowhere else.
 */
import { asFields, asText, asTexts } from "./fields.js";
import { MAX_CALLS } from "./limits.js";

export interface SavedSession {
  readonly url: string;
  /** Changes each time that the session returns. */
  readonly token: string;
  readonly login: string;
  readonly domain: string;
  readonly registerRequired: boolean;
  /** The calls that have not ended here. */
  readonly calls: readonly string[];
}

/** Reads what `JSON.stringify` made of a saved session; undefined when it is none. */
export function parseSaved(text: string | null): SavedSession | undefined {
  let fields;
  try {
    fields = asFields(JSON.parse(text ?? ""));
  } catch {
    return undefined;
  }
  const saved = {
    url: asText(fields["url"]),
    token: asText(fields["token"]),
    login: asText(fields["login"]),
    domain: asText(fields["domain"]),
    registerRequired: fields["registerRequired"] !== false,
    calls: asTexts(fields["calls"]).slice(0, MAX_CALLS),
  };
  return saved.url && saved.token ? saved : undefined;
}
