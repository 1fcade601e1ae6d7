import type { ConsumerGroup, GroupMember } from "../consumer-groups.ts";
import {
  crn,
  type Exchange,
  type Handler,
  integerParameter,
  json,
  list,
  parameter,
  related,
  requireCluster,
  url,
} from "../exchange.ts";
import { KafkaError, notFound } from "../kafka-error.ts";
import { visibleGroup } from "./consumer-groups.ts";

/**
 * How far a group is behind, of the partitions that it committed for and of topics that the caller may describe; the broker leaves
 * the others out without a word (kafka-rest ConsumerLagManagerImpl, ConsumerLagsResource, ConsumerGroupLagSummaryManagerImpl).
 */

interface Lag {
  readonly topic: string;
  readonly partition: number;
  /** Undefined when nobody reads the partition. */
  readonly owner: GroupMember | undefined;
  readonly committed: bigint;
  /** The last stable offset. */
  readonly end: bigint;
  /** Never below 0, wherever the group committed. */
  readonly lag: bigint;
}

/** The largest lag first, then by topic and partition. */
export const listLags: Handler = (exchange) => {
  const { group, lags } = lagsOf(exchange);
  const data = [...lags].sort(largestFirst).map((lag) => lagData(exchange, group, lag));
  return list("KafkaConsumerLagList", url(exchange, "consumer-groups", group.id, "lags"), data);
};

/** Reads all lags of the group, too, and fails with them. */
export const getLag: Handler = (exchange) => {
  const topic = parameter(exchange, "topicName");
  const partition = integerParameter(exchange, "partitionId");
  const { group, lags } = lagsOf(exchange);
  const found = lags.find((lag) => lag.topic === topic && lag.partition === partition);
  if (found === undefined) throw notFound();
  return json(lagData(exchange, group, found));
};

/** The partition that is behind most, be it by 0, and the sum of all. */
export const getLagSummary: Handler = (exchange) => {
  const { group, lags } = lagsOf(exchange);
  const [worst] = [...lags].sort(largestFirst);
  if (worst === undefined) throw new Error("a group without offsets has no lags");
  const path = ["consumer-groups", group.id] as const;
  const { id = "", clientId = "", instanceId = null } = worst.owner ?? {};
  return json({
    kind: "KafkaConsumerGroupLagSummary",
    metadata: {
      self: url(exchange, ...path, "lag-summary"),
      resource_name: `${crn(exchange, ["consumer-group", group.id])}/lag-summary`,
    },
    cluster_id: exchange.cluster.clusterId,
    consumer_group_id: group.id,
    max_lag: worst.lag,
    total_lag: lags.reduce((sum, { lag }) => sum + lag, 0n),
    max_lag_consumer_id: id,
    max_lag_consumer: related(exchange, ...path, "consumers", ...(id === "" ? [] : [id])),
    max_lag_client_id: clientId,
    max_lag_instance_id: instanceId,
    max_lag_topic_name: worst.topic,
    max_lag_partition_id: worst.partition,
    max_lag_partition: related(exchange, "topics", worst.topic, "partitions", worst.partition),
  });
};

/** Throws 404 for a group that is not there or committed nothing, and what went wrong with the first partition that has no end. */
function lagsOf(exchange: Exchange): { readonly group: ConsumerGroup; readonly lags: readonly Lag[] } {
  if (exchange.lagsRefused !== undefined) throw notOffered(exchange.lagsRefused);
  requireCluster(exchange, "could not");
  const { cluster, caller } = exchange;
  const group = visibleGroup(exchange);
  if (group === undefined) throw notFound(`Consumer Group ${parameter(exchange, "groupId")} could not be found.`);
  const owners = cluster.groups.owners(group);
  const lags = [...group.offsets]
    .filter(([topic]) => caller.may("TOPIC:DESCRIBE", topic))
    .flatMap(([topic, partitions]) =>
      [...partitions].map(([partition, committed]): Lag => {
        const end = cluster.stableEnd(topic, partition);
        const lag = end > committed ? end - committed : 0n;
        return { topic, partition, owner: owners.get(topic)?.get(partition), committed, end, lag };
      }),
    );
  if (lags.length === 0) throw notFound("Consumer group offsets could not be found.");
  return { group, lags };
}

/** That Cloud offers lags on Dedicated clusters alone is documented (Confluent Cloud API reference, listKafkaConsumerLags); what the others answer is not. */
const notOffered = (status: number): KafkaError =>
  status === 404
    ? notFound()
    : new KafkaError(status, status, "This operation is available in dedicated clusters only.");

function largestFirst(a: Lag, b: Lag): number {
  if (a.lag !== b.lag) return a.lag > b.lag ? -1 : 1;
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}

function lagData(exchange: Exchange, group: ConsumerGroup, lag: Lag): object {
  const { topic, partition, owner, committed, end } = lag;
  return {
    kind: "KafkaConsumerLag",
    metadata: {
      self: url(exchange, "consumer-groups", group.id, "lags", topic, "partitions", partition),
      resource_name: crn(exchange, ["consumer-group", group.id], ["lag", topic], ["partition", partition]),
    },
    cluster_id: exchange.cluster.clusterId,
    consumer_group_id: group.id,
    topic_name: topic,
    partition_id: partition,
    consumer_id: owner?.id ?? "",
    instance_id: owner?.instanceId ?? null,
    client_id: owner?.clientId ?? "",
    current_offset: committed,
    log_end_offset: end,
    lag: lag.lag,
  };
}
