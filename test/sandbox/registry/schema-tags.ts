import { type JsonValue, parseAvroJson } from "./json-text.ts";
import type { SubjectVersion } from "./types.ts";

export interface SchemaTags {
  readonly schemaEntity: { readonly entityPath: string; readonly entityType: "sr_record" | "sr_field" };
  readonly tags: readonly string[];
}

/** Where an AVRO schema bears one of the wanted tags in `confluent:tags`; other types are not looked into. */
export function schemaTags({ schemaType, schema }: SubjectVersion, wanted: readonly string[]): SchemaTags[] {
  if (schemaType !== "AVRO") return [];
  return recordTags(readable(schema), "").filter(({ tags }) => tags.some((tag) => wanted.includes(tag)));
}

/** null for a planted text that is no JSON. */
function readable(schema: string): JsonValue {
  try {
    return parseAvroJson(schema);
  } catch {
    return null;
  }
}

function recordTags(json: JsonValue, namespace: string): SchemaTags[] {
  if (Array.isArray(json)) return json.flatMap((branch) => recordTags(branch, namespace));
  if (!(json instanceof Map)) return [];
  const fields = json.get("fields");
  const name = json.get("name");
  if (!Array.isArray(fields) || typeof name !== "string") {
    return ["type", "items", "values"].flatMap((member) => recordTags(json.get(member) ?? null, namespace));
  }
  const own = json.get("namespace");
  const space = typeof own === "string" ? own : namespace;
  const record = space === "" ? name : `${space}.${name}`;
  return [
    ...tagsOf(json, record, "sr_record"),
    ...fields.flatMap((field) => {
      if (!(field instanceof Map)) return [];
      return [
        ...tagsOf(field, `${record}.${field.get("name")}`, "sr_field"),
        ...recordTags(field.get("type") ?? null, space),
      ];
    }),
  ];
}

function tagsOf(json: Map<string, JsonValue>, entityPath: string, entityType: "sr_record" | "sr_field"): SchemaTags[] {
  const tags = json.get("confluent:tags");
  if (!Array.isArray(tags)) return [];
  return [{ schemaEntity: { entityPath, entityType }, tags: tags.filter((tag) => typeof tag === "string") }];
}
