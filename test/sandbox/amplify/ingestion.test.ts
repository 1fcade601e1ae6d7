import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { callerHeader } from "../core/caller.ts";
import { CLIENT, first, ORGANIZATION, World } from "./fixture.ts";
import { Ingestion } from "./ingestion.ts";
import type { JsonObject } from "./json.ts";
import { earlierMetricEvent, metricEvent, WINDOW } from "./metric-fixture.ts";

const HOUR = 3_600_000;

async function setUp(lacks: string[] = []) {
  const world = new World({ lacks });
  const ingestion = new Ingestion(world.amplify);
  const token = String(first((await world.token()).json).access_token);
  const headers = {
    authorization: `Bearer ${token}`,
    "capture-org-id": ORGANIZATION,
    timestamp: String(WINDOW / 1000),
    "axway-target-flow": "api-central-metric",
    "content-type": "application/json; charset=UTF-8",
  };
  const post = (body: BodyInit, changes: Record<string, string> = {}) =>
    ingestion.fetch(
      new Request("http://ingestion.test/", { method: "POST", headers: { ...headers, ...changes }, body }),
    );
  const send = (...events: readonly JsonObject[]) => post(JSON.stringify(events));
  return { world, ingestion, post, send };
}

describe("ingestion", () => {
  test("keeps each event of a batch, and the later one of two with the same id", async () => {
    const { ingestion, send } = await setUp();
    const metric = metricEvent();
    expect((await send(metric, metricEvent({ id: randomUUID(), api: "payments", count: 3 }))).status).toBe(200);
    const answer = await send({ ...metric });
    expect([answer.status, answer.headers.get(callerHeader)]).toEqual([200, CLIENT]);
    expect(ingestion.events().map(({ sent, changed }) => [sent, changed])).toEqual([
      [2, undefined],
      [1, undefined],
    ]);
    expect(ingestion.accepted()).toEqual([
      { application: "app-1", api: "orders", hour: WINDOW, transactions: 10, units: {}, events: 1 },
      { application: "app-1", api: "payments", hour: WINDOW, transactions: 3, units: {}, events: 1 },
    ]);
    expect([ingestion.changed(), ingestion.largestBatch()]).toEqual([[], 2]);
  });

  test("tells which events came again with another count, and not those whose reporter alone differs", async () => {
    const { ingestion, send } = await setUp();
    const [same, grown] = [metricEvent(), metricEvent()];
    await send(same, grown);
    const data = same.data as JsonObject;
    const later = { ...data, reporter: { ...(data.reporter as JsonObject), observationDelta: 7_200_000 } };
    await send({ ...same, data: later }, metricEvent({ id: String(grown.id), count: 11 }));
    expect(ingestion.changed().map(({ event }) => event.id)).toEqual([grown.id]);
    expect(ingestion.accepted()[0]?.transactions).toBe(21);
  });

  test("adds up by application, API and the hour in which the window began, custom units apart", async () => {
    const { ingestion, send } = await setUp();
    await send(
      metricEvent({ count: 5 }),
      metricEvent({ count: 7, timestamp: WINDOW + HOUR - 60_000, units: { "messages-kb": { count: 88 } } }),
      metricEvent({ count: 1, timestamp: WINDOW + HOUR }),
      metricEvent({ application: "app-2", units: { transactions: null, bytes: { count: 4, quota: { id: "q" } } } }),
      earlierMetricEvent(2),
    );
    expect(
      ingestion.accepted().map((sum) => [sum.application, sum.hour - WINDOW, sum.transactions, sum.units, sum.events]),
    ).toEqual([
      ["app-1", 0, 12, { "messages-kb": 88 }, 2],
      ["app-1", HOUR, 1, {}, 1],
      ["app-2", 0, 0, { bytes: 4 }, 1],
      ["unknown", 0, 2, {}, 1],
    ]);
  });

  test("reads gzip", async () => {
    const { ingestion, post } = await setUp();
    const body = gzipSync(JSON.stringify([metricEvent()]));
    expect((await post(body, { "content-encoding": "gzip" })).status).toBe(200);
    expect(ingestion.events()).toHaveLength(1);
  });

  test("takes traffic events as they are, by their own flow", async () => {
    const { ingestion, post } = await setUp();
    const event = { id: "t-1", event: "api.transaction.summary", timestamp: WINDOW + 739, version: "4" };
    expect((await post(JSON.stringify([event]), { "axway-target-flow": "api-central-v8" })).status).toBe(200);
    expect([ingestion.events().length, ingestion.accepted()]).toEqual([1, []]);
  });

  test("can answer 201, limit a request, and store a part of one before it fails", async () => {
    const { ingestion, send } = await setUp();
    ingestion.behaviour.stored = 201;
    expect((await send(metricEvent())).status).toBe(201);
    ingestion.behaviour.mostEvents = 1;
    expect((await send(metricEvent(), metricEvent())).status).toBe(413);
    ingestion.behaviour.mostEvents = undefined;
    ingestion.behaviour.nextStoresOnly = 1;
    const events = [metricEvent(), metricEvent()];
    expect((await send(...events)).status).toBe(500);
    expect(ingestion.events()).toHaveLength(2);
    expect((await send(...events)).status).toBe(201);
    expect(ingestion.accepted()[0]).toMatchObject({ transactions: 30, events: 3 });
  });

  test.each<[string, string, Record<string, string>, number]>([
    ["an invented token", "[]", { authorization: "Bearer a.b.c" }, 401],
    ["another organisation", "[]", { "capture-org-id": "1" }, 403],
    ["an unknown flow", "[]", { "axway-target-flow": "other" }, 400],
    ["a time that is not in seconds", "[]", { timestamp: "now" }, 400],
    ["another encoding", "[]", { "content-encoding": "br" }, 415],
    ["another media type", "[]", { "content-type": "text/plain" }, 415],
    ["a body that is not JSON", "[", {}, 400],
    ["a body that is no list", "{}", {}, 400],
    ["an event without id", '[{"event":"e","timestamp":1}]', {}, 400],
    ["gzip that is none", "[]", { "content-encoding": "gzip" }, 400],
    ["a time that is not the first event's", JSON.stringify([metricEvent()]), { timestamp: "1785571201" }, 400],
  ])("refuses %s", async (_what, body, changes, status) => {
    const { ingestion, post } = await setUp();
    expect((await post(body, changes)).status).toBe(status);
    expect(ingestion.events()).toEqual([]);
  });

  const good = metricEvent();
  const data = good.data as JsonObject;
  test.each<[string, JsonObject]>([
    ["an id that is no UUID", { ...good, id: "m-1" }],
    ["a timestamp within a minute", { ...good, timestamp: WINDOW + 1 }],
    ["another organisation's GUID", { ...good, org: "other" }],
    ["the numeric organisation", { ...good, org: ORGANIZATION }],
    ["a member that no agent sends", { ...good, session: {} }],
    ["a count below 0", metricEvent({ count: -1 })],
    ["a count that is no whole number", metricEvent({ count: 1.5 })],
    ["a count as text", metricEvent({ units: { transactions: { count: "1" } } })],
    ["an api without id", metricEvent({ data: { api: { id: "", name: "orders" } } })],
    ["no reporter", metricEvent({ data: { reporter: null } })],
    ["data of another version", { ...good, data: { ...data, version: "2" } }],
    ["an owner without its team", metricEvent({ data: { assetResource: { id: "" } } })],
  ])("refuses a whole batch for one metric with %s", async (_what, wrong) => {
    const { ingestion, send } = await setUp();
    expect((await send(metricEvent(), wrong)).status).toBe(400);
    expect(ingestion.events()).toEqual([]);
  });

  test("refuses an account without the right", async () => {
    const { post } = await setUp(["ingestion:write"]);
    expect((await post("[]")).status).toBe(403);
  });

  test("brings its events back from a snapshot", async () => {
    const { world, ingestion, send } = await setUp();
    await send(metricEvent());
    const later = new Ingestion(world.amplify);
    later.restore(JSON.parse(JSON.stringify(ingestion.snapshot())));
    expect(later.events()).toEqual(ingestion.events());
    expect(() => later.restore({})).toThrow("no snapshot of ingestion");
  });
});
