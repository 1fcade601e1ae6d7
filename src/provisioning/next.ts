import type { AclBinding } from "../confluent/acl-binding.ts";
import { bindingDifference, isActive, isGranted, isLeaving, isReplaced } from "./acls.ts";
import type { AccessRequest, Credential, Key, World } from "./model.ts";

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
  | { readonly do: "add-acls"; readonly name: string; readonly bindings: readonly AclBinding[] }
  /** Looks for the entries that were written and not seen yet. */
  | { readonly do: "read-acls"; readonly name: string }
  | { readonly do: "remove-acls"; readonly name: string; readonly bindings: readonly AclBinding[] }
  | { readonly do: "make-key"; readonly name: string }
  | { readonly do: "probe-key"; readonly name: string; readonly key: string }
  /** The new key works and the consumer can read it: the wish for it is fulfilled. */
  | { readonly do: "end-rotation"; readonly name: string }
  | { readonly do: "write-credential-data"; readonly name: string; readonly key: string }
  | { readonly do: "write-state"; readonly name: string; readonly state: "active" | "inactive" }
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
  return (
    first(credentials, (credential) => removeRights(credential, world, now)) ??
    (application ? provisionApplication(world) : undefined) ??
    first(access, (request) => claimAccess(request, world)) ??
    first(credentials, (credential) => giveRights(credential, world, now)) ??
    first(access, (request) => settleAccess(request, world, now)) ??
    first(credentials, (credential) => giveKey(credential, world, now)) ??
    first(credentials, (credential) => takeBack(credential, world)) ??
    first(access, (request) => releaseAccess(request, world, now)) ??
    (application ? releaseApplication(world) : undefined) ??
    first(credentials, (credential) => removeOldKey(credential, now)) ??
    wait(world, now)
  );
}

function first<T>(items: readonly T[], actionOf: (item: T) => Action | undefined): Action | undefined {
  for (const item of items) {
    const action = actionOf(item);
    if (action) return action;
  }
  return undefined;
}

function removeRights(credential: Credential, world: World, now: number): Action | undefined {
  const { extra } = bindingDifference(credential, world, now);
  return extra.length > 0 ? { do: "remove-acls", name: credential.name, bindings: extra } : undefined;
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

/** Finalizer, principal, ACLs: all that access requests of the application wait for. */
function giveRights(credential: Credential, world: World, now: number): Action | undefined {
  const { name, finalizer, level, deleting, expired, wanted } = credential;
  if (!isReady(world) || deleting || expired || level === "Error") return undefined;
  if (finalizer === "nobody" && level === "Pending" && wanted === "active")
    return { do: "write-finalizer", of: "credential", name };
  if (!isActive(credential)) return undefined;
  if (needsPrincipal(credential, world)) return { do: "make-principal", name };
  const { missing } = bindingDifference(credential, world, now);
  if (missing.length > 0) return { do: "add-acls", name, bindings: missing };
  return credential.unseen && credential.unseen.at <= now ? { do: "read-acls", name } : undefined;
}

/** A principal that shall have ACLs was not seen to have all of them. One that was answered with Error has its own words. */
function lacksRights(credential: Credential, world: World, now: number): boolean {
  if (!isActive(credential) || credential.level === "Error") return false;
  const { name, principals, keys } = credential;
  const isComing = world.principalPerKey && principals.length > 0 && !world.stopped.has(`credential/${name}`);
  if (isComing && !keys.some(({ principal }) => principal === principals.at(-1))) return true;
  return credential.unseen !== undefined || bindingDifference(credential, world, now).missing.length > 0;
}

/** There is none, or a rotation wants another and has not got it yet. */
function needsPrincipal(credential: Credential, { principalPerKey }: World): boolean {
  const latest = credential.principals.at(-1);
  if (latest === undefined) return true;
  return principalPerKey && wantsKey(credential) && newest(credential.keys)?.principal === latest;
}

/** A rotation is wished for, and no key was made for it yet. */
function wantsKey({ keys, rotate, rotatingTo, level }: Credential): boolean {
  return rotate && level === "Pending" && rotatingTo === undefined && newest(keys) !== undefined;
}

/** Key, the proof that it works, and what the consumer is told. */
function giveKey(credential: Credential, world: World, now: number): Action | undefined {
  const { name, finalizer, level, deleting, expired, wanted, reported } = credential;
  if (!isReady(world) || finalizer !== "us" || deleting || expired || level === "Error") return undefined;
  if (wanted === "active") {
    const action = equip(credential, now);
    if (action !== undefined) return action === "later" ? undefined : action;
  }
  if (level !== "Pending") return undefined;
  if (lacksRights(credential, world, now)) return undefined;
  if (reported !== wanted) return { do: "write-state", name, state: wanted };
  return { do: "report", of: "credential", name };
}

function equip(credential: Credential, now: number): Action | "later" | undefined {
  const { name, keys, dataOf, rotate, rotatingTo } = credential;
  const current = newest(keys);
  const isShown = current?.id === dataOf;
  if (!current || wantsKey(credential)) return { do: "make-key", name };
  if (current.state === "made") {
    return current.at !== undefined && current.at > now ? "later" : { do: "probe-key", name, key: current.id };
  }
  if (!isShown) return { do: "write-credential-data", name, key: current.id };
  if (rotate && rotatingTo === current.id) return { do: "end-rotation", name };
  const replaced = keys.find(({ id, state }) => state !== "old" && id !== current.id);
  return replaced && { do: "retire-key", name, key: replaced.id };
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

/** ACLs are gone by now: then keys, then the principal, and last what kept the resource from going. */
function takeBack(credential: Credential, world: World): Action | undefined {
  const { name, finalizer, deleting, expired, keys, principals } = credential;
  if (finalizer !== "us" || !(deleting || expired || isLeaving(world))) return undefined;
  const [key] = keys;
  if (key) return { do: "remove-key", name, key: key.id };
  const [principal] = principals;
  if (principal !== undefined) return { do: "remove-principal", name, principal };
  return { do: "remove-finalizer", of: "credential", name };
}

function releaseAccess(request: AccessRequest, world: World, now: number): Action | undefined {
  const { name, finalizer, deleting } = request;
  // What it gave is not taken back yet.
  if (world.credentials.some((credential) => bindingDifference(credential, world, now).extra.length > 0))
    return undefined;
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
  const times = [
    ...world.credentials.flatMap(({ keys }) => keys.flatMap(({ state, at }) => (state === "ready" ? [] : [at]))),
    ...world.credentials.map(({ unseen }) => unseen?.at),
    ...[...world.access, ...world.credentials].map(({ retryAt }) => retryAt),
    ...world.stopped.values(),
  ];
  const coming = times.flatMap((at) => (at !== undefined && at > now ? [at] : []));
  return coming.length > 0 ? { do: "wait", until: Math.min(...coming) } : undefined;
}
