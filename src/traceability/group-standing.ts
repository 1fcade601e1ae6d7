import type { Checkpoint, PartitionMark } from "../store/checkpoints.ts";
import type { GroupRow } from "../store/groups.ts";
import type { Tile } from "../store/tiles.ts";
import { GONE_AFTER, max } from "./advance.ts";
import { isExpired } from "./count.ts";
import { groupNotes } from "./group-notes.ts";
import { isRebalancing, type Quality, type Reason, union, worst } from "./model.ts";
import { isSupported } from "./sample.ts";
import { type Trend, trend } from "./trend.ts";

/** A consumer group, as an operator reads of it. Offsets and lags are 64 bits wide, so they are text. Times in ms. */
export interface GroupSummary {
  readonly group: string;
  /** The managed application whose prefix it bears. */
  readonly application: string;
  /** As Kafka names it, or GONE for one that is no longer listed. */
  readonly state: string;
  readonly kind: "consumer" | "share" | "streams";
  /** False where offsets do not tell what was read. */
  readonly supported: boolean;
  readonly topics: readonly string[];
  /** Over all topics; undefined where no end of a log is known. */
  readonly lag: string | undefined;
  readonly trend: Trend | "unknown";
  /** When a commit was last seen to have changed; undefined when none was. */
  readonly lastCommitSeen: number | undefined;
  /** The last round that read it well; undefined before the first. */
  readonly lastSample: number | undefined;
  readonly quality: Quality;
  readonly reasons: readonly Reason[];
  /** What else there is to know, in sentences. */
  readonly notes: readonly string[];
}

export interface GroupStanding extends GroupSummary {
  readonly firstSeen: number;
  readonly standings: readonly TopicStanding[];
}

export interface TopicStanding {
  readonly topic: string;
  readonly lag: string | undefined;
  readonly trend: Trend | "unknown";
  readonly lastCommitSeen: number | undefined;
  readonly quality: Quality;
  readonly reasons: readonly Reason[];
  readonly partitions: readonly PartitionStanding[];
  /** What the trend is told by, oldest first; kept only where something changed. */
  readonly points: readonly { readonly at: number; readonly position: string; readonly lag: string }[];
}

export interface PartitionStanding {
  readonly partition: number;
  /** Undefined where only lags are known. */
  readonly committed: string | undefined;
  /** Undefined where it was not shown, as of a topic that was deleted. */
  readonly logEnd: string | undefined;
  /** Never below 0, also where a commit lies beyond the end. */
  readonly lag: string | undefined;
  /** The commit is gone: these are the last values. */
  readonly expired: boolean;
}

export interface GroupFacts {
  readonly row: GroupRow;
  readonly checkpoints: readonly Checkpoint[];
  /** Where only lags and produced records are known. */
  readonly tiles: readonly Tile[];
  readonly isCompact: (topic: string) => boolean;
  /** When the last round that went through began. */
  readonly sampledAt: number | undefined;
  readonly now: number;
}

/** What the rows say of a group. */
export function groupStanding(facts: GroupFacts): GroupStanding {
  const { row, sampledAt } = facts;
  const standings = [
    ...facts.checkpoints.filter(({ partitions }) => partitions.size > 0).map((each) => ofCheckpoint(each, facts)),
    ...facts.tiles.map((each) => ofTile(each, facts)),
  ];
  const lags = countedTopics(standings).flatMap(({ lag }) => lag ?? []);
  const marks = marksOf(row);
  return {
    group: row.name,
    application: row.application,
    state: isGone(row) ? "GONE" : row.state,
    kind: row.type === "SHARE" ? "share" : row.type === "STREAMS" ? "streams" : "consumer",
    supported: isSupported(row.type),
    topics: standings.map(({ topic }) => topic),
    lag: lags.length === 0 ? undefined : sum(lags.map(BigInt)).toString(),
    trend: ORDER.find((each) => standings.some((standing) => standing.trend === each)) ?? "unknown",
    lastCommitSeen: latest(standings.map(({ lastCommitSeen }) => lastCommitSeen)),
    lastSample: row.samples === 0 ? undefined : (row.staleSince ?? sampledAt),
    quality: worst([...marks.map(([, quality]) => quality), ...standings.map(({ quality }) => quality)]),
    reasons: union(
      marks.map(([reason]) => reason),
      ...standings.map(({ reasons }) => reasons),
    ),
    notes: groupNotes(row, standings),
    firstSeen: row.firstSeenAt,
    standings,
  };
}

