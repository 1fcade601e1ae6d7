import * as v from "valibot";

const offset = v.pipe(
  v.string(),
  v.regex(/^\d+$/),
  v.transform((text) => BigInt(text)),
);

const partition = v.object({
  id: v.number(),
  replicas: v.array(v.number()),
  earliest: offset,
  latest: offset,
});

const topic = v.object({
  name: v.string(),
  configs: v.pipe(
    v.array(v.tuple([v.string(), v.string()])),
    v.transform((pairs) => new Map(pairs)),
  ),
  partitions: v.array(partition),
});

/** State of a Kafka cluster as JSON; offsets are text, they are 64 bits wide. */
export const clusterSnapshot = v.object({
  version: v.literal(1),
  clusterId: v.string(),
  topics: v.array(topic),
  /** Ids; absent in states that were saved before there were any. */
  groups: v.optional(v.array(v.string()), []),
});

export type ClusterSnapshot = v.InferInput<typeof clusterSnapshot>;
