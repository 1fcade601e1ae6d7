import { cleanDetail } from "./clean.ts";
import type { Failure } from "./errors.ts";
import { UpstreamError } from "./errors.ts";
import { nameOf } from "./names.ts";
import type { Upstream } from "./outlet.ts";

const DAY = 24 * 60 * 60 * 1000;
/** `code` of an `UpstreamError` about a certificate that cannot be trusted. */
export const CERTIFICATE = "certificate";

const BY_STATUS: Readonly<Record<number, Failure>> = {
  401: { kind: "unauthorised" },
  402: { kind: "quota" },
  403: { kind: "forbidden" },
  404: { kind: "missing" },
  405: { kind: "unsupported" },
  406: { kind: "unsupported" },
  409: { kind: "conflict" },
  410: { kind: "gone" },
  428: { kind: "stale" },
  501: { kind: "unsupported" },
};

/**
 * What an answer that is not 2xx means. `now` (ms since the epoch) is only used for a `Retry-After` in the form of a
 * date whose answer bears no `Date`.
 */
export function failureOf(status: number, headers: Headers, now?: number): Failure {
  const known = BY_STATUS[status];
  if (known !== undefined) return known;
  if (status === 429) return { kind: "throttled", retryAfterMs: retryAfterMs(headers, now) };
  if (status === 408 || status >= 500) return { kind: "server", retryAfterMs: retryAfterMs(headers, now) };
  if (status >= 400) return { kind: "invalid" };
  return { kind: "malformed" };
}

/**
 * The wait that a server asks for, in ms, at most 24 h; undefined when it does not say. `Retry-After` (RFC 9110 10.2.3,
 * seconds or a date, the latter measured against the answer's own `Date` so that clocks need not agree) goes before
 * `X-RateLimit-Reset`, which Confluent's control plane gives in seconds from now (ccloud-sdk-go-v2 iam/v2).
 */
export function retryAfterMs(headers: Headers, now?: number): number | undefined {
  const told = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+(?:\.\d+)?$/.test(told)) return Math.min(Math.ceil(Number(told) * 1000), DAY);
  const at = told === "" ? Number.NaN : Date.parse(told);
  if (!Number.isNaN(at)) {
    const sent = Date.parse(headers.get("date") ?? "");
    const from = Number.isNaN(sent) ? now : sent;
    if (from !== undefined) return Math.min(Math.max(0, at - from), DAY);
  }
  const reset = headers.get("x-ratelimit-reset")?.trim() ?? "";
  // More than a day can only be a time of day, which other APIs put there.
  if (/^\d+$/.test(reset) && Number(reset) * 1000 <= DAY) return Number(reset) * 1000;
  return undefined;
}

/**
 * Answers that Cloudflare itself gives in place of a server that it could not talk to. In production a certificate that
 * no public authority signed arrives as status 526 (developers.cloudflare.com, "Error 526", Workers subrequests).
 */
const EDGE: Readonly<Record<number, Reason>> = {
  521: "refused",
  522: "timeout",
  523: "no-route",
  524: "timeout",
  525: "tls",
  526: "certificate",
  530: "name",
};

export function edgeFailure(upstream: Upstream, host: string, status: number): UpstreamError | undefined {
  const reason = EDGE[status];
  return reason === undefined ? undefined : noAnswer(upstream, host, reason, { status });
}

type Reason = "refused" | "timeout" | "no-route" | "certificate" | "tls" | "name" | "reset" | "unknown";

/** Texts and codes as Node (undici), Deno (hyper, rustls) and workerd (kj) give them; the first that fits decides. */
const TEXTS: readonly (readonly [RegExp, Reason])[] = [
  [/certificate|self.signed|UnknownIssuer|UNABLE_TO_(?:VERIFY|GET_ISSUER)|CERT_|ALTNAME/i, "certificate"],
  [/SSL routines|ERR_SSL|wrong version|InvalidContentType|corrupt message|handshake|\bTLS\b/i, "tls"],
  [/ENOTFOUND|EAI_AGAIN|dns error|DNS lookup|name resolution|failed to lookup/i, "name"],
  [/ECONNREFUSED|connection refused|cannot connect to the specified address/i, "refused"],
  [/ETIMEDOUT|TIMEOUT|timed out/i, "timeout"],
  [/EHOSTUNREACH|ENETUNREACH|no route|unreachable/i, "no-route"],
  [
    /ECONNRESET|EPIPE|UND_ERR_SOCKET|connection (?:lost|reset|closed)|reading a body|terminated|other side closed/i,
    "reset",
  ],
  [/hang up|aborted|unexpected (?:eof|end)|broken pipe/i, "reset"],
];

/** A rejection of fetch, or of a body being read, as a failure. The error itself is not kept: its text can hold the address with its query. */
export function networkFailure(upstream: Upstream, host: string, thrown: unknown): UpstreamError {
  const text = textOf(thrown);
  const reason = TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? "unknown";
  return noAnswer(upstream, host, reason, { detail: cleanDetail(text) });
}

function textOf(thrown: unknown): string {
  const parts: string[] = [];
  let error: unknown = thrown;
  for (let depth = 0; depth < 4 && error instanceof Error; depth++) {
    parts.push(error.message);
    if ("code" in error && typeof error.code === "string") parts.push(error.code);
    error = error.cause;
  }
  return parts.join("; ");
}

const SENTENCES: Readonly<Record<Reason, string>> = {
  refused: "it refused the connection",
  timeout: "no connection came about in time",
  "no-route": "there is no way to it from here",
  certificate:
    "its certificate is not one that a public certificate authority signed for this name, or it has expired. " +
    "Give it such a certificate, or reach it by a tunnel's host name that has one",
  tls: "it does not speak TLS (https) there in a way that is known here",
  name: "its name is not known to DNS",
  // workerd says the same of a connection that was refused.
  reset: "the connection was not taken, or broke before the whole answer was there",
  unknown:
    "the connection failed without a reason given; most often the name is not known to DNS, the address is inside a private " +
    "network (then it needs a public endpoint or a tunnel), or no public certificate authority signed its certificate",
};

function noAnswer(
  upstream: Upstream,
  host: string,
  reason: Reason,
  more: { status?: number; detail?: string | undefined },
) {
  const message = `${nameOf(upstream)} at ${host} could not be reached: ${SENTENCES[reason]}.`;
  const failure: Failure = reason === "timeout" ? { kind: "timeout" } : { kind: "unreachable" };
  return new UpstreamError(upstream, failure, message, {
    ...more,
    code: reason === "certificate" ? CERTIFICATE : undefined,
  });
}
