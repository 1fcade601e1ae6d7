import type { Production } from "../store/production.ts";

export const MINUTE_MS = 60_000;
/** Minutes that were looked at are asked for again for so long: data may come late. */
export const OVERLAP_MS = 15 * MINUTE_MS;
/** Minutes whose counts are kept one by one. */
const RECENT_MS = 60 * MINUTE_MS;

/**
 * Production after a look at the minutes up to `to`, of which those before `through` were looked at before: their counts
 * may have grown since, and a minute without data keeps what it had. Undefined when nothing changed.
 * @param counts by the beginning of the minute
 */
export function produce(
  before: Production | undefined,
  counts: ReadonlyMap<number, bigint>,
  through: number,
  to: number,
): Production | undefined {
  const known = before?.recent ?? new Map<number, bigint>();
  let total = before?.total ?? 0n;
  const recent = new Map([...known].filter(([minute]) => minute >= to - RECENT_MS));
  let hasChanged = false;
  for (const [minute, count] of counts) {
    const had = minute < through ? (known.get(minute) ?? 0n) : 0n;
    if (count === had) continue;
    hasChanged = true;
    total += count - had;
    if (minute >= to - RECENT_MS) recent.set(minute, count);
  }
  return hasChanged ? { total, recent } : undefined;
}

/** Records produced through the minute that begins at `minute`, which must be one of the last hour. */
export function producedThrough(production: Production | undefined, minute: number): bigint {
  if (!production) return 0n;
  const later = [...production.recent].filter(([at]) => at > minute);
  return later.reduce((total, [, count]) => total - count, production.total);
}
