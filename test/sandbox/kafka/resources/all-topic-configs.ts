import type { ConfigChange } from "../configs.ts";
import { bodyOf, type Exchange, type Handler, json, noContent, requireCluster, url } from "../exchange.ts";
import { JsonObject, nullList } from "../jackson.ts";
import { bytes } from "../jetty.ts";
import { KafkaError, payloadError, topicForbidden, unknownTopic } from "../kafka-error.ts";
import type { Topic } from "../topic.ts";
import { readChanges } from "./config-changes.ts";
import { describable, requireKnownConfigs, topicConfigData } from "./topic-configs.ts";
import { visibleTopics } from "./topics.ts";

/**
 * Configs of all topics that the caller may describe, names sorted within a topic, topics in no order (kafka-rest
 * ListAllTopicsConfigsAction). One topic without DESCRIBE_CONFIGS fails the whole. The answer is some 18 kB a topic, so it
 * is made while it is read.
 */
export const listAllTopicConfigs: Handler = (exchange) => {
  requireCluster(exchange);
  const topics = visibleTopics(exchange);
  if (topics.some(({ name }) => !exchange.caller.may("TOPIC:DESCRIBE_CONFIGS", name))) throw topicForbidden();
  const self = JSON.stringify(url(exchange, "topics", "-", "configs"));
  const head = `{"kind":"KafkaTopicConfigList","metadata":{"self":${self},"next":null},"data":[`;
  const texts = chunks(head, inNoOrder(topics), (topic) => configsText(exchange, topic));
  return new Response(stream(texts), { headers: { "content-type": "application/json" } });
};

/** Characters of a chunk, about; one is held at a time. */
const CHUNK = 64 * 1024;

function* chunks(head: string, topics: readonly Topic[], text: (topic: Topic) => string): Generator<string> {
  let chunk = head;
  for (const [index, topic] of topics.entries()) {
    if (index > 0) chunk += ",";
    chunk += text(topic);
    if (chunk.length >= CHUNK) {
      yield chunk;
      chunk = "";
    }
  }
  yield `${chunk}]}`;
}

function stream(texts: Iterator<string>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream(
    {
      pull(controller) {
        const { done, value } = texts.next();
        if (done === true) controller.close();
        else controller.enqueue(bytes(value));
      },
    },
    { highWaterMark: 0 },
  );
}

const configsText = (exchange: Exchange, topic: Topic): string =>
  exchange.cluster
    .describeConfigs(topic)
    .map((entry) => JSON.stringify(topicConfigData(exchange, topic.name, entry)))
    .join(",");

/** The order of a hash map: the same every time, and nobody's idea of sorted. */
const inNoOrder = (topics: readonly Topic[]): Topic[] =>
  topics
    .map((topic) => ({ topic, hash: spread(topic.name) }))
    .sort((a, b) => a.hash - b.hash)
    .map(({ topic }) => topic);

function spread(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * `topics/-/configs:alter`: the topics are looked up first, and one unknown topic or config name refuses all; after that
 * each topic stands alone, and those that fail are told in a 207 (kafka-rest AlterMultipleTopicsConfigsBatchAction).
 */
export const alterAllTopicConfigs: Handler = (exchange) => {
  const body = bodyOf(exchange) ?? null;
  if (body === null) throw payloadError("Null input provided. Data is required.");
  const request = new JsonObject(body, "AlterMultipleTopicsConfigsBatchRequestData").only("data", "validate_only");
  const changes = readTopicChanges(request);
  requireCluster(exchange, "plain");
  for (const topic of changes.keys()) lookUp(exchange, topic);
  for (const entries of changes.values()) requireKnownConfigs(exchange, entries);
  const validateOnly = request.boolean("validate_only") ?? false;
  const failures = [...changes].flatMap(([topic, entries]) => failure(exchange, topic, entries, validateOnly));
  return failures.length === 0 ? noContent() : json({ failures }, 207);
};

/** The members of an entry that the class does not have are passed over here. */
function readTopicChanges(request: JsonObject): Map<string, ConfigChange[]> {
  const elements = request.list("data", "TopicAlterEntry>");
  if (elements === undefined) throw nullList("AlterMultipleTopicsConfigsBatchRequestData");
  return new Map(
    elements.map((element) => {
      const entry = new JsonObject(element, "TopicAlterEntry");
      const changes = readChanges(entry, "configs", "TopicAlterEntry");
      const topic = entry.text("topic_name");
      if (topic === undefined) throw entry.missing("topicName");
      return [topic, changes];
    }),
  );
}

/** This action passes the broker's error on without the text that the others put in. */
function lookUp(exchange: Exchange, name: string): void {
  try {
    describable(exchange, name);
  } catch (error) {
    throw error instanceof KafkaError && error.errorCode === 40403 ? unknownTopic("") : error;
  }
}

function failure(exchange: Exchange, topic: string, changes: readonly ConfigChange[], validateOnly: boolean): object[] {
  try {
    if (!exchange.caller.may("TOPIC:ALTER_CONFIGS", topic)) throw topicForbidden();
    exchange.cluster.alterConfigs(topic, changes, validateOnly);
    return [];
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return [{ topic_name: topic, error_code: error.errorCode, message: error.message }];
  }
}
