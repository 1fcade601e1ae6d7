import { hashOf, noise } from "../core/noise.ts";
import type { MinuteHistory } from "../kafka/minute-history.ts";
import type { Series } from "../kafka/series.ts";
import type { MetricsBehaviour } from "./metrics-behaviour.ts";
import { clustersOf, type Labels, passes } from "./metrics-filter.ts";
import type { MetricsQuery } from "./metrics-query.ts";
import { bucketOf, timestamp } from "./metrics-time.ts";

export interface Point {
  readonly timestamp: string;
  readonly value: number;
}

/** The points of one combination of the labels that were grouped by. */
export interface Group {
  /** Values of the labels, in the order of `group_by`. */
  readonly key: readonly string[];
  readonly points: readonly Point[];
}

const MINUTE = 60_000;

interface Member {
  readonly series: Series;
  /** What the series' points are dropped by. */
  readonly hash: number;
}

/** Groups that have any point, by the values of their labels; with granularity ALL by their value. */
export function groupsOf(
  query: MetricsQuery,
  histories: ReadonlyMap<string, MinuteHistory>,
  behaviour: MetricsBehaviour,
  now: number,
): readonly Group[] {
  const members = new Map<string, { readonly key: readonly string[]; readonly members: Member[] }>();
  for (const cluster of new Set(query.filter === undefined ? [] : clustersOf(query.filter))) {
    for (const series of histories.get(cluster)?.series(query.metric) ?? []) {
      const labels = labelsOf(cluster, series);
      if (query.filter !== undefined && !passes(query.filter, labels)) continue;
      const key = query.groupBy.map((label) => labels[label] ?? "");
      const id = key.join("\n");
      const group = members.get(id) ?? { key, members: [] };
      members.set(id, group);
      group.members.push({ series, hash: hashOf(`${query.metric}\n${Object.values(labels).join("\n")}`) });
    }
  }
  const groups = [...members.values()]
    .map(({ key, members: all }): Group => ({ key, points: pointsOf(query, all, behaviour, now) }))
    .filter(({ points }) => points.length > 0);
  return query.granularity === "ALL" && query.groupBy.length > 0
    ? groups.sort((a, b) => (query.ascending ? totalOf(a) - totalOf(b) : totalOf(b) - totalOf(a)) || compare(a, b))
    : groups.sort(compare);
}

const totalOf = ({ points }: Group): number => points[0]?.value ?? 0;

function compare({ key: a }: Group, { key: b }: Group): number {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index < 0 ? 0 : (a[index] ?? "") < (b[index] ?? "") ? -1 : 1;
}

function labelsOf(cluster: string, { labels }: Series): Labels {
  const named = Object.entries(labels).map(([name, value]) => [`metric.${name}`, value]);
  return { "resource.kafka.id": cluster, ...Object.fromEntries(named) };
}

interface Bucket {
  sum: number;
  minutes: number;
}

/** Counters are summed over time, gauges averaged; the latest first. Minutes that nothing is known of are in no bucket. */
function pointsOf(
  query: MetricsQuery,
  members: readonly Member[],
  behaviour: MetricsBehaviour,
  now: number,
): readonly Point[] {
  const isGauge = query.metric === "consumer_lag_offsets";
  const length = bucketOf(query.granularity);
  const buckets = new Map<number, Bucket>();
  for (const minute of minutesOf(query, now)) {
    const value = across(members, minute, isGauge, behaviour, now);
    if (value === undefined) continue;
    const at = Number.isFinite(length) ? minute * MINUTE - ((minute * MINUTE) % length) : (query.ranges[0]?.from ?? 0);
    const bucket = buckets.get(at) ?? { sum: 0, minutes: 0 };
    buckets.set(at, { sum: bucket.sum + value, minutes: bucket.minutes + 1 });
  }
  return [...buckets]
    .sort(([a], [b]) => b - a)
    .map(([at, { sum, minutes }]) => ({ timestamp: timestamp(at), value: isGauge ? sum / minutes : sum }));
}

const RETENTION = 7 * 24 * 60;

/** Minutes that begin in a range of the query and are not too old, each once. */
function minutesOf({ ranges }: MetricsQuery, now: number): Iterable<number> {
  const latest = Math.floor(now / MINUTE);
  const minutes = new Set<number>();
  for (const { from, to } of ranges) {
    const last = Math.min(Math.ceil(to / MINUTE) - 1, latest);
    for (let minute = Math.max(Math.ceil(from / MINUTE), latest - RETENTION); minute <= last; minute++) {
      minutes.add(minute);
    }
  }
  return minutes;
}

/** One minute's value of several series: counters are summed; of gauges it is not known, so the behaviour says. */
function across(
  members: readonly Member[],
  minute: number,
  isGauge: boolean,
  behaviour: MetricsBehaviour,
  now: number,
): number | undefined {
  const age = now - (minute + 1) * MINUTE;
  if (age < 0 || (age < behaviour.lateMs && !behaviour.tellsHalf)) return undefined;
  const share = age < behaviour.lateMs ? 0.5 : 1;
  const values = members
    .filter(({ hash }) => noise(hash, minute) >= behaviour.drops)
    .map(({ series }) => series.at(minute))
    .filter((value) => value !== undefined);
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  if (!isGauge) return Math.floor(sum * share);
  if (behaviour.acrossGauges === "SUM") return sum;
  return behaviour.acrossGauges === "MAX" ? Math.max(...values) : sum / values.length;
}
