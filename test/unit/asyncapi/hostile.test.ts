import { Parser } from "@asyncapi/parser";
import { describe, expect, test } from "vitest";
import { buildDocument } from "../../../src/asyncapi/document.ts";
import { describeFailure } from "../../../src/asyncapi/failure.ts";
import { inputFingerprint } from "../../../src/asyncapi/fingerprint.ts";
import type { DocumentInput } from "../../../src/asyncapi/model.ts";
import { validateDocument } from "../../../src/asyncapi/validate.ts";
import { assertPayloadEquals, payloadOfSubject } from "../../support/payload.ts";
import { failureOf } from "./failures.ts";
import { bound, CLOUD, input, reference, registered } from "./inputs.ts";

const VERSIONS = ["3.0.0", "2.6.0"] as const;

async function valid(given: DocumentInput): Promise<string> {
  const { text } = await buildDocument(given);
  expect(validateDocument(text, given.asyncapiVersion)).toEqual([]);
  return text;
}

const NAMES = [
  'a"b',
  "a/b%2Fc",
  "../../etc",
  "topic with blanks",
  "日本語-тема-🙂",
  "a{b}c?d#e",
  "__proto__",
  "constructor",
  "`code` # heading <script>",
  "\ud800lone",
  "x".repeat(249),
  "",
];

describe("names that Kafka would not allow, from a server that is not Kafka", () => {
  for (const name of NAMES) {
    test.each(VERSIONS)(
      `${JSON.stringify(name.slice(0, 30))} makes a valid %s document that bears it`,
      async (version) => {
        const subject = `${name}-value`;
        const schema = registered(subject, "AVRO", { type: "record", name: "R", fields: [] });
        const text = await valid(
          input(name, [bound("value", schema)], { version, cluster: { ...CLOUD, clusterId: name } }),
        );
        const document = JSON.parse(text);
        const [channel] = Object.values<{ bindings: { kafka: { topic: string } } }>(document.channels);
        expect(channel?.bindings.kafka.topic).toBe(name);
        expect(document.info.title).toBe(name);
      },
    );
  }

  test("AsyncAPI's parser takes them too", { timeout: 30_000 }, async () => {
    const parser = new Parser();
    for (const [index, name] of ["a/b%2F\"'", "a{b}c?d#e", "日本語 🙂"].entries()) {
      const { text } = await buildDocument(input(name, [], { version: index === 1 ? "3.0.0" : "2.6.0" }));
      const { diagnostics } = await parser.parse(text);
      expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([]);
    }
  });

  test("two types whose names become the same keep a message each", async () => {
    const schemas = ["a b", "a/b"].map((title, n) => bound("value", registered(`s${n}`, "JSON", { title })));
    const document = JSON.parse(await valid(input("t", schemas)));
    expect(Object.keys(document.components.messages)).toEqual(["a_b", "a_b-2"]);
  });
});

