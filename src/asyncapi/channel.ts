import { type Json, type JsonObject, objectOf, orderedEntries, wholeNumber } from "./json.ts";
import { BINDING_VERSION } from "./messages.ts";
import type { DocumentInput } from "./model.ts";

type Topic = DocumentInput["topic"];

/** Configs that a document tells, in the order of asyncapi/bindings kafka 0.5.0, "TopicConfiguration Object"; others follow, sorted. */
export const TOPIC_CONFIGS = [
  "cleanup.policy",
  "retention.ms",
  "retention.bytes",
  "delete.retention.ms",
  "max.message.bytes",
  "confluent.key.schema.validation",
  "confluent.key.subject.name.strategy",
  "confluent.value.schema.validation",
  "confluent.value.subject.name.strategy",
];
const NUMBERS = new Set(["retention.ms", "retention.bytes", "delete.retention.ms", "max.message.bytes"]);
const BOOLEANS = new Set(["confluent.key.schema.validation", "confluent.value.schema.validation"]);

/** Kafka channel binding. A value that the binding's schema would refuse is left out rather than told wrongly. */
export function channelBinding(topic: Topic): JsonObject {
  const configs = orderedEntries(topic.configs, TOPIC_CONFIGS).map(([name, value]): [string, Json | undefined] => [
    name,
    configValue(name, String(value)),
  ]);
  const topicConfiguration = objectOf(configs);
  return objectOf([
    ["topic", topic.name],
    ["partitions", topic.partitions > 0 ? topic.partitions : undefined],
    ["replicas", topic.replicationFactor > 0 ? topic.replicationFactor : undefined],
    ["topicConfiguration", Object.keys(topicConfiguration).length > 0 ? topicConfiguration : undefined],
    ["bindingVersion", BINDING_VERSION],
  ]);
}

function configValue(name: string, value: string): Json | undefined {
  if (name === "cleanup.policy") return cleanupPolicy(value);
  if (NUMBERS.has(name)) return wholeNumber(value);
  if (BOOLEANS.has(name)) return value === "true" ? true : value === "false" ? false : undefined;
  return value;
}

function cleanupPolicy(value: string): Json | undefined {
  const given = new Set(value.split(",").map((part) => part.trim()));
  const policies = ["compact", "delete"].filter((policy) => given.has(policy));
  return policies.length > 0 ? policies : undefined;
}
