import * as v from "valibot";
import type { Sql } from "../runtime/ports.ts";

const ListedSchema = v.object({ name: v.string(), state: v.string(), type: v.string(), application: v.string() });
/** A group as the listing of a round showed it. */
export type ListedGroup = v.InferOutput<typeof ListedSchema>;

/** What the round of sampling under way has still to look at, so that it goes on where a wake ended. */
export interface SamplingStore {
  /** Begins a round. */
  put(parts: readonly (readonly ListedGroup[])[]): void;
  /** The next part; undefined when the round is over. */
  next(): { readonly part: number; readonly groups: readonly ListedGroup[] } | undefined;
  done(part: number): void;
  clear(): void;
}

export function samplingStore(sql: Sql): SamplingStore {
  const clear = () => {
    sql.exec("DELETE FROM sampling");
  };
  return {
    put: (parts) => {
      clear();
      for (const [index, groups] of parts.entries())
        sql.exec("INSERT INTO sampling (part, groups_json) VALUES (?, ?)", index + 1, JSON.stringify(groups));
    },
    next: () => {
      const row = sql.exec<{ part: number; groups_json: string }>(
        "SELECT part, groups_json FROM sampling ORDER BY part LIMIT 1",
      )[0];
      return row && { part: row.part, groups: v.parse(v.array(ListedSchema), JSON.parse(row.groups_json)) };
    },
    done: (part) => {
      sql.exec("DELETE FROM sampling WHERE part = ?", part);
    },
    clear,
  };
}
