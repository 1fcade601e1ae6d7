import * as v from "valibot";
import type { Sql } from "../runtime/ports.ts";
import { OffsetText } from "./points.ts";

/** Records produced to a topic, since we began to look. */
export interface Production {
  /** Through the last minute that was looked at. */
  readonly total: bigint;
  /** Of them, those of the last minutes, by the beginning of the minute, ms: they may still be corrected. */
  readonly recent: ReadonlyMap<number, bigint>;
}

export interface ProductionStore {
  get(topic: string): Production | undefined;
  put(topic: string, production: Production): void;
  topics(): string[];
  remove(topic: string): void;
  clear(): void;
}

const Recent = v.array(v.tuple([v.number(), OffsetText]));

export function productionStore(sql: Sql): ProductionStore {
  return {
    get: (topic) => {
      const row = sql.exec<{ total: string; recent_json: string }>(
        "SELECT total, recent_json FROM production WHERE topic = ?",
        topic,
      )[0];
      return (
        row && {
          total: v.parse(OffsetText, row.total),
          recent: new Map(v.parse(Recent, JSON.parse(row.recent_json))),
        }
      );
    },
    put: (topic, { total, recent }) => {
      sql.exec(
        "INSERT OR REPLACE INTO production (topic, total, recent_json) VALUES (?, ?, ?)",
        topic,
        total.toString(),
        JSON.stringify([...recent].map(([minute, count]) => [minute, count.toString()])),
      );
    },
    topics: () => sql.exec<{ topic: string }>("SELECT topic FROM production ORDER BY topic").map(({ topic }) => topic),
    remove: (topic) => {
      sql.exec("DELETE FROM production WHERE topic = ?", topic);
    },
    clear: () => {
      sql.exec("DELETE FROM production");
    },
  };
}
