import * as v from "valibot";
import type { Row, Sql } from "../runtime/ports.ts";
import { OffsetText } from "./points.ts";

/** What an application read of a topic in one window. */
export interface ConsumptionRow {
  readonly id: number;
  readonly application: string;
  readonly topic: string;
  /** The access request that it counts for; empty where none explains it. */
  readonly request: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly messages: bigint;
  /** Of them, or beside them, read before. */
  readonly reread: bigint;
  /** Taken by retention before they were read; never in `messages`. */
  readonly skipped: bigint;
  readonly quality: string;
  readonly reasons: readonly string[];
  /** Undefined while the window is open. */
  readonly closedAt: number | undefined;
  /** Id of the metric event that reports it; undefined where none does. */
  readonly event: string | undefined;
  /** When ingestion accepted the event. */
  readonly acceptedAt: number | undefined;
}

export type Consumed = Omit<ConsumptionRow, "id" | "closedAt" | "event" | "acceptedAt">;

interface SqlConsumption extends Row {
  id: number;
  application: string;
  topic: string;
  request: string;
  started_at: number;
  ended_at: number;
  messages: string;
  reread: string;
  skipped: string;
  quality: string;
  reasons_json: string;
  closed_at: number | null;
  event: string | null;
  accepted_at: number | null;
}

const VALUES =
  "application, topic, request, started_at, ended_at, messages, reread, skipped, quality, reasons_json, closed_at, event, accepted_at";
const DAY_MS = 24 * 60 * 60 * 1000;
/** Windows are kept one by one for so long, then one row a day, until they go. */
const KEPT_APART_MS = 14 * DAY_MS;
const KEPT_MS = 400 * DAY_MS;
/** Rows that one pass of thinning looks at, so that no statement becomes too long. */
const MOST_THINNED = 500;

export interface ConsumptionQuery {
  readonly limit: number;
  /** Id of the last row of the page before. */
  readonly before?: number | undefined;
  readonly application?: string | undefined;
  readonly topic?: string | undefined;
  /** Windows that reach into the time from here, ms … */
  readonly from?: number | undefined;
  /** … to here, which is not part of it. */
  readonly to?: number | undefined;
}

export interface ConsumptionStore {
  /** The open row of what an application reads of a topic for a request. */
  open(application: string, topic: string, request: string): ConsumptionRow | undefined;
  /** Makes the open row, or replaces what it says. */
  putOpen(row: Consumed): void;
  allOpen(): ConsumptionRow[];
  /** The window is over; `event` is the one that reports it. False when the row changed since it was read. */
  close(row: ConsumptionRow, now: number, event: string | undefined): boolean;
  accept(event: string, now: number): void;
  /** The event was given up. */
  drop(event: string): void;
  /** Messages of windows that were closed after `from`, and not after `to`; what no request explains is not among them. */
  closedBetween(from: number, to: number): bigint;
  /** Newest first. */
  list(query: ConsumptionQuery): ConsumptionRow[];
  /** Windows whose event was given up, as far as they are kept. */
  unreported(): number;
  /** Folds old windows into one row a day and drops what is too old; what waits to be accepted stays as it is. */
  thin(now: number, fold: (one: Consumed, other: Consumed) => Consumed): void;
}

