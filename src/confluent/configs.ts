import { UpstreamError } from "../http/errors.ts";
import { isBulkRefused, type KafkaRest } from "./kafka-rest.ts";
import type { Cluster, TopicConfig } from "./model.ts";

export interface ConfigFallback {
  /**
   * Called in place of reading one topic after the other when the server refuses the bulk form; so the owner can put
   * the topics on its work list. `error` says why it was refused.
   */
  readonly onBulkRefused?: (cluster: Cluster, error: UpstreamError) => Promise<void>;
  /** A topic whose configs the credential may not read, or that is gone; the others go on. */
  readonly onTopicRefused?: (topic: string, error: UpstreamError) => void;
}

const MOST_REFUSED = 50;

/** Configs of all topics: in one request, and where that is refused one by one, at the pace that the outlet allows. */
export async function readConfigs(
  kafka: KafkaRest,
  cluster: Cluster,
  each: (topic: string, config: TopicConfig) => void,
  fallback: ConfigFallback,
): Promise<void> {
  try {
    await kafka.allConfigs(cluster, each);
  } catch (thrown) {
    if (!(thrown instanceof UpstreamError) || !isBulkRefused(thrown)) throw thrown;
    if (fallback.onBulkRefused !== undefined) await fallback.onBulkRefused(cluster, thrown);
    else await readOneByOne(kafka, cluster, each, fallback, thrown);
  }
}

async function readOneByOne(
  kafka: KafkaRest,
  cluster: Cluster,
  each: (topic: string, config: TopicConfig) => void,
  fallback: ConfigFallback,
  bulk: UpstreamError,
): Promise<void> {
  let read = 0;
  let refused = 0;
  for (const topic of await kafka.topics(cluster)) {
    try {
      for (const config of await kafka.topicConfigs(cluster, topic.name)) each(topic.name, config);
      read++;
    } catch (thrown) {
      if (!(thrown instanceof UpstreamError) || !isOfThisTopic(thrown)) throw thrown;
      fallback.onTopicRefused?.(topic.name, thrown);
      refused++;
    }
    // Not one in so many: the permission is missing for all, and asking for the rest would be a storm.
    if (read === 0 && refused >= MOST_REFUSED) throw bulk;
  }
  if (read === 0 && refused > 0) throw bulk;
}

function isOfThisTopic(error: UpstreamError): boolean {
  return error.failure.kind === "forbidden" || error.failure.kind === "missing" || error.failure.kind === "invalid";
}
