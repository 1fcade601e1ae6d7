import { type AclBinding, difference, inWords } from "../confluent/acl-binding.ts";
import { samePattern } from "../confluent/crn.ts";
import { type NewRoleBinding, type RoleBinding, roleInWords } from "../confluent/role-bindings.ts";
import type { Found } from "./inventory.ts";
import { isSame } from "./role-bindings.ts";

/** What may differ between our rows and Confluent. */
export type DriftKind =
  /** Ours, wanted, and not there. */
  | "missing"
  /** Ours, there, and not wanted. */
  | "unneeded"
  /** Of one of our principals, and made by somebody else. */
  | "foreign"
  /** Under our label, and nothing needs it. */
  | "orphan";

export type Remedy =
  | "repaired by itself"
  /** The consumer gets another secret by it. */
  | "repaired by apply"
  | "removed by itself"
  /** It may be part of something under way. */
  | "removed by itself when it is older than an hour"
  | "left alone";

type What = "ACL" | "role binding" | "API key" | "service account" | "SASL user";

export interface Difference {
  readonly kind: DriftKind;
  readonly what: What;
  readonly principal: string;
  /** The entry in words, or the id. */
  readonly subject: string;
  readonly remedy: Remedy;
  /** Names of the credential and its application; undefined for what no credential is known of. */
  readonly credential: string | undefined;
  readonly application: string | undefined;
  /** What is to be written or removed; not told to anybody. */
  readonly binding?: AclBinding | undefined;
  readonly role?: NewRoleBinding & { readonly id?: string | undefined };
  readonly registry?: string | undefined;
}

/** A credential as it is recorded and shall be. */
export interface Expected {
  readonly name: string;
  readonly application: string;
  /** As `Inventory.markOf` has it. */
  readonly mark: string;
  readonly principals: readonly string[];
  readonly bindings: readonly AclBinding[];
  /** Written and not seen in any list yet. */
  readonly unseen: readonly AclBinding[];
  readonly wanted: readonly AclBinding[];
  /** All that could be ours. */
  readonly possible: readonly AclBinding[];
  readonly roles: readonly (NewRoleBinding & { readonly id?: string | undefined })[];
  readonly wantedRoles: readonly NewRoleBinding[];
  readonly possibleRoles: readonly NewRoleBinding[];
  /** Those for Schema Registry included. */
  readonly keys: readonly { readonly id: string; readonly principal: string; readonly registry: string | undefined }[];
  /** Nothing of it is under way: what differs is no step half-way. */
  readonly isSettled: boolean;
}

export interface Outside {
  readonly acls: readonly AclBinding[];
  /** Undefined where only ACLs were read. */
  readonly found: Found | undefined;
  /** Resources whose keys were listed, `lkc-…` and `lsrc-…`; empty on Platform, where a user is its own key. */
  readonly listed: readonly string[];
  /** By principal, of those that were asked for. */
  readonly roles: ReadonlyMap<string, readonly RoleBinding[]>;
}

const ORPHAN_MS = 60 * 60 * 1000;

/** What differs, each thing once. Of what is under way nothing is said. `isPlatform`: principals are SASL users. */
export function compare(
  expected: readonly Expected[],
  outside: Outside,
  isPlatform: boolean,
  now: number,
): readonly Difference[] {
  const settled = expected.filter(({ isSettled }) => isSettled);
  const { found } = outside;
  return [
    ...settled.flatMap((each) => compareAcls(each, outside.acls)),
    ...settled.flatMap((each) => compareRoles(each, outside.roles)),
    ...(found ? settled.flatMap((each) => compareKeys(each, found, outside.listed, isPlatform)) : []),
    ...(found ? orphans(expected, found, outside.acls, isPlatform, now) : []),
    ...(found ? foreignKeys(expected, found) : []),
  ];
}

function compareAcls(each: Expected, acls: readonly AclBinding[]): readonly Difference[] {
  const listed = acls.filter(({ principal }) => each.principals.includes(principal));
  const recorded = inBoth(each.bindings, each.wanted);
  const { missing } = difference(difference(each.unseen, recorded).extra, listed);
  const { extra } = difference(each.wanted, listed);
  const own = inBoth(extra, [...each.bindings, ...each.possible]);
  return [
    ...missing.map((binding) => ofAcl(each, "missing", binding, "repaired by itself")),
    ...own.map((binding) => ofAcl(each, "unneeded", binding, "removed by itself")),
    ...difference(own, extra).extra.map((binding) => ofAcl(each, "foreign", binding, "left alone")),
  ];
}

function inBoth(some: readonly AclBinding[], others: readonly AclBinding[]): readonly AclBinding[] {
  return difference(difference(others, some).extra, some).extra;
}

function ofAcl(each: Expected, kind: DriftKind, binding: AclBinding, remedy: Remedy): Difference {
  const { principal } = binding;
  return { kind, what: "ACL", principal, subject: inWords(binding), remedy, ...whose(each), binding };
}

function whose({ name, application }: Expected) {
  return { credential: name, application };
}

