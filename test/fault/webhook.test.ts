import { afterEach, describe, expect, test } from "vitest";
import { consumerKeys } from "../sandbox/amplify/marketplace-secrets.ts";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import type { WebhookBehaviour } from "../sandbox/amplify/webhooks.ts";
import { Consumer } from "../support/consumer.ts";
import { worldOf } from "../support/imported.ts";
import { Rig, unwrap } from "../support/rig.ts";
import { dumpRows } from "../support/rows.ts";
import { type Call, Front } from "../support/webhook.ts";

const TOKEN = "webhook-token-of-the-test";
const keys = consumerKeys(2048);
const variables = {
  PUBLIC_URL: "https://worker.example",
  WEBHOOK_TOKEN: TOKEN,
  KAFKA_DISCOVERY_INTERVAL: "24h",
  CENTRAL_REQUESTSPERMINUTE: "6000",
};

let rig: Rig;
afterEach(() => {
  expect(rig.sandbox.defects).toEqual([]);
  rig.close();
});

interface Body {
  readonly organization: object;
  readonly payload: { readonly metadata: object };
}

interface Scene {
  readonly front: Front;
  readonly consumer: Consumer;
}

async function start(webhooks: Partial<WebhookBehaviour> = {}, more: Record<string, string> = {}): Promise<Scene> {
  rig = new Rig({
    side: "platform",
    world: worldOf("orders", "payments"),
    amplifyRequestsPerMinute: "unlimited",
    webhooks,
    variables: { ...variables, ...more },
  });
  const front = new Front(rig, [TOKEN]);
  await rig.settle();
  return { front, consumer: new Consumer(rig, "platform", keys) };
}

/** A subscription that is served, and everything told of it. */
async function subscribed({ front, consumer }: Scene): Promise<{ access: Item; credential: Item }> {
  const mark = rig.mark();
  const access = await consumer.access("orders");
  const credential = await consumer.credential("orders");
  await front.seconds(180);
  const made = requests(mark).filter((each) => each !== "GET events");
  expect(made.length).toBeLessThanOrEqual(14);
  expect(levels(consumer, access, credential)).toEqual(["Success", "Success"]);
  return { access, credential };
}

const levels = (consumer: Consumer, ...items: readonly Item[]) => items.map((item) => consumer.market.level(item));
const webhook = async () => unwrap(await rig.actor.overview()).webhook;
/** Requests to the API server and for events, apart from what writes the agents' status. */
const requests = (after: number) =>
  rig.sandbox.log
    .after(after)
    .filter(
      ({ service, path }) => service === "amplify" && /^\/(?:apis|events)\//.test(path) && !path.includes("agents/"),
    )
    .map(
      ({ method, path }) =>
        `${method} ${path.startsWith("/events/") ? "events" : path.split("?")[0]?.split("/").slice(-2).join("/")}`,
    );
const rows = (table: string) => dumpRows(rig.runtime.ports.sql).get(table) ?? [];
const header = { "X-Kafka-Worker-Token": TOKEN, "Content-Type": "application/json" };

function lastOf(front: Front, kind: string): Call | undefined {
  return front.calls.findLast(({ body }) => JSON.parse(body).payload.kind === kind);
}

/** The same call with something else in it. */
function altered(call: Call | undefined, change: (body: Body) => void): Call {
  const body = JSON.parse(call?.body ?? "{}");
  change(body);
  return { headers: header, body: JSON.stringify(body) };
}

