import { describe, expect, test } from "vitest";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { linkOf, publishedWorld } from "../support/amplify-view.ts";
import { changeSchema, imported, resourceOf, worldOf } from "../support/imported.ts";
import { HOUR_MS, MINUTE_MS, Rig, unwrap } from "../support/rig.ts";

const PLAN = { KAFKA_DISCOVERY_MODE: "plan" };

/** Plans on new rows, then switches the same rows to publishing. */
async function planAndImport(side: Side, sandbox: Sandbox, more: Readonly<Record<string, string>> = {}) {
  sandbox.clock.advance(2 * MINUTE_MS);
  const rig = new Rig({ side, sandbox, variables: { ...PLAN, ...more } });
  const before = publishedWorld(sandbox.parts.amplify);
  const start = rig.mark();
  await rig.settle();
  await rig.live(20 * MINUTE_MS);
  expect(rig.writes(start)).toEqual([]);
  expect(publishedWorld(sandbox.parts.amplify)).toEqual(before);
  const plan = unwrap(await rig.actor.plan());

  const mark = rig.mark();
  rig.redeploy(more);
  await rig.live(6 * MINUTE_MS);
  await rig.settle();
  return { rig, plan, sent: rig.amplify(mark) };
}

describe("plan mode writes nothing, and tells to the request what the import then makes", () => {
  test.each(["cloud", "platform"] as const)("on the %s side, of a new environment", async (side) => {
    const { rig, plan, sent } = await planAndImport(side, new Rig({ side }).sandbox);
    expect(sent).toHaveLength(plan.requests.total);
    expect(plan.requests.topics).toBe(7 * plan.topics.filter(({ requests }) => requests > 0).length);
    expect(plan.topics.filter(({ requests }) => requests > 0).length).toBeGreaterThan(30);
    expect(plan.hours).toBeCloseTo(plan.requests.total / 24 / 60, 2);
    expect(unwrap(await rig.actor.plan()).requests.total).toBe(0);
  });

  test("of one that an earlier database published, with topics, settings and definitions that changed since", async () => {
    const earlier = await imported({ side: "cloud", world: worldOf("orders", "payments", "invoices", "claims") });
    const { amplify, clusters } = earlier.sandbox.parts;
    changeSchema(earlier, "cloud", "orders");
    clusters.cloud.createTopic({ name: "returns", partitions: 1, replicationFactor: 3 });
    amplify.edit(linkOf(resourceOf(earlier, "APIServiceInstance", "payments")), { tags: ["of a person"] });
    for (const definition of amplify.resources("AccessRequestDefinition")) {
      amplify.edit(linkOf(definition), { title: "changed by a person" });
    }
    amplify.editSub(linkOf(resourceOf(earlier, "APIService", "invoices")), "source", null);
    const { plan, sent } = await planAndImport("cloud", earlier.sandbox);
    expect(plan.topics.filter(({ requests }) => requests > 0).map(({ name }) => name)).toEqual([
      "invoices",
      "orders",
      "payments",
      "returns",
    ]);
    expect(sent.map(({ method, path, status }) => `${method} ${status} ${path}`)).toHaveLength(plan.requests.total);
  });

  test("of one whose owner and tags are to be others on everything that is there", async () => {
    const earlier = await imported({ side: "platform", world: worldOf("orders", "payments") });
    const { plan, sent } = await planAndImport("platform", earlier.sandbox, {
      CENTRAL_TEAM: "Payments",
      CENTRAL_ADDITIONALTAGS: "kafka",
    });
    expect(plan.requests.topics).toBeGreaterThan(0);
    expect(sent).toHaveLength(plan.requests.total);
  });

  test("of one whose service lost its instance and its details", async () => {
    const earlier = await imported({ side: "cloud", world: worldOf("orders", "payments") });
    const { amplify } = earlier.sandbox.parts;
    amplify.remove(linkOf(resourceOf(earlier, "APIServiceInstance", "orders")));
    amplify.editSub(linkOf(resourceOf(earlier, "APIService", "payments")), "x-agent-details", { other: "yes" });
    const { plan, sent } = await planAndImport("cloud", earlier.sandbox);
    expect(sent).toHaveLength(plan.requests.total);
  });
});

test("in plan mode a click publishes nothing, and says why", async () => {
  const rig = new Rig({ side: "cloud", world: worldOf("orders"), variables: PLAN });
  await rig.settle();
  expect(await rig.actor.decide("orders", "publish")).toMatchObject({ ok: false, reason: "conflict" });
  await rig.live(HOUR_MS);
  expect(rig.writes()).toEqual([]);
});