function compareRoles(each: Expected, roles: Outside["roles"]): readonly Difference[] {
  return each.principals.flatMap((principal) => {
    const listed = roles.get(principal);
    if (listed === undefined) return [];
    const told = (kind: DriftKind, role: NewRoleBinding & { readonly id?: string | undefined }, remedy: Remedy) => ({
      ...{ kind, what: "role binding" as const, principal, subject: roleInWords(role), remedy },
      ...whose(each),
      role,
    });
    const recorded = each.roles.filter((role) => role.principal === principal && role.id !== undefined);
    const isThere = (role: NewRoleBinding) => listed.some((other) => samePattern(other.crnPattern, role.crnPattern));
    const missing = recorded.filter((role) => !isThere(role) && each.wantedRoles.some((other) => isSame(role, other)));
    const isKnown = (role: RoleBinding) =>
      recorded.some(({ id }) => id === role.id) ||
      each.wantedRoles.some((other) => other.principal === principal && samePattern(other.crnPattern, role.crnPattern));
    const others = listed.filter((role) => !isKnown(role));
    const possibleOf = ({ crnPattern }: NewRoleBinding) =>
      each.possibleRoles.find((other) => other.principal === principal && samePattern(other.crnPattern, crnPattern));
    return [
      ...missing.map((role) => told("missing", role, "repaired by itself")),
      ...others.map((role) => {
        const own = possibleOf(role);
        return own
          ? told("unneeded", { ...own, id: role.id }, "removed by itself")
          : told("foreign", role, "left alone");
      }),
    ];
  });
}

function compareKeys(
  each: Expected,
  found: Found,
  listed: readonly string[],
  isPlatform: boolean,
): readonly Difference[] {
  const principals = new Set(found.principals.map(({ principal }) => principal));
  const ids = new Set(found.keys.map(({ id }) => id));
  const gone = isPlatform ? [] : each.principals.filter((principal) => !principals.has(principal));
  const missing = each.keys.filter(
    ({ id, registry }) => !ids.has(id) && (registry === undefined || listed.includes(registry)),
  );
  const remedy = "repaired by apply" as const;
  return [
    ...gone.map((principal) => {
      return {
        kind: "missing" as const,
        what: "service account" as const,
        principal,
        subject: principal,
        remedy,
        ...whose(each),
      };
    }),
    ...missing.map(({ id, principal, registry }) => {
      const what = isPlatform ? ("SASL user" as const) : ("API key" as const);
      return { kind: "missing" as const, what, principal, subject: id, remedy, ...whose(each), registry };
    }),
  ];
}

/** In the order in which they have to go: rights, keys, principals. */
function orphans(
  expected: readonly Expected[],
  found: Found,
  acls: readonly AclBinding[],
  isPlatform: boolean,
  now: number,
): readonly Difference[] {
  const byMark = new Map(expected.map((each) => [each.mark, each]));
  const isUnneeded = (mark: string, isNamed: (each: Expected) => boolean) => {
    const each = byMark.get(mark);
    return each === undefined || (each.isSettled && !isNamed(each));
  };
  const gone = found.principals.filter(({ mark, principal }) =>
    isUnneeded(mark, ({ principals }) => principals.includes(principal)),
  );
  const keys = isPlatform
    ? []
    : found.keys.filter(({ mark, id }) => isUnneeded(mark, (each) => each.keys.some((key) => key.id === id)));
  const rights = acls.filter((binding) => gone.some(({ principal }) => principal === binding.principal));
  const nobody = { credential: undefined, application: undefined };
  const kind = "orphan" as const;
  const accounts = gone.map(({ principal, name, createdAt }): Difference => {
    const what = isPlatform ? "SASL user" : "service account";
    // With the account somebody else's key would go.
    const isShared = found.foreign.some((key) => key.principal === principal);
    const remedy = isShared ? "left alone" : removalOf(createdAt, isPlatform, now);
    return { kind, what, principal, subject: name, remedy, ...nobody };
  });
  const isLeft = (principal: string) => accounts.find((each) => each.principal === principal)?.remedy;
  return [
    ...rights.map((binding): Difference => {
      const { principal } = binding;
      const own = isOfOurForm(binding) && isLeft(principal) !== undefined;
      const remedy = own ? (isLeft(principal) ?? "left alone") : "left alone";
      return {
        kind: own ? kind : "foreign",
        what: "ACL",
        principal,
        subject: inWords(binding),
        remedy,
        ...nobody,
        binding,
      };
    }),
    ...keys.map(({ id, principal, createdAt, registry }): Difference => {
      const remedy = removalOf(createdAt, false, now);
      return { kind, what: "API key", principal, subject: id, remedy, ...nobody, registry };
    }),
    ...accounts,
  ];
}

/** A SASL user tells no age; but its name is recorded before it is made, so that none under way is an orphan. */
function removalOf(createdAt: number | undefined, isPlatform: boolean, now: number): Remedy {
  if (isPlatform) return "removed by itself";
  const isOld = createdAt !== undefined && now - createdAt >= ORPHAN_MS;
  return isOld ? "removed by itself" : "removed by itself when it is older than an hour";
}

/** As we make them; of others nobody knows whose they are. */
function isOfOurForm({ resourceType, resourceName, patternType, operation, host, permission }: AclBinding): boolean {
  if (host !== "*" || permission !== "ALLOW" || resourceName === "*") return false;
  if (resourceType === "TOPIC") return patternType === "LITERAL" && (operation === "READ" || operation === "WRITE");
  if (resourceType === "CLUSTER") return operation === "IDEMPOTENT_WRITE";
  const isPrefix = patternType === "PREFIXED" && /^amp\.[0-9a-f]{12}\.$/.test(resourceName);
  return isPrefix && operation === (resourceType === "GROUP" ? "READ" : "WRITE");
}

function foreignKeys(expected: readonly Expected[], { foreign }: Found): readonly Difference[] {
  return foreign.map(({ id, principal }): Difference => {
    const each = expected.find(({ principals }) => principals.includes(principal));
    const owner = each ? whose(each) : { credential: undefined, application: undefined };
    return { kind: "foreign", what: "API key", principal, subject: id, remedy: "left alone", ...owner };
  });
}
