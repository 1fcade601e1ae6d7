import { afterEach, beforeEach, expect, test } from "vitest";
import { countGroup } from "../../../src/traceability/count.ts";
import { recordChanges } from "../../../src/traceability/record.ts";
import { INTERVAL } from "./samples.ts";
import { PREFIX, World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const GROUP = `${PREFIX}billing`;

function changes(committed: bigint) {
  const sample = {
    group: GROUP,
    state: "STABLE",
    readAt: world.now,
    partitions: [{ topic: "orders", partition: 0, committed, logEnd: 100n }],
  };
  const about = { compact: false, retentionMs: undefined, partitions: 1, previousEnd: () => undefined };
  const facts = { since: undefined, intervalMs: INTERVAL, countReread: true, fresh: false, topic: () => about };
  return countGroup(world.stores.checkpoints.ofGroup(GROUP), sample, facts);
}

test("what was computed from a checkpoint adds once, however often it is recorded", () => {
  recordChanges("app", changes(10n), world.stores);
  world.now += INTERVAL;
  const twice = changes(25n);
  recordChanges("app", twice, world.stores);
  recordChanges("app", twice, world.stores);
  expect(world.counted()).toBe(15n);
});

test("of two deltas that were computed from the same checkpoint one counts", () => {
  recordChanges("app", changes(10n), world.stores);
  world.now += INTERVAL;
  const [slow, fast] = [changes(25n), changes(30n)];
  recordChanges("app", fast, world.stores);
  recordChanges("app", slow, world.stores);
  expect(world.counted()).toBe(20n);
  expect(world.stores.checkpoints.ofGroup(GROUP)[0]?.partitions.get(0)?.committed).toBe(30n);
});

test("two first sights of one group make one checkpoint", () => {
  const [one, other] = [changes(10n), changes(12n)];
  recordChanges("app", one, world.stores);
  recordChanges("app", other, world.stores);
  expect(world.stores.checkpoints.ofGroup(GROUP)).toHaveLength(1);
  recordChanges("app", changes(14n), world.stores);
  expect(world.counted()).toBe(4n);
});
