/** STUN and TURN servers that the gateway names. A malformed one would make the browser refuse the whole list. */
import { asFields, asList, asText, asTexts } from "./fields.js";
import { MAX_ICE_SERVERS } from "./limits.js";

const ADDRESS = /^(stun|stuns|turn|turns):[^\s]+$/;

function readServer(value: unknown): RTCIceServer | undefined {
  const fields = asFields(value);
  const { urls } = fields;
  const all = typeof urls === "string" ? [urls] : [...asTexts(urls)];
  const good = all.filter((url) => ADDRESS.test(url)).slice(0, MAX_ICE_SERVERS);
  if (!good.length) return undefined;
  const username = asText(fields["username"]);
  const credential = asText(fields["credential"]);
  if (!username || !credential) {
    const free = good.filter((url) => url.startsWith("stun"));
    return free.length ? { urls: free } : undefined;
  }
  return { urls: good, username, credential };
}

export function readIceServers(value: unknown): RTCIceServer[] {
  const servers = asList(value).slice(0, MAX_ICE_SERVERS).map(readServer);
  return servers.filter((server): server is RTCIceServer => server !== undefined);
}
