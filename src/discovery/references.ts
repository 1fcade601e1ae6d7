import * as v from "valibot";
import type { Cluster, ConfluentReader, RegisteredSchema } from "../confluent/model.ts";
import type { ReferenceStore } from "../store/documents.ts";
import type { SchemaPool } from "./pool.ts";

const StoredSchema = v.object({
  subject: v.string(),
  version: v.number(),
  id: v.number(),
  schemaType: v.string(),
  schema: v.string(),
  references: v.array(v.object({ name: v.string(), subject: v.string(), version: v.number() })),
});

export interface ReferenceSources {
  readonly reader: ConfluentReader;
  readonly cluster: Cluster;
  readonly stored: ReferenceStore;
  readonly pool: SchemaPool;
}

/**
 * Everything that a schema refers to, directly or not, keyed `subject/version`. A version is immutable: it is asked for
 * once in the life of the connection. What does not exist is left out; the builder names it.
 */
export async function resolveReferences(
  root: RegisteredSchema,
  sources: ReferenceSources,
): Promise<Map<string, RegisteredSchema>> {
  const found = new Map<string, RegisteredSchema>();
  const asked = new Set<string>();
  const open = [...root.references];
  for (let reference = open.pop(); reference; reference = open.pop()) {
    const key = `${reference.subject}/${reference.version}`;
    if (asked.has(key)) continue;
    asked.add(key);
    const schema = await oneVersion(reference.subject, reference.version, sources);
    if (!schema) continue;
    found.set(key, schema);
    open.push(...schema.references);
  }
  return found;
}

async function oneVersion(
  subject: string,
  version: number,
  sources: ReferenceSources,
): Promise<RegisteredSchema | undefined> {
  const { reader, cluster, stored, pool } = sources;
  // -1 means the latest, as confluentinc/schema-registry AbstractSchemaProvider reads it, and so is never kept.
  if (version < 0) return reader.schema(cluster, subject, "latest");
  const text = await stored.get(subject, version);
  if (text !== undefined) return v.parse(StoredSchema, JSON.parse(text));
  const schema = pool.get(subject, version) ?? (await reader.schema(cluster, subject, version));
  if (schema) await stored.put(subject, version, JSON.stringify(schema));
  return schema;
}
