import { describe, expect, test } from "vitest";
import { workStore } from "../../src/store/work.ts";
import { answers } from "../sandbox/core/faults.ts";
import { counted, verifyNow, worldOf } from "../support/imported.ts";
import { MINUTE_MS, Rig, unwrap } from "../support/rig.ts";

const SERVICES = "/apis/**/apiservices";
const ENVIRONMENT = { kind: "Environment", name: "meridian-cloud" } as const;

describe("a likely twin", () => {
  const withTwins = async (...topics: readonly string[]) => {
    const rig = new Rig({ side: "cloud", world: worldOf("orders", "payments", "invoices") });
    const { amplify } = rig.sandbox.parts;
    for (const title of topics) {
      const name = `twin-${title}`;
      amplify.create({ kind: "APIService", scope: ENVIRONMENT, body: { name, title, spec: { description: "" } } });
      amplify.create({
        kind: "APIServiceRevision",
        scope: ENVIRONMENT,
        body: { name, title, spec: { apiService: name, definition: { type: "asyncapi", value: "e30=" } } },
      });
      amplify.create({
        kind: "APIServiceInstance",
        scope: ENVIRONMENT,
        body: {
          name,
          title,
          spec: {
            apiServiceRevision: name,
            endpoint: [
              {
                host: "pkc-7mr1dn.eu-central-1.aws.confluent.cloud",
                port: 9092,
                protocol: "kafka-secure",
                routing: {},
              },
            ],
          },
        },
      });
    }
    await rig.settle();
    return rig;
  };

  test("waits for the operator, shown with the other's name, and is published on its word", async () => {
    const rig = await withTwins("orders", "payments");
    expect(counted(rig)).toEqual([3, 3, 3]);
    await verifyNow(rig);
    await rig.live(20 * MINUTE_MS);
    expect(counted(rig)).toEqual([3, 3, 3]);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({
      state: "held",
      held: { kind: "twin", service: "twin-orders" },
    });
    unwrap(await rig.actor.decide("orders", "publish"));
    await rig.settle();
    await verifyNow(rig);
    expect(counted(rig)).toEqual([4, 4, 4]);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({ state: "published" });
    expect(unwrap(await rig.actor.topic("payments"))).toMatchObject({ state: "held" });
  });

  test("all of them are published on one word", async () => {
    const rig = await withTwins("orders", "payments");
    unwrap(await rig.actor.discover({ acceptTwins: true }));
    await rig.settle();
    expect(counted(rig)).toEqual([5, 5, 5]);
  });

  test("that the operator accepted stays accepted, whatever is compared before it is published", async () => {
    const rig = await withTwins("orders");
    rig.sandbox.faults.add({
      name: "down",
      when: { service: "amplify", method: "POST", path: SERVICES },
      fault: answers.badGateway(),
    });
    unwrap(await rig.actor.decide("orders", "publish"));
    await rig.live(5 * MINUTE_MS);
    workStore(rig.runtime.ports.sql).hint("verify", "discovery", rig.now, "of a test");
    await rig.live(5 * MINUTE_MS);
    rig.sandbox.faults.clear();
    await rig.live(30 * MINUTE_MS);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({ state: "published", held: undefined });
  });

  test("stays held while the topic list is empty for a moment", async () => {
    const rig = await withTwins("orders", "payments");
    rig.sandbox.faults.add({
      name: "empty",
      when: { service: "cloud-kafka", path: "/kafka/v3/clusters/*/topics", calls: { first: 1 } },
      fault: { do: "empty-list" },
    });
    await rig.live(20 * MINUTE_MS);
    expect(counted(rig)).toEqual([3, 3, 3]);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({ state: "held", held: { kind: "twin" } });
  });
});
