import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NotYet } from "../../../src/http/errors.ts";
import type { MetricsPoint } from "../../../src/store/metrics-pages.ts";
import type { Ask } from "../../../src/traceability/look.ts";
import { type MetricsDependencies, sampleMetrics } from "../../../src/traceability/metrics-round.ts";
import { distinct, Kill } from "../../support/kill.ts";
import { Metrics } from "./gauge-model.ts";
import { MINUTE, START } from "./samples.ts";
import { PREFIX, World } from "./world.ts";

const BILLING = `${PREFIX}billing`;
const AUDIT = `${PREFIX}audit`;
const OTHER = "amp.ba9876543210.x";
const at = (minute: number) => START + minute * MINUTE;

let world: World;
beforeEach(() => {
  world = new World();
  world.grant("request", "app", "orders");
});
afterEach(() => world.close());

const produced = (minute: number, value: bigint): MetricsPoint => ({
  group: "",
  topic: "orders",
  partition: 0,
  minute,
  value,
});

/** What the model shows, as pages of points. */
function shown(metrics: Metrics, group = BILLING): Partial<MetricsDependencies> {
  return {
    listGroups: async () => [{ name: group, state: "STABLE", type: "CONSUMER" }],
    page: async ({ metric, from, to }) => {
      const lags = [...metrics.gauge(from, to)].flatMap(([minute, partitions]) =>
        [...partitions].map(([partition, value]) => ({ group, topic: "orders", partition, minute, value })),
      );
      const received = [...metrics.counts(from, to)].map(([minute, value]) => produced(minute, value));
      return { points: metric === "lags" ? lags : received, next: undefined };
    },
  };
}

async function rounds(metrics: Metrics, count: number, more: Partial<MetricsDependencies> = {}): Promise<void> {
  for (let round = 0; round < count; round++) {
    metrics.minutes(5);
    world.now = metrics.now;
    await sampleMetrics(world.metrics({ ...shown(metrics), ...more }));
  }
}

async function begun(seed = 1): Promise<Metrics> {
  const metrics = new Metrics(seed, { rate: 10, dropped: 5, late: 0, rebalances: 120 });
  metrics.producing = false;
  await rounds(metrics, 4);
  metrics.producing = true;
  return metrics;
}

async function settle(metrics: Metrics): Promise<void> {
  metrics.producing = false;
  while (metrics.lag > 0) await rounds(metrics, 1);
  await rounds(metrics, 12);
}

/** Points given by hand: lag by group at minutes, records by minute. */
function points(
  lags: Record<string, Record<number, number>>,
  records: Record<number, number>,
  state = "STABLE",
): Partial<MetricsDependencies> {
  const lagPoints = Object.entries(lags).flatMap(([group, minutes]) =>
    Object.entries(minutes).map(([minute, lag]) => ({
      ...produced(at(Number(minute)), BigInt(lag)),
      group,
    })),
  );
  const received = Object.entries(records).map(([minute, count]) => produced(at(Number(minute)), BigInt(count)));
  return {
    listGroups: async () => Object.keys(lags).map((name) => ({ name, state, type: "CLASSIC" })),
    page: async ({ metric, from, to }) => {
      const list = metric === "lags" ? lagPoints : received;
      return { points: list.filter(({ minute }) => minute >= from && minute < to), next: undefined };
    },
  };
}

async function roundAt(minute: number, more: Partial<MetricsDependencies>): Promise<void> {
  world.now = at(minute);
  await sampleMetrics(world.metrics(more));
}

const rows = () => world.stores.consumption.list({ limit: 100 });

