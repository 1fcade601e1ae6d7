import { describe, expect, test } from "vitest";
import { parseSchema } from "./formats.ts";
import { jsonDifferences } from "./json/compatibility.ts";
import { parseJson, sortedJson, writeJson, writeText } from "./json-text.ts";

describe("JSON texts", () => {
  test.each([
    '{"b":1,"a":[true,false,null,-0.50,1E400,12345678901234567890]}',
    '{"2":"x","1":{"":[]}}',
    '"\\u001F \\" \\\\ \\n é"',
  ])("%s comes out as it went in", (text) => {
    expect(writeJson(parseJson(text))).toBe(text);
  });

  test("control characters are written with capitals, as Jackson does", () => {
    expect(writeText("\u001f\u0000\t/")).toBe('"\\u001F\\u0000\\t/"');
  });

  test("of a member given twice the last counts", () => {
    expect(writeJson(parseJson('{"a":1,"a":2}'))).toBe('{"a":2}');
  });

  test("members are sorted inside too", () => {
    expect(writeJson(sortedJson(parseJson('{"b":[{"d":1,"c":2}],"a":0}')))).toBe('{"a":0,"b":[{"c":2,"d":1}]}');
  });

  test.each(["", "{", "[1", '{"a"}', "1 2", "nul", '"\n"', '{"a":1,}', `${"[".repeat(600)}${"]".repeat(600)}`])(
    "what is no JSON is refused: %j",
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );
});

describe("JSON Schema", () => {
  const canonical = (text: string, ...references: { name: string; schema: string }[]) =>
    parseSchema("JSON", text, references).canonical;

  test("is stored without white space, members in their order", () => {
    expect(canonical('{ "type" : "object",\n "$id": "x", "minimum": 1.50 }')).toBe(
      '{"type":"object","$id":"x","minimum":1.50}',
    );
  });

  test.each(['{"type":"nonsense"}', '"text"', "[]", '{"properties":{"a":{"type":"int"}}}', '{"required":"a"}', "{"])(
    "%s is none",
    (text) => {
      expect(() => canonical(text)).toThrow();
    },
  );

  test("a $ref to the outside needs a reference of that name, relative ones by the schema's own $id", () => {
    const schema = '{"$id":"https://acme.example/a.json","properties":{"b":{"$ref":"b.json#/definitions/x"}}}';
    expect(() => canonical(schema)).toThrow("Unresolved reference: b.json");
    expect(() => canonical(schema, { name: "b.json", schema: "{}" })).not.toThrow();
    expect(() => canonical(schema, { name: "https://acme.example/b.json", schema: "{}" })).not.toThrow();
    expect(() => canonical('{"$ref":"#/definitions/x"}')).not.toThrow();
  });

  const types = (original: unknown, update: unknown) =>
    jsonDifferences(parseJson(JSON.stringify(original)), parseJson(JSON.stringify(update))).map(
      ({ type, path }) => `${type} ${path}`,
    );
  const closed = { type: "object", additionalProperties: false };

  test.each([
    ["nothing", { type: "string" }, { type: "string", title: "t" }],
    ["a type more", { type: "string" }, { type: ["string", "null"] }],
    ["integer to number", { type: "integer" }, { type: "number" }],
    ["an optional property of a closed model", closed, { ...closed, properties: { a: { type: "string" } } }],
    ["a property gone from an open model", { type: "object", properties: { a: {} } }, { type: "object" }],
    ["more values", { enum: ["a"] }, { enum: ["a", "b"] }],
    ["a wider range", { type: "integer", minimum: 1, maximum: 2 }, { type: "integer", minimum: 0 }],
    ["required with a default", { properties: { a: {} } }, { properties: { a: { default: 1 } }, required: ["a"] }],
  ])("%s is compatible", (_, original, update) => {
    expect(types(original, update)).toEqual([]);
  });

  test.each([
    ["another type", { type: "string" }, { type: "object" }, ["TYPE_CHANGED #"]],
    [
      "required",
      { properties: { a: {} } },
      { properties: { a: {} }, required: ["a"] },
      ["REQUIRED_ATTRIBUTE_ADDED #/required/a"],
    ],
    [
      "a property of an open model",
      { type: "object" },
      { type: "object", properties: { a: { type: "string" } } },
      ["OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL #/properties/a"],
    ],
    [
      "a required property",
      closed,
      { ...closed, properties: { a: { type: "string" } }, required: ["a"] },
      ["REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL #/properties/a"],
    ],
    [
      "a property gone from a closed model",
      { ...closed, properties: { a: {} } },
      closed,
      ["PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL #/properties/a"],
    ],
    ["closing the model", { type: "object" }, closed, ["ADDITIONAL_PROPERTIES_REMOVED #/additionalProperties"]],
    ["fewer values", { enum: ["a", "b"] }, { enum: ["a"] }, ["ENUM_ARRAY_NARROWED #/enum"]],
    [
      "a bound where there was none",
      { type: "string" },
      { type: "string", maxLength: 3 },
      ["MAX_LENGTH_ADDED #/maxLength"],
    ],
    [
      "a tighter bound",
      { type: "integer", minimum: 1 },
      { type: "integer", minimum: 2 },
      ["MINIMUM_INCREASED #/minimum"],
    ],
    [
      "items of another type",
      { type: "array", items: { type: "string" } },
      { type: "array", items: { type: "null" } },
      ["TYPE_CHANGED #/items"],
    ],
  ])("%s is not", (_, original, update, expected) => {
    expect(types(original, update)).toEqual(expected);
  });
});
