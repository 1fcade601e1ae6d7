import { JsonNumber, type JsonObject, type JsonValue, writeJson } from "../json-text.ts";
import { type AvroField, type AvroNamed, type AvroType, type FullName, fullNameText, isNamed } from "./model.ts";

/**
 * A schema as the registry stores it (Avro Java `Schema#toString`): members in Avro's own order, names of the enclosing
 * namespace without it, a type that was written before by its name.
 *
 * @param known full names that are not written out: those of referenced schemas. Empty for `format=resolved`.
 */
export function writeAvro(type: AvroType, known: ReadonlySet<string>): string {
  return writeJson(toJson(type, undefined, new Set(known)));
}

function toJson(type: AvroType, namespace: string | undefined, written: Set<string>): JsonValue {
  if (isNamed(type)) return namedToJson(type, namespace, written);
  switch (type.kind) {
    case "union":
      return type.branches.map((branch) => toJson(branch, namespace, written));
    case "array":
      return object([["type", "array"], ["items", toJson(type.items, namespace, written)], ...type.props]);
    case "map":
      return object([["type", "map"], ["values", toJson(type.values, namespace, written)], ...type.props]);
    default:
      return type.props.size === 0 ? type.kind : object([["type", type.kind], ...type.props]);
  }
}

function namedToJson(type: AvroNamed, namespace: string | undefined, written: Set<string>): JsonValue {
  const fullName = fullNameText(type.name);
  if (written.has(fullName)) return relativeName(type.name, namespace);
  written.add(fullName);
  return object([
    ["type", type.kind === "record" && type.error ? "error" : type.kind],
    ["name", type.name.name],
    ...namespaceMember(type.name, namespace),
    ...(type.doc === undefined ? [] : [["doc", type.doc] as const]),
    ...bodyOf(type, written),
    ...type.props,
    ...aliasMember(type.aliases.map((alias) => relativeName(alias, type.name.namespace))),
  ]);
}

function namespaceMember(name: FullName, enclosing: string | undefined): (readonly [string, JsonValue])[] {
  if (name.namespace === enclosing) return [];
  return [["namespace", name.namespace ?? ""]];
}

function bodyOf(type: AvroNamed, written: Set<string>): (readonly [string, JsonValue])[] {
  switch (type.kind) {
    case "record":
      return [["fields", type.fields.map((field) => fieldToJson(field, type.name.namespace, written))]];
    case "enum":
      return [
        ["symbols", [...type.symbols]],
        ...(type.default === undefined ? [] : [["default", type.default] as const]),
      ];
    case "fixed":
      return [["size", new JsonNumber(String(type.size))]];
  }
}

function fieldToJson(field: AvroField, namespace: string | undefined, written: Set<string>): JsonValue {
  return object([
    ["name", field.name],
    ["type", toJson(field.type, namespace, written)],
    ...(field.doc === undefined ? [] : [["doc", field.doc] as const]),
    ...(field.default === undefined ? [] : [["default", field.default] as const]),
    ...(field.order === undefined || field.order === "ascending" ? [] : [["order", field.order] as const]),
    ...aliasMember(field.aliases),
    ...field.props,
  ]);
}

function aliasMember(aliases: readonly string[]): (readonly [string, JsonValue])[] {
  return aliases.length === 0 ? [] : [["aliases", [...aliases]]];
}

function relativeName(name: FullName, namespace: string | undefined): string {
  return name.namespace === undefined || name.namespace === namespace ? name.name : fullNameText(name);
}

function object(members: readonly (readonly [string, JsonValue])[]): JsonObject {
  return new Map(members);
}
