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
