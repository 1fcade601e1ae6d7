/** A topic as the cluster keeps it, and the rules for names. */

export interface Partition {
  readonly id: number;
  /** Broker ids; the first is the leader, all are in sync. */
  readonly replicas: readonly number[];
  /** Offset of the first record still there. */
  earliest: bigint;
  /** Offset that the next record will get. */
  latest: bigint;
  /** Offsets at which a transaction ended, ascending: no records. */
  markers: bigint[];
  /** Records of aborted transactions, ascending: they keep their offsets, and nobody who reads committed gets them. */
  aborted: OffsetRange[];
  /** Records of a transaction that has not ended, ascending; empty when none is open. */
  open: OffsetRange[];
  /** What the log cleaner left of a compacted topic: below that offset one record in `every`. Absent: all of them. */
  thinned?: { readonly below: bigint; readonly every: bigint };
}

/** Offsets from `from` on, `to` not included. */
export interface OffsetRange {
  readonly from: bigint;
  readonly to: bigint;
}

export interface Topic {
  readonly name: string;
  readonly partitions: Partition[];
  /** What was set on the topic itself; all else follows the broker. */
  configs: ReadonlyMap<string, string>;
}

const INTERNAL = new Set(["__consumer_offsets", "__transaction_state", "__share_group_state"]);

/** Kafka's own topics: described by name, never listed (Kafka Topic.isInternal, ListTopicsOptions.listInternal). */
export const isInternal = (name: string): boolean => INTERNAL.has(name);

/** Why `name` cannot be a topic's, or undefined when it can (Kafka Topic.validate). */
export function nameProblem(name: string): string | undefined {
  if (name === "") return "the empty string is not allowed";
  if (name === "." || name === "..") return `'${name}' is not allowed`;
  if (name.length > 249) return `the length of '${name}' is longer than the max allowed length 249`;
  return /^[a-zA-Z0-9._-]+$/.test(name)
    ? undefined
    : `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
}

/** Names that differ only in `.` and `_` share their metric names; Kafka allows one of them. */
export const collisionKey = (name: string): string => name.replaceAll(".", "_");
