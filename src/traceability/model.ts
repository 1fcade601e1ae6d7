/**
 * What consumption is counted from, and what comes of it. Offsets and counts are bigint: they are 64 bits wide. Times are
 * ms since the epoch.
 */

/** One consumer group as one answer of Kafka showed it. */
export interface GroupSample {
  readonly group: string;
  /** As Kafka names it: STABLE, EMPTY, PREPARING_REBALANCE, … */
  readonly state: string;
  /** When the answer came. */
  readonly readAt: number;
  /** Empty for a group without commits. */
  readonly partitions: readonly PartitionSample[];
}

export interface PartitionSample {
  readonly topic: string;
  readonly partition: number;
  /** Undefined where nothing was ever committed. */
  readonly committed: bigint | undefined;
  /** The last stable offset; undefined where the answer has none, as for a topic that was deleted. */
  readonly logEnd: bigint | undefined;
  /** The first offset that can still be read; most answers do not have it. */
  readonly logStart?: bigint | undefined;
}

/** From the most to the least that a number can be relied on. */
export const QUALITIES = [
  /** What was committed, offset by offset. */
  "exact",
  /** The number is exact, its time is not: samples were missed. */
  "interpolated",
  /** Read while the group was rebalancing. */
  "stale",
  /** Not more than this was read. */
  "upper_bound",
  /** Computed from lags and produced records, or from what others showed. */
  "estimated",
  /** Something was seen for the first time, or anew: what was read before cannot be told. */
  "baseline",
  /** The commits are gone. */
  "expired",
] as const;
export type Quality = (typeof QUALITIES)[number];

/** Why a number is what it is, for the operator. */
export type Reason =
  | "first-sight"
  | "fresh-group"
  | "returned"
  | "re-created"
  | "new-partition"
  | "rewind"
  | "re-read"
  | "jump"
  | "skipped"
  | "retention"
  | "compact"
  | "rebalancing"
  | "missed-samples"
  | "clock"
  | "metrics-api"
  | "gap";

/** What one group advanced on one topic between two samples. */
export interface Count {
  readonly group: string;
  readonly topic: string;
  readonly from: number;
  readonly to: number;
  /** What counts. */
  readonly messages: bigint;
  /** How much of what was read had been read before; in `messages` unless re-reading is not counted. */
  readonly reread: bigint;
  /** What retention took before it was read; never in `messages`. */
  readonly skipped: bigint;
  readonly quality: Quality;
  readonly reasons: readonly Reason[];
}

/** The one of them that can be relied on least; `exact` of none. */
export function worst(qualities: readonly Quality[]): Quality {
  return QUALITIES[Math.max(0, ...qualities.map((quality) => QUALITIES.indexOf(quality)))] ?? "expired";
}

/** Each reason once, in the order of their first appearance. */
export function union(...lists: readonly (readonly Reason[])[]): Reason[] {
  return [...new Set(lists.flat())];
}

/** The group's members are changing places: what its metrics say may be of before. Names of Kafka's group states. */
export function isRebalancing(state: string): boolean {
  return ["PREPARING_REBALANCE", "COMPLETING_REBALANCE", "ASSIGNING", "RECONCILING"].includes(state);
}
