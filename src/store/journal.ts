import type { Sql } from "../runtime/ports.ts";

export interface AuditEntry {
  readonly id: number;
  readonly at: number;
  /** `worker`, or `operator` for what a person asked for. */
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
}

export interface RunEntry {
  readonly id: number;
  readonly kind: string;
  readonly startedAt: number;
  /** Undefined while it is under way, or when it was cut off. */
  readonly endedAt: number | undefined;
  readonly result: unknown;
}

const KEPT_RUNS = 200;
const KEPT_AUDIT = 5_000;

/** What happened, for the operator. Bounded: the oldest rows go. */
export interface Journal {
  begin(kind: string, now: number): number;
  end(id: number, now: number, result: unknown): void;
  runs(limit: number, before?: number): RunEntry[];
  audit(now: number, actor: string, action: string, subject: string, detail: string): void;
  audits(limit: number, before?: number): AuditEntry[];
}

export function journal(sql: Sql): Journal {
  return {
    begin: (kind, now) => {
      sql.exec("DELETE FROM run WHERE id <= (SELECT max(id) FROM run) - ?", KEPT_RUNS);
      return (
        sql.exec<{ id: number }>("INSERT INTO run (kind, started_at) VALUES (?, ?) RETURNING id", kind, now)[0]?.id ?? 0
      );
    },
    end: (id, now, result) => {
      sql.exec("UPDATE run SET ended_at = ?, result_json = ? WHERE id = ?", now, JSON.stringify(result), id);
    },
    runs: (limit, before) =>
      sql
        .exec<{ id: number; kind: string; started_at: number; ended_at: number | null; result_json: string | null }>(
          "SELECT id, kind, started_at, ended_at, result_json FROM run WHERE id < ? ORDER BY id DESC LIMIT ?",
          before ?? Number.MAX_SAFE_INTEGER,
          limit,
        )
        .map((row) => ({
          id: row.id,
          kind: row.kind,
          startedAt: row.started_at,
          endedAt: row.ended_at ?? undefined,
          result: row.result_json === null ? undefined : (JSON.parse(row.result_json) as unknown),
        })),
    audit: (now, actor, action, subject, detail) => {
      sql.exec(
        "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)",
        now,
        actor,
        action,
        subject,
        detail,
      );
      sql.exec("DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?", KEPT_AUDIT);
    },
    audits: (limit, before) =>
      sql.exec<{ id: number; at: number; actor: string; action: string; subject: string; detail: string }>(
        "SELECT id, at, actor, action, subject, detail FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?",
        before ?? Number.MAX_SAFE_INTEGER,
        limit,
      ),
  };
}
