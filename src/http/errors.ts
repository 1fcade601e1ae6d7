import type { Upstream } from "./outlet.ts";

/** Why a request did not do what it was for. `retryAfterMs` is what the server asked for, undefined when it did not say. */
export type Failure =
  | { readonly kind: "refused-host"; readonly host: string }
  | { readonly kind: "unreachable" } // DNS, refused, reset, certificate
  | { readonly kind: "timeout" }
  | { readonly kind: "too-large"; readonly limitBytes: number }
  | { readonly kind: "throttled"; readonly retryAfterMs?: number | undefined } // 429
  | { readonly kind: "server"; readonly retryAfterMs?: number | undefined } // 5xx but 501, and 408
  | { readonly kind: "unsupported" } // 501, 405, 406
  | { readonly kind: "unauthorised" } // 401
  | { readonly kind: "forbidden" } // 403
  | { readonly kind: "missing" } // 404
  | { readonly kind: "gone" } // 410
  | { readonly kind: "quota" } // 402
  | { readonly kind: "conflict" } // 409
  | { readonly kind: "stale" } // 428
  | { readonly kind: "invalid" } // 400, 413, 415, 422 and other 4xx
  | { readonly kind: "malformed" }; // an answer that does not have the form of the contract

/** A request that failed. `message` may be shown to anyone; `detail` is what the server said, cut and cleaned, for operators. */
export class UpstreamError extends Error {
  override readonly name = "UpstreamError";
  readonly upstream: Upstream;
  readonly failure: Failure;
  /** HTTP status, undefined when there was no answer. */
  readonly status: number | undefined;
  /** The server's own code, e.g. `40301` or `quota_exceeded`. */
  readonly code: string | undefined;
  readonly detail: string | undefined;

  constructor(
    upstream: Upstream,
    failure: Failure,
    message: string,
    more: { status?: number | undefined; code?: string | undefined; detail?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.upstream = upstream;
    this.failure = failure;
    this.status = more.status;
    this.code = more.code;
    this.detail = more.detail;
  }
}

/** A wait that was planned, not an error: the work goes back to the list and is due again at `until` (ms since the epoch). */
export class NotYet extends Error {
  override readonly name = "NotYet";
  readonly until: number;

  constructor(until: number, reason: string) {
    super(reason);
    this.until = until;
  }
}
