import { describe, expect, test } from "vitest";
import { canonicalAvro, resolveAvro } from "../../../src/asyncapi/avro.ts";
import { avroAsJsonSchema } from "../../../src/asyncapi/avro-as-json-schema.ts";
import type { RegisteredSchema, SchemaReference } from "../../../src/confluent/model.ts";
import { assertPayloadEquals } from "../../support/payload.ts";
import { failureOf } from "./failures.ts";
import { bound, reference, registered } from "./inputs.ts";

function record(name: string, fields: object, more: object = {}): object {
  return {
    type: "record",
    name,
    ...more,
    fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
  };
}

function avro(subject: string, schema: string | object, references: SchemaReference[] = []): RegisteredSchema {
  return registered(subject, "AVRO", schema, { references });
}

function resolved(root: RegisteredSchema, others: RegisteredSchema[] = []): unknown {
  return JSON.parse(JSON.stringify(resolveAvro(bound("value", root, others)).schema));
}

describe("names and references in Avro", () => {
  test("a bare name belongs to the enclosing namespace, not to a reference of the same short name elsewhere", () => {
    const near = avro("near", record("Part", { a: "int" }, { namespace: "x" }));
    const far = avro("far", record("Part", { b: "int" }, { namespace: "y" }));
    const root = avro("r", record("Root", { part: "Part" }, { namespace: "x" }), [
      reference("y.Part", "far"),
      reference("x.Part", "near"),
    ]);
    expect(resolved(root, [near, far])).toEqual(
      record("Root", { part: record("Part", { a: "int" }) }, { namespace: "x" }),
    );
  });

  test("a referenced type is spelled out at its first use and named in full afterwards", () => {
    const part = avro("part", record("Part", { a: "int" }, { namespace: "y" }));
    const root = avro("r", record("Root", { one: "y.Part", two: ["null", "y.Part"] }, { namespace: "x" }), [
      reference("y.Part", "part"),
    ]);
    expect(resolved(root, [part])).toEqual(
      record(
        "Root",
        { one: record("Part", { a: "int" }, { namespace: "y" }), two: ["null", "y.Part"] },
        { namespace: "x" },
      ),
    );
  });

  test("a type that is defined inside a referenced type can be used alone", () => {
    const outer = avro("outer", record("Outer", { inner: record("Inner", { a: "int" }) }, { namespace: "y" }));
    const root = avro("r", record("Root", { one: "y.Inner", two: "y.Outer" }, { namespace: "x" }), [
      reference("y.Outer", "outer"),
    ]);
    expect(resolved(root, [outer])).toEqual(
      record(
        "Root",
        {
          one: record("Inner", { a: "int" }, { namespace: "y" }),
          two: record("Outer", { inner: "y.Inner" }, { namespace: "y" }),
        },
        { namespace: "x" },
      ),
    );
  });

  test("two subjects that refer to each other end in a name", () => {
    const a = avro("a", record("A", { b: ["null", "B"] }, { namespace: "x" }), [reference("x.B", "b")]);
    const b = avro("b", record("B", { a: ["null", "A"] }, { namespace: "x" }), [reference("x.A", "a")]);
    expect(resolved(a, [a, b])).toEqual(
      record("A", { b: ["null", record("B", { a: ["null", "x.A"] })] }, { namespace: "x" }),
    );
  });

  test("a type without namespace inside one that has some says so", () => {
    const plain = avro("plain", record("Plain", { a: "int" }));
    const root = avro("r", record("Root", { one: "Plain" }, { namespace: "x" }), [reference("Plain", "plain")]);
    expect(resolved(root, [plain])).toEqual(
      record("Root", { one: record("Plain", { a: "int" }, { namespace: "" }) }, { namespace: "x" }),
    );
  });

  test("references four deep are found", () => {
    const chain = [1, 2, 3, 4].map((n) =>
      avro(`s${n}`, record(`T${n}`, { next: n === 4 ? "int" : `T${n + 1}` }, { namespace: "x" }), [
        ...(n === 4 ? [] : [reference(`x.T${n + 1}`, `s${n + 1}`)]),
      ]),
    );
    const [root, ...others] = chain;
    if (root === undefined) throw new Error("no root");
    assertPayloadEquals("AVRO", resolved(root, others), root, new Map(others.map((one) => [`${one.subject}/1`, one])));
    expect(JSON.stringify(resolved(root, others))).toContain('"name":"T4"');
  });

  test("a name that nothing defines is reported with its full name and the subject", async () => {
    const root = avro("r", record("Root", { one: "Missing" }, { namespace: "x" }));
    expect(await failureOf(() => resolveAvro(bound("value", root)))).toEqual({
      kind: "missing-reference",
      subject: "r",
      name: "x.Missing",
    });
  });

  test("a reference that the registry did not deliver is reported by its name", async () => {
    const root = avro("r", record("Root", { one: "int" }), [reference("x.Gone", "gone", 7)]);
    expect(await failureOf(() => resolveAvro(bound("value", root)))).toMatchObject({
      kind: "missing-reference",
      name: "x.Gone",
    });
  });
});

