import { afterEach, describe, expect, test } from "vitest";
import { exposition } from "../../routes/exposition.ts";
import { groupPrefix } from "../../src/confluent/labels.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { cloudIds } from "../sandbox/world/organization.ts";
import { readExposition } from "../support/exposition.ts";
import { HOUR_MS, MINUTE_MS, unwrap } from "../support/rig.ts";
import { type Subscribing, subscribing } from "../support/subscribing.ts";

let given: Subscribing;
afterEach(() => given.close());

/** An application that reads `orders`, to which more is produced than it reads, for two hours. */
async function lagging(side: Side, type?: "Basic") {
  given = await subscribing(side);
  const { rig, consumer } = given;
  await consumer.access("orders");
  await consumer.credential("orders");
  await consumer.served();
  const { traffic, amplify, organization } = rig.sandbox.parts;
  if (type) {
    organization.behaviour.kinds = { [cloudIds.cluster]: type };
    rig.runtime.ports.sql.exec("DELETE FROM known WHERE name = 'cluster'");
    unwrap(await rig.actor.discover({}));
  }
  const metadata = amplify.get(consumer.application.selfLink)?.metadata as { readonly id: string };
  const group = `${await groupPrefix(metadata.id)}main`;
  traffic.act({ do: "consume", consumer: { name: "app", side, group, topics: ["orders"], perMinute: 100 } });
  await rig.live(30 * MINUTE_MS);
  traffic.act({ do: "produce", producer: { name: "shop", side, topic: "orders", perMinute: 130, unevenness: 0.1 } });
  await rig.live(2 * HOUR_MS);
  const scrape = async () => readExposition(exposition(unwrap(await rig.actor.metrics())));
  return { rig, traffic, group, scrape };
}

describe.each([
  ["platform", undefined, "exact"],
  ["cloud", "Basic", "estimated"],
] as const)("a group that falls behind on %s (%s)", (side, type, quality) => {
  test("is seen doing so, by the operator and by dashboards, with numbers that are the cluster's", async () => {
    const { rig, traffic, group, scrape } = await lagging(side, type);
    const { items, notes } = unwrap(await rig.actor.groups({ limit: 10, topic: "orders" }));
    expect(items).toEqual([expect.objectContaining({ group, quality, trend: "growing", state: "STABLE", notes: [] })]);
    expect(notes).toEqual([]);
    const lag = Number(items[0]?.lag);
    // 30 a minute for two hours, as far as the last sample saw.
    expect(lag).toBeGreaterThan(2_500);
    expect(lag).toBeLessThan(4_500);
    expect(rig.now - (items[0]?.lastCommitSeen ?? 0)).toBeLessThan(20 * MINUTE_MS);

    const scraped = await scrape();
    const sum = scraped.all("kafka_consumergroup_group_lag").reduce((total, { value }) => total + Number(value), 0);
    expect(sum).toBe(lag);
    expect(scraped.value("kafka_consumergroup_group_sum_lag", { group })).toBe(String(lag));
    expect(scraped.all("amplify_kafka_part_up").filter(({ value }) => value !== "1")).toEqual([]);
    expect(scraped.value("amplify_kafka_up")).toBe("1");

    const detail = unwrap(await rig.actor.group(group));
    expect(detail.standings[0]?.points.length).toBeGreaterThan(3);
    const member = expect.objectContaining({ partitions: expect.any(Number) });
    if (type === undefined) expect(detail.members).toEqual(expect.arrayContaining([member]));
    else expect(detail.members).toBeUndefined();

    traffic.act({ do: "stop-producing", name: "shop" });
    await rig.live(3 * HOUR_MS);
    expect(unwrap(await rig.actor.groups({ limit: 10 })).items[0]).toMatchObject({ lag: "0", trend: "at rest" });
    const read = unwrap(await rig.actor.consumption({ limit: 100, topic: "orders" }));
    const total = read.items.reduce((messages, each) => messages + BigInt(each.messages), 0n);
    const truth = traffic.truth().reduce((advanced, each) => advanced + each.advanced, 0);
    expect(total).toBe(BigInt(truth));
    expect(read.unattributed).toEqual([]);
    expect(new Set(read.items.map(({ report }) => report))).toEqual(new Set(["reported"]));
  });
});

test("while the lags cannot be read the last ones stay, marked, and up is 0 until they can be", async () => {
  const { rig, group, scrape } = await lagging("platform");
  const before = unwrap(await rig.actor.group(group));
  rig.sandbox.faults.add({
    name: "no lags",
    when: { method: "GET", path: "**/lags" },
    fault: { do: "answer", status: 500, body: JSON.stringify({ error_code: 50002, message: "no" }) },
  });
  await rig.live(30 * MINUTE_MS);
  expect(rig.sandbox.faults.list()[0]?.fired).toBeGreaterThan(0);
  const during = unwrap(await rig.actor.group(group));
  expect(during).toMatchObject({ quality: "stale", lag: before.lag, notes: [expect.stringContaining("sampled")] });
  const scraped = await scrape();
  expect(scraped.value("amplify_kafka_up")).toBe("0");
  expect(scraped.value("amplify_kafka_part_up", { part: "groups" })).toBe("0");
  expect(Number(scraped.value("amplify_kafka_group_sample_age_seconds", { group }))).toBeGreaterThan(20 * 60);
  rig.sandbox.faults.remove("no lags");
  await rig.live(30 * MINUTE_MS);
  expect((await scrape()).value("amplify_kafka_up")).toBe("1");
  expect(unwrap(await rig.actor.group(group)).notes).toEqual([]);
});
