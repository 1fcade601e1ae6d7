import { describe, expect, it } from "vitest";
import { KafkaCluster } from "./cluster.ts";
import { stillContext } from "./fixtures.ts";

const newCluster = (options = {}): KafkaCluster => new KafkaCluster(stillContext(), { clusterId: "c1", ...options });
const names = (cluster: KafkaCluster): string[] => cluster.listTopics().map(({ name }) => name);
const ends = (cluster: KafkaCluster, topic: string): (readonly [bigint, bigint])[] =>
  cluster.topic(topic)?.partitions.map(({ earliest, latest }) => [earliest, latest] as const) ?? [];

describe("a Kafka cluster", () => {
  it("has the registry's topic from the start, except on Cloud", () => {
    expect(names(newCluster())).toEqual(["_schemas"]);
    expect(names(newCluster({ clusterId: "lkc-1" }))).toEqual([]);
    expect(names(newCluster({ registry: false }))).toEqual([]);
    expect(newCluster().topic("_schemas")?.configs).toEqual(new Map([["cleanup.policy", "compact"]]));
  });

  it("lists topics by name in the order of their bytes, and Kafka's own topics never", () => {
    const cluster = newCluster({ registry: false });
    for (const name of ["b", "a", "Z", "__consumer_offsets"]) cluster.createTopic({ name });
    expect(names(cluster)).toEqual(["Z", "a", "b"]);
    expect(cluster.topic("__consumer_offsets")?.partitions).toHaveLength(1);
  });

  it("gives a new topic the cluster's numbers when none are told, on Cloud six partitions and three replicas", () => {
    expect(
      newCluster()
        .createTopic({ name: "t" })
        .partitions.map(({ replicas }) => replicas),
    ).toEqual([[1]]);
    const cloud = newCluster({ clusterId: "lkc-1" }).createTopic({ name: "t" });
    expect(cloud.partitions.map(({ replicas }) => replicas)).toEqual([
      [1, 2, 3],
      [2, 3, 1],
      [3, 1, 2],
      [1, 2, 3],
      [2, 3, 1],
      [3, 1, 2],
    ]);
  });

  it.each([
    ["a name that exists", { name: "orders" }, "Topic 'orders' already exists."],
    [
      "a name that differs in a dot",
      { name: "acme.orders" },
      "Topic 'acme.orders' collides with existing topic: acme_orders",
    ],
    ["more replicas than brokers", { name: "t", replicationFactor: 2 }, /because only 1 broker\(s\) are registered/],
    ["no partitions", { name: "t", partitions: 0 }, "Number of partitions was set to an invalid non-positive value."],
    ["no replicas", { name: "t", replicationFactor: 0 }, /^Replication factor must be larger than 0/],
    ["an unknown config", { name: "t", configs: { "no.such": "1" } }, "Unknown topic config name: no.such"],
    [
      "a config of Confluent's on Apache Kafka",
      { name: "t", configs: { "confluent.value.schema.validation": "true" } },
      /^Unknown topic config/,
    ],
    [
      "a policy that there is not",
      { name: "t", configs: { "cleanup.policy": "burn" } },
      /String must be one of: compact, delete$/,
    ],
    [
      "a number below the least",
      { name: "t", configs: { "segment.ms": "0" } },
      "Invalid value 0 for configuration segment.ms: Value must be at least 1",
    ],
    [
      "a number of more than 64 bits",
      { name: "t", configs: { "flush.ms": "9223372036854775808" } },
      /Not a number of type LONG$/,
    ],
    [
      "neither true nor false",
      { name: "t", configs: { preallocate: "yes" } },
      /Expected value to be either true or false$/,
    ],
    ["an empty name", { name: "" }, "Topic name is invalid: the empty string is not allowed"],
  ])("refuses a new topic with %s and makes nothing", (_, topic, message) => {
    const cluster = newCluster({ registry: false });
    cluster.createTopic({ name: "orders" });
    cluster.createTopic({ name: "acme_orders" });
    expect(() => cluster.createTopic(topic)).toThrow(expect.objectContaining({ status: 400, errorCode: 40002 }));
    expect(() => cluster.createTopic(topic)).toThrow(message);
    expect(names(cluster)).toEqual(["acme_orders", "orders"]);
  });

  it("lets a deleted name, and its twin with a dot, be used again with nothing left of the old topic", () => {
    const cluster = newCluster({ registry: false });
    cluster.createTopic({ name: "a_b", configs: { "retention.ms": "1" } });
    cluster.append("a_b", 0, 5n);
    cluster.deleteTopic("a_b");
    expect(() => cluster.deleteTopic("a_b")).toThrow("This server does not host this topic-partition.");
    expect(cluster.createTopic({ name: "a.b" }).configs.size).toBe(0);
    expect(ends(cluster, "a.b")).toEqual([[0n, 0n]]);
  });

  it("grows partitions and never shrinks them", () => {
    const cluster = newCluster();
    cluster.createTopic({ name: "t", partitions: 2 });
    cluster.append("t", 1, 7n);
    cluster.growPartitions("t", 3);
    expect(ends(cluster, "t")).toEqual([
      [0n, 0n],
      [0n, 7n],
      [0n, 0n],
    ]);
    expect(() => cluster.growPartitions("t", 3)).toThrow("Topic already has 3 partition(s).");
    expect(() => cluster.growPartitions("t", 1)).toThrow(
      "The topic t currently has 3 partition(s); 1 would not be an increase.",
    );
    expect(() => cluster.growPartitions("no-such", 3)).toThrow("This server does not host this topic-partition.");
  });

  it("changes configs all or nothing, not at all when only validating, and goes back to the default", () => {
    const cluster = newCluster();
    const topic = cluster.createTopic({ name: "t", configs: { "segment.ms": "5000" } });
    const set = (name: string, value: string) => ({ name, operation: "SET" as const, value });
    expect(() => cluster.alterConfigs("t", [set("retention.ms", "1"), set("segment.ms", "soon")])).toThrow(
      "Invalid value soon for configuration segment.ms: Not a number of type LONG",
    );
    cluster.alterConfigs("t", [set("retention.ms", "1")], true);
    expect([...topic.configs]).toEqual([["segment.ms", "5000"]]);
    cluster.alterConfigs("t", [{ name: "segment.ms", operation: "DELETE", value: null }]);
    cluster.alterConfigs("t", [{ name: "segment.ms", operation: "DELETE", value: null }]);
    expect(topic.configs.size).toBe(0);
  });

  it("keeps offsets beyond 2^53 exactly, through a snapshot too", () => {
    const cluster = newCluster();
    cluster.createTopic({ name: "t", partitions: 2, configs: { "retention.ms": "-1" } });
    cluster.append("t", 0, 9007199254740993n);
    cluster.trim("t", 0, 9007199254740992n);
    const copy = newCluster();
    copy.createTopic({ name: "gone" });
    copy.restore(JSON.parse(JSON.stringify(cluster.snapshot())));
    expect(names(copy)).toEqual(["_schemas", "t"]);
    expect(ends(copy, "t")).toEqual([
      [9007199254740992n, 9007199254740993n],
      [0n, 0n],
    ]);
    expect(copy.snapshot()).toEqual(cluster.snapshot());
    copy.append("t", 0);
    expect(ends(cluster, "t")[0]).toEqual([9007199254740992n, 9007199254740993n]);
  });

  it("never trims beyond the end of a log, nor backwards", () => {
    const cluster = newCluster();
    cluster.createTopic({ name: "t" });
    cluster.append("t", 0, 3n);
    cluster.trim("t", 0, 9n);
    expect(ends(cluster, "t")).toEqual([[3n, 3n]]);
    cluster.trim("t", 0, 1n);
    expect(ends(cluster, "t")).toEqual([[3n, 3n]]);
    expect(() => cluster.append("t", 1)).toThrow("Partition not found.");
  });

  it("refuses a snapshot of another version or cluster and stays as it was", () => {
    const cluster = newCluster();
    expect(() => cluster.restore({ version: 2, clusterId: "c1", topics: [] })).toThrow();
    expect(() => cluster.restore(newCluster({ clusterId: "c2" }).snapshot())).toThrow(
      "snapshot of cluster c2, not of c1",
    );
    expect(names(cluster)).toEqual(["_schemas"]);
  });
});

