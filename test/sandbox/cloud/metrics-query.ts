import * as v from "valibot";
import type { RecordedMetric } from "../kafka/minute-history.ts";
import { type Filter, fieldsOf, filterSchema } from "./metrics-filter.ts";
import { granularities, type Range, rangeOf } from "./metrics-time.ts";

/** A query that was found to be in order. */
export interface MetricsQuery {
  readonly metric: RecordedMetric;
  readonly filter: Filter | undefined;
  readonly granularity: string;
  readonly ranges: readonly Range[];
  readonly groupBy: readonly string[];
  /** Groups on one page. */
  readonly limit: number;
  readonly format: "FLAT" | "GROUPED";
  readonly ascending: boolean;
}

const aggregation = v.looseObject({ metric: v.string(), agg: v.optional(v.literal("SUM")) });

/** ccloud-sdk-go-v2 metrics/v2, `QueryRequest`. */
const queryRequest = v.looseObject({
  aggregations: v.pipe(v.array(aggregation), v.length(1, "Exactly one aggregation is supported")),
  filter: v.nullish(filterSchema),
  granularity: v.picklist(granularities, "Granularity is not supported"),
  intervals: v.pipe(v.array(v.string()), v.minLength(1, "At least one interval is required")),
  group_by: v.optional(v.array(v.string()), []),
  order_by: v.optional(
    v.pipe(
      v.array(v.looseObject({ metric: v.string(), order: v.optional(v.picklist(["ASCENDING", "DESCENDING"])) })),
      v.minLength(1),
    ),
  ),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)), 100),
  format: v.optional(v.picklist(["FLAT", "GROUPED"]), "FLAT"),
});

/** Labels of each metric as queries name them; that received_records has a partition is not certain, so it has none. */
const LABELS: Readonly<Record<RecordedMetric, readonly string[]>> = {
  received_records: ["metric.topic"],
  sent_records: ["metric.topic"],
  consumer_lag_offsets: ["metric.consumer_group_id", "metric.topic", "metric.partition"],
};
const RESOURCE = "resource.kafka.id";
const PREFIX = "io.confluent.kafka.server/";

/** The query, or what is wrong with it. `now` in ms. */
export function readQuery(json: unknown, now: number): MetricsQuery | string {
  const parsed = v.safeParse(queryRequest, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return `${v.getDotPath(issue) ?? "query"}: ${issue.message}`;
  }
  const { aggregations, filter, granularity, intervals, group_by: groupBy, order_by, limit, format } = parsed.output;
  const [{ metric: name, agg } = { metric: "", agg: undefined }] = aggregations;
  const metric = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : "";
  if (!isRecorded(metric)) return `Metric ${name} does not exist`;
  if (agg === "SUM" && metric === "consumer_lag_offsets") return `Aggregation SUM is not supported for metric ${name}`;
  const labels = [...LABELS[metric], RESOURCE];
  const stranger = [...groupBy, ...(filter ? fieldsOf(filter) : [])].find((field) => !labels.includes(field));
  if (stranger !== undefined) return `Label ${stranger} does not exist for metric ${name}`;
  if (order_by !== undefined && granularity !== "ALL") return "order_by is only valid for granularity ALL";
  if (format === "GROUPED" && groupBy.length === 0) return "Format GROUPED is only allowed when group_by is non-empty";
  const ranges = rangesOf(intervals, granularity, now);
  if (typeof ranges === "string") return ranges;
  const ascending = order_by?.[0]?.order === "ASCENDING";
  return { metric, filter: filter ?? undefined, granularity, ranges, groupBy, limit, format, ascending };
}

function rangesOf(intervals: readonly string[], granularity: string, now: number): readonly Range[] | string {
  const ranges: Range[] = [];
  for (const interval of intervals) {
    const range = rangeOf(interval, granularity, now);
    if (typeof range === "string") return range;
    ranges.push(range);
  }
  return ranges;
}

const isRecorded = (metric: string): metric is RecordedMetric => metric in LABELS;
