import { describe, expect, test } from "vitest";
import { type Answer, ENV, first, World } from "./fixture.ts";
import type { Json, JsonObject } from "./json.ts";

const DAY = 24 * 3_600_000;
const SERVICES = `${ENV}/apiservices`;
const TOPIC = "/management/v1/watchtopics/kafka-worker";

function filter(kind: string, type: string[], name = "*"): JsonObject {
  return { group: "management", kind, name, type, scope: { kind: "Environment", name: "kafka-env" } };
}

const ALL = ["created", "updated", "deleted"];

function watching(...filters: JsonObject[]): World {
  const w = new World();
  w.amplify.create({ kind: "WatchTopic", body: { name: "kafka-worker", spec: { filters } } });
  return w;
}

function list(answer: Answer): JsonObject[] {
  return Array.isArray(answer.json) ? answer.json.map((event: Json) => first(event)) : [];
}

function eventsAfter(w: World, sequence: number, more = ""): Promise<Answer> {
  const query = encodeURIComponent(`sequenceID>${sequence}`);
  return w.call("GET", `/events${TOPIC}?page=1&pageSize=100&query=${query}&sort=sequenceID%2CASC${more}`);
}

function newest(w: World): Promise<Answer> {
  return w.call("GET", `/events${TOPIC}?pageSize=1&sort=sequenceID%2CDESC`);
}

function sequenceOf(event: JsonObject | undefined): number {
  return Number(first(event?.metadata ?? null).sequenceID);
}

function told(event: JsonObject): unknown[] {
  const { kind, name } = first(event.payload ?? null);
  return [event.type, kind, name, first(event.metadata ?? null).subresource];
}

describe("every write", () => {
  test("comes back as an event, the client's own too, with a sequence that grows and has gaps", async () => {
    const w = watching(filter("APIService", ALL));
    await w.api("POST", SERVICES, { name: "orders" });
    await w.api("PUT", `${SERVICES}/orders/x-agent-details`, { "x-agent-details": {} });
    await w.api("PUT", `${SERVICES}/orders`, { title: "Orders" });
    await w.api("PUT", `${SERVICES}/orders/status`, { status: { level: "Error" } });
    await w.api("DELETE", `${SERVICES}/orders`);
    const events = list(await eventsAfter(w, 0));
    expect(events.map(told)).toEqual([
      ["ResourceCreated", "APIService", "orders", null],
      ["SubResourceUpdated", "APIService", "orders", "x-agent-details"],
      ["ResourceUpdated", "APIService", "orders", null],
      ["SubResourceUpdated", "APIService", "orders", "status"],
      ["ResourceDeleted", "APIService", "orders", null],
    ]);
    const sequences = events.map(sequenceOf);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
    expect((sequences.at(-1) ?? 0) - (sequences[0] ?? 0)).toBeGreaterThan(4);
  });

  test("that is refused makes none", async () => {
    const w = watching(filter("APIService", ALL));
    await w.api("POST", SERVICES, { name: "ORDERS" });
    await w.api("DELETE", `${SERVICES}/orders`);
    expect(list(await newest(w))).toEqual([]);
  });

  test("that takes others along tells of each; one that a finalizer holds is updated, not deleted", async () => {
    const w = watching(filter("APIService", ALL), filter("APIServiceInstance", ALL));
    w.publish("orders");
    w.amplify.edit(`${ENV}/apiserviceinstances/orders`, { finalizers: [{ name: "keep" }] });
    const before = sequenceOf(list(await newest(w))[0]);
    await w.api("DELETE", `${SERVICES}/orders`);
    w.amplify.edit(`${ENV}/apiserviceinstances/orders`, { finalizers: [] });
    expect(list(await eventsAfter(w, before)).map(told)).toEqual([
      ["ResourceDeleted", "APIService", "orders", null],
      ["ResourceUpdated", "APIServiceInstance", "orders", null],
      ["ResourceDeleted", "APIServiceInstance", "orders", null],
    ]);
  });

  test("is told without spec, status, tags or finalizers, and with its references in capitals", async () => {
    const w = watching(filter("APIServiceRevision", ["created"]));
    w.context.clock.advance(2689);
    w.publish("orders");
    const [event] = list(await eventsAfter(w, 0));
    const service = first(w.amplify.get(`${SERVICES}/orders`)?.metadata ?? null);
    const revision = first(w.amplify.get(`${ENV}/apiservicerevisions/orders-r1`)?.metadata ?? null);
    const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(event).toEqual({
      ...{
        id: uuid,
        time: "2026-08-01 09:00:02.689000",
        version: "v1",
        product: "AmplifyCentral",
        correlationId: uuid,
      },
      ...{ organization: { id: "123456789" }, type: "ResourceCreated" },
      payload: {
        ...{ group: "management", kind: "APIServiceRevision", name: "orders-r1" },
        ...{ finalizers: null, attributes: {}, tags: [] },
        metadata: {
          id: revision.id,
          selfLink: `${ENV}/apiservicerevisions/orders-r1`,
          references: [
            {
              ...{ id: service.id, group: "management", kind: "APIService", name: "orders", title: null },
              ...{ scopeKind: null, scopeName: null, selfLink: `${SERVICES}/orders`, type: "HARD" },
            },
          ],
          scope: service.scope,
        },
      },
      metadata: {
        watchTopicID: first(w.amplify.get(TOPIC)?.metadata ?? null).id,
        watchTopicSelfLink: TOPIC,
        sequenceID: expect.any(Number),
        subresource: null,
      },
    });
  });
});

