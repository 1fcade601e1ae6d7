import { crn, type Exchange, type Handler, json, list, parameter, related, requireCluster, url } from "../exchange.ts";
import { notFound } from "../kafka-error.ts";

/**
 * Consumer groups without members and offsets. Those that the caller may not describe are left out of the list, and each
 * call on one answers in its own words for a group that is not there (kafka-rest ConsumerGroupManagerImpl).
 */
export const listGroups: Handler = (exchange) => {
  requireCluster(exchange, "could not");
  const visible = exchange.cluster.listGroups().filter((id) => mayDescribe(exchange, id));
  const data = visible.map((id) => groupData(exchange, id));
  return list("KafkaConsumerGroupList", url(exchange, "consumer-groups"), data);
};

export const getGroup: Handler = (exchange) => {
  requireCluster(exchange, "could not");
  const id = visibleGroup(exchange);
  if (id === undefined) throw notFound();
  return json(groupData(exchange, id));
};

export const listMembers: Handler = (exchange) => {
  requireCluster(exchange, "could not");
  const id = visibleGroup(exchange);
  if (id === undefined) throw notFound(`Consumer Group ${parameter(exchange, "groupId")} does not exist.`);
  if (exchange.path.consumerId !== undefined) throw notFound();
  return list("KafkaConsumerList", url(exchange, "consumer-groups", id, "consumers"), []);
};

export const getLags: Handler = (exchange) => {
  requireCluster(exchange, "could not");
  const id = visibleGroup(exchange);
  throw notFound(
    id === undefined
      ? `Consumer Group ${parameter(exchange, "groupId")} could not be found.`
      : "Consumer group offsets could not be found.",
  );
};

const mayDescribe = ({ caller }: Exchange, id: string): boolean => caller.may("GROUP:DESCRIBE", id);

function visibleGroup(exchange: Exchange): string | undefined {
  const id = parameter(exchange, "groupId");
  return exchange.cluster.hasGroup(id) && mayDescribe(exchange, id) ? id : undefined;
}

function groupData(exchange: Exchange, id: string): object {
  const path = ["consumer-groups", id] as const;
  return {
    kind: "KafkaConsumerGroup",
    metadata: { self: url(exchange, ...path), resource_name: crn(exchange, ["consumer-group", id]) },
    cluster_id: exchange.cluster.clusterId,
    consumer_group_id: id,
    is_simple: false,
    partition_assignor: "",
    state: "EMPTY",
    type: "CLASSIC",
    is_mixed_consumer_group: false,
    coordinator: related(exchange, "brokers", exchange.cluster.brokers[0]?.id ?? 1),
    consumers: related(exchange, ...path, "consumers"),
    lag_summary: related(exchange, ...path, "lag-summary"),
  };
}
