import { describe, expect, test } from "vitest";
import type { JsonObject } from "../sandbox/amplify/json.ts";
import { publishedWorld } from "../support/amplify-view.ts";
import {
  changeSchema,
  counted,
  documentOf,
  imported,
  linkOfTopic,
  recordOf,
  resourceOf,
  worldOf,
} from "../support/imported.ts";
import { HOUR_MS, MINUTE_MS, Rig, unwrap } from "../support/rig.ts";
import { smallWorld } from "./small-world.ts";

const TOPICS = { service: "cloud-kafka", path: "/kafka/v3/clusters/*/topics" } as const;
const WARNING = "Agent Sync Warning";
const many = Array.from({ length: 12 }, (_, index) => `topic-${index}`);

function isFlagged(rig: Rig, topic: string): readonly [instance: boolean, service: boolean] {
  const { tags } = resourceOf(rig, "APIServiceInstance", topic);
  const details = resourceOf(rig, "APIService", topic)["x-agent-details"] as JsonObject;
  return [(tags as string[]).includes(WARNING), details.externalAPISyncWarning === "warning"];
}

test("row 45: with nothing changed a discovery makes no request to Amplify, and bulk reads alone to Confluent", async () => {
  const rig = await imported({ side: "cloud", world: "demo" });
  const mark = rig.mark();
  await rig.live(10 * MINUTE_MS);
  expect(rig.amplify(mark)).toEqual([]);
  const reads = rig.confluent(mark).map(({ service, method, path }) => `${service} ${method} ${path.split("?")[0]}`);
  expect(new Set(reads)).toEqual(
    new Set(["cloud-kafka GET /kafka/v3/clusters/lkc-7mr1dn/topics", "cloud-registry GET /schemas"]),
  );
  expect(reads.length).toBeLessThanOrEqual(2 * 3);
});

