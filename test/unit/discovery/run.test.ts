import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { discover, type RunOptions, type RunResult } from "../../../src/discovery/run.ts";
import type { DiscoverySettings } from "../../../src/discovery/settings.ts";
import { UpstreamError } from "../../../src/http/errors.ts";
import { type NodeRuntime, openNodeRuntime } from "../../../src/runtime/node.ts";
import { type DocumentStore, documentStore, referenceStore } from "../../../src/store/documents.ts";
import { migrate } from "../../../src/store/schema.ts";
import { type TopicStore, topicStore } from "../../../src/store/topics.ts";
import { MemoryReader, record } from "./reader.ts";

const settings: DiscoverySettings = {
  mode: "publish",
  intervalMs: 300_000,
  filter: { matches: (topic) => ({ matched: !topic.startsWith("test-"), rule: "KAFKA_FILTER" }) },
  asyncapiVersion: "3.0.0",
  vendor: "confluent-cloud",
  tls: true,
  mechanism: "PLAIN",
  oauth: undefined,
  environment: "kafka-env",
  additionalTags: [],
  appendEnvironmentToTitle: true,
  revisionPattern: "",
};

let now: number;
let runtime: NodeRuntime;
let reader: MemoryReader;
let topics: TopicStore;
let documents: DocumentStore;
let published: string[];
let common: string | undefined;

beforeEach(() => {
  now = 1_800_000_000_000;
  runtime = openNodeRuntime(":memory:", { log: { write: () => undefined } });
  migrate(runtime.ports.sql);
  topics = topicStore(runtime.ports.sql);
  documents = documentStore(runtime.ports.sql);
  reader = new MemoryReader();
  published = [];
  common = undefined;
});
afterEach(() => runtime.close());

async function run(options: Partial<RunOptions> = {}, changed: Partial<DiscoverySettings> = {}): Promise<RunResult> {
  reader.asked.length = 0;
  published.length = 0;
  const result = await discover(
    {
      reader,
      cluster: reader.where,
      topics,
      documents,
      references: referenceStore(runtime.ports.sql),
      settings: { ...settings, ...changed },
      now: () => now,
      together: (work) => runtime.ports.sql.transaction(work),
      publish: (topic) => published.push(topic),
      forget: () => undefined,
    },
    { readConfigs: common === undefined, commonBefore: common, builderMajor: 1, acceptedLoss: new Set(), ...options },
  );
  common = result.common;
  return result;
}

/** As publishing leaves a row. */
function markPublished(name: string): void {
  const row = topics.get(name);
  if (!row?.wanted) throw new Error(`${name} is not wanted`);
  topics.put({
    ...row,
    published: {
      wanted: row.wanted,
      service: { name: `${name}-1`, version: "1" },
      revision: { name: `${name}-1-a`, count: 1 },
      at: now,
    },
  });
  documents.promote(name);
}

