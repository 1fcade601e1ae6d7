import * as v from "valibot";
import { hashOf, noise } from "../core/noise.ts";
import type { KafkaCluster } from "./cluster.ts";
import type { ConsumerGroup } from "./consumer-groups.ts";
import { isForgotten, restoredSeries, Series, savedSeriesSchema } from "./series.ts";
import type { Partition } from "./topic.ts";

export type RecordedMetric = "received_records" | "sent_records" | "consumer_lag_offsets";

const METRICS: readonly RecordedMetric[] = ["received_records", "sent_records", "consumer_lag_offsets"];

const offset = v.pipe(
  v.string(),
  v.transform((text) => BigInt(text)),
);
const snapshotSchema = v.object({
  version: v.literal(1),
  minute: v.nullable(v.number()),
  ends: v.array(v.tuple([v.string(), offset])),
  committed: v.array(v.tuple([v.string(), offset])),
  series: v.record(v.picklist(METRICS), v.array(savedSeriesSchema)),
});
export type HistorySnapshot = v.InferInput<typeof snapshotSchema>;

/**
 * What Confluent Cloud measures of a cluster, minute by minute (mcp-confluent list-metrics-handler.ts): records that came and went,
 * and the lag of groups with members, each partition's at a moment of its own within the minute.
 */
export class MinuteHistory {
  readonly #cluster: KafkaCluster;
  readonly #seed: number;
  readonly #series = new Map<RecordedMetric, Map<string, Series>>(METRICS.map((metric) => [metric, new Map()]));
  /** As they were when the last minute ended, by topic and partition, and by group, topic and partition. */
  #ends = new Map<string, bigint>();
  #committed = new Map<string, bigint>();
  readonly #sent = new Map<string, number>();
  #minute: number | undefined;

  constructor(cluster: KafkaCluster, seed: number) {
    this.#cluster = cluster;
    this.#seed = seed;
  }

  /** Tells that consumers were sent records in the minute that has not ended yet. */
  send(topic: string, records: number): void {
    this.#sent.set(topic, (this.#sent.get(topic) ?? 0) + records);
  }

  /** Measures the minute that has just ended; minutes count from the epoch and come in order. */
  tick(minute: number): void {
    const ends = this.#measureTopics(minute);
    this.#measureGroups(minute, ends);
    this.#ends = ends;
    this.#minute = minute;
    if (minute % 1440 === 0) this.#forget(minute);
  }

  /** Whether nothing can happen in a minute unless somebody does something to the cluster. */
  isAtRest(): boolean {
    return this.#cluster.groups.all().every(({ members }) => members.size === 0);
  }

  /** Every series of a metric. */
  series(metric: RecordedMetric): Iterable<Series> {
    return this.#named(metric).values();
  }

  snapshot(): HistorySnapshot {
    const saved = (values: ReadonlyMap<string, bigint>) =>
      [...values].map(([key, value]): [string, string] => [key, String(value)]);
    const series = METRICS.map((metric) => [metric, [...this.series(metric)].map((each) => each.snapshot())] as const);
    return {
      version: 1,
      minute: this.#minute ?? null,
      ends: saved(this.#ends),
      committed: saved(this.#committed),
      series: Object.fromEntries(series) as HistorySnapshot["series"],
    };
  }

  restore(snapshot: unknown): void {
    const { minute, ends, committed, series } = v.parse(snapshotSchema, snapshot);
    this.#minute = minute ?? undefined;
    this.#ends = new Map(ends);
    this.#committed = new Map(committed);
    for (const metric of METRICS) {
      const named = this.#named(metric);
      named.clear();
      for (const saved of series[metric] ?? []) named.set(keyOf(saved.labels), restoredSeries(saved));
    }
  }

  #measureTopics(minute: number): Map<string, bigint> {
    const ends = new Map<string, bigint>();
    for (const { name, partitions } of this.#cluster.topics()) {
      let received = 0n;
      for (const partition of partitions) {
        const key = `${name}/${partition.id}`;
        const before = this.#ends.get(key) ?? (this.#minute === undefined ? partition.latest : 0n);
        received += recordsSince(partition, before);
        ends.set(key, partition.latest);
      }
      if (received > 0n) this.#put("received_records", { topic: name }, minute, Number(received));
      const sent = this.#sent.get(name) ?? 0;
      if (sent > 0) this.#put("sent_records", { topic: name }, minute, sent);
    }
    this.#sent.clear();
    return ends;
  }

  #measureGroups(minute: number, ends: ReadonlyMap<string, bigint>): void {
    const committed = new Map<string, bigint>();
    for (const group of this.#cluster.groups.all()) {
      if (group.members.size > 0) this.#measureGroup(group, minute, ends, committed);
    }
    this.#committed = committed;
  }

  #measureGroup(
    group: ConsumerGroup,
    minute: number,
    ends: ReadonlyMap<string, bigint>,
    committed: Map<string, bigint>,
  ): void {
    const isMoving = this.#cluster.groups.state(group) !== "STABLE";
    const hash = hashOf(group.id) ^ this.#seed;
    const committing = noise(hash, minute);
    for (const [topic, partitions] of group.offsets) {
      const ofTopic = hash ^ hashOf(topic);
      for (const [id, offset] of partitions) {
        const place = `${topic}/${id}`;
        const end = ends.get(place);
        if (end === undefined) continue;
        const key = `${group.id}\n${place}`;
        committed.set(key, offset);
        const moment = noise(ofTopic + id, minute);
        const seen = moment < committing ? (this.#committed.get(key) ?? offset) : offset;
        const lag = Math.max(0, Number(between(this.#ends.get(place) ?? end, end, moment) - seen));
        const labels = { consumer_group_id: group.id, topic, partition: String(id) };
        // A group whose members share the partitions anew tells what it told before (Confluent docs, monitor consumer lag).
        const told = isMoving ? this.#told("consumer_lag_offsets", labels, minute - 1) : undefined;
        this.#put("consumer_lag_offsets", labels, minute, told ?? lag);
      }
    }
  }

  #told(metric: RecordedMetric, labels: Readonly<Record<string, string>>, minute: number): number | undefined {
    return this.#named(metric).get(keyOf(labels))?.at(minute);
  }

  #put(metric: RecordedMetric, labels: Readonly<Record<string, string>>, minute: number, value: number): void {
    const named = this.#named(metric);
    const key = keyOf(labels);
    const series = named.get(key) ?? new Series(labels, minute);
    named.set(key, series);
    series.put(minute, value);
  }

  #forget(minute: number): void {
    for (const named of this.#series.values()) {
      for (const [key, series] of named) if (isForgotten(series, minute)) named.delete(key);
    }
  }

  #named(metric: RecordedMetric): Map<string, Series> {
    const named = this.#series.get(metric);
    if (named === undefined) throw new Error(`no metric ${metric}`);
    return named;
  }
}

const keyOf = (labels: Readonly<Record<string, string>>): string => Object.values(labels).join("\n");

/** Records behind `before`, without markers; all of them in a log that was begun anew. */
function recordsSince({ latest, markers }: Partition, before: bigint): bigint {
  const from = before <= latest ? before : 0n;
  let records = latest - from;
  for (let index = markers.length - 1; index >= 0; index--) {
    if ((markers[index] ?? 0n) < from) break;
    records -= 1n;
  }
  return records;
}

/** The offset at `moment`, 0 to 1, of a minute in which the log grew evenly. */
function between(before: bigint, after: bigint, moment: number): bigint {
  return before >= after ? after : before + BigInt(Math.floor(Number(after - before) * moment));
}