describe.concurrent("row 46: a list of topics", () => {
  test.each([
    ["that is empty", { do: "empty-list" }],
    ["that is cut off", { do: "truncate", bytes: 900 }],
    ["that breaks in the middle", { do: "reset" }],
    ["that is no JSON", { do: "answer", status: 200, body: "<html>" }],
    ["that is another JSON", { do: "answer", status: 200, body: '{"data":{}}' }],
    ["that lacks its data", { do: "answer", status: 200, body: '{"kind":"KafkaTopicList","metadata":{}}' }],
  ] as const)("%s unpublishes nothing, however long it goes on", async (_, fault) => {
    const rig = await imported({ side: "cloud", world: worldOf(...many) });
    const before = publishedWorld(rig.sandbox.parts.amplify);
    rig.sandbox.faults.add({ name: "broken", when: TOPICS, fault });
    const mark = rig.mark();
    await rig.live(2 * HOUR_MS);
    expect(rig.sandbox.faults.list()[0]?.fired).toBeGreaterThan(3);
    expect(rig.writes(mark)).toEqual([]);
    rig.sandbox.faults.clear();
    await rig.live(30 * MINUTE_MS);
    expect(rig.writes(mark)).toEqual([]);
    expect(publishedWorld(rig.sandbox.parts.amplify)).toEqual(before);
  });

  test("that is empty once during an import costs nothing but time", async () => {
    const undisturbed = await imported({ side: "cloud", world: worldOf(...many) });
    const rig = new Rig({ side: "cloud", world: worldOf(...many) });
    await rig.turn();
    rig.sandbox.faults.add({ name: "once", when: { ...TOPICS, calls: { first: 1 } }, fault: { do: "empty-list" } });
    unwrap(await rig.actor.discover({}));
    await rig.turn();
    await rig.live(30 * MINUTE_MS);
    expect(publishedWorld(rig.sandbox.parts.amplify)).toEqual(publishedWorld(undisturbed.sandbox.parts.amplify));
  });

  test("that lacks a topic is believed after ten minutes: flagged on both sides, never deleted, and healed when it returns", async () => {
    const rig = await imported({ side: "cloud", world: worldOf(...many) });
    const { clusters, amplify } = rig.sandbox.parts;
    const before = publishedWorld(amplify);
    clusters.cloud.deleteTopic("topic-3");
    await rig.live(9 * MINUTE_MS);
    expect(isFlagged(rig, "topic-3")).toEqual([false, false]);
    const mark = rig.mark();
    await rig.live(10 * MINUTE_MS);
    expect(isFlagged(rig, "topic-3")).toEqual([true, true]);
    expect(isFlagged(rig, "topic-4")).toEqual([false, false]);
    expect(counted(rig)).toEqual([12, 12, 12]);
    expect(unwrap(await rig.actor.topic("topic-3"))).toMatchObject({ decision: "missing", state: "out of sync" });
    expect(rig.writes(mark)).toHaveLength(2);

    clusters.cloud.createTopic({ name: "topic-3", partitions: 1, replicationFactor: 3 });
    await rig.live(10 * MINUTE_MS);
    expect(publishedWorld(amplify)).toEqual(before);
    const later = rig.mark();
    await rig.live(HOUR_MS);
    expect(rig.amplify(later)).toEqual([]);
  });

  test("that lacks too many stops until the operator accepts it, and then just those are flagged", async () => {
    const rig = await imported({ side: "cloud", world: worldOf(...many) });
    const { clusters } = rig.sandbox.parts;
    for (const name of many.slice(0, 4)) clusters.cloud.deleteTopic(name);
    const mark = rig.mark();
    await rig.live(HOUR_MS);
    expect(rig.writes(mark)).toEqual([]);
    const { loss, problems } = unwrap(await rig.actor.overview());
    expect(loss).toEqual({ topics: ["topic-0", "topic-1", "topic-2", "topic-3"], allowed: 3 });
    expect(problems.map(({ message }) => message).join()).toContain("accept");

    // One more vanishes while the operator looks; it is not among those that were accepted.
    clusters.cloud.deleteTopic("topic-4");
    await rig.live(6 * MINUTE_MS);
    unwrap(await rig.actor.discover({ acceptLoss: true }));
    await rig.live(2 * MINUTE_MS);
    expect(many.filter((name) => isFlagged(rig, name)[0])).toEqual(many.slice(0, 4));
    expect(counted(rig)).toEqual([12, 12, 12]);
    await rig.live(HOUR_MS);
    // That one alone may be believed.
    expect(many.filter((name) => isFlagged(rig, name)[0])).toEqual(many.slice(0, 5));
    expect(unwrap(await rig.actor.overview()).loss).toBeUndefined();
  });

  test("whose topics the filter no longer admits is guarded in the same way", async () => {
    const rig = await imported({ side: "cloud", world: worldOf(...many), variables: { KAFKA_FILTER: "" } });
    const mark = rig.mark();
    rig.redeploy({ KAFKA_FILTER: 'tag.MatchRegEx("^topic-1") == true' });
    await rig.live(HOUR_MS);
    expect(rig.writes(mark)).toEqual([]);
    expect(unwrap(await rig.actor.overview()).loss?.topics).toHaveLength(9);
    rig.redeploy({ KAFKA_FILTER: 'tag.MatchRegEx("^topic-1$") == false' });
    await rig.live(HOUR_MS);
    expect(many.filter((name) => isFlagged(rig, name)[0])).toEqual(["topic-1"]);
  });
});

