import { cleanDetail } from "../http/clean.ts";
import { type Failure, UpstreamError } from "../http/errors.ts";
import { failureOf } from "../http/failures.ts";
import { gzip } from "../http/gzip.ts";
import type { Outlet, Reply } from "../http/outlet.ts";
import type { TokenSource } from "./token.ts";

export interface IngestionOptions {
  readonly outlet: Outlet;
  /** The same tokens as the API server's. */
  readonly tokens: TokenSource;
  /** Scheme and host of TRACEABILITY_HOST. */
  readonly url: string;
  /** CENTRAL_ORGANIZATIONID, numeric. */
  readonly tenantId: string;
  /** Of the traceability agent. */
  readonly userAgent: string;
  readonly timeoutMs: number;
}

/** A metric event as it is kept until it is accepted. */
export interface KeptEvent {
  /** That of the event, ms since the epoch. */
  readonly timestamp: number;
  /** JSON, the same on every repeat. */
  readonly body: string;
}

/**
 * What became of a batch, always of the whole of it.
 * - `accepted`: it is stored; each event replaces what was there with its id.
 * - `again`: perhaps it is, nobody knows; send the same events once more later.
 * - `refused`: the account or the address, whatever is sent: 401 (the token was given up, so that the next try has another), 403, 404.
 * - `rejected`: these events; in smaller batches the one at fault can be found.
 */
export type IngestionOutcome =
  | { readonly kind: "accepted" }
  | { readonly kind: "again"; readonly error: UpstreamError }
  | { readonly kind: "refused"; readonly error: UpstreamError }
  | { readonly kind: "rejected"; readonly error: UpstreamError };

const MOST_EVENTS = 100;

/** How many events one request may hold, of TRACEABILITY_BULKMAXSIZE: never more than 100, as the largest body is not documented. */
export function batchSize(bulkMaxSize: number): number {
  return Math.max(1, Math.min(MOST_EVENTS, bulkMaxSize));
}

/**
 * Sends metric events in one request, in their order (agent-sdk pkg/traceability/httpclient.go); nothing for none. Throws what
 * the login throws, `NotYet`, and `RangeError` for more than 100.
 */
export async function sendMetricEvents(
  options: IngestionOptions,
  events: readonly KeptEvent[],
): Promise<IngestionOutcome> {
  const [first] = events;
  if (first === undefined) return { kind: "accepted" };
  if (events.length > MOST_EVENTS) throw new RangeError(`${events.length} events are too many for one request`);
  return post(options, `[${events.map(({ body }) => body).join(",")}]`, first.timestamp);
}

/** Sends no event in a request that is else like any other: what comes of it is about the account and the address. Throws as `sendMetricEvents`. */
export async function probeIngestion(options: IngestionOptions, now: number): Promise<IngestionOutcome> {
  return post(options, "[]", now);
}

async function post(options: IngestionOptions, body: string, timestamp: number): Promise<IngestionOutcome> {
  const { outlet, tokens } = options;
  const token = await tokens.token();
  const call = {
    upstream: "ingestion",
    method: "POST",
    url: `${options.url}/`,
    headers: {
      Authorization: `Bearer ${token.value}`,
      "Capture-Org-ID": options.tenantId,
      "User-Agent": options.userAgent,
      Timestamp: String(Math.floor(timestamp / 1000)),
      // One batch is of one flow.
      "axway-target-flow": "api-central-metric",
      "Content-Type": "application/json; charset=UTF-8",
      "Content-Encoding": "gzip",
    },
    body: await gzip(body),
    timeoutMs: options.timeoutMs,
  } as const;
  let reply: Reply;
  try {
    reply = await outlet.send(call);
  } catch (thrown) {
    if (!(thrown instanceof UpstreamError)) throw thrown;
    return { kind: OUTCOMES[thrown.failure.kind] ?? "again", error: thrown };
  }
  if (reply.status === 200 || reply.status === 201) return { kind: "accepted" };
  if (reply.status === 401) await tokens.invalidate(token.value);
  const failure = failureOf(reply.status, reply.headers);
  const kind = OUTCOMES[failure.kind] ?? "again";
  const message = `Amplify's ingestion service ${SENTENCES[kind]} (status ${reply.status}).`;
  const detail = cleanDetail(reply.text);
  return { kind, error: new UpstreamError("ingestion", failure, message, { status: reply.status, detail }) };
}

const OUTCOMES: Partial<Record<Failure["kind"], "refused" | "rejected">> = {
  unauthorised: "refused",
  forbidden: "refused",
  missing: "refused",
  gone: "refused",
  unsupported: "refused",
  quota: "refused",
  "refused-host": "refused",
  invalid: "rejected",
  conflict: "rejected",
};

const SENTENCES = {
  again: "could not take metric events now",
  refused:
    "does not take metric events from this service account: check that TRACEABILITY_HOST is of its region and CENTRAL_ORGANIZATIONID its organisation, and that it may send data",
  rejected: "did not take these metric events",
} as const;
