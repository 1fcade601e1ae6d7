import { JsonNumber, type JsonObject, type JsonValue, writeJson } from "../json-text.ts";

/**
 * What of a JSON Schema may change so that data written with `original` still fits `update`: the rules of
 * schema-registry `json/diff/SchemaDiff` that matter for types, required members, content models, enums and bounds.
 * Combined schemas (`oneOf` …) and references are compared as text.
 */
export interface JsonDifference {
  readonly type: string;
  /** e.g. `#/required/weight` */
  readonly path: string;
  /** With the names of the two schemas in place of `new` and `old`. */
  describe(reader: string, writer: string): string;
}

const COMBINED = ["allOf", "anyOf", "oneOf", "not", "$ref", "const"];
/** Keyword, and whether a larger value admits less. */
const BOUNDS: readonly (readonly [keyword: string, name: string, lower: boolean])[] = [
  ["maximum", "MAXIMUM", false],
  ["minimum", "MINIMUM", true],
  ["exclusiveMaximum", "EXCLUSIVE_MAXIMUM", false],
  ["exclusiveMinimum", "EXCLUSIVE_MINIMUM", true],
  ["maxLength", "MAX_LENGTH", false],
  ["minLength", "MIN_LENGTH", true],
  ["maxItems", "MAX_ITEMS", false],
  ["minItems", "MIN_ITEMS", true],
  ["maxProperties", "MAX_PROPERTIES", false],
  ["minProperties", "MIN_PROPERTIES", true],
];

/** Incompatible differences only, [] when there are none. */
export function jsonDifferences(original: JsonValue, update: JsonValue, path = "#"): JsonDifference[] {
  // `true` and `{}` take everything, `false` promised nothing.
  if (update === true || (update instanceof Map && update.size === 0) || original === false) return [];
  if (!(original instanceof Map) || !(update instanceof Map)) return original === update ? [] : [typeChanged(path)];
  if (!sameTypes(original, update)) return [typeChanged(path)];
  return [
    ...compareRequired(original, update, path),
    ...compareProperties(original, update, path),
    ...compareAdditional(original, update, path),
    ...compareItems(original, update, path),
    ...compareEnum(original, update, path),
    ...compareBounds(original, update, path),
  ];
}

function sameTypes(original: JsonObject, update: JsonObject): boolean {
  for (const keyword of COMBINED) {
    const [before, after] = [original.get(keyword), update.get(keyword)];
    if ((before === undefined) !== (after === undefined)) return false;
    if (before !== undefined && after !== undefined && writeJson(before) !== writeJson(after)) return false;
  }
  const [before, after] = [typesOf(original), typesOf(update)];
  if (before === undefined || after === undefined) return before === after;
  return before.every((type) => after.includes(type) || (type === "integer" && after.includes("number")));
}

function typesOf(schema: JsonObject): JsonValue[] | undefined {
  const type = schema.get("type") ?? (schema.has("properties") ? "object" : undefined);
  if (type === undefined) return undefined;
  return Array.isArray(type) ? type : [type];
}

function propertiesOf(schema: JsonObject): JsonObject {
  const properties = schema.get("properties");
  return properties instanceof Map ? properties : new Map();
}

function requires(schema: JsonObject, property: string): boolean {
  const required = schema.get("required");
  return Array.isArray(required) && required.includes(property);
}

function compareRequired(original: JsonObject, update: JsonObject, path: string): JsonDifference[] {
  const after = propertiesOf(update);
  return [...propertiesOf(original).keys()]
    .filter((name) => after.has(name) && !requires(original, name) && requires(update, name))
    .filter((name) => !hasDefault(after.get(name)))
    .map((name) => keywordAdded("REQUIRED_ATTRIBUTE_ADDED", `${path}/required/${name}`));
}

function compareProperties(original: JsonObject, update: JsonObject, path: string): JsonDifference[] {
  const [before, after] = [propertiesOf(original), propertiesOf(update)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const at = `${path}/properties/${name}`;
    const [was, is] = [before.get(name), after.get(name)];
    if (was === undefined) return is === undefined ? [] : propertyAdded(original, update, name, is, at);
    return is === undefined ? propertyRemoved(update, was, at) : jsonDifferences(was, is, at);
  });
}

