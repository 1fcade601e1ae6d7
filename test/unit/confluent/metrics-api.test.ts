import { describe, expect, it } from "vitest";
import { createMetricsApi } from "../../../src/confluent/metrics-api.ts";
import { closedUntil, lagQuery, receivedQuery } from "../../../src/confluent/metrics-query.ts";
import { createRest } from "../../../src/confluent/rest.ts";
import { failureFrom } from "../http/support.ts";
import { access, json, type Server, worldOf } from "./support.ts";

const FROM = Date.UTC(2026, 1, 3, 10, 0);
const span = { clusterId: "lkc-1", from: FROM, to: FROM + 5 * 60_000 };
const URL_OF_QUERY = "https://api.telemetry.example/v2/metrics/cloud/query";

function metricsOver(server: Server) {
  const world = worldOf(server);
  const rest = createRest({ ...world, upstream: "metrics", access, headers: { Accept: "application/json" } });
  return Object.assign(world, { metrics: createMetricsApi(rest, "https://api.telemetry.example") });
}

const at = (minute: number, value: unknown) => ({
  timestamp: `2026-02-03T10:${String(minute).padStart(2, "0")}:00Z`,
  value,
});

function lagSeries(group: string, partition: unknown, ...points: object[]) {
  return { "metric.consumer_group_id": group, "metric.topic": "orders", "metric.partition": partition, points };
}

const failed = (status: number, detail = "no", headers = {}) =>
  new Response(JSON.stringify({ errors: [{ status: String(status), detail }] }), { status, headers });

describe("a query of the metrics API", () => {
  it("asks for the lag of every group in every partition by the minute, at once", () => {
    expect(lagQuery(span)).toEqual({
      aggregations: [{ metric: "io.confluent.kafka.server/consumer_lag_offsets" }],
      filter: { field: "resource.kafka.id", op: "EQ", value: "lkc-1" },
      granularity: "PT1M",
      intervals: ["2026-02-03T10:00:00.000Z/2026-02-03T10:05:00.000Z"],
      group_by: ["metric.consumer_group_id", "metric.topic", "metric.partition"],
      limit: 1000,
      format: "GROUPED",
    });
  });

  it("asks for what was produced to every topic", () => {
    expect(receivedQuery({ ...span, groupPrefix: "amp." })).toEqual({
      ...lagQuery(span),
      aggregations: [{ metric: "io.confluent.kafka.server/received_records" }],
      group_by: ["metric.topic"],
    });
  });

  it("leaves out the groups of others, as a range of names", () => {
    const { filter } = lagQuery({ ...span, groupPrefix: "amp." });
    expect(filter).toEqual({
      op: "AND",
      filters: [
        { field: "resource.kafka.id", op: "EQ", value: "lkc-1" },
        { field: "metric.consumer_group_id", op: "GTE", value: "amp." },
        { op: "NOT", filter: { field: "metric.consumer_group_id", op: "GTE", value: "amp/" } },
      ],
    });
  });

  it("takes smaller pages of a long span", () => {
    expect(lagQuery({ ...span, to: FROM + 60 * 60_000 }).limit).toBe(1000);
    expect(lagQuery({ ...span, to: FROM + 360 * 60_000 }).limit).toBe(166);
  });

  it.each([
    ["nothing", FROM, FROM],
    ["the past before itself", FROM, FROM - 60_000],
    ["more than six hours", FROM, FROM + 361 * 60_000],
    ["parts of minutes", FROM + 1, FROM + 60_001],
    ["half a minute", FROM, FROM + 30_000],
  ])("is not made for %s", (_case, from, to) => {
    expect(() => lagQuery({ ...span, from, to })).toThrow(RangeError);
  });

  it("is for minutes that were over five minutes ago", () => {
    expect(closedUntil(FROM + 10 * 60_000)).toBe(FROM + 5 * 60_000);
    expect(closedUntil(FROM + 10 * 60_000 + 59_999)).toBe(FROM + 5 * 60_000);
    expect(closedUntil(FROM + 11 * 60_000)).toBe(FROM + 6 * 60_000);
  });
});

