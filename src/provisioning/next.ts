import type { AclBinding } from "../confluent/acl-binding.ts";
import type { NewRoleBinding } from "../confluent/role-bindings.ts";
import { bindingDifference, isActive, isGranted, isLeaving, isReplaced } from "./acls.ts";
import type { AccessRequest, Credential, Key, RecordedRoleBinding, World } from "./model.ts";
import { probeOfRegistry, registryKeyStep } from "./registry-key.ts";
import { roleBindingDifference, wantsRegistry } from "./role-bindings.ts";

/** One step: at most one request, or a few that belong together. After it the world is looked at again. */
export type Action =
  | { readonly do: "write-finalizer"; readonly of: Kind; readonly name: string }
  | { readonly do: "remove-finalizer"; readonly of: Kind; readonly name: string }
  /** Success. */
  | { readonly do: "report"; readonly of: Kind; readonly name: string }
  /** There is no such topic. */
  | { readonly do: "refuse-access"; readonly name: string }
  | { readonly do: "write-access-data"; readonly name: string }
  /** An access request that another took the place of. */
  | { readonly do: "delete-access"; readonly name: string }
  | { readonly do: "make-principal"; readonly name: string }
  /** Looks for what requests without an answer made after all. */
  | { readonly do: "find-principals"; readonly name: string }
  | { readonly do: "add-acls"; readonly name: string; readonly bindings: readonly AclBinding[] }
  /** Looks for the entries that were written and not seen yet. */
  | { readonly do: "read-acls"; readonly name: string }
  | { readonly do: "remove-acls"; readonly name: string; readonly bindings: readonly AclBinding[] }
  /** Looks up which Schema Registry the environment has: role bindings and keys name it. */
  | { readonly do: "find-registry"; readonly name: string }
  | { readonly do: "add-role-bindings"; readonly name: string; readonly bindings: readonly NewRoleBinding[] }
  | { readonly do: "remove-role-bindings"; readonly name: string; readonly bindings: readonly RecordedRoleBinding[] }
  | { readonly do: "make-key"; readonly name: string }
  /** The half of a key that is for Schema Registry. */
  | { readonly do: "make-registry-key"; readonly name: string; readonly key: string; readonly registry: string }
  | { readonly do: "remove-registry-key"; readonly name: string; readonly key: string }
  /** `subject`: one that it was given; undefined when there is none yet. */
  | {
      readonly do: "probe-registry-key";
      readonly name: string;
      readonly key: string;
      readonly subject: string | undefined;
    }
  | { readonly do: "probe-key"; readonly name: string; readonly key: string }
  /** The new key works and the consumer can read it: the wish for it is fulfilled. */
  | { readonly do: "end-rotation"; readonly name: string }
  | { readonly do: "write-credential-data"; readonly name: string; readonly key: string }
  | { readonly do: "write-state"; readonly name: string; readonly state: "active" | "inactive" }
  /** Amplify shall hold what an operator decided, so that it outlives our rows. */
  | { readonly do: "write-revocation"; readonly of: Kind; readonly name: string; readonly revoked: boolean }
  | { readonly do: "refuse-credential"; readonly name: string }
  | { readonly do: "retire-key"; readonly name: string; readonly key: string }
  | { readonly do: "remove-key"; readonly name: string; readonly key: string }
  | { readonly do: "remove-principal"; readonly name: string; readonly principal: string }
  /** Nothing can be done before that time, ms. */
  | { readonly do: "wait"; readonly until: number };

export type Kind = "application" | "access" | "credential";

/**
 * The next step towards what the application should have; undefined when it has it. What takes rights away comes before
 * what gives some; finalizers come before the first change outside, so that deleting always reaches us; success is told
 * last, when everything is there.
 */
export function nextAction(world: World, now: number): Action | undefined {
  const { stopped } = world;
  const credentials = world.credentials.filter(({ name }) => !stopped.has(`credential/${name}`));
  const access = world.access.filter(({ name }) => !stopped.has(`access/${name}`));
  const application = world.application && !stopped.has(`application/${world.application.name}`);
  const takable = world.credentials.filter(({ name }) => !world.untakable.has(`credential/${name}`));
  return (
    first(takable, (credential) => removeRights(credential, world, now)) ??
    (application ? recordRevocation(world) : undefined) ??
    first(credentials, (credential) => tellRevocation(credential, world)) ??
    (application ? provisionApplication(world) : undefined) ??
    first(access, (request) => claimAccess(request, world)) ??
    first(credentials, (credential) => giveRights(credential, world, now)) ??
    first(access, (request) => settleAccess(request, world, now)) ??
    first(credentials, (credential) => giveKey(credential, world, now)) ??
    first(takable, (credential) => takeBack(credential, world, now)) ??
    first(access, (request) => releaseAccess(request, world, now)) ??
    (application ? releaseApplication(world) : undefined) ??
    first(takable, (credential) => removeOldKey(credential, now)) ??
    wait(world, now)
  );
}

