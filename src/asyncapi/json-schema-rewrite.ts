import { DocumentError } from "./failure.ts";
import { isArray, isObject, type Json, objectOf, orderedEntries, sortedDeep } from "./json.ts";
import { absolute, type Draft, idOf, type Resource, SCHEMA_MAPS, SCHEMAS, target } from "./json-schema-address.ts";

const KEYWORD_ORDER = [
  "$schema",
  "title",
  "description",
  "$ref",
  "type",
  "format",
  "enum",
  "const",
  "default",
  "required",
];
/** What is long goes last. */
const LONG_KEYWORDS = ["properties", "$defs", "definitions"];

/** Values that are data: nothing in them is a reference. */
const DATA = new Set(["const", "default", "enum", "example", "examples", "required", "type"]);

/** A schema, or a list of schemas, with its references pointing into the document. */
export function rewrite(node: Json, around: Resource, steps: readonly string[]): Json {
  if (isArray(node)) return node.map((inner, index) => rewrite(inner, around, [...steps, String(index)]));
  if (!isObject(node)) return node;
  const id = steps.length === 0 ? undefined : idOf(node, around.file.draft);
  const resource =
    id === undefined || id.startsWith("#") ? around : { ...around, uri: absolute(id, around.uri), steps };
  const entries = orderedEntries(node, KEYWORD_ORDER)
    .filter(([key, value]) => !isIdentity(key, value, around.file.draft))
    .map(([key, value]): [string, Json] => [key, rewriteKeyword(key, value, resource, [...steps, key])]);
  return objectOf(longLast(entries));
}

function rewriteKeyword(key: string, value: Json, around: Resource, steps: readonly string[]): Json {
  if (key === "$ref" && typeof value === "string") return required(value, around);
  if (SCHEMAS.has(key)) return rewrite(value, around, steps);
  if (DATA.has(key)) return sortedDeep(value);
  if (!SCHEMA_MAPS.has(key) || !isObject(value)) return rewriteUnknown(value, around);
  return objectOf(orderedEntries(value).map(([name, inner]) => [name, rewrite(inner, around, [...steps, name])]));
}

/** An annotation nobody told us about. It may hold schemas that are referred to, so what looks like a reference and leads somewhere is one. */
function rewriteUnknown(value: Json, around: Resource): Json {
  if (isArray(value)) return value.map((inner) => rewriteUnknown(inner, around));
  if (!isObject(value)) return value;
  return objectOf(
    orderedEntries(value).map(([key, inner]) => {
      const found = key === "$ref" && typeof inner === "string" ? target(inner, around) : undefined;
      return [key, found ?? rewriteUnknown(inner, around)];
    }),
  );
}

/** Keywords that would move the root from which AsyncAPI tools resolve, and what only a root may say. */
function isIdentity(key: string, value: Json, draft: Draft): boolean {
  if (typeof value !== "string") return false;
  return key === "$schema" || key === "$anchor" || key === (draft === "draft-04" ? "id" : "$id");
}

function longLast(entries: readonly [string, Json][]): [string, Json][] {
  const isLong = ([name]: readonly [string, Json]) => LONG_KEYWORDS.includes(name);
  const long = entries.filter(isLong).toSorted(([a], [b]) => LONG_KEYWORDS.indexOf(a) - LONG_KEYWORDS.indexOf(b));
  return [...entries.filter((entry) => !isLong(entry)), ...long];
}

function required(ref: string, around: Resource): string {
  const found = target(ref, around);
  if (found === undefined)
    throw new DocumentError({ kind: "missing-reference", subject: around.file.subject, name: ref });
  return found;
}
