import type { Sql } from "../runtime/ports.ts";

/** "About to create this, begun then": written before a call that must not be made twice, removed when its result is recorded. */
export interface Intent {
  readonly key: string;
  readonly what: string;
  readonly begunAt: number;
}

export interface IntentStore {
  begin(key: string, what: string, now: number): void;
  get(key: string): Intent | undefined;
  end(key: string): void;
}

export function intentStore(sql: Sql): IntentStore {
  return {
    begin: (key, what, now) => {
      sql.exec("INSERT OR REPLACE INTO intent (key, what, begun_at) VALUES (?, ?, ?)", key, what, now);
    },
    get: (key) =>
      sql
        .exec<{ key: string; what: string; begun_at: number }>(
          "SELECT key, what, begun_at FROM intent WHERE key = ?",
          key,
        )
        .map((row) => ({ key: row.key, what: row.what, begunAt: row.begun_at }))[0],
    end: (key) => {
      sql.exec("DELETE FROM intent WHERE key = ?", key);
    },
  };
}
