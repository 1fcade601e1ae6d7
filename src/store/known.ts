import type { GenericSchema, InferOutput } from "valibot";
import { safeParse } from "valibot";
import type { Sql } from "../runtime/ports.ts";

export interface Known<T> {
  readonly value: T;
  /** When it was read or written, ms. */
  readonly at: number;
}

/** What was looked up outside, each with the time of the look-up. */
export interface KnownStore {
  /** Undefined when it was never written or is no longer of this form: then it is looked up again. */
  get<S extends GenericSchema>(name: string, schema: S): Known<InferOutput<S>> | undefined;
  put(name: string, value: unknown, now: number): void;
  drop(name: string): void;
  /** Names that begin with `prefix`. */
  names(prefix: string): string[];
}

export function knownStore(sql: Sql): KnownStore {
  return {
    get: (name, schema) => {
      const row = sql.exec<{ value_json: string; read_at: number }>(
        "SELECT value_json, read_at FROM known WHERE name = ?",
        name,
      )[0];
      if (!row) return undefined;
      const parsed = safeParse(schema, JSON.parse(row.value_json));
      return parsed.success ? { value: parsed.output, at: row.read_at } : undefined;
    },
    put: (name, value, now) => {
      sql.exec(
        `INSERT INTO known (name, value_json, read_at) VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET value_json = excluded.value_json, read_at = excluded.read_at`,
        name,
        JSON.stringify(value),
        now,
      );
    },
    drop: (name) => {
      sql.exec("DELETE FROM known WHERE name = ?", name);
    },
    names: (prefix) =>
      sql
        .exec<{ name: string }>(
          "SELECT name FROM known WHERE substr(name, 1, ?) = ? ORDER BY name",
          prefix.length,
          prefix,
        )
        .map((row) => row.name),
  };
}
