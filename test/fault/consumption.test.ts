import { afterEach, describe, expect, test } from "vitest";
import { groupPrefix } from "../../src/confluent/labels.ts";
import { consumptionStore } from "../../src/store/consumption.ts";
import { grantedStore } from "../../src/store/granted.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { cloudIds } from "../sandbox/world/organization.ts";
import { HOUR_MS, MINUTE_MS, unwrap } from "../support/rig.ts";
import { type Subscribing, subscribing, variables } from "../support/subscribing.ts";

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

test("a plan whose unit is called messages gets the same count under it, and one of another unit no number of ours", async () => {
  const { traffic, consumer, producer, rig } = await reading("platform");
  const { sql } = rig.runtime.ports;
  const units = JSON.stringify([
    { unit: "messages", quotaId: "q-1" },
    { unit: "messages-kb", quotaId: "q-2" },
  ]);
  for (const [table, column, path] of [
    ["grants", "record_json", "$.ids.customUnits"],
    ["granted", "ids_json", "$.customUnits"],
  ])
    sql.exec(
      `UPDATE ${table} SET ${column} = json_set(${column}, '${path}', json(?)) WHERE ${column} LIKE '%productPlan%'`,
      units,
    );
  traffic.act({ do: "consume", consumer });
  await rig.live(30 * MINUTE_MS);
  traffic.act({ do: "produce", producer });
  await rig.live(3 * HOUR_MS);
  const events = rig.sandbox.parts.ingestion.accepted();
  expect(events.length).toBeGreaterThan(0);
  for (const { transactions, units: told } of events) expect(told).toEqual({ messages: transactions });
});

/** What the TraceabilityAgent last told Amplify. */
function agentOf(rig: Subscribing["rig"]): unknown {
  const [agent] = rig.sandbox.parts.amplify.resources("TraceabilityAgent");
  return (agent?.status as { readonly state?: unknown } | undefined)?.state;
}

const truthOf = ({ traffic }: Pick<Awaited<ReturnType<typeof reading>>, "traffic">) =>
  BigInt(traffic.truth().reduce((sum, { advanced }) => sum + advanced, 0));

test("an ingestion that is down for hours loses nothing, and the agent says that it is unhealthy until it is back", async () => {
  const { traffic, consumer, producer, rig } = await reading("platform");
  traffic.act({ do: "consume", consumer });
  await rig.live(30 * MINUTE_MS);
  expect(agentOf(rig)).toBe("running");
  traffic.act({ do: "produce", producer });
  const down = { do: "answer", status: 503 } as const;
  rig.sandbox.faults.add({ name: "down", when: { service: "ingestion" }, fault: down });
  await rig.live(3 * HOUR_MS);
  expect(accepted(rig)).toBe(0n);
  expect(agentOf(rig)).toBe("unhealthy");
  traffic.act({ do: "stop-producing", name: "shop" });
  rig.sandbox.faults.clear();
  await rig.live(2 * HOUR_MS);
  expect(agentOf(rig)).toBe("running");
  expect(accepted(rig)).toBe(truthOf({ traffic }));
  expect(rig.sandbox.parts.ingestion.changed()).toEqual([]);
});

test("row 55: an event that was stored while its answer was lost is sent again under its id and counts once", async () => {
  const { traffic, consumer, producer, rig } = await reading("platform");
  traffic.act({ do: "consume", consumer });
  await rig.live(30 * MINUTE_MS);
  traffic.act({ do: "produce", producer });
  rig.sandbox.faults.add({ name: "lost", when: { service: "ingestion" }, fault: { do: "lose-reply" } });
  await rig.live(2 * HOUR_MS);
  expect(rig.sandbox.faults.list()[0]?.fired).toBeGreaterThan(1);
  expect(accepted(rig)).toBeGreaterThan(0n);
  rig.sandbox.faults.clear();
  traffic.act({ do: "stop-producing", name: "shop" });
  await rig.live(2 * HOUR_MS);
  expect(accepted(rig)).toBe(truthOf({ traffic }));
  expect(rig.sandbox.parts.ingestion.changed()).toEqual([]);
});

test("an access request that is removed is counted for the last time and reported, and its removal does not wait for it", async () => {
  const { given, access, traffic, consumer, producer, rig } = await reading("platform");
  traffic.act({ do: "consume", consumer });
  await rig.live(30 * MINUTE_MS);
  traffic.act({ do: "produce", producer });
  await rig.live(2 * MINUTE_MS);
  given.consumer.market.remove(access);
  traffic.act({ do: "stop", name: "app" });
  await rig.live(3 * MINUTE_MS);
  expect(given.levels(access)).toEqual(["gone"]);
  await rig.live(2 * HOUR_MS);
  expect(truthOf({ traffic })).toBeGreaterThan(0n);
  expect(accepted(rig)).toBe(truthOf({ traffic }));
  expect(grantedStore(rig.runtime.ports.sql).all()).toEqual([]);
});

test("usage is sent only when it is asked for, and adds up to what was reported", async () => {
  const { traffic, consumer, producer, rig } = await reading("platform");
  traffic.act({ do: "consume", consumer });
  await rig.live(30 * MINUTE_MS);
  traffic.act({ do: "produce", producer });
  await rig.live(HOUR_MS);
  expect(rig.sandbox.parts.amplify.usageReports()).toEqual([]);
  rig.redeploy({ ...variables, CENTRAL_USAGEREPORTING_PUBLISH: "true", CENTRAL_USAGEREPORTING_SCHEDULE: "@hourly" });
  await rig.live(HOUR_MS);
  const before = counted(rig);
  traffic.act({ do: "stop-producing", name: "shop" });
  await rig.live(3 * HOUR_MS);
  expect(rig.sandbox.parts.amplify.usageReports().length).toBeGreaterThan(0);
  const [usage] = [...rig.sandbox.parts.amplify.usage().values()];
  const reported = BigInt(usage?.["Kafka.Transactions"] ?? 0);
  expect(reported > 0n && reported <= accepted(rig)).toBe(true);
  expect(accepted(rig)).toBe(truthOf({ traffic }));
  expect(before).toBeLessThanOrEqual(accepted(rig));
});

test("a cluster that refuses lags, whatever its type says, is measured by the Metrics API", async () => {
  const { traffic, consumer, producer, rig } = await reading("cloud");
  traffic.act({ do: "consume", consumer });
  await rig.live(10 * MINUTE_MS);
  rig.sandbox.parts.organization.behaviour.kinds = { [cloudIds.cluster]: "Basic" };
  await rig.live(HOUR_MS);
  const mark = rig.mark();
  traffic.act({ do: "produce", producer });
  await rig.live(HOUR_MS);
  traffic.act({ do: "stop-producing", name: "shop" });
  await rig.live(2 * HOUR_MS);
  expect(rig.confluent(mark).filter(({ path }) => path.split("?")[0]?.endsWith("/lags"))).toEqual([]);
  expect(accepted(rig)).toBe(truthOf({ traffic }));
});