/** Whether a step takes something away. Of what is leaving everything does. */
export function takes(action: Action, world: World): boolean {
  if (action.do.startsWith("remove-") || action.do === "find-principals") return true;
  if (!("name" in action) || ("of" in action && action.of !== "credential")) return false;
  const credential = world.credentials.find(({ name }) => name === action.name);
  return credential !== undefined && isTakenBack(credential, world);
}

function isTakenBack({ deleting, expired }: Credential, world: World): boolean {
  return deleting || expired || isLeaving(world);
}

function first<T>(items: readonly T[], actionOf: (item: T) => Action | undefined): Action | undefined {
  for (const item of items) {
    const action = actionOf(item);
    if (action) return action;
  }
  return undefined;
}

function removeRights(credential: Credential, world: World, now: number): Action | undefined {
  const { name, removed } = credential;
  const { extra } = bindingDifference(credential, world, now);
  if (extra.length > 0) return { do: "remove-acls", name, bindings: extra };
  if (removed && removed.at <= now) return { do: "remove-acls", name, bindings: removed.bindings };
  const { extra: unwanted } = roleBindingDifference(credential, world, now);
  return unwanted.length > 0 ? { do: "remove-role-bindings", name, bindings: unwanted } : undefined;
}

function recordRevocation({ application }: World): Action | undefined {
  if (application?.revocation === undefined || application.finalizer !== "us") return undefined;
  return { do: "write-revocation", of: "application", name: application.name, revoked: application.revocation };
}

/** The rights are gone by now. That a revoked credential is inactive, and why, is for its consumer to see. */
function tellRevocation(credential: Credential, world: World): Action | undefined {
  const { name, finalizer, level, deleting, expired, revoked, revocation, reported } = credential;
  if (finalizer === "foreign" || deleting || expired || isLeaving(world)) return undefined;
  if (finalizer === "us" && revocation !== undefined)
    return { do: "write-revocation", of: "credential", name, revoked: revocation };
  if (!revoked) return undefined;
  if (finalizer === "us" && reported !== "inactive") return { do: "write-state", name, state: "inactive" };
  return level === "Error" ? undefined : { do: "refuse-credential", name };
}

/** The last removal would be overtaken by what is still under way. */
function isInDoubt({ doubtUntil }: Credential, now: number): boolean {
  return doubtUntil !== undefined && doubtUntil > now;
}

function provisionApplication(world: World): Action | undefined {
  if (!world.application || isLeaving(world)) return undefined;
  const { name, level, finalizer } = world.application;
  if (level !== "Pending" || finalizer === "foreign") return undefined;
  if (finalizer === "nobody") return { do: "write-finalizer", of: "application", name };
  return { do: "report", of: "application", name };
}

/** An application that is not ready yet makes its requests wait; they are never answered with an error for it. */
function isReady({ application }: World): boolean {
  return application?.level === "Success" && !application.deleting;
}

function claimAccess(request: AccessRequest, world: World): Action | undefined {
  if (!isReady(world) || request.level !== "Pending" || request.deleting || request.finalizer === "foreign")
    return undefined;
  if (request.topic === undefined) return { do: "refuse-access", name: request.name };
  return request.finalizer === "nobody" ? { do: "write-finalizer", of: "access", name: request.name } : undefined;
}

