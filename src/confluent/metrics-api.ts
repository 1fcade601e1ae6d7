import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { bigintJson } from "../http/json.ts";
import { splitArray } from "../http/json-array.ts";
import { lagQuery, type MetricsQuery, MINUTE_MS, receivedQuery, type Span } from "./metrics-query.ts";
import { type Ask, type Rest, understand, withJson } from "./rest.ts";

/**
 * One minute of one series. `minute`: its beginning, ms since the epoch. `value`: the JSON number as a whole one. A whole
 * number is kept as it stands, whatever its size; a fraction (a gauge that was sampled twice in the minute is averaged) is
 * rounded to the nearest whole one.
 */
interface Point {
  readonly minute: number;
  readonly value: bigint;
}
/** Lag of a group in a partition. */
export interface LagPoint extends Point {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}
/** Records produced to a topic. */
export interface ReceivedPoint extends Point {
  readonly topic: string;
}

/**
 * - `page`: in no order that counts; minutes without data are absent, which does not mean zero, and so are groups without
 *   active members. `next` is the token of the next page, undefined after the last one; it is good for some minutes.
 * - `expired`: the page's token is no longer known; begin with the first page again, and drop what the others gave.
 * - `refused`: this key may not read this cluster's metrics (401 for a cluster's key, 403).
 * - `throttled`: 60 requests a minute are allowed for each address, which others may share; ask again after `retryAfterMs`.
 * - `invalid`: the query is not understood; `error.detail` has the server's words.
 */
export type MetricsOutcome<P> =
  | { readonly kind: "page"; readonly points: readonly P[]; readonly next: string | undefined }
  | { readonly kind: "expired"; readonly error: UpstreamError }
  | { readonly kind: "refused"; readonly error: UpstreamError }
  | { readonly kind: "throttled"; readonly retryAfterMs: number; readonly error: UpstreamError }
  | { readonly kind: "invalid"; readonly error: UpstreamError };

/**
 * Confluent Cloud's Metrics API (ccloud-sdk-go-v2 metrics/v2), one request a call. `page`: a token of the call before, with
 * the same span. Both throw `UpstreamError` when there is no usable answer, `NotYet`, and `RangeError` for a span that
 * `lagQuery` refuses.
 */
export interface MetricsApi {
  lags(span: Span, page?: string): Promise<MetricsOutcome<LagPoint>>;
  received(span: Span, page?: string): Promise<MetricsOutcome<ReceivedPoint>>;
}

const text = v.pipe(v.string(), v.nonEmpty());
/** null and a missing value are as no point at all. */
const value = v.nullish(v.union([v.pipe(v.number(), v.finite()), v.bigint()]));
const points = v.array(v.looseObject({ timestamp: v.pipe(v.string(), v.isoTimestamp()), value }));
const partition = v.pipe(
  v.union([v.pipe(v.string(), v.digits()), v.number()]),
  v.transform(Number),
  v.safeInteger(),
  v.minValue(0),
);

const lagSeries = v.looseObject({
  "metric.consumer_group_id": v.string(),
  "metric.topic": text,
  "metric.partition": partition,
  points,
});
const receivedSeries = v.looseObject({ "metric.topic": text, points });

const token = v.fallback(v.nullish(v.string()), undefined);
const meta = v.looseObject({ pagination: v.fallback(v.looseObject({ next_page_token: token }), {}) });
const links = v.looseObject({ next: token });

/** Limits are by the minute (metrics/v2, "Global Rate Limits"); a refusal has no body and need not say how long. */
const LIMIT_WINDOW_MS = MINUTE_MS;

/** `rest`: `upstream: "metrics"`, with the Cloud API key. `metricsUrl`: without a slash at its end. */
export function createMetricsApi(rest: Rest, metricsUrl: string): MetricsApi {
  async function query<S, P>(request: Request<S, P>): Promise<MetricsOutcome<P>> {
    try {
      return await readPage(rest, metricsUrl, request);
    } catch (thrown) {
      return outcomeOf(thrown, request.page !== undefined);
    }
  }
  return {
    lags: (span, page) =>
      query({
        span,
        page,
        query: lagQuery(span),
        what: "read the lags of the consumer groups",
        read: (text, what) => understand(rest.upstream, text, lagSeries, what, bigintJson),
        pointOf: (series, point) => ({
          group: series["metric.consumer_group_id"],
          topic: series["metric.topic"],
          partition: series["metric.partition"],
          ...point,
        }),
      }),
    received: (span, page) =>
      query({
        span,
        page,
        query: receivedQuery(span),
        what: "read how much was produced",
        read: (text, what) => understand(rest.upstream, text, receivedSeries, what, bigintJson),
        pointOf: (series, point) => ({ topic: series["metric.topic"], ...point }),
      }),
  };
}

