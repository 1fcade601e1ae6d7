import type { Sql } from "../runtime/ports.ts";

/** Who goes first. The order is the priority. */
export const LANES = ["provisioning", "status", "events", "discovery", "badges"] as const;
export type Lane = (typeof LANES)[number];

/**
 * Where the run of discovery waits: it asks Amplify nothing, so it neither waits behind the topics of an import nor for
 * their share of the request budget.
 */
export const DISCOVERY_LANE: Lane = "events";

export interface WorkItem {
  readonly key: string;
  readonly lane: Lane;
  /** ms since the epoch; in the past when overdue. */
  readonly due: number;
  /** Grows with every hint, so that a hint during the work is not lost with it. */
  readonly generation: number;
  readonly attempts: number;
  /** Attempts ran out or trying again is pointless: a person redrives it. */
  readonly dead: boolean;
  /** What put it on the list, or what it waits for. */
  readonly reason: string;
  readonly error: string | undefined;
}

interface WorkRow extends Record<string, string | number | null> {
  key: string;
  lane: number;
  due: number;
  generation: number;
  attempts: number;
  dead: number;
  reason: string;
  error: string | null;
}

const COLUMNS = "key, lane, due, generation, attempts, dead, reason, error";

/** The list of keys that are due. Every method is one statement, so it is atomic on both runtimes. */
export interface WorkStore {
  /** Puts the key on the list, or moves it forward. A hint is news: it brings a dead item back to life. */
  hint(key: string, lane: Lane, due: number, reason: string): void;
  /** As `hint`, but leaves a key that is on the list as it is, dead or alive. */
  ensure(key: string, lane: Lane, due: number, reason: string): void;
  /** The first item due at `now` of the lanes that are open; undefined when there is none. */
  next(now: number, open: readonly Lane[]): WorkItem | undefined;
  /** The work of this generation is done. A newer hint keeps the item, due at once. */
  done(item: WorkItem): void;
  /** The work of this generation is done until `at`. */
  again(item: WorkItem, at: number, reason: string): void;
  /** A planned wait: neither an attempt nor an error. */
  postpone(item: WorkItem, until: number, reason: string): void;
  /** The work failed; `retryAt` undefined means that it is dead, unless a newer hint asks for it. */
  fail(item: WorkItem, error: string, retryAt: number | undefined): void;
  /** Brings a dead item back, due now. False when no such item is dead. */
  redrive(key: string, now: number): boolean;
  remove(key: string): void;
  get(key: string): WorkItem | undefined;
  /** When the next item of these lanes is due; undefined when nothing waits. */
  nextDue(lanes: readonly Lane[]): number | undefined;
  /** By key; `after` is the last key of the page before. */
  list(options: { readonly limit: number; readonly after?: string | undefined }): WorkItem[];
  counts(): { readonly waiting: number; readonly dead: number };
  /** Every lane, also without items. */
  countsByLane(): ReadonlyMap<Lane, { readonly waiting: number; readonly dead: number }>;
}

