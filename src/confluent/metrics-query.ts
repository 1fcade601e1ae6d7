/** Minutes of one cluster that are asked for, in ms since the epoch, both whole minutes. */
export interface Span {
  readonly clusterId: string;
  readonly from: number;
  /** Not part of it. */
  readonly to: number;
  /**
   * Only consumer groups whose name begins with this (ASCII); all when not given. Labels are compared lexicographically
   * (ccloud-sdk-go-v2 metrics/v2, FieldFilter), so that a prefix is a range of names.
   */
  readonly groupPrefix?: string;
}

export const MINUTE_MS = 60_000;
/** At a granularity of a minute (ccloud-sdk-go-v2 metrics/v2, Granularity). */
export const MOST_MINUTES = 360;
/** Most groups of labels on a page (metrics/v2, QueryRequest). */
const MOST_GROUPS = 1000;
/** Most points on a page, so that a long span does not fill the memory. */
const MOST_POINTS = 60_000;
/** Data can be queried within five minutes of its origin (metrics/v2, "Metric Data Latency"). */
const LATENCY_MS = 5 * MINUTE_MS;

/** The end of the last minute whose data is there: what lies before it may be asked for. */
export function closedUntil(now: number): number {
  return Math.floor(now / MINUTE_MS) * MINUTE_MS - LATENCY_MS;
}

/** Body of `POST /v2/metrics/cloud/query`. */
export interface MetricsQuery {
  readonly aggregations: readonly [{ readonly metric: string }];
  readonly filter: unknown;
  readonly granularity: "PT1M";
  readonly intervals: readonly [string];
  readonly group_by: readonly string[];
  readonly limit: number;
  readonly format: "GROUPED";
}

/**
 * The lag of each group in each partition, a gauge. By partition, since it is not documented whether the API sums or
 * averages what is grouped away. Throws `RangeError` for a span that is empty, longer than six hours or not of whole minutes.
 */
export function lagQuery(span: Span): MetricsQuery {
  const labels = ["metric.consumer_group_id", "metric.topic", "metric.partition"];
  return queryOf("io.confluent.kafka.server/consumer_lag_offsets", span, labels, prefixFilters(span.groupPrefix));
}

/** Records produced to each topic, counted by the minute. Throws as `lagQuery`. */
export function receivedQuery(span: Span): MetricsQuery {
  return queryOf("io.confluent.kafka.server/received_records", span, ["metric.topic"], []);
}

function queryOf(metric: string, span: Span, labels: readonly string[], filters: readonly object[]): MetricsQuery {
  const { clusterId, from, to } = span;
  const minutes = (to - from) / MINUTE_MS;
  const isWhole = Number.isInteger(from / MINUTE_MS) && Number.isInteger(minutes);
  if (!isWhole || minutes < 1 || minutes > MOST_MINUTES) {
    throw new RangeError(`metrics are asked for 1 to ${MOST_MINUTES} whole minutes, not for ${from} to ${to}`);
  }
  const cluster = { field: "resource.kafka.id", op: "EQ", value: clusterId };
  return {
    // No `agg`: each metric has its own, and another one is refused (metrics/v2, changelog 2021-08-24).
    aggregations: [{ metric }],
    filter: filters.length === 0 ? cluster : { op: "AND", filters: [cluster, ...filters] },
    granularity: "PT1M",
    intervals: [`${new Date(from).toISOString()}/${new Date(to).toISOString()}`],
    group_by: labels,
    limit: Math.min(MOST_GROUPS, Math.floor(MOST_POINTS / minutes)),
    format: "GROUPED",
  };
}

/** From the prefix on, and not from the first text behind all that begin with it; there is no operator for "less than". */
function prefixFilters(prefix: string | undefined): readonly object[] {
  if (prefix === undefined || prefix === "") return [];
  const behind = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
  const from = (value: string) => ({ field: "metric.consumer_group_id", op: "GTE", value });
  return [from(prefix), { op: "NOT", filter: from(behind) }];
}
