import { cannotDeserialize, type Json, JsonObject } from "../jackson.ts";
import type { NewTopic } from "../new-topic.ts";

/** `POST /topics` (kafka-rest CreateTopicRequest). Throws what Jackson says of a body that does not fit. */
export function readNewTopic(body: Json): { readonly topic: NewTopic; readonly validateOnly: boolean } {
  const request = new JsonObject(body, "CreateTopicRequest").only(
    "topic_name",
    "partitions_count",
    "replication_factor",
    "replicas_assignments",
    "configs",
    "validate_only",
  );
  const assignments = readAssignments(request);
  const partitions = request.integer("partitions_count");
  const replicationFactor = request.integer("replication_factor", "Short");
  const configs = readConfigs(request);
  const validateOnly = request.boolean("validate_only") ?? false;
  const name = request.text("topic_name");
  if (name === undefined) throw request.missing("topicName");
  const topic = {
    name,
    configs,
    ...(partitions === undefined ? {} : { partitions }),
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    ...(assignments === undefined || assignments.size === 0 ? {} : { assignments }),
  };
  return { topic, validateOnly };
}

function readConfigs(request: JsonObject): Record<string, string | null> {
  const configs: Record<string, string | null> = {};
  for (const element of request.list("configs", "ConfigEntry>") ?? []) {
    const entry = new JsonObject(element, "ConfigEntry").only("name", "value");
    const name = entry.text("name");
    if (name === undefined) throw entry.missing("name");
    configs[name] = entry.text("value") ?? null;
  }
  return configs;
}

/** `{"0":[1]}`. The class name is what is left of `Map<Integer,List<Integer>>` when it is cut to its last part. */
function readAssignments(request: JsonObject): ReadonlyMap<number, readonly number[]> | undefined {
  const map = request.map("replicas_assignments", "Integer>>");
  if (map === undefined) return undefined;
  return new Map(
    [...map].map(([partition, brokers]) => {
      if (!Array.isArray(brokers)) throw cannotDeserialize("Integer>", brokers);
      return [Number(partition), (brokers as readonly Json[]).map(Number)];
    }),
  );
}
