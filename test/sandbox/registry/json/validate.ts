import type { JsonObject, JsonValue } from "../json-text.ts";

const TYPES = new Set(["null", "boolean", "object", "array", "number", "integer", "string"]);
/** Keywords whose value is a schema. */
const SCHEMAS = [
  "additionalProperties",
  "additionalItems",
  "not",
  "contains",
  "propertyNames",
  "if",
  "then",
  "else",
  "unevaluatedProperties",
  "unevaluatedItems",
];
/** Keywords whose value is an object of schemas. */
const SCHEMA_MAPS = ["properties", "patternProperties", "definitions", "$defs", "dependentSchemas"];
/** Keywords whose value is an array of schemas. */
const SCHEMA_LISTS = ["allOf", "anyOf", "oneOf", "prefixItems"];

/** Every schema inside a JSON Schema, the outermost first. */
function* subschemas(schema: JsonValue): Generator<JsonObject> {
  if (!(schema instanceof Map)) return;
  yield schema;
  for (const inner of innerSchemas(schema)) yield* subschemas(inner);
}

function innerSchemas(schema: JsonObject): JsonValue[] {
  const items = schema.get("items") ?? [];
  return [
    ...SCHEMAS.map((keyword) => schema.get(keyword) ?? null),
    ...SCHEMA_MAPS.map((keyword) => schema.get(keyword)).flatMap((map) =>
      map instanceof Map ? [...map.values()] : [],
    ),
    ...SCHEMA_LISTS.map((keyword) => schema.get(keyword)).flatMap((list) => (Array.isArray(list) ? list : [])),
    ...(Array.isArray(items) ? items : [items]),
  ];
}

/** Whether this can be a JSON Schema at all: object or boolean, with types that exist and keywords of the right shape. */
export function isJsonSchema(schema: JsonValue): boolean {
  if (typeof schema === "boolean") return true;
  return schema instanceof Map && [...subschemas(schema)].every(isWellFormed);
}

function isWellFormed(schema: JsonObject): boolean {
  const type = schema.get("type");
  const types = Array.isArray(type) ? type : [type ?? "object"];
  if (!types.every((name) => typeof name === "string" && TYPES.has(name))) return false;
  const required = schema.get("required") ?? [];
  const properties = schema.get("properties") ?? new Map();
  return (Array.isArray(required) || typeof required === "boolean") && properties instanceof Map;
}

/** The `$ref`s that lead out of this schema, without their fragment. */
export function outerReferences(schema: JsonValue): string[] {
  const all = [...subschemas(schema)];
  const own = new Set(all.flatMap((part) => ["$id", "id", "$anchor"].map((keyword) => part.get(keyword))));
  const found = all
    .map((part) => part.get("$ref"))
    .filter((ref) => typeof ref === "string")
    .map((ref) => ref.split("#")[0] ?? "")
    .filter((ref) => ref !== "" && !own.has(ref) && !ref.startsWith("http://json-schema.org/"));
  return [...new Set(found)];
}

/** Whether a reference of that name is what `$ref` means, as written or resolved against the schema's own `$id`. */
export function namesSameSchema(schema: JsonValue, ref: string, name: string): boolean {
  const plain = name.split("#")[0] ?? "";
  const id = schema instanceof Map ? schema.get("$id") : undefined;
  const base = typeof id === "string" ? id : undefined;
  return ref === plain || resolve(ref, base) === resolve(plain, base);
}

function resolve(ref: string, base: string | undefined): string {
  return URL.canParse(ref, base) ? new URL(ref, base).href : ref;
}
