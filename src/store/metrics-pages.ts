import * as v from "valibot";
import type { Sql } from "../runtime/ports.ts";
import { OffsetText } from "./points.ts";

/** One minute of one series: lag of a group in a partition, or records produced to a topic, which has neither. */
export interface MetricsPoint {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Beginning of the minute, ms. */
  readonly minute: number;
  readonly value: bigint;
}

export interface MetricsPage {
  /** Which question of the look it answers, from 0. */
  readonly ask: number;
  readonly points: readonly MetricsPoint[];
}

/** What a look at the Metrics API had read when it had to wait. */
export interface MetricsPageStore {
  all(): MetricsPage[];
  /** Replaces what is there. */
  put(pages: readonly MetricsPage[]): void;
  clear(): void;
}

const Points = v.array(v.tuple([v.string(), v.string(), v.number(), v.number(), OffsetText]));

export function metricsPageStore(sql: Sql): MetricsPageStore {
  const clear = () => {
    sql.exec("DELETE FROM metrics_page");
  };
  return {
    all: () =>
      sql
        .exec<{ ask: number; points_json: string }>("SELECT ask, points_json FROM metrics_page ORDER BY id")
        .map((row) => ({
          ask: row.ask,
          points: v
            .parse(Points, JSON.parse(row.points_json))
            .map(([group, topic, partition, minute, value]) => ({ group, topic, partition, minute, value })),
        })),
    put: (pages) => {
      clear();
      for (const { ask, points } of pages) {
        for (const part of parts(points)) {
          const rows = part.map((point) => [
            point.group,
            point.topic,
            point.partition,
            point.minute,
            point.value.toString(),
          ]);
          sql.exec("INSERT INTO metrics_page (ask, points_json) VALUES (?, ?)", ask, JSON.stringify(rows));
        }
      }
    },
    clear,
  };
}

/** A row holds at most 2 MB; names have at most 255 characters each. */
const MOST_IN_ROW = 2_000;

function parts(points: readonly MetricsPoint[]): (readonly MetricsPoint[])[] {
  return Array.from({ length: Math.ceil(points.length / MOST_IN_ROW) }, (_, index) =>
    points.slice(index * MOST_IN_ROW, (index + 1) * MOST_IN_ROW),
  );
}
