import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { workStore } from "../../src/store/work.ts";
import { linkOf } from "../support/amplify-view.ts";
import { changeSchema, counted, imported, linkOfTopic, resourceOf, verifyNow, worldOf } from "../support/imported.ts";
import { HOUR_MS, MINUTE_MS, Rig, unwrap } from "../support/rig.ts";

// How far an import came must not depend on how fast the machine is.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** For tests of days. */
const SELDOM = { KAFKA_DISCOVERY_INTERVAL: "2h" };
const SERVICES = "/apis/**/apiservices";
const ENVIRONMENT = { kind: "Environment", name: "meridian-cloud" } as const;

describe("row 42: a resource that a person deleted", () => {
  test.each([
    ["service", "APIService", [1, 1, 1]],
    ["instance", "APIServiceInstance", [2, 2, 1]],
  ] as const)("%s: is left alone, shown, and made again on a click", async (_, kind, left) => {
    const rig = await imported({ side: "cloud", variables: SELDOM });
    rig.sandbox.parts.amplify.remove(linkOfTopic(rig, kind, "orders"));
    expect(counted(rig)).toEqual(left);
    const mark = rig.mark();
    await rig.live(26 * HOUR_MS);
    expect(counted(rig)).toEqual(left);
    expect(rig.writes(mark)).toEqual([]);
    const topic = unwrap(await rig.actor.topic("orders"));
    expect(topic).toMatchObject({ state: "held", held: { kind: "deleted" } });
    expect(
      unwrap(await rig.actor.overview())
        .problems.map(({ message }) => message)
        .join(),
    ).toContain("held");

    // Not even a change of the topic makes it again.
    changeSchema(rig, "cloud", "orders");
    unwrap(await rig.actor.discover({}));
    await rig.live(HOUR_MS);
    expect(rig.writes(mark)).toEqual([]);

    unwrap(await rig.actor.decide("orders", "publish"));
    await rig.live(10 * MINUTE_MS);
    const [services, , instances] = counted(rig);
    expect([services, instances]).toEqual([2, 2]);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({ state: "published", held: undefined });
    expect(resourceOf(rig, "APIServiceInstance", "orders")).toHaveProperty("source");
    const after = rig.mark();
    await verifyNow(rig);
    expect(rig.writes(after)).toEqual([]);
  });

  test("while we were about to change it: is found out by that change and not made again", async () => {
    const rig = await imported({ side: "cloud" });
    changeSchema(rig, "cloud", "orders");
    rig.sandbox.parts.amplify.remove(linkOfTopic(rig, "APIServiceInstance", "orders"));
    await rig.live(2 * HOUR_MS);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({ state: "held", held: { kind: "deleted" } });
    expect(counted(rig)[2]).toBe(1);
    expect(rig.work().filter(({ dead }) => dead)).toEqual([]);
  });

  test("a service, while its revision was about to be made: is held, not tried until it is given up", async () => {
    const rig = await imported({ side: "cloud", variables: SELDOM });
    changeSchema(rig, "cloud", "orders");
    rig.sandbox.parts.amplify.remove(linkOfTopic(rig, "APIService", "orders"));
    unwrap(await rig.actor.discover({}));
    await rig.live(5 * MINUTE_MS);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({ state: "held", held: { kind: "deleted" } });
    expect(rig.work().filter(({ error }) => error)).toEqual([]);
  });
});

test("an environment that is deleted during an import is named, nobody is said to have deleted topics, and it costs few requests", async () => {
  const rig = new Rig({ side: "cloud" });
  await rig.live(3 * MINUTE_MS);
  const { amplify } = rig.sandbox.parts;
  const inside = ["APIServiceInstance", "APIServiceRevision", "APIService"].flatMap((kind) => amplify.resources(kind));
  for (const resource of inside) if (amplify.get(linkOf(resource))) amplify.remove(linkOf(resource));
  amplify.remove("/management/v1/environments/meridian-cloud");
  const mark = rig.mark();
  await rig.live(HOUR_MS);
  expect(rig.amplify(mark).length).toBeLessThanOrEqual(30);
  const { problems, topics } = unwrap(await rig.actor.overview());
  expect(topics.held).toBe(0);
  expect(problems.map(({ message }) => message).join("\n")).toContain("in the environment meridian-cloud");
  expect(problems.length).toBeLessThanOrEqual(3);
});

test("row 42: what a list of services lacks is asked for by name before it counts as deleted", async () => {
  const rig = await imported({ side: "cloud", world: worldOf("orders", "payments", "invoices") });
  rig.sandbox.faults.add({
    name: "skips",
    when: { service: "amplify", method: "GET", path: SERVICES },
    fault: { do: "answer", status: 200, headers: { "x-axway-total-count": "0" }, body: "[]" },
  });
  const mark = rig.mark();
  await verifyNow(rig);
  expect(rig.sandbox.faults.list()[0]?.fired).toBeGreaterThan(0);
  expect(unwrap(await rig.actor.overview()).topics).toMatchObject({ held: 0, published: 3 });
  expect(rig.writes(mark)).toEqual([]);
});

test("row 42: pages of a verification are read on after an eviction, and a resource that moved meanwhile is not lost", async () => {
  const rig = await imported({ side: "cloud", world: worldOf("orders", "payments") });
  const { amplify } = rig.sandbox.parts;
  const foreign = Array.from({ length: 25 }, (_, index) =>
    amplify.create({
      kind: "APIService",
      scope: ENVIRONMENT,
      body: { name: `foreign-${index}`, title: `foreign ${index}`, spec: { description: "" } },
    }),
  );
  rig.redeploy({ CENTRAL_PAGESIZE: "10" });
  let pages = 0;
  rig.evict((ports) => ({
    ...ports,
    http: async (request) => {
      if (request.method !== "GET" || !request.url.includes("/apiservices?")) return ports.http(request);
      pages++;
      // What was on the second page moves to the first, after this was read.
      const first = foreign[pages - 1];
      const response = await ports.http(request);
      if (first) amplify.remove(linkOf(first));
      return response;
    },
  }));
  workStore(rig.runtime.ports.sql).hint("verify", "discovery", rig.now, "of a test");
  for (let minute = 0; minute < 40; minute++) {
    await rig.turn();
    rig.evict();
    rig.sandbox.clock.advance(MINUTE_MS);
  }
  expect(pages).toBeGreaterThan(2);
  expect(unwrap(await rig.actor.overview()).topics).toMatchObject({ held: 0, published: 2 });
  expect(rig.work().find(({ key }) => key === "verify")).toMatchObject({ error: undefined });
});
