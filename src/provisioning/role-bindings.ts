import { subjectPattern } from "../confluent/crn.ts";
import type { NewRoleBinding } from "../confluent/role-bindings.ts";
import { grantedRequests, principalsInUse } from "./acls.ts";
import type { Credential, RecordedRoleBinding, World } from "./model.ts";

/** Reads schemas, and neither registers nor changes any (Confluent docs, predefined RBAC roles for Confluent Cloud). */
export const ROLE = "DeveloperRead";

/** Whether the consumer is to have a key of Schema Registry: it was asked for, and there is one to give keys of. */
export function wantsRegistry({ asksForRegistry }: Credential, { registry }: World): boolean {
  return asksForRegistry && registry !== undefined;
}

/** Subjects whose schemas the application's topics show, references included, each once, sorted. */
export function grantedSubjects(world: World): string[] {
  return [...new Set(grantedRequests(world).flatMap(({ subjects }) => subjects))].sort();
}

/**
 * The role bindings that a credential's principals shall have in Schema Registry: its being active × the subjects of what
 * the application was granted, each by its full name. A prefix or a star would open subjects of others; a subject whose
 * name no pattern can stand for alone is left out. `[]` while the registry's name is not known.
 */
export function wantedRoleBindings(credential: Credential, world: World, now: number): NewRoleBinding[] {
  if (!wantsRegistry(credential, world)) return [];
  return principalsInUse(credential, world, now).flatMap((principal) => grantedRoleBindings(principal, world));
}

/** Those of a principal by the access requests of the world that are granted. */
export function grantedRoleBindings(principal: string, world: World): NewRoleBinding[] {
  const { registry } = world;
  if (registry === undefined || registry === "unknown") return [];
  return grantedSubjects(world).flatMap((subject) => {
    const crnPattern = subjectPattern(registry.crn, subject);
    return crnPattern === undefined ? [] : [{ principal, roleName: ROLE, crnPattern }];
  });
}

/** A subject that the credential's principals were given the right to read; undefined when there is none. */
export function readableSubject({ roleBindings }: Credential, world: World): string | undefined {
  const { registry } = world;
  if (registry === undefined || registry === "unknown") return undefined;
  const patterns = new Set(roleBindings.filter(({ id }) => id !== undefined).map(({ crnPattern }) => crnPattern));
  return grantedSubjects(world).find((subject) => patterns.has(subjectPattern(registry.crn, subject) ?? ""));
}

export interface RoleBindingDifference {
  readonly missing: readonly NewRoleBinding[];
  /** To be removed now. */
  readonly extra: readonly RecordedRoleBinding[];
  /** Removed as far as can be seen, but a request whose answer was lost may still make them: to be looked for again. */
  readonly doubtful: readonly RecordedRoleBinding[];
}

/** What a credential's principals lack and what they have too much, as far as is recorded. */
export function roleBindingDifference(credential: Credential, world: World, now: number): RoleBindingDifference {
  // Which registry is meant is not known at the moment: what is active keeps what it has.
  const isUnknown = world.registry === "unknown" && credential.asksForRegistry;
  if (isUnknown && principalsInUse(credential, world, now).length > 0) return { missing: [], extra: [], doubtful: [] };
  const wanted = wantedRoleBindings(credential, world, now);
  const recorded = credential.roleBindings;
  const unwanted = recorded.filter((each) => !wanted.some((other) => isSame(each, other)));
  const isDue = ({ id, lookAt }: RecordedRoleBinding) => id !== undefined || (lookAt ?? now) <= now;
  return {
    missing: wanted.filter((each) => !recorded.some((other) => other.id !== undefined && isSame(each, other))),
    extra: unwanted.filter(isDue),
    doubtful: unwanted.filter((each) => !isDue(each)),
  };
}

/** Of patterns as we made them, so that the same one is always written in the same way. */
export function isSame(one: NewRoleBinding, other: NewRoleBinding): boolean {
  return one.principal === other.principal && one.crnPattern === other.crnPattern && one.roleName === other.roleName;
}