describe.concurrent("row 47: a schema", () => {
  test("that cannot be read, is cyclic, lacks a reference or is large marks its topic alone", async () => {
    const rig = await imported({ side: "platform", world: "demo" });
    const { items } = unwrap(await rig.actor.topics({ limit: 1_000 }));
    const failed = items.filter(({ decision }) => decision === "error").map(({ name }) => name);
    expect(failed).toEqual(["fraud.alerts", "handover-slips", "legacy.mainframe"]);
    for (const { error } of items.filter(({ decision }) => decision === "error")) expect(error).not.toBe("");
    const published = items.filter(({ state }) => state === "published").map(({ name }) => name);
    // 3,000 lines, and circles that can be written down.
    expect(published).toEqual(expect.arrayContaining(["regulatory-reports", "org-chart", "deadlocks"]));
    expect(documentOf(rig, "regulatory-reports")).toContain("Form300");
    expect(counted(rig)).toEqual([published.length, published.length, published.length]);
  });

  test("that breaks leaves its topic's last document as it is, and the others go on", async () => {
    const rig = await imported({ side: "cloud" });
    const { registries } = rig.sandbox.parts;
    const before = documentOf(rig, "orders");
    registries.cloud.plant("orders-value", { schemaType: "AVRO", schema: '{"type":"record","name":' });
    changeSchema(rig, "cloud", "payments");
    await rig.live(10 * MINUTE_MS);
    expect(documentOf(rig, "orders")).toBe(before);
    expect(counted(rig)).toEqual([2, 3, 2]);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({ decision: "error" });
    // Mended by a third version.
    registries.cloud.plant("orders-value", recordOf("orders", "id", "mended"));
    await rig.live(10 * MINUTE_MS);
    expect(documentOf(rig, "orders")).toContain("mended");
  });

  test("of 10 MB is published or marks its topic, and holds no other up", async () => {
    const rig = new Rig({ side: "cloud", world: worldOf("orders", "payments") });
    const doc = "x".repeat(10_000_000);
    rig.sandbox.parts.registries.cloud.plant("orders-value", {
      schemaType: "AVRO",
      schema: JSON.stringify({ type: "record", name: "orders", doc, fields: [{ name: "id", type: "string" }] }),
    });
    await rig.live(20 * MINUTE_MS);
    expect(unwrap(await rig.actor.topic("payments"))).toMatchObject({ state: "published" });
    const orders = unwrap(await rig.actor.topic("orders"));
    const isMarked = orders.decision === "error" && orders.error !== undefined;
    expect(isMarked || orders.state === "published").toBe(true);
    expect(unwrap(await rig.actor.overview()).problems.filter(({ what }) => what === "discovery")).toEqual([]);
  });

  test("that the registry itself garbles marks its topic, and holds no other up", async () => {
    const rig = await imported({ side: "cloud" });
    const page = JSON.stringify([
      { subject: "orders-value", version: "two", id: null, schema: 7 },
      {
        subject: "payments-value",
        version: 2,
        id: 77,
        schemaType: "AVRO",
        schema: recordOf("payments", "more").schema,
      },
    ]);
    rig.sandbox.faults.add({
      name: "garbled",
      when: { service: "cloud-registry", path: "/schemas" },
      fault: { do: "answer", status: 200, headers: { "content-type": "application/json" }, body: page },
    });
    const before = documentOf(rig, "orders");
    await rig.live(10 * MINUTE_MS);
    expect(documentOf(rig, "orders")).toBe(before);
    expect(documentOf(rig, "payments")).toContain("more");
    expect(unwrap(await rig.actor.overview()).problems.filter(({ what }) => what === "discovery")).toEqual([]);
  });
});

test("row 47: a reference that the credential may not read marks its topic, and holds no other up", async () => {
  const rig = new Rig({ side: "cloud", world: smallWorld });
  rig.sandbox.faults.add({
    name: "forbidden",
    when: { service: "cloud-registry", path: "/subjects/address/versions/*" },
    fault: { do: "answer", status: 403, headers: { "content-type": "application/json" }, body: '{"error_code":40301}' },
  });
  await rig.live(20 * MINUTE_MS);
  expect(counted(rig)).toEqual([2, 2, 2]);
  const { decision, error } = unwrap(await rig.actor.topic("orders"));
  expect([decision, error]).toEqual(["error", expect.stringContaining("address")]);
  // Found out again once a day, and at once on a click.
  rig.sandbox.faults.clear();
  unwrap(await rig.actor.decide("orders", "refresh"));
  await rig.live(5 * MINUTE_MS);
  expect(counted(rig)).toEqual([3, 3, 3]);
});

test("row 49: a schema that changes in whitespace and order of keys alone makes no new revision", async () => {
  const rig = await imported({ side: "cloud" });
  const mark = rig.mark();
  rig.sandbox.parts.registries.cloud.plant("orders-value", {
    schemaType: "AVRO",
    schema: '{  "fields":\n[ {"default":"",  "type":"string", "name" : "id"} ],\t"name":"orders","type":"record" }',
  });
  await rig.live(20 * MINUTE_MS);
  expect(rig.amplify(mark)).toEqual([]);
  expect(unwrap(await rig.actor.topic("orders")).subjects[0]?.version).toBe(2);
});

