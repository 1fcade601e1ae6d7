import {
  countedPartitions,
  countedTopics,
  type GroupStanding,
  isGone,
  type PartitionStanding,
} from "../traceability/group-standing.ts";
import { SAMPLED, SampledFact } from "../traceability/round.ts";
import type { MetricFamily, MetricSample } from "./api.ts";
import type { Context } from "./context.ts";
import { ClusterFact } from "./facts.ts";
import { standingOf } from "./group-views.ts";
import { Largest } from "./largest.ts";
import { PREFIX, sample, seconds } from "./metric-samples.ts";

/** Bounds of what one scrape shows of a connection. */
export const MOST = { groups: 1_000, topics: 2_000, partitions: 5_000 } as const;
const PAGE = 200;

interface OfTopic {
  readonly group: string;
  readonly topic: string;
}
type OfPartition = OfTopic & PartitionStanding;

/**
 * Where the groups stand, by the names that dashboards of kafka-lag-exporter ask for (seglo/kafka-lag-exporter README,
 * "Metrics"), with the connection as one more label. The members of a group are not among the labels.
 */
export function groupMetrics(context: Context): MetricFamily[] {
  const connection = context.config.name;
  const cluster = context.stores.known.get("cluster", ClusterFact)?.value.clusterId ?? "";
  const found = collect(context);
  const labels = { connection, cluster_name: cluster };
  const groups = found.groups.items();
  const partitions = found.partitions.items();
  const gauge = (name: string, help: string, samples: readonly MetricSample[]): MetricFamily => ({
    name,
    type: "gauge",
    help,
    samples,
  });
  return [
    gauge(
      "kafka_consumergroup_group_lag",
      "Group offset lag of a partition, as sampled last; never below 0.",
      partitions.flatMap(({ lag, ...of }) =>
        lag === undefined ? [] : [sample({ ...labels, ...at(of) }, BigInt(lag))],
      ),
    ),
    gauge(
      "kafka_consumergroup_group_offset",
      "Committed offset of a group in a partition, as sampled last.",
      partitions.flatMap(({ committed, ...of }) =>
        committed === undefined ? [] : [sample({ ...labels, ...at(of) }, BigInt(committed))],
      ),
    ),
    gauge(
      "kafka_consumergroup_group_max_lag",
      "Largest lag of a group in one partition.",
      groups.flatMap((each) => {
        const largest = largestLag(each);
        return largest === undefined ? [] : [sample({ ...labels, group: each.group }, largest)];
      }),
    ),
    gauge(
      "kafka_consumergroup_group_sum_lag",
      "Lag of a group over all topics and partitions.",
      groups.flatMap(({ group, lag }) => (lag === undefined ? [] : [sample({ ...labels, group }, BigInt(lag))])),
    ),
    gauge(
      "kafka_consumergroup_group_topic_sum_lag",
      "Lag of a group over the partitions of a topic.",
      found.topics.items().map(({ group, topic, lag }) => sample({ ...labels, group, topic }, lag)),
    ),
    gauge("kafka_partition_latest_offset", "End of a partition's log, as a group showed it last.", [
      ...latestOffsets(partitions, labels),
    ]),
    gauge(
      "kafka_consumergroup_poll_time_ms",
      "How long the last round over all groups took, waiting for its turn included.",
      pollTime(context, labels),
    ),
    gauge(
      `${PREFIX}group_info`,
      "1 for each group; its labels say how it is, how certain its numbers are, and whose it is.",
      groups.map(({ group, application, state, kind, trend, quality }) =>
        sample({ ...labels, group, application, state, kind, trend, quality }, 1),
      ),
    ),
    gauge(
      `${PREFIX}group_sample_age_seconds`,
      "Age of what is shown of a group.",
      groups.flatMap(({ group, lastSample }) =>
        lastSample === undefined ? [] : [sample({ ...labels, group }, seconds(context.now() - lastSample))],
      ),
    ),
    gauge(
      `${PREFIX}series_left_out`,
      `What is not shown, because only so much is: of groups ${MOST.groups}, of topics of groups ${MOST.topics}, of partitions of groups ${MOST.partitions}, those with the largest lag.`,
      (["groups", "topics", "partitions"] as const).map((of) => sample({ connection, of }, found[of].leftOut())),
    ),
  ];
}

function collect(context: Context) {
  const groups = new Largest<GroupStanding>(MOST.groups);
  const topics = new Largest<OfTopic & { readonly lag: bigint }>(MOST.topics);
  const partitions = new Largest<OfPartition>(MOST.partitions);
  for (const row of allGroups(context)) {
    const standing = standingOf(row, context);
    const { group } = standing;
    groups.add(sizeOf(standing.lag), group, standing);
    for (const { topic, lag, partitions: each } of standing.standings) {
      if (lag !== undefined)
        topics.add(BigInt(lag), JSON.stringify([group, topic]), { group, topic, lag: BigInt(lag) });
      for (const one of countedPartitions(each))
        partitions.add(sizeOf(one.lag), JSON.stringify([group, topic, one.partition]), { group, topic, ...one });
    }
  }
  return { groups, topics, partitions };
}

/** Groups that are there, by pages. */
function* allGroups({ stores }: Context) {
  for (let after: string | undefined; ; ) {
    const rows = stores.groups.list({ limit: PAGE, after });
    yield* rows.filter((row) => !isGone(row));
    after = rows.at(-1)?.name;
    if (rows.length < PAGE || after === undefined) return;
  }
}

/** What has no lag comes after what has none to catch up. */
function sizeOf(lag: string | undefined): bigint {
  return lag === undefined ? -1n : BigInt(lag);
}

function at({ group, topic, partition }: Pick<OfPartition, "group" | "topic" | "partition">) {
  return { group, topic, partition: String(partition) };
}

function largestLag({ standings }: GroupStanding): bigint | undefined {
  const partitions = countedTopics(standings).flatMap((topic) => countedPartitions(topic.partitions));
  const lags = partitions.flatMap(({ lag }) => lag ?? []).map(BigInt);
  return lags.reduce<bigint | undefined>((most, lag) => (most === undefined || lag > most ? lag : most), undefined);
}

/** One a partition, whichever group showed the furthest. */
function latestOffsets(partitions: readonly OfPartition[], labels: Readonly<Record<string, string>>): MetricSample[] {
  const ends = new Map<string, { readonly topic: string; readonly partition: string; readonly end: bigint }>();
  for (const { topic, partition, logEnd, expired } of partitions) {
    if (logEnd === undefined || expired) continue;
    const key = JSON.stringify([topic, partition]);
    const end = BigInt(logEnd);
    const known = ends.get(key);
    if (!known || end > known.end) ends.set(key, { topic, partition: String(partition), end });
  }
  return [...ends.values()].map(({ end, ...of }) => sample({ ...labels, ...of }, end));
}

/** Not where minutes that are past are asked for: then a round is as of a time before it began. */
function pollTime({ stores }: Context, labels: Readonly<Record<string, string>>): MetricSample[] {
  const sampled = stores.known.get(SAMPLED, SampledFact);
  if (!sampled || stores.tiles.topics().length > 0) return [];
  return [sample(labels, Math.max(0, sampled.at - sampled.value.startedAt))];
}
