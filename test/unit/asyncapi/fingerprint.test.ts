import { describe, expect, test } from "vitest";
import { canonicalSchema, inputFingerprint } from "../../../src/asyncapi/fingerprint.ts";
import type { DocumentInput } from "../../../src/asyncapi/model.ts";
import type { RegisteredSchema } from "../../../src/confluent/model.ts";
import { CASES } from "./cases.ts";
import { bound, CLOUD, input, reference, registered } from "./inputs.ts";

const part = registered("part", "AVRO", { type: "record", name: "Part", fields: [] }, { version: 4 });
const root = registered(
  "things-value",
  "AVRO",
  { type: "record", name: "Thing", doc: "d", fields: [{ name: "part", type: "Part" }] },
  { version: 9, id: 31, references: [reference("Part", "part", 4)] },
);
const key = registered("things-key", "AVRO", '"long"');

function given(value: RegisteredSchema = root, others = [part], more: Parameters<typeof input>[2] = {}): DocumentInput {
  return input("things", [bound("value", value, others), bound("key", key)], more);
}

const print = (one: DocumentInput) => inputFingerprint(one, 1);

describe("the fingerprint stays", () => {
  test("a sha256 in lower-case hex", async () => {
    expect(await print(given())).toMatch(/^[0-9a-f]{64}$/);
    expect(await print(given())).toBe(await print(given()));
  });

  test.each<[string, DocumentInput]>([
    [
      "whitespace and key order of a schema",
      given({
        ...root,
        schema: `{ "name":"Thing", "doc":"d","fields":[ {"type":"Part","name":"part"}],\n"type":"record"}`,
      }),
    ],
    ["a new version and id of the same schema", given({ ...root, version: 10, id: 32 })],
    [
      "the subject and version of a reference",
      given({ ...root, references: [reference("Part", "other", 1)] }, [{ ...part, subject: "other", version: 1 }]),
    ],
    ["the order of schemas", { ...given(), schemas: given().schemas.toReversed() }],
    [
      "the order of bootstrap servers, and a doubled one",
      given(root, [part], {
        cluster: { ...CLOUD, bootstrapServers: [...CLOUD.bootstrapServers, ...CLOUD.bootstrapServers] },
      }),
    ],
    [
      "the order of configs",
      given(root, [part], { topic: { configs: { "retention.ms": "604800000", "cleanup.policy": "delete" } } }),
    ],
  ])("with %s", async (_what, other) => {
    expect(await print(other)).toBe(await print(given()));
  });
});

describe("the fingerprint changes", () => {
  test.each<[string, DocumentInput]>([
    [
      "the meaning of a reference",
      given(root, [{ ...part, schema: '{"type":"record","name":"Part","doc":"new","fields":[]}' }]),
    ],
    ["a reference that is gone", given(root, [])],
    ["the doc of a schema", given({ ...root, schema: root.schema.replace('"d"', '"e"') })],
    ["the subject", given({ ...root, subject: ":.prod:things-value" })],
    [
      "the strategy",
      { ...given(), schemas: given().schemas.map((one) => ({ ...one, strategy: "RecordNameStrategy" as const })) },
    ],
    [
      "key and value exchanged",
      {
        ...given(),
        schemas: given().schemas.map((one) => ({
          ...one,
          role: one.role === "key" ? ("value" as const) : ("key" as const),
        })),
      },
    ],
    ["a schema fewer", { ...given(), schemas: given().schemas.slice(0, 1) }],
    ["partitions", given(root, [part], { topic: { partitions: 7 } })],
    ["a config", given(root, [part], { topic: { configs: {} } })],
    ["the mechanism", given(root, [part], { cluster: { ...CLOUD, mechanism: "OAUTHBEARER" } })],
    [
      "the scopes",
      given(root, [part], { cluster: { ...CLOUD, oauth: { tokenUrl: "https://a.example", scopes: ["a"] } } }),
    ],
    ["a bootstrap server", given(root, [part], { cluster: { ...CLOUD, bootstrapServers: ["a:1"] } })],
    ["the registry", given(root, [part], { cluster: { ...CLOUD, registryUrl: undefined } })],
    ["the version of AsyncAPI", given(root, [part], { version: "2.6.0" })],
  ])("with %s", async (_what, other) => {
    expect(await print(other)).not.toBe(await print(given()));
  });

  test("with the builder", async () => {
    expect(await inputFingerprint(given(), 2)).not.toBe(await inputFingerprint(given(), 1));
  });

  test("from case to case", async () => {
    const prints = await Promise.all(Object.values(CASES).map(print));
    expect(new Set(prints).size).toBe(Object.keys(CASES).length);
  });
});

describe("a schema that cannot be read", () => {
  test.each(["AVRO", "JSON", "PROTOBUF", "XML"])("of type %s stands for itself", (schemaType) => {
    expect(canonicalSchema(registered("s", schemaType, "{ broken"))).toBe("{ broken");
  });

  test("has a fingerprint that changes when it does, and circles of references end", async () => {
    const broken = given(registered("things-value", "AVRO", "{"), []);
    const other = given(registered("things-value", "AVRO", "{ "), []);
    expect(await print(broken)).not.toBe(await print(other));
    const circle = { ...part, references: [reference("Thing", "things-value", 9)] };
    expect(await print(given(root, [circle, root]))).toMatch(/^[0-9a-f]{64}$/);
  });
});
