import { difference } from "../confluent/acl-binding.ts";
import type { GrantRow } from "../store/grants.ts";
import { type ProvisioningContext, patchRecord } from "./context.ts";
import type { Difference } from "./drift.ts";
import { CredentialRecord, readRecord } from "./record.ts";
import { isSame } from "./role-bindings.ts";

export interface Mended {
  /** Applications whose records were corrected: their reconcile does the rest. */
  readonly applications: readonly string[];
  readonly removed: number;
  /** The first of what could not be removed. */
  readonly error: unknown;
}

/**
 * Corrects the records where Confluent has other things than they say, so that the next reconcile makes or removes what it
 * would in any case, and removes orphans: rights first, then keys, then principals. `all`: also what gives consumers
 * another secret, as a person approved. What is foreign is never touched.
 */
export async function mend(
  differences: readonly Difference[],
  all: boolean,
  context: ProvisioningContext,
): Promise<Mended> {
  const corrected = new Set<string>();
  for (const name of new Set(differences.flatMap(({ credential }) => credential ?? []))) {
    const own = differences.filter(({ credential, remedy }) => credential === name && isDone(remedy, all));
    const row = context.grants.get("credential", name);
    if (row?.application === undefined || own.length === 0) continue;
    correct(row, own, context);
    corrected.add(row.application);
  }
  let removed = 0;
  let error: unknown;
  for (const each of differences.filter(({ kind, remedy }) => kind === "orphan" && isDone(remedy, all))) {
    try {
      await removeOrphan(each, context);
      context.audit(`removed orphan ${each.what}`, each.principal, each.subject);
      removed++;
    } catch (thrown) {
      error ??= thrown;
    }
  }
  return { applications: [...corrected], removed, error };
}

function isDone(remedy: Difference["remedy"], all: boolean): boolean {
  return remedy === "repaired by itself" || remedy === "removed by itself" || (all && remedy === "repaired by apply");
}

/** As a transaction: what is read is what is changed. */
function correct(row: GrantRow, differences: readonly Difference[], context: ProvisioningContext): void {
  context.together(() => {
    const current = context.grants.get(row.kind, row.name);
    if (!current) return;
    let record = readRecord(CredentialRecord, current.record);
    for (const each of differences) {
      record = CORRECTIONS[`${each.kind} ${each.what}`]?.(record, each) ?? record;
      context.audit(`found ${each.kind} ${each.what}`, row.name, `${each.principal}: ${each.subject}`);
    }
    const { principals, bindings, roleBindings, keys, dataOf, rotatingTo } = record;
    patchRecord(context, current, { principals, bindings, roleBindings, keys, dataOf, rotatingTo });
  });
}

type Correction = (record: CredentialRecord, of: Difference) => CredentialRecord;

const CORRECTIONS: Readonly<Record<string, Correction>> = {
  "missing ACL": (record, { binding }) =>
    binding ? { ...record, bindings: difference([binding], record.bindings).extra } : record,
  "unneeded ACL": (record, { binding }) =>
    binding ? { ...record, bindings: [...difference([binding], record.bindings).extra, binding] } : record,
  "missing role binding": (record, { role }) =>
    role ? { ...record, roleBindings: record.roleBindings.filter((each) => !isSame(each, role)) } : record,
  "unneeded role binding": (record, { role }) =>
    role ? { ...record, roleBindings: [...record.roleBindings.filter((each) => !isSame(each, role)), role] } : record,
  "missing API key": (record, { subject, registry }) =>
    registry === undefined ? withoutKey(record, subject) : withoutHalf(record, subject),
  "missing SASL user": (record, { subject, principal }) => {
    const isLast = record.principals.at(-1) === principal;
    const principals = isLast ? record.principals : record.principals.filter((each) => each !== principal);
    return { ...withoutKey(record, subject), principals };
  },
  "missing service account": (record, { principal }) => {
    const principals = record.principals.filter((each) => each !== principal);
    const own = record.keys.filter((key) => key.principal === principal);
    return own.reduce((left, { id }) => withoutKey(left, id), { ...record, principals });
  },
};

function withoutKey(record: CredentialRecord, id: string): CredentialRecord {
  return {
    ...record,
    keys: record.keys.filter((key) => key.id !== id),
    dataOf: record.dataOf === id ? undefined : record.dataOf,
    rotatingTo: record.rotatingTo === id ? undefined : record.rotatingTo,
  };
}

/** The consumer is to be shown both halves anew. */
function withoutHalf(record: CredentialRecord, id: string): CredentialRecord {
  const whole = record.keys.find(({ registry }) => registry?.id === id);
  return {
    ...record,
    keys: record.keys.map((key) => (key === whole ? { ...key, registry: undefined } : key)),
    dataOf: record.dataOf === whole?.id ? undefined : record.dataOf,
  };
}

async function removeOrphan(each: Difference, context: ProvisioningContext): Promise<void> {
  const { acls, cluster, principals, registry, ids } = context;
  const { what, principal, subject, binding } = each;
  if (what === "ACL") return binding && (await acls.remove(cluster, [binding]));
  if (what === "API key") {
    if (each.registry === undefined) return principals.removeKey({ id: subject, principal });
    return registry?.removeKey({ id: subject, principal, registry: each.registry });
  }
  for (const role of (await registry?.bound(principal)) ?? []) await registry?.unbind(role);
  // Neither account nor user is removed by whose it was.
  await principals.remove({ owner: { ...ids, credential: "" }, application: "" }, principal);
}
