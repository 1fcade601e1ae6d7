import type { Checkpoint, PartitionMark } from "../store/checkpoints.ts";
import { type Advance, advance, baseline, GONE_AFTER, sinceEnd, withoutCommit } from "./advance.ts";
import {
  type Count,
  type GroupSample,
  isRebalancing,
  type PartitionSample,
  type Quality,
  type Reason,
  union,
  worst,
} from "./model.ts";
import { thinned } from "./trend.ts";

/** A window of more intervals than this has missed a sample. */
const MISSED = 1.5;

/** What the counting of a group has to know besides its checkpoints and its sample. */
export interface CountFacts {
  /**
   * When the group was last seen well, at the latest; undefined at its first sample. A checkpoint may have been written
   * later than that, or long before when nothing changed since.
   */
  readonly since: number | undefined;
  readonly intervalMs: number;
  /** KAFKA_METRICS_COUNTREREAD */
  readonly countReread: boolean;
  /** The listing before was complete and did not show the group, which was never seen before. */
  readonly fresh: boolean;
  readonly topic: (name: string) => TopicFacts;
}

export interface TopicFacts {
  /** `cleanup.policy` contains `compact`: an offset is not a message. */
  readonly compact: boolean;
  /** How long messages are kept at least, ms; undefined when for ever or not known. */
  readonly retentionMs: number | undefined;
  /** Number of partitions, undefined when not known. */
  readonly partitions: number | undefined;
  /** Where the log of a partition ended at the previous sample, as other groups showed it. */
  readonly previousEnd: (partition: number) => bigint | undefined;
}

/** One checkpoint that moves, and what is counted with it. */
export interface Change {
  readonly before: Checkpoint | undefined;
  readonly after: Checkpoint;
  readonly count: Count | undefined;
}

/**
 * What a group advanced since its checkpoints, topic by topic; nothing for a topic of which nothing changed. Offset
 * progress includes the markers of transactions.
 */
export function countGroup(checkpoints: readonly Checkpoint[], sample: GroupSample, facts: CountFacts): Change[] {
  const seen = byTopic(sample.partitions);
  const before = new Map(checkpoints.map((checkpoint) => [checkpoint.topic, checkpoint]));
  return [...new Set([...before.keys(), ...seen.keys()])]
    .sort()
    .flatMap((topic) => countTopic(before.get(topic), topic, seen.get(topic) ?? [], sample, facts) ?? []);
}

function byTopic(partitions: readonly PartitionSample[]): Map<string, PartitionSample[]> {
  const topics = new Map<string, PartitionSample[]>();
  for (const partition of partitions) {
    const known = topics.get(partition.topic);
    if (known) known.push(partition);
    else topics.set(partition.topic, [partition]);
  }
  return topics;
}

function countTopic(
  before: Checkpoint | undefined,
  topic: string,
  seen: readonly PartitionSample[],
  sample: GroupSample,
  facts: CountFacts,
): Change | undefined {
  const about = facts.topic(topic);
  const isAnew = before !== undefined && isAnother(before, seen, about);
  // What comes after is compared with the topic of before until a commit tells where counting begins.
  if (isAnew && seen.every(({ committed }) => committed === undefined)) return undefined;
  const known = isAnew ? undefined : before;
  const advances = advancesOf(known, seen, about, isAnew ? "re-created" : firstReason(before, facts));
  const partitions = marksAfter(known?.partitions, advances);
  if (partitions.size === 0 || (known && isSame(known.partitions, partitions))) return undefined;
  const after = checkpointAfter(before ?? first(topic, sample), partitions, about.partitions, isAnew, sample);
  return { before, after, count: countOf([...advances.values()], before, topic, about, sample, facts) };
}

function first(topic: string, { group, readAt }: GroupSample): Checkpoint {
  return {
    group,
    topic,
    epoch: 1,
    generation: 0,
    partitions: new Map(),
    partitionCount: undefined,
    readAt,
    movedAt: undefined,
    firstSeenAt: readAt,
    points: [],
  };
}

function checkpointAfter(
  before: Checkpoint,
  partitions: ReadonlyMap<number, PartitionMark>,
  partitionCount: number | undefined,
  isAnew: boolean,
  { readAt }: GroupSample,
): Checkpoint {
  const isFirst = before.generation === 0;
  return {
    ...before,
    epoch: isAnew ? before.epoch + 1 : before.epoch,
    partitions,
    partitionCount: partitionCount ?? before.partitionCount,
    readAt,
    movedAt: !isFirst && hasMoved(before.partitions, partitions) ? readAt : before.movedAt,
    points: thinned(isAnew ? [] : before.points, { at: readAt, ...standing(partitions) }),
  };
}

/** The group is gone for good: one of the same name is another one, and is counted from where it is first seen. */
export function tombstone(checkpoint: Checkpoint): Checkpoint {
  return { ...checkpoint, epoch: checkpoint.epoch + 1, partitions: new Map(), points: [] };
}

function marksAfter(
  before: ReadonlyMap<number, PartitionMark> | undefined,
  advances: ReadonlyMap<number, Advance>,
): Map<number, PartitionMark> {
  const marks = new Map([...(before ?? [])].map(([partition, mark]) => [partition, withoutCommit(mark)]));
  for (const [partition, { mark }] of advances) marks.set(partition, mark);
  return marks;
}

/** Why nothing is known from before of a topic that has no checkpoint. */
function firstReason(before: Checkpoint | undefined, { fresh }: CountFacts): Reason {
  if (before) return before.partitions.size === 0 ? "returned" : "new-partition";
  return fresh ? "fresh-group" : "first-sight";
}

/**
 * The topic is another one of the same name: a log ends before where it ended, or commits moved back and there are fewer
 * partitions. Kafka REST shows no topic id.
 */
