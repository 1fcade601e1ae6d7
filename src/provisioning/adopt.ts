import { type Credential, credential } from "../amplify/provisioning/credential.ts";
import { difference } from "../confluent/acl-binding.ts";
import { samePattern } from "../confluent/crn.ts";
import type { GrantRow } from "../store/grants.ts";
import { ownerOf, type ProvisioningContext, patchRecord, resourceOf } from "./context.ts";
import type { Found, FoundKey } from "./inventory.ts";
import type { World } from "./model.ts";
import { possibleBindings, possibleRoles } from "./possible.ts";
import { CredentialRecord, type KeyRecord, type RegistryKeyRecord, readRecord } from "./record.ts";

/**
 * Finds again what was made for credentials of which no row tells, as after the loss of the database: their finalizer is
 * there, so something may have been made. Looked for by our label alone; entries of our principals are ours where they
 * are what we would have made. A finalizer without our mark and with nothing of ours behind it is another agent's.
 * @returns whether a row changed
 */
export async function adoptLost(
  rows: readonly GrantRow[],
  world: World,
  context: ProvisioningContext,
): Promise<boolean> {
  const lost = rows.filter(isLost);
  for (const row of lost) await adopt(row, world, context);
  return lost.length > 0;
}

function isLost(row: GrantRow): boolean {
  if (row.kind !== "credential" || row.dirty) return false;
  const resource = resourceOf(row);
  const { held, lookedFor, principals } = readRecord(CredentialRecord, row.record);
  if (!resource || held || lookedFor || principals.length > 0) return false;
  return credential(resource).hold.kind !== "none";
}

async function adopt(row: GrantRow, world: World, context: ProvisioningContext): Promise<void> {
  const resource = resourceOf(row);
  if (!resource) return;
  const view = credential(resource);
  const found = await context.inventory.of(ownerOf(row, context));
  const isOurs = view.hold.kind === "ours" || found.principals.length > 0;
  if (!isOurs) return patchRecord(context, row, { lookedFor: true });
  const principals = found.principals.map(({ principal }) => principal);
  const bindings = await listedBindings(principals, world, context);
  const roleBindings = await listedRoles(principals, world, context);
  const keys = adoptedKeys(found, view, context);
  context.together(() => {
    patchRecord(context, row, { held: true, bindings, roleBindings, ...keys });
    const told = [...principals, ...keys.keys.map(({ id }) => `key ${id}`)];
    context.audit("found again", row.name, told.join(", "));
  });
}

async function listedBindings(principals: readonly string[], world: World, { acls, cluster }: ProvisioningContext) {
  const bindings = [];
  for (const principal of principals) {
    const possible = possibleBindings(principal, world);
    const listed = await acls.list(cluster, principal);
    const foreign = difference(possible, listed).extra;
    bindings.push(...difference(foreign, listed).extra);
  }
  return bindings;
}

async function listedRoles(principals: readonly string[], world: World, { registry }: ProvisioningContext) {
  if (!registry || registry.name() === undefined) return [];
  if (registry.name() === "unknown") await registry.find();
  const name = registry.name();
  const roles = [];
  for (const principal of principals) {
    const possible = possibleRoles(principal, { ...world, registry: name });
    for (const there of await registry.bound(principal)) {
      const own = possible.find(({ crnPattern }) => samePattern(crnPattern, there.crnPattern));
      if (own) roles.push({ ...own, id: there.id });
    }
  }
  return roles;
}

type AdoptedKeys = Pick<CredentialRecord, "principals" | "keys" | "dataOf">;

/**
 * The key that the consumer is shown is good, for it was seen to work before it was shown. Older ones are in the overlap of
 * a rotation, of which the beginning is the newer one's birth. The secret of any other is lost: it goes, and where one is
 * still owed another is made. A rotation that is still wished for is begun anew.
 */
export function adoptedKeys(
  found: Pick<Found, "principals" | "keys">,
  view: Pick<Credential, "given" | "wanted">,
  { told, principals, overlapMs, now }: Pick<ProvisioningContext, "told" | "principals" | "overlapMs" | "now">,
): AdoptedKeys {
  const ofCluster = found.keys.filter(({ registry }) => registry === undefined);
  const shown = ofCluster.findIndex(({ id }) => id === view.given[told.login.id]);
  const current = ofCluster[shown];
  const states = ofCluster.map((key, index) => {
    const overlap = Math.max(now(), (current?.createdAt ?? now()) + overlapMs);
    return index === shown ? { key, at: undefined } : { key, at: index < shown ? overlap : now() };
  });
  const all = found.principals.map(({ principal }) => principal);
  // A user that is to get another password is no key: it is made once more under its name.
  const unmade = principals.principalPerKey && (shown < 0 || view.wanted.rotate) ? all.at(-1) : undefined;
  const kept = states.filter(({ key }) => key.id === current?.id || key.principal !== unmade);
  const last = unmade ?? current?.principal;
  return {
    principals: last === undefined ? all : [...all.filter((each) => each !== last), last],
    keys: kept.map(({ key, at }) =>
      at === undefined ? shownKey(key, found, view, now()) : oldKey(key, found, at, now()),
    ),
    dataOf: current?.id,
  };
}

/** What of the data in Amplify is the Schema Registry half. */
const OF_REGISTRY: ReadonlySet<string> = new Set(["schemaRegistryUrl", "srKey", "srSecret"]);

function shownKey(
  key: FoundKey,
  { keys }: Pick<Found, "keys">,
  { given }: Pick<Credential, "given">,
  now: number,
): KeyRecord {
  const half = keys.find(({ id, registry }) => registry !== undefined && id === given.srKey);
  const data = (isOfRegistry: boolean) =>
    Object.fromEntries(Object.entries(given).filter(([name]) => OF_REGISTRY.has(name) === isOfRegistry));
  const record = { id: key.id, principal: key.principal, madeAt: key.createdAt ?? now, seen: 0 };
  const own = half ? data(false) : given;
  return { ...record, state: "ready", data: own, registry: half && halfOf(half, data(true), now) };
}

/** Its half is the registry key that was made after it and before the next one. */
function oldKey(key: FoundKey, { keys }: Pick<Found, "keys">, at: number, now: number): KeyRecord {
  const born = key.createdAt ?? 0;
  const next = keys.find(({ registry, createdAt }) => registry === undefined && (createdAt ?? 0) > born)?.createdAt;
  const half = keys.find(({ registry, createdAt }) => {
    return registry !== undefined && (createdAt ?? 0) >= born && (createdAt ?? 0) < (next ?? Number.POSITIVE_INFINITY);
  });
  const record = { id: key.id, principal: key.principal, madeAt: key.createdAt ?? now, seen: 0 };
  return { ...record, state: "old", at, data: {}, registry: half && halfOf(half, {}, now) };
}

function halfOf({ id, registry, createdAt }: FoundKey, data: KeyRecord["data"], now: number): RegistryKeyRecord {
  const times = { at: undefined, since: createdAt ?? now };
  return { id, registry: registry ?? "", state: "ready", ...times, seenOf: "", seen: 0, data };
}