export function consumptionStore(sql: Sql): ConsumptionStore {
  const select = (tail: string, ...parameters: (string | number)[]) =>
    sql.exec<SqlConsumption>(`SELECT id, ${VALUES} FROM consumption ${tail}`, ...parameters).map(toRow);
  const insert = (row: Consumed, closedAt: number | null, event: string | null, acceptedAt: number | null) =>
    sql.exec(
      `INSERT INTO consumption (${VALUES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.application,
      row.topic,
      row.request,
      ...numbersOf(row),
      closedAt,
      event,
      acceptedAt,
    );
  const update = (id: number, row: Consumed) =>
    sql.exec(
      `UPDATE consumption SET started_at = ?, ended_at = ?, messages = ?, reread = ?, skipped = ?, quality = ?, reasons_json = ?
       WHERE id = ?`,
      ...numbersOf(row),
      id,
    );
  const open = (application: string, topic: string, request: string) =>
    select("WHERE application = ? AND topic = ? AND request = ? AND closed_at IS NULL", application, topic, request)[0];

  return {
    open,
    putOpen: (row) => {
      const known = open(row.application, row.topic, row.request);
      if (known) update(known.id, row);
      else insert(row, null, null, null);
    },
    allOpen: () => select("WHERE closed_at IS NULL ORDER BY application, topic, request"),
    close: (row, now, event) =>
      sql.exec(
        `UPDATE consumption SET closed_at = ?, event = ? WHERE id = ? AND closed_at IS NULL AND messages = ? AND ended_at = ?
         RETURNING id`,
        now,
        event ?? null,
        row.id,
        row.messages.toString(),
        row.endedAt,
      ).length > 0,
    accept: (event, now) => {
      sql.exec("UPDATE consumption SET accepted_at = ? WHERE event = ?", now, event);
    },
    closedBetween: (from, to) =>
      sql
        .exec<{ messages: string }>(
          "SELECT messages FROM consumption WHERE closed_at > ? AND closed_at <= ? AND request <> ''",
          from,
          to,
        )
        .reduce((sum, { messages }) => sum + v.parse(OffsetText, messages), 0n),
    drop: (event) => {
      sql.exec(
        "UPDATE consumption SET event = NULL, reasons_json = json_insert(reasons_json, '$[#]', 'not-reported') WHERE event = ?",
        event,
      );
    },
    list: ({ limit, before, application, topic, from, to }) =>
      select(
        `WHERE id < ? AND (? = '' OR application = ?) AND (? = '' OR topic = ?) AND max(ended_at - 1, started_at) >= ? AND started_at < ?
         ORDER BY id DESC LIMIT ?`,
        before ?? Number.MAX_SAFE_INTEGER,
        application ?? "",
        application ?? "",
        topic ?? "",
        topic ?? "",
        from ?? 0,
        to ?? Number.MAX_SAFE_INTEGER,
        limit,
      ),
    unreported: () =>
      sql.exec<{ count: number }>(
        "SELECT count(*) AS count FROM consumption WHERE EXISTS (SELECT 1 FROM json_each(reasons_json) WHERE value = 'not-reported')",
      )[0]?.count ?? 0,
    thin: (now, fold) => {
      const settled = "closed_at IS NOT NULL AND (event IS NULL OR accepted_at IS NOT NULL)";
      sql.exec(`DELETE FROM consumption WHERE ended_at < ? AND ${settled}`, now - KEPT_MS);
      const old = select(
        `WHERE ended_at < ? AND ${settled} AND EXISTS (
           SELECT 1 FROM consumption AS other WHERE other.id <> consumption.id AND other.application = consumption.application
             AND other.topic = consumption.topic AND other.request = consumption.request
             AND other.ended_at / ${DAY_MS} = consumption.ended_at / ${DAY_MS} AND other.ended_at < ?
             AND other.closed_at IS NOT NULL AND (other.event IS NULL OR other.accepted_at IS NOT NULL))
         ORDER BY ended_at, id LIMIT ${MOST_THINNED}`,
        now - KEPT_APART_MS,
        now - KEPT_APART_MS,
      );
      for (const rows of byDay(old)) {
        const [first, ...rest] = rows;
        if (!first || rest.length === 0) continue;
        sql.transaction(() => {
          update(first.id, rest.reduce<Consumed>(fold, first));
          for (const { id } of rest) sql.exec("DELETE FROM consumption WHERE id = ?", id);
        });
      }
    },
  };
}

function byDay(rows: readonly ConsumptionRow[]): ConsumptionRow[][] {
  const days = new Map<string, ConsumptionRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.application, row.topic, row.request, Math.floor(row.endedAt / DAY_MS)]);
    days.set(key, [...(days.get(key) ?? []), row]);
  }
  return [...days.values()];
}

function numbersOf(row: Consumed): (string | number)[] {
  return [
    row.startedAt,
    row.endedAt,
    row.messages.toString(),
    row.reread.toString(),
    row.skipped.toString(),
    row.quality,
    JSON.stringify(row.reasons),
  ];
}

const Reasons = v.array(v.string());

function toRow(row: SqlConsumption): ConsumptionRow {
  return {
    id: row.id,
    application: row.application,
    topic: row.topic,
    request: row.request,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    messages: v.parse(OffsetText, row.messages),
    reread: v.parse(OffsetText, row.reread),
    skipped: v.parse(OffsetText, row.skipped),
    quality: row.quality,
    reasons: v.parse(Reasons, JSON.parse(row.reasons_json)),
    closedAt: row.closed_at ?? undefined,
    event: row.event ?? undefined,
    acceptedAt: row.accepted_at ?? undefined,
  };
}