function isAnother(before: Checkpoint, seen: readonly PartitionSample[], { partitions }: TopicFacts): boolean {
  const pairs = seen.map((now) => ({ now, was: before.partitions.get(now.partition) }));
  // Commits outlive their topic: then its log ended at least where they are.
  const endsBefore = ({ now, was }: (typeof pairs)[number]) =>
    was !== undefined && now.logEnd !== undefined && now.logEnd < (was.logEnd ?? was.committed);
  if (pairs.some(endsBefore)) return true;
  const isBack = pairs.some(({ now, was }) => was && now.committed !== undefined && now.committed < was.committed);
  const isFewer =
    partitions !== undefined && before.partitionCount !== undefined
      ? partitions < before.partitionCount
      : seen.length < [...before.partitions.values()].filter(({ absent }) => absent === 0).length;
  return isBack && isFewer;
}

function advancesOf(
  before: Checkpoint | undefined,
  seen: readonly PartitionSample[],
  { previousEnd }: TopicFacts,
  reason: Reason,
): Map<number, Advance> {
  const advances = new Map<number, Advance>();
  for (const now of seen) {
    const { partition, committed } = now;
    if (committed === undefined) continue;
    const was = before?.partitions.get(partition);
    const end = reason === "fresh-group" ? previousEnd(partition) : undefined;
    if (was) advances.set(partition, advance(was, now, committed));
    else if (end !== undefined) advances.set(partition, sinceEnd(now, committed, end));
    else advances.set(partition, baseline(now, committed, committed, reason));
  }
  return advances;
}

function countOf(
  advances: readonly Advance[],
  before: Checkpoint | undefined,
  topic: string,
  about: TopicFacts,
  sample: GroupSample,
  facts: CountFacts,
): Count | undefined {
  const total = (pick: (advance: Advance) => bigint) => advances.reduce((sum, each) => sum + pick(each), 0n);
  const fresh = total((each) => each.fresh);
  const reread = total((each) => each.reread);
  const skipped = total((each) => each.skipped);
  const told = union(...advances.map(({ reasons }) => reasons));
  if (fresh + reread + skipped === 0n && told.length === 0) return undefined;
  const window = windowOf(sample.readAt, sinceOf(before, sample, facts));
  const marks = marksOf(fresh + reread > 0n, window, before, about, sample, facts);
  return {
    group: sample.group,
    topic,
    from: window.from,
    to: window.to,
    messages: facts.countReread ? fresh + reread : fresh,
    reread,
    skipped,
    quality: worst([...advances.map(({ quality }) => quality), ...marks.map(([, quality]) => quality)]),
    reasons: union(
      told,
      window.reasons,
      marks.map(([reason]) => reason),
    ),
  };
}

/** A checkpoint may have been written after the group was last seen well, in a round that did not end. */
function sinceOf(before: Checkpoint | undefined, { readAt }: GroupSample, { since }: CountFacts): number {
  if (!before || before.partitions.size === 0) return since ?? readAt;
  return Math.max(since ?? before.readAt, before.readAt);
}

/** A clock that was set back makes a window without length: the counts are right, their time is not. */
function windowOf(readAt: number, since: number): { from: number; to: number; reasons: Reason[] } {
  return since > readAt ? { from: readAt, to: readAt, reasons: ["clock"] } : { from: since, to: readAt, reasons: [] };
}

/** What makes all of a count less certain than its partitions say. */
function marksOf(
  counts: boolean,
  window: { readonly from: number; readonly to: number },
  before: Checkpoint | undefined,
  { compact, retentionMs }: TopicFacts,
  { readAt, state }: GroupSample,
  { intervalMs }: CountFacts,
): [Reason, Quality][] {
  if (!counts) return [];
  const marks: [Reason, Quality][] = [];
  if (compact) marks.push(["compact", "upper_bound"]);
  if (isRebalancing(state)) marks.push(["rebalancing", "stale"]);
  if (window.to - window.from > MISSED * intervalMs) marks.push(["missed-samples", "interpolated"]);
  const restedSince = before && (before.movedAt ?? before.firstSeenAt);
  const hadLag = before !== undefined && standing(before.partitions).lag > 0n;
  if (retentionMs !== undefined && restedSince !== undefined && hadLag && readAt - restedSince > retentionMs)
    marks.push(["retention", "upper_bound"]);
  return marks;
}

function isSame(one: ReadonlyMap<number, PartitionMark>, other: ReadonlyMap<number, PartitionMark>): boolean {
  return (
    one.size === other.size &&
    [...one].every(([partition, mark]) => {
      const now = other.get(partition);
      return (
        now?.committed === mark.committed &&
        now.logEnd === mark.logEnd &&
        now.lostTo === mark.lostTo &&
        now.absent === mark.absent
      );
    })
  );
}

function hasMoved(before: ReadonlyMap<number, PartitionMark>, after: ReadonlyMap<number, PartitionMark>): boolean {
  return [...after].some(([partition, { committed }]) => before.get(partition)?.committed !== committed);
}

/** How far a group has read and how far it is behind; partitions whose commits are gone, or whose log is, have no lag. */
export function standing(partitions: ReadonlyMap<number, PartitionMark>): { position: bigint; lag: bigint } {
  let position = 0n;
  let lag = 0n;
  for (const { committed, logEnd, absent } of partitions.values()) {
    position += committed;
    if (absent < GONE_AFTER && logEnd !== undefined && logEnd > committed) lag += logEnd - committed;
  }
  return { position, lag };
}

/** All commits of the group on the topic are gone: the last values are kept, and are of the past. */
export function isExpired({ partitions }: Checkpoint): boolean {
  return [...partitions.values()].every(({ absent }) => absent >= GONE_AFTER);
}
