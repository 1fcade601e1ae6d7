import * as v from "valibot";
import { PAGE, readAll } from "./iam.ts";
import type { Rest } from "./rest.ts";

/** What quotas are counted for (ccloud-sdk-go-v2 service-quota/v1). */
export type QuotaScope =
  | { readonly scope: "ORGANIZATION" | "SERVICE_ACCOUNT" }
  | { readonly scope: "ENVIRONMENT"; readonly environmentId: string }
  | { readonly scope: "KAFKA_CLUSTER"; readonly environmentId: string; readonly clusterId: string };

export interface Quota {
  /** The quota's code, `iam.max_service_accounts.per_org`. */
  readonly id: string;
  readonly displayName: string;
  /** The limit as it applies, else its default; undefined when the answer has neither. */
  readonly limit: number | undefined;
  /** Undefined where Confluent does not count. */
  readonly usage: number | undefined;
}

const count = v.fallback(v.nullish(v.pipe(v.number(), v.finite())), undefined);
const quotaItem = v.looseObject({
  id: v.pipe(v.string(), v.nonEmpty()),
  display_name: v.nullish(v.string(), ""),
  default_limit: count,
  applied_limit: count,
  usage: count,
});

/** The quotas of a scope, as they apply now. `rest`: towards the control plane, with the Cloud API key. Throws `UpstreamError` and `NotYet`. */
export async function readQuotas(rest: Rest, cloudUrl: string, of: QuotaScope): Promise<Quota[]> {
  const filter = new URLSearchParams({ scope: of.scope });
  if ("environmentId" in of) filter.set("environment", of.environmentId);
  if ("clusterId" in of) filter.set("kafka_cluster", of.clusterId);
  const ask = {
    url: `${cloudUrl}/service-quota/v1/applied-quotas?${filter}&${PAGE}`,
    what: "read the quotas",
    permission: "the role OrganizationAdmin",
  };
  const found = await readAll(rest, ask, quotaItem);
  return found.map(({ id, display_name: displayName, applied_limit, default_limit, usage }) => ({
    id,
    displayName,
    limit: applied_limit ?? default_limit ?? undefined,
    usage: usage ?? undefined,
  }));
}
