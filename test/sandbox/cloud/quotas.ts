import type { Organization } from "./organization.ts";

interface Quota {
  readonly id: string;
  readonly scope: string;
  readonly displayName: string;
  readonly limit: number;
  readonly usage: (organization: Organization) => number;
}

/** The figures are examples: Confluent's own depend on the contract and are to be read, which is what this endpoint is for. */
const quotas: readonly Quota[] = [
  {
    id: "iam.max_service_accounts.per_org",
    scope: "ORGANIZATION",
    displayName: "Service accounts per organization",
    limit: 1000,
    usage: (organization) => [...organization.owners.keys()].filter((id) => id.startsWith("sa-")).length,
  },
  {
    id: "iam.max_kafka_api_keys.per_org",
    scope: "ORGANIZATION",
    displayName: "Kafka API keys per organization",
    limit: 500,
    usage: (organization) => organization.keys.size,
  },
  {
    id: "kafka.max_acls.per_cluster",
    scope: "KAFKA_CLUSTER",
    displayName: "ACLs per Kafka cluster",
    limit: 4000,
    usage: () => 0,
  },
];

/** Quotas of the scope that the query names; those of a cluster only for a cluster of the environment named. */
export function appliedQuotas(organization: Organization, address: URL): readonly object[] {
  const scope = address.searchParams.get("scope");
  const cluster = organization.cluster(address.searchParams.get("kafka_cluster") ?? "");
  const environment = address.searchParams.get("environment");
  if (scope === "KAFKA_CLUSTER" && (cluster === undefined || cluster.environment !== environment)) return [];
  return quotas
    .filter((quota) => quota.scope === scope)
    .map((quota) => ({
      api_version: "service-quota/v1",
      kind: "AppliedQuota",
      id: quota.id,
      metadata: { self: `${address.origin}/service-quota/v1/applied-quotas/${quota.id}` },
      scope: quota.scope,
      display_name: quota.displayName,
      default_limit: quota.limit,
      applied_limit: quota.limit,
      usage: quota.usage(organization),
    }));
}
