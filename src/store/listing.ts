import * as v from "valibot";
import type { Sql } from "../runtime/ports.ts";

const EntrySchema = v.object({
  name: v.string(),
  /** `metadata.id` */
  id: v.optional(v.string()),
  title: v.string(),
  version: v.string(),
  /** `x-agent-details.externalAPIID`, undefined on resources that no agent made. */
  externalApiId: v.optional(v.string()),
  /** Fingerprint of title, tags, owner and spec as listed, comparable with what we would write. */
  body: v.string(),
  /** Fingerprint of `x-agent-details`. */
  details: v.string(),
  /** It bears the data plane badge. */
  source: v.boolean(),
  /** Instances only: `host:port` of each endpoint, and the revision that it shows. */
  endpoints: v.optional(v.array(v.string()), []),
  revision: v.optional(v.string()),
});
/** What a verification remembers of one listed resource. */
export type ListedResource = v.InferOutput<typeof EntrySchema>;
export type ListedKind = "service" | "instance";

/** Pages of a verification under way, so that one that has to wait goes on where it was. */
export interface ListingStore {
  add(kind: ListedKind, entries: readonly ListedResource[]): void;
  all(kind: ListedKind): ListedResource[];
  clear(): void;
}

export function listingStore(sql: Sql): ListingStore {
  return {
    add: (kind, entries) => {
      for (const entry of entries) {
        sql.exec(
          "INSERT OR REPLACE INTO listing (kind, name, value_json) VALUES (?, ?, ?)",
          kind,
          entry.name,
          JSON.stringify(entry),
        );
      }
    },
    all: (kind) =>
      sql
        .exec<{ value_json: string }>("SELECT value_json FROM listing WHERE kind = ? ORDER BY name", kind)
        .map((row) => v.parse(EntrySchema, JSON.parse(row.value_json))),
    clear: () => {
      sql.exec("DELETE FROM listing");
    },
  };
}
