import { parse } from "valibot";
import { describe, expect, it } from "vitest";
import { MetricIds, metricIds } from "../../../src/amplify/metric-ids.ts";
import { resourceOf } from "./provisioning-fixture.ts";

const TEAM = "cccccccc-0000-4000-8000-000000000001";

const references = [
  { group: "management", kind: "APIServiceInstance", id: "instance", name: "orders" },
  { group: "catalog", kind: "Subscription", id: "sub" },
  { group: "catalog", kind: "Application", id: "catalog-app" },
  { group: "catalog", kind: "Product", id: "product" },
  { group: "catalog", kind: "ProductRelease", id: "release" },
  { group: "catalog", kind: "PublishedProduct", id: "published" },
  { group: "catalog", kind: "ProductPlan", id: "plan" },
  { group: "catalog", kind: "AssetResource", id: "asset" },
  { group: "catalog", kind: "Quota", id: "other-quota", name: "bytes" },
  { group: "catalog", kind: "Quota", id: "quota", name: "calls" },
];
const quotas = [
  { kind: "Subscription", name: "catalog/sub-1" },
  { kind: "Quota", name: "catalog/gold/none" },
  { kind: "Quota", name: "catalog/gold/bytes", unit: "bytes" },
  { kind: "Quota", name: "catalog/gold/calls", unit: "transactions" },
];
const embedding = (owner: unknown) => ({
  _embedded: {
    products: { references: [{ kind: "Product", metadata: { id: "published" }, owner: { type: "team", id: "no" } }] },
    publishedproducts: {
      references: [
        { kind: "PublishedProduct", metadata: { id: "another" }, owner: { type: "team", id: "no" } },
        { group: "catalog", kind: "PublishedProduct", name: "p", metadata: { id: "published" }, owner },
      ],
    },
  },
});

function accessRequest(changes: object = {}) {
  return resourceOf("AccessRequest", {
    metadata: { references },
    references: quotas,
    ...embedding({ type: "team", id: "product-team" }),
    ...changes,
  });
}
function application(owner: unknown = { type: "team", id: TEAM, organization: { id: "998877" } }) {
  return resourceOf("ManagedApplication", {
    marketplace: { name: "mkt-guid", resource: { owner } },
    metadata: { references: [{ kind: "Application", id: "catalog-app" }] },
  });
}
function service(owner: unknown = { type: "team", id: "provider-team" }) {
  return { id: "service", owner };
}

const known: MetricIds = {
  subscription: { id: "sub" },
  application: { id: "catalog-app", consumerOrgId: "998877", owner: { type: "team", team_guid: TEAM } },
  marketplace: { guid: "mkt-guid", consumerOrgId: "998877" },
  product: { id: "product", versionId: "release", owner: { type: "team", team_guid: "product-team" } },
  api: { apiServiceId: "service", owner: { type: "team", team_guid: "provider-team" } },
  assetResource: { id: "asset" },
  apiServiceRevision: { id: "instance" },
  productPlan: { id: "plan" },
  quota: { id: "quota" },
  customUnits: [{ unit: "bytes", quotaId: "other-quota" }],
};

describe("the ids that a metric event needs", () => {
  it("come from the access request, its application and the service", () => {
    expect(metricIds(accessRequest(), application(), service())).toEqual(known);
  });

  it("are unknown, or none, where nothing is there", () => {
    const bare = resourceOf("AccessRequest", { metadata: { references: null } });
    expect(metricIds(bare, undefined, undefined)).toEqual({
      subscription: { id: "unknown" },
      application: { id: "unknown", consumerOrgId: "none", owner: { type: "none" } },
      marketplace: { guid: "none", consumerOrgId: "none" },
      product: { id: "unknown", versionId: "unknown" },
      api: { apiServiceId: "unknown", owner: { type: "unknown" } },
      assetResource: { id: "unknown" },
      apiServiceRevision: { id: "unknown" },
      productPlan: { id: "unknown" },
      quota: { id: "unknown" },
    });
    expect(metricIds(bare, resourceOf("ManagedApplication"), service(null))).toMatchObject({
      application: { id: "unknown", consumerOrgId: "none", owner: { type: "none" } },
      api: { apiServiceId: "service", owner: { type: "none" } },
    });
  });

  it.each([
    ["a team of one", { type: "team", id: TEAM, user: { id: "u" } }, { type: "user", team_guid: TEAM, user_guid: "u" }],
    ["a team, its user empty", { type: "team", id: TEAM, user: { id: "" } }, { type: "team", team_guid: TEAM }],
    ["a team without an id", { type: "team" }, { type: "unknown" }],
    ["a team with an empty id", { type: "team", id: "" }, { type: "unknown" }],
    ["of another type", { type: "crew", id: TEAM }, { type: "unknown" }],
    ["not an object", "team", { type: "unknown" }],
    ["null", null, { type: "none" }],
    ["missing", undefined, { type: "none" }],
  ])("name an owner that is %s", (_what, owner, expected) => {
    const embedded = metricIds(accessRequest(embedding(owner)), application(owner ?? null), undefined);
    expect([embedded.product.owner, embedded.application.owner]).toEqual([expected, expected]);
  });

  it.each([
    ["was not embedded", { _embedded: undefined }],
    ["was embedded in an odd form", { _embedded: { a: 1, b: { references: [null, {}] } } }],
    ["is not referred to", { metadata: { references: references.filter(({ kind }) => kind !== "PublishedProduct") } }],
  ])("have no owner of the product when the published product %s", (_what, changes) => {
    expect(metricIds(accessRequest(changes), undefined, undefined).product).toEqual({
      id: "product",
      versionId: "release",
      owner: { type: "none" },
    });
  });

  it.each([
    ["has no unit", [quotas[1]]],
    ["has another unit", [quotas[2]]],
    ["has a name of two parts", [{ kind: "Quota", name: "catalog/calls", unit: "transactions" }]],
    ["is not referred to", [{ kind: "Quota", name: "catalog/gold/lost", unit: "transactions" }]],
    ["is listed in an odd form", { kind: "Quota" }],
    ["is not listed", undefined],
  ])("have an unknown quota when it %s", (_what, list) => {
    expect(metricIds(accessRequest({ references: list }), undefined, undefined).quota).toEqual({ id: "unknown" });
  });

  it("have the quota of each unit of the plan, of two the first, and none of a unit without a name", () => {
    const list = [
      { kind: "Quota", name: "catalog/gold/lost", unit: "messages" },
      { kind: "Quota", name: "catalog/gold/bytes", unit: "messages" },
      { kind: "Quota", name: "catalog/gold/bytes", unit: "" },
      { kind: "Quota", name: "catalog/gold/calls", unit: "transactions" },
      { kind: "Quota", name: "catalog/gold/bytes", unit: "transactions" },
      { kind: "Quota", name: "catalog/gold/bytes", unit: "__proto__" },
    ];
    const found = metricIds(accessRequest({ references: list }), undefined, undefined);
    expect(found.quota).toEqual({ id: "quota" });
    expect(found.customUnits).toEqual([
      { unit: "messages", quotaId: "unknown" },
      { unit: "__proto__", quotaId: "other-quota" },
    ]);
  });

  it("are read again as they were kept", () => {
    const bare = metricIds(accessRequest({ references: [] }), undefined, undefined);
    expect(bare).not.toHaveProperty("customUnits");
    expect(parse(MetricIds, JSON.parse(JSON.stringify(bare)))).toEqual(bare);
    expect(parse(MetricIds, JSON.parse(JSON.stringify(known)))).toEqual(known);
  });
});
