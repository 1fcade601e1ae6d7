import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UpstreamError } from "../../../src/http/errors.ts";
import { sampleGroups } from "../../../src/traceability/sample.ts";
import { distinct, Kill } from "../../support/kill.ts";
import { chance } from "./broker.ts";
import { INTERVAL, START } from "./samples.ts";
import { PREFIX, World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World();
  world.grant("request", "app", "orders");
  world.broker.topic("orders", 2);
});
afterEach(() => world.close());

const billing = `${PREFIX}billing`;
const rows = () => world.stores.consumption.list({ limit: 100 });

describe("sampling", () => {
  test("reads each group once a round, and only groups of our applications", async () => {
    world.broker.group(billing, "orders");
    world.broker.group("somebody-else", "orders");
    world.broker.group("amp.ffffffffffff.of-another-environment", "orders");
    await world.round();
    expect(world.broker.calls).toBe(2);
    expect(world.stores.groups.all()).toMatchObject([{ name: billing, application: "app", samples: 1 }]);
  });

  test("reads 1,000 groups in 1,001 requests, part by part", async () => {
    for (let index = 0; index < 1_000; index++) world.broker.group(`${PREFIX}${index}`, "orders");
    await world.round();
    expect(world.broker.calls).toBe(1_001);
    expect(world.stores.groups.count()).toBe(1_000);
  });

  test("goes on where a wake ended, without a second listing", async () => {
    for (let index = 0; index < 120; index++) world.broker.group(`${PREFIX}${index}`, "orders");
    expect(await sampleGroups(world.sampling())).toBe("more");
    expect(world.broker.calls).toBe(51);
    expect(await sampleGroups(world.sampling())).toBe("more");
    expect(await sampleGroups(world.sampling())).toBe("over");
    expect(world.broker.calls).toBe(121);
  });

  test("lists anew when the round under way has become old", async () => {
    for (let index = 0; index < 120; index++) world.broker.group(`${PREFIX}${index}`, "orders");
    await sampleGroups(world.sampling());
    world.now += 3 * INTERVAL;
    await world.round();
    expect(world.broker.calls).toBe(51 + 121);
  });

  test("writes no row about a group of which nothing changed", async () => {
    world.broker.group(billing, "orders");
    await world.round();
    await world.round();
    const before = world.stores.checkpoints.ofGroup(billing);
    for (let round = 0; round < 5; round++) await world.round();
    expect(world.stores.checkpoints.ofGroup(billing)).toEqual(before);
    expect(rows()).toHaveLength(1);
  });

  test("counts from the round before, though nothing was written in it", async () => {
    world.broker.group(billing, "orders");
    for (let round = 0; round < 5; round++) await world.round();
    world.broker.produce("orders", 0, 7);
    world.broker.consume(billing, "orders", 0, 7);
    const baseline = rows()[0];
    if (baseline) world.stores.consumption.close(baseline, world.now, undefined);
    await world.round();
    expect(rows()[0]).toMatchObject({
      startedAt: START + 5 * INTERVAL,
      endedAt: START + 6 * INTERVAL,
      messages: 7n,
      quality: "exact",
    });
  });

  test("a group that cannot be read is stale with its reason, the others go on, and nothing of it is lost", async () => {
    world.broker.group(billing, "orders");
    world.broker.group(`${PREFIX}audit`, "orders");
    await world.round();
    world.broker.produce("orders", 0, 10);
    for (const group of [billing, `${PREFIX}audit`]) world.broker.consume(group, "orders", 0, 10);
    const commitsOf = async (group: string) =>
      group === billing
        ? ({ kind: "failed", problem: "partition 1 of orders has no leader" } as const)
        : world.broker.commitsOf(group);
    await world.round({ commitsOf });
    await world.round({ commitsOf });
    expect(world.stores.groups.get(billing)).toMatchObject({
      staleSince: START + INTERVAL,
      problem: "partition 1 of orders has no leader",
    });
    expect(world.counted()).toBe(10n);
    await world.round();
    expect(world.stores.groups.get(billing)).toMatchObject({ staleSince: undefined, problem: undefined });
    expect(world.counted()).toBe(20n);
    expect(rows()[0]?.reasons).toContain("missed-samples");
  });

  test("a failure that concerns all groups ends the part, which is read again", async () => {
    world.broker.group(billing, "orders");
    world.broker.group(`${PREFIX}audit`, "orders");
    await world.round();
    const refused = new UpstreamError("kafka", { kind: "unauthorised" }, "the key was refused");
    await expect(world.round({ commitsOf: () => Promise.reject(refused) })).rejects.toBe(refused);
    world.broker.produce("orders", 0, 10);
    world.broker.consume(billing, "orders", 0, 10);
    const before = world.broker.calls;
    await sampleGroups(world.sampling());
    expect(world.broker.calls - before).toBe(2);
    expect(world.counted()).toBe(10n);
  });

  test("a 404 for a group without commits is an empty group, not an error", async () => {
    world.broker.group(billing, "orders");
    await world.round({ commitsOf: async () => ({ kind: "commits", partitions: [] }) });
    expect(world.stores.groups.get(billing)).toMatchObject({ problem: undefined, hasCommits: false, samples: 1 });
    expect(rows()).toEqual([]);
  });

  test("share and streams groups are listed and never asked for lags", async () => {
    world.broker.group(billing, "orders");
    const listGroups = async () => [{ name: `${PREFIX}shared`, state: "STABLE", type: "SHARE" }];
    await world.round({ listGroups });
    expect(world.broker.calls).toBe(0);
    expect(world.stores.groups.all()).toMatchObject([{ type: "SHARE", samples: 0 }]);
  });

  test("a group gone for two polls is another one when it returns", async () => {
    world.broker.group(billing, "orders");
    await world.round();
    const listGroups = async () => [];
    await world.round({ listGroups });
    await world.round({ listGroups });
    expect(world.stores.groups.get(billing)).toMatchObject({ absent: 2 });
    world.broker.produce("orders", 0, 50);
    world.broker.consume(billing, "orders", 0, 50);
    await world.round();
    expect(world.counted()).toBe(0n);
    expect(world.stores.checkpoints.ofGroup(billing)).toMatchObject([{ epoch: 2 }]);
    expect(rows()[0]?.reasons).toContain("returned");
  });

  test("a group missing from one listing goes on as if it had been there", async () => {
    world.broker.group(billing, "orders");
    await world.round();
    await world.round({ listGroups: async () => [] });
    world.broker.produce("orders", 0, 50);
    world.broker.consume(billing, "orders", 0, 50);
    await world.round();
    expect(world.counted()).toBe(50n);
    expect(world.stores.groups.get(billing)).toMatchObject({ absent: 0, staleSince: undefined });
  });

  test("a group that appears later is counted from the end that another one showed at the round before", async () => {
    world.broker.group(billing, "orders");
    world.broker.produce("orders", 0, 100);
    await world.round();
    world.broker.produce("orders", 0, 20);
    world.broker.group(`${PREFIX}fresh`, "orders");
    await world.round();
    expect(world.counted()).toBe(20n);
    expect(rows()[0]).toMatchObject({ reasons: expect.arrayContaining(["fresh-group"]) });
  });

  test("two groups that appear together are both counted from the round before, not one from the other", async () => {
    world.broker.group(billing, "orders");
    await world.round();
    world.broker.produce("orders", 1, 20);
    world.broker.group(`${PREFIX}a`, "orders");
    world.broker.group(`${PREFIX}z`, "orders");
    await world.round();
    expect(world.counted()).toBe(40n);
  });

  test("a group that was there before its application was known is not taken for a fresh one", async () => {
    world.broker.group(billing, "orders");
    const later = "amp.ba9876543210.later";
    world.broker.group(later, "orders");
    await world.round();
    world.broker.produce("orders", 0, 30);
    world.broker.consume(later, "orders", 0, 30);
    world.grant("second", "other", "orders");
    await world.round();
    expect(world.counted()).toBe(0n);
    expect(world.stores.checkpoints.ofGroup(later)).toHaveLength(1);
  });

  test("counts under the request provisioned last, and what none explains apart", async () => {
    world.grant("newer", "app", "orders", START);
    world.broker.topic("events", 1);
    world.broker.group(billing, "orders");
    world.broker.group(billing, "events");
    await world.round();
    for (const topic of ["orders", "events"]) {
      world.broker.produce(topic, 0, 5);
      world.broker.consume(billing, topic, 0, 5);
    }
    await world.round();
    expect(rows()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ topic: "orders", request: "newer", messages: 5n }),
        expect.objectContaining({ topic: "events", request: "", messages: 5n }),
      ]),
    );
    expect(rows()).toHaveLength(2);
  });

  test("a removed request is counted for the last time, and let go when that was reported", async () => {
    world.broker.group(billing, "orders");
    await world.round();
    world.broker.produce("orders", 0, 9);
    world.broker.consume(billing, "orders", 0, 9);
    world.stores.granted.remove("request", world.now + 1);
    await world.round();
    expect(rows()).toMatchObject([{ request: "request", messages: 9n }]);
    expect(world.stores.granted.get("request")).toBeDefined();
    for (const row of world.stores.consumption.allOpen()) world.stores.consumption.close(row, world.now, "event");
    await world.round();
    expect(world.stores.granted.all()).toEqual([]);
    expect(world.stores.groups.all()).toEqual([]);
    expect(world.stores.checkpoints.ofGroup(billing)).toEqual([]);
  });

  test("a checkpoint that moved meanwhile adds nothing", async () => {
    world.broker.group(billing, "orders");
    await world.round();
    const [stale] = world.stores.checkpoints.ofGroup(billing);
    if (!stale) throw new Error("no checkpoint");
    expect(world.stores.checkpoints.move(stale, { ...stale, readAt: 1 })).toBe(true);
    expect(world.stores.checkpoints.move(stale, { ...stale, readAt: 2 })).toBe(false);
    expect(world.stores.checkpoints.move(undefined, { ...stale, readAt: 3 })).toBe(false);
    expect(world.stores.checkpoints.ofGroup(billing)).toMatchObject([{ readAt: 1, generation: 2 }]);
  });
});

