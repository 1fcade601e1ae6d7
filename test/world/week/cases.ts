import { HOUR_MS, MINUTE_MS } from "../../support/rig.ts";
import type { Stage } from "./stage.ts";

/** What may become of a group, a topic or a consumer, and what counting makes of it. One application each. */
export interface Case {
  readonly name: string;
  /** Called once a day, at its beginning; what it schedules is over within the day. */
  readonly day: (stage: Stage) => void;
  /** How its consumer differs from one that reads everything at once. */
  readonly consumer?: Parameters<Stage["consume"]>[0];
  readonly producer?: Parameters<Stage["produce"]>[0];
  readonly partitions?: number;
  readonly configs?: Readonly<Record<string, string>>;
  /** Reasons that the operator must find. */
  readonly told?: readonly string[];
  /** What may be missing a day: so many windows, in messages a minute of them; none when not given. */
  readonly missing?: number;
  /** What was passed over unread is in the count: nothing shows that it was not read. */
  readonly skippedCounts?: boolean;
  /**
   * What the Metrics API shows of it where it shows no commits: all that was produced counts as read once the lag is gone, be it passed over
   * or without markers of transactions; or nothing, of a group without members.
   */
  readonly basic?: "produced" | "nothing";
}

const at = (hours: number, minutes = 0): number => hours * HOUR_MS + minutes * MINUTE_MS;

