import { MINUTE_MS } from "./production.ts";

/** Lags of a group on a topic, by minute and partition. */
export type Gauge = ReadonlyMap<number, ReadonlyMap<number, bigint>>;

export interface Reading {
  /** Beginning of the minute, ms. */
  readonly minute: number;
  readonly lags: ReadonlyMap<number, bigint>;
}

/** Values that are the same minute after minute although records are produced are believed after this. */
const DOUBT_MS = 15 * MINUTE_MS;

/**
 * The latest reading after the last one, `since`, that can be relied on: of all partitions, and not a repetition of the
 * minute before, as the Metrics API shows it while a group rebalances. Undefined when there is none: then the window
 * stays open.
 * @param partitions those of the last reading
 * @param producedIn records produced in a minute
 */
export function reading(
  gauge: Gauge,
  partitions: ReadonlySet<number>,
  since: number,
  producedIn: (minute: number) => bigint,
): Reading | undefined {
  const known = new Set(partitions);
  for (const lags of gauge.values()) for (const partition of lags.keys()) known.add(partition);
  const whole = [...gauge.keys()]
    .filter((minute) => minute > since && gauge.get(minute)?.size === known.size)
    .sort((one, other) => other - one);
  const sure = whole.find((minute) => !isRepeated(gauge, minute, producedIn(minute)));
  const doubted = whole.find((minute) => minute - since >= DOUBT_MS);
  const minute = sure ?? doubted;
  if (minute !== undefined) return { minute, lags: gauge.get(minute) ?? new Map() };
  return partial(gauge, since);
}

function isRepeated(gauge: Gauge, minute: number, produced: bigint): boolean {
  const now = gauge.get(minute);
  const before = gauge.get(minute - MINUTE_MS);
  if (!now || !before || produced === 0n) return false;
  const isAtEnd = [...now.values()].every((lag) => lag === 0n);
  return !isAtEnd && [...now].every(([partition, lag]) => before.get(partition) === lag);
}

/** A partition that nobody reads any more has no lag: after a while the others count alone. */
function partial(gauge: Gauge, since: number): Reading | undefined {
  const latest = Math.max(...gauge.keys());
  const lags = gauge.get(latest);
  return lags && latest - since >= 2 * DOUBT_MS ? { minute: latest, lags } : undefined;
}
