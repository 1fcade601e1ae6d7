import type { GrantRow } from "../store/grants.ts";
import { wantedBindings } from "./acls.ts";
import { worldFrom } from "./application.ts";
import { ownerOf, type ProvisioningContext, resourceOf } from "./context.ts";
import { compare, type Difference, type Expected, type Outside } from "./drift.ts";
import type { World } from "./model.ts";
import { possibleBindings, possibleRoles } from "./possible.ts";
import { keyIntent } from "./principals.ts";
import { CredentialRecord, readRecord } from "./record.ts";
import { registryKeyIntent } from "./registry-access.ts";
import { wantedRoleBindings } from "./role-bindings.ts";

/** A list may lag behind what was just made, up to 30 s on Cloud; a lost request may arrive as late. */
const SETTLE_MS = 90_000;
/** Principals that are asked for by name in one look: what one list does not show is not believed to be gone. */
const MOST_ASKED = 50;

export interface Look {
  readonly differences: readonly Difference[];
  /** Credentials of which nothing is said, because something of them is under way. */
  readonly unsettled: number;
}

/**
 * Compares the rows with Confluent. `whole`: accounts, keys, users and role bindings too, for which `isListed` has to say
 * that every credential of Amplify has its row; without it ACLs alone, in one request, and in none while there is no
 * principal. Throws `UpstreamError` and `NotYet`.
 */
export async function look(
  { whole, isListed }: { readonly whole: boolean; readonly isListed: boolean },
  context: ProvisioningContext,
): Promise<Look> {
  const expected = await expectedOf(context);
  const isPlatform = context.principals.principalPerKey;
  if (!whole && expected.every(({ principals }) => principals.length === 0)) return { differences: [], unsettled: 0 };
  const all = await context.acls.listAll(context.cluster, !isPlatform);
  const outside: Outside = {
    acls: all,
    found: whole && isListed ? await context.inventory.all(context.ids) : undefined,
    listed: context.inventory.resources(),
    roles: whole ? await rolesOf(expected, context) : new Map(),
  };
  const confirmed = { ...outside, acls: await confirm(expected, outside, context) };
  return {
    differences: compare(expected, confirmed, isPlatform, context.now()),
    unsettled: expected.filter(({ isSettled }) => !isSettled).length,
  };
}

async function expectedOf(context: ProvisioningContext): Promise<readonly Expected[]> {
  const applications = new Set(context.grants.all().flatMap(({ application }) => application ?? []));
  const expected: Expected[] = [];
  for (const name of applications) {
    const rows = context.grants.ofApplication(name);
    const application = rows.find(({ kind }) => kind === "application");
    const world = await worldFrom(rows, application, { stopped: new Map(), untakable: new Set() }, context);
    const isRead = rows.every(({ dirty }) => !dirty);
    for (const row of rows.filter(({ kind, seen }) => kind === "credential" && seen !== undefined))
      expected.push(await expectedOfRow(row, world, isRead, context));
  }
  return expected;
}

async function expectedOfRow(
  row: GrantRow,
  world: World,
  isRead: boolean,
  context: ProvisioningContext,
): Promise<Expected> {
  const { inventory, intents, now } = context;
  const of = ownerOf(row, context);
  const credential = world.credentials.find(({ name }) => name === row.name);
  const record = readRecord(CredentialRecord, row.record);
  const { principals, bindings, roleBindings, unseen, keys, doubtUntil } = record;
  const isUnderWay = [keyIntent(of), registryKeyIntent(of)].some((intent) => intents.get(intent) !== undefined);
  // What was never looked for may be there all the same: the reconcile finds it first.
  const isKnown = record.held || principals.length > 0 || credential?.finalizer === "nobody";
  const isOld = now() - row.changedAt >= SETTLE_MS && (doubtUntil ?? 0) <= now();
  return {
    name: row.name,
    application: row.application ?? "",
    mark: await inventory.markOf(of.owner),
    ...{ principals, bindings, unseen: unseen?.bindings ?? [] },
    wanted: credential ? wantedBindings(credential, world, now()) : [],
    possible: principals.flatMap((principal) => possibleBindings(principal, world)),
    roles: roleBindings,
    wantedRoles: credential ? wantedRoleBindings(credential, world, now()) : [],
    possibleRoles: principals.flatMap((principal) => possibleRoles(principal, world)),
    keys: keys.flatMap(({ id, principal, registry }) => [
      { id, principal, registry: undefined },
      ...(registry ? [{ id: registry.id, principal, registry: registry.registry }] : []),
    ]),
    isSettled: isRead && isKnown && isOld && !isUnderWay && resourceOf(row) !== undefined,
  };
}

/** One request for each principal that has a role binding recorded. */
async function rolesOf(expected: readonly Expected[], { registry }: ProvisioningContext): Promise<Outside["roles"]> {
  const roles = new Map<string, Awaited<ReturnType<NonNullable<typeof registry>["bound"]>>>();
  if (typeof registry?.name() !== "object") return roles;
  const principals = new Set(expected.flatMap((each) => each.roles.map(({ principal }) => principal)));
  for (const principal of principals) roles.set(principal, await registry.bound(principal));
  return roles;
}

/** The list of all, with those by name in the place of what it has of principals that seem to lack something. */
async function confirm(
  expected: readonly Expected[],
  outside: Outside,
  { acls, cluster, principals, now }: ProvisioningContext,
): Promise<Outside["acls"]> {
  const missing = compare(expected, { ...outside, found: undefined }, principals.principalPerKey, now()).filter(
    ({ kind, what }) => kind === "missing" && what === "ACL",
  );
  const lacking = [...new Set(missing.map(({ principal }) => principal))];
  const asked = lacking.slice(0, MOST_ASKED);
  const left = outside.acls.filter(({ principal }) => !lacking.includes(principal));
  const named = [];
  for (const principal of asked) named.push(...(await acls.list(cluster, principal)));
  // Those that were not asked for are looked at the next time; until then they count as whole.
  const others = expected.flatMap((each) =>
    each.bindings.filter(({ principal }) => lacking.includes(principal) && !asked.includes(principal)),
  );
  return [...left, ...named, ...others];
}
