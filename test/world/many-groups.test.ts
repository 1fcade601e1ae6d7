import { afterEach, expect, it, vi } from "vitest";
import { groupPrefix } from "../../src/confluent/labels.ts";
import { MOST_REQUESTS } from "../../src/connection/wake.ts";
import { groupStore } from "../../src/store/groups.ts";
import { consumerKeys } from "../sandbox/amplify/marketplace-secrets.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { cloudIds } from "../sandbox/world/organization.ts";
import { Consumer } from "../support/consumer.ts";
import { imported, worldOf } from "../support/imported.ts";
import { MINUTE_MS, type Rig, unwrap } from "../support/rig.ts";

const GROUPS = 1_000;
const PARTITIONS = 2;
const rigs: Rig[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const rig of rigs.splice(0)) {
    expect(rig.sandbox.defects).toEqual([]);
    rig.close();
  }
});

/** An application with a thousand consumer groups on one topic. */
async function manyGroups(side: Side): Promise<{ readonly rig: Rig; readonly groups: readonly string[] }> {
  // Requests to one host are spread over real seconds: here a second passes between two of them.
  let passed = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (passed += 1000));
  const variables = { CENTRAL_REQUESTSPERMINUTE: "6000", KAFKA_DISCOVERY_INTERVAL: "24h" };
  const { topics, subjects } = worldOf("orders");
  const world = { topics: topics.map((topic) => ({ ...topic, partitions: PARTITIONS })), subjects };
  const rig = await imported({ side, world, amplifyRequestsPerMinute: "unlimited", variables });
  rigs.push(rig);
  await rig.turn();
  const consumer = new Consumer(rig, side, consumerKeys(2048));
  await consumer.access("orders");
  await consumer.served();
  const metadata = rig.sandbox.parts.amplify.get(consumer.application.selfLink)?.metadata;
  const prefix = await groupPrefix((metadata as { readonly id: string }).id);
  const groups = Array.from({ length: GROUPS }, (_, index) => `${prefix}${index}`);
  await rig.live(5 * MINUTE_MS);
  return { rig, groups };
}

/** Sampled, and what was asked of Confluent for it, by the last word of the path and by wake. */
async function sampled(rig: Rig): Promise<readonly ReadonlyMap<string, number>[]> {
  const wakes: Map<string, number>[] = [];
  const end = rig.now + 6 * MINUTE_MS;
  for (let mark = rig.mark(); rig.now < end; mark = rig.mark()) {
    if (!(await rig.jump(end))) break;
    await rig.actor.wake();
    const asked = new Map<string, number>();
    for (const { path } of rig.confluent(mark)) {
      const word = path.split("?")[0]?.split("/").at(-1) ?? "";
      asked.set(word, (asked.get(word) ?? 0) + 1);
    }
    if (asked.size > 0) wakes.push(asked);
  }
  return wakes;
}

const sum = (wakes: readonly ReadonlyMap<string, number>[], word: string): number =>
  wakes.reduce((total, asked) => total + (asked.get(word) ?? 0), 0);

const known = (rig: Rig): number =>
  groupStore(rig.runtime.ports.sql)
    .all()
    .filter(({ samples }) => samples > 0).length;

it("a thousand groups are sampled in one listing and a thousand requests, over several wakes", async () => {
  const { rig, groups } = await manyGroups("platform");
  const { platform } = rig.sandbox.parts.clusters;
  platform.append("orders", 0, 10n);
  for (const group of groups) platform.groups.commit(group, { topic: "orders", partition: 0 }, 7n);
  const wakes = await sampled(rig);
  expect([sum(wakes, "consumer-groups"), sum(wakes, "lags")]).toEqual([1, GROUPS]);
  expect(wakes.length).toBeGreaterThan(1);
  for (const asked of wakes) {
    const all = [...asked.values()].reduce((total, count) => total + count, 0);
    // A part of the round that is under way goes to its end.
    expect(all).toBeLessThanOrEqual(MOST_REQUESTS + 50);
  }
  expect(known(rig)).toBe(GROUPS);
});

it("on a Basic cluster they are sampled in the pages of the Metrics API", async () => {
  const { rig, groups } = await manyGroups("cloud");
  rig.sandbox.parts.organization.behaviour.kinds = { [cloudIds.cluster]: "Basic" };
  rig.runtime.ports.sql.exec("DELETE FROM known WHERE name = 'cluster'");
  unwrap(await rig.actor.discover({}));
  await rig.live(MINUTE_MS);
  const { traffic } = rig.sandbox.parts;
  for (const group of groups) traffic.consume({ name: group, side: "cloud", group, topics: ["orders"] });
  traffic.produce({ name: "shop", side: "cloud", topic: "orders", perMinute: 10 });
  rig.sandbox.clock.advance(20 * MINUTE_MS);
  await rig.turn();
  expect(known(rig)).toBe(GROUPS);
  const wakes = await sampled(rig);
  // Produced records are one page; of lags each page holds a thousand groups in one partition each.
  expect([sum(wakes, "consumer-groups"), sum(wakes, "lags")]).toEqual([1, 0]);
  expect(sum(wakes, "query")).toBe(1 + PARTITIONS);
});