describe("rounds over the Metrics API", () => {
  test("count what was read to the last message, when they began before it and end at rest", async () => {
    const metrics = await begun();
    await rounds(metrics, 48);
    await settle(metrics);
    expect(world.counted()).toBe(BigInt(metrics.read));
    expect(rows()).toMatchObject([{ application: "app", topic: "orders", request: "request", quality: "baseline" }]);
  });

  test("use only minutes that are closed", async () => {
    const asked: Ask[] = [];
    const page = async (ask: Ask) => {
      asked.push(ask);
      return { points: [], next: undefined };
    };
    await roundAt(10.5, { page });
    expect(asked.map(({ metric, to }) => [metric, to])).toEqual([
      ["received", at(5)],
      ["lags", at(5)],
    ]);
  });

  test("count nothing twice when a round is taken twice", async () => {
    const day = points({ [BILLING]: { 0: 0, 1: 0, 5: 4, 6: 3 } }, { 2: 50, 3: 50 });
    await roundAt(7, day);
    await roundAt(12, day);
    const counted = world.counted();
    expect(counted).toBe(97n);
    await roundAt(12, day);
    await roundAt(12.5, day);
    expect(world.counted()).toBe(counted);
  });

  test("carry what a window lacks into the next instead of cutting it off", async () => {
    const day = points({ [BILLING]: { 0: 0, 5: 30, 10: 0 } }, { 4: 10, 5: 10, 7: 10 });
    await roundAt(6, day);
    // The gauge shows more than was produced so far: sampled late in its minute.
    await roundAt(11, day);
    expect(world.counted()).toBe(0n);
    expect(world.stores.tiles.get(BILLING, "orders")?.carry).toBe(-10n);
    await roundAt(16, day);
    expect(world.counted()).toBe(30n);
    expect(world.stores.tiles.get(BILLING, "orders")?.carry).toBe(0n);
  });

  test("count several groups of one application together, and another application's apart", async () => {
    world.grant("second", "other", "orders");
    const day = points({ [BILLING]: { 0: 0, 5: 10 }, [AUDIT]: { 0: 0, 5: 0 }, [OTHER]: { 0: 0, 5: 60 } }, { 2: 100 });
    await roundAt(6, day);
    await roundAt(11, day);
    expect(rows()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ application: "app", messages: 190n }),
        expect.objectContaining({ application: "other", request: "second", messages: 40n }),
      ]),
    );
  });

  test("go on with a group that the cluster does not list", async () => {
    const metrics = await begun();
    await rounds(metrics, 12, { listGroups: async () => [] });
    await settle(metrics);
    expect(world.counted()).toBe(BigInt(metrics.read));
  });

  test("hold the window of a group that is rebalancing, and say so", async () => {
    const day = points({ [BILLING]: { 0: 0, 5: 10, 10: 20 } }, { 2: 100, 7: 100 });
    await roundAt(6, day);
    const rebalancing = points({ [BILLING]: { 5: 10 } }, { 2: 100 }, "PREPARING_REBALANCE");
    await roundAt(11, rebalancing);
    expect(world.counted()).toBe(0n);
    expect(world.stores.groups.get(BILLING)).toMatchObject({ state: "PREPARING_REBALANCE", staleSince: at(1) });
    await roundAt(16, day);
    expect(world.counted()).toBe(180n);
    expect(world.stores.groups.get(BILLING)?.staleSince).toBeUndefined();
  });

  test("ask in pieces of six hours after a day without a round, and lose nothing", async () => {
    const metrics = await begun();
    metrics.minutes(24 * 60);
    const spans: number[] = [];
    const model = shown(metrics);
    await rounds(metrics, 1, {
      page: async (ask, token) => {
        if (ask.metric === "received") spans.push((ask.to - ask.from) / MINUTE);
        return model.page?.(ask, token);
      },
    });
    expect(spans).toHaveLength(5);
    expect(Math.max(...spans)).toBe(360);
    await settle(metrics);
    expect(world.counted()).toBe(BigInt(metrics.read));
  });

  test("begin anew, with an audit entry, when minutes are lost for good", async () => {
    const metrics = await begun();
    await rounds(metrics, 12);
    const counted = world.counted();
    metrics.minutes(8 * 24 * 60);
    await rounds(metrics, 1);
    expect(world.counted()).toBe(counted);
    expect(world.stores.journal.audits(1)).toMatchObject([{ action: "began to count anew" }]);
    const before = metrics.readThrough.get(world.stores.tiles.get(BILLING, "orders")?.minute ?? 0) ?? 0;
    await settle(metrics);
    expect(Math.abs(Number(world.counted() - counted) - (metrics.read - before))).toBeLessThanOrEqual(metrics.most);
  });

  test("keep a removed request until the minutes of its time were seen and reported", async () => {
    const metrics = await begun();
    await rounds(metrics, 6);
    world.stores.granted.remove("request", world.now);
    await rounds(metrics, 6);
    for (const row of world.stores.consumption.allOpen()) world.stores.consumption.close(row, world.now, "event");
    expect(world.stores.granted.get("request")).toBeDefined();
    metrics.connected = false;
    await rounds(metrics, 12);
    for (const row of world.stores.consumption.allOpen()) world.stores.consumption.close(row, world.now, "event");
    await rounds(metrics, 1);
    expect(world.stores.granted.all()).toEqual([]);
    expect(world.stores.tiles.ofGroup(BILLING)).toEqual([]);
  });

  test("forget what was counted from commits when the cluster no longer tells them, and the other way round", async () => {
    world.broker.topic("orders", 1);
    world.broker.group(BILLING, "orders");
    await world.round();
    const day = points({ [BILLING]: { 20: 0 } }, {});
    await roundAt(26, day);
    expect(world.stores.checkpoints.ofGroup(BILLING)).toEqual([]);
    expect(world.stores.tiles.ofGroup(BILLING)).toHaveLength(1);
    world.broker.produce("orders", 0, 10);
    world.broker.consume(BILLING, "orders", 0, 10);
    await world.round();
    expect(world.stores.tiles.ofGroup(BILLING)).toEqual([]);
    expect(world.counted()).toBe(0n);
  });

  test("go on with the page where they had to wait, with the same minutes, and drop pages that expired", async () => {
    const day = points({ [BILLING]: { 0: 0, 5: 4 }, [AUDIT]: { 0: 0, 5: 9 } }, { 2: 50 });
    await roundAt(6, day);
    const asked: string[] = [];
    let state: "waits" | "expired" | "good" = "waits";
    // Each point is a page of its own.
    const page: MetricsDependencies["page"] = async (ask, token) => {
      const all = (await day.page?.(ask, undefined))?.points ?? [];
      const index = Number(token ?? 0);
      asked.push(`${ask.metric} ${(ask.to - START) / MINUTE} ${index}`);
      if (ask.metric === "lags" && index === 2 && state === "waits")
        throw new NotYet(world.now + MINUTE, "60 a minute");
      if (token !== undefined && state === "expired") {
        state = "good";
        return undefined;
      }
      return { points: all.slice(index, index + 1), next: index + 1 < all.length ? String(index + 1) : undefined };
    };
    await expect(roundAt(11, { ...day, page })).rejects.toThrow("60 a minute");
    expect(asked.splice(0)).toEqual(["received 6 0", "lags 6 0", "lags 6 1", "lags 6 2"]);
    state = "good";
    await roundAt(12, { ...day, page });
    expect(asked.splice(0)).toEqual(["lags 6 2", "lags 6 3"]);
    expect(world.counted()).toBe(87n);
    expect(world.runtime.ports.sql.exec("SELECT * FROM metrics_page")).toEqual([]);
    state = "waits";
    await expect(roundAt(16, { ...day, page })).rejects.toThrow("60 a minute");
    state = "expired";
    asked.splice(0);
    await roundAt(17, { ...day, page });
    expect(asked).toEqual(["lags 11 2", "lags 11 0", "lags 11 1", "lags 11 2", "lags 11 3"]);
    expect(world.counted()).toBe(87n);
  });

  test("write nothing about groups and topics of others", async () => {
    await roundAt(6, points({ "somebody-else": { 0: 5 }, [OTHER]: { 0: 5 } }, { 0: 100 }));
    expect(world.stores.groups.all()).toEqual([]);
    expect(world.stores.tiles.topics()).toEqual([]);
    expect(world.stores.production.topics()).toEqual(["orders"]);
  });

  test("change no total when they are killed anywhere", async () => {
    const day = points({ [BILLING]: { 0: 0, 5: 4, 10: 2 }, [AUDIT]: { 0: 0, 5: 0, 10: 9 } }, { 2: 50, 3: 50, 8: 10 });
    const witness = new Kill();
    await roundAt(6, day);
    world.now = at(11);
    await sampleMetrics(world.metrics(day, witness.adapt(world.runtime.ports)));
    await roundAt(16, day);
    const total = world.counted();
    expect(total).toBe(209n);
    const labels = distinct(witness.points);
    expect(labels.length).toBeGreaterThan(0);
    for (let point = 0; point < witness.points.length; point++) {
      world.close();
      world = new World();
      world.grant("request", "app", "orders");
      await roundAt(6, day);
      const kill = new Kill(point);
      world.now = at(11);
      const dying = sampleMetrics(world.metrics(day, kill.adapt(world.runtime.ports))).catch(() => undefined);
      await Promise.race([dying, kill.died]);
      await roundAt(16, day);
      expect(world.counted(), witness.points[point]?.label).toBe(total);
    }
  });
});
