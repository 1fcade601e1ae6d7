import type { Row, Sql } from "../runtime/ports.ts";

/** A consumer group of one of our applications, as last listed and sampled. */
export interface GroupRow {
  readonly name: string;
  /** The managed application whose prefix it bears. */
  readonly application: string;
  /** As Kafka names it; EMPTY, STABLE, … */
  readonly state: string;
  /** As Kafka names it: CLASSIC, CONSUMER, SHARE, STREAMS; UNKNOWN where the server does not say. */
  readonly type: string;
  readonly firstSeenAt: number;
  /** Samples that went well, counted to 2. */
  readonly samples: number;
  /** Complete listings in a row that did not show it, counted to 2: then it is gone. */
  readonly absent: number;
  /** Its last good sample showed commits. */
  readonly hasCommits: boolean;
  /** Its last good sample, where a later one failed; undefined when the latest went well. */
  readonly staleSince: number | undefined;
  /** Why it could not be sampled, in words. */
  readonly problem: string | undefined;
}

interface SqlGroup extends Row {
  name: string;
  application: string;
  state: string;
  type: string;
  first_seen: number;
  samples: number;
  absent: number;
  commits: number;
  stale_since: number | null;
  problem: string | null;
}

const COLUMNS = "name, application, state, type, first_seen, samples, absent, commits, stale_since, problem";

export interface GroupStore {
  get(name: string): GroupRow | undefined;
  /** Writes nothing when the row is the same already. */
  put(row: GroupRow): void;
  all(): GroupRow[];
  count(): number;
  /** Those that could not be read the last time. */
  countFailing(): number;
  /** By name; `after` is the last name of the page before. */
  list(options: { readonly limit: number; readonly after?: string | undefined }): GroupRow[];
  ofApplication(application: string): GroupRow[];
  remove(name: string): void;
}

export function groupStore(sql: Sql): GroupStore {
  const select = (tail: string, ...parameters: (string | number)[]) =>
    sql.exec<SqlGroup>(`SELECT ${COLUMNS} FROM consumer_group ${tail}`, ...parameters).map(toRow);
  const get = (name: string) => select("WHERE name = ?", name)[0];
  return {
    get,
    put: (row) => {
      const known = get(row.name);
      if (known && isSame(known, row)) return;
      sql.exec(
        `INSERT OR REPLACE INTO consumer_group (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        row.name,
        row.application,
        row.state,
        row.type,
        row.firstSeenAt,
        row.samples,
        row.absent,
        row.hasCommits ? 1 : 0,
        row.staleSince ?? null,
        row.problem ?? null,
      );
    },
    all: () => select("ORDER BY name"),
    count: () => sql.exec<{ count: number }>("SELECT count(*) AS count FROM consumer_group")[0]?.count ?? 0,
    countFailing: () =>
      sql.exec<{ count: number }>("SELECT count(*) AS count FROM consumer_group WHERE problem IS NOT NULL")[0]?.count ??
      0,
    list: ({ limit, after }) => select("WHERE name > ? ORDER BY name LIMIT ?", after ?? "", limit),
    ofApplication: (application) => select("WHERE application = ? ORDER BY name", application),
    remove: (name) => {
      sql.exec("DELETE FROM consumer_group WHERE name = ?", name);
    },
  };
}

function isSame(one: GroupRow, other: GroupRow): boolean {
  return (
    one.application === other.application &&
    one.state === other.state &&
    one.type === other.type &&
    one.samples === other.samples &&
    one.absent === other.absent &&
    one.hasCommits === other.hasCommits &&
    one.staleSince === other.staleSince &&
    one.problem === other.problem
  );
}

function toRow(row: SqlGroup): GroupRow {
  return {
    name: row.name,
    application: row.application,
    state: row.state,
    type: row.type,
    firstSeenAt: row.first_seen,
    samples: row.samples,
    absent: row.absent,
    hasCommits: row.commits === 1,
    staleSince: row.stale_since ?? undefined,
    problem: row.problem ?? undefined,
  };
}
