import type { Tile } from "../store/tiles.ts";
import { max, min } from "./advance.ts";
import type { Reading } from "./gauge.ts";
import type { Count, Reason } from "./model.ts";
import { MINUTE_MS } from "./production.ts";
import { thinned } from "./trend.ts";

export interface EstimateFacts {
  /** Records produced to the topic through a minute, since we began to look. */
  readonly producedThrough: (minute: number) => bigint;
  /** When the group was last seen at the latest, ms. */
  readonly since: number | undefined;
  readonly countReread: boolean;
  readonly compact: boolean;
}

/** A reading may be of so long before the round that took it. */
const RESTED_MS = 30 * MINUTE_MS;

export interface TileChange {
  readonly before: Tile | undefined;
  readonly after: Tile;
  readonly count: Count | undefined;
}

/**
 * Lag may be off by what is produced in a minute at either end of a window, and by what is produced while a rebalance
 * makes the gauge repeat itself: only a rise beyond that is a rewind. Rebalances take minutes at most (`max.poll.interval.ms`).
 */
const TOLERANCE_MS = 10 * MINUTE_MS;

/**
 * What a group read of a topic between two readings of its lag: what was produced, less what the lag rose by. Windows
 * tile, and what one lacks is carried into the next, so that errors of single readings cancel. Undefined when nothing
 * changed.
 */
export function estimate(
  before: Tile | undefined,
  { group, topic }: { readonly group: string; readonly topic: string },
  reading: Reading,
  facts: EstimateFacts,
): TileChange | undefined {
  const produced = facts.producedThrough(reading.minute);
  if (!before) return begin(group, topic, reading, produced);
  const inWindow = produced - before.produced;
  const rise = riseOf(before, reading, inWindow);
  if (inWindow === 0n && rise === 0n && [...reading.lags.keys()].every((partition) => before.lags.has(partition)))
    return undefined;
  const read = inWindow - rise;
  const tolerance = produced - facts.producedThrough(reading.minute - TOLERANCE_MS);
  if (read < -tolerance) return rewind(before, reading, produced, -read, facts);
  const sum = read + before.carry;
  const fresh = max(0n, sum);
  const reread = min(before.again, fresh);
  const after = {
    ...tileAfter(before, reading, produced, fresh > 0n),
    carry: min(0n, sum),
    again: before.again - reread,
  };
  if (fresh === 0n) return { before, after, count: undefined };
  const reasons: Reason[] = ["metrics-api"];
  if (reread > 0n) reasons.push("re-read");
  if (facts.compact) reasons.push("compact");
  const messages = facts.countReread ? fresh : fresh - reread;
  const count = { ...windowOf(before, reading, facts), messages, reread, quality: "estimated", reasons } as const;
  return { before, after, count };
}

function begin(group: string, topic: string, { minute, lags }: Reading, produced: bigint): TileChange {
  const at = minute + MINUTE_MS;
  const first: Tile = {
    group,
    topic,
    generation: 0,
    minute,
    produced,
    carry: 0n,
    again: 0n,
    lags,
    movedAt: undefined,
    firstSeenAt: at,
    points: [],
  };
  const after = { ...first, points: thinned([], pointOf(lags, produced, at)) };
  const none = { messages: 0n, reread: 0n, skipped: 0n };
  const reasons: Reason[] = ["metrics-api", "first-sight"];
  return { before: undefined, after, count: { group, topic, from: at, to: at, ...none, quality: "baseline", reasons } };
}

/**
 * By how much the lag rose. A partition that is seen for the first time was behind by what was not produced just now; one
 * that is not seen any more keeps its lag.
 */
function riseOf({ lags }: Tile, reading: Reading, produced: bigint): bigint {
  return [...reading.lags].reduce((sum, [partition, lag]) => {
    const was = lags.get(partition) ?? max(0n, lag - produced);
    return sum + lag - was;
  }, 0n);
}

/** What is behind the group again will be read again; what it read since the window began cannot be told. */
function rewind(before: Tile, reading: Reading, produced: bigint, back: bigint, facts: EstimateFacts): TileChange {
  const after = { ...tileAfter(before, reading, produced, true), again: before.again + back };
  const reasons: Reason[] = ["metrics-api", "rewind"];
  const none = { messages: 0n, reread: 0n };
  return { before, after, count: { ...windowOf(before, reading, facts), ...none, quality: "baseline", reasons } };
}

function windowOf(before: Tile, { minute }: Reading, { since }: EstimateFacts) {
  const to = minute + MINUTE_MS;
  const end = before.minute + MINUTE_MS;
  // Nothing is written while nothing changes: then the window begins where that was last seen.
  const from = since !== undefined && since - end > RESTED_MS ? Math.min(since, to) : end;
  return { group: before.group, topic: before.topic, from, to, skipped: 0n };
}

function tileAfter(before: Tile, reading: Reading, produced: bigint, hasMoved: boolean): Tile {
  const at = reading.minute + MINUTE_MS;
  const lags = new Map([...before.lags, ...reading.lags]);
  return {
    ...before,
    minute: reading.minute,
    produced,
    lags,
    movedAt: hasMoved ? at : before.movedAt,
    points: thinned(before.points, pointOf(lags, produced, at)),
  };
}

function pointOf(lags: ReadonlyMap<number, bigint>, produced: bigint, at: number) {
  const lag = lagOf(lags);
  return { at, position: produced - lag, lag };
}

/** Over all partitions. */
export function lagOf(lags: ReadonlyMap<number, bigint>): bigint {
  return [...lags.values()].reduce((sum, lag) => sum + lag, 0n);
}
