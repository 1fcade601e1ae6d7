/** The one way out. Every request of this product to Amplify or Confluent is a `Call` given to an `Outlet`. */

/** Whom a request may be for; decides the budget that it is charged to and names it in logs and messages. */
export const UPSTREAMS = [
  /** API server, events and teams: charged to the request budget. */
  "amplify",
  "amplify-auth",
  "amplify-platform",
  "ingestion",
  "kafka",
  "registry",
  /** Confluent Cloud's control plane. */
  "cloud",
  "metrics",
  "users",
] as const;
export type Upstream = (typeof UPSTREAMS)[number];

export interface Call {
  readonly upstream: Upstream;
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute address. Its host must be one that the configuration names or that Confluent's control plane returned. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** For the whole exchange, body included, in ms. */
  readonly timeoutMs: number;
  /** Most bytes of a buffered body; 16 MiB when not given. Ignored by `stream`. */
  readonly maxBytes?: number;
  /** With a login that is only being tried: what becomes of it says nothing of the one that is configured. */
  readonly isTrial?: boolean;
  /**
   * It finishes what a request just before has begun (a name that is taken is read, a version that is stale is read
   * again): it may use what its lane leaves to others, or both would be made again and again.
   */
  readonly isFollowUp?: boolean;
}

/** An answer of any status with its body read. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** An answer of any status with its body still to be read; reading fails with `UpstreamError` past the time allowed. */
export interface StreamedReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array>;
}

export interface Outlet {
  /**
   * Sends the call once: no hidden retry, for what must be tried again goes back to the work list.
   * Resolves for every HTTP status but redirects, which are never followed, and those by which Cloudflare says that it
   * could not talk to the server (521 to 526 and 530). Throws `UpstreamError` for these, and when there was no whole
   * answer (host refused, unreachable, timed out, too large), and `NotYet` when the request has to wait (budget, an earlier Retry-After of this upstream).
   */
  send(call: Call): Promise<Reply>;
  /** As `send`, for replies without a length limit. The caller must read the body to its end or cancel it. */
  stream(call: Call): Promise<StreamedReply>;
}
