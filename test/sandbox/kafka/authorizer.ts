import { type Acl, appliesTo, type Operation, type ResourceType } from "./acl.ts";

/** What somebody wants to do. */
export interface Action {
  /** e.g. `User:sa-1jjv26`. */
  readonly principal: string;
  readonly operation: Operation;
  readonly resourceType: ResourceType;
  readonly resourceName: string;
  /** Address that they come from. */
  readonly host: string;
}

/**
 * Whether the entries allow it, as a KRaft broker decides (Apache Kafka StandardAuthorizerData,
 * `allow.everyone.if.no.acl.found=false`): DENY wins, and without any entry that allows it is refused. `superUsers` are
 * principals that everything is allowed to, whatever the entries say.
 */
export function allowed(acls: Iterable<Acl>, action: Action, superUsers: readonly string[] = []): boolean {
  if (superUsers.includes(action.principal)) return true;
  let isAllowed = false;
  for (const acl of acls) {
    if (!concerns(acl, action)) continue;
    if (acl.permission === "DENY") return false;
    isAllowed = true;
  }
  return isAllowed;
}

const EVERYONE = "User:*";
const EVERYWHERE = "*";

function concerns(acl: Acl, { principal, operation, resourceType, resourceName, host }: Action): boolean {
  return (
    acl.resourceType === resourceType &&
    appliesTo(acl, resourceName) &&
    (acl.principal === principal || acl.principal === EVERYONE) &&
    (acl.host === host || acl.host === EVERYWHERE) &&
    concernsOperation(acl, operation)
  );
}

const IMPLYING: Partial<Record<Operation, readonly Operation[]>> = {
  DESCRIBE: ["READ", "WRITE", "DELETE", "ALTER"],
  DESCRIBE_CONFIGS: ["ALTER_CONFIGS"],
};

/** An ALLOW implies the right to describe; a DENY denies nothing but what it says. */
function concernsOperation(acl: Acl, operation: Operation): boolean {
  if (acl.operation === "ALL" || acl.operation === operation) return true;
  return acl.permission === "ALLOW" && (IMPLYING[operation]?.includes(acl.operation) ?? false);
}