test("row 50: a schema that is deleted softly and then for good leaves the history of revisions and a whole instance", async () => {
  const rig = await imported({ side: "cloud" });
  const { registries, amplify } = rig.sandbox.parts;
  const first = amplify.resources("APIServiceRevision").map(({ name }) => String(name));
  registries.cloud.deleteSubject("orders-value", false);
  await rig.live(10 * MINUTE_MS);
  registries.cloud.deleteSubject("orders-value", true);
  await rig.live(20 * MINUTE_MS);
  const revisions = amplify.resources("APIServiceRevision").map(({ name }) => String(name));
  expect(revisions).toEqual(expect.arrayContaining(first));
  expect(counted(rig)).toEqual([2, 3, 2]);
  expect(documentOf(rig, "orders")).not.toContain('"name":"id"');
  expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({ decision: "eligible", state: "published" });
  expect(amplify.get(linkOfTopic(rig, "APIServiceInstance", "orders"))).toBeDefined();
});

describe.concurrent("names of an evil server", () => {
  const evil = [
    "a/b",
    "a%2Fb",
    "../../../../secrets",
    "..",
    ".",
    `quote"and'more`,
    "<script>alert(1)</script>",
    "x".repeat(249),
    "Überweisungen-支払い-🚀",
    "right‮left",
    "line\nbreak",
    "null\u0000byte",
    "?query=1&more#fragment",
    ";DROP TABLE topic;--",
    "constructor",
    "__proto__",
    "{topic}",
    " ",
    "\ud800",
  ];
  const list = (names: readonly string[]) =>
    JSON.stringify({
      kind: "KafkaTopicList",
      metadata: { next: null },
      data: names.map((topic_name) => ({ topic_name, partitions_count: 1, replication_factor: 3, is_internal: false })),
    });

  test.each(["on the first run", "later on"])(
    "%s are encoded and escaped, never a path, and hold no other up",
    async (when) => {
      const rig = new Rig({ side: "cloud", world: worldOf("orders") });
      if (when === "later on") await rig.settle();
      rig.sandbox.faults.add({
        name: "evil",
        when: TOPICS,
        fault: {
          do: "answer",
          status: 200,
          headers: { "content-type": "application/json" },
          body: list(["orders", "harmless", ...evil]),
        },
      });
      // What is asked of a topic that does not exist is answered as if it did.
      rig.sandbox.faults.add({
        name: "configs",
        when: { service: "cloud-kafka", path: "/kafka/v3/clusters/*/topics/**" },
        fault: { do: "answer", status: 200, headers: { "content-type": "application/json" }, body: list([]) },
      });
      await rig.live(40 * MINUTE_MS);
      expect(rig.sandbox.defects).toEqual([]);
      const { items } = unwrap(await rig.actor.topics({ limit: 100 }));
      expect(items.find(({ name }) => name === "harmless")).toMatchObject({ state: "published" });
      expect(rig.work().filter(({ dead }) => dead)).toEqual([]);
      for (const { path } of rig.sandbox.log.all()) {
        const [plain = ""] = path.split("?");
        expect(plain).toMatch(/^[\w/.%~:@!$&'()*+,;=-]+$/);
        expect(plain).not.toMatch(/\/\.\.?(?:\/|$)|\/\/|%2e%2e(?:\/|$)/i);
      }
      for (const kind of ["APIService", "APIServiceRevision", "APIServiceInstance"]) {
        for (const { name } of rig.sandbox.parts.amplify.resources(kind)) {
          expect(name).toMatch(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/);
          expect(String(name).length).toBeLessThanOrEqual(63);
        }
      }
      const services = rig.sandbox.parts.amplify.resources("APIService");
      expect(new Set(services.map(({ name }) => name)).size).toBe(services.length);
      expect(services.length).toBeGreaterThan(10);
    },
  );
});
