import type { Sql } from "../runtime/ports.ts";

/**
 * The tables of one connection, as a list of versions: entry n brings a database from version n to n + 1.
 * Entries that were released never change. Rows of the previous version stay readable by the code of the next.
 * Times are ms since the epoch; columns named `…_json` hold what their store module parses on every read.
 */
const VERSIONS: readonly (readonly string[])[] = [
  [
    // What is due. Coalesces hints, orders by lane, backs off; a dead row waits for a person.
    `CREATE TABLE work (
      key TEXT PRIMARY KEY, lane INTEGER NOT NULL, due INTEGER NOT NULL, generation INTEGER NOT NULL,
      attempts INTEGER NOT NULL, dead INTEGER NOT NULL, reason TEXT NOT NULL, error TEXT) STRICT, WITHOUT ROWID`,
    "CREATE INDEX work_by_due ON work (dead, lane, due)",
    // What was looked up and stays true for a while.
    "CREATE TABLE known (name TEXT PRIMARY KEY, value_json TEXT NOT NULL, read_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    // Start times of Amplify requests, written before each; pruned when older than the window.
    "CREATE TABLE budget (id INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT",
    // One row a topic: why it is published or not, what is wanted, and what Amplify holds.
    `CREATE TABLE topic (
      name TEXT PRIMARY KEY, decision TEXT NOT NULL, rule TEXT NOT NULL, error TEXT, partitions INTEGER NOT NULL,
      replication INTEGER NOT NULL, configs_json TEXT NOT NULL, subjects_json TEXT NOT NULL, seen TEXT, wanted_json TEXT,
      published_json TEXT NOT NULL, missing_since INTEGER, flagged INTEGER NOT NULL, held TEXT, changed_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    // The last published document of a topic and one that waits, gzip, in parts.
    `CREATE TABLE document (
      topic TEXT NOT NULL, slot TEXT NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL,
      PRIMARY KEY (topic, slot, part)) STRICT, WITHOUT ROWID`,
    // Immutable schema versions that others refer to, gzip, in parts. The subject carries its context.
    `CREATE TABLE reference (
      subject TEXT NOT NULL, version INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL,
      PRIMARY KEY (subject, version, part)) STRICT, WITHOUT ROWID`,
    // AES-256-GCM under a key derived from the Amplify client's secret; useless without the Worker's secrets.
    `CREATE TABLE sealed (
      kind TEXT NOT NULL, key TEXT NOT NULL, bytes BLOB NOT NULL, expires_at INTEGER NOT NULL,
      PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID`,
    // Pages of a verification under way: what Amplify lists, in short. Emptied when it ends.
    `CREATE TABLE listing (
      kind TEXT NOT NULL, name TEXT NOT NULL, value_json TEXT NOT NULL, PRIMARY KEY (kind, name)) STRICT, WITHOUT ROWID`,
    `CREATE TABLE run (
      id INTEGER PRIMARY KEY, kind TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER, result_json TEXT) STRICT`,
    `CREATE TABLE audit (
      id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
      detail TEXT NOT NULL) STRICT`,
  ],
  [
    // Managed applications, access requests and credentials: as last read, and what we made for them.
    `CREATE TABLE grants (
      kind TEXT NOT NULL, name TEXT NOT NULL, application TEXT, dirty INTEGER NOT NULL, seen_json TEXT,
      record_json TEXT NOT NULL, changed_at INTEGER NOT NULL, PRIMARY KEY (kind, name)) STRICT, WITHOUT ROWID`,
    "CREATE INDEX grants_by_application ON grants (application)",
    // Written before every call that is not idempotent, removed when its result is recorded.
    "CREATE TABLE intent (key TEXT PRIMARY KEY, what TEXT NOT NULL, begun_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    // Events that our own writes will cause; each is awaited once.
    `CREATE TABLE echo (
      id INTEGER PRIMARY KEY, link TEXT NOT NULL, type TEXT NOT NULL, subresource TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT`,
  ],
  [
    // Consumer groups of our applications, as last listed. Written only when something about one changed.
    `CREATE TABLE consumer_group (
      name TEXT PRIMARY KEY, application TEXT NOT NULL, state TEXT NOT NULL, type TEXT NOT NULL, first_seen INTEGER NOT NULL,
      samples INTEGER NOT NULL, absent INTEGER NOT NULL, commits INTEGER NOT NULL, stale_since INTEGER, problem TEXT
    ) STRICT, WITHOUT ROWID`,
    // What was counted up to: committed offsets of all partitions of a (group, topic, epoch), offsets as text.
    `CREATE TABLE checkpoint (
      consumer_group TEXT NOT NULL, topic TEXT NOT NULL, epoch INTEGER NOT NULL, generation INTEGER NOT NULL,
      partitions_json TEXT NOT NULL, partition_count INTEGER, read_at INTEGER NOT NULL, moved_at INTEGER, first_seen INTEGER NOT NULL,
      points_json TEXT NOT NULL, PRIMARY KEY (consumer_group, topic)) STRICT, WITHOUT ROWID`,
    "CREATE INDEX checkpoint_by_topic ON checkpoint (topic)",
    // The same where only lags and produced records are known: where the last window of a (group, topic) ended.
    `CREATE TABLE tile (
      consumer_group TEXT NOT NULL, topic TEXT NOT NULL, generation INTEGER NOT NULL, minute INTEGER NOT NULL, produced TEXT NOT NULL,
      carry TEXT NOT NULL, again TEXT NOT NULL, lags_json TEXT NOT NULL, moved_at INTEGER, first_seen INTEGER NOT NULL,
      points_json TEXT NOT NULL, PRIMARY KEY (consumer_group, topic)) STRICT, WITHOUT ROWID`,
    // Records produced to a topic since we began to look, and those of the last minutes, which may still be corrected.
    `CREATE TABLE production (
      topic TEXT PRIMARY KEY, total TEXT NOT NULL, recent_json TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    // Groups that the round of sampling under way has still to look at, in parts.
    "CREATE TABLE sampling (part INTEGER PRIMARY KEY, groups_json TEXT NOT NULL) STRICT",
    // Pages of the Metrics API that were read before a look at it had to wait; `ask` counts the questions of that look.
    "CREATE TABLE metrics_page (id INTEGER PRIMARY KEY, ask INTEGER NOT NULL, points_json TEXT NOT NULL) STRICT",
    // Access requests that were granted, with what a metric event says of each; kept until their groups were sampled last.
    `CREATE TABLE granted (
      request TEXT PRIMARY KEY, application TEXT NOT NULL, prefix TEXT NOT NULL, topic TEXT NOT NULL, ids_json TEXT,
      granted_at INTEGER NOT NULL, removed_at INTEGER) STRICT, WITHOUT ROWID`,
    // What was counted: one open row an (application, topic, request), which the report closes; request '' for nobody's.
    `CREATE TABLE consumption (
      id INTEGER PRIMARY KEY, application TEXT NOT NULL, topic TEXT NOT NULL, request TEXT NOT NULL, started_at INTEGER NOT NULL,
      ended_at INTEGER NOT NULL, messages TEXT NOT NULL, reread TEXT NOT NULL, skipped TEXT NOT NULL, quality TEXT NOT NULL,
      reasons_json TEXT NOT NULL, closed_at INTEGER, event TEXT, accepted_at INTEGER) STRICT`,
    "CREATE UNIQUE INDEX consumption_open ON consumption (application, topic, request) WHERE closed_at IS NULL",
    "CREATE INDEX consumption_by_end ON consumption (application, topic, request, ended_at)",
    "CREATE INDEX consumption_by_event ON consumption (event)",
    // Metric events until ingestion has accepted them: id, time and body never change.
    `CREATE TABLE outbox (
      id TEXT PRIMARY KEY, made_at INTEGER NOT NULL, timestamp INTEGER NOT NULL, messages TEXT NOT NULL, body TEXT NOT NULL,
      due INTEGER NOT NULL, error TEXT) STRICT, WITHOUT ROWID`,
    "CREATE INDEX outbox_by_due ON outbox (due, made_at)",
  ],
];

export type SchemaState =
  | { readonly kind: "ready" }
  /** The database was written by a newer version of this code: read and report, write nothing. */
  | { readonly kind: "newer"; readonly version: number };

/** Brings the database to this code's version, all steps of a version at once. Does nothing when it is there already. */
export function migrate(sql: Sql): SchemaState {
  sql.exec(
    "CREATE TABLE IF NOT EXISTS schema_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL)",
  );
  const current = sql.exec<{ version: number }>("SELECT version FROM schema_version")[0]?.version ?? 0;
  if (current > VERSIONS.length) return { kind: "newer", version: current };
  for (const [index, statements] of VERSIONS.entries()) {
    if (index < current) continue;
    sql.transaction(() => {
      for (const statement of statements) sql.exec(statement);
      sql.exec(
        "INSERT INTO schema_version VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version",
        index + 1,
      );
    });
  }
  return { kind: "ready" };
}
