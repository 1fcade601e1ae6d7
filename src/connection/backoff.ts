import { type Failure, UpstreamError } from "../http/errors.ts";

const FIRST_MS = 5_000;
const LONGEST_MS = 60 * 60 * 1000;
/** With the waits above some five hours pass before a person has to look. */
export const MOST_ATTEMPTS = 12;
/** Work that comes round again by itself is never given up, but neither asked for long. */
const LONGEST_PERIODIC_MS = 15 * 60 * 1000;

export type Verdict =
  /** Worth trying again at `at`. */
  | { readonly kind: "retry"; readonly at: number }
  /** Trying again changes nothing until a person acts. */
  | { readonly kind: "dead" };

/** Failures that the same request will meet again however often it is sent. */
const POINTLESS: ReadonlySet<Failure["kind"]> = new Set([
  "invalid",
  "unsupported",
  "refused-host",
  "too-large",
  "quota",
]);

/**
 * What to do with an item that failed.
 * @param attempts how often it failed before this time
 * @param fraction uniform in [0, 1): waits are spread so that many items do not come back at once
 * @param periodic the item comes round again by itself and never dies
 */
export function verdict(error: unknown, attempts: number, now: number, fraction: number, periodic: boolean): Verdict {
  const failure = error instanceof UpstreamError ? error.failure : undefined;
  const pointless = failure !== undefined && POINTLESS.has(failure.kind);
  if (!periodic && (pointless || attempts + 1 >= MOST_ATTEMPTS)) return { kind: "dead" };
  const longest = periodic ? LONGEST_PERIODIC_MS : LONGEST_MS;
  const grown = pointless ? longest : Math.min(FIRST_MS * 2 ** Math.min(attempts, 20), longest);
  const asked = failure && "retryAfterMs" in failure ? (failure.retryAfterMs ?? 0) : 0;
  return { kind: "retry", at: now + Math.max(asked, grown / 2 + (grown / 2) * fraction) };
}

/** What an operator may read of an error: never a stack, never a body. */
export function errorText(error: unknown): string {
  if (error instanceof UpstreamError) return error.detail ? `${error.message} (${error.detail})` : error.message;
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  return "an unknown error";
}
