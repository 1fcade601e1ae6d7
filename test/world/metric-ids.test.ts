import { parse } from "valibot";
import { afterEach, expect, it } from "vitest";
import { MetricIds } from "../../src/amplify/metric-ids.ts";
import { grantStore } from "../../src/store/grants.ts";
import { memberAt } from "../sandbox/amplify/json.ts";
import { consumerKeys } from "../sandbox/amplify/marketplace-secrets.ts";
import { Consumer } from "../support/consumer.ts";
import { imported, resourceOf, worldOf } from "../support/imported.ts";
import type { Rig } from "../support/rig.ts";

const rigs: Rig[] = [];
afterEach(() => {
  for (const rig of rigs.splice(0)) {
    expect(rig.sandbox.defects).toEqual([]);
    rig.close();
  }
});

function idsOf(rig: Rig): MetricIds {
  const [access] = grantStore(rig.runtime.ports.sql)
    .all()
    .filter(({ kind }) => kind === "access");
  return parse(MetricIds, JSON.parse(access?.record ?? "{}").ids);
}

/** `together`: the request comes with the application, as in one page of events. */
async function subscribed(together = false): Promise<{ rig: Rig; consumer: Consumer }> {
  const variables = { CENTRAL_REQUESTSPERMINUTE: "6000" };
  const rig = await imported({
    side: "cloud",
    amplifyRequestsPerMinute: "unlimited",
    variables,
    world: worldOf("orders"),
  });
  rigs.push(rig);
  const consumer = new Consumer(rig, "cloud", consumerKeys(2048));
  if (!together) await consumer.served();
  await consumer.access("orders");
  await consumer.served();
  return { rig, consumer };
}

it("what a metric event needs is known when access is granted, without a request for it", async () => {
  const { rig } = await subscribed();
  const ids = idsOf(rig);
  expect(JSON.stringify(ids)).not.toContain("unknown");
  expect(ids.api.apiServiceId).toBe(memberAt(resourceOf(rig, "APIService", "orders"), ["metadata", "id"]));
  expect(ids.apiServiceRevision.id).toBe(memberAt(resourceOf(rig, "APIServiceInstance", "orders"), ["metadata", "id"]));
  const reads = rig.amplify().filter(({ method, path }) => method === "GET" && path.includes("/accessrequests/"));
  expect(reads.length).toBeLessThanOrEqual(1);
});

it("so is what is known of an application that was registered together with its first request", async () => {
  const { rig } = await subscribed(true);
  expect(JSON.stringify(idsOf(rig))).not.toContain("unknown");
});

it("a database that was lost learns it anew from what it lists", async () => {
  const { rig } = await subscribed();
  const before = idsOf(rig);
  rig.runtime.ports.sql.exec("UPDATE grants SET record_json = '{}' WHERE kind = 'access'");
  rig.runtime.ports.sql.exec("UPDATE work SET due = 0 WHERE key = 'resync'");
  rig.evict();
  await rig.settle();
  expect(idsOf(rig)).toEqual(before);
});
