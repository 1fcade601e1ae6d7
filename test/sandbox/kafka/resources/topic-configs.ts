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
  return alterOne(exchange, { name: parameter(exchange, "name"), operation: "SET", value });
};

export const deleteTopicConfig: Handler = (exchange) =>
  alterOne(exchange, { name: parameter(exchange, "name"), operation: "DELETE", value: null });

/** `configs:alter`: several configs of one topic, all or nothing (kafka-rest AlterTopicConfigBatchAction). */
export const alterTopicConfigs: Handler = (exchange) => {
  const body = bodyOf(exchange) ?? null;
  if (body === null) throw payloadError("Null input provided. Data is required.");
  const request = new JsonObject(body, "AlterConfigBatchRequestData").only("data", "validate_only");
  const changes = readChanges(request, "data", "AlterConfigBatchRequestData");
  const validateOnly = request.boolean("validate_only") ?? false;
  requireCluster(exchange, "plain");
  const topic = describable(exchange, parameter(exchange, "topicName"));
  requireKnownConfigs(exchange, changes);
  return alter(exchange, topic, changes, validateOnly);
};

/** PUT and DELETE name the config that they do not know; the batches do not (kafka-rest AbstractConfigManager). */
function alterOne(exchange: Exchange, change: ConfigChange): Response {
  requireCluster(exchange, "plain");
  const topic = describable(exchange, parameter(exchange, "topicName"));
  const { clusterId, topicConfigs } = exchange.cluster;
  if (!topicConfigs.knows(change.name)) {
    throw notFound(`Config ${change.name} cannot be found for TOPIC ${topic.name} in cluster ${clusterId}.`);
  }
  return alter(exchange, topic, [change], false);
}

function alter(exchange: Exchange, topic: Topic, changes: readonly ConfigChange[], validateOnly: boolean): Response {
  requireTopic(exchange, "ALTER_CONFIGS", topic.name);
  exchange.cluster.alterConfigs(topic.name, changes, validateOnly);
  return noContent();
}

export function requireKnownConfigs({ cluster }: Exchange, changes: readonly ConfigChange[]): void {
  if (changes.some(({ name }) => !cluster.topicConfigs.knows(name))) throw notFound();
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
