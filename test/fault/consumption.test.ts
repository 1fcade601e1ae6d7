import { afterEach, describe, expect, test } from "vitest";
import { groupPrefix } from "../../src/confluent/labels.ts";
import { consumptionStore } from "../../src/store/consumption.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { cloudIds } from "../sandbox/world/organization.ts";
import { HOUR_MS, MINUTE_MS, unwrap } from "../support/rig.ts";
import { type Subscribing, subscribing } from "../support/subscribing.ts";

const opened: Subscribing[] = [];
afterEach(() => {
  for (const given of opened.splice(0)) given.close();
});

/** An application that may read `orders`, and the name of its consumer group. */
async function reading(side: Side) {
  const given = await subscribing(side);
  opened.push(given);
  const access = await given.consumer.access("orders");
  const credential = await given.consumer.credential("orders");
  await given.consumer.served();
  expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
  const { traffic, amplify } = given.rig.sandbox.parts;
  const metadata = amplify.get(given.consumer.application.selfLink)?.metadata as { readonly id: string };
  const group = `${await groupPrefix(metadata.id)}main`;
  const consumer = { name: "app", side, group, topics: ["orders"], perMinute: 100_000 };
  const producer = { name: "shop", side, topic: "orders", perMinute: 120, unevenness: 0.5 };
  return { given, access, traffic, consumer, producer, rig: given.rig };
}

const counted = (rig: Subscribing["rig"]) =>
  consumptionStore(rig.runtime.ports.sql)
    .list({ limit: 1_000 })
    .reduce((sum, { messages }) => sum + messages, 0n);
const accepted = (rig: Subscribing["rig"]) =>
  rig.sandbox.parts.ingestion.accepted().reduce((sum, { transactions }) => sum + BigInt(transactions), 0n);

describe.each(["platform", "cloud"] as const)("what an application reads on %s", (side) => {
  test("is counted, reported by the hour, and equals what was consumed", async () => {
    const { traffic, consumer, producer, rig } = await reading(side);
    traffic.act({ do: "consume", consumer });
    await rig.live(30 * MINUTE_MS);
    traffic.act({ do: "produce", producer });
    await rig.live(2 * HOUR_MS);
    traffic.act({ do: "stop-producing", name: "shop" });
    await rig.live(2 * HOUR_MS);
    const truth = traffic.truth().reduce((sum, { advanced }) => sum + advanced, 0);
    expect(truth).toBeGreaterThan(10_000);
    expect([counted(rig), accepted(rig)]).toEqual([BigInt(truth), BigInt(truth)]);
    expect(rig.sandbox.parts.ingestion.changed()).toEqual([]);
  });
});

test("on a Basic cluster it is estimated from the Metrics API, and right to the last message once all is at rest", async () => {
  const { traffic, consumer, producer, rig } = await reading("cloud");
  rig.sandbox.parts.organization.behaviour.kinds = { [cloudIds.cluster]: "Basic" };
  rig.runtime.ports.sql.exec("DELETE FROM known WHERE name = 'cluster'");
  traffic.act({ do: "consume", consumer });
  unwrap(await rig.actor.discover({}));
  await rig.live(HOUR_MS);
  const asked = rig.mark();
  traffic.act({ do: "produce", producer });
  await rig.live(3 * HOUR_MS);
  traffic.act({ do: "stop-producing", name: "shop" });
  await rig.live(3 * HOUR_MS);
  const truth = traffic.truth().reduce((sum, { advanced }) => sum + advanced, 0);
  expect(truth).toBeGreaterThan(10_000);
  expect([counted(rig), accepted(rig)]).toEqual([BigInt(truth), BigInt(truth)]);
  const paths = rig.confluent(asked).map(({ path }) => path.split("?")[0] ?? "");
  expect(paths.filter((path) => path.endsWith("/lags"))).toEqual([]);
  expect(paths.filter((path) => path.endsWith("/query")).length).toBeLessThanOrEqual(2 * 12 * 6 + 2);
});
