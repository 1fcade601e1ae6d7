import { isArray, isObject, type Json, type JsonObject, member, objectOf, text } from "./json.ts";

/**
 * A resolved Avro schema told as JSON Schema draft 07. The Kafka binding 0.5.0 takes a key as JSON Schema only (asyncapi/spec-json-schemas
 * `bindings/kafka/0.5.0/message.json`), although its text speaks of Avro too; the exact Avro schema goes beside it as an extension.
 * A type that was spelled out before is only named, which also ends recursion.
 */
export function avroAsJsonSchema(node: Json): JsonObject {
  if (typeof node === "string") return PRIMITIVES[node] ?? objectOf([["title", node]]);
  if (isArray(node)) return union(node);
  if (!isObject(node)) return {};
  const doc = text(node, "doc");
  const head: [string, Json | undefined][] = [
    ["title", text(node, "name")],
    ["description", doc],
  ];
  switch (text(node, "type")) {
    case "record":
      return objectOf([...head, ...recordMembers(node)]);
    case "enum":
      return objectOf([...head, ["type", "string"], ["enum", member(node, "symbols")]]);
    case "array":
      return objectOf([...head, ["type", "array"], ["items", avroAsJsonSchema(member(node, "items") ?? null)]]);
    case "map":
      return objectOf([
        ...head,
        ["type", "object"],
        ["additionalProperties", avroAsJsonSchema(member(node, "values") ?? null)],
      ]);
    case "fixed":
      return objectOf([...head, ["type", "string"]]);
    default:
      return logical(node);
  }
}

const PRIMITIVES: Readonly<Record<string, JsonObject>> = {
  null: { type: "null" },
  boolean: { type: "boolean" },
  int: { type: "integer", format: "int32" },
  long: { type: "integer", format: "int64" },
  float: { type: "number", format: "float" },
  double: { type: "number", format: "double" },
  bytes: { type: "string" },
  string: { type: "string" },
};

function logical(node: JsonObject): JsonObject {
  const primitive = PRIMITIVES[text(node, "type") ?? ""] ?? {};
  return objectOf([...Object.entries(primitive), ["x-logical-type", text(node, "logicalType")]]);
}

/** A union with null says in JSON Schema what it says in Avro; one branch needs no `anyOf`. */
function union(branches: readonly Json[]): JsonObject {
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) return avroAsJsonSchema(only);
  return { anyOf: branches.map(avroAsJsonSchema) };
}

function recordMembers(node: JsonObject): [string, Json | undefined][] {
  const fields = member(node, "fields");
  const known = isArray(fields) ? fields.filter(isObject) : [];
  const required = known
    .filter((field) => member(field, "default") === undefined)
    .map((field) => text(field, "name") ?? "");
  return [
    ["type", "object"],
    ["required", required.length > 0 ? required : undefined],
    ["properties", objectOf(known.map((field) => [text(field, "name") ?? "", property(field)]))],
  ];
}

function property(field: JsonObject): JsonObject {
  const inner = avroAsJsonSchema(member(field, "type") ?? null);
  const doc = text(field, "doc");
  return objectOf([
    ...Object.entries(inner).filter(([key]) => key !== "description" || doc === undefined),
    ["description", doc],
    ["default", member(field, "default")],
  ]);
}
