import type { RegisteredSchema } from "../confluent/model.ts";
import { DocumentError } from "./failure.ts";
import type { BoundSchema } from "./model.ts";

/** A schema with what it refers to: what the builders of each format work on. */
export type SchemaWithReferences = Pick<BoundSchema, "schema" | "references">;

/** One referenced schema, under the name by which it is referred to. */
export interface Reference {
  readonly name: string;
  readonly schema: RegisteredSchema;
}

/** The direct references of `schema`. Throws `missing-reference` when the registry's answer lacks one. */
export function directReferences(schema: RegisteredSchema, references: BoundSchema["references"]): Reference[] {
  return schema.references.map(({ name, subject, version }) => {
    const referenced = references.get(`${subject}/${version}`);
    if (referenced === undefined) {
      throw new DocumentError({ kind: "missing-reference", subject: schema.subject, name });
    }
    return { name, schema: referenced };
  });
}

/**
 * Everything that `schema` refers to, directly or not, each version once, a schema before what it refers to, and its first
 * reference before the second. Schemas that refer to each other in a circle end here too. Throws `missing-reference`.
 */
export function allReferences({ schema, references }: SchemaWithReferences): Reference[] {
  const found: Reference[] = [];
  const seen = new Set<string>([`${schema.subject}/${schema.version}`]);
  const waiting = directReferences(schema, references).reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const key = `${next.schema.subject}/${next.schema.version}`;
    if (seen.has(key)) continue;
    seen.add(key);
    found.push(next);
    waiting.push(...directReferences(next.schema, references).reverse());
  }
  return found;
}
