const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["μs", 1e-3],
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
]);
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
const WHOLE = new RegExp(`^([-+]?)((?:${PART.source})+|0)$`);

/** Go's longest duration, 2^63 ns, in ms. */
const LONGEST_MS = 2 ** 63 / 1e6;

/**
 * A duration as Go writes it: numbers with a unit, one after the other (`1h30m`, `1.5s`), or `0` (go `time.ParseDuration`).
 * Returns ms, undefined for anything else, a number without unit included.
 */
export function parseDuration(text: string): number | undefined {
  const whole = WHOLE.exec(text);
  if (!whole) return undefined;
  let total = 0;
  for (const [, amount = "", unit = ""] of text.matchAll(PART)) total += Number(amount) * (UNIT_MS.get(unit) ?? 0);
  if (total > LONGEST_MS) return undefined;
  return whole[1] === "-" && total !== 0 ? -total : total;
}

/** The shortest way to write `ms` in hours, minutes and seconds: `1h30m`, `5m`, `0s`. */
export function formatDuration(ms: number): string {
  const parts: string[] = [];
  let left = ms / 1_000;
  for (const [unit, seconds] of [
    ["h", 3_600],
    ["m", 60],
  ] as const) {
    const count = Math.floor(left / seconds);
    if (count > 0) parts.push(`${count}${unit}`);
    left -= count * seconds;
  }
  if (left > 0 || parts.length === 0) parts.push(`${Number(left.toFixed(3))}s`);
  return parts.join("");
}
