import type { PartitionMark } from "../store/checkpoints.ts";
import type { PartitionSample, Quality, Reason } from "./model.ts";

/** Samples without a commit after which it is gone, and one that appears later is another one. */
export const GONE_AFTER = 2;

/** What became of one partition between two samples. */
export interface Advance {
  readonly mark: PartitionMark;
  /** Read for the first time. */
  readonly fresh: bigint;
  /** Read before, and again. */
  readonly reread: bigint;
  readonly skipped: bigint;
  readonly reasons: readonly Reason[];
  readonly quality: Quality;
}

/** A commit that nothing is known from before of: counting begins here. */
export function baseline(seen: PartitionSample, committed: bigint, high: bigint, reason: Reason): Advance {
  return {
    mark: markOf(seen, committed, max(high, committed)),
    fresh: 0n,
    reread: 0n,
    skipped: 0n,
    reasons: [reason],
    quality: "baseline",
  };
}

/** The first commit of a group that was not there when the log ended at `end`: what lies behind that it read since. */
export function sinceEnd(seen: PartitionSample, committed: bigint, end: bigint): Advance {
  const start = baseline(seen, committed, committed, "fresh-group");
  return { ...start, fresh: max(0n, committed - end), quality: "estimated" };
}

/** No commit was shown: the last one is kept, for it may only be out of sight. */
export function withoutCommit(before: PartitionMark): PartitionMark {
  return { ...before, absent: Math.min(GONE_AFTER, before.absent + 1) };
}

/** The delta of one partition against its mark. Never negative: a commit that moved back counts nothing. */
export function advance(before: PartitionMark, seen: PartitionSample, committed: bigint): Advance {
  if (before.absent >= GONE_AFTER) return baseline(seen, committed, before.high, "returned");
  const mark = markOf(seen, committed, max(before.high, committed));
  if (committed < before.committed)
    return { mark, fresh: 0n, reread: 0n, skipped: 0n, reasons: ["rewind"], quality: "baseline" };
  if (committed === before.committed) {
    const lostTo = mark.lostTo ?? before.lostTo;
    return { mark: { ...mark, lostTo }, fresh: 0n, reread: 0n, skipped: 0n, reasons: [], quality: "exact" };
  }
  const skipped = before.lostTo === undefined ? 0n : min(before.lostTo, committed) - before.committed;
  const start = before.committed + skipped;
  const reread = max(0n, min(committed, before.high) - start);
  const fresh = committed - start - reread;
  const reasons: Reason[] = [];
  if (skipped > 0n) reasons.push("skipped");
  if (reread > 0n) reasons.push("re-read");
  if (isJump(before, seen, committed)) reasons.push("jump");
  const isBound = skipped > 0n || reasons.includes("jump");
  return { mark, fresh, reread, skipped, reasons, quality: isBound ? "upper_bound" : "exact" };
}

/** It moved further than there was to read: a reset to the end, or messages of a transaction that is still open. */
function isJump(before: PartitionMark, { logEnd }: PartitionSample, committed: bigint): boolean {
  if (before.logEnd === undefined || logEnd === undefined) return false;
  const lag = max(0n, before.logEnd - before.committed);
  return committed - before.committed > logEnd - before.logEnd + lag;
}

function markOf({ logEnd, logStart }: PartitionSample, committed: bigint, high: bigint): PartitionMark {
  const lostTo = logStart !== undefined && logStart > committed ? logStart : undefined;
  return { committed, high, logEnd, lostTo, absent: 0 };
}

export function max(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

export function min(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
