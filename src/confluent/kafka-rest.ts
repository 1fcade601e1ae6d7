import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { listItems } from "./listing.ts";
import type { Cluster, Topic, TopicConfig } from "./model.ts";
import { type Ask, type Rest, segment, understand } from "./rest.ts";

const topicItem = v.looseObject({
  topic_name: v.pipe(v.string(), v.nonEmpty()),
  partitions_count: v.pipe(v.number(), v.integer()),
  replication_factor: v.pipe(v.number(), v.integer()),
  is_internal: v.optional(v.boolean(), false),
});

const configItem = v.looseObject({
  topic_name: v.pipe(v.string(), v.nonEmpty()),
  name: v.pipe(v.string(), v.nonEmpty()),
  value: v.nullish(v.string(), null),
  is_sensitive: v.optional(v.boolean(), false),
  is_default: v.optional(v.boolean(), false),
  source: v.optional(v.string()),
});

/** Sources that say something about the topic itself (kafka-rest-v3 ConfigSource). */
const OF_THE_TOPIC: ReadonlySet<string> = new Set(["DYNAMIC_TOPIC_CONFIG", "DYNAMIC_CLUSTER_LINK_CONFIG"]);

export const DESCRIBE_TOPICS = "DESCRIBE on TOPIC *";
export const DESCRIBE_CONFIGS = "DESCRIBE_CONFIGS on TOPIC *";

/** Kafka REST v3, which Cloud, REST Proxy and Confluent Server have in common. */
export interface KafkaRest {
  topics(cluster: Cluster): Promise<Topic[]>;
  /** Configs of all topics in one request. Throws where the server refuses it; `isBulkRefused` tells whether one by one may help. */
  allConfigs(cluster: Cluster, each: (topic: string, config: TopicConfig) => void): Promise<void>;
  topicConfigs(cluster: Cluster, topic: string): Promise<TopicConfig[]>;
}

/**
 * The address of `path` in a cluster, its names already encoded. Never taken from the links of answers: these are built
 * from the server's own idea of its address.
 */
export function kafkaUrl(rest: Rest, cluster: Cluster, path: string): string {
  return `${cluster.restUrl}/clusters/${segment(rest.upstream, cluster.clusterId)}/${path}`;
}

export function createKafkaRest(rest: Rest): KafkaRest {
  const at = (cluster: Cluster, path: string) => kafkaUrl(rest, cluster, path);

  const eachItem = (ask: Ask, each: (text: string) => void) => listItems(rest, ask, each);

  return {
    async topics(cluster) {
      const ask = { url: at(cluster, "topics"), what: "list the topics", permission: DESCRIBE_TOPICS };
      return retryOnceOnDeleted(async () => {
        const topics = new Map<string, Topic>();
        await eachItem(ask, (text) => {
          const item = understand(rest.upstream, text, topicItem, ask.what);
          const {
            topic_name: name,
            partitions_count: partitions,
            replication_factor: replicationFactor,
            is_internal: internal,
          } = item;
          topics.set(name, { name, partitions, replicationFactor, internal });
        });
        return [...topics.values()];
      });
    },

    async allConfigs(cluster, each) {
      const ask = {
        url: at(cluster, "topics/-/configs"),
        what: "read the configs of all topics",
        permission: DESCRIBE_CONFIGS,
      };
      await retryOnceOnDeleted(() =>
        eachItem(ask, (text) => {
          const item = understand(rest.upstream, text, configItem, ask.what);
          each(item.topic_name, configOf(item));
        }),
      );
    },

    async topicConfigs(cluster, topic) {
      const ask = {
        url: at(cluster, `topics/${segment(rest.upstream, topic)}/configs`),
        what: `read the configs of the topic ${topic}`,
        permission: `DESCRIBE_CONFIGS on TOPIC ${topic}`,
      };
      const configs: TopicConfig[] = [];
      await eachItem(ask, (text) => configs.push(configOf(understand(rest.upstream, text, configItem, ask.what))));
      return configs;
    },
  };
}

function configOf(item: v.InferOutput<typeof configItem>): TopicConfig {
  const isDefault = item.source === undefined ? item.is_default : !OF_THE_TOPIC.has(item.source);
  return { name: item.name, value: item.is_sensitive ? null : item.value, isDefault };
}

/**
 * A topic that is deleted while the server describes them all fails the whole list with 404/40403
 * (kafka-rest TopicManagerImpl). That answer comes in place of the first page, so nothing is handed over twice.
 */
async function retryOnceOnDeleted<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (isDeletedMeanwhile(thrown)) return read();
    throw thrown;
  }
}

function isDeletedMeanwhile(thrown: unknown): boolean {
  return thrown instanceof UpstreamError && thrown.failure.kind === "missing" && thrown.code === "40403";
}

/**
 * Whether the bulk form of the configs is refused while those of single topics may be had: one topic without
 * DESCRIBE_CONFIGS fails all (kafka-rest AbstractConfigManager), a block list answers 404 or 405, old servers lack it.
 */
export function isBulkRefused(thrown: unknown): boolean {
  if (!(thrown instanceof UpstreamError) || isDeletedMeanwhile(thrown)) return false;
  const { kind } = thrown.failure;
  return kind === "forbidden" || kind === "missing" || kind === "unsupported";
}