describe("webhooks", () => {
  test.each<[string, Partial<WebhookBehaviour>]>([
    ["as they should", {}],
    ["late", { delayMs: 90_000 }],
    ["twice", { copies: 2 }],
    ["in any order", { delayMs: 500, spreadMs: 30_000, copies: 3 }],
    ["newest first", { delayMs: 5_000, order: "newest first" }],
    ["now and then", { lost: 0.5 }],
    ["never", { copies: 0 }],
  ])("that come %s leave the same behind", async (_how, behaviour) => {
    const scene = await start(behaviour);
    const { access, credential } = await subscribed(scene);
    const { consumer, front } = scene;
    consumer.market.suspend(credential);
    await front.seconds(120);
    const { clusters, users } = rig.sandbox.parts;
    const made = () => users.snapshot().users.filter(({ name }) => name.startsWith("amp-")).length;
    expect(clusters.platform.acls.all()).toEqual([]);
    consumer.market.enable(credential);
    await front.seconds(120);
    expect([made(), clusters.platform.acls.all().length]).toEqual([1, 2]);
    for (const item of [access, credential, consumer.application]) consumer.market.remove(item);
    await front.seconds(180);
    expect([made(), clusters.platform.acls.all()]).toEqual([0, []]);
    expect([access, credential, consumer.application].filter((item) => consumer.market.isThere(item))).toEqual([]);
    expect(rig.work().filter(({ dead }) => dead)).toEqual([]);
  });

  test("that never come cost a consumer one poll interval", async () => {
    const { front, consumer } = await start({ copies: 0 });
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await front.seconds(60 + 15);
    expect(levels(consumer, access, credential)).toEqual(["Success", "Success"]);
    expect(front.calls).toEqual([]);
  });

  test("that come are answered to within seconds, long before the events are polled", async () => {
    const scene = await start({}, { CENTRAL_POLLINTERVAL: "10m" });
    const { front, consumer } = scene;
    const access = await consumer.access("orders");
    await front.seconds(10);
    expect(levels(consumer, access)).toEqual(["Success"]);
    await front.seconds(120);
    const credential = await consumer.credential("orders");
    await front.seconds(15);
    expect(levels(consumer, credential)).toEqual(["Success"]);
    await front.seconds(120);
    consumer.market.suspend(credential);
    const mark = rig.mark();
    await front.seconds(10);
    // What is known is read by its own name.
    expect(requests(mark).filter((each) => each === "events" || each.startsWith("GET events"))).toEqual([]);
    expect(rig.sandbox.parts.clusters.platform.acls.all()).toEqual([]);
  });

  test("that repeat what is known a thousand times cost nothing", async () => {
    const scene = await start({}, { CENTRAL_POLLINTERVAL: "1h" });
    await subscribed(scene);
    await scene.front.seconds(120);
    const before = await webhook();
    const mark = rig.mark();
    const told = [...scene.front.calls];
    for (let count = 0; count < 1_000; count++) {
      const call = told[count % told.length];
      if (call) expect((await scene.front.call(call)).status).toBe(202);
    }
    await scene.front.seconds(180);
    expect(requests(mark)).toEqual([]);
    expect(rig.confluent(mark)).toEqual([]);
    const after = await webhook();
    expect([after.received - before.received, after.dropped - before.dropped]).toEqual([1_000, 1_000]);
  });

  test("that claim a newer version again and again cost one read an application and minute, and no write", async () => {
    const scene = await start({}, { CENTRAL_POLLINTERVAL: "1h" });
    await subscribed(scene);
    await scene.front.seconds(120);
    const of = (kind: string) => lastOf(scene.front, kind);
    const mark = rig.mark();
    for (let second = 0; second < 300; second++) {
      for (const kind of ["ManagedApplication", "AccessRequest", "Credential"]) {
        const call = altered(of(kind), (body) =>
          Object.assign(body.payload.metadata, { resourceVersion: String(1_000 + second) }),
        );
        await scene.front.call(call);
      }
      await scene.front.seconds(1);
    }
    const made = requests(mark);
    expect(made.filter((each) => !each.startsWith("GET"))).toEqual([]);
    expect(made.length).toBeGreaterThanOrEqual(4);
    expect(made.length).toBeLessThanOrEqual(6);
    expect(rig.confluent(mark).filter(({ method }) => method !== "GET")).toEqual([]);
  });

  test("whose read fails are read once more, a minute later", async () => {
    const scene = await start({ copies: 0 }, { CENTRAL_POLLINTERVAL: "1h" });
    const { front, consumer } = scene;
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await front.seconds(3_700);
    expect(levels(consumer, access, credential)).toEqual(["Success", "Success"]);
    rig.sandbox.parts.webhooks.behaviour.copies = 1;
    const when = { method: "GET", path: `/apis/**/credentials/${credential.name}`, calls: { nth: 1 } };
    rig.sandbox.faults.add({ name: "down", when, fault: { do: "answer", status: 500 } });
    consumer.market.suspend(credential);
    const mark = rig.mark();
    await front.seconds(55);
    expect(requests(mark)).toEqual([`GET credentials/${credential.name}`]);
    await front.seconds(15);
    expect(requests(mark).filter((each) => each === `GET credentials/${credential.name}`)).toHaveLength(2);
    expect(rig.sandbox.parts.clusters.platform.acls.all()).toEqual([]);
  });

  test("that tell of what nobody knows make the events be asked once a minute, and leave no row behind", async () => {
    const scene = await start({}, { CENTRAL_POLLINTERVAL: "1h" });
    await subscribed(scene);
    await scene.front.seconds(120);
    const sizes = () => ["work", "known", "grants", "sealed", "intent"].map((table) => rows(table).length);
    const before = sizes();
    const mark = rig.mark();
    for (let count = 0; count < 1_000; count++) {
      const call = altered(scene.front.calls[0], (body) => Object.assign(body.payload, { name: `unknown-${count}` }));
      expect((await scene.front.call(call)).status).toBe(202);
      if (count % 4 === 0) await scene.front.seconds(1);
    }
    expect(requests(mark).every((each) => each === "GET events")).toBe(true);
    expect(requests(mark).length).toBeLessThanOrEqual(5);
    expect(sizes()).toEqual(before);
  });

  test("are not believed: what their body grants, or which key it names, is nowhere used", async () => {
    const scene = await start();
    const { consumer, front } = scene;
    const { credential } = await subscribed(scene);
    await front.seconds(120);
    const seen = () => rows("grants").map(({ seen_json }) => seen_json);
    const before = seen();
    const call = altered(lastOf(front, "Credential"), (body) => {
      const { payload } = body;
      Object.assign(payload, { spec: { state: { name: "inactive", rotate: true } }, status: { level: "Pending" } });
      Object.assign(payload.metadata, { resourceVersion: "9999", state: "DELETING" });
    });
    await front.call(call);
    await front.seconds(120);
    expect(seen()).toEqual(before);
    expect(levels(consumer, credential)).toEqual(["Success"]);
  });

  test("of another organisation or environment are ignored and counted", async () => {
    const { front, consumer } = await start();
    await consumer.access("orders");
    await front.seconds(120);
    const [call] = front.calls;
    const before = await webhook();
    const mark = rig.mark();
    const work = rig.work().length;
    await front.call(altered(call, (body) => Object.assign(body, { organization: { id: "666" } })));
    await front.call(
      altered(call, ({ payload }) =>
        Object.assign(payload.metadata, {
          scope: { kind: "Environment", name: "elsewhere" },
        }),
      ),
    );
    const after = await webhook();
    expect([after.received - before.received, after.foreign - before.foreign]).toEqual([2, 2]);
    expect(rig.work().length).toBe(work);
    expect(requests(mark)).toEqual([]);
  });

  test("tell nothing in plan mode", async () => {
    const { front } = await start({}, { KAFKA_DISCOVERY_MODE: "plan" });
    const environment = rig.config.central.environment;
    const body = JSON.stringify({
      type: "ResourceCreated",
      payload: { kind: "AccessRequest", name: "a", metadata: { scope: { kind: "Environment", name: environment } } },
    });
    const mark = rig.mark();
    expect((await front.call({ headers: header, body })).status).toBe(202);
    await front.seconds(60);
    expect(requests(mark)).toEqual([]);
    expect(await webhook()).toMatchObject({ received: 1, dropped: 1 });
  });

  test("bring the new token after it was changed, and are refused with the old one once it is gone", async () => {
    const { front, consumer } = await start();
    rig.redeploy({ ...variables, WEBHOOK_TOKEN: "the-next-webhook-token-is-this" });
    const next = new Front(rig, ["the-next-webhook-token-is-this"]);
    await rig.settle();
    await consumer.access("orders");
    await next.seconds(30);
    const statuses = rig.sandbox.parts.webhooks.deliveries.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([202]));
    expect(next.calls.length).toBeGreaterThan(0);
    expect((await next.call({ headers: header, body: next.calls[0]?.body ?? "" })).status).toBe(401);
    expect(front.calls).toEqual([]);
  });
});
