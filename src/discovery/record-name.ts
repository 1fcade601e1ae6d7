import type { RegisteredSchema } from "../confluent/model.ts";

/**
 * The full name that RecordNameStrategy and TopicRecordNameStrategy put into a subject: of an Avro record its full
 * name, of a JSON Schema its title, of a Protobuf file package and first message (schema-registry SubjectNameStrategy).
 * Undefined when the schema has none or does not parse.
 */
export function recordName(schema: Pick<RegisteredSchema, "schemaType" | "schema">): string | undefined {
  if (schema.schemaType === "PROTOBUF") return protobufName(schema.schema);
  const parsed = parseObject(schema.schema);
  if (!parsed) return undefined;
  if (schema.schemaType === "JSON") return typeof parsed.title === "string" ? parsed.title : undefined;
  const { name, namespace } = parsed;
  if (typeof name !== "string") return undefined;
  return name.includes(".") || typeof namespace !== "string" || namespace === "" ? name : `${namespace}.${name}`;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function protobufName(text: string): string | undefined {
  const bare = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, " ");
  const message = /\bmessage\s+([A-Za-z_]\w*)\s*\{/.exec(bare)?.[1];
  if (message === undefined) return undefined;
  const pkg = /\bpackage\s+([A-Za-z_][\w.]*)\s*;/.exec(bare)?.[1];
  return pkg === undefined ? message : `${pkg}.${message}`;
}
