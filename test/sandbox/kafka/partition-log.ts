import type { OffsetRange, Partition } from "./topic.ts";

/**
 * Offsets of one log. A transaction ends with a marker, which takes an offset and is no record; records of one that was aborted
 * keep theirs, and those behind the first open one are not stable yet (Apache Kafka, exactly-once semantics).
 */

export type Isolation = "read_uncommitted" | "read_committed";

export function appendRecords(partition: Partition, records: bigint): void {
  partition.latest += records;
}

export function appendTransaction(partition: Partition, records: bigint): void {
  partition.latest += records;
  partition.markers.push(partition.latest);
  partition.latest += 1n;
}

/** Appends records of a transaction that goes on: until it ends, what is stable ends at its first one. */
export function appendOpen(partition: Partition, records: bigint): void {
  const from = partition.latest;
  partition.latest += records;
  partition.open.push({ from, to: partition.latest });
}

/** Ends the open transaction with its marker; without one, nothing happens. */
export function endTransaction(partition: Partition, outcome: "commit" | "abort"): void {
  if (partition.open.length === 0) return;
  if (outcome === "abort") partition.aborted.push(...partition.open);
  partition.open = [];
  partition.markers.push(partition.latest);
  partition.latest += 1n;
}

/** Offsets in the ranges together. */
export const lengthOf = (ranges: readonly OffsetRange[]): bigint =>
  ranges.reduce((sum, { from, to }) => sum + to - from, 0n);

/** The last stable offset: where READ_COMMITTED ends. */
export const lastStable = ({ open, latest }: Partition): bigint => open[0]?.from ?? latest;

/** Everything before `earliest` is gone; never beyond the end of the log. */
export function trim(partition: Partition, earliest: bigint): void {
  if (earliest <= partition.earliest) return;
  partition.earliest = earliest < partition.latest ? earliest : partition.latest;
  const { markers, aborted } = partition;
  markers.splice(
    0,
    firstIndex(markers.length, (index) => (markers[index] ?? 0n) >= partition.earliest),
  );
  aborted.splice(
    0,
    firstIndex(aborted.length, (index) => (aborted[index]?.to ?? 0n) > partition.earliest),
  );
}

/** The log cleaner ran: of every record below `below`, one in `every` is left. */
export function compact(partition: Partition, below: bigint, every: bigint): void {
  const before = partition.thinned?.below ?? 0n;
  partition.thinned = { below: before > below ? before : below, every };
}

export interface Fetched {
  readonly records: bigint;
  /** Where the next fetch goes on: behind what was read and what is no record behind it. */
  readonly position: bigint;
}

/** Reads at most `most` records from `position`; a position outside the log is set to its beginning (`auto.offset.reset=earliest`). */
export function fetch(
  partition: Partition,
  position: bigint,
  most: bigint,
  isolation: Isolation = "read_uncommitted",
): Fetched {
  const { earliest, latest } = partition;
  const end = isolation === "read_committed" ? lastStable(partition) : latest;
  let next = position < earliest || position > latest ? earliest : position;
  let wanted = most;
  while (next < end) {
    const hole = holeAfter(partition, next, isolation);
    const until = hole !== undefined && hole.from < end ? hole.from : end;
    const taken = take(partition, next, until, wanted);
    wanted -= taken.records;
    next = taken.position;
    if (next < until || hole === undefined || until === end) break;
    next = hole.to;
  }
  return { records: most - wanted, position: next };
}

/** Up to `wanted` of the records in a stretch without holes, and where that leaves off. */
function take({ thinned }: Partition, from: bigint, to: bigint, wanted: bigint): Fetched {
  const sparseTo = thinned === undefined || thinned.below < from ? from : least(thinned.below, to);
  let records = 0n;
  let position = from;
  if (thinned !== undefined && sparseTo > from) {
    const first = ceilDivide(from, thinned.every);
    const there = ceilDivide(sparseTo, thinned.every) - first;
    if (there > wanted) {
      return { records: wanted, position: wanted === 0n ? from : (first + wanted - 1n) * thinned.every + 1n };
    }
    records = there;
    position = sparseTo;
  }
  const more = least(wanted - records, to - position);
  return { records: records + more, position: position + more };
}

const ceilDivide = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** The first stretch from `at` on that holds nothing for a reader of that isolation. */
function holeAfter({ markers, aborted }: Partition, at: bigint, isolation: Isolation): OffsetRange | undefined {
  const marker = markers[firstIndex(markers.length, (index) => (markers[index] ?? 0n) >= at)];
  const control = marker === undefined ? undefined : { from: marker, to: marker + 1n };
  if (isolation === "read_uncommitted") return control;
  const found = aborted[firstIndex(aborted.length, (index) => (aborted[index]?.to ?? 0n) > at)];
  const hidden = found === undefined ? undefined : { from: found.from > at ? found.from : at, to: found.to };
  if (control === undefined || hidden === undefined) return control ?? hidden;
  return control.from < hidden.from ? control : hidden;
}

/** The least index for which `holds`, which holds from there on; `length` when for none. */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
