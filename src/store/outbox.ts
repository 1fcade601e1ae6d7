import * as v from "valibot";
import type { Row, Sql } from "../runtime/ports.ts";
import { OffsetText } from "./points.ts";

/** A metric event on its way. Id, timestamp and body are as in the first attempt, for ever. */
export interface OutboxRow {
  readonly id: string;
  readonly madeAt: number;
  /** Start of the window, ms. */
  readonly timestamp: number;
  readonly messages: bigint;
  /** The event, JSON. */
  readonly body: string;
  /** When it may be sent, ms. */
  readonly due: number;
  /** Why ingestion would not have it; undefined when it was never refused. */
  readonly error: string | undefined;
}

interface SqlOutbox extends Row {
  id: string;
  made_at: number;
  timestamp: number;
  messages: string;
  body: string;
  due: number;
  error: string | null;
}

const COLUMNS = "id, made_at, timestamp, messages, body, due, error";

export interface OutboxStore {
  add(row: Omit<OutboxRow, "due" | "error">): void;
  /** The oldest that may be sent. */
  due(now: number, limit: number): OutboxRow[];
  /** Undefined when ingestion has accepted it, or it was dropped. */
  get(id: string): OutboxRow | undefined;
  /** When the next may be sent; undefined when there is none. */
  nextDue(): number | undefined;
  /** Ingestion refused it alone: it is tried again at `due`, and does not hold up the others. */
  refuse(id: string, error: string, due: number): void;
  remove(id: string): void;
  /** Made before `before`, oldest first. */
  olderThan(before: number, limit: number): OutboxRow[];
  status(): OutboxStatus;
}

export interface OutboxStatus {
  readonly waiting: number;
  /** When the oldest was made. */
  readonly oldest: number | undefined;
  readonly refused: number;
  /** Why one was refused. */
  readonly error: string | undefined;
}

export function outboxStore(sql: Sql): OutboxStore {
  const select = (tail: string, ...parameters: (string | number)[]) =>
    sql.exec<SqlOutbox>(`SELECT ${COLUMNS} FROM outbox ${tail}`, ...parameters).map(toRow);
  return {
    add: (row) => {
      sql.exec(
        `INSERT INTO outbox (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, NULL)`,
        row.id,
        row.madeAt,
        row.timestamp,
        row.messages.toString(),
        row.body,
        row.madeAt,
      );
    },
    // A clock that was set back must not hold up what was never refused.
    due: (now, limit) => select("WHERE error IS NULL OR due <= ? ORDER BY made_at, id LIMIT ?", now, limit),
    get: (id) => select("WHERE id = ?", id)[0],
    nextDue: () =>
      sql.exec<{ due: number | null }>("SELECT min(CASE WHEN error IS NULL THEN 0 ELSE due END) AS due FROM outbox")[0]
        ?.due ?? undefined,
    refuse: (id, error, due) => {
      sql.exec("UPDATE outbox SET error = ?, due = ? WHERE id = ?", error, due, id);
    },
    remove: (id) => {
      sql.exec("DELETE FROM outbox WHERE id = ?", id);
    },
    olderThan: (before, limit) => select("WHERE made_at < ? ORDER BY made_at, id LIMIT ?", before, limit),
    status: () => {
      const row = sql.exec<{ waiting: number; oldest: number | null; refused: number; error: string | null }>(
        "SELECT count(*) AS waiting, min(made_at) AS oldest, count(error) AS refused, max(error) AS error FROM outbox",
      )[0];
      return {
        waiting: row?.waiting ?? 0,
        oldest: row?.oldest ?? undefined,
        refused: row?.refused ?? 0,
        error: row?.error ?? undefined,
      };
    },
  };
}

function toRow(row: SqlOutbox): OutboxRow {
  return {
    id: row.id,
    madeAt: row.made_at,
    timestamp: row.timestamp,
    messages: v.parse(OffsetText, row.messages),
    body: row.body,
    due: row.due,
    error: row.error ?? undefined,
  };
}
