/** One access control entry and what searches for it; names as Kafka REST v3 has them. Values in the order that Confluent sorts by (kafka-rest entities.Acl). */

export const RESOURCE_TYPES = [
  "UNKNOWN",
  "ANY",
  "TOPIC",
  "GROUP",
  "CLUSTER",
  "TRANSACTIONAL_ID",
  "DELEGATION_TOKEN",
] as const;
export const PATTERN_TYPES = ["UNKNOWN", "ANY", "MATCH", "LITERAL", "PREFIXED"] as const;
export const OPERATIONS = [
  "UNKNOWN",
  "ANY",
  "ALL",
  "READ",
  "WRITE",
  "CREATE",
  "DELETE",
  "ALTER",
  "DESCRIBE",
  "CLUSTER_ACTION",
  "DESCRIBE_CONFIGS",
  "ALTER_CONFIGS",
  "IDEMPOTENT_WRITE",
] as const;
export const PERMISSIONS = ["UNKNOWN", "ANY", "DENY", "ALLOW"] as const;

type ResourceTypeFilter = (typeof RESOURCE_TYPES)[number];
type PatternTypeFilter = (typeof PATTERN_TYPES)[number];
type OperationFilter = (typeof OPERATIONS)[number];
type PermissionFilter = (typeof PERMISSIONS)[number];

export type ResourceType = Exclude<ResourceTypeFilter, "UNKNOWN" | "ANY">;
export type PatternType = Exclude<PatternTypeFilter, "UNKNOWN" | "ANY" | "MATCH">;
export type Operation = Exclude<OperationFilter, "UNKNOWN" | "ANY">;
export type Permission = Exclude<PermissionFilter, "UNKNOWN" | "ANY">;

/** It has no id: these seven values are its identity. */
export interface Acl {
  readonly resourceType: ResourceType;
  readonly resourceName: string;
  readonly patternType: PatternType;
  /** e.g. `User:alice`. */
  readonly principal: string;
  /** An address, or `*`. */
  readonly host: string;
  readonly operation: Operation;
  readonly permission: Permission;
}

/** Empty text is no condition. */
export interface AclFilter {
  readonly resourceType: ResourceTypeFilter;
  readonly resourceName: string;
  readonly patternType: PatternTypeFilter;
  readonly principal: string;
  readonly host: string;
  readonly operation: OperationFilter;
  readonly permission: PermissionFilter;
}

export const EVERY_ACL: AclFilter = {
  resourceType: "ANY",
  resourceName: "",
  patternType: "ANY",
  principal: "",
  host: "",
  operation: "ANY",
  permission: "ANY",
};

/** Literal name that stands for every resource of its type. */
export const WILDCARD_RESOURCE = "*";

/**
 * Whether the filter finds the entry (Apache Kafka ResourcePatternFilter, AccessControlEntryFilter); `means` tells whether
 * the principal of the filter is that of the entry.
 */
export function finds(filter: AclFilter, acl: Acl, means: (asked: string, principal: string) => boolean): boolean {
  return (
    is(filter.resourceType, acl.resourceType) &&
    findsPattern(filter, acl) &&
    (filter.principal === "" || means(filter.principal, acl.principal)) &&
    isText(filter.host, acl.host) &&
    is(filter.operation, acl.operation) &&
    is(filter.permission, acl.permission)
  );
}

const is = (wanted: string, value: string): boolean => wanted === "ANY" || wanted === value;
const isText = (wanted: string, value: string): boolean => wanted === "" || wanted === value;

/** MATCH finds every entry that applies to a resource of that name, ANY only those that bear exactly the name. */
function findsPattern({ patternType, resourceName }: AclFilter, acl: Acl): boolean {
  if (patternType === "MATCH") return resourceName === "" || appliesTo(acl, resourceName);
  return is(patternType, acl.patternType) && isText(resourceName, acl.resourceName);
}

/** Whether the entry's pattern covers a resource of its type with that name. */
export function appliesTo({ patternType, resourceName }: Acl, name: string): boolean {
  if (patternType === "PREFIXED") return name.startsWith(resourceName);
  return resourceName === name || resourceName === WILDCARD_RESOURCE;
}

/** The order of answers (kafka-rest AclsResource): enums as they are declared, texts by their characters. */
export function inOrder(a: Acl, b: Acl): number {
  return (
    by(RESOURCE_TYPES, a.resourceType, b.resourceType) ||
    byText(a.resourceName, b.resourceName) ||
    by(PATTERN_TYPES, a.patternType, b.patternType) ||
    byText(a.principal, b.principal) ||
    byText(a.host, b.host) ||
    by(OPERATIONS, a.operation, b.operation) ||
    by(PERMISSIONS, a.permission, b.permission)
  );
}

const by = (order: readonly string[], a: string, b: string): number => order.indexOf(a) - order.indexOf(b);

function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