export const CASES: readonly Case[] = [
  {
    name: "its members change places every now and then",
    day: ({ every, group }) =>
      every(28 * MINUTE_MS, (side) => ({ do: "rebalance", side, group: group(), ms: 4 * MINUTE_MS })),
    consumer: { members: 3 },
  },
  {
    name: "it is set back and reads again",
    consumer: { perMinute: 25 },
    day: ({ schedule, topic, group }) => {
      for (const hours of [5, 14])
        schedule(at(hours), (side) => ({ do: "reset", side, group: group(), topic, to: { back: 1_500 } }));
    },
    told: ["rewind", "re-read"],
    // What it reads of the first window after it was set back cannot be told.
    missing: 2 * 2 * 25,
  },
  {
    name: "it is set to the end while it is behind",
    basic: "produced",
    consumer: { perMinute: 8 },
    day: ({ schedule, topic, group }) =>
      schedule(at(12), (side) => ({ do: "reset", side, group: group(), topic, to: "latest" })),
    skippedCounts: true,
  },
  {
    name: "it stops in the evening and goes on in the morning, or crashes",
    day: ({ schedule, consumer }) => {
      schedule(at(3), () => ({ do: "stop", name: consumer() }));
      schedule(at(9), () => ({ do: "start", name: consumer() }));
      schedule(at(15), () => ({ do: "stop", name: consumer(), crash: true }));
      schedule(at(16), () => ({ do: "start", name: consumer() }));
    },
  },
  {
    name: "its producer writes in transactions, and aborts some",
    basic: "produced",
    producer: { transactions: { minutes: 2, abortEvery: 5 } },
    consumer: { isolation: "read_committed" },
    day: () => undefined,
  },
  {
    name: "it reads uncommitted what is aborted later, and a transaction stays open for hours",
    basic: "produced",
    producer: { transactions: { minutes: 0, abortEvery: 3 } },
    consumer: { isolation: "read_uncommitted" },
    day: ({ schedule, topic }) => {
      schedule(at(6), (side) => ({ do: "open-transaction", side, topic, partition: 0, records: 10 }));
      schedule(at(10), (side) => ({ do: "end-transaction", side, topic, partition: 0, outcome: "commit" }));
    },
  },
  {
    name: "retention takes what it did not read",
    basic: "produced",
    configs: { "retention.ms": String(2 * HOUR_MS) },
    day: ({ schedule, consumer, topic }) => {
      schedule(at(4), () => ({ do: "stop", name: consumer() }));
      schedule(at(10), (side) => ({ do: "trim", side, topic, keep: 200 }));
      schedule(at(10, 1), () => ({ do: "start", name: consumer() }));
    },
    told: ["retention"],
    skippedCounts: true,
  },
  {
    name: "its topic is compacted",
    configs: { "cleanup.policy": "compact" },
    consumer: { perMinute: 8 },
    day: ({ every, topic }) => every(4 * HOUR_MS, (side) => ({ do: "compact", side, topic, every: 4 })),
    told: ["compact"],
  },
  {
    name: "its topic is deleted and made again with fewer partitions",
    partitions: 3,
    day: ({ schedule, topic }) => {
      schedule(at(8), (side) => ({ do: "delete-topic", side, topic }));
      schedule(at(8, 20), (side) => ({ do: "create-topic", side, topic, partitions: 2 }));
      schedule(at(19), (side) => ({ do: "delete-topic", side, topic }));
      schedule(at(19, 20), (side) => ({ do: "create-topic", side, topic, partitions: 3 }));
    },
    told: ["re-created"],
    missing: 2 * 2 * 15,
  },
  {
    name: "partitions are added",
    partitions: 1,
    day: ({ schedule, topic, today }) =>
      schedule(at(11), (side) => ({ do: "grow-topic", side, topic, partitions: today + 2 })),
    told: ["new-partition"],
    missing: 2 * 15,
  },
  {
    name: "its commits expire while it rests",
    consumer: { startAt: "latest" },
    day: ({ schedule, consumer, group }) => {
      schedule(at(3), () => ({ do: "stop", name: consumer() }));
      schedule(at(4), (side) => ({ do: "expire", side, group: group() }));
      schedule(at(7), () => ({ do: "start", name: consumer() }));
    },
    told: ["returned"],
    missing: 2 * 15,
  },
  {
    name: "its group is deleted, and another one takes its name",
    consumer: { startAt: "latest" },
    day: ({ schedule, consumer, group }) => {
      schedule(at(5), () => ({ do: "stop", name: consumer() }));
      schedule(at(5, 30), (side) => ({ do: "delete-group", side, group: group() }));
      schedule(at(9), () => ({ do: "start", name: consumer() }));
    },
    told: ["returned"],
    missing: 2 * 15,
  },
  {
    name: "it starts a group beside the one it has",
    day: ({ schedule, another }) => {
      schedule(at(7), () => ({ do: "consume", consumer: another("fresh", { startAt: "latest" }) }));
    },
    told: ["fresh-group"],
    missing: 2 * 15,
  },
  {
    name: "it keeps its offsets elsewhere",
    basic: "nothing",
    consumer: { commitMs: "never", isAssigned: true },
    day: () => undefined,
  },
  {
    name: "it is assigned its partitions by hand and commits",
    basic: "nothing",
    consumer: { isAssigned: true, commitMs: 0 },
    day: () => undefined,
  },
  {
    name: "it has share and streams groups too",
    day: ({ otherGroups }) => otherGroups(),
  },
  {
    name: "a partition has no leader for hours",
    partitions: 2,
    day: ({ schedule, topic }) => {
      schedule(at(13), (side) => ({ do: "leader", side, topic, partition: 0, there: false }));
      schedule(at(16), (side) => ({ do: "leader", side, topic, partition: 0, there: true }));
    },
    told: ["missed-samples"],
  },
  {
    name: "its commits are long apart",
    consumer: { commitMs: 17 * MINUTE_MS },
    day: () => undefined,
  },
  {
    name: "it is slow, and hurries at times",
    consumer: { perMinute: 15 },
    producer: { unevenness: 1 },
    day: () => undefined,
  },
  {
    name: "commits on one of its topics expire",
    basic: "produced",
    consumer: { startAt: "latest" },
    day: ({ schedule, group, topic, consumer }) => {
      schedule(at(6), () => ({ do: "stop", name: consumer(), crash: true }));
      schedule(at(6, 1), (side) => ({ do: "expire", side, group: group(), topic }));
      schedule(at(6, 40), () => ({ do: "start", name: consumer() }));
    },
    told: ["returned"],
    missing: 2 * 15,
  },
];