interface Request<S, P> {
  readonly span: Span;
  readonly page: string | undefined;
  readonly query: MetricsQuery;
  readonly what: string;
  readonly read: (text: string, what: string) => S & { readonly points: v.InferOutput<typeof points> };
  readonly pointOf: (series: S, point: Point) => P;
}

async function readPage<S, P>(rest: Rest, metricsUrl: string, request: Request<S, P>): Promise<MetricsOutcome<P>> {
  const { span, page, what } = request;
  const ask: Ask = {
    url: `${metricsUrl}/v2/metrics/cloud/query${page === undefined ? "" : `?${new URLSearchParams({ page_token: page })}`}`,
    method: "POST",
    what: `${what} of ${span.clusterId}`,
    permission: `the role MetricsViewer on ${span.clusterId}`,
  };
  const found: P[] = [];
  const members = new Map<string, string>();
  let series = 0;
  const body = await rest.stream(withJson(ask, request.query));
  const splitting = {
    upstream: rest.upstream,
    what: `the answer to the request to ${ask.what}`,
    onMember: (name: string, text: string) => members.set(name, text),
  };
  for await (const text of splitArray(body, splitting)) {
    series++;
    const one = request.read(text, ask.what);
    for (const point of pointsOf(one.points, span)) found.push(request.pointOf(one, point));
  }
  const next = nextToken(rest, members, ask.what);
  checkEnd(rest, {
    next,
    page,
    isFull: series >= request.query.limit,
    saysNothing: !members.has("meta") && !members.has("links"),
  });
  return { kind: "page", points: found, next };
}

/** Minutes that were not asked for are left out: they are counted by those who ask for them. */
function pointsOf(all: v.InferOutput<typeof points>, { from, to }: Span): Point[] {
  return all.flatMap(({ timestamp, value }) => {
    const minute = Math.floor(Date.parse(timestamp) / MINUTE_MS) * MINUTE_MS;
    if (value === null || value === undefined || minute < from || minute >= to) return [];
    return [{ minute, value: typeof value === "bigint" ? value : BigInt(Math.round(value)) }];
  });
}

/** The token stands in `meta`, and in the address of `links`; both are optional. */
function nextToken(rest: Rest, members: ReadonlyMap<string, string>, what: string): string | undefined {
  const inMeta = understand(rest.upstream, members.get("meta") ?? "{}", v.fallback(meta, { pagination: {} }), what);
  const inLinks = understand(rest.upstream, members.get("links") ?? "{}", v.fallback(links, {}), what);
  const ofLink = URL.parse(inLinks.next ?? "", "https://links.invalid")?.searchParams.get("page_token");
  return inMeta.pagination.next_page_token || ofLink || undefined;
}

interface End {
  readonly next: string | undefined;
  readonly page: string | undefined;
  readonly isFull: boolean;
  readonly saysNothing: boolean;
}

/**
 * A part is never taken for the whole: what is missing of it would be taken for groups at rest. A server that gave a token for this page
 * would have given one for the next.
 */
function checkEnd(rest: Rest, { next, page, isFull, saysNothing }: End): void {
  const isCircle = next !== undefined && next === page;
  if (!isCircle && !(next === undefined && page === undefined && isFull && saysNothing)) return;
  const why = isCircle ? "names a page as the one behind it" : "is full and does not say whether it goes on";
  throw new UpstreamError(rest.upstream, { kind: "malformed" }, `Confluent Cloud's metrics API: a page ${why}.`);
}

function outcomeOf<P>(thrown: unknown, isLaterPage: boolean): MetricsOutcome<P> {
  if (!(thrown instanceof UpstreamError)) throw thrown;
  const { failure } = thrown;
  switch (failure.kind) {
    case "unauthorised":
    case "forbidden":
      return { kind: "refused", error: thrown };
    case "throttled":
      return { kind: "throttled", retryAfterMs: failure.retryAfterMs || LIMIT_WINDOW_MS, error: thrown };
    case "invalid":
      // 400 (metrics/v2, "Pagination"): the only thing that can be wrong with a query that was good for the page before.
      return { kind: isLaterPage && thrown.status === 400 ? "expired" : "invalid", error: thrown };
    default:
      throw thrown;
  }
}
