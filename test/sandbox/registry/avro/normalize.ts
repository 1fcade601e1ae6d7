import { type JsonObject, type JsonValue, parseAvroJson, sortedJson, writeJson } from "../json-text.ts";
import { compareText } from "../subject-name.ts";

/** The members that mean something to Avro, in the order in which it writes them; `aliases` goes last. */
const TYPE_MEMBERS = ["type", "name", "namespace", "doc", "fields", "symbols", "size", "items", "values", "default"];
const FIELD_MEMBERS = ["name", "type", "doc", "default", "order"];

/**
 * `normalize=true`: schemas that mean the same get the same text. Properties that are not Avro's own are sorted, also
 * inside, and an empty doc is dropped (schema-registry `avro/AvroSchemaUtils#toNormalizedString`).
 *
 * @param canonical as `writeAvro` wrote it
 */
export function normalizeAvro(canonical: string): string {
  return writeJson(normalizeType(parseAvroJson(canonical)));
}

function normalizeType(json: JsonValue): JsonValue {
  if (Array.isArray(json)) return json.map(normalizeType);
  if (!(json instanceof Map)) return json;
  return arranged(json, TYPE_MEMBERS, (name, value) => {
    if (name === "fields" && Array.isArray(value)) return value.map(normalizeField);
    if (name === "items" || name === "values") return normalizeType(value);
    return name === "doc" && value === "" ? undefined : value;
  });
}

function normalizeField(field: JsonValue): JsonValue {
  if (!(field instanceof Map)) return field;
  return arranged(field, FIELD_MEMBERS, (name, value) => (name === "type" ? normalizeType(value) : value));
}

function arranged(
  json: JsonObject,
  own: readonly string[],
  convert: (name: string, value: JsonValue) => JsonValue | undefined,
): JsonObject {
  const arranged: JsonObject = new Map();
  for (const name of own) {
    const value = json.get(name);
    const converted = value === undefined ? undefined : convert(name, value);
    if (converted !== undefined) arranged.set(name, converted);
  }
  const props = [...json].filter(([name]) => !own.includes(name) && name !== "aliases");
  for (const [name, value] of props.sort(([a], [b]) => compareText(a, b))) arranged.set(name, sortedJson(value));
  const aliases = json.get("aliases");
  if (Array.isArray(aliases))
    arranged.set("aliases", aliases.filter((alias) => typeof alias === "string").sort(compareText));
  return arranged;
}
