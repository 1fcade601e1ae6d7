/**
 * Intervals of a metrics query: ISO 8601, and `now` with an offset and a truncation, such as `now-6m|m` (ccloud-sdk-go-v2 metrics/v2,
 * `QueryRequest.intervals`). All in UTC.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: HOUR, d: DAY };

export interface Range {
  /** ms; `to` is not part of it. */
  readonly from: number;
  readonly to: number;
}

/** Longest interval of each granularity, ms (same, `Granularity`). */
const LONGEST: Readonly<Record<string, number>> = { PT1M: 6 * HOUR, PT5M: DAY, PT15M: 4 * DAY, PT30M: 7 * DAY };

const BUCKETS: Readonly<Record<string, number>> = {
  PT1M: MINUTE,
  PT5M: 5 * MINUTE,
  PT15M: 15 * MINUTE,
  PT30M: 30 * MINUTE,
  PT1H: HOUR,
  PT4H: 4 * HOUR,
  PT6H: 6 * HOUR,
  PT12H: 12 * HOUR,
  P1D: DAY,
  ALL: Number.POSITIVE_INFINITY,
};

export const granularities = Object.keys(BUCKETS);

/** Length of a bucket, ms; infinite for `ALL`. */
export const bucketOf = (granularity: string): number => BUCKETS[granularity] ?? MINUTE;

/** The range that an interval means, or what is wrong with it. */
export function rangeOf(interval: string, granularity: string, now: number): Range | string {
  const [first = "", second = "", ...more] = interval.split("/");
  if (more.length > 0 || second === "") return `Interval ${interval} is invalid`;
  const [start, end] = [instant(first, now), instant(second, now)];
  const [before, after] = [duration(first), duration(second)];
  const from = start ?? (before === undefined || end === undefined ? undefined : end - before);
  const to = end ?? (after === undefined || start === undefined ? undefined : start + after);
  if (from === undefined || to === undefined) return `Interval ${interval} is invalid`;
  if (to <= from) return `Interval ${interval} ends before it begins`;
  const longest = LONGEST[granularity];
  if (longest !== undefined && to - from > longest)
    return `Interval ${interval} is too long for granularity ${granularity}`;
  return { from, to };
}

function instant(text: string, now: number): number | undefined {
  const relative = /^now(?:([+-])(\d+)([mhd]))?(?:\|([mhd]))?$/.exec(text);
  if (relative !== null) {
    const [, sign, amount, unit = "m", cut] = relative;
    const moved = now + (sign === "-" ? -1 : 1) * Number(amount ?? 0) * (UNITS[unit] ?? 0);
    return cut === undefined ? moved : moved - (moved % (UNITS[cut] ?? 1));
  }
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

function duration(text: string): number | undefined {
  const parts = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  if (parts === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return days * DAY + hours * HOUR + minutes * MINUTE + seconds * 1000;
}

/** As answers write it: without milliseconds. */
export const timestamp = (at: number): string => new Date(at).toISOString().replace(".000Z", "Z");
