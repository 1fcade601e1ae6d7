import { describe, expect, test } from "vitest";
import type { Checkpoint, PartitionMark } from "../../../src/store/checkpoints.ts";
import type { GroupRow } from "../../../src/store/groups.ts";
import type { Tile } from "../../../src/store/tiles.ts";
import { restlessApplications } from "../../../src/traceability/group-notes.ts";
import { type GroupFacts, groupStanding } from "../../../src/traceability/group-standing.ts";
import { GROUP, MINUTE, START } from "./samples.ts";

const DAY = 24 * 60 * MINUTE;
const NOW = START + 60 * MINUTE;
const row: GroupRow = {
  name: GROUP,
  application: "app",
  state: "STABLE",
  type: "CLASSIC",
  firstSeenAt: START,
  samples: 2,
  absent: 0,
  hasCommits: true,
  staleSince: undefined,
  problem: undefined,
};
const mark = (committed: bigint, logEnd?: bigint, absent = 0): PartitionMark => ({
  committed,
  high: committed,
  logEnd,
  lostTo: undefined,
  absent,
});
const checkpoint = (topic: string, ...marks: readonly PartitionMark[]): Checkpoint => ({
  group: GROUP,
  topic,
  epoch: 1,
  generation: 1,
  partitions: new Map(marks.map((each, partition) => [partition, each])),
  partitionCount: undefined,
  readAt: START,
  movedAt: START + 1,
  firstSeenAt: START,
  points: [],
});
const tile: Tile = {
  group: GROUP,
  topic: "orders",
  generation: 1,
  minute: START,
  produced: 100n,
  carry: 0n,
  again: 0n,
  lags: new Map([
    [1, 5n],
    [0, 7n],
  ]),
  movedAt: START + 2,
  firstSeenAt: START,
  points: [],
};
const standing = (more: Partial<GroupFacts> = {}) =>
  groupStanding({ row, checkpoints: [], tiles: [], isCompact: () => false, sampledAt: NOW, now: NOW, ...more });

describe("a group that is well", () => {
  test("has the lag of all partitions of all topics, past what a double holds, as text", () => {
    const found = standing({
      checkpoints: [
        checkpoint("a", mark(9_007_199_254_740_993n, 18_014_398_509_481_987n), mark(1n, 2n)),
        { ...checkpoint("b", mark(0n, 10n)), movedAt: START + 5 },
      ],
    });
    expect(found).toMatchObject({
      lag: "9007199254741005",
      topics: ["a", "b"],
      lastCommitSeen: START + 5,
      lastSample: NOW,
      quality: "exact",
      reasons: [],
      notes: [],
      kind: "consumer",
      supported: true,
    });
    expect(found.standings[0]?.partitions[0]).toEqual({
      partition: 0,
      committed: "9007199254740993",
      logEnd: "18014398509481987",
      lag: "9007199254740994",
      expired: false,
    });
  });

  test("that committed beyond the end of the log is behind by nothing, not by less", () => {
    expect(standing({ checkpoints: [checkpoint("a", mark(12n, 10n), mark(1n, 4n))] }).lag).toBe("3");
  });

  test("trends as the topic that needs attention most", () => {
    const moving = (topic: string, ...lags: readonly bigint[]) => ({
      ...checkpoint(topic, mark(1n, 1n)),
      points: lags.map((lag, index) => ({ at: NOW - (40 - index * 35) * MINUTE, position: BigInt(index), lag })),
    });
    const resting = { ...moving("a", 0n, 0n), points: [{ at: NOW - 50 * MINUTE, position: 3n, lag: 0n }] };
    const stalled = { ...moving("c", 0n, 0n), points: [{ at: NOW - 50 * MINUTE, position: 3n, lag: 9n }] };
    const trends = (...checkpoints: Checkpoint[]) => standing({ checkpoints }).trend;
    expect(trends(resting)).toBe("at rest");
    expect(trends(resting, moving("b", 9n, 4n))).toBe("shrinking");
    expect(trends(resting, moving("b", 9n, 4n), moving("d", 4n, 9n))).toBe("growing");
    expect(trends(resting, moving("d", 4n, 9n), stalled)).toBe("stalled");
    expect(trends(checkpoint("a", mark(1n, 1n)))).toBe("unknown");
  });
});

