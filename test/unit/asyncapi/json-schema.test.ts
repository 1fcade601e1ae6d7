import { describe, expect, test } from "vitest";
import { canonicalJsonSchema, readJsonSchema } from "../../../src/asyncapi/json-schema.ts";
import { draftOf } from "../../../src/asyncapi/json-schema-address.ts";
import type { RegisteredSchema, SchemaReference } from "../../../src/confluent/model.ts";
import { failureOf } from "./failures.ts";
import { bound, reference, registered } from "./inputs.ts";

const HERE = "#/here";

function json(subject: string, schema: string | object, references: SchemaReference[] = []): RegisteredSchema {
  return registered(subject, "JSON", schema, { references });
}

function resolved(root: RegisteredSchema, others: RegisteredSchema[] = []): unknown {
  return JSON.parse(JSON.stringify(readJsonSchema(bound("value", root, others)).at(HERE)));
}

describe("references in JSON Schema", () => {
  test("a reference by name moves into the definitions, and so does what it refers to", () => {
    const street = json("street", { type: "string" });
    const address = json("address", { properties: { street: { $ref: "street.json" } } }, [
      reference("street.json", "street"),
    ]);
    const root = json("r", { properties: { home: { $ref: "address.json" } } }, [reference("address.json", "address")]);
    expect(resolved(root, [address, street])).toEqual({
      properties: { home: { $ref: "#/here/definitions/address" } },
      definitions: {
        address: { properties: { street: { $ref: "#/here/definitions/street" } } },
        street: { type: "string" },
      },
    });
  });

  test("a part of a reference is pointed to inside it, escaped as a pointer and as a URI", () => {
    const parts = json("parts", { definitions: { "a/b c": { type: "string" } } });
    const root = json("r", { properties: { x: { $ref: "parts.json#/definitions/a~1b%20c" } } }, [
      reference("parts.json", "parts"),
    ]);
    expect(resolved(root, [parts])).toMatchObject({
      properties: { x: { $ref: "#/here/definitions/parts/definitions/a~1b%20c" } },
    });
  });

  test("an address is resolved against `$id`, of the root and of a schema inside", () => {
    const root = json(
      "r",
      {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        $id: "https://a.example/base/root.json",
        properties: { x: { $ref: "inner.json" }, y: { $ref: "/other.json#/$defs/z" }, self: { $ref: "root.json" } },
        $defs: {
          inner: { $id: "inner.json", properties: { deep: { $ref: "#/$defs/d" } }, $defs: { d: { type: "null" } } },
        },
      },
      [reference("https://a.example/other.json", "other")],
    );
    const other = json("other", { $defs: { z: { type: "integer" } } });
    expect(resolved(root, [other])).toEqual({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      properties: {
        self: { $ref: "#/here" },
        x: { $ref: "#/here/$defs/inner" },
        y: { $ref: "#/here/$defs/other/$defs/z" },
      },
      $defs: {
        inner: { properties: { deep: { $ref: "#/here/$defs/inner/$defs/d" } }, $defs: { d: { type: "null" } } },
        other: { $defs: { z: { type: "integer" } } },
      },
    });
  });

  test("anchors of 2019-09 and of draft 07 are pointed to by their place", () => {
    const of = ($schema: string, bag: string, anchored: object) =>
      resolved(json("r", { $schema, properties: { x: { $ref: "#here" } }, [bag]: { a: anchored } }));
    expect(of("https://json-schema.org/draft/2019-09/schema", "$defs", { $anchor: "here" })).toMatchObject({
      properties: { x: { $ref: "#/here/$defs/a" } },
    });
    expect(of("http://json-schema.org/draft-07/schema#", "definitions", { $id: "#here" })).toMatchObject({
      properties: { x: { $ref: "#/here/definitions/a" } },
    });
  });

  test("two subjects that refer to each other stay references", () => {
    const a = json("a", { properties: { b: { $ref: "b.json" } } }, [reference("b.json", "b")]);
    const b = json("b", { properties: { a: { $ref: "a.json" } } }, [reference("a.json", "a")]);
    expect(resolved(a, [a, b])).toEqual({
      properties: { b: { $ref: "#/here/definitions/b" } },
      definitions: { b: { properties: { a: { $ref: "#/here" } } } },
    });
  });

  test("a name that is taken gets a number", () => {
    const x = json("x", { type: "null" });
    const y = json("y", { type: "integer" });
    const root = json("r", { anyOf: [{ $ref: "a/t.json" }, { $ref: "b/t.json" }], definitions: { t: true } }, [
      reference("a/t.json", "x"),
      reference("b/t.json", "y"),
    ]);
    expect(resolved(root, [x, y])).toEqual({
      anyOf: [{ $ref: "#/here/definitions/t-2" }, { $ref: "#/here/definitions/t-3" }],
      definitions: { t: true, "t-2": { type: "null" }, "t-3": { type: "integer" } },
    });
  });

  test("a reference at the top does not hide the definitions beside it", () => {
    expect(resolved(json("r", { $ref: "#/definitions/a", definitions: { a: { type: "null" } } }))).toEqual({
      allOf: [{ $ref: "#/here/definitions/a" }],
      definitions: { a: { type: "null" } },
    });
  });

  test("what only looks like a reference, an id or a keyword is left alone", () => {
    const schema = {
      default: { $ref: "#/nowhere", id: "x" },
      id: "kept since draft 06",
      properties: { $ref: { type: "string" }, default: { $ref: "#/properties/$ref" }, $id: { const: { $ref: "y" } } },
    };
    expect(resolved(json("r", schema))).toEqual({
      ...schema,
      properties: { ...schema.properties, default: { $ref: "#/here/properties/$ref" } },
    });
  });

  test("a reference into a place of one's own invention is followed", () => {
    const schema = {
      properties: { x: { $ref: "#/types/a" } },
      types: { a: { $ref: "#/types/b" }, b: { type: "null" } },
    };
    expect(resolved(json("r", schema))).toEqual({
      properties: { x: { $ref: "#/here/types/a" } },
      types: { a: { $ref: "#/here/types/b" }, b: { type: "null" } },
    });
  });

  test.each(["#/definitions/gone", "gone.json", "https://a.example/gone.json#/x", "#nowhere", "#/%E0%A4%A"])(
    "%s, which is nowhere, is reported with the subject",
    async ($ref) => {
      const root = json("r-value", { properties: { x: { $ref } } });
      expect(await failureOf(() => readJsonSchema(bound("value", root)).at(HERE))).toEqual({
        kind: "missing-reference",
        subject: "r-value",
        name: $ref,
      });
    },
  );
});

