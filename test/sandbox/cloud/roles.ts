import type { Rights } from "../core/permissions.ts";
import { type CrnPattern, named } from "./crn.ts";

/** Roles that may be bound (Confluent docs, predefined RBAC roles for Confluent Cloud). */
const roles = [
  ...["OrganizationAdmin", "AccountAdmin", "EnvironmentAdmin", "CloudClusterAdmin", "NetworkAdmin", "BillingAdmin"],
  ...["ResourceKeyAdmin", "MetricsViewer", "DataDiscovery", "DataSteward", "Operator", "ConnectManager"],
  ...["DeveloperRead", "DeveloperWrite", "DeveloperManage", "ResourceOwner"],
] as const;

export function isRole(name: string): boolean {
  return roles.some((role) => role === name);
}

type Operations = Readonly<Record<string, readonly string[]>>;

/** What a role allows on one resource, by the kind of the CRN's last element (same page, "Developer" and "ResourceOwner"). */
const operations: Readonly<Record<string, Operations>> = {
  DeveloperRead: { topic: ["TOPIC:READ"], group: ["GROUP:READ"], subject: ["SUBJECT:READ"] },
  DeveloperWrite: {
    topic: ["TOPIC:WRITE"],
    "transactional-id": ["TRANSACTIONAL_ID:WRITE"],
    subject: ["SUBJECT:READ", "SUBJECT:WRITE"],
  },
  DeveloperManage: { topic: ["TOPIC:CREATE", "TOPIC:DELETE", "TOPIC:ALTER_CONFIGS"], subject: ["SUBJECT:DELETE"] },
  ResourceOwner: {
    topic: ["TOPIC:*"],
    group: ["GROUP:*"],
    "transactional-id": ["TRANSACTIONAL_ID:*"],
    subject: ["SUBJECT:*"],
  },
};

/** Which cluster a binding is of: that of Kafka or the registry, whichever its CRN names. */
function clusterOf(crn: CrnPattern): string | undefined {
  return named(crn, "schema-registry") ?? named(crn, "kafka") ?? named(crn, "cloud-cluster");
}

/** A role on what a CRN stands for. */
export interface Grant {
  readonly role: string;
  readonly crn: CrnPattern;
}

/** What grants allow on the resources of one cluster (`lkc-…` or `lsrc-…`). Roles of a whole cluster or environment say nothing here. */
export function rightsOn(cluster: string, grants: readonly Grant[]): Rights {
  const allow = grants
    .filter(({ crn }) => clusterOf(crn) === cluster)
    .flatMap(({ role, crn }) => {
      const [kind = "", name = ""] = crn.elements.at(-1) ?? [];
      // Rights have no way to say a star that is none; no subject or topic of the sandbox has one.
      if (!crn.isPrefix && name.endsWith("*")) return [];
      const resource = crn.isPrefix ? `${name}*` : name;
      return (operations[role]?.[kind] ?? []).map((operation) => ({ operation, resource }));
    });
  return { allow, deny: [] };
}