describe("lags from the metrics API", () => {
  it("are told by group, topic, partition and minute, with the Cloud key, in one request", async () => {
    const world = metricsOver(() =>
      json({ data: [lagSeries("amp.1.a", "0", at(4, 42.0), at(3, 40)), lagSeries("amp.1.a", "11", at(4, 0))] }),
    );
    const told = { kind: "page", next: undefined };
    const row = { group: "amp.1.a", topic: "orders" };
    expect(await world.metrics.lags(span)).toEqual({
      ...told,
      points: [
        { ...row, partition: 0, minute: FROM + 4 * 60_000, value: 42n },
        { ...row, partition: 0, minute: FROM + 3 * 60_000, value: 40n },
        { ...row, partition: 11, minute: FROM + 4 * 60_000, value: 0n },
      ],
    });
    expect(world.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([`POST ${URL_OF_QUERY}`]);
    expect(world.requests[0]?.headers.get("content-type")).toBe("application/json");
    expect(world.requests[0]?.headers.get("authorization")).toBe(`Basic ${btoa("KEY:s3cret")}`);
    expect(JSON.parse((await world.requests[0]?.text()) ?? "")).toEqual(lagQuery(span));
  });

  it("may be none, which says nothing of groups at rest", async () => {
    expect(await metricsOver(() => json({ data: [] })).metrics.lags(span)).toEqual({
      kind: "page",
      points: [],
      next: undefined,
    });
  });

  it.each([
    ["9007199254740993", 9007199254740993n],
    ["9223372036854775807", 9223372036854775807n],
    ["42.0", 42n],
    ["4.2E1", 42n],
    ["1.5", 2n],
    ["-3", -3n],
    ["0.4", 0n],
  ])("are whole numbers: %s is %s", async (written, value) => {
    const text = JSON.stringify({ data: [lagSeries("g", "0", at(1, "VALUE"))] }).replace('"VALUE"', written);
    expect(await metricsOver(() => new Response(text)).metrics.lags(span)).toMatchObject({ points: [{ value }] });
  });

  it("leave out minutes that are empty or were not asked for", async () => {
    const points = [at(5, 1), at(4, null), { timestamp: at(3, 0).timestamp }, at(2, 7), at(59, 1)];
    expect(await metricsOver(() => json({ data: [lagSeries("g", 3, ...points)] })).metrics.lags(span)).toMatchObject({
      points: [{ partition: 3, minute: FROM + 2 * 60_000, value: 7n }],
    });
  });

  it.each([
    ["a group without a name", { ...lagSeries("g", "0", at(1, 1)), "metric.consumer_group_id": null }],
    ["a partition that is no number", lagSeries("g", "zero", at(1, 1))],
    ["a negative partition", lagSeries("g", -1, at(1, 1))],
    ["a time that is none", lagSeries("g", "0", { timestamp: "today", value: 1 })],
    ["a value that is none", lagSeries("g", "0", at(1, "1"))],
    ["no points", { "metric.consumer_group_id": "g", "metric.topic": "orders", "metric.partition": "0" }],
  ])("are refused whole for %s", async (_case, series) => {
    const asked = metricsOver(() => json({ data: [lagSeries("g", "0", at(1, 1)), series] })).metrics.lags(span);
    expect((await failureFrom(asked)).failure.kind).toBe("malformed");
  });

  it("are refused whole when the answer is cut off", async () => {
    const cut = metricsOver(() => new Response(`{"data":[${JSON.stringify(lagSeries("g", "0", at(1, 1)))}`));
    expect((await failureFrom(cut.metrics.lags(span))).failure.kind).toBe("malformed");
  });
});

describe("what was produced, from the metrics API", () => {
  it("is told by topic and minute", async () => {
    const world = metricsOver(() => json({ data: [{ "metric.topic": "orders", points: [at(1, 9741), at(0, 9246)] }] }));
    expect(await world.metrics.received(span)).toEqual({
      kind: "page",
      points: [
        { topic: "orders", minute: FROM + 60_000, value: 9741n },
        { topic: "orders", minute: FROM, value: 9246n },
      ],
      next: undefined,
    });
    expect(JSON.parse((await world.requests[0]?.text()) ?? "")).toEqual(receivedQuery(span));
  });
});

describe("pages of the metrics API", () => {
  const full = Array.from({ length: 1000 }, (_, index) => lagSeries(`g${index}`, "0", at(1, 1)));

  it.each([
    ["meta", { meta: { pagination: { page_size: 1000, next_page_token: "tok en+2" } } }],
    ["links", { links: { next: "https://elsewhere.example/v2/metrics/cloud/query?page_token=tok%20en%2B2" } }],
  ])("go on with the token of %s, at the same address with the same query", async (_where, more) => {
    const pages = [
      json({ ...more, data: [lagSeries("a", "0", at(1, 1))] }),
      json({ data: [lagSeries("b", "0", at(1, 2))] }),
    ];
    const world = metricsOver(() => pages.shift() ?? failed(500));
    const first = await world.metrics.lags(span);
    expect(first).toMatchObject({ kind: "page", next: "tok en+2", points: [{ group: "a" }] });
    const second = await world.metrics.lags(span, first.kind === "page" ? first.next : undefined);
    expect(second).toMatchObject({ kind: "page", next: undefined, points: [{ group: "b" }] });
    expect(world.requests[1]?.url).toBe(`${URL_OF_QUERY}?page_token=tok+en%2B2`);
    expect(await world.requests[1]?.text()).toBe(await world.requests[0]?.text());
  });

  it("begin anew when a token has expired, which is not a query that is wrong", async () => {
    const world = metricsOver(() => failed(400, "page token expired"));
    expect(await world.metrics.lags(span, "old")).toMatchObject({ kind: "expired" });
    expect(await world.metrics.lags(span)).toMatchObject({
      kind: "invalid",
      error: { detail: "page token expired", status: 400 },
    });
  });

  it("are never taken for the whole: full without a word on what follows, or in a circle", async () => {
    const silent = metricsOver(() => json({ data: full })).metrics.lags(span);
    expect((await failureFrom(silent)).failure.kind).toBe("malformed");
    const last = metricsOver(() => json({ data: full, meta: { pagination: { page_size: 1000 } } })).metrics.lags(
      span,
      "9",
    );
    expect(await last).toMatchObject({ kind: "page", next: undefined });
    const later = metricsOver(() => json({ data: full })).metrics.lags(span, "9");
    expect(await later).toMatchObject({ kind: "page", next: undefined });
    const circle = metricsOver(() => json({ data: [], meta: { pagination: { next_page_token: "9" } } }));
    expect((await failureFrom(circle.metrics.lags(span, "9"))).failure.kind).toBe("malformed");
  });
});

describe("the metrics API that does not answer with data", () => {
  it.each([401, 403])("refuses the key (%i), and says what it lacks", async (status) => {
    const outcome = await metricsOver(() => failed(status, "not authorised")).metrics.received(span);
    expect(outcome).toMatchObject({ kind: "refused", error: { status, detail: "not authorised" } });
    if (status === 403)
      expect(outcome).toMatchObject({ error: { message: expect.stringContaining("MetricsViewer on lkc-1") } });
  });

  it.each<[string, Record<string, string>, number]>([
    ["a minute when it does not say how long", {}, 60_000],
    ["as long as it says", { "retry-after": "17" }, 17_000],
    ["a minute when it says nothing at all", { "retry-after": "0" }, 60_000],
  ])("is to be left alone for %s", async (_case, headers, retryAfterMs) => {
    const world = metricsOver(() => new Response(null, { status: 429, headers }));
    expect(await world.metrics.lags(span)).toMatchObject({ kind: "throttled", retryAfterMs });
  });

  it.each<[string, Server, string]>([
    ["a failure", () => failed(500), "server"],
    ["a page of something in between", () => new Response("<html>"), "malformed"],
    ["a lost connection", () => Promise.reject(new Error("Network connection lost.")), "unreachable"],
  ])("is an error of its own after %s", async (_case, server, kind) => {
    expect((await failureFrom(metricsOver(server).metrics.lags(span))).failure.kind).toBe(kind);
  });
});