/** Finalizer, principal, ACLs, role bindings: all that access requests of the application wait for. */
function giveRights(credential: Credential, world: World, now: number): Action | undefined {
  const { name, finalizer, level, deleting, expired, revoked, wanted } = credential;
  if (!isReady(world) || deleting || expired || revoked || level === "Error") return undefined;
  if (finalizer === "nobody" && level === "Pending" && wanted === "active")
    return { do: "write-finalizer", of: "credential", name };
  const mayRotate = finalizer === "us" && wantsKey(credential);
  if ((isActive(credential) || mayRotate) && needsPrincipal(credential, world)) return { do: "make-principal", name };
  if (!isActive(credential)) return undefined;
  const { missing } = bindingDifference(credential, world, now);
  if (missing.length > 0) return { do: "add-acls", name, bindings: missing };
  // Before what Schema Registry needs: whatever is wrong there, what Kafka has is known.
  if (credential.unseen && credential.unseen.at <= now) return { do: "read-acls", name };
  if (wantsRegistry(credential, world) && world.registry === "unknown") return { do: "find-registry", name };
  const { missing: lacking } = roleBindingDifference(credential, world, now);
  return lacking.length > 0 ? { do: "add-role-bindings", name, bindings: lacking } : undefined;
}

/** A principal that shall have rights was not seen to have all of them. One that was answered with Error has its own words. */
function lacksRights(credential: Credential, world: World, now: number): boolean {
  if (!isActive(credential) || credential.level === "Error") return false;
  const { name, principals, keys } = credential;
  const isComing = world.principalPerKey && principals.length > 0 && !world.stopped.has(`credential/${name}`);
  if (isComing && !keys.some(({ principal }) => principal === principals.at(-1))) return true;
  if (credential.unseen !== undefined || bindingDifference(credential, world, now).missing.length > 0) return true;
  const isUnknown = wantsRegistry(credential, world) && world.registry === "unknown";
  return isUnknown || roleBindingDifference(credential, world, now).missing.length > 0;
}

/** There is none, or a rotation wants another and has not got it yet. */
function needsPrincipal(credential: Credential, { principalPerKey }: World): boolean {
  const latest = credential.principals.at(-1);
  if (latest === undefined) return true;
  return principalPerKey && wantsKey(credential) && newest(credential.keys)?.principal === latest;
}

/** A rotation is wished for, and no key was made for it yet. */
function wantsKey(credential: Credential): boolean {
  return isRotating(credential) && credential.rotatingTo === undefined;
}

/** It had a key before the wish, so that there is something to rotate. */
function isRotating({ rotate, level, keys }: Credential): boolean {
  return rotate && level === "Pending" && newest(keys) !== undefined;
}

/** Key, the proof that it works, and what the consumer is told. */
function giveKey(credential: Credential, world: World, now: number): Action | undefined {
  const { name, level, wanted, reported } = credential;
  if (!isReady(world) || !isServed(credential)) return undefined;
  // A suspended one is rotated too, and stays suspended.
  if (wanted === "active" || isRotating(credential)) {
    const action = equip(credential, world, now);
    if (action !== undefined) return action === "later" ? undefined : action;
  }
  if (level !== "Pending" || lacksRights(credential, world, now) || hasTooMuch(credential, world, now))
    return undefined;
  if (credential.removed || roleBindingDifference(credential, world, now).doubtful.length > 0) return undefined;
  if (reported !== wanted) return { do: "write-state", name, state: wanted };
  return { do: "report", of: "credential", name };
}

/** It is ours, and neither leaving, nor revoked, nor refused. */
function isServed({ finalizer, deleting, expired, revoked, level }: Credential): boolean {
  return finalizer === "us" && !deleting && !expired && !revoked && level !== "Error";
}

function equip(credential: Credential, world: World, now: number): Action | "later" | undefined {
  const { name, keys, dataOf, rotate, rotatingTo } = credential;
  const current = newest(keys);
  const isShown = current?.id === dataOf;
  if (!current || wantsKey(credential)) return { do: "make-key", name };
  const step = registryKeyStep(credential, current, world);
  if (step !== undefined) return step;
  const probe = probeOf(credential, current, world, now);
  if (probe !== undefined) return probe;
  if (!isShown) return { do: "write-credential-data", name, key: current.id };
  if (rotate && rotatingTo === current.id) return { do: "end-rotation", name };
  const replaced = keys.find(({ id, state }) => state !== "old" && id !== current.id);
  return replaced && { do: "retire-key", name, key: replaced.id };
}

/** Both halves of a key come to work on their own, in no order. */
function probeOf(credential: Credential, key: Key, world: World, now: number): Action | "later" | undefined {
  const ofKafka = key.state === "made" ? { do: "probe-key" as const, name: credential.name, key: key.id } : undefined;
  if (ofKafka !== undefined && (key.at ?? now) <= now) return ofKafka;
  return probeOfRegistry(credential, key, world, now) ?? (ofKafka && "later");
}

