import { describe, expect, it } from "vitest";
import { type Consumption, metricEvent, startOf } from "../../../src/amplify/metric-event.ts";
import type { MetricIds } from "../../../src/amplify/metric-ids.ts";
import { metricProblem } from "../../sandbox/amplify/metric-event.ts";

const START = Date.UTC(2026, 7, 1, 9, 0, 0);
const HOUR = 3_600_000;
const GUID = "c0ffee00-1111-4222-8333-444455556666";

const ids: MetricIds = {
  subscription: { id: "sub" },
  application: { id: "app", consumerOrgId: "998877", owner: { type: "team", team_guid: "team" } },
  marketplace: { guid: "mkt", consumerOrgId: "998877" },
  product: { id: "prod", versionId: "release", owner: { type: "team", team_guid: "team" } },
  api: { apiServiceId: "svc", owner: { type: "none" } },
  assetResource: { id: "ar" },
  apiServiceRevision: { id: "inst" },
  productPlan: { id: "plan" },
  quota: { id: "quota" },
};

const consumption: Consumption = {
  id: "6d6f8a1e-0000-4000-8000-000000000001",
  window: { start: START, end: START + HOUR },
  organization: GUID,
  environment: { id: "8a2e8f3a", deployment: "prod", managesOthers: false },
  api: { externalId: "lkc-1/orders", name: "orders" },
  ids,
  count: 1250n,
  reporter: { version: "1.0.0", type: "KafkaTraceabilityAgent", sdkVersion: "1.0.0", agentName: "my-env-ta" },
};

const bodyOf = (changes: Partial<Consumption> = {}) => metricEvent({ ...consumption, ...changes }) ?? "";
const eventOf = (changes: Partial<Consumption> = {}) => JSON.parse(bodyOf(changes));

describe("a metric event", () => {
  it("is to the letter what Axway's agents send", () => {
    expect(bodyOf()).toBe(
      '{"id":"6d6f8a1e-0000-4000-8000-000000000001","timestamp":1785574800000,"event":"api.transaction.status.metric",' +
        `"org":"${GUID}","version":"4","distribution":{"environment":"8a2e8f3a"},"data":{"version":"3",` +
        '"apicDeployment":"prod","environment":{"runtimeType":"managed"},' +
        '"marketplace":{"guid":"mkt","consumerOrgId":"998877"},"subscription":{"id":"sub"},' +
        '"application":{"id":"app","consumerOrgId":"998877","owner":{"type":"team","team_guid":"team"}},' +
        '"product":{"id":"prod","versionId":"release","owner":{"type":"team","team_guid":"team"}},' +
        '"api":{"id":"remoteApiId_lkc-1/orders","name":"orders","apiServiceId":"svc","owner":{"type":"none"}},' +
        '"assetResource":{"id":"ar"},"apiServiceRevision":{"id":"inst"},"productPlan":{"id":"plan"},' +
        '"units":{"transactions":{"count":1250,"quota":{"id":"quota"},"response":{"max":0,"min":0,"avg":0},"status":"Success"}},' +
        '"reporter":{"version":"1.0.0","type":"KafkaTraceabilityAgent","agentSDKVersion":"1.0.0","agentName":"my-env-ta",' +
        '"observationDelta":3600000}}}',
    );
    expect(metricProblem(eventOf(), GUID)).toBeUndefined();
  });

  it("is the same text for the same consumption", () => {
    expect(bodyOf()).toBe(metricEvent(structuredClone(consumption)));
  });

  it("says unknown and none where nothing is known, and leaves the owner of an unknown product out", () => {
    const nothing: MetricIds = {
      subscription: { id: "unknown" },
      application: { id: "unknown", consumerOrgId: "none", owner: { type: "none" } },
      marketplace: { guid: "none", consumerOrgId: "none" },
      product: { id: "unknown", versionId: "unknown" },
      api: { apiServiceId: "unknown", owner: { type: "unknown" } },
      assetResource: { id: "unknown" },
      apiServiceRevision: { id: "unknown" },
      productPlan: { id: "unknown" },
      quota: { id: "unknown" },
    };
    const event = eventOf({ ids: nothing });
    expect(event.data).toMatchObject({
      product: nothing.product,
      units: { transactions: { quota: { id: "unknown" } } },
    });
    expect(Object.keys(event.data.product)).toEqual(["id", "versionId"]);
    expect(metricProblem(event, GUID)).toBeUndefined();
  });

  it("is of the whole minute in which its window begins, and tells its end by the distance", () => {
    const window = { start: START + 59_999, end: START + HOUR + 1 };
    expect(startOf(window)).toBe(START);
    expect(eventOf({ window })).toMatchObject({
      timestamp: START,
      data: { reporter: { observationDelta: HOUR + 1 } },
    });
  });

  it("of an environment that stands for others is unmanaged", () => {
    const environment = { id: "8a2e8f3a", deployment: "prod-eu", managesOthers: true };
    expect(eventOf({ environment }).data).toMatchObject({
      apicDeployment: "prod-eu",
      environment: { runtimeType: "unmanaged" },
    });
  });

  it.each([
    ["its external id", "lkc-1/orders", "orders", "remoteApiId_lkc-1/orders"],
    ["its external id, which has the prefix already", "remoteApiId_x", "orders", "remoteApiId_x"],
    ["its name without an external id", "", "orders", "remoteApiName_orders"],
    ["its name where the id is nothing but a prefix", "remoteApiId_", "orders", "remoteApiName_orders"],
    ["its name where the id is the same", "orders", "orders", "remoteApiName_orders"],
    ["nothing", "", "", "remoteApiId_unknown"],
  ])("names the API by %s", (_case, externalId, name, id) => {
    expect(eventOf({ api: { externalId, name } }).data.api).toMatchObject({ id, name });
  });

  it("keeps every digit of a count beyond 2^53", () => {
    expect(bodyOf({ count: 9223372036854775807n })).toContain('"transactions":{"count":9223372036854775807,');
  });
});

