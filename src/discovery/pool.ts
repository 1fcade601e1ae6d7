import type { RegisteredSchema } from "../confluent/model.ts";

/**
 * Schema texts of one run, held only as far as the memory allows. What is not here is asked for by name, so the
 * limit costs requests on a very large first run, never correctness.
 */
export interface SchemaPool {
  /** Keeps the schema if there is room. */
  keep(schema: RegisteredSchema): void;
  get(subject: string, version: number): RegisteredSchema | undefined;
}

/** @param limit characters of schema text held at most */
export function schemaPool(limit: number): SchemaPool {
  const held = new Map<string, RegisteredSchema>();
  let size = 0;
  return {
    keep: (schema) => {
      if (size + schema.schema.length > limit) return;
      size += schema.schema.length;
      held.set(`${schema.subject}/${schema.version}`, schema);
    },
    get: (subject, version) => held.get(`${subject}/${version}`),
  };
}