describe("what makes a group's numbers less certain is told", () => {
  test.each([
    ["first seen", { samples: 1 }, "baseline", "first-sight", "fewer than two samples"],
    [
      "could not be read",
      { problem: "503", staleSince: START },
      "stale",
      "missed-samples",
      "could not be sampled: 503",
    ],
    ["is rebalancing", { state: "PREPARING_REBALANCE" }, "stale", "rebalancing", undefined],
    ["was not listed once", { absent: 1, staleSince: START }, "stale", "missed-samples", "did not show it"],
  ] as const)("it %s", (_what, change, quality, reason, note) => {
    const found = standing({ row: { ...row, ...change }, checkpoints: [checkpoint("a", mark(1n, 2n))] });
    expect(found.quality).toBe(quality);
    expect(found.reasons).toEqual([reason]);
    if (note === undefined) expect(found.notes).toEqual([]);
    else expect(found.notes).toEqual([expect.stringContaining(note)]);
  });

  test("it reads a compacted topic", () => {
    const found = standing({ checkpoints: [checkpoint("a", mark(1n, 2n))], isCompact: (topic) => topic === "a" });
    expect([found.quality, found.reasons]).toEqual(["upper_bound", ["compact"]]);
  });

  test("only lags are known: no offsets, partitions in order, an estimate", () => {
    const found = standing({ tiles: [tile] });
    expect([found.quality, found.lag, found.lastCommitSeen]).toEqual(["estimated", "12", START + 2]);
    expect(found.standings[0]?.partitions).toEqual([
      { partition: 0, committed: undefined, logEnd: undefined, lag: "7", expired: false },
      { partition: 1, committed: undefined, logEnd: undefined, lag: "5", expired: false },
    ]);
    expect(found.notes).toEqual([]);
  });

  test("it is gone: its state says so, whatever it was last", () => {
    const found = standing({ row: { ...row, absent: 2, staleSince: START } });
    expect(found).toMatchObject({ state: "GONE", topics: [], lag: undefined, trend: "unknown", lastSample: START });
    expect(found.notes).toEqual([expect.stringContaining("It is gone")]);
  });

  test("its commits are gone: the last values stay, marked, and are no part of its lag", () => {
    const found = standing({ checkpoints: [checkpoint("a", mark(1n, 5n, 2)), checkpoint("b", mark(1n, 2n))] });
    expect(found.standings[0]).toMatchObject({ lag: "4", quality: "expired", trend: "unknown" });
    expect([found.lag, found.quality]).toEqual(["1", "expired"]);
    expect(found.notes).toEqual([expect.stringContaining("Its commits on a are gone")]);
  });

  test("all its commits are gone: its lag is the last one, marked", () => {
    const found = standing({ checkpoints: [checkpoint("a", mark(1n, 5n, 2)), checkpoint("b", mark(1n, 2n, 2))] });
    expect([found.lag, found.quality]).toEqual(["5", "expired"]);
  });

  test("one partition's commit is gone: the others count", () => {
    const found = standing({ checkpoints: [checkpoint("a", mark(1n, 5n, 2), mark(1n, 3n))] });
    expect([found.lag, found.standings[0]?.partitions.map(({ expired }) => expired)]).toEqual(["2", [true, false]]);
  });

  test("a topic without an end has no lag, the group has that of the others", () => {
    const found = standing({ checkpoints: [checkpoint("a", mark(1n)), checkpoint("b", mark(1n, 2n))] });
    expect([found.standings[0]?.lag, found.lag]).toEqual([undefined, "1"]);
    expect(found.notes).toEqual([expect.stringContaining("No end of a is known")]);
  });

  test("a tombstone is no topic that it reads", () => {
    expect(standing({ checkpoints: [checkpoint("a")] }).topics).toEqual([]);
  });

  test("it commits nothing", () => {
    const found = standing({ row: { ...row, hasCommits: false } });
    expect(found.notes).toEqual([expect.stringContaining("no committed offsets")]);
  });
});

test.each([
  ["SHARE", "share"],
  ["STREAMS", "streams"],
])("a group of type %s is not supported, and one sentence says so", (type, kind) => {
  const found = standing({ row: { ...row, type, samples: 0, hasCommits: false } });
  expect(found).toMatchObject({ kind, supported: false, lag: undefined, lastSample: undefined });
  expect(found.notes).toEqual([expect.stringContaining("not supported")]);
});

describe("applications with ever new groups", () => {
  const groups = (application: string, ages: readonly number[]): GroupRow[] =>
    ages.map((age, index) => ({ ...row, name: `${application}.${index}`, application, firstSeenAt: NOW - age }));

  test("are named from the fourth within a day", () => {
    const rows = [...groups("calm", [1, 2, 3, DAY, DAY + 1]), ...groups("restless", [1, 2, 3, DAY - 1])];
    expect(restlessApplications(rows, NOW)).toEqual([expect.stringMatching(/^restless has 4 new groups/)]);
  });

  test("are none where there is none", () => {
    expect(restlessApplications([], NOW)).toEqual([]);
  });
});