describe("large and deep schemas", () => {
  test("3,000 lines of Avro take no second, document, validation and fingerprint together", {
    timeout: 30_000,
  }, async () => {
    const fields = Array.from({ length: 600 }, (_, n) => ({
      name: `f${n}`,
      type: [
        "null",
        { type: "record", name: `R${n}`, fields: [{ name: "x", type: { type: "array", items: "string" } }] },
      ],
      doc: `field ${n}`,
      default: null,
    }));
    const schema = registered("big-value", "AVRO", JSON.stringify({ type: "record", name: "Big", fields }, null, 2));
    expect(schema.schema.split("\n").length).toBeGreaterThan(3_000);
    const given = input("big", [bound("value", schema)]);
    const start = performance.now();
    const text = await valid(given);
    await inputFingerprint(given, 1);
    expect(performance.now() - start).toBeLessThan(2_000);
    assertPayloadEquals("AVRO", payloadOfSubject(text, "big-value"), schema, new Map());
  });

  const nestedAvro = (depth: number) => `${'{"type":"array","items":'.repeat(depth)}"int"${"}".repeat(depth)}`;
  const nestedJson = (depth: number) => `${'{"items":'.repeat(depth)}{}${"}".repeat(depth)}`;
  const nestedProto = (depth: number) => `${"message A { ".repeat(depth)}${"}".repeat(depth)}`;
  const DEEP: [string, string, (depth: number) => string][] = [
    ["AVRO", "AVRO", nestedAvro],
    ["JSON", "JSON", nestedJson],
    ["PROTOBUF", "PROTOBUF", nestedProto],
  ];

  test.each(DEEP)("1,000 and 100,000 levels of %s are a failure, not a crash", async (_name, schemaType, nested) => {
    for (const depth of [1_000, 100_000]) {
      const given = input("deep", [bound("value", registered("deep-value", schemaType, nested(depth)))]);
      expect(await failureOf(() => buildDocument(given))).toEqual({
        kind: "too-deep",
        subject: "deep-value",
        limit: 200,
      });
      expect(await inputFingerprint(given, 1)).toHaveLength(64);
    }
  });

  test.each(DEEP)("150 levels of %s are a document like any other", async (_name, schemaType, nested) => {
    for (const version of VERSIONS) {
      await valid(input("deep", [bound("value", registered("deep-value", schemaType, nested(150)))], { version }));
    }
  });

  test("a chain of 70 shallow references is too deep as a whole, and one of 1,000 subjects beside each other is not", async () => {
    const link = (n: number, last: number) =>
      registered(
        `s${n}`,
        "AVRO",
        { type: "record", name: `T${n}`, fields: n === last ? [] : [{ name: "next", type: `T${n + 1}` }] },
        { references: n === last ? [] : [reference(`T${n + 1}`, `s${n + 1}`)] },
      );
    const chain = Array.from({ length: 70 }, (_, n) => link(n, 69));
    const [first, ...rest] = chain;
    if (first === undefined) throw new Error("no chain");
    expect(await failureOf(() => buildDocument(input("t", [bound("value", first, rest)])))).toMatchObject({
      kind: "too-deep",
    });

    const leaves = Array.from({ length: 1_000 }, (_, n) => registered(`l${n}`, "JSON", { title: `L${n}` }));
    const references = leaves.map((leaf, n) => reference(`l${n}.json`, leaf.subject));
    const wide = registered("wide", "JSON", { anyOf: references.map(({ name }) => ({ $ref: name })) }, { references });
    await valid(input("t", [bound("value", wide, leaves)]));
  });

  test("10 MB are refused with the size, and just below it the document loses its whitespace only", {
    timeout: 30_000,
  }, async () => {
    const of = (length: number) =>
      input("t", [bound("value", registered("s", "JSON", { description: "x".repeat(length) }))]);
    expect(await failureOf(() => buildDocument(of(10_485_760)))).toMatchObject({
      kind: "too-large",
      limit: 10_485_760,
    });
    expect(await failureOf(() => buildDocument(of(30_000_000)))).toMatchObject({ kind: "too-large" });
    const lines = registered("s", "JSON", { enum: Array.from({ length: 640_000 }, () => 1) });
    const { text } = await buildDocument(input("t", [bound("value", lines)]));
    expect(text.length).toBeLessThan(10_485_760);
    expect(text.includes("\n")).toBe(false);
    expect(validateDocument(text, "3.0.0")).toEqual([]);
  });
});

