/**
 * What a reload needs, for this tab alone and until it is closed or disconnected: `sessionStorage` holds the gateway's
 * token, never a password. Why there: docs/decisions/010.
 */
import { parseSaved } from "@zvonok/web";
import type { SavedSession } from "@zvonok/web";

const KEY = "zvonok.session";

export function keep(saved: SavedSession | undefined): void {
  try {
    if (saved) sessionStorage.setItem(KEY, JSON.stringify(saved));
    else sessionStorage.removeItem(KEY);
  } catch {
    // A browser that stores nothing for this page only cannot go on after a reload.
  }
}

export function kept(): SavedSession | undefined {
  try {
    return parseSaved(sessionStorage.getItem(KEY));
  } catch {
    return undefined;
  }
}
