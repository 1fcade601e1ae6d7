/** A duration as a person says it: `7 days`, `1 day 12 hours`, `500 milliseconds`. */
export function duration(milliseconds: bigint): string {
  let rest = milliseconds;
  const parts: string[] = [];
  for (const [unit, length] of UNITS) {
    const count = rest / length;
    rest %= length;
    if (count > 0n) parts.push(plural(count, unit));
  }
  return parts.length === 0 ? "no time" : parts.join(" ");
}

const UNITS: readonly (readonly [string, bigint])[] = [
  ["day", 86_400_000n],
  ["hour", 3_600_000n],
  ["minute", 60_000n],
  ["second", 1_000n],
  ["millisecond", 1n],
];

/** A size as a person says it, without rounding: `1 GiB`, `1,048,588 bytes`. */
export function size(bytes: bigint): string {
  const unit = SIZES.find(([, length]) => bytes >= length && bytes % length === 0n);
  return unit === undefined ? plural(bytes, "byte") : `${grouped(bytes / unit[1])} ${unit[0]}`;
}

const SIZES: readonly (readonly [string, bigint])[] = [
  ["TiB", 1n << 40n],
  ["GiB", 1n << 30n],
  ["MiB", 1n << 20n],
  ["KiB", 1n << 10n],
];

export function plural(count: bigint | number, noun: string): string {
  return `${grouped(BigInt(count))} ${noun}${BigInt(count) === 1n ? "" : "s"}`;
}

function grouped(value: bigint): string {
  return value.toString().replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** A name as CommonMark code: shown as it is, whatever is in it (CommonMark 0.31 section 6.1). */
export function code(name: string): string {
  const oneLine = name.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ");
  const longest = Math.max(0, ...(oneLine.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `\`${oneLine}\`` : `${fence} ${oneLine} ${fence}`;
}
