import type { ConsumerGroup, GroupMember, TopicPartition } from "../consumer-groups.ts";
import { crn, type Exchange, type Handler, json, list, parameter, related, requireCluster, url } from "../exchange.ts";
import { notFound } from "../kafka-error.ts";

/**
 * Consumer groups. Those that the caller may not describe are left out of the list, and each call on one answers in its own
 * words for a group that is not there (kafka-rest ConsumerGroupManagerImpl).
 */
export const listGroups: Handler = (exchange) => {
  requireCluster(exchange, "could not");
  const visible = exchange.cluster.groups.all().filter(({ id }) => mayDescribe(exchange, id));
  const data = visible.map((group) => groupData(exchange, group));
  return list("KafkaConsumerGroupList", url(exchange, "consumer-groups"), data);
};

export const getGroup: Handler = (exchange) => {
  requireCluster(exchange, "could not");
  const group = visibleGroup(exchange);
  if (group === undefined) throw notFound();
  return json(groupData(exchange, group));
};

export const listMembers: Handler = (exchange) => {
  const group = groupWithMembers(exchange);
  const members = [...group.members.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const data = members.map((member) => memberData(exchange, group, member));
  return list("KafkaConsumerList", url(exchange, "consumer-groups", group.id, "consumers"), data);
};

export const getMember: Handler = (exchange) => {
  const group = groupWithMembers(exchange);
  const member = group.members.get(parameter(exchange, "consumerId"));
  if (member === undefined) throw notFound();
  return json(memberData(exchange, group, member));
};

/** Partitions that a member reads (kafka-rest ConsumerAssignmentsResource); not offered on Cloud. */
export const listAssignments: Handler = (exchange) => {
  const group = groupWithMembers(exchange);
  const id = parameter(exchange, "consumerId");
  const member = group.members.get(id);
  if (member === undefined) throw notFound(`Consumer ${id} does not exist.`);
  const { groups } = exchange.cluster;
  const assigned = groups.state(group) === "STABLE" ? groups.assignment(group, id) : [];
  const data = assigned.map((each) => assignmentData(exchange, group, member, each));
  const self = url(exchange, "consumer-groups", group.id, "consumers", id, "assignments");
  return list("KafkaConsumerAssignmentList", self, data);
};

const mayDescribe = ({ caller }: Exchange, id: string): boolean => caller.may("GROUP:DESCRIBE", id);

/** Undefined for a group that there is not, or that the caller may not describe. */
export function visibleGroup(exchange: Exchange): ConsumerGroup | undefined {
  const id = parameter(exchange, "groupId");
  return mayDescribe(exchange, id) ? exchange.cluster.groups.get(id) : undefined;
}

function groupWithMembers(exchange: Exchange): ConsumerGroup {
  requireCluster(exchange, "could not");
  const group = visibleGroup(exchange);
  if (group === undefined) throw notFound(`Consumer Group ${parameter(exchange, "groupId")} does not exist.`);
  return group;
}

const ASSIGNORS = { CLASSIC: "range", CONSUMER: "uniform" } as const;

/** A group without members has no assignor, whatever it had. */
function groupData(exchange: Exchange, group: ConsumerGroup): object {
  const { id, type, isSimple, members } = group;
  const path = ["consumer-groups", id] as const;
  const isEmpty = members.size === 0;
  return {
    kind: "KafkaConsumerGroup",
    metadata: { self: url(exchange, ...path), resource_name: crn(exchange, ["consumer-group", id]) },
    cluster_id: exchange.cluster.clusterId,
    consumer_group_id: id,
    is_simple: isSimple,
    partition_assignor: isEmpty ? "" : ASSIGNORS[type],
    state: exchange.cluster.groups.state(group),
    type,
    is_mixed_consumer_group: false,
    coordinator: related(exchange, "brokers", exchange.cluster.brokers[0]?.id ?? 1),
    consumers: related(exchange, ...path, "consumers"),
    lag_summary: related(exchange, ...path, "lag-summary"),
  };
}

function memberData(exchange: Exchange, group: ConsumerGroup, { id, instanceId, clientId }: GroupMember): object {
  const path = ["consumer-groups", group.id, "consumers", id] as const;
  return {
    kind: "KafkaConsumer",
    metadata: {
      self: url(exchange, ...path),
      resource_name: crn(exchange, ["consumer-group", group.id], ["consumer", id]),
    },
    cluster_id: exchange.cluster.clusterId,
    consumer_group_id: group.id,
    consumer_id: id,
    instance_id: instanceId,
    client_id: clientId,
    assignments: related(exchange, ...path, "assignments"),
  };
}

function assignmentData(
  exchange: Exchange,
  group: ConsumerGroup,
  member: GroupMember,
  { topic, partition }: TopicPartition,
): object {
  const where = [topic, "partitions", partition] as const;
  return {
    kind: "KafkaConsumerAssignment",
    metadata: {
      self: url(exchange, "consumer-groups", group.id, "consumers", member.id, "assignments", ...where),
      resource_name: crn(
        exchange,
        ["consumer-group", group.id],
        ["consumer", member.id],
        ["assignment", topic],
        ["partition", partition],
      ),
    },
    cluster_id: exchange.cluster.clusterId,
    consumer_group_id: group.id,
    consumer_id: member.id,
    topic_name: topic,
    partition_id: partition,
    partition: related(exchange, "topics", ...where),
    lag: related(exchange, "consumer-groups", group.id, "lags", ...where),
  };
}
