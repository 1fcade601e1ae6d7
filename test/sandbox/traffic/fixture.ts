import { MovableClock } from "../core/clock.ts";
import type { Login } from "../kafka/client.ts";
import { KafkaCluster } from "../kafka/cluster.ts";
import type { Side } from "../world/demo.ts";
import type { ConsumerSpec } from "./specs.ts";
import { playedContext } from "./time.ts";
import { Traffic } from "./traffic.ts";
import type { TruthRow } from "./truth.ts";

/** The start of an hour. */
export const START = Date.UTC(2026, 7, 1, 9, 0, 0);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** Two clusters with a topic `orders` of two partitions, and a clock that stands until it is moved. */
export function trafficWorld(logins: Partial<Record<Side, Login>> = {}, seed = 1) {
  const context = playedContext({ clock: new MovableClock(0, () => START), random: () => 0.5 });
  const clusters = {
    cloud: new KafkaCluster(context, { clusterId: "lkc-1" }),
    platform: new KafkaCluster(context, { clusterId: "c1" }),
  };
  const none: Login = () => undefined;
  const options = { clock: context.clock, clusters, logins: { cloud: none, platform: none, ...logins }, seed };
  const traffic = new Traffic(options);
  for (const cluster of Object.values(clusters)) cluster.createTopic({ name: "orders", partitions: 2 });
  const pass = (minutes: number): void => {
    context.clock.advance(minutes * MINUTE);
    traffic.catchUp();
  };
  const consumer = (changes: Partial<ConsumerSpec> = {}): ConsumerSpec => ({
    name: "app",
    side: "platform",
    group: "amp.1.main",
    application: "amp.1",
    topics: ["orders"],
    commitMs: 0,
    ...changes,
  });
  const offsets = (side: Side = "platform", topic = "orders", group = "amp.1.main"): readonly (bigint | undefined)[] =>
    clusters[side]
      .topic(topic)
      ?.partitions.map(({ id }) => clusters[side].groups.committed(group, { topic, partition: id })) ?? [];
  const ends = (side: Side = "platform", topic = "orders"): readonly bigint[] =>
    clusters[side].topic(topic)?.partitions.map(({ latest }) => latest) ?? [];
  return { context, clusters, traffic, options, pass, consumer, offsets, ends };
}

type Sums = Omit<TruthRow, "side" | "application" | "group" | "topic" | "hour">;

/** All hours together. */
export function sums(rows: readonly TruthRow[]): Sums {
  const sum = { delivered: 0, advanced: 0, first: 0, skipped: 0, rewound: 0, reread: 0 };
  for (const row of rows) {
    sum.delivered += row.delivered;
    sum.advanced += row.advanced;
    sum.first += row.first;
    sum.skipped += row.skipped;
    sum.rewound += row.rewound;
    sum.reread += row.reread;
  }
  return sum;
}
