import { configData } from "../config-data.ts";
import type { ConfigChange, ConfigEntry } from "../configs.ts";
import {
  bodyOf,
  crn,
  type Exchange,
  type Handler,
  json,
  list,
  noContent,
  parameter,
  requireCluster,
  requireTopic,
  url,
} from "../exchange.ts";
import { JsonObject } from "../jackson.ts";
import { KafkaError, notFound, payloadError, refused, unknownTopic } from "../kafka-error.ts";
import { nameProblem, type Topic } from "../topic.ts";
import { readChanges } from "./config-changes.ts";

export const listTopicConfigs: Handler = (exchange) => {
  requireCluster(exchange, "plain");
  const topic = describable(exchange, parameter(exchange, "topicName"));
  return list(
    "KafkaTopicConfigList",
    url(exchange, "topics", topic.name, "configs"),
    exchange.cluster.describeConfigs(topic).map((entry) => topicConfigData(exchange, topic.name, entry)),
  );
};

/** What a topic of that name would have if it were made now; Confluent Server and Cloud only. */
export const listDefaultTopicConfigs: Handler = (exchange) => {
  requireCluster(exchange, "plain");
  const { name } = describable(exchange, parameter(exchange, "topicName"));
  return list(
    "KafkaTopicConfigList",
    url(exchange, "topics", name, "default-configs"),
    exchange.cluster.topicConfigs.defaults.map((entry) => topicConfigData(exchange, name, entry)),
  );
};

export const getTopicConfig: Handler = (exchange) => {
  requireCluster(exchange, "plain");
  const topic = describable(exchange, parameter(exchange, "topicName"));
  const name = parameter(exchange, "name");
  const entry = exchange.cluster.describeConfigs(topic).find((candidate) => candidate.name === name);
  if (entry === undefined) throw notFound();
  return json(topicConfigData(exchange, topic.name, entry));
};

export const putTopicConfig: Handler = (exchange) => {
  const body = bodyOf(exchange) ?? null;
  if (body === null) throw new KafkaError(500, 500, "Internal Server Error");
  const value = new JsonObject(body, "UpdateTopicConfigRequest").only("value").text("value") ?? null;
  return alter(exchange, [{ name: parameter(exchange, "name"), operation: "SET", value }]);
};

export const deleteTopicConfig: Handler = (exchange) =>
  alter(exchange, [{ name: parameter(exchange, "name"), operation: "DELETE", value: null }]);

/** `configs:alter`: several configs of one topic, all or nothing (kafka-rest AlterTopicConfigBatchAction). */
export const alterTopicConfigs: Handler = (exchange) => {
  const body = bodyOf(exchange) ?? null;
  if (body === null) throw payloadError("Null input provided. Data is required.");
  const request = new JsonObject(body, "AlterConfigBatchRequestData").only("data", "validate_only");
  const changes = readChanges(request, "data", "AlterConfigBatchRequestData");
  return alter(exchange, changes, request.boolean("validate_only") ?? false);
};

function alter(exchange: Exchange, changes: readonly ConfigChange[], validateOnly = false): Response {
  requireCluster(exchange, "plain");
  const topic = describable(exchange, parameter(exchange, "topicName"));
  requireKnownConfigs(exchange, topic.name, changes);
  requireTopic(exchange, "ALTER_CONFIGS", topic.name);
  exchange.cluster.alterConfigs(topic.name, changes, validateOnly);
  return noContent();
}

export function requireKnownConfigs({ cluster }: Exchange, topic: string, changes: readonly ConfigChange[]): void {
  const unknown = changes.find(({ name }) => !cluster.topicConfigs.knows(name));
  if (unknown === undefined) return;
  throw notFound(`Config ${unknown.name} cannot be found for TOPIC ${topic} in cluster ${cluster.clusterId}.`);
}

/** The topic, if the caller may see its configs: the broker looks at the right first, then at the name, then for the topic. */
export function describable(exchange: Exchange, name: string): Topic {
  requireTopic(exchange, "DESCRIBE_CONFIGS", name);
  const problem = nameProblem(name);
  if (problem !== undefined) throw refused(`Topic name is invalid: ${problem}`);
  const topic = exchange.cluster.topic(name);
  if (topic === undefined) throw unknownTopic();
  return topic;
}

export function topicConfigData(exchange: Exchange, topic: string, entry: ConfigEntry): object {
  const metadata = {
    self: url(exchange, "topics", topic, "configs", entry.name),
    resource_name: crn(exchange, ["topic", topic], ["config", entry.name]),
  };
  return configData("KafkaTopicConfig", metadata, exchange.cluster.clusterId, entry, { topic_name: topic });
}
