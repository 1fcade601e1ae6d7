import { type AclBinding, difference, distinct } from "../confluent/acl-binding.ts";
import type { AccessRequest, Credential, World } from "./model.ts";

/** Whether an access request counts: it is ours to take back and nobody is taking it back. */
export function isGranted({ topic, finalizer, deleting, level }: AccessRequest): boolean {
  return topic !== undefined && finalizer === "us" && !deleting && level !== "Error";
}

/** Whether another access request took its place, and has been told so (plan migration). */
export function isReplaced({ name }: AccessRequest, { access }: World): boolean {
  // None takes the place of itself, whatever its spec says.
  return access.some((other) => other.name !== name && other.replaces === name && other.level === "Success");
}

/** Whether a credential's principal may do anything at all. */
export function isActive({ wanted, expired, deleting, finalizer, revoked }: Credential): boolean {
  return wanted === "active" && !expired && !deleting && !revoked && finalizer === "us";
}

/**
 * The ACLs that a credential's principals shall have: its being active × what the application was granted. READ and WRITE
 * imply DESCRIBE, and every entry counts against the cluster's limit, so there is none besides.
 * @returns `[]` while there is no principal
 */
export function wantedBindings(credential: Credential, world: World, now: number): AclBinding[] {
  return principalsInUse(credential, world, now).flatMap((principal) => grantedBindings(principal, world));
}

/** Those that may do what the application was granted: `[]` for a credential that is not active or is leaving. */
export function principalsInUse(credential: Credential, world: World, now: number): readonly string[] {
  if (!isActive(credential) || isLeaving(world)) return [];
  return credential.principals.filter(
    (principal) => isThere(principal, credential, world) && !isOver(principal, credential, now),
  );
}

export function grantedRequests(world: World): readonly AccessRequest[] {
  return world.access.filter((request) => isGranted(request) && !isReplaced(request, world));
}

/** What a principal may do by the access requests of the world that are granted. */
export function grantedBindings(principal: string, world: World): AclBinding[] {
  const granted = grantedRequests(world);
  const consumes = granted.some(({ operations }) => operations !== "produce");
  const produces = granted.some(({ operations }) => operations !== "consume");
  const transacts = granted.some(({ operations, transactional }) => transactional && operations !== "consume");
  const bindings = granted.flatMap(({ topic, operations }) => topicBindings(topic ?? "", operations, principal));
  if (consumes) bindings.push(prefixed("GROUP", "READ", world.prefix, principal));
  if (transacts) bindings.push(prefixed("TRANSACTIONAL_ID", "WRITE", world.prefix, principal));
  if (produces && world.idempotentWrite) bindings.push(idempotentWrite(principal));
  return distinct(bindings);
}

/**
 * A SASL user is only ours once it was made: a name that turns out to be somebody else's must never have had an entry. A
 * service account is there before its first key, which takes minutes to work.
 */
function isThere(principal: string, { keys }: Credential, { principalPerKey }: World): boolean {
  return !principalPerKey || keys.some((key) => key.principal === principal);
}

/** A principal that a rotation replaced, when its overlap has ended: it loses its ACLs before its user goes. */
function isOver(principal: string, { principals, keys }: Credential, now: number): boolean {
  const own = keys.filter((key) => key.principal === principal);
  const isReplaced = principals.at(-1) !== principal;
  return isReplaced && own.every(({ state, at }) => state === "old" && (at ?? now) <= now);
}

/** The application itself is being deleted, or is gone: nothing of it may do anything any more. */
export function isLeaving({ application }: World): boolean {
  return application === undefined || application.deleting;
}

/** What a principal lacks and what it has too much, as far as is recorded. */
export function bindingDifference(
  credential: Credential,
  world: World,
  now: number,
): { readonly missing: readonly AclBinding[]; readonly extra: readonly AclBinding[] } {
  return difference(wantedBindings(credential, world, now), credential.bindings);
}

/** For every host; Cloud knows no other. */
const ALLOWED = { host: "*", permission: "ALLOW" } as const;

function topicBindings(topic: string, operations: AccessRequest["operations"], principal: string): AclBinding[] {
  const binding = (operation: "READ" | "WRITE"): AclBinding => ({
    resourceType: "TOPIC",
    resourceName: topic,
    // Never PREFIXED: that of `orders` would open `orders-secret`.
    patternType: "LITERAL",
    operation,
    principal,
    ...ALLOWED,
  });
  if (operations === "consume") return [binding("READ")];
  return operations === "produce" ? [binding("WRITE")] : [binding("READ"), binding("WRITE")];
}

function prefixed(
  resourceType: "GROUP" | "TRANSACTIONAL_ID",
  operation: "READ" | "WRITE",
  prefix: string,
  principal: string,
): AclBinding {
  return { resourceType, resourceName: prefix, patternType: "PREFIXED", operation, principal, ...ALLOWED };
}

/** Brokers before Kafka 2.8 ask for it of idempotent producers; since then WRITE on the topic is enough. */
function idempotentWrite(principal: string): AclBinding {
  return {
    resourceType: "CLUSTER",
    resourceName: "kafka-cluster",
    patternType: "LITERAL",
    operation: "IDEMPOTENT_WRITE",
    principal,
    ...ALLOWED,
  };
}