describe("whatever happens in between, what is counted is what was advanced", () => {
  /** Two applications with three groups on two topics, all seen once. */
  async function begun(): Promise<World> {
    const fresh = new World();
    fresh.grant("one", "app", "orders");
    fresh.grant("two", "app", "events");
    fresh.grant("three", "other", "orders");
    fresh.broker.topic("orders", 3);
    fresh.broker.topic("events", 1);
    fresh.broker.group(billing, "orders");
    fresh.broker.group(billing, "events");
    fresh.broker.group(`${PREFIX}audit`, "orders");
    fresh.broker.group("amp.ba9876543210.x", "orders");
    await fresh.round();
    return fresh;
  }

  function live({ broker }: World, random: (below: number) => number): void {
    for (let step = 0; step < 12; step++) {
      const topic = random(3) === 0 ? "events" : "orders";
      const partition = topic === "orders" ? random(3) : 0;
      if (random(2) === 0) broker.produce(topic, partition, random(100));
      const groups = [...broker.groups.keys()];
      broker.consume(groups[random(groups.length)] ?? "", topic, partition, random(80));
    }
  }

  test("killed between any two statements of a round", async () => {
    const trial = await begun();
    live(trial, chance(1));
    const witness = new Kill();
    trial.now += INTERVAL;
    await sampleGroups(trial.sampling({}, witness.adapt(trial.runtime.ports)));
    trial.close();
    const points = distinct(witness.points);
    expect(points.length).toBeGreaterThan(4);
    for (const point of points) {
      const one = await begun();
      live(one, chance(1));
      one.now += INTERVAL;
      const kill = new Kill(point);
      const dying = sampleGroups(one.sampling({}, kill.adapt(one.runtime.ports)));
      await Promise.race([dying.catch(() => undefined), kill.died]);
      live(one, chance(2));
      await one.round();
      expect(one.counted(), witness.points[point]?.label).toBe(one.broker.total());
      one.close();
    }
  });

  async function happen(one: World, what: number, random: (below: number) => number): Promise<void> {
    if (what === 0) one.now += INTERVAL * random(40);
    else if (what === 1) await one.round({ commitsOf: async () => ({ kind: "failed", problem: "no leader" }) });
    else if (what === 2) await one.round({ commitsOf: () => Promise.reject(new Error("reset")) }).catch(() => "");
    else if (what === 3) await sampleGroups(one.sampling());
    else if (what === 4) {
      const kill = new Kill(random(40));
      const dying = sampleGroups(one.sampling({}, kill.adapt(one.runtime.ports)));
      await Promise.race([dying.catch(() => undefined), kill.died]);
    } else await one.round();
  }

  test.each([11, 12, 13, 14, 15, 16, 17, 18])("with missed, repeated and failed samples, seed %i", async (seed) => {
    const one = await begun();
    const random = chance(seed);
    for (let round = 0; round < 60; round++) {
      live(one, random);
      await happen(one, random(6), random);
      const closed = one.stores.consumption.allOpen().filter(() => random(9) === 0);
      for (const row of closed) one.stores.consumption.close(row, one.now, undefined);
      expect(one.counted() <= one.broker.total()).toBe(true);
    }
    await one.round();
    expect(one.counted()).toBe(one.broker.total());
    one.close();
  });
});