describe("the first run", () => {
  test("decides about every topic and tells the rule", async () => {
    for (const name of ["orders", "test-orders", "_schemas", "app-store-changelog"]) reader.add(name);
    const result = await run();
    expect(result).toMatchObject({ topics: 4, eligible: 1, filtered: 1, internal: 2, failed: 0, changed: 4 });
    expect(topics.all().map(({ name, decision, rule }) => [name, decision, rule])).toEqual([
      ["_schemas", "internal", "internal: name begins with an underscore"],
      ["app-store-changelog", "internal", "internal: Kafka Streams changelog"],
      ["orders", "eligible", "KAFKA_FILTER"],
      ["test-orders", "filtered", "KAFKA_FILTER"],
    ]);
    expect(published).toEqual(["orders"]);
  });

  test("makes one request for topics, one for configs, and reads no schema by name", async () => {
    reader.add("orders");
    reader.register("orders-value", record("Order"));
    await run();
    expect(reader.asked).toEqual(["topics", "configs", "schemas"]);
  });

  test("puts the document beside the row", async () => {
    reader.add("orders");
    reader.register("orders-value", record("Order"));
    await run();
    const text = await documents.get("orders", "waiting");
    expect(JSON.parse(text ?? "")).toMatchObject({ asyncapi: "3.0.0", info: { title: "orders" } });
    expect(topics.get("orders")?.wanted?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("a run in which nothing changed", () => {
  test("reads in bulk, writes nothing and wants nothing published", async () => {
    reader.add("orders");
    reader.add("_schemas");
    reader.register("orders-value", record("Order"));
    await run();
    const rows = topics.all();
    now += 300_000;
    expect(await run()).toMatchObject({ eligible: 1, changed: 0 });
    expect(reader.asked).toEqual(["topics", "schemas"]);
    expect(published).toEqual([]);
    expect(topics.all()).toEqual(rows);
  });
});

describe("a changed topic", () => {
  beforeEach(async () => {
    reader.add("orders");
    reader.add("payments");
    reader.register("orders-value", record("Order"));
    await run();
    markPublished("orders");
    markPublished("payments");
  });

  test("gets a new document when its schema means something else", async () => {
    reader.register("orders-value", record("Order", [{ name: "id", type: "long" }]));
    expect(await run()).toMatchObject({ changed: 1 });
    expect(published).toEqual(["orders"]);
    expect(topics.get("orders")?.wanted).not.toEqual(topics.get("orders")?.published.wanted);
    expect(reader.asked).toEqual(["topics", "schemas"]);
  });

  test("keeps its document when only whitespace or key order of the schema changed", async () => {
    const { fields, name, namespace, type } = record("Order");
    reader.register("orders-value", JSON.stringify({ fields, namespace, name, type }, null, 4));
    await run();
    const row = topics.get("orders");
    expect(row?.wanted).toEqual(row?.published.wanted);
    expect(row?.subjects).toMatchObject([{ version: 2 }]);
    expect(await documents.get("orders", "waiting")).toBeUndefined();
  });

  test("with another number of partitions gets a new document", async () => {
    reader.topicList.splice(0, 1, { name: "orders", partitions: 12, replicationFactor: 3, internal: false });
    await run();
    expect(published).toEqual(["orders"]);
  });

  test("that is new costs one request for its configs", async () => {
    reader.add("refunds");
    reader.configOf.set("refunds", { "cleanup.policy": "compact", "segment.ms": "1" });
    await run();
    expect(reader.asked).toEqual(["topics", "configs of refunds", "schemas"]);
    expect(topics.get("refunds")?.configs).toEqual({ "cleanup.policy": "compact" });
  });

  test("keeps its schema when a listing leaves the subject out that is still there", async () => {
    reader.unlisted.add("orders-value");
    expect(await run()).toMatchObject({ changed: 0 });
    expect(reader.asked).toEqual(["topics", "schemas", "orders-value/latest"]);
  });

  test("loses its schema only when the subject is gone by name as well", async () => {
    reader.schemas.delete("orders-value");
    await run();
    expect(topics.get("orders")?.subjects).toEqual([]);
    expect(published).toEqual(["orders"]);
    await run();
    expect(reader.asked).toEqual(["topics", "schemas"]);
  });

  test("of which the registry tells nothing keeps its last document", async () => {
    const rows = topics.all();
    reader.failAt = "schemas";
    await expect(run()).rejects.toThrow("the upstream failed");
    expect(topics.all()).toEqual(rows);
    expect(published).toEqual([]);
  });

  test("keeps its schema and document when the subject is there and cannot be read", async () => {
    reader.unlisted.add("orders-value");
    reader.failAt = "orders-value/latest";
    reader.failure = new UpstreamError("registry", { kind: "malformed" }, "the answer is not a schema");
    expect(await run()).toMatchObject({ changed: 0, doubts: ["the answer is not a schema"] });
    expect(topics.get("orders")?.subjects).toHaveLength(1);
  });

  test("is published without configs when the credential may read none, and the operator is told", async () => {
    reader.failAt = "configs";
    reader.failure = new UpstreamError("kafka", { kind: "forbidden" }, "needs DESCRIBE_CONFIGS on TOPIC *", {
      status: 403,
    });
    reader.add("refunds");
    expect(await run({ readConfigs: true })).toMatchObject({
      eligible: 3,
      doubts: ["needs DESCRIBE_CONFIGS on TOPIC *"],
    });
    expect(published).toEqual(["refunds"]);
  });

  test("is made anew when what all documents share changes, and none when only our builder is newer", async () => {
    await run({}, { mechanism: "OAUTHBEARER", oauth: { tokenUrl: "https://idp.example/token", scopes: [] } });
    expect(published).toEqual(["orders", "payments"]);
  });
});

describe("a schema that is broken", () => {
  test("marks its topic with the error and leaves the others and what is published alone", async () => {
    reader.add("orders");
    reader.add("payments");
    reader.register("orders-value", "{ not json");
    reader.register("payments-value", record("Payment"));
    expect(await run()).toMatchObject({ eligible: 1, failed: 1 });
    expect(topics.get("orders")).toMatchObject({ decision: "error", rule: "unparsable-schema" });
    expect(topics.get("orders")?.error).toContain("orders-value");
    expect(published).toEqual(["payments"]);
    expect(await run()).toMatchObject({ changed: 0, failed: 1 });
    expect(reader.asked).toEqual(["topics", "schemas"]);
  });

  test("refers to something that does not exist: the topic says what", async () => {
    reader.add("orders");
    reader.register("orders-value", record("Order", [{ name: "a", type: "com.shop.Address" }]), {
      references: [{ name: "com.shop.Address", subject: "address", version: 4 }],
    });
    await run();
    expect(topics.get("orders")).toMatchObject({ decision: "error", rule: "missing-reference" });
  });
});

describe("rules that change", () => {
  test("cost no request and no new document when the rule alone differs", async () => {
    reader.add("orders");
    reader.register("orders-value", record("Order"));
    await run();
    markPublished("orders");
    await run({}, { filter: { matches: () => ({ matched: true, rule: "another filter" }) } });
    expect(reader.asked).toEqual(["topics", "schemas"]);
    expect(topics.get("orders")).toMatchObject({ rule: "another filter", decision: "eligible" });
    expect(await documents.get("orders", "waiting")).toBeUndefined();
  });

  test("leave a topic out that changed at the same time: its document is made anew when it is admitted again", async () => {
    reader.add("orders");
    reader.register("orders-value", record("Order"));
    await run();
    const before = topics.get("orders")?.wanted?.sha256;
    reader.register("orders-value", record("Order", [{ name: "total", type: "long" }]));
    await run({}, { filter: { matches: () => ({ matched: false, rule: "nothing" }) } });
    expect(topics.get("orders")).toMatchObject({ decision: "filtered", wanted: { sha256: before } });
    await run();
    expect(topics.get("orders")?.wanted?.sha256).not.toBe(before);
    expect(await documents.get("orders", "waiting")).toContain("total");
  });

  test("admit a topic with its document made from what the listing shows", async () => {
    reader.add("test-orders");
    reader.register("test-orders-value", record("Order"));
    await run();
    await run({}, { filter: { matches: () => ({ matched: true, rule: "another filter" }) } });
    expect(reader.asked).toEqual(["topics", "schemas"]);
    expect(topics.get("test-orders")).toMatchObject({ decision: "eligible" });
    expect(published).toEqual(["test-orders"]);
  });
});

describe("what was wrong with a topic", () => {
  test("is tried again once a day, for it may have been mended elsewhere", async () => {
    reader.add("orders");
    reader.register("orders-value", record("Order", [{ name: "a", type: "com.shop.Address" }]), {
      references: [{ name: "com.shop.Address", subject: "address", version: 1 }],
    });
    expect(await run()).toMatchObject({ failed: 1 });
    reader.register("address", record("Address"));
    expect(await run()).toMatchObject({ failed: 1, changed: 0 });
    expect(await run({ readConfigs: true })).toMatchObject({ failed: 0, eligible: 1 });
  });
});

describe("a document that waited", () => {
  test("is dropped when the topic means again what is published", async () => {
    reader.add("orders");
    reader.register("orders-value", record("Order"));
    await run();
    markPublished("orders");
    reader.register("orders-value", record("Order", [{ name: "id", type: "long" }]));
    await run();
    expect(await documents.get("orders", "waiting")).toContain("long");
    reader.register("orders-value", record("Order"));
    await run();
    expect(await documents.get("orders", "waiting")).toBeUndefined();
    expect(topics.get("orders")?.wanted).toEqual(topics.get("orders")?.published.wanted);
  });
});

describe("references", () => {
  test("are read once in the life of the connection, and not at all when the listing shows that very version", async () => {
    reader.add("orders");
    reader.register("address", record("Address"));
    reader.register("country", record("Country"));
    reader.register("country", record("Country", [{ name: "code", type: "string" }]));
    reader.register(
      "orders-value",
      record("Order", [
        { name: "a", type: "com.shop.Address" },
        { name: "c", type: "com.shop.Country" },
      ]),
      {
        references: [
          { name: "com.shop.Address", subject: "address", version: 1 },
          { name: "com.shop.Country", subject: "country", version: 1 },
        ],
      },
    );
    await run();
    expect(topics.get("orders")).toMatchObject({ decision: "eligible" });
    expect(reader.asked).toEqual(["topics", "configs", "schemas", "country/1"]);
    reader.topicList.splice(0, 1, { name: "orders", partitions: 7, replicationFactor: 3, internal: false });
    await run();
    expect(reader.asked.filter((what) => what.startsWith("country"))).toEqual([]);
  });
});

describe("the subjects of a document", () => {
  const order = record("Order", [{ name: "a", type: "com.shop.Address" }]);
  const toAddress = (subject: string) => ({ references: [{ name: "com.shop.Address", subject, version: 1 }] });
  const city = { ...record("Address", [{ name: "c", type: "com.shop.City" }]) };
  const subjectsOf = () => topics.get("orders")?.wanted?.subjects;

  beforeEach(async () => {
    reader.add("orders");
    reader.register("city", record("City"));
    for (const subject of ["address", "address-copy"]) {
      reader.register(subject, city, { references: [{ name: "com.shop.City", subject: "city", version: 1 }] });
    }
    reader.register("unrelated", record("Unrelated"));
    reader.register("orders-value", order, toAddress("address"));
    await run();
  });

  test("are its own and those that they refer to at every level, each once, and no other", () => {
    expect(subjectsOf()).toEqual(["address", "city", "orders-value"]);
  });

  test("follow a reference to another subject though the document means the same and is kept", async () => {
    markPublished("orders");
    reader.register("orders-value", order, toAddress("address-copy"));
    await run();
    expect(published).toEqual(["orders"]);
    expect(subjectsOf()).toEqual(["address-copy", "city", "orders-value"]);
    const row = topics.get("orders");
    expect(row?.wanted?.sha256).toBe(row?.published.wanted?.sha256);
    expect(await documents.get("orders", "waiting")).toBeUndefined();
  });

  test("are found again where a row of an older version does not tell them, without a new document", async () => {
    markPublished("orders");
    const row = topics.get("orders");
    const { subjects: _subjects, ...wanted } = row?.wanted ?? { fingerprint: "", sha256: "", version: "" };
    if (row) topics.put({ ...row, wanted, published: { ...row.published, wanted } });
    await run();
    expect(topics.get("orders")?.wanted).toEqual(row?.wanted);
    expect(await documents.get("orders", "waiting")).toBeUndefined();
    expect(await run()).toMatchObject({ changed: 0 });
  });
});

describe("topics that vanish", () => {
  const names = Array.from({ length: 12 }, (_, index) => `t${index}`);
  beforeEach(async () => {
    for (const name of names) reader.add(name);
    await run();
    for (const name of names) markPublished(name);
  });
  const remove = (...gone: string[]) => {
    const kept = reader.topicList.filter(({ name }) => !gone.includes(name));
    reader.topicList.splice(0, reader.topicList.length, ...kept);
  };

  test("are flagged by the second complete listing, ten minutes on, and healed when they return", async () => {
    remove("t1");
    await run();
    expect(published).toEqual([]);
    expect(topics.get("t1")).toMatchObject({ flagged: false, missingSince: now });
    now += 600_000;
    expect(await run()).toMatchObject({ flagged: ["t1"] });
    expect(published).toEqual(["t1"]);
    expect(topics.get("t1")).toMatchObject({ decision: "missing", flagged: true });
    now += 300_000;
    await run();
    expect(published).toEqual([]);
    reader.add("t1");
    await run();
    expect(published).toEqual(["t1"]);
    expect(topics.get("t1")).toMatchObject({ decision: "eligible", flagged: false, missingSince: undefined });
  });

  test("all at once stop the run until a person accepts it", async () => {
    remove(...names);
    await run();
    now += 600_000;
    expect(await run()).toMatchObject({ loss: { topics: names.toSorted(), allowed: 3 }, flagged: [] });
    expect(published).toEqual([]);
    expect(topics.all().every(({ flagged }) => !flagged)).toBe(true);
    expect((await run({ acceptedLoss: new Set(names) })).flagged).toHaveLength(12);
  });

  test("without ever having been published are forgotten", async () => {
    reader.add("fresh");
    await run();
    remove("fresh");
    await run();
    expect(topics.get("fresh")).toBeUndefined();
  });

  test("because the filter no longer admits them count as vanished, the guard included", async () => {
    const filter = { matches: (topic: string) => ({ matched: topic !== "t2", rule: "new filter" }) };
    await run({}, { filter });
    expect(topics.get("t2")).toMatchObject({ decision: "filtered", flagged: false, missingSince: now });
    now += 600_000;
    expect(await run({}, { filter })).toMatchObject({ flagged: ["t2"] });
    const none = { matches: () => ({ matched: false, rule: "nothing" }) };
    await run({}, { filter: none });
    now += 600_000;
    expect((await run({}, { filter: none })).loss).toMatchObject({ allowed: 3 });
  });
});
