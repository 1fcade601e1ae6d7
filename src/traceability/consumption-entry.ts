import type { ConsumptionRow } from "../store/consumption.ts";
import type { OutboxRow } from "../store/outbox.ts";

/** What an application read of a topic in one window. Counts are 64 bits wide, so they are text. Times in ms. */
export interface ConsumptionEntry {
  readonly id: number;
  readonly application: string;
  readonly topic: string;
  /** The access request that it counts for; undefined where none explains it. */
  readonly request: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly messages: string;
  /** How much was read again. */
  readonly reread: string;
  /** Taken by retention before it was read; never in `messages`. */
  readonly skipped: string;
  readonly quality: string;
  readonly reasons: readonly string[];
  readonly report: Report;
  /** Id of the metric event; undefined where none was made, or it was given up. */
  readonly event: string | undefined;
  /** When ingestion accepted it. */
  readonly reportedAt: number | undefined;
  /** Why ingestion would not have it. */
  readonly error: string | undefined;
}

export type Report =
  /** The window is not over. */
  | "open"
  /** Nothing is reported of it: no messages, no access request, or reporting is off. */
  | "none"
  | "waiting"
  /** Ingestion would not have it; it is offered again. */
  | "refused"
  | "reported"
  /** It was never accepted. */
  | "given up";

/** Among the reasons of a window whose event was given up. */
export const NOT_REPORTED = "not-reported";

/** `waiting`: the event in the outbox, undefined when it is not there any more. */
export function consumptionEntry(row: ConsumptionRow, waiting: OutboxRow | undefined): ConsumptionEntry {
  return {
    id: row.id,
    application: row.application,
    topic: row.topic,
    request: row.request === "" ? undefined : row.request,
    from: row.startedAt,
    to: row.endedAt,
    messages: row.messages.toString(),
    reread: row.reread.toString(),
    skipped: row.skipped.toString(),
    quality: row.quality,
    reasons: row.reasons,
    report: reportOf(row, waiting),
    event: row.event,
    reportedAt: row.acceptedAt,
    error: waiting?.error,
  };
}

function reportOf(row: ConsumptionRow, waiting: OutboxRow | undefined): Report {
  if (row.closedAt === undefined) return "open";
  if (row.acceptedAt !== undefined) return "reported";
  if (waiting) return waiting.error === undefined ? "waiting" : "refused";
  return row.event !== undefined || row.reasons.includes(NOT_REPORTED) ? "given up" : "none";
}
