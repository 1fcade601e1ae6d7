import type { UpstreamError } from "../http/errors.ts";

/**
 * Words for a limit on how many there may be. 402 and `quota_exceeded` are documented (ccloud-sdk-go-v2 iam/v2), but limits are
 * also told as 400 (Kafka REST 40002), 403, 409 and 422.
 */
const LIMIT: readonly RegExp[] = [
  /quota/i,
  /\b(?:limit|maximum|max)\b.{0,80}\b(?:reached|exceeded|hit)\b/i,
  /\b(?:reached|exceed(?:s|ed|ing)?)\b.{0,80}\b(?:limit|maximum)\b/i,
  /\bmax(?:imum)? (?:number|amount|count) of\b/i,
];
/** Limits on what one request holds, which a person mends by other means. */
const OF_ONE_REQUEST = /\b(?:length|characters?|bytes?|size|batch)\b/i;
const MAY_BE_QUOTA: ReadonlySet<string> = new Set(["invalid", "forbidden", "conflict"]);

/**
 * Whether there are as many as there may be, so that trying again is no use until a person has raised the limit or removed
 * something. A rate limit (429) is none of these.
 */
export function isQuotaExceeded({ failure, code, detail }: UpstreamError): boolean {
  if (failure.kind === "quota") return true;
  if (!MAY_BE_QUOTA.has(failure.kind)) return false;
  if (code !== undefined && /quota/i.test(code)) return true;
  return detail !== undefined && LIMIT.some((words) => words.test(detail)) && !OF_ONE_REQUEST.test(detail);
}

/** Which quota, as the server named it (`service_accounts_per_org`); undefined when it did not say. */
export function quotaOf({ detail }: UpstreamError): string | undefined {
  return /\bquotas?:?\s+([a-z][a-z0-9_.]*[_.][a-z0-9_.]*[a-z0-9])/.exec(detail ?? "")?.[1];
}
