import {
  bodyOf,
  CLUSTER_RESOURCE,
  crn,
  type Exchange,
  type Handler,
  json,
  list,
  noContent,
  parameter,
  related,
  requireCluster,
  requireTopic,
  url,
} from "../exchange.ts";
import { JsonObject } from "../jackson.ts";
import { forbidden, payloadError, refused, unknownTopic } from "../kafka-error.ts";
import type { NewTopic } from "../new-topic.ts";
import { isInternal, nameProblem, type Topic } from "../topic.ts";
import { readNewTopic } from "./new-topic-request.ts";

/** The order is kafka-rest's, a hash set's; clients may rely on none. */
const OPERATIONS = ["DELETE", "CREATE", "ALTER_CONFIGS", "ALTER", "DESCRIBE_CONFIGS", "READ", "WRITE", "DESCRIBE"];

/** Topics that the caller may describe, by name (kafka-rest TopicsResource). The list spells its parameter in camel case. */
export const listTopics: Handler = (exchange) => {
  requireCluster(exchange);
  const withOperations = isTrue(exchange, "includeAuthorizedOperations");
  const topics = visibleTopics(exchange);
  return list(
    "KafkaTopicList",
    url(exchange, "topics"),
    topics.map((topic) => topicData(exchange, topic, withOperations)),
  );
};

export const visibleTopics = ({ cluster, caller }: Exchange): Topic[] =>
  cluster.listTopics().filter(({ name }) => caller.may("TOPIC:DESCRIBE", name));

export const getTopic: Handler = (exchange) => {
  requireCluster(exchange);
  const topic = describeTopic(exchange, parameter(exchange, "topicName"));
  return json(topicData(exchange, topic, isTrue(exchange, "include_authorized_operations")));
};

/** A topic by name, internal ones too. An illegal name reaches the broker; a hidden topic and an absent one look alike. */
export function describeTopic(exchange: Exchange, name: string): Topic {
  if (nameProblem(name) !== undefined) {
    throw refused("The request attempted to perform an operation on an invalid topic.");
  }
  requireTopic(exchange, "DESCRIBE", name);
  const topic = exchange.cluster.topic(name);
  if (topic === undefined) throw unknownTopic();
  return topic;
}

export const createTopic: Handler = (exchange) => {
  const body = bodyOf(exchange) ?? null;
  if (body === null) throw payloadError("Request body is empty. Data is required.");
  const { topic, validateOnly } = readNewTopic(body);
  const { name } = topic;
  if (nameProblem(name) !== undefined) throw payloadError("Invalid topic name.");
  requireCluster(exchange);
  const { caller, cluster } = exchange;
  if (!caller.may("CLUSTER:CREATE", CLUSTER_RESOURCE) && !caller.may("TOPIC:CREATE", name)) {
    throw forbidden("Authorization failed.");
  }
  const made = validateOnly ? cluster.planTopic(topic) : cluster.createTopic(topic);
  const data = topicData(exchange, made, false);
  const seen = caller.may("TOPIC:DESCRIBE_CONFIGS", name) ? data : { ...data, ...numbersOfRequest(topic) };
  return json(seen, validateOnly ? 200 : 201, { location: url(exchange, "topics", name) });
};

/** Whoever may not describe configs is told the numbers that they sent, or 0 (KIP-525). */
function numbersOfRequest({ assignments, partitions, replicationFactor }: NewTopic): object {
  const replicas = assignments?.values().next().value;
  return {
    replication_factor: replicas?.length ?? replicationFactor ?? 0,
    partitions_count: assignments?.size ?? partitions ?? 0,
  };
}

export const deleteTopic: Handler = (exchange) => {
  requireCluster(exchange);
  const name = parameter(exchange, "topicName");
  requireTopic(exchange, "DESCRIBE", name);
  if (exchange.cluster.topic(name) === undefined) throw unknownTopic();
  requireTopic(exchange, "DELETE", name);
  exchange.cluster.deleteTopic(name);
  return noContent();
};

/** More partitions. The proxy grows first and looks at the cluster id afterwards (TopicsResource.updatePartitionsCount). */
export const patchTopic: Handler = (exchange) => {
  const body = bodyOf(exchange) ?? null;
  if (body === null) throw payloadError("Request body is empty. Partitions_count is required.");
  const request = new JsonObject(body, "PartitionsCountRequest").only("partitions_count");
  const count = request.integer("partitions_count");
  if (count === undefined) throw request.missing("partitionsCount");
  const name = parameter(exchange, "topicName");
  requireTopic(exchange, "ALTER", name);
  exchange.cluster.growPartitions(name, count);
  return getTopic(exchange);
};

const isTrue = ({ query }: Exchange, name: string): boolean => query.get(name)?.toLowerCase() === "true";

function topicData(exchange: Exchange, topic: Topic, withOperations: boolean): object {
  const { name, partitions } = topic;
  const { caller, cluster } = exchange;
  return {
    kind: "KafkaTopic",
    metadata: { self: url(exchange, "topics", name), resource_name: crn(exchange, ["topic", name]) },
    cluster_id: cluster.clusterId,
    topic_name: name,
    is_internal: isInternal(name),
    replication_factor: partitions[0]?.replicas.length ?? 0,
    partitions_count: partitions.length,
    partitions: related(exchange, "topics", name, "partitions"),
    configs: related(exchange, "topics", name, "configs"),
    partition_reassignments: related(exchange, "topics", name, "partitions", "-", "reassignment"),
    authorized_operations: withOperations
      ? OPERATIONS.filter((operation) => caller.may(`TOPIC:${operation}`, name))
      : [],
  };
}
