import * as v from "valibot";
import type { Operation, PatternType, Permission, ResourceType } from "./acl.ts";
import { savedOtherGroups } from "./other-groups.ts";
import type { OffsetRange } from "./topic.ts";

const offset = v.pipe(
  v.string(),
  v.regex(/^\d+$/),
  v.transform((text) => BigInt(text)),
);

const ranges = v.pipe(
  v.array(v.tuple([offset, offset])),
  v.transform((pairs): OffsetRange[] => pairs.map(([from, to]) => ({ from, to }))),
);

const partition = v.object({
  id: v.number(),
  replicas: v.array(v.number()),
  earliest: offset,
  latest: offset,
  /** Absent in states that were saved before there were any; so are the others that are optional. */
  markers: v.optional(v.array(offset), []),
  aborted: v.optional(ranges, []),
  open: v.optional(ranges, []),
  thinned: v.exactOptional(v.object({ below: offset, every: offset })),
});

const topic = v.object({
  name: v.string(),
  configs: v.pipe(
    v.array(v.tuple([v.string(), v.string()])),
    v.transform((pairs) => new Map(pairs)),
  ),
  partitions: v.array(partition),
});

/** Saved by ourselves: that the words of Kafka are Kafka's is not asked again. */
const word = <T extends string>() => v.custom<T>((value) => typeof value === "string");

const aclEntry = v.object({
  acl: v.object({
    resourceType: word<ResourceType>(),
    resourceName: v.string(),
    patternType: word<PatternType>(),
    principal: v.string(),
    host: v.string(),
    operation: word<Operation>(),
    permission: word<Permission>(),
  }),
  from: v.number(),
  until: v.exactOptional(v.number()),
});

const consumerGroup = v.object({
  id: v.string(),
  type: v.picklist(["CLASSIC", "CONSUMER"]),
  isSimple: v.boolean(),
  generation: v.number(),
  members: v.array(
    v.object({
      id: v.string(),
      clientId: v.string(),
      instanceId: v.nullable(v.string()),
      topics: v.array(v.string()),
    }),
  ),
  offsets: v.array(v.tuple([v.string(), v.array(v.tuple([v.number(), offset]))])),
  rebalancingUntil: v.exactOptional(v.number()),
  desertedAt: v.exactOptional(v.number()),
});

/** States of before held ids alone, of groups without members and offsets. */
const idAlone = v.pipe(
  v.string(),
  v.transform((id): SavedGroup => ({ id, type: "CLASSIC", isSimple: false, generation: 0, members: [], offsets: [] })),
);

export type GroupSnapshot = v.InferInput<typeof consumerGroup>;
export type SavedGroup = v.InferOutput<typeof consumerGroup>;

/** State of a Kafka cluster as JSON; offsets are text, they are 64 bits wide. */
export const clusterSnapshot = v.object({
  version: v.literal(1),
  clusterId: v.string(),
  topics: v.array(topic),
  groups: v.optional(v.array(v.union([consumerGroup, idAlone])), []),
  otherGroups: savedOtherGroups,
  acls: v.optional(v.array(aclEntry), []),
});

export type ClusterSnapshot = v.InferInput<typeof clusterSnapshot>;
