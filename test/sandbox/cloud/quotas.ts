import type { CloudCluster, KeyResource, Organization } from "./organization.ts";

interface Quota {
  readonly id: string;
  readonly scope: "ORGANIZATION" | "KAFKA_CLUSTER" | "SERVICE_ACCOUNT";
  readonly displayName: string;
  readonly limit: number;
  /** Absent: the limit is told without what was used of it, which some quotas are (Confluent docs, Service Quotas API). */
  readonly usage?: (organization: Organization, cluster: CloudCluster | undefined) => number;
}

const keysFor = (...kinds: readonly KeyResource["kind"][]) => {
  return (organization: Organization) =>
    [...organization.keys.values()].filter(({ resource }) => kinds.includes(resource.kind)).length;
};

/** The figures are examples: Confluent's own depend on the contract and are to be read, which is what this endpoint is for. */
const quotas = {
  serviceAccounts: {
    id: "iam.max_service_accounts.per_org",
    scope: "ORGANIZATION",
    displayName: "Service accounts per organization",
    limit: 1000,
    usage: (organization) => [...organization.owners.keys()].filter((id) => id.startsWith("sa-")).length,
  },
  kafkaKeys: {
    id: "iam.max_kafka_api_keys.per_org",
    scope: "ORGANIZATION",
    displayName: "Kafka API keys per organization",
    limit: 500,
    usage: keysFor("Kafka", "SchemaRegistry", "Global"),
  },
  cloudKeys: {
    id: "iam.max_cloud_api_keys.per_org",
    scope: "ORGANIZATION",
    displayName: "Cloud API keys per organization",
    limit: 500,
    usage: keysFor("Cloud"),
  },
  roleBindings: {
    id: "iam.max_rbac_role_bindings.per_org_plus_envs",
    scope: "ORGANIZATION",
    displayName: "Role bindings per organization",
    limit: 1000,
    usage: (organization) => organization.roleBindings.size,
  },
  keysOfAccount: {
    id: "iam.max_kafka_api_keys.per_service_account",
    scope: "SERVICE_ACCOUNT",
    displayName: "Kafka API keys per service account",
    limit: 10,
  },
  acls: {
    id: "kafka.max_acls.per_cluster",
    scope: "KAFKA_CLUSTER",
    displayName: "ACLs per Kafka cluster",
    limit: 4000,
    usage: (organization, cluster) => (cluster === undefined ? 0 : organization.aclCount(cluster.id)),
  },
} as const satisfies Readonly<Record<string, Quota>>;

/** The limit of a quota when `used` already reaches it; undefined when one more fits. */
export function exhausted(
  organization: Organization,
  name: keyof typeof quotas,
  used?: number,
): { readonly id: string; readonly limit: number } | undefined {
  const quota: Quota = quotas[name];
  const limit = limitOf(organization, quota);
  const count = used ?? quota.usage?.(organization, undefined) ?? 0;
  return count < limit ? undefined : { id: quota.id, limit };
}

/** Quotas of the scope that the query names; those of a cluster only for a cluster of the environment named. */
export function appliedQuotas(organization: Organization, address: URL): readonly object[] {
  const scope = address.searchParams.get("scope");
  const cluster = organization.cluster(address.searchParams.get("kafka_cluster") ?? "");
  const environment = address.searchParams.get("environment");
  if (scope === "KAFKA_CLUSTER" && (cluster === undefined || cluster.environment !== environment)) return [];
  const all: readonly Quota[] = Object.values(quotas);
  return all
    .filter((quota) => quota.scope === scope)
    .map((quota) => {
      const usage = quota.usage?.(organization, cluster);
      return {
        api_version: "service-quota/v1",
        kind: "AppliedQuota",
        id: quota.id,
        metadata: { self: `${address.origin}/service-quota/v1/applied-quotas/${quota.id}` },
        scope: quota.scope,
        display_name: quota.displayName,
        default_limit: quota.limit,
        applied_limit: limitOf(organization, quota),
        // Told only when something was used (Confluent docs, service quotas overview).
        ...(usage === undefined || usage === 0 ? {} : { usage }),
      };
    });
}

function limitOf({ behaviour }: Organization, { id, limit }: Quota): number {
  return behaviour.limits[id] ?? limit;
}