/** The key that counts: the last that was not replaced. */
function newest(keys: readonly Key[]): Key | undefined {
  return keys.findLast(({ state }) => state !== "old");
}

/** Success of an access request is told when every active principal of the application has its ACLs. */
function settleAccess(request: AccessRequest, world: World, now: number): Action | undefined {
  if (!isReady(world) || request.level !== "Pending" || !isGranted(request)) return undefined;
  if (!request.dataWritten) return { do: "write-access-data", name: request.name };
  if (world.credentials.some((credential) => lacksRights(credential, world, now))) return undefined;
  return { do: "report", of: "access", name: request.name };
}

/** ACLs and role bindings are gone by now: then keys, then the principal, and last what kept the resource from going. */
function takeBack(credential: Credential, world: World, now: number): Action | undefined {
  const { name, finalizer, deleting, expired, keys, principals, doubtUntil } = credential;
  if (!isTakenBack(credential, world) || finalizer === "foreign") return undefined;
  // Where a person took our finalizer off, what was made is removed all the same.
  if (finalizer === "nobody" && principals.length === 0 && doubtUntil === undefined)
    return expired && !deleting ? settleExpired(credential) : undefined;
  if (hasRights(credential) || isInDoubt(credential, now)) return undefined;
  if (doubtUntil !== undefined) return { do: "find-principals", name };
  const [key] = keys;
  if (key) return { do: "remove-key", name, key: key.id };
  const [principal] = principals;
  if (principal !== undefined) return { do: "remove-principal", name, principal };
  return finalizer === "us" ? { do: "remove-finalizer", of: "credential", name } : undefined;
}

function hasRights({ bindings, roleBindings, removed }: Credential): boolean {
  return bindings.length + roleBindings.length > 0 || removed !== undefined;
}

function hasTooMuch(credential: Credential, world: World, now: number): boolean {
  return [bindingDifference, roleBindingDifference].some((of) => of(credential, world, now).extra.length > 0);
}

/** Everything was taken back, the finalizer too; only then it is told. */
function settleExpired({ name, level, reported, wasOurs }: Credential): Action | undefined {
  if (level !== "Pending" || !wasOurs) return undefined;
  if (reported !== "inactive") return { do: "write-state", name, state: "inactive" };
  return { do: "report", of: "credential", name };
}

function releaseAccess(request: AccessRequest, world: World, now: number): Action | undefined {
  const { name, finalizer, deleting } = request;
  // What it gave is not taken back yet.
  if (world.credentials.some((credential) => hasTooMuch(credential, world, now))) return undefined;
  const replaced = isReplaced(request, world);
  if (finalizer === "us" && (deleting || replaced || isLeaving(world)))
    return { do: "remove-finalizer", of: "access", name };
  return replaced && finalizer === "nobody" && !deleting ? { do: "delete-access", name } : undefined;
}

function releaseApplication(world: World): Action | undefined {
  const { application } = world;
  if (!application?.deleting || application.finalizer !== "us") return undefined;
  const held = [...world.access, ...world.credentials].some(({ finalizer }) => finalizer === "us");
  return held ? undefined : { do: "remove-finalizer", of: "application", name: application.name };
}

/** A key that a rotation replaced lives on for the overlap. */
function removeOldKey({ name, keys }: Credential, now: number): Action | undefined {
  const due = keys.find(({ state, at }) => state === "old" && (at ?? now) <= now);
  return due && { do: "remove-key", name, key: due.id };
}

function wait(world: World, now: number): Action | undefined {
  const times = world.credentials.flatMap((credential) => [
    ...credential.keys
      .flatMap((key) => [key, key.registry])
      .map((half) => (half?.state === "ready" ? undefined : half?.at)),
    credential.unseen?.at,
    credential.doubtUntil,
    credential.removed?.at,
    ...roleBindingDifference(credential, world, now).doubtful.map(({ lookAt }) => lookAt),
  ]);
  const retries = [...world.access, ...world.credentials].map(({ retryAt }) => retryAt);
  const coming = [...times, ...retries, ...world.stopped.values()].flatMap((at) =>
    at !== undefined && at > now ? [at] : [],
  );
  return coming.length > 0 ? { do: "wait", until: Math.min(...coming) } : undefined;
}
