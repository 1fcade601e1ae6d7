import { describe, expect, test } from "vitest";
import { isExpired, standing, tombstone } from "../../../src/traceability/count.ts";
import { GROUP, INTERVAL, MINUTE, partitions, Sampled, START } from "./samples.ts";

const orders = (...offsets: Parameters<typeof partitions>[1]) => partitions("orders", offsets);

describe("counting from committed offsets", () => {
  test("first observation of a group at a connection's first sample is a baseline and counts nothing", () => {
    const group = new Sampled();
    expect(group.at(0, orders([90, 100], [50, 50]))).toEqual([
      {
        group: GROUP,
        topic: "orders",
        from: START,
        to: START,
        messages: 0n,
        reread: 0n,
        skipped: 0n,
        quality: "baseline",
        reasons: ["first-sight"],
      },
    ]);
    expect(group.at(5, orders([95, 100], [60, 61]))).toEqual([
      expect.objectContaining({
        from: START,
        to: START + INTERVAL,
        messages: 15n,
        reread: 0n,
        quality: "exact",
        reasons: [],
      }),
    ]);
  });

  test("a fresh group counts what it committed beyond the end that another group showed at the previous sample", () => {
    const group = new Sampled({ fresh: true, since: START - INTERVAL });
    const previousEnd = (partition: number) => [100n, 40n][partition];
    expect(group.at(0, orders([130, 130], [35, 60], [7, 9]), "STABLE", { previousEnd })).toEqual([
      expect.objectContaining({
        from: START - INTERVAL,
        to: START,
        messages: 30n,
        quality: "baseline",
        reasons: ["fresh-group"],
      }),
    ]);
    const known = new Sampled({ fresh: true });
    expect(known.at(0, orders([130, 130], [35, 60]), "STABLE", { previousEnd })).toEqual([
      expect.objectContaining({ messages: 30n, quality: "estimated", reasons: ["fresh-group"] }),
    ]);
  });

  test("an offset that moves back counts nothing, and progress up to the old mark is re-read", () => {
    const group = new Sampled();
    group.at(0, orders([100, 120]));
    expect(group.at(5, orders([40, 120]))).toEqual([
      expect.objectContaining({ messages: 0n, reread: 0n, quality: "baseline", reasons: ["rewind"] }),
    ]);
    expect(group.at(10, orders([90, 120]))).toEqual([
      expect.objectContaining({ messages: 50n, reread: 50n, quality: "exact", reasons: ["re-read"] }),
    ]);
    expect(group.at(15, orders([110, 120]))).toEqual([
      expect.objectContaining({ messages: 20n, reread: 10n, reasons: ["re-read"] }),
    ]);
    expect(group.at(20, orders([120, 120]))).toEqual([expect.objectContaining({ messages: 10n, reread: 0n })]);
  });

  test("messages read again are listed but not counted where KAFKA_METRICS_COUNTREREAD is false", () => {
    const group = new Sampled({ countReread: false });
    group.at(0, orders([100, 120]));
    group.at(5, orders([40, 120]));
    expect(group.at(10, orders([90, 120]))).toEqual([expect.objectContaining({ messages: 0n, reread: 50n })]);
    expect(group.at(15, orders([115, 120]))).toEqual([expect.objectContaining({ messages: 15n, reread: 10n })]);
  });

  test("a rewind of one partition does not touch what the others read", () => {
    const group = new Sampled();
    group.at(0, orders([100, 120], [10, 20]));
    expect(group.at(5, orders([0, 120], [20, 20]))).toEqual([
      expect.objectContaining({ messages: 10n, quality: "baseline", reasons: ["rewind"] }),
    ]);
  });

  test("a move beyond what was produced and what it lagged is counted and flagged as a jump", () => {
    const group = new Sampled();
    group.at(0, orders([100, 120]));
    expect(group.at(5, orders([135, 130]))).toEqual([
      expect.objectContaining({ messages: 35n, quality: "upper_bound", reasons: ["jump"] }),
    ]);
    expect(group.at(10, orders([140, 140]))).toEqual([
      expect.objectContaining({ messages: 5n, quality: "exact", reasons: [] }),
    ]);
  });

  test("a group that was deleted and re-created begins a new epoch with a baseline", () => {
    const group = new Sampled();
    group.at(0, orders([100, 120]));
    group.put(tombstone(group.topic()));
    expect(group.at(20, orders([110, 130]))).toEqual([
      expect.objectContaining({ messages: 0n, quality: "baseline", reasons: ["returned"] }),
    ]);
    expect(group.topic()).toMatchObject({ epoch: 2 });
    expect(group.at(25, orders([113, 130]))).toEqual([expect.objectContaining({ messages: 3n, quality: "exact" })]);
  });

  test("a deleted group that returns without a topic is still another one when it commits there", () => {
    const group = new Sampled();
    group.at(0, orders([100, 120]));
    group.put(tombstone(group.topic()));
    expect(group.at(20, [])).toEqual([]);
    expect(group.at(25, orders([500, 500]))).toEqual([
      expect.objectContaining({ messages: 0n, reasons: ["returned"] }),
    ]);
  });

  test("expired commits keep their last value, emit nothing, and what comes back is a baseline", () => {
    const group = new Sampled();
    group.at(0, orders([100, 120]));
    expect(group.at(5, [])).toEqual([]);
    expect(isExpired(group.topic())).toBe(false);
    expect(group.at(10, [])).toEqual([]);
    expect(isExpired(group.topic())).toBe(true);
    expect(group.topic().partitions.get(0)?.committed).toBe(100n);
    expect(group.at(15, [])).toEqual([]);
    expect(group.changes).toEqual([]);
    expect(group.at(20, orders([400, 400]))).toEqual([
      expect.objectContaining({ messages: 0n, quality: "baseline", reasons: ["returned"] }),
    ]);
  });

  test("commits that are out of sight for one sample go on from where they were", () => {
    const group = new Sampled();
    group.at(0, orders([100, 120]));
    group.at(5, []);
    expect(group.at(10, orders([118, 120]))).toEqual([
      expect.objectContaining({ messages: 18n, quality: "exact", reasons: [] }),
    ]);
  });

  test("a topic deleted with commits left drops out of the lag while the group goes on", () => {
    const group = new Sampled();
    group.at(0, [...orders([100, 120]), ...partitions("events", [[5, 10]])]);
    expect(group.at(5, [...orders([100]), ...partitions("events", [[9, 10]])])).toEqual([
      expect.objectContaining({ topic: "events", messages: 4n, quality: "exact" }),
    ]);
    expect(standing(group.topic().partitions).lag).toBe(0n);
    expect(standing(group.topic("events").partitions).lag).toBe(1n);
  });

  test("a topic re-created with the same name is told by its log end and begins a new epoch", () => {
    const group = new Sampled();
    group.at(0, orders([100, 120], [7, 9]));
    expect(group.at(5, orders([3, 10], [8, 9]))).toEqual([
      expect.objectContaining({ messages: 0n, quality: "baseline", reasons: ["re-created"] }),
    ]);
    expect(group.topic()).toMatchObject({ epoch: 2 });
    expect(group.at(10, orders([5, 10], [9, 9]))).toEqual([
      expect.objectContaining({ messages: 3n, reread: 0n, quality: "exact" }),
    ]);
  });

  test("a topic re-created after its commits were seen without a log is told by where they were", () => {
    const group = new Sampled();
    group.at(0, orders([100, 120]));
    group.at(5, orders([100]));
    expect(group.at(10, orders([3, 10]))).toEqual([expect.objectContaining({ reasons: ["re-created"] })]);
  });

  test("fewer partitions and commits that moved back are a topic re-created, and no index is out of range", () => {
    const group = new Sampled();
    group.at(0, orders([100, 120], [100, 120], [100, 120]));
    expect(group.at(5, orders([60, 130]))).toEqual([
      expect.objectContaining({ messages: 0n, reasons: ["re-created"] }),
    ]);
    expect([...group.topic().partitions.keys()]).toEqual([0]);
    const told = new Sampled();
    told.at(0, orders([100, 120], [100, 120]), "STABLE", { partitions: 2 });
    expect(told.at(5, orders([60, 130]), "STABLE", { partitions: 2 })).toEqual([
      expect.objectContaining({ reasons: ["rewind"] }),
    ]);
  });

  test("an added partition has no value before its first commit, which is its baseline", () => {
    const group = new Sampled();
    group.at(0, orders([10, 20]));
    expect(group.at(5, orders([15, 20], [null, 30]))).toEqual([
      expect.objectContaining({ messages: 5n, quality: "exact" }),
    ]);
    expect(group.at(10, orders([16, 20], [30, 30]))).toEqual([
      expect.objectContaining({ messages: 1n, quality: "baseline", reasons: ["new-partition"] }),
    ]);
    expect(group.at(15, orders([16, 20], [33, 33]))).toEqual([
      expect.objectContaining({ messages: 3n, quality: "exact" }),
    ]);
  });

  test("a never-committed partition has no lag and no checkpoint", () => {
    const group = new Sampled();
    expect(group.at(0, orders([null, 1_000]))).toEqual([]);
    expect(group.changes).toEqual([]);
    group.at(5, orders([null, 1_000], [4, 5]));
    expect(standing(group.topic().partitions)).toEqual({ position: 4n, lag: 1n });
  });

  test("a commit beyond the log end is kept raw and shown as no lag", () => {
    const group = new Sampled();
    group.at(0, orders([100, 95]));
    expect(group.topic().partitions.get(0)).toMatchObject({ committed: 100n, logEnd: 95n });
    expect(standing(group.topic().partitions).lag).toBe(0n);
    expect(group.at(5, orders([100, 100]))).toEqual([]);
  });

  test("transactions count as offset progress, with their markers", () => {
    const group = new Sampled();
    group.at(0, orders([0, 0]));
    // Four messages, one of them in a transaction with its marker.
    expect(group.at(5, orders([5, 5]))).toEqual([expect.objectContaining({ messages: 5n, quality: "exact" })]);
  });

  test("a compacted topic's count is an upper bound", () => {
    const group = new Sampled({}, { compact: true });
    group.at(0, orders([0, 100]));
    expect(group.at(5, orders([80, 100]))).toEqual([
      expect.objectContaining({ messages: 80n, quality: "upper_bound", reasons: ["compact"] }),
    ]);
  });

  test("messages that retention took before they were read are not counted where the log's start is known", () => {
    const group = new Sampled();
    group.at(0, orders([100, 500, 0]));
    expect(group.at(5, orders([100, 600, 300]))).toEqual([]);
    // A sample that does not show the start does not make forget it.
    expect(group.at(10, orders([100, 650]))).toEqual([]);
    expect(group.at(15, orders([350, 700, 300]))).toEqual([
      expect.objectContaining({ messages: 50n, skipped: 200n, quality: "upper_bound", reasons: ["skipped"] }),
    ]);
  });

  test("messages that were read before retention took them are counted", () => {
    const group = new Sampled();
    group.at(0, orders([100, 500, 0]));
    expect(group.at(5, orders([400, 600, 300]))).toEqual([
      expect.objectContaining({ messages: 300n, skipped: 0n, quality: "exact" }),
    ]);
  });

  test("a group that rested longer than messages are kept is flagged where the log's start is not known", () => {
    const group = new Sampled({}, { retentionMs: 60 * MINUTE });
    group.at(0, orders([100, 500]));
    group.since = START + 60 * MINUTE;
    expect(group.at(65, orders([400, 600]))).toEqual([
      expect.objectContaining({ messages: 300n, quality: "upper_bound", reasons: ["retention"] }),
    ]);
    expect(group.at(70, orders([500, 600]))).toEqual([expect.objectContaining({ quality: "exact" })]);
  });

  test("a count during a rebalance is stale", () => {
    const group = new Sampled();
    group.at(0, orders([100, 120]));
    expect(group.at(5, orders([110, 120]), "PREPARING_REBALANCE")).toEqual([
      expect.objectContaining({ messages: 10n, quality: "stale", reasons: ["rebalancing"] }),
    ]);
    expect(group.at(10, orders([110, 120]), "COMPLETING_REBALANCE")).toEqual([]);
  });

  test("no active members: the last values hold, and what is committed later counts", () => {
    const group = new Sampled();
    group.at(0, orders([100, 120]));
    expect(group.at(5, orders([100, 120]), "EMPTY")).toEqual([]);
    expect(group.changes).toEqual([]);
    expect(group.at(10, orders([120, 120]))).toEqual([expect.objectContaining({ messages: 20n, quality: "exact" })]);
  });

  test("offsets beyond 2^53 are counted to the last one", () => {
    const end = 2n ** 62n;
    const group = new Sampled();
    const at = (committed: bigint) => [{ topic: "orders", partition: 0, committed, logEnd: end }];
    group.at(0, at(end - 9_007_199_254_740_993n));
    expect(group.at(5, at(end))).toEqual([expect.objectContaining({ messages: 9_007_199_254_740_993n })]);
  });

  test("a missed poll makes one count with its true beginning and end", () => {
    const group = new Sampled();
    group.at(0, orders([100, 120]));
    expect(group.at(185, orders([400, 400]))).toEqual([
      expect.objectContaining({
        from: START,
        to: START + 185 * MINUTE,
        messages: 300n,
        quality: "interpolated",
        reasons: ["missed-samples"],
      }),
    ]);
  });

  test("the same sample taken twice counts once and writes nothing", () => {
    const group = new Sampled();
    group.at(0, orders([100, 120]));
    group.at(5, orders([110, 120]));
    expect(group.at(5, orders([110, 120]))).toEqual([]);
    expect(group.changes).toEqual([]);
  });

  test("a clock that jumps back counts the same and makes no window that ends before it begins", () => {
    const group = new Sampled();
    group.at(60, orders([100, 120]));
    expect(group.at(5, orders([110, 120]))).toEqual([
      expect.objectContaining({ from: START + INTERVAL, to: START + INTERVAL, messages: 10n, reasons: ["clock"] }),
    ]);
    expect(group.at(10, orders([113, 120]))).toEqual([
      expect.objectContaining({ from: START + INTERVAL, to: START + 2 * INTERVAL, messages: 3n, quality: "exact" }),
    ]);
  });
});
