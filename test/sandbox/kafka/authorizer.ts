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

/** What the entries say of an action; undefined when none concerns it, which brokers take for a no. */
export type Verdict = "allow" | "deny" | undefined;

/**
 * As a KRaft broker decides (Apache Kafka StandardAuthorizerData, `allow.everyone.if.no.acl.found=false`): DENY wins.
 * `superUsers` are principals to whom everything is allowed, whatever the entries say.
 */
export function verdictOf(acls: Iterable<Acl>, action: Action, superUsers: readonly string[] = []): Verdict {
  if (superUsers.includes(action.principal)) return "allow";
  let verdict: Verdict;
  for (const acl of acls) {
    if (!concerns(acl, action)) continue;
    if (acl.permission === "DENY") return "deny";
    verdict = "allow";
  }
  return verdict;
}

const EVERYONE = "User:*";
const EVERYWHERE = "*";

/** Those entries that can concern the principal at all, for whoever has many questions about it. */
export const ofPrincipal = (acls: readonly Acl[], principal: string): readonly Acl[] =>
  acls.filter((acl) => concernsPrincipal(acl, principal));

const concernsPrincipal = (acl: Acl, principal: string): boolean =>
  acl.principal === principal || acl.principal === EVERYONE;

function concerns(acl: Acl, { principal, operation, resourceType, resourceName, host }: Action): boolean {
  return (
    acl.resourceType === resourceType &&
    appliesTo(acl, resourceName) &&
    concernsPrincipal(acl, principal) &&
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
