import { describe, expect, test } from "vitest";
import { buildDocument } from "../../../src/asyncapi/document.ts";
import type { DocumentInput } from "../../../src/asyncapi/model.ts";
import { assertPayloadEquals, payloadOfSubject } from "../../support/payload.ts";
import { CASES } from "./cases.ts";
import { bound, input, registered } from "./inputs.ts";

async function assertPayloads(given: DocumentInput): Promise<number> {
  const { text } = await buildDocument(given);
  const values = given.schemas.filter(({ role }) => role === "value");
  for (const { schema, references } of values) {
    assertPayloadEquals(
      schema.schemaType,
      payloadOfSubject(text, schema.subject),
      schema,
      references,
      JSON.parse(text),
    );
  }
  return values.length;
}

describe("a payload, read by a library that is not ours, is the registry's schema with its references resolved", () => {
  for (const [name, given] of Object.entries(CASES)) {
    test(name, async () => {
      const values = given.schemas.filter(({ role }) => role === "value").length;
      expect(await assertPayloads(given)).toBe(values);
      expect(await assertPayloads({ ...given, asyncapiVersion: "2.6.0" })).toBe(values);
    });
  }
});

describe("the assertion itself", () => {
  const record = (fields: object[]) => registered("a-value", "AVRO", { type: "record", name: "A", fields });

  test("sees a default that differs in Avro", () => {
    const payload = { type: "record", name: "A", fields: [{ name: "x", type: "long", default: 1 }] };
    const schema = record([{ name: "x", type: "long", default: 2 }]);
    expect(() => assertPayloadEquals("AVRO", payload, schema, new Map())).toThrow();
  });

  test("sees a doc and a logical type that are missing in Avro", () => {
    const payload = { type: "record", name: "A", fields: [{ name: "x", type: "long" }] };
    expect(() =>
      assertPayloadEquals("AVRO", payload, record([{ name: "x", type: "long", doc: "d" }]), new Map()),
    ).toThrow();
    const logical = record([{ name: "x", type: { type: "long", logicalType: "timestamp-millis" } }]);
    expect(() => assertPayloadEquals("AVRO", payload, logical, new Map())).toThrow();
  });

  test("sees a keyword behind a reference that differs in JSON Schema", () => {
    const schema = registered("a-value", "JSON", {
      properties: { x: { $ref: "#/definitions/y" } },
      definitions: { y: { minLength: 2 } },
    });
    const payload = { properties: { x: { $ref: "#/p/definitions/y" } }, definitions: { y: { minLength: 3 } } };
    expect(() => assertPayloadEquals("JSON", payload, schema, new Map(), { p: payload })).toThrow(/properties\/x/);
  });

  test("sees a field number, and a comment, that differ in Protobuf", () => {
    const schema = registered("a-value", "PROTOBUF", 'syntax = "proto3"; message A {\n// one\nint32 x = 1; }');
    const compare = (text: string) => () => assertPayloadEquals("PROTOBUF", text, schema, new Map());
    expect(compare('syntax = "proto3"; message A {\n// one\nint32 x = 1; }')).not.toThrow();
    expect(compare('syntax = "proto3"; message A {\n// one\nint32 x = 2; }')).toThrow();
    expect(compare('syntax = "proto3"; message A { int32 x = 1; }')).toThrow();
  });

  test("finds no payload for a subject that the document does not have", async () => {
    const { text } = await buildDocument(input("a", [bound("value", record([]))]));
    expect(() => payloadOfSubject(text, "b-value")).toThrow();
  });
});
