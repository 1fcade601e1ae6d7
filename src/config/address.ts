import type { Platform } from "./model.ts";

/** An address that may be used, with a warning where one is due; or what was expected instead. */
export type Address =
  | { readonly ok: true; readonly url: string; readonly host: string; readonly warning: string | undefined }
  | { readonly ok: false; readonly message: string };

/**
 * Checks the base address of a service and takes blanks and slashes off its ends. It must be http or https, without user,
 * query or fragment; http to anything but this machine is warned of. Cloudflare's fetch does not reach an IP address, so
 * there one is refused, but for loopback in local development.
 */
export function readAddress(text: string, platform: Platform): Address {
  const url = parse(text.trim());
  if (!url) return refuse("expected an address such as https://host/path");
  if (url.username !== "" || url.password !== "") {
    return refuse("expected an address without user and password; they have variables of their own");
  }
  if (url.search !== "" || url.hash !== "") return refuse("expected an address without ? and #");
  const loopback = isLoopback(url.hostname);
  if (platform === "cloudflare" && isIpLiteral(url.hostname) && !loopback) {
    return refuse(
      "expected a host name: a Worker on Cloudflare cannot reach an IP address; give the server a name, or a tunnel's",
    );
  }
  const plain = url.protocol === "http:" && !loopback;
  return {
    ok: true,
    url: `${url.origin}${url.pathname.replace(/\/+$/, "")}`,
    host: url.hostname,
    warning: plain ? "http sends credentials and data unencrypted; use https" : undefined,
  };
}

/** Names and addresses of this machine (RFC 6761, RFC 1122). `hostname` is as `URL` gives it. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(?:\.\d+){3}$/.test(hostname)
  );
}

function isIpLiteral(hostname: string): boolean {
  return hostname.startsWith("[") || /^\d+(?:\.\d+){3}$/.test(hostname);
}

function parse(text: string): URL | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

function refuse(message: string): Address {
  return { ok: false, message };
}