describe("the canonical text of an Avro schema", () => {
  const canonical = (schema: string | object) =>
    canonicalAvro(typeof schema === "string" ? schema : JSON.stringify(schema), "s");

  test.each([
    [
      "whitespace and key order",
      `{"fields":[{"type":"int","name":"a"}],\n "name":"R",  "type":"record"}`,
      record("R", { a: "int" }),
    ],
    ["a name with its namespace in it", record("x.R", { a: "int" }), record("R", { a: "int" }, { namespace: "x" })],
    [
      "a type's full and bare name",
      record("R", { a: ["null", "x.R"] }, { namespace: "x" }),
      record("R", { a: ["null", "R"] }, { namespace: "x" }),
    ],
    ["a primitive in an object", record("R", { a: { type: "string" } }), record("R", { a: "string" })],
    ["comments", `{"type":"record", // why\n "name":"R", /* or not */ "fields":[]}`, record("R", {})],
    [
      "an alias's full and bare name",
      record("R", {}, { namespace: "x", aliases: ["x.Q"] }),
      record("R", {}, { namespace: "x", aliases: ["Q"] }),
    ],
  ])("does not change with %s", (_what, one, other) => {
    expect(canonical(one)).toBe(canonical(other));
  });

  const base = { type: "record", name: "R", fields: [{ name: "a", type: "int", default: 1, doc: "d" }] };
  test.each([
    ["a default", { ...base, fields: [{ name: "a", type: "int", default: 2, doc: "d" }] }],
    ["a doc", { ...base, fields: [{ name: "a", type: "int", default: 1, doc: "e" }] }],
    ["an alias", { ...base, aliases: ["Q"] }],
    ["an annotation", { ...base, "arg.properties": {} }],
    ["the order of fields", { ...base, fields: [{ name: "b", type: "int" }, ...base.fields] }],
  ])("changes with %s", (_what, other) => {
    expect(canonical(other)).not.toBe(canonical(base));
  });

  test("keeps every digit of a long, and of two that a double would take for one", () => {
    const long = (digits: string) =>
      `{"type":"record","name":"R","fields":[{"name":"a","type":"long","default":${digits}}]}`;
    expect(canonical(long("9007199254740993"))).toContain('"default":9007199254740993');
    expect(canonical(long("9007199254740993"))).not.toBe(canonical(long("9007199254740992")));
  });
});

describe("what Avro allows and AsyncAPI's schema of it does not", () => {
  test.each([
    ["an alias in another namespace", record("R", {}, { namespace: "x", aliases: ["y.Q"] })],
    ["letters beyond ASCII", record("Zählung", {})],
  ])("%s is noticed", (_what, schema) => {
    expect(resolveAvro(bound("value", avro("s", schema))).plainNames).toBe(false);
  });

  test.each([
    ["text that is no JSON", "{"],
    ["a number", "7"],
    ["a record without fields", { type: "record", name: "R" }],
    ["a record without name", { type: "record", fields: [] }],
    ["an array without items", { type: "array" }],
    ["a field without name", { type: "record", name: "R", fields: [{ type: "int" }] }],
    ["an object without type", { name: "R" }],
  ])("%s is an unreadable schema, not a crash", async (_what, schema) => {
    const failure = await failureOf(() => resolveAvro(bound("value", avro("bad-value", schema))));
    expect(failure).toMatchObject({ kind: "unparsable-schema", subject: "bad-value" });
  });
});

describe("an Avro key told as JSON Schema", () => {
  test("primitives, collections, enums and fixed have their types", () => {
    const fields = {
      b: "bytes",
      d: "double",
      f: { type: "fixed", name: "F", size: 16 },
      e: { type: "enum", name: "E", symbols: ["A"] },
      l: { type: "array", items: "boolean" },
      m: { type: "map", values: "float" },
      one: ["int"],
      again: "E",
    };
    expect(avroAsJsonSchema(record("K", fields) as never)).toEqual({
      title: "K",
      type: "object",
      required: ["b", "d", "f", "e", "l", "m", "one", "again"],
      properties: {
        b: { type: "string" },
        d: { type: "number", format: "double" },
        f: { title: "F", type: "string" },
        e: { title: "E", type: "string", enum: ["A"] },
        l: { type: "array", items: { type: "boolean" } },
        m: { type: "object", additionalProperties: { type: "number", format: "float" } },
        one: { type: "integer", format: "int32" },
        again: { title: "E" },
      },
    });
  });
});
