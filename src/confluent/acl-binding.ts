import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import type { Upstream } from "../http/outlet.ts";

/** One entry of a cluster's ACLs. There is no id: these seven are what it is (kafka-rest Acl). */
export interface AclBinding {
  readonly resourceType: AclResourceType;
  readonly resourceName: string;
  readonly patternType: "LITERAL" | "PREFIXED" | "UNKNOWN";
  /** `User:sa-1jjv26` on Cloud, `User:<SASL user>` on Platform. */
  readonly principal: string;
  /** `*` for every host; Cloud knows no other. */
  readonly host: string;
  readonly operation: AclOperation;
  readonly permission: "ALLOW" | "DENY" | "UNKNOWN";
}

/** UNKNOWN stands for what was read and is newer than this list; it can neither be made nor removed. */
export type AclResourceType = (typeof RESOURCE_TYPES)[number];
export type AclOperation = (typeof OPERATIONS)[number];

const RESOURCE_TYPES = ["TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID", "DELEGATION_TOKEN", "UNKNOWN"] as const;
const OPERATIONS = [
  ...(["ALL", "READ", "WRITE", "CREATE", "DELETE", "ALTER", "DESCRIBE", "CLUSTER_ACTION"] as const),
  ...(["DESCRIBE_CONFIGS", "ALTER_CONFIGS", "IDEMPOTENT_WRITE", "UNKNOWN"] as const),
] as const;

/** An entry as Kafka REST lists it. */
export const aclItem = v.looseObject({
  resource_type: v.fallback(v.picklist(RESOURCE_TYPES), "UNKNOWN"),
  resource_name: v.string(),
  pattern_type: v.fallback(v.picklist(["LITERAL", "PREFIXED", "UNKNOWN"]), "UNKNOWN"),
  principal: v.string(),
  host: v.string(),
  operation: v.fallback(v.picklist(OPERATIONS), "UNKNOWN"),
  permission: v.fallback(v.picklist(["ALLOW", "DENY", "UNKNOWN"]), "UNKNOWN"),
});
/** Which of the wanted entries were not observed, and which of the observed are not wanted. */
export function difference(
  wanted: readonly AclBinding[],
  observed: readonly AclBinding[],
): { readonly missing: AclBinding[]; readonly extra: AclBinding[] } {
  const isWanted = new Set(wanted.map(identity));
  const isThere = new Set(observed.map(identity));
  return {
    missing: distinct(wanted).filter((binding) => !isThere.has(identity(binding))),
    extra: distinct(observed).filter((binding) => !isWanted.has(identity(binding))),
  };
}

/** Each entry once. */
export function distinct(bindings: readonly AclBinding[]): AclBinding[] {
  return [...new Map(bindings.map((binding) => [identity(binding), binding])).values()];
}

function identity(binding: AclBinding): string {
  return JSON.stringify(Object.values(wire(binding)));
}

/** As an operator reads it; nothing in it is secret. The principal is left to where it is told. */
export function inWords({ operation, resourceType, resourceName, patternType, host, permission }: AclBinding): string {
  const prefixed = patternType === "LITERAL" ? "" : ` ${patternType}`;
  const unusual = host === "*" && permission === "ALLOW" ? "" : ` (${permission} from ${host})`;
  return `${operation} ${resourceType} ${resourceName}${prefixed}${unusual}`;
}

/** The entry as request and answer have it. */
export function wire(binding: AclBinding) {
  return {
    resource_type: binding.resourceType,
    resource_name: binding.resourceName,
    pattern_type: binding.patternType,
    principal: binding.principal,
    host: binding.host,
    operation: binding.operation,
    permission: binding.permission,
  };
}

/**
 * An entry as read, with the principal that was asked for: Cloud may answer with the number of an account in place of its id
 * (ccloud-sdk-go-v2 kafkarest/v3, terraform-provider-confluent resource_kafka_acl.go). Any other principal means that
 * the server did not filter, and fails.
 */
export function bindingOf(upstream: Upstream, found: v.InferOutput<typeof aclItem>, principal: string): AclBinding {
  if (!isSame(found.principal, principal)) {
    throw refusal(upstream, "malformed", `asked for the ACLs of ${principal}, it answered with those of others`);
  }
  return {
    resourceType: found.resource_type,
    resourceName: found.resource_name,
    patternType: found.pattern_type,
    principal,
    host: found.host,
    operation: found.operation,
    permission: found.permission,
  };
}

function isSame(returned: string, asked: string): boolean {
  const account = /^User:(sa-.+)$/.exec(asked)?.[1];
  if (returned === asked) return true;
  return account !== undefined && (returned === `UserV2:${account}` || /^User:\d+$/.test(returned));
}

/**
 * Throws `invalid` for an entry that could stand for more than one. `*` as the whole name of a resource is every one of
 * its kind, though its pattern is called LITERAL (Apache Kafka ResourcePattern.WILDCARD_RESOURCE).
 */
export function check(upstream: Upstream, binding: AclBinding): void {
  checkPrincipal(upstream, binding.principal);
  if (binding.resourceName === "*")
    throw refusal(upstream, "invalid", "an ACL for everything is neither made nor removed");
  const { resourceName, host } = binding;
  const isWhole = resourceName !== "" && host !== "" && resourceName.isWellFormed() && host.isWellFormed();
  if (isWhole && !Object.values(wire(binding)).includes("UNKNOWN")) return;
  throw refusal(upstream, "invalid", `an ACL of ${binding.principal} is not described in full`);
}

/** Everybody (`User:*`) is nobody that access is given to, and an empty name would be everybody's entries. */
export function checkPrincipal(upstream: Upstream, principal: string): void {
  if (/^User:.+$/s.test(principal) && principal !== "User:*" && principal.isWellFormed()) return;
  throw refusal(upstream, "invalid", `${JSON.stringify(principal)} is not a principal that ACLs are kept for`);
}

export function refusal(upstream: Upstream, kind: "invalid" | "malformed", why: string): UpstreamError {
  return new UpstreamError(upstream, { kind }, `Kafka REST: ${why}.`);
}
