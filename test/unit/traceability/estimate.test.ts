import { describe, expect, test } from "vitest";
import { reading } from "../../../src/traceability/gauge.ts";
import { produce, producedThrough } from "../../../src/traceability/production.ts";
import { type Behaviour, Metrics, Observer } from "./gauge-model.ts";
import { MINUTE, START } from "./samples.ts";

const ROUGH: Behaviour = { rate: 20, dropped: 10, late: 5, rebalances: 90 };
const HOUR = 12;
const DAY = 24 * HOUR;

function begun(seed: number, behaviour: Behaviour = ROUGH): { metrics: Metrics; observer: Observer } {
  const metrics = new Metrics(seed, behaviour);
  const observer = new Observer(metrics);
  metrics.producing = false;
  observer.rounds(4);
  expect(observer.tile).toBeDefined();
  metrics.producing = true;
  return { metrics, observer };
}

/** Until nothing moves and the Metrics API has shown that. */
function settle(metrics: Metrics, observer: Observer): void {
  metrics.producing = false;
  while (metrics.lag > 0) observer.rounds(1);
  observer.rounds(HOUR);
}

describe("the estimate from the Metrics API", () => {
  test.each([1, 2, 3, 4, 5, 6])("is right to the last message once all is at rest, after a day, seed %i", (seed) => {
    const { metrics, observer } = begun(seed);
    observer.rounds(DAY);
    settle(metrics, observer);
    expect(observer.counted).toBe(BigInt(metrics.read));
  });

  test.each([7, 8, 9, 10])(
    "is within a minute's production after a day that began in the middle of traffic, seed %i",
    (seed) => {
      const rough = { ...ROUGH, late: 0 };
      const metrics = new Metrics(seed, rough);
      const observer = new Observer(metrics);
      metrics.minutes(20);
      observer.look();
      while (!observer.tile) observer.rounds(1);
      const { minute } = observer.tile;
      const before = metrics.readThrough.get(minute) ?? 0;
      const error = () => {
        const { minute: last = 0, carry = 0n } = observer.tile ?? {};
        return Math.abs((metrics.readThrough.get(last) ?? 0) - before - Number(observer.counted + carry));
      };
      observer.rounds(DAY);
      expect(error()).toBeLessThanOrEqual(metrics.most);
      settle(metrics, observer);
      expect(error()).toBeLessThanOrEqual(metrics.most);
    },
  );

  test("does not drift over seven days", () => {
    const { metrics, observer } = begun(21);
    for (let day = 0; day < 7; day++) observer.rounds(DAY);
    settle(metrics, observer);
    expect(observer.counted).toBe(BigInt(metrics.read));
  });

  test("never counts less than nothing, and each window begins where the last one ended", () => {
    const { metrics, observer } = begun(31);
    observer.rounds(DAY);
    settle(metrics, observer);
    const ends = observer.counts.map(({ to }) => to);
    for (const [index, count] of observer.counts.entries()) {
      expect(count.messages).toBeGreaterThanOrEqual(0n);
      if (index > 0) expect(count.from).toBeGreaterThanOrEqual(ends[index - 1] ?? 0);
      expect(count.from).toBeLessThanOrEqual(count.to);
    }
  });

  test("holds the last lag of a group without members, and closes its window when it returns", () => {
    const { metrics, observer } = begun(41);
    observer.rounds(HOUR);
    metrics.connected = false;
    observer.rounds(6 * HOUR);
    const held = observer.counted;
    observer.rounds(6 * HOUR);
    expect(observer.counted).toBe(held);
    metrics.connected = true;
    observer.rounds(2 * HOUR);
    settle(metrics, observer);
    expect(observer.counted).toBe(BigInt(metrics.read));
  });

  test("recognises a rewind by a lag that rises by more than was produced, and what follows as read again", () => {
    const { metrics, observer } = begun(51, { ...ROUGH, rebalances: 0, late: 0 });
    observer.rounds(6 * HOUR);
    metrics.producing = false;
    observer.rounds(HOUR);
    const before = observer.counted;
    expect(before).toBe(BigInt(metrics.read));
    metrics.connected = false;
    metrics.minutes(1);
    metrics.rewind(5_000_000);
    metrics.connected = true;
    observer.rounds(3);
    expect(observer.counts.some(({ reasons }) => reasons.includes("rewind"))).toBe(true);
    settle(metrics, observer);
    const reread = observer.counts.reduce((sum, count) => sum + count.reread, 0n);
    expect(reread).toBeGreaterThan(4_900_000n);
    expect(observer.counted - before).toBe(reread);
    expect(observer.counted).toBeLessThanOrEqual(BigInt(metrics.read));
  });

  test("writes nothing while nothing is produced and nothing read", () => {
    const { metrics, observer } = begun(61);
    settle(metrics, observer);
    const { tile } = observer;
    observer.rounds(HOUR);
    expect(observer.tile).toBe(tile);
  });
});