function propertyAdded(
  original: JsonObject,
  update: JsonObject,
  name: string,
  is: JsonValue,
  path: string,
): JsonDifference[] {
  const open = isOpen(original);
  if (open && (is === true || (is instanceof Map && is.size === 0))) return [];
  const partial = original.get("additionalProperties");
  const differences = partial instanceof Map ? jsonDifferences(partial, is, path) : [];
  const model = open ? "OPEN" : "UNOPEN";
  if (requires(update, name)) {
    if (!hasDefault(is)) return [...differences, plain(`REQUIRED_PROPERTY_ADDED_TO_${model}_CONTENT_MODEL`, path)];
    return open ? [plain("REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL", path)] : differences;
  }
  return open ? [plain("OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", path)] : differences;
}

function propertyRemoved(update: JsonObject, was: JsonValue, path: string): JsonDifference[] {
  if (isOpen(update) || was === false) return [];
  const partial = update.get("additionalProperties");
  if (!(partial instanceof Map)) return [plain("PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", path)];
  const differences = jsonDifferences(was, partial, path);
  if (differences.length === 0) return [];
  return [...differences, plain("PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path)];
}

function isOpen(schema: JsonObject): boolean {
  return (schema.get("additionalProperties") ?? true) === true && !schema.has("patternProperties");
}

function compareAdditional(original: JsonObject, update: JsonObject, path: string): JsonDifference[] {
  const at = `${path}/additionalProperties`;
  const before = original.get("additionalProperties") ?? true;
  const after = update.get("additionalProperties") ?? true;
  if (after === false) return before === false ? [] : [keywordAdded("ADDITIONAL_PROPERTIES_REMOVED", at)];
  if (!(after instanceof Map)) return [];
  return before instanceof Map
    ? jsonDifferences(before, after, at)
    : [keywordAdded("ADDITIONAL_PROPERTIES_NARROWED", at)];
}

function compareItems(original: JsonObject, update: JsonObject, path: string): JsonDifference[] {
  const [before, after] = [original.get("items"), update.get("items")];
  if (after === undefined || Array.isArray(after) || Array.isArray(before)) return [];
  return jsonDifferences(before ?? true, after, `${path}/items`);
}

function compareEnum(original: JsonObject, update: JsonObject, path: string): JsonDifference[] {
  const [before, after] = [original.get("enum"), update.get("enum")];
  if (!Array.isArray(after)) return [];
  if (!Array.isArray(before)) return [typeChanged(path)];
  const [had, has] = [before.map(writeJson), after.map(writeJson)];
  if (had.every((value) => has.includes(value))) return [];
  const narrowed = has.every((value) => had.includes(value));
  const describe = (reader: string, writer: string) =>
    narrowed
      ? `An array or combined type at path '${path}/enum' has fewer elements in the ${reader} schema than the ${writer} schema`
      : `A type at path '${path}/enum' is different between the ${reader} schema and the ${writer} schema`;
  return [{ type: narrowed ? "ENUM_ARRAY_NARROWED" : "ENUM_ARRAY_CHANGED", path: `${path}/enum`, describe }];
}

function compareBounds(original: JsonObject, update: JsonObject, path: string): JsonDifference[] {
  return BOUNDS.flatMap(([keyword, name, lower]) => {
    const [before, after] = [original.get(keyword), update.get(keyword)];
    const at = `${path}/${keyword}`;
    if (!(after instanceof JsonNumber)) return [];
    if (!(before instanceof JsonNumber)) return [keywordAdded(`${name}_ADDED`, at)];
    const grown = Number(after.text) - Number(before.text);
    if (lower ? grown <= 0 : grown >= 0) return [];
    const describe = (reader: string, writer: string) =>
      `The value at path '${at}' in the ${reader} schema is ${lower ? "more" : "less"} than its value in the ${writer} schema`;
    return [{ type: `${name}_${lower ? "INCREASED" : "DECREASED"}`, path: at, describe }];
  });
}

function hasDefault(schema: JsonValue | undefined): boolean {
  return schema instanceof Map && schema.has("default");
}

function typeChanged(path: string): JsonDifference {
  const describe = (reader: string, writer: string) =>
    `A type at path '${path}' is different between the ${reader} schema and the ${writer} schema`;
  return { type: "TYPE_CHANGED", path, describe };
}

function keywordAdded(type: string, path: string): JsonDifference {
  const describe = (reader: string, writer: string) =>
    `The keyword at path '${path}' in the ${reader} schema is not present in the ${writer} schema`;
  return { type, path, describe };
}

/** The server words each of these in its own way; only the type and the path were seen to matter. */
function plain(type: string, path: string): JsonDifference {
  const describe = (reader: string, writer: string) =>
    `The property at path '${path}' differs between the ${reader} schema and the ${writer} schema`;
  return { type, path, describe };
}
