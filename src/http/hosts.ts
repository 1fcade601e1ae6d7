export const CONFLUENT_CLOUD_URL = "https://api.confluent.cloud";

export interface HostRule {
  /** Addresses that the configuration names, of any upstream. */
  readonly configured: readonly string[];
  /** Addresses that cmk and srcm returned. */
  readonly returned: readonly string[];
  /** KAFKA_CLOUD_URL; Confluent's own when undefined. */
  readonly cloudUrl?: string | undefined;
}

/**
 * Whether a request may go to `url`: to an origin (scheme, host and port) that the configuration names, or that
 * Confluent's control plane returned, provided that this one lies under Confluent's own domain.
 */
export function mayCall(url: URL, rule: HostRule): boolean {
  if (url.username !== "" || url.password !== "") return false;
  if (rule.configured.some((address) => originOf(address) === url.origin)) return isWeb(url);
  return rule.returned.some((address) => originOf(address) === url.origin) && isConfluents(url, rule.cloudUrl);
}

/**
 * Whether an address lies under Confluent's own domain: `confluent.cloud`, or the domain of KAFKA_CLOUD_URL where that
 * is another one (`api.` at its front stripped; an IP address and `localhost` stand for themselves). Plain http only
 * where KAFKA_CLOUD_URL is plain http, which is never the real one.
 */
export function isConfluents(url: URL, cloudUrl: string = CONFLUENT_CLOUD_URL): boolean {
  const base = URL.parse(cloudUrl);
  if (base === null) return false;
  if (url.protocol !== "https:" && url.protocol !== base.protocol) return false;
  if (!isWeb(url)) return false;
  const domain = domainOf(base.hostname);
  return url.hostname === domain || (!isAddress(domain) && url.hostname.endsWith(`.${domain}`));
}

function domainOf(hostname: string): string {
  const parent = hostname.replace(/^api\./, "");
  return parent.includes(".") ? parent : hostname;
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /^\d+(?:\.\d+){3}$/.test(hostname);
}

function isWeb(url: URL): boolean {
  return url.protocol === "https:" || url.protocol === "http:";
}

function originOf(address: string): string | undefined {
  return URL.parse(address)?.origin;
}
