import type { KafkaCluster } from "../kafka/cluster.ts";
import { fetch, lastStable } from "../kafka/partition-log.ts";
import type { Partition } from "../kafka/topic.ts";
import type { ConsumerSpec } from "./specs.ts";

/** Where a consumer stands in one partition. */
export interface Position {
  at: bigint;
  /** Where it stood when the minute began. */
  before: bigint;
  /** Offsets that it read over since its last commit. */
  read: bigint;
}

/** Where a consumer begins that has no position: where the group committed, else as `auto.offset.reset` says. */
export function firstPosition(spec: ConsumerSpec, log: Partition, committed: bigint | undefined): Position {
  const at = committed ?? resetTo(spec, log);
  return { at, before: at, read: 0n };
}

/** Reads at most `most` records; a position outside the log is reset first. Returns how many it was handed. */
export function readOn(position: Position, spec: ConsumerSpec, log: Partition, most: bigint): bigint {
  position.before = position.at;
  if (position.at < log.earliest || position.at > log.latest) {
    position.at = resetTo(spec, log);
    position.before = position.at;
  }
  const fetched = fetch(log, position.at, most, spec.isolation);
  position.read += fetched.position - position.at;
  position.at = fetched.position;
  return fetched.records;
}

/**
 * What is committed at a moment of the minute, 0 to 1, in which it read evenly: an offset, and what of `read` that is behind it.
 * What was read after the moment stays for the next commit.
 */
export function takeCommit(position: Position, moment: number): { readonly offset: bigint; readonly read: bigint } {
  const later = position.at - position.before;
  const left = later > 0n ? later - BigInt(Math.floor(Number(later) * moment)) : 0n;
  const read = position.read - left;
  position.read = left;
  return { offset: position.at - left, read };
}

export type ResetTarget = "earliest" | "latest" | { readonly back: number };

/** The offset that a reset goes to. */
export function targetOf(to: ResetTarget, log: Partition, from: bigint): bigint {
  if (to === "earliest") return log.earliest;
  if (to === "latest") return lastStable(log);
  const back = from - BigInt(to.back);
  return back > log.earliest ? back : log.earliest;
}

const resetTo = ({ startAt = "earliest" }: ConsumerSpec, log: Partition): bigint =>
  startAt === "earliest" ? log.earliest : log.latest;

/** What a consumer and its members are assigned now, as topic and partitions; topics that are missing are left out. */
export function assignedTo(
  cluster: KafkaCluster,
  spec: ConsumerSpec,
  members: readonly string[],
): ReadonlyMap<string, readonly number[]> {
  const assigned = new Map<string, number[]>();
  if (spec.isAssigned === true) {
    for (const topic of spec.topics) {
      assigned.set(topic, cluster.topic(topic)?.partitions.map(({ id }) => id) ?? []);
    }
    return assigned;
  }
  const group = cluster.groups.get(spec.group);
  if (group === undefined) return assigned;
  for (const member of members) {
    for (const { topic, partition } of cluster.groups.assignment(group, member)) {
      assigned.set(topic, [...(assigned.get(topic) ?? []), partition]);
    }
  }
  return assigned;
}
