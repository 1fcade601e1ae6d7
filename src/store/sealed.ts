import type { Sql } from "../runtime/ports.ts";

/** Sealed bytes by (kind, key); opening them is `amplify/sealing.ts`. */
export interface SealedStore {
  put(kind: string, key: string, bytes: Uint8Array, expiresAt: number): void;
  /** Undefined when there is none or it has expired. */
  get(kind: string, key: string, now: number): Uint8Array | undefined;
  drop(kind: string, key: string): void;
  /** Forgets what has expired. */
  prune(now: number): void;
}

export function sealedStore(sql: Sql): SealedStore {
  return {
    put: (kind, key, bytes, expiresAt) => {
      sql.exec(
        "INSERT OR REPLACE INTO sealed (kind, key, bytes, expires_at) VALUES (?, ?, ?, ?)",
        kind,
        key,
        bytes,
        expiresAt,
      );
    },
    get: (kind, key, now) =>
      sql.exec<{ bytes: Uint8Array }>(
        "SELECT bytes FROM sealed WHERE kind = ? AND key = ? AND expires_at > ?",
        kind,
        key,
        now,
      )[0]?.bytes,
    drop: (kind, key) => {
      sql.exec("DELETE FROM sealed WHERE kind = ? AND key = ?", kind, key);
    },
    prune: (now) => {
      sql.exec("DELETE FROM sealed WHERE expires_at <= ?", now);
    },
  };
}