/** What speaks for the whole group is the topic that needs attention most. */
const ORDER: readonly Trend[] = ["stalled", "growing", "shrinking", "steady", "at rest"];

/** Those whose lags make up the group's: commits that are gone count where no other is left, and are marked. */
export function countedTopics(standings: readonly TopicStanding[]): readonly TopicStanding[] {
  const alive = standings.filter(({ quality }) => quality !== "expired");
  return alive.length > 0 ? alive : standings;
}

/** Those whose lags make up the topic's, by the same rule. */
export function countedPartitions(partitions: readonly PartitionStanding[]): readonly PartitionStanding[] {
  const alive = partitions.filter(({ expired }) => !expired);
  return alive.length > 0 ? alive : partitions;
}

export function isGone({ absent }: Pick<GroupRow, "absent">): boolean {
  return absent >= GONE_AFTER;
}

function ofCheckpoint(checkpoint: Checkpoint, { row, isCompact, now }: GroupFacts): TopicStanding {
  const { topic, movedAt, points } = checkpoint;
  const partitions = [...checkpoint.partitions].map(([partition, mark]) => ofMark(partition, mark));
  const expired = isExpired(checkpoint);
  const marks: Mark[] = [...marksOf(row), ...(isCompact(topic) ? [COMPACT] : [])];
  return {
    topic,
    lag: lagOf(countedPartitions(partitions)),
    trend: expired ? "unknown" : (trend(points, row.staleSince ?? now) ?? "unknown"),
    lastCommitSeen: movedAt,
    quality: worst([...marks.map(([, quality]) => quality), ...(expired ? (["expired"] as const) : [])]),
    reasons: union(marks.map(([reason]) => reason)),
    partitions,
    points: points.map(textOf),
  };
}

function ofTile({ topic, movedAt, points, lags }: Tile, { row, isCompact, now }: GroupFacts): TopicStanding {
  const unknown = { committed: undefined, logEnd: undefined, expired: false };
  const partitions = [...lags]
    .sort(([one], [other]) => one - other)
    .map(([partition, lag]) => ({ partition, lag: max(0n, lag).toString(), ...unknown }));
  const marks: Mark[] = [...marksOf(row), ["metrics-api", "estimated"], ...(isCompact(topic) ? [COMPACT] : [])];
  return {
    topic,
    lag: lagOf(partitions),
    trend: trend(points, row.staleSince ?? now) ?? "unknown",
    lastCommitSeen: movedAt,
    quality: worst(marks.map(([, quality]) => quality)),
    reasons: union(marks.map(([reason]) => reason)),
    partitions,
    points: points.map(textOf),
  };
}

function ofMark(partition: number, { committed, logEnd, absent }: PartitionMark): PartitionStanding {
  return {
    partition,
    committed: committed.toString(),
    logEnd: logEnd?.toString(),
    lag: logEnd === undefined ? undefined : max(0n, logEnd - committed).toString(),
    expired: absent >= GONE_AFTER,
  };
}

type Mark = readonly [Reason, Quality];
const COMPACT: Mark = ["compact", "upper_bound"];

/** What makes all that is known of a group less certain. */
function marksOf({ samples, staleSince, problem, state }: GroupRow): Mark[] {
  const marks: Mark[] = [];
  if (samples < 2) marks.push(["first-sight", "baseline"]);
  if (staleSince !== undefined || problem !== undefined) marks.push(["missed-samples", "stale"]);
  if (isRebalancing(state)) marks.push(["rebalancing", "stale"]);
  return marks;
}

function lagOf(partitions: readonly PartitionStanding[]): string | undefined {
  const lags = partitions.flatMap(({ lag }) => (lag === undefined ? [] : [BigInt(lag)]));
  return lags.length === 0 ? undefined : sum(lags).toString();
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function textOf({ at, position, lag }: Checkpoint["points"][number]) {
  return { at, position: position.toString(), lag: lag.toString() };
}