export function workStore(sql: Sql): WorkStore {
  const put = (key: string, lane: Lane, due: number, reason: string, onConflict: string) =>
    sql.exec(
      `INSERT INTO work (${COLUMNS}) VALUES (?, ?, ?, 1, 0, 0, ?, NULL) ON CONFLICT (key) DO ${onConflict}`,
      key,
      LANES.indexOf(lane),
      Math.ceil(due),
      reason,
    );
  const select = (where: string, ...parameters: (string | number)[]) =>
    sql.exec<WorkRow>(`SELECT ${COLUMNS} FROM work ${where}`, ...parameters).map(toItem);
  const numbers = (lanes: readonly Lane[]) => JSON.stringify(lanes.map((lane) => LANES.indexOf(lane)));

  return {
    hint: (key, lane, due, reason) => {
      put(
        key,
        lane,
        due,
        reason,
        `UPDATE SET generation = generation + 1, reason = excluded.reason, lane = min(lane, excluded.lane),
         due = CASE WHEN dead THEN excluded.due ELSE min(due, excluded.due) END,
         attempts = CASE WHEN dead THEN 0 ELSE attempts END, dead = 0`,
      );
    },
    ensure: (key, lane, due, reason) => {
      put(key, lane, due, reason, "NOTHING");
    },
    next: (now, open) =>
      select(
        "WHERE dead = 0 AND due <= ? AND lane IN (SELECT value FROM json_each(?)) ORDER BY lane, due, key LIMIT 1",
        now,
        numbers(open),
      )[0],
    done: (item) => {
      sql.exec("DELETE FROM work WHERE key = ? AND generation = ?", item.key, item.generation);
      sql.exec("UPDATE work SET attempts = 0, error = NULL WHERE key = ?", item.key);
    },
    again: (item, at, reason) => {
      sql.exec(
        `UPDATE work SET attempts = 0, error = NULL, due = CASE WHEN generation = ? THEN ? ELSE due END,
         reason = CASE WHEN generation = ? THEN ? ELSE reason END WHERE key = ?`,
        item.generation,
        Math.ceil(at),
        item.generation,
        reason,
        item.key,
      );
    },
    postpone: (item, until, reason) => {
      sql.exec("UPDATE work SET due = ?, reason = ? WHERE key = ?", Math.ceil(until), reason, item.key);
    },
    fail: (item, error, retryAt) => {
      const isDead = retryAt === undefined ? 1 : 0;
      sql.exec(
        `UPDATE work SET error = ?, due = ?, dead = CASE WHEN generation = ? THEN ? ELSE 0 END,
         attempts = CASE WHEN generation <> ? AND ? THEN 0 ELSE attempts + 1 END WHERE key = ?`,
        error,
        Math.ceil(retryAt ?? item.due),
        item.generation,
        isDead,
        item.generation,
        isDead,
        item.key,
      );
    },
    redrive: (key, now) =>
      sql.exec(
        `UPDATE work SET dead = 0, attempts = 0, due = ?, generation = generation + 1, reason = 'redriven by a person'
         WHERE key = ? AND dead = 1 RETURNING key`,
        now,
        key,
      ).length > 0,
    remove: (key) => {
      sql.exec("DELETE FROM work WHERE key = ?", key);
    },
    get: (key) => select("WHERE key = ?", key)[0],
    nextDue: (lanes) =>
      sql.exec<{ due: number | null }>(
        "SELECT min(due) AS due FROM work WHERE dead = 0 AND lane IN (SELECT value FROM json_each(?))",
        numbers(lanes),
      )[0]?.due ?? undefined,
    list: ({ limit, after }) => select("WHERE key > ? ORDER BY key LIMIT ?", after ?? "", limit),
    counts: () => {
      const row = sql.exec<{ waiting: number; dead: number }>(
        "SELECT count(*) FILTER (WHERE dead = 0) AS waiting, count(*) FILTER (WHERE dead = 1) AS dead FROM work",
      )[0];
      return { waiting: row?.waiting ?? 0, dead: row?.dead ?? 0 };
    },
    countsByLane: () => {
      const rows = sql.exec<{ lane: number; waiting: number; dead: number }>(
        "SELECT lane, count(*) FILTER (WHERE dead = 0) AS waiting, count(*) FILTER (WHERE dead = 1) AS dead FROM work GROUP BY lane",
      );
      const found = new Map(rows.map(({ lane, waiting, dead }) => [LANES[lane] ?? "badges", { waiting, dead }]));
      return new Map(LANES.map((lane) => [lane, found.get(lane) ?? { waiting: 0, dead: 0 }]));
    },
  };
}

function toItem(row: WorkRow): WorkItem {
  return {
    key: row.key,
    lane: LANES[row.lane] ?? "badges",
    due: row.due,
    generation: row.generation,
    attempts: row.attempts,
    dead: row.dead === 1,
    reason: row.reason,
    error: row.error ?? undefined,
  };
}