describe("a reading of the gauge", () => {
  const at = (minute: number) => START + minute * MINUTE;
  const gauge = (...minutes: Record<number, number>[]) =>
    new Map(
      minutes.map((lags, minute) => [
        at(minute),
        new Map(Object.entries(lags).map(([partition, lag]) => [Number(partition), BigInt(lag)])),
      ]),
    );

  test("is of the last minute that shows all partitions", () => {
    const found = reading(gauge({ 0: 1, 1: 2 }, { 0: 3, 1: 4 }, { 0: 5 }), new Set(), 0, () => 9n);
    expect(found?.minute).toBe(at(1));
  });

  test("is none while a known partition is missing", () => {
    expect(reading(gauge({ 0: 1 }, { 0: 2 }), new Set([0, 1]), at(0) - MINUTE, () => 9n)).toBeUndefined();
  });

  test("goes on without a partition that was not shown for half an hour", () => {
    const found = reading(gauge({ 0: 1 }, { 0: 2 }), new Set([0, 1]), at(-40), () => 9n);
    expect(found).toEqual({ minute: at(1), lags: new Map([[0, 2n]]) });
  });

  test("is not a repetition of the minute before, unless nothing was produced or the group is at the end", () => {
    const repeated = gauge({ 0: 7 }, { 0: 8 }, { 0: 8 });
    expect(reading(repeated, new Set([0]), at(-1), () => 9n)?.minute).toBe(at(1));
    expect(reading(repeated, new Set([0]), at(-1), () => 0n)?.minute).toBe(at(2));
    expect(reading(gauge({ 0: 0 }, { 0: 0 }), new Set([0]), at(-1), () => 9n)?.minute).toBe(at(1));
  });
});

describe("production", () => {
  const count = (minute: number, records: bigint): [number, bigint] => [START + minute * MINUTE, records];

  test("adds a minute once however often it is shown, and what came late later", () => {
    const first = produce(undefined, new Map([count(0, 5n), count(1, 7n)]), 0, START + 2 * MINUTE);
    expect(first?.total).toBe(12n);
    const to = START + 3 * MINUTE;
    expect(produce(first, new Map([count(0, 5n), count(1, 7n)]), START + 2 * MINUTE, to)).toBeUndefined();
    const second = produce(first, new Map([count(1, 9n), count(2, 1n)]), START + 2 * MINUTE, to);
    expect(second?.total).toBe(15n);
    expect(producedThrough(second, START + MINUTE)).toBe(14n);
    expect(producedThrough(second, START)).toBe(5n);
  });

  test("keeps a minute that is not shown any more", () => {
    const first = produce(undefined, new Map([count(0, 5n)]), 0, START + MINUTE);
    expect(produce(first, new Map(), START + MINUTE, START + 2 * MINUTE)).toBeUndefined();
  });

  test("keeps the minutes of the last hour only", () => {
    const first = produce(undefined, new Map([count(0, 5n)]), 0, START + MINUTE);
    const later = produce(first, new Map([count(70, 1n)]), START + 70 * MINUTE, START + 71 * MINUTE);
    expect(later).toEqual({ total: 6n, recent: new Map([count(70, 1n)]) });
  });
});
