import avsc from "avsc";
import { describe, expect, test } from "vitest";
import { avroIncompatibilities } from "./avro/compatibility.ts";
import type { AvroNamed } from "./avro/model.ts";
import { parseAvro } from "./avro/parse.ts";
import { parseSchema } from "./formats.ts";
import { record } from "./support.ts";

const canonical = (text: string) => parseSchema("AVRO", text, []).canonical;
const parse = (text: string) => parseAvro(text, new Map<string, AvroNamed>());
const broken = (reader: string, writer: string) => avroIncompatibilities(parse(reader), parse(writer));

describe("the stored text", () => {
  test.each([
    ["a primitive in an object", '{"type":"string"}', '"string"'],
    ["a logical type", '{"logicalType":"date","type":"int"}', '{"type":"int","logicalType":"date"}'],
    ["a union", '[ "null" , "string" ]', '["null","string"]'],
    ["an empty record", '{"fields":[],"name":"R","type":"record"}', '{"type":"record","name":"R","fields":[]}'],
    [
      "a name with its namespace inside",
      '{"type":"enum","name":"com.acme.E","symbols":["A"],"default":"A","aliases":["F"],"x":1}',
      '{"type":"enum","name":"E","namespace":"com.acme","symbols":["A"],"default":"A","x":1,"aliases":["F"]}',
    ],
    [
      "a type in another namespace and back again",
      '{"type":"record","name":"a.R","fields":[{"name":"x","type":{"type":"fixed","name":"b.F","size":2}},{"name":"y","type":"b.F"}]}',
      '{"type":"record","name":"R","namespace":"a","fields":[{"name":"x","type":{"type":"fixed","name":"F","namespace":"b","size":2}},{"name":"y","type":"b.F"}]}',
    ],
    [
      "a record that contains itself",
      '{"type":"record","name":"a.Node","fields":[{"name":"next","type":["null","a.Node"],"default":null}]}',
      '{"type":"record","name":"Node","namespace":"a","fields":[{"name":"next","type":["null","Node"],"default":null}]}',
    ],
    [
      "doc, order, aliases and properties of a field",
      record("R", { type: "int", x: 1, aliases: ["b"], order: "descending", doc: "d", name: "a", default: 1 }),
      '{"type":"record","name":"R","fields":[{"name":"a","type":"int","doc":"d","default":1,"order":"descending","aliases":["b"],"x":1}]}',
    ],
    [
      "numbers",
      '{"type":"int","a":10.00,"b":9007199254740993,"c":1e9}',
      '{"type":"int","a":10.0,"b":9007199254740993,"c":1.0E9}',
    ],
    ["comments", '/* a */ {"type": // b\n "int"}', '"int"'],
    ["members that look like numbers", '{"type":"int","2":0,"1":0}', '{"type":"int","2":0,"1":0}'],
  ])("%s is written as Avro writes it", (_, sent, stored) => {
    expect(canonical(sent)).toBe(stored);
    expect(canonical(stored)).toBe(stored);
  });

  test("another Avro library reads the same schema from it", () => {
    const sent = {
      type: "record",
      name: "com.acme.Order",
      fields: [
        {
          name: "lines",
          type: { type: "array", items: { type: "record", name: "Line", fields: [{ name: "n", type: "int" }] } },
        },
        { name: "by", type: { type: "map", values: "Line" } },
        { name: "state", type: { type: "enum", name: "other.State", symbols: ["A", "B"] } },
      ],
    };
    const [theirs, ours] = [sent, JSON.parse(canonical(JSON.stringify(sent)))].map((each) =>
      avsc.Type.forSchema(each as avsc.Schema),
    );
    expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
  });
});

