/** Descriptors of the metrics that a consumer's progress is estimated from (mcp-confluent `list-metrics-handler.ts`). */

const label = (key: string, description: string) => ({ key, description, exportable: true });
const topic = label("topic", "The name of the Kafka topic.");
const partition = label("partition", "The partition's number.");

interface Descriptor {
  readonly name: string;
  readonly type: "GAUGE_INT64" | "COUNTER_INT64";
  readonly description: string;
  readonly labels: readonly object[];
}

const descriptors: readonly Descriptor[] = [
  {
    name: "io.confluent.kafka.server/consumer_lag_offsets",
    type: "GAUGE_INT64",
    description: "The lag between a group member's committed offset and the partition's high watermark.",
    labels: [label("consumer_group_id", "The id of the consumer group."), topic, partition],
  },
  {
    name: "io.confluent.kafka.server/received_records",
    type: "COUNTER_INT64",
    description: "The delta count of records received, sampled every 60 seconds.",
    labels: [topic],
  },
  {
    name: "io.confluent.kafka.server/sent_records",
    type: "COUNTER_INT64",
    description: "The delta count of records sent, sampled every 60 seconds.",
    labels: [topic],
  },
];

/** Answer of `GET /v2/metrics/cloud/descriptors/metrics`; all of them stand on one page. */
export function descriptorsView(pageSize: number): object {
  const data = descriptors.slice(0, pageSize).map((descriptor) => ({
    ...descriptor,
    exportable: true,
    unit: "{records}",
    lifecycle_stage: "GENERAL_AVAILABILITY",
    resources: ["kafka"],
  }));
  return { data, meta: { pagination: { page_size: pageSize, total_size: data.length } }, links: {} };
}

/**
 * Clusters that a query filters on, as values of `resource.kafka.id` at any depth of its filter. Empty when none is named, which
 * the metrics API refuses: every query is authorised by its resource.
 */
export function filteredClusters(query: unknown): readonly string[] {
  if (typeof query !== "object" || query === null || !("filter" in query)) return [];
  return clustersOf(query.filter);
}

function clustersOf(filter: unknown): string[] {
  if (typeof filter !== "object" || filter === null) return [];
  if ("filters" in filter && Array.isArray(filter.filters)) return filter.filters.flatMap(clustersOf);
  if ("field" in filter && filter.field === "resource.kafka.id" && "value" in filter) return [String(filter.value)];
  return [];
}

/** Whether a query has what the schema asks for: one aggregation, a granularity, intervals (ccloud-sdk-go-v2 metrics/v2, `QueryRequest`). */
export function isQuery(query: unknown): boolean {
  if (typeof query !== "object" || query === null) return false;
  const { aggregations, granularity, intervals } = query as Record<string, unknown>;
  return (
    Array.isArray(aggregations) &&
    aggregations.length === 1 &&
    typeof granularity === "string" &&
    Array.isArray(intervals) &&
    intervals.length > 0
  );
}
