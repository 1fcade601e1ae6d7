/** What somebody may do: an operation as the callers of `Caller.may` name it, on a resource. */
interface Grant {
  /** `TOPIC:DESCRIBE`; `TOPIC:*` and `*` stand for more. */
  readonly operation: string;
  /** A name, a prefix ending in `*`, or `*`. */
  readonly resource: string;
}

export interface Rights {
  readonly allow: readonly Grant[];
  /** Wins over `allow`, as a DENY entry of Kafka does (Apache Kafka docs, security, authorization and ACLs). */
  readonly deny: readonly Grant[];
}

export const everything: Rights = { allow: [{ operation: "*", resource: "*" }], deny: [] };
export const nothing: Rights = { allow: [], deny: [] };

/** Everything but the operations named, on any resource. */
export function everythingBut(...operations: readonly string[]): Rights {
  return { ...everything, deny: operations.map((operation) => ({ operation, resource: "*" })) };
}

/**
 * READ, WRITE, DELETE and ALTER imply DESCRIBE, and ALTER_CONFIGS implies DESCRIBE_CONFIGS (Apache Kafka docs, security,
 * operations in Kafka). A denial implies nothing more than what it says.
 */
export function permits(rights: Rights, operation: string, resource: string): boolean {
  if (rights.deny.some((grant) => covers(grant, operation, resource))) return false;
  return sufficient(operation).some((enough) => rights.allow.some((grant) => covers(grant, enough, resource)));
}

function sufficient(operation: string): readonly string[] {
  const [type = "", action = ""] = operation.split(":");
  if (action === "DESCRIBE") return ["DESCRIBE", "READ", "WRITE", "DELETE", "ALTER"].map((each) => `${type}:${each}`);
  if (action === "DESCRIBE_CONFIGS") return [operation, `${type}:ALTER_CONFIGS`];
  return [operation];
}

function covers(grant: Grant, operation: string, resource: string): boolean {
  return matches(grant.operation, operation) && matches(grant.resource, resource);
}

function matches(pattern: string, text: string): boolean {
  return pattern.endsWith("*") ? text.startsWith(pattern.slice(0, -1)) : pattern === text;
}
