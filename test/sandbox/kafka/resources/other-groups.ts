import { crn, type Exchange, type Handler, json, list, parameter, related, requireCluster, url } from "../exchange.ts";
import { notFound } from "../kafka-error.ts";
import type { OtherGroup } from "../other-groups.ts";

/** Share and streams groups, which Confluent Cloud lists apart (Confluent Cloud API reference, listKafkaShareGroups, listKafkaStreamsGroups). */

type Kind = OtherGroup["kind"];

const listOf =
  (kind: Kind): Handler =>
  (exchange) => {
    requireCluster(exchange, "could not");
    const seen = exchange.cluster.otherGroups.all(kind).filter(({ id }) => exchange.caller.may("GROUP:DESCRIBE", id));
    const name = kind === "share" ? "KafkaShareGroupList" : "KafkaStreamsGroupList";
    const data = seen.map((group) => view(exchange, group));
    return list(name, url(exchange, `${kind}-groups`), data);
  };

const one =
  (kind: Kind): Handler =>
  (exchange) => {
    requireCluster(exchange, "could not");
    const id = parameter(exchange, "groupId");
    const group = exchange.caller.may("GROUP:DESCRIBE", id) ? exchange.cluster.otherGroups.get(kind, id) : undefined;
    if (group === undefined) throw notFound();
    return json(view(exchange, group));
  };

export const listShareGroups = listOf("share");
export const getShareGroup = one("share");
export const listStreamsGroups = listOf("streams");
export const getStreamsGroup = one("streams");

function view(exchange: Exchange, group: OtherGroup): object {
  const { id, kind, members } = group;
  const path = [`${kind}-groups`, id] as const;
  const common = {
    metadata: { self: url(exchange, ...path), resource_name: crn(exchange, [`${kind}-group`, id]) },
    cluster_id: exchange.cluster.clusterId,
    state: members === 0 ? "EMPTY" : "STABLE",
  };
  return kind === "share"
    ? { kind: "KafkaShareGroup", ...common, ...shareData(exchange, group, path) }
    : {
        kind: "KafkaStreamsGroup",
        ...common,
        group_id: id,
        ...{ group_epoch: 1, target_assignment_epoch: 1, topology_epoch: 1 },
        member_count: members,
        subtopology_count: 1,
        members: related(exchange, ...path, "members"),
        subtopologies: related(exchange, ...path, "subtopologies"),
      };
}

function shareData(exchange: Exchange, { id, members, topics }: OtherGroup, path: readonly [string, string]): object {
  const assigned = topics.flatMap((topic) =>
    (exchange.cluster.topic(topic)?.partitions ?? []).map((partition) => ({ topic, partition: partition.id })),
  );
  return {
    share_group_id: id,
    coordinator: related(exchange, "brokers", exchange.cluster.brokers[0]?.id ?? 1),
    consumers: related(exchange, ...path, "consumers"),
    consumer_count: members,
    partition_count: assigned.length,
    assigned_topic_partitions: assigned.map(({ topic, partition }) => ({
      kind: "KafkaShareGroupTopicPartition",
      metadata: {
        self: url(exchange, ...path, "assigned-topic-partitions", topic, partition),
        resource_name: crn(exchange, ["share-group", id], ["topic-partition", `${topic}:${partition}`]),
      },
      topic_name: topic,
      partition_id: partition,
      partition: related(exchange, "topics", topic, "partitions", partition),
    })),
  };
}
