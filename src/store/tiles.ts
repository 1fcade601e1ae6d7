import * as v from "valibot";
import type { Row, Sql } from "../runtime/ports.ts";
import { OffsetText, pointsOf, pointsText, type TrendPoint } from "./points.ts";

/** Where the last window of a group on a topic ended, where only lags and produced records are known. */
export interface Tile {
  readonly group: string;
  readonly topic: string;
  /** Grows with each write. */
  readonly generation: number;
  /** Beginning of the minute of the lags, ms. */
  readonly minute: number;
  /** Records produced to the topic through that minute, since we began to look. */
  readonly produced: bigint;
  /** What the windows so far lack: 0 or less. */
  readonly carry: bigint;
  /** What is still to be read again after a rewind. */
  readonly again: bigint;
  /** By partition. */
  readonly lags: ReadonlyMap<number, bigint>;
  readonly movedAt: number | undefined;
  readonly firstSeenAt: number;
  readonly points: readonly TrendPoint[];
}

interface SqlTile extends Row {
  consumer_group: string;
  topic: string;
  generation: number;
  minute: number;
  produced: string;
  carry: string;
  again: string;
  lags_json: string;
  moved_at: number | null;
  first_seen: number;
  points_json: string;
}

const COLUMNS =
  "consumer_group, topic, generation, minute, produced, carry, again, lags_json, moved_at, first_seen, points_json";

export interface TileStore {
  get(group: string, topic: string): Tile | undefined;
  ofGroup(group: string): Tile[];
  ofTopic(topic: string): Tile[];
  topics(): string[];
  /** As `CheckpointStore.move`. */
  move(before: Tile | undefined, next: Tile): boolean;
  removeGroup(group: string): void;
  clear(): void;
}

export function tileStore(sql: Sql): TileStore {
  const select = (where: string, ...parameters: string[]) =>
    sql.exec<SqlTile>(`SELECT ${COLUMNS} FROM tile WHERE ${where}`, ...parameters).map(toTile);
  const values = (tile: Tile) => [
    tile.minute,
    tile.produced.toString(),
    tile.carry.toString(),
    tile.again.toString(),
    JSON.stringify([...tile.lags].map(([partition, lag]) => [partition, lag.toString()])),
    tile.movedAt ?? null,
    pointsText(tile.points),
  ];
  const insert = (next: Tile) =>
    sql.exec(
      `INSERT INTO tile (consumer_group, topic, generation, first_seen, minute, produced, carry, again, lags_json, moved_at, points_json)
       VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING generation`,
      next.group,
      next.topic,
      next.firstSeenAt,
      ...values(next),
    );
  const update = (before: Tile, next: Tile) =>
    sql.exec(
      `UPDATE tile SET generation = generation + 1, minute = ?, produced = ?, carry = ?, again = ?, lags_json = ?, moved_at = ?,
       points_json = ? WHERE consumer_group = ? AND topic = ? AND generation = ? RETURNING generation`,
      ...values(next),
      before.group,
      before.topic,
      before.generation,
    );
  return {
    get: (group, topic) => select("consumer_group = ? AND topic = ?", group, topic)[0],
    ofGroup: (group) => select("consumer_group = ? ORDER BY topic", group),
    ofTopic: (topic) => select("topic = ? ORDER BY consumer_group", topic),
    topics: () => sql.exec<{ topic: string }>("SELECT DISTINCT topic FROM tile").map(({ topic }) => topic),
    move: (before, next) => (before ? update(before, next) : insert(next)).length > 0,
    removeGroup: (group) => {
      sql.exec("DELETE FROM tile WHERE consumer_group = ?", group);
    },
    clear: () => {
      sql.exec("DELETE FROM tile");
    },
  };
}

const Lags = v.array(v.tuple([v.number(), OffsetText]));

function toTile(row: SqlTile): Tile {
  return {
    group: row.consumer_group,
    topic: row.topic,
    generation: row.generation,
    minute: row.minute,
    produced: v.parse(OffsetText, row.produced),
    carry: v.parse(OffsetText, row.carry),
    again: v.parse(OffsetText, row.again),
    lags: new Map(v.parse(Lags, JSON.parse(row.lags_json))),
    movedAt: row.moved_at ?? undefined,
    firstSeenAt: row.first_seen,
    points: pointsOf(row.points_json),
  };
}