describe("units of a metric event", () => {
  it("stand beside the transactions where the plan has units of its own", () => {
    const event = eventOf({
      customUnits: [
        { unit: "messages", quotaId: "q-messages", count: 1250n },
        { unit: "transactions", quotaId: "x", count: 1n },
        { unit: "idle", quotaId: "x", count: 0n },
      ],
    });
    expect(event.data.units).toEqual({
      transactions: { count: 1250, quota: { id: "quota" }, response: { max: 0, min: 0, avg: 0 }, status: "Success" },
      messages: { count: 1250, quota: { id: "q-messages" } },
    });
    expect(metricProblem(event, GUID)).toBeUndefined();
  });

  it("may be custom ones alone, the transactions then being null", () => {
    const event = eventOf({ count: 0n, customUnits: [{ unit: "messages", quotaId: "q", count: 3n }] });
    expect(event.data.units).toEqual({ transactions: null, messages: { count: 3, quota: { id: "q" } } });
    expect(metricProblem(event, GUID)).toBeUndefined();
  });

  it("may have any name", () => {
    expect(bodyOf({ customUnits: [{ unit: "__proto__", quotaId: "q", count: 3n }] })).toContain(
      '"__proto__":{"count":3,"quota":{"id":"q"}}',
    );
  });
});

describe("what is no metric event", () => {
  it("is nothing at all", () => {
    expect(metricEvent({ ...consumption, count: 0n })).toBeUndefined();
    expect(
      metricEvent({ ...consumption, count: 0n, customUnits: [{ unit: "m", quotaId: "q", count: 0n }] }),
    ).toBeUndefined();
  });

  it.each<[string, Partial<Consumption>]>([
    ["a negative count", { count: -1n }],
    ["a negative count of a unit", { customUnits: [{ unit: "m", quotaId: "q", count: -1n }] }],
    ["a window without a length", { window: { start: START, end: START } }],
    ["a window before time began", { window: { start: 0, end: HOUR } }],
    ["a window of no time", { window: { start: Number.NaN, end: START } }],
  ])("is a mistake: %s", (_case, changes) => {
    expect(() => metricEvent({ ...consumption, ...changes })).toThrow(RangeError);
  });
});