describe("a cluster whose metadata is late", () => {
  it("lists a deleted topic a moment longer, and no longer than that", () => {
    const context = stillContext();
    const cluster = new KafkaCluster(context, { clusterId: "c1", registry: false });
    cluster.lateness.deletedStaysListedMs = 500;
    cluster.createTopic({ name: "t" });
    cluster.deleteTopic("t");
    expect(names(cluster)).toEqual(["t"]);
    expect(cluster.topic("t")).toBeUndefined();
    context.clock.advance(500);
    expect(names(cluster)).toEqual([]);
  });

  it("lists a topic once that was deleted and made again", () => {
    const cluster = newCluster({ registry: false });
    cluster.lateness.deletedStaysListedMs = 500;
    cluster.createTopic({ name: "t" });
    cluster.deleteTopic("t");
    cluster.createTopic({ name: "t", partitions: 2 });
    expect(cluster.listTopics().map(({ name, partitions }) => [name, partitions.length])).toEqual([["t", 2]]);
  });

  it("fails the first list after a delete and no other", () => {
    const cluster = newCluster();
    cluster.lateness.listFailsAfterDelete = true;
    cluster.createTopic({ name: "t" });
    expect(names(cluster)).toEqual(["_schemas", "t"]);
    cluster.deleteTopic("t");
    expect(() => names(cluster)).toThrow(expect.objectContaining({ status: 404, errorCode: 40403 }));
    expect(names(cluster)).toEqual(["_schemas"]);
  });
});
