import type { KafkaCluster } from "../kafka/cluster.ts";
import { lengthOf } from "../kafka/partition-log.ts";
import type { Partition } from "../kafka/topic.ts";
import { targetOf } from "./position.ts";
import type { Action } from "./specs.ts";
import type { Truth } from "./truth.ts";

/** Actions that concern a cluster alone. */
export type ClusterAction = Exclude<
  Action,
  { do: "produce" | "stop-producing" | "consume" | "stop" | "start" | "retain" }
>;

/** Does it at `at`, ms; nothing when what it is about is missing. A reset is of a group that nobody reads for, and put down to `application`. */
export function onCluster(
  action: ClusterAction,
  cluster: KafkaCluster,
  truth: Truth,
  { at, application }: { readonly at: number; readonly application: string },
): void {
  switch (action.do) {
    case "rebalance":
      cluster.groups.rebalance(action.group, action.ms);
      return;
    case "expire":
      cluster.groups.expire(action.group, action.topic);
      return;
    case "delete-group":
      cluster.groups.delete(action.group);
      return;
    case "reset":
      resetCommitted(action, cluster, truth, { at, application });
      return;
    case "create-topic": {
      const { topic: name, partitions, configs = {} } = action;
      if (cluster.topic(name) === undefined) cluster.createTopic({ name, partitions, configs });
      return;
    }
    default:
      if (cluster.topic(action.topic) !== undefined) onTopic(action, cluster, truth, at);
  }
}

type TopicAction = Exclude<ClusterAction, { do: "rebalance" | "expire" | "delete-group" | "reset" | "create-topic" }>;
type PartitionAction = Extract<TopicAction, { do: "open-transaction" | "end-transaction" | "leader" }>;

function onTopic(action: TopicAction, cluster: KafkaCluster, truth: Truth, at: number): void {
  const { topic } = action;
  const partitions = cluster.topic(topic)?.partitions ?? [];
  switch (action.do) {
    case "delete-topic":
      cluster.deleteTopic(topic);
      return;
    case "grow-topic":
      if (action.partitions > partitions.length) cluster.growPartitions(topic, action.partitions);
      return;
    case "trim":
      for (const { id, latest } of partitions) cluster.trim(topic, id, latest - BigInt(action.keep));
      return;
    case "compact":
      for (const { id, latest } of partitions) cluster.compact(topic, id, latest, BigInt(action.every));
      return;
    default: {
      const partition = partitions[action.partition];
      if (partition !== undefined) onPartition(action, partition, cluster, truth, at);
    }
  }
}

function onPartition(
  action: PartitionAction,
  { id, open }: Partition,
  cluster: KafkaCluster,
  truth: Truth,
  at: number,
): void {
  const { side, topic } = action;
  if (action.do === "leader") {
    if (action.there) cluster.leaderless.delete(`${topic}/${id}`);
    else cluster.leaderless.add(`${topic}/${id}`);
  } else if (action.do === "open-transaction") {
    cluster.appendOpen(topic, id, BigInt(action.records));
    truth.produced(side, topic, BigInt(action.records), at);
  } else {
    if (action.outcome === "abort") truth.aborted(side, topic, lengthOf(open), at);
    cluster.endTransaction(topic, id, action.outcome);
  }
}

/** `kafka-consumer-groups --reset-offsets`, of the partitions that the group committed. */
function resetCommitted(
  { side, group, topic, to }: Extract<Action, { do: "reset" }>,
  cluster: KafkaCluster,
  truth: Truth,
  { at, application }: { readonly at: number; readonly application: string },
): void {
  const offsets = cluster.groups.get(group)?.offsets.get(topic) ?? new Map<number, bigint>();
  for (const [partition, before] of [...offsets]) {
    const log = cluster.topic(topic)?.partitions[partition];
    if (log === undefined) continue;
    const offset = targetOf(to, log, before);
    cluster.groups.commit(group, { topic, partition }, offset);
    truth.committed({ side, application, group }, { topic, partition, before, offset, read: 0n }, at);
  }
}
