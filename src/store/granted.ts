import type { Row, Sql } from "../runtime/ports.ts";

/** An access request that was granted, as long as what was read under it may still have to be counted. */
export interface GrantedRow {
  /** Name of the access request. */
  readonly request: string;
  /** Name of the managed application. */
  readonly application: string;
  /** What the application's consumer groups begin with. */
  readonly prefix: string;
  readonly topic: string;
  /** What a metric event says of it, JSON; undefined until it was resolved. */
  readonly ids: string | undefined;
  readonly grantedAt: number;
  /** Its ACLs are gone; undefined while it holds. */
  readonly removedAt: number | undefined;
}

interface SqlGranted extends Row {
  request: string;
  application: string;
  prefix: string;
  topic: string;
  ids_json: string | null;
  granted_at: number;
  removed_at: number | null;
}

const COLUMNS = "request, application, prefix, topic, ids_json, granted_at, removed_at";

export interface GrantedStore {
  /** Grants, or changes what is known of a request; one that was granted before keeps its time. */
  put(row: GrantedRow): void;
  /** Says that a request's ACLs are gone. Does nothing for one that is not here or was removed before. */
  remove(request: string, now: number): void;
  /** Its groups were sampled for the last time. */
  forget(request: string): void;
  get(request: string): GrantedRow | undefined;
  /** What was granted to an application to read a topic. */
  toRead(application: string, topic: string): GrantedRow[];
  all(): GrantedRow[];
}

export function grantedStore(sql: Sql): GrantedStore {
  const select = (tail: string, ...parameters: string[]) =>
    sql.exec<SqlGranted>(`SELECT ${COLUMNS} FROM granted ${tail}`, ...parameters).map(toRow);
  return {
    put: (row) => {
      sql.exec(
        `INSERT INTO granted (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (request) DO UPDATE SET application = excluded.application, prefix = excluded.prefix, topic = excluded.topic,
           ids_json = coalesce(excluded.ids_json, ids_json), removed_at = excluded.removed_at`,
        row.request,
        row.application,
        row.prefix,
        row.topic,
        row.ids ?? null,
        row.grantedAt,
        row.removedAt ?? null,
      );
    },
    remove: (request, now) => {
      sql.exec("UPDATE granted SET removed_at = ? WHERE request = ? AND removed_at IS NULL", now, request);
    },
    forget: (request) => {
      sql.exec("DELETE FROM granted WHERE request = ?", request);
    },
    get: (request) => select("WHERE request = ?", request)[0],
    toRead: (application, topic) => select("WHERE application = ? AND topic = ?", application, topic),
    all: () => select("ORDER BY request"),
  };
}

function toRow(row: SqlGranted): GrantedRow {
  return {
    request: row.request,
    application: row.application,
    prefix: row.prefix,
    topic: row.topic,
    ids: row.ids_json ?? undefined,
    grantedAt: row.granted_at,
    removedAt: row.removed_at ?? undefined,
  };
}
