import { describe, expect, test } from "vitest";
import { type CompatibilityLevel, checkCompatibility, levelOf } from "./compatibility.ts";
import { parseSchema } from "./formats.ts";
import { record } from "./support.ts";

const parsed = (...fields: readonly unknown[]) => parseSchema("AVRO", record("R", ...fields), []);
const required = (name: string) => ({ name, type: "int" });
const optional = (name: string) => ({ name, type: "int", default: 0 });

/** What a new schema breaks against two versions before it. */
function broken(
  level: CompatibilityLevel,
  first: ReturnType<typeof parsed>,
  second: ReturnType<typeof parsed>,
  next: ReturnType<typeof parsed>,
) {
  return checkCompatibility(level, next, [
    { version: 1, parsed: () => first },
    { version: 2, parsed: () => second },
  ]);
}

describe("compatibility levels", () => {
  const none = parsed();
  const withA = parsed(optional("a"));
  const needsA = parsed(required("a"));

  test.each<[CompatibilityLevel, boolean]>([
    ["NONE", true],
    ["BACKWARD", true],
    ["BACKWARD_TRANSITIVE", false],
    ["FORWARD", true],
    ["FORWARD_TRANSITIVE", true],
    ["FULL", true],
    ["FULL_TRANSITIVE", false],
  ])("%s looks back as far as it says", (level, isCompatible) => {
    // Reads what the second wrote, but not what the first did, which has no `a`.
    expect(broken(level, none, withA, needsA).length === 0).toBe(isCompatible);
  });

  test("FORWARD lets fields come and keeps those without default from going", () => {
    expect(broken("FORWARD", needsA, needsA, parsed(required("a"), required("b")))).toEqual([]);
    expect(broken("FORWARD", needsA, needsA, none)[0]).toContain(
      "in the old schema has no default value and is missing in the new schema",
    );
  });

  test("the old version and the level are told at the end", () => {
    expect(broken("BACKWARD", none, none, needsA)).toEqual([
      "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'a' at path '/fields/0' in the new schema has no default value and is missing in the old schema', additionalInfo:'a'}",
      "{oldSchemaVersion: 2}",
      '{oldSchema: \'{"type":"record","name":"R","fields":[]}\'}',
      "{validateFields: 'false', compatibility: 'BACKWARD'}",
    ]);
  });

  test("an old text of more than 10 kB is cut", () => {
    const long = parseSchema(
      "AVRO",
      JSON.stringify({ type: "record", name: "R", doc: "d".repeat(20_000), fields: [] }),
      [],
    );
    const told = broken("BACKWARD", none, long, needsA).find((message) => message.startsWith("{oldSchema:"));
    expect(told).toMatch(/^\{oldSchema: <truncated> '.*\.\.\.'\}$/);
    expect(told).toHaveLength(10 * 1024 + "{oldSchema: <truncated> '...'}".length);
  });

  test("another type is never compatible, except under NONE", () => {
    const json = parseSchema("JSON", "{}", []);
    expect(broken("FULL", json, json, none)).toEqual([
      "Incompatible because of different schema type",
      "{validateFields: 'false', compatibility: 'FULL'}",
    ]);
    expect(broken("NONE", json, json, none)).toEqual([]);
  });

  test("levels are read in any case, and nothing else is one", () => {
    expect(levelOf("full_Transitive")).toBe("FULL_TRANSITIVE");
    expect(levelOf("SOMETIMES")).toBeUndefined();
  });
});
