import * as v from "valibot";
import type { Row, Sql } from "../runtime/ports.ts";
import { OffsetText, pointsOf, pointsText, type TrendPoint } from "./points.ts";

/** How far the commits of one partition were counted. */
export interface PartitionMark {
  readonly committed: bigint;
  /** The furthest commit since the epoch began: progress up to it is reading again. */
  readonly high: bigint;
  /** Undefined where the answer did not show it. */
  readonly logEnd: bigint | undefined;
  /** The log's start where it had passed the commit: what lies between cannot be read any more. */
  readonly lostTo: bigint | undefined;
  /** Samples in a row that showed no commit, at most 2. */
  readonly absent: number;
}

/** What was counted of a topic in a consumer group, and what the next delta is computed from. */
export interface Checkpoint {
  readonly group: string;
  readonly topic: string;
  /** Grows when the group or the topic is another one of the same name. */
  readonly epoch: number;
  /** Grows with each write. */
  readonly generation: number;
  readonly partitions: ReadonlyMap<number, PartitionMark>;
  /** Partitions of the topic, undefined when not known. */
  readonly partitionCount: number | undefined;
  /** The sample that it was last written from, ms. */
  readonly readAt: number;
  /** When a commit was last seen to have changed, ms. */
  readonly movedAt: number | undefined;
  readonly firstSeenAt: number;
  readonly points: readonly TrendPoint[];
}

interface SqlCheckpoint extends Row {
  consumer_group: string;
  topic: string;
  epoch: number;
  generation: number;
  partitions_json: string;
  partition_count: number | null;
  read_at: number;
  moved_at: number | null;
  first_seen: number;
  points_json: string;
}

const COLUMNS =
  "consumer_group, topic, epoch, generation, partitions_json, partition_count, read_at, moved_at, first_seen, points_json";

export interface CheckpointStore {
  ofGroup(group: string): Checkpoint[];
  ofTopic(topic: string): Checkpoint[];
  /**
   * Moves the checkpoint from the state that `next` was computed from; `before` undefined when there was none. False,
   * and nothing is written, when it is not in that state any more. The generation is the store's.
   */
  move(before: Checkpoint | undefined, next: Checkpoint): boolean;
  removeGroup(group: string): void;
  clear(): void;
}

export function checkpointStore(sql: Sql): CheckpointStore {
  const select = (where: string, parameter: string) =>
    sql.exec<SqlCheckpoint>(`SELECT ${COLUMNS} FROM checkpoint WHERE ${where}`, parameter).map(toCheckpoint);
  const insert = (next: Checkpoint) =>
    sql.exec(
      `INSERT INTO checkpoint (${COLUMNS}) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING generation`,
      next.group,
      next.topic,
      next.epoch,
      partitionsText(next.partitions),
      next.partitionCount ?? null,
      next.readAt,
      next.movedAt ?? null,
      next.firstSeenAt,
      pointsText(next.points),
    );
  const update = (before: Checkpoint, next: Checkpoint) =>
    sql.exec(
      `UPDATE checkpoint SET epoch = ?, generation = generation + 1, partitions_json = ?, partition_count = ?, read_at = ?,
       moved_at = ?, points_json = ?
       WHERE consumer_group = ? AND topic = ? AND epoch = ? AND generation = ? RETURNING generation`,
      next.epoch,
      partitionsText(next.partitions),
      next.partitionCount ?? null,
      next.readAt,
      next.movedAt ?? null,
      pointsText(next.points),
      before.group,
      before.topic,
      before.epoch,
      before.generation,
    );
  return {
    ofGroup: (group) => select("consumer_group = ? ORDER BY topic", group),
    ofTopic: (topic) => select("topic = ? ORDER BY consumer_group", topic),
    move: (before, next) => (before ? update(before, next) : insert(next)).length > 0,
    removeGroup: (group) => {
      sql.exec("DELETE FROM checkpoint WHERE consumer_group = ?", group);
    },
    clear: () => {
      sql.exec("DELETE FROM checkpoint");
    },
  };
}

const Optional = v.nullable(OffsetText);
const Marks = v.array(v.tuple([v.number(), OffsetText, OffsetText, Optional, Optional, v.number()]));

function partitionsText(partitions: Checkpoint["partitions"]): string {
  return JSON.stringify(
    [...partitions]
      .sort(([one], [other]) => one - other)
      .map(([partition, { committed, high, logEnd, lostTo, absent }]) => [
        partition,
        committed.toString(),
        high.toString(),
        logEnd?.toString() ?? null,
        lostTo?.toString() ?? null,
        absent,
      ]),
  );
}

function toCheckpoint(row: SqlCheckpoint): Checkpoint {
  const marks = v.parse(Marks, JSON.parse(row.partitions_json));
  return {
    group: row.consumer_group,
    topic: row.topic,
    epoch: row.epoch,
    generation: row.generation,
    partitions: new Map(
      marks.map(([partition, committed, high, logEnd, lostTo, absent]) => [
        partition,
        { committed, high, logEnd: logEnd ?? undefined, lostTo: lostTo ?? undefined, absent },
      ]),
    ),
    partitionCount: row.partition_count ?? undefined,
    readAt: row.read_at,
    movedAt: row.moved_at ?? undefined,
    firstSeenAt: row.first_seen,
    points: pointsOf(row.points_json),
  };
}