describe("a watch topic", () => {
  test("holds what its filters admit, by kind, name, scope and type", async () => {
    const unscoped = { group: "management", kind: "Environment", name: "kafka-env", type: ["updated"] };
    const w = watching(filter("APIService", ["updated"], "orders"), unscoped);
    const other = SERVICES.replace("kafka-env", "other-env");
    for (const collection of [SERVICES, other]) {
      for (const name of ["orders", "stock"]) {
        await w.api("POST", collection, { name });
        await w.api("PUT", `${collection}/${name}`, { title: "t" });
      }
    }
    w.amplify.editSub(ENV, "policies", {});
    w.amplify.editSub(ENV.replace("kafka-env", "other-env"), "policies", {});
    const events = list(await eventsAfter(w, 0));
    expect(events.map(told)).toEqual([
      ["ResourceUpdated", "APIService", "orders", null],
      ["SubResourceUpdated", "Environment", "kafka-env", "policies"],
    ]);
    expect(first(first(events[1]?.payload ?? null).metadata ?? null).scope).toMatchObject({ name: "kafka-env" });
  });

  test("begins when it is made, follows new filters, and forgets all when it is made anew", async () => {
    const w = new World();
    w.publish("before");
    const spec = { filters: [filter("APIService", ALL)] };
    await w.api("POST", "/management/v1/watchtopics", { name: "kafka-worker", spec });
    expect(list(await newest(w))).toEqual([]);
    w.publish("orders");
    expect(list(await eventsAfter(w, 0)).map(told)).toEqual([["ResourceCreated", "APIService", "orders", null]]);
    await w.api("PUT", TOPIC, { spec: { filters: [filter("APIServiceInstance", ALL)] } });
    w.publish("stock");
    expect(list(await eventsAfter(w, 0)).map(told)).toEqual([
      ["ResourceCreated", "APIService", "orders", null],
      ["ResourceCreated", "APIServiceInstance", "stock", null],
    ]);
    await w.api("DELETE", TOPIC);
    expect((await newest(w)).status).toBe(404);
    await w.api("POST", "/management/v1/watchtopics", { name: "kafka-worker", spec });
    expect(list(await eventsAfter(w, 0))).toEqual([]);
  });

  test("that is not there is answered 404", async () => {
    expect((await new World().call("GET", `/events${TOPIC}?pageSize=1&sort=sequenceID,DESC`)).status).toBe(404);
  });
});

describe("GET /events", () => {
  test("tells the newest alone to a client that begins", async () => {
    const w = watching(filter("APIService", ALL));
    expect(list(await newest(w))).toEqual([]);
    w.publish("orders");
    w.publish("stock");
    expect(list(await newest(w)).map(told)).toEqual([["ResourceCreated", "APIService", "stock", null]]);
  });

  test("goes on strictly after a sequence, in pages", async () => {
    const w = watching(filter("APIService", ALL));
    for (const name of ["a", "b", "c", "d", "e"]) w.publish(name);
    const all = list(await eventsAfter(w, 0));
    const rest = list(await eventsAfter(w, sequenceOf(all[1])));
    expect(rest.map((event) => told(event)[2])).toEqual(["c", "d", "e"]);
    const query = encodeURIComponent(`sequenceID>${sequenceOf(all[0])}`);
    const page = (number: number) =>
      w.call("GET", `/events${TOPIC}?page=${number}&pageSize=3&query=${query}&sort=sequenceID,ASC`);
    expect(list(await page(1)).map((event) => told(event)[2])).toEqual(["b", "c", "d"]);
    expect(list(await page(2)).map((event) => told(event)[2])).toEqual(["e"]);
    expect(list(await eventsAfter(w, sequenceOf(all[4])))).toEqual([]);
    expect(list(await w.call("GET", `/events${TOPIC}?sort=sequenceID`))).toHaveLength(5);
  });

  test.each(["query=sequenceID%3Ex", "query=name==a", "sort=name", "sort=sequenceID,UP", "pageSize=0"])(
    "with %s is refused",
    async (query) => {
      const w = watching(filter("APIService", ALL));
      expect((await w.call("GET", `/events${TOPIC}?${query}`)).status).toBe(400);
    },
  );

  test("answers 410 with the newest sequence when something after the asked one is older than seven days", async () => {
    const w = watching(filter("APIService", ALL));
    w.publish("first");
    w.publish("lost");
    const [known, lost] = list(await eventsAfter(w, 0)).map(sequenceOf);
    w.context.clock.advance(6 * DAY);
    w.publish("recent");
    w.context.clock.advance(DAY);
    w.forgetToken();
    expect((await eventsAfter(w, known ?? 0)).status).toBe(200);
    w.context.clock.advance(1);
    const gone = await eventsAfter(w, known ?? 0);
    expect(gone.status).toBe(410);
    const resume = Number(gone.headers.get("x-axway-max-sequence-id"));
    expect(resume).toBe(sequenceOf(list(await newest(w))[0]));
    expect(list(await eventsAfter(w, resume))).toEqual([]);
    expect(list(await eventsAfter(w, lost ?? 0)).map((event) => told(event)[2])).toEqual(["recent"]);
  });

  test("answers 200 to a client that has missed nothing, however long the topic was quiet", async () => {
    const w = watching(filter("APIService", ALL));
    w.publish("orders");
    const last = sequenceOf(list(await newest(w))[0]);
    w.context.clock.advance(30 * DAY);
    w.forgetToken();
    expect([(await eventsAfter(w, last)).status, list(await newest(w))]).toEqual([200, []]);
    const gone = await eventsAfter(w, last - 1);
    expect([gone.status, gone.headers.get("x-axway-max-sequence-id")]).toEqual([410, String(last)]);
  });
});
