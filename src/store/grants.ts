import type { Row, Sql } from "../runtime/ports.ts";

export type GrantKind = "application" | "access" | "credential";

/** One managed application, access request or credential. */
export interface GrantRow {
  readonly kind: GrantKind;
  readonly name: string;
  /** The managed application's name; undefined until the resource was read, where its event did not say. */
  readonly application: string | undefined;
  /** Something happened to it: it must be read before anything is decided. */
  readonly dirty: boolean;
  /** The resource as last read, JSON; undefined before that, and when it is gone. */
  readonly seen: string | undefined;
  /** What we made for it, JSON; its form is that of `provisioning/record.ts`. */
  readonly record: string;
  readonly changedAt: number;
}

interface SqlGrant extends Row {
  kind: GrantKind;
  name: string;
  application: string | null;
  dirty: number;
  seen_json: string | null;
  record_json: string;
  changed_at: number;
}

const COLUMNS = "kind, name, application, dirty, seen_json, record_json, changed_at";

export interface GrantStore {
  /** Says that something happened to a resource; makes its row if it has none. */
  hint(kind: GrantKind, name: string, application: string | undefined, now: number): void;
  put(row: GrantRow): void;
  get(kind: GrantKind, name: string): GrantRow | undefined;
  ofApplication(application: string): GrantRow[];
  /** Names of applications that there are rows of, by name; `after`: the last of the page before. */
  applications(options: { readonly limit: number; readonly after?: string | undefined }): string[];
  /** Rows of this name, of any kind. */
  named(name: string): GrantRow[];
  /** Rows whose application is not known yet. */
  unassigned(): GrantRow[];
  all(): GrantRow[];
  remove(kind: GrantKind, name: string): void;
}

export function grantStore(sql: Sql): GrantStore {
  const select = (tail: string, ...parameters: string[]) =>
    sql.exec<SqlGrant>(`SELECT ${COLUMNS} FROM grants ${tail}`, ...parameters).map(toRow);
  return {
    hint: (kind, name, application, now) => {
      sql.exec(
        `INSERT INTO grants (${COLUMNS}) VALUES (?, ?, ?, 1, NULL, '{}', ?)
         ON CONFLICT (kind, name) DO UPDATE SET dirty = 1, application = coalesce(excluded.application, application)`,
        kind,
        name,
        application ?? null,
        now,
      );
    },
    put: (row) => {
      sql.exec(
        `INSERT OR REPLACE INTO grants (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        row.kind,
        row.name,
        row.application ?? null,
        row.dirty ? 1 : 0,
        row.seen ?? null,
        row.record,
        row.changedAt,
      );
    },
    get: (kind, name) => select("WHERE kind = ? AND name = ?", kind, name)[0],
    ofApplication: (application) => select("WHERE application = ? ORDER BY kind, name", application),
    applications: ({ limit, after }) =>
      sql
        .exec<{ application: string }>(
          "SELECT DISTINCT application FROM grants WHERE application > ? ORDER BY application LIMIT ?",
          after ?? "",
          limit,
        )
        .map(({ application }) => application),
    named: (name) => select("WHERE name = ? ORDER BY kind", name),
    unassigned: () => select("WHERE application IS NULL ORDER BY kind, name"),
    all: () => select("ORDER BY kind, name"),
    remove: (kind, name) => {
      sql.exec("DELETE FROM grants WHERE kind = ? AND name = ?", kind, name);
    },
  };
}

function toRow(row: SqlGrant): GrantRow {
  return {
    kind: row.kind,
    name: row.name,
    application: row.application ?? undefined,
    dirty: row.dirty === 1,
    seen: row.seen_json ?? undefined,
    record: row.record_json,
    changedAt: row.changed_at,
  };
}