describe("what is no schema", () => {
  test.each([
    ["no JSON", "hello", /Unrecognized token 'hello'/],
    ["nothing of a type", "{}", /No type/],
    ["a type without name", '{"type":"record"}', /No name in schema: \{"type":"record"\}/],
    ["an unknown type", '"com.acme.Nope"', /com\.acme\.Nope/],
    ["a union in a union", '["null",["int"]]', /Nested union/],
    ["the same type twice in a union", '["int","int"]', /Duplicate in union:int/],
    [
      "the same name twice",
      '[{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"F","size":2}]',
      /Can't redefine: F/,
    ],
    ["the same field twice", record("R", { name: "a", type: "int" }, { name: "a", type: "int" }), /Duplicate field a/],
    ["a bad name", '{"type":"fixed","name":"a-b","size":1}', /Illegal character in: a-b/],
    [
      "a default of another type",
      record("R", { name: "a", type: "int", default: "x" }),
      /Invalid default for field a: "x" not a "int"/,
    ],
    ["a default that is too large", record("R", { name: "a", type: "int", default: 2 ** 31 }), /Invalid default/],
    [
      "an enum default that is no symbol",
      '{"type":"enum","name":"E","symbols":["A"],"default":"B"}',
      /The Enum Default: B/,
    ],
  ])("%s is refused", (_, text, message) => {
    expect(() => canonical(text)).toThrow(message);
  });

  test("a default may fit any branch of a union", () => {
    expect(() => canonical(record("R", { name: "a", type: ["null", "int"], default: 1 }))).not.toThrow();
  });
});

describe("reading what another schema wrote", () => {
  const withFields = (...fields: readonly unknown[]) => record("R", ...fields);

  test.each([
    ["the same schema", withFields({ name: "a", type: "int" }), withFields({ name: "a", type: "int" })],
    ["fewer fields", withFields(), withFields({ name: "a", type: "int" })],
    ["a new field with a default", withFields({ name: "a", type: "int", default: 0 }), withFields()],
    ["a wider number", '"double"', '"int"'],
    ["bytes for a string", '"bytes"', '"string"'],
    ["a union that admits more", '["null","string","int"]', '["null","string"]'],
    ["a union where there was one type", '["null","int"]', '"int"'],
    [
      "a renamed field with an alias",
      withFields({ name: "b", type: "int", aliases: ["a"] }),
      withFields({ name: "a", type: "int" }),
    ],
    [
      "an enum with fewer symbols and a default",
      '{"type":"enum","name":"E","symbols":["A"],"default":"A"}',
      '{"type":"enum","name":"E","symbols":["A","B"]}',
    ],
    [
      "a record that contains itself",
      withFields({ name: "n", type: ["null", "R"] }),
      withFields({ name: "n", type: ["null", "R"] }),
    ],
  ])("%s can", (_, reader, writer) => {
    expect(broken(reader, writer)).toEqual([]);
  });

  test.each([
    [
      "a new field without default",
      withFields({ name: "a", type: "int" }),
      withFields(),
      "READER_FIELD_MISSING_DEFAULT_VALUE",
      "/fields/0",
    ],
    [
      "a narrower number",
      withFields({ name: "a", type: "int" }),
      withFields({ name: "a", type: "long" }),
      "TYPE_MISMATCH",
      "/fields/0/type",
    ],
    [
      "an enum with fewer symbols",
      '{"type":"enum","name":"E","symbols":["A"]}',
      '{"type":"enum","name":"E","symbols":["A","B"]}',
      "MISSING_ENUM_SYMBOLS",
      "/symbols",
    ],
    [
      "a fixed of another size",
      '{"type":"fixed","name":"F","size":1}',
      '{"type":"fixed","name":"F","size":2}',
      "FIXED_SIZE_MISMATCH",
      "/size",
    ],
    [
      "another name",
      '{"type":"fixed","name":"F","size":1}',
      '{"type":"fixed","name":"G","size":1}',
      "NAME_MISMATCH",
      "/name",
    ],
    ["a union with fewer branches", '["null"]', '["null","int"]', "MISSING_UNION_BRANCH", "/1"],
    [
      "an array of something else",
      '{"type":"array","items":"int"}',
      '{"type":"array","items":"string"}',
      "TYPE_MISMATCH",
      "/items",
    ],
  ])("%s cannot", (_, reader, writer, type, path) => {
    expect(broken(reader, writer)).toMatchObject([{ type, path }]);
  });
});