describe("drafts of JSON Schema", () => {
  test.each([
    ["http://json-schema.org/draft-04/schema#", "draft-04"],
    ["http://json-schema.org/draft-06/schema#", "draft-06"],
    ["http://json-schema.org/draft-07/schema#", "draft-07"],
    ["https://json-schema.org/draft/2019-09/schema", "draft-2019-09"],
    ["https://json-schema.org/draft/2020-12/schema", "draft-2020-12"],
    ["http://json-schema.org/schema#", "draft-07"],
  ])("%s is %s", ($schema, draft) => {
    expect(draftOf({ $schema })).toBe(draft);
  });

  test("none is draft 07, and a boolean is a schema", () => {
    expect(draftOf({})).toBe("draft-07");
    expect(resolved(json("r", "true"))).toBe(true);
  });

  test("the `id` of draft 04 is an address", () => {
    const schema = {
      $schema: "http://json-schema.org/draft-04/schema#",
      id: "http://a.example/r.json",
      properties: { x: { $ref: "http://a.example/r.json#/definitions/d" } },
      definitions: { d: { id: "#d", type: "null" } },
    };
    expect(resolved(json("r", schema))).toEqual({
      $schema: "http://json-schema.org/draft-04/schema#",
      properties: { x: { $ref: "#/here/definitions/d" } },
      definitions: { d: { type: "null" } },
    });
  });

  test("text that is no schema is unreadable, not a crash", async () => {
    for (const text of ["", "[]", '"string"', "{"]) {
      const failure = await failureOf(() => readJsonSchema(bound("value", json("s", text))));
      expect(failure).toMatchObject({ kind: "unparsable-schema", subject: "s" });
    }
  });
});

describe("the canonical text of a JSON Schema", () => {
  test("does not change with whitespace and key order", () => {
    expect(canonicalJsonSchema('{ "b": {"y":1, "x":2},\n"a": [2, 1] }', "s")).toBe('{"a":[2,1],"b":{"x":2,"y":1}}');
  });

  test("changes with a number that a double cannot tell apart", () => {
    const of = (digits: string) => canonicalJsonSchema(`{"maximum":${digits}}`, "s");
    expect(of("18446744073709551615")).not.toBe(of("18446744073709551616"));
    expect(of("1e400")).toBe('{"maximum":1e400}');
  });
});