describe("what a schema may hold to do harm", () => {
  test("texts that are never closed, or closed a million times, are read in one pass", {
    timeout: 30_000,
  }, async () => {
    const texts: [string, string][] = [
      ["AVRO", `{"doc":"${'\\"'.repeat(1_000_000)}`],
      ["AVRO", `{"doc": ${"/*".repeat(500_000)}`],
      ["PROTOBUF", `message A { /*${"*".repeat(2_000_000)}`],
      ["PROTOBUF", `message A { string a = 1 [default = "${'\\"'.repeat(1_000_000)}`],
      ["JSON", `{"a":"${'\\"'.repeat(1_000_000)}`],
    ];
    const start = performance.now();
    for (const [schemaType, schema] of texts) {
      const given = input("t", [bound("value", registered("s", schemaType, schema))]);
      expect(await failureOf(() => buildDocument(given))).toMatchObject({ kind: "unparsable-schema" });
      expect(await inputFingerprint(given, 1)).toHaveLength(64);
    }
    expect(performance.now() - start).toBeLessThan(4_000);
  });

  test("a documentation of a million characters is cut where it is told, not where it is kept", async () => {
    const schema = registered("s", "AVRO", { type: "record", name: "R", doc: "x".repeat(1_000_000), fields: [] });
    const document = JSON.parse(await valid(input("t", [bound("value", schema)])));
    expect(document.components.messages.R.description).toHaveLength(4_001);
    expect(document.components.messages.R.payload.schema.doc).toHaveLength(1_000_000);
  });

  test.each(["AVRO", "JSON"])("a member __proto__ in %s is a member like any other", async (schemaType) => {
    const schema =
      schemaType === "AVRO"
        ? '{"type":"record","name":"R","__proto__":{"polluted":1},"fields":[{"name":"__proto__","type":"int"}]}'
        : '{"title":"R","properties":{"__proto__":{"polluted":1},"constructor":{"$ref":"#/properties/__proto__"}}}';
    const text = await valid(input("t", [bound("value", registered("s", schemaType, schema))]));
    expect(text).toContain('"__proto__": {');
    expect((text.match(/"polluted": 1/g) ?? []).length).toBe(1);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("a reference named like a member of every object is missing, not found", async () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      const schema = registered("s", "AVRO", { type: "record", name: "R", fields: [{ name: "a", type: name }] });
      expect(await failureOf(() => buildDocument(input("t", [bound("value", schema)])))).toMatchObject({
        kind: "missing-reference",
        name,
      });
      const json = registered("s", "JSON", { $ref: `#/${name}` });
      expect(await failureOf(() => buildDocument(input("t", [bound("value", json)])))).toMatchObject({
        kind: "missing-reference",
      });
    }
  });

  test("a type of a plugin is an unsupported type, named and cut", async () => {
    const schema = registered("s-value", "X".repeat(500), "whatever");
    const failure = await failureOf(() => buildDocument(input("t", [bound("value", schema)])));
    expect(failure).toMatchObject({ kind: "unsupported-type", subject: "s-value" });
    expect(describeFailure(failure).length).toBeLessThan(400);
  });

  test("a broken key fails the topic as a broken value does", async () => {
    const good = bound("value", registered("t-value", "AVRO", '"string"'));
    const bad = bound("key", registered("t-key", "AVRO", "{"));
    expect(await failureOf(() => buildDocument(input("t", [good, bad])))).toMatchObject({
      kind: "unparsable-schema",
      subject: "t-key",
    });
  });

  test("what only AsyncAPI's own schemas refuse goes under a format that they do not look into", async () => {
    const format = async (schemaType: string, schema: object) =>
      Object.values<{ payload: { schemaFormat: string } }>(
        JSON.parse(await valid(input("t", [bound("value", registered("s", schemaType, schema))]))).components.messages,
      )[0]?.payload.schemaFormat;
    const record = { type: "record", name: "R", namespace: "x", fields: [] };
    expect(await format("AVRO", { ...record, aliases: ["y.Q"] })).toBe(
      "application/vnd.apache.avro+json;version=1.8.2",
    );
    expect(await format("JSON", { pattern: "^\\p{Alpha}++$" })).toBe("application/schema+json");
    expect(
      await format("JSON", { $schema: "http://json-schema.org/draft-04/schema#", minimum: 1, exclusiveMinimum: true }),
    ).toBe("application/schema+json;version=draft-04");
  });

  test("a JSON key that the binding cannot take stands beside it, with its references pointing there", async () => {
    const draft04 = registered("t-key", "JSON", {
      $schema: "http://json-schema.org/draft-04/schema#",
      title: "Key",
      properties: { a: { $ref: "#/definitions/a" } },
      definitions: { a: { type: "integer", minimum: 0, exclusiveMinimum: true } },
    });
    for (const version of VERSIONS) {
      const document = JSON.parse(await valid(input("t", [bound("key", draft04)], { version })));
      const key = document.components.messages.t.bindings.kafka.key;
      expect(key.title).toBe("Key");
      expect(key["x-schema"].schema.properties.a.$ref).toBe(
        "#/components/messages/t/bindings/kafka/key/x-schema/schema/definitions/a",
      );
    }
  });

  test("a union of types under one subject is one message, named after the topic, its types inside", async () => {
    const a = registered("a", "AVRO", { type: "record", name: "A", namespace: "x", fields: [] });
    const union = registered("t-value", "AVRO", '["x.A", "null"]', { references: [reference("x.A", "a")] });
    const document = JSON.parse(await valid(input("t", [bound("value", union, [a])])));
    expect(Object.keys(document.components.messages)).toEqual(["t"]);
    expect(document.components.messages.t.payload.schema).toEqual([
      { type: "record", name: "A", namespace: "x", fields: [] },
      "null",
    ]);
  });

  test("two kinds of key are told as alternatives", async () => {
    const keys = ["a", "b"].map((name) => bound("key", registered(name, "AVRO", '"string"'), [], "RecordNameStrategy"));
    const document = JSON.parse(await valid(input("t", keys)));
    expect(document.components.messages.t.bindings.kafka.key.anyOf).toHaveLength(2);
  });

  test("partitions, replicas and configs that the binding does not allow are left out", async () => {
    const configs = { "cleanup.policy": "shred", "retention.ms": "1e3", "confluent.value.schema.validation": "maybe" };
    const given = input("t", [], { topic: { partitions: 0, replicationFactor: -1, configs } });
    const document = JSON.parse(await valid(given));
    expect(document.channels.t.bindings.kafka).toEqual({ topic: "t", bindingVersion: "0.5.0" });
  });

  test("info.version has at most 30 characters for the largest version there is", async () => {
    const schema = registered("s", "AVRO", '"int"', { version: 2_147_483_647 });
    expect((await buildDocument(input("t", [bound("value", schema)]))).version).toBe("2147483647.0.0");
  });
});

describe("the same meaning", () => {
  test("gives the same bytes whatever the order, whitespace and key order of what came in", async () => {
    const a = registered("a", "AVRO", '{"type":"record","name":"A","doc":"d","fields":[]}');
    const b = registered("b", "JSON", '{"title":"B","type":"object"}');
    const c = registered("c", "PROTOBUF", 'syntax = "proto3"; message C { int32 x = 1; }');
    const one = input(
      "t",
      [a, b, c].map((schema) => bound("value", schema)),
    );
    const noisy = [
      { ...c, schema: 'syntax="proto3";\n\nmessage C {\n\n\n   int32 x=1;\n}' },
      { ...b, schema: '{ "type":"object",\n"title" : "B"}' },
      { ...a, schema: '{"fields":[],"name":"A",\t"doc":"d","type":"record"}', id: 77 },
    ];
    const two = input(
      "t",
      noisy.map((schema) => bound("value", schema)),
    );
    expect(await buildDocument(two)).toEqual(await buildDocument(one));
  });
});
