import type { Partition } from "./topic.ts";

/** Offsets of one log. A transaction ends with a marker, which takes an offset and is no record (Apache Kafka, exactly-once semantics). */

export function appendRecords(partition: Partition, records: bigint): void {
  partition.latest += records;
}

export function appendTransaction(partition: Partition, records: bigint): void {
  partition.latest += records;
  partition.markers = [...partition.markers, partition.latest];
  partition.latest += 1n;
}

/** Everything before `earliest` is gone; never beyond the end of the log. */
export function trim(partition: Partition, earliest: bigint): void {
  if (earliest <= partition.earliest) return;
  partition.earliest = earliest < partition.latest ? earliest : partition.latest;
  partition.markers = partition.markers.filter((marker) => marker >= partition.earliest);
}

export interface Fetched {
  readonly records: bigint;
  /** Where the next fetch goes on: behind what was read and the markers that follow it. */
  readonly position: bigint;
}

/** Reads at most `most` records from `position`; a position outside the log is set to its beginning (`auto.offset.reset=earliest`). */
export function fetch(partition: Partition, position: bigint, most: bigint): Fetched {
  const { earliest, latest, markers } = partition;
  let next = position < earliest || position > latest ? earliest : position;
  let wanted = most;
  for (const marker of markers) {
    if (marker < next) continue;
    if (marker - next > wanted) break;
    wanted -= marker - next;
    next = marker + 1n;
  }
  const rest = latest - next;
  const taken = wanted < rest ? wanted : rest;
  return { records: most - wanted + taken, position: next + taken };
}
