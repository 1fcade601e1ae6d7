import * as v from "valibot";
import { embeddedOwner, referenceId } from "./references.ts";
import type { Resource } from "./resource.ts";

/** An owner as metric events name it (agent-sdk pkg/transaction/models/definitions.go). */
export type MetricOwner =
  | { readonly type: "team"; readonly team_guid: string }
  /** A team of one, as the marketplace makes them for consumers without a team. */
  | { readonly type: "user"; readonly team_guid: string; readonly user_guid: string }
  | { readonly type: "none" }
  | { readonly type: "unknown" };

const OwnerEntries = {
  team: v.object({ type: v.literal("team"), team_guid: v.string() }),
  user: v.object({ type: v.literal("user"), team_guid: v.string(), user_guid: v.string() }),
  other: v.object({ type: v.picklist(["none", "unknown"]) }),
};
const OwnerSchema = v.union([OwnerEntries.team, OwnerEntries.user, OwnerEntries.other]);
const Id = v.object({ id: v.string() });

/** Of the form below, for reading what was kept of it. */
export const MetricIds = v.object({
  subscription: Id,
  application: v.object({ id: v.string(), consumerOrgId: v.string(), owner: OwnerSchema }),
  marketplace: v.object({ guid: v.string(), consumerOrgId: v.string() }),
  product: v.object({ id: v.string(), versionId: v.string(), owner: v.exactOptional(OwnerSchema) }),
  api: v.object({ apiServiceId: v.string(), owner: OwnerSchema }),
  assetResource: Id,
  apiServiceRevision: Id,
  productPlan: Id,
  quota: Id,
  customUnits: v.exactOptional(v.array(v.object({ unit: v.string(), quotaId: v.string() }))),
});

/**
 * What a metric event says about one access request besides the count, in the event's own form; read once, when the
 * request is provisioned, so that reporting needs no reads.
 */
export interface MetricIds {
  readonly subscription: { readonly id: string };
  readonly application: { readonly id: string; readonly consumerOrgId: string; readonly owner: MetricOwner };
  readonly marketplace: { readonly guid: string; readonly consumerOrgId: string };
  /** `owner` is absent while the id is unknown. */
  readonly product: { readonly id: string; readonly versionId: string; readonly owner?: MetricOwner };
  readonly api: { readonly apiServiceId: string; readonly owner: MetricOwner };
  readonly assetResource: { readonly id: string };
  /** In fact the instance's id; the name is historical. */
  readonly apiServiceRevision: { readonly id: string };
  readonly productPlan: { readonly id: string };
  readonly quota: { readonly id: string };
  /** Quotas of the plan in consumption units that the provider made; absent when it has none. */
  readonly customUnits?: readonly { readonly unit: string; readonly quotaId: string }[];
}

const UNKNOWN = "unknown";
const NONE = "none";

const text = v.fallback(v.optional(v.string()), undefined);
const Owner = v.looseObject({ type: text, id: text, user: v.fallback(v.looseObject({ id: text }), {}) });
const Marketplace = v.looseObject({
  name: text,
  resource: v.fallback(v.looseObject({ owner: v.optional(v.unknown()) }), {}),
});
const Consumer = v.looseObject({ organization: v.looseObject({ id: text }) });
const QuotaReference = v.looseObject({
  kind: v.literal("Quota"),
  name: v.string(),
  unit: v.pipe(v.string(), v.nonEmpty()),
});

/** The unit that every plan can have; the others are made by providers. */
const TRANSACTIONS = "transactions";

/**
 * The ids of an access request, which must have been read with `embed=metadata.references`, its application and the API
 * service of its topic; undefined for one that is not there. What cannot be resolved is `unknown`, and `none` where there
 * is no marketplace, consumer or owner (agent-sdk pkg/transaction/metric/metricscollector.go).
 */
export function metricIds(
  accessRequest: Resource,
  application: Resource | undefined,
  service: { readonly id: string | undefined; readonly owner: unknown } | undefined,
): MetricIds {
  const id = (kind: string) => referenceId(accessRequest, kind);
  const market = v.safeParse(Marketplace, application?.marketplace);
  const { name, resource } = market.success ? market.output : { name: undefined, resource: {} };
  const consumer = v.safeParse(Consumer, resource.owner);
  const consumerOrgId = (consumer.success ? present(consumer.output.organization.id) : undefined) ?? NONE;
  const { [TRANSACTIONS]: quotaId = UNKNOWN, ...custom } = quotasOf(accessRequest);
  const customUnits = Object.entries(custom).map(([unit, quotaId]) => ({ unit, quotaId }));
  return {
    subscription: { id: id("Subscription") ?? UNKNOWN },
    application: {
      id: (application && referenceId(application, "Application")) ?? UNKNOWN,
      consumerOrgId,
      owner: ownerOf(resource.owner),
    },
    marketplace: { guid: present(name) ?? NONE, consumerOrgId },
    product: productOf(accessRequest),
    api: {
      apiServiceId: present(service?.id) ?? UNKNOWN,
      owner: service === undefined ? { type: UNKNOWN } : ownerOf(service.owner),
    },
    assetResource: { id: id("AssetResource") ?? UNKNOWN },
    apiServiceRevision: { id: id("APIServiceInstance") ?? UNKNOWN },
    productPlan: { id: id("ProductPlan") ?? UNKNOWN },
    quota: { id: quotaId },
    ...(customUnits.length > 0 ? { customUnits } : {}),
  };
}

function productOf(accessRequest: Resource): MetricIds["product"] {
  const id = referenceId(accessRequest, "Product");
  const versionId = referenceId(accessRequest, "ProductRelease") ?? UNKNOWN;
  if (id === undefined) return { id: UNKNOWN, versionId };
  const published = referenceId(accessRequest, "PublishedProduct");
  const owner = published === undefined ? undefined : embeddedOwner(accessRequest, "PublishedProduct", published);
  return { id, versionId, owner: ownerOf(owner) };
}

/** Ids of quotas by unit, of which the first counts: their names are the third part of `catalog/plan/quota` in the sub-resource `references`. */
function quotasOf(accessRequest: Resource): Readonly<Record<string, string>> {
  const references: readonly unknown[] = Array.isArray(accessRequest.references) ? accessRequest.references : [];
  const quotas = new Map<string, string>();
  for (const reference of references) {
    const quota = v.safeParse(QuotaReference, reference);
    if (!quota.success || quotas.has(quota.output.unit)) continue;
    const name = quota.output.name.split("/")[2];
    const id = name === undefined ? undefined : referenceId(accessRequest, "Quota", name);
    quotas.set(quota.output.unit, id ?? UNKNOWN);
  }
  return Object.fromEntries(quotas);
}

function ownerOf(owner: unknown): MetricOwner {
  if (owner === undefined || owner === null) return { type: NONE };
  const parsed = v.safeParse(Owner, owner);
  const team = parsed.success && parsed.output.type === "team" ? present(parsed.output.id) : undefined;
  if (!parsed.success || team === undefined) return { type: UNKNOWN };
  const user = present(parsed.output.user.id);
  return user === undefined ? { type: "team", team_guid: team } : { type: "user", team_guid: team, user_guid: user };
}

function present(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
