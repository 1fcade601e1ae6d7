import type { TrendPoint } from "../store/points.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Points of the last hour are at least so far apart, older ones an hour, and none is older than a day. */
const NEAR_MS = 4 * MINUTE_MS;
const KEPT_MS = 24 * HOUR_MS;
/** How far back a trend looks. */
const TREND_MS = 30 * MINUTE_MS;

/** Whether a group keeps up with a topic. */
export type Trend = "growing" | "shrinking" | "stalled" | "steady" | "at rest";

/** The points of a group on a topic with a new one, thinned. A clock that was set back drops what is in the future. */
export function thinned(points: readonly TrendPoint[], latest: TrendPoint): TrendPoint[] {
  const past = points.filter(({ at }) => at < latest.at && latest.at - at <= KEPT_MS);
  const kept: TrendPoint[] = [];
  for (const point of past) {
    const last = kept.at(-1);
    const apart = latest.at - point.at > HOUR_MS ? HOUR_MS : NEAR_MS;
    if (!last || point.at - last.at >= apart) kept.push(point);
  }
  return [...kept, latest];
}

/**
 * What the last half hour of points says; undefined of fewer than two. Points are only kept where something changed, so
 * the last one holds until `now`.
 */
export function trend(points: readonly TrendPoint[], now: number): Trend | undefined {
  const last = points.at(-1);
  const first = points.filter(({ at }) => at <= now - TREND_MS).at(-1) ?? points[0];
  if (!last || !first || (first === last && now - last.at < TREND_MS)) return undefined;
  const hasMoved = last.position !== first.position;
  if (!hasMoved && last.lag === 0n) return "at rest";
  if (!hasMoved) return "stalled";
  if (last.lag > first.lag) return "growing";
  return last.lag < first.lag ? "shrinking" : "steady";
}
