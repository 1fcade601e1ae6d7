import type { Amplify } from "./amplify.ts";
import type { JsonObject } from "./json.ts";

/** The team and organisation of the consumer, who is nobody of the provider's. */
export const consumer = {
  marketplace: "b4c1e7d2-5f3a-4c8e-9b6d-2a7f0e1c3d54",
  team: "cccccccc-0000-4000-8000-000000000001",
  organization: "998877",
  user: "dddddddd-0000-4000-8000-000000000001",
} as const;

export interface Product {
  /** Links of what an access request refers to, beside the subscription and the application. */
  readonly links: readonly string[];
  readonly plan: string;
  readonly quota: string;
  readonly unit: string;
}

const unit = "transactions";

/** Makes what the provider makes by hand to offer an instance, or finds it: product, release, plan, quota, asset and publication, of the same team. */
export function productOf(amplify: Amplify, published: JsonObject): Product {
  const instance = String(published.name);
  const { owner } = published;
  const plan = `${instance}-free`;
  const quota = `${instance}-calls`;
  const wanted: readonly (readonly [kind: string, plural: string, name: string])[] = [
    ["Product", "products", instance],
    ["ProductRelease", "productreleases", `${instance}-1.0.0`],
    ["PublishedProduct", "publishedproducts", `${instance}-published`],
    ["ProductPlan", "productplans", plan],
    ["AssetResource", "assetresources", `${instance}-resource`],
    ["Quota", "quotas", quota],
  ];
  const links = wanted.map(([kind, plural, name]) => {
    const link = `/catalog/v1/${plural}/${name}`;
    if (amplify.get(link) === undefined) {
      amplify.create({ kind, body: { name, title: name, spec: {}, ...(owner === undefined ? {} : { owner }) } });
    }
    return link;
  });
  return { links, plan, quota, unit };
}

/** The array of an access request's sub-resource `references` (agent-sdk model_access_request_references_*.go). */
export function accessReferences(product: Product, instance: string, subscription: string, application: string) {
  return [
    { kind: "Application", name: `catalog/${application}` },
    { kind: "AssetResource", name: `catalog/${instance}-resource` },
    { kind: "Product", name: `catalog/${instance}` },
    { kind: "ProductPlan", name: `catalog/${product.plan}` },
    { kind: "ProductRelease", name: `catalog/${instance}-1.0.0` },
    { kind: "PublishedProduct", name: `catalog/${instance}-published` },
    { kind: "Quota", name: `catalog/${product.plan}/${product.quota}`, unit: product.unit },
    { kind: "Subscription", name: `catalog/${subscription}` },
  ];
}
