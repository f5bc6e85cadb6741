/**
 * What the form starts with. The address of the page may fill fields: `?login=1001&domain=sip.example&callee=1002`,
 * and after `#` the same, where a browser keeps it to itself, the password as well. What a person typed is kept in
 * this browser's storage, except the password.
 */
export const STORED = ["login", "auth", "domain", "port", "register", "callee"] as const;
const FROM_QUERY = ["url", ...STORED] as const;
const FROM_FRAGMENT = [...FROM_QUERY, "password"] as const;

export type Setting = (typeof FROM_FRAGMENT)[number];
export type Settings = Partial<Record<Setting, string>>;

const KEY = "zvonok.phone";

function pick(source: URLSearchParams, names: readonly Setting[]): Settings {
  const found: Settings = {};
  for (const name of names) {
    const value = source.get(name);
    if (value !== null) found[name] = value;
  }
  return found;
}

function readStored(): Settings {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<string, unknown>;
    const found: Settings = {};
    for (const name of STORED) {
      const value = stored[name];
      if (typeof value === "string") found[name] = value;
    }
    return found;
  } catch {
    return {};
  }
}

function ownGateway(): string {
  return `${location.protocol === "http:" ? "ws" : "wss"}://${location.host}`;
}

/** What the page's address names. */
export function readAddress(): Settings {
  const fragment = pick(new URLSearchParams(location.hash.slice(1)), FROM_FRAGMENT);
  if (fragment.password !== undefined) {
    history.replaceState(null, "", location.pathname + location.search);
  }
  return { ...pick(new URLSearchParams(location.search), FROM_QUERY), ...fragment };
}

export function readSettings(address: Settings): Settings {
  return { url: ownGateway(), ...readStored(), ...address };
}

export function storeSettings(settings: Settings): void {
  const kept = Object.fromEntries(STORED.map((name) => [name, settings[name] ?? ""]));
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // A browser that stores nothing for this page only costs typing.
  }
}
