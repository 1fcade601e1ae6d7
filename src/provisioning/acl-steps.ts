import { type AclBinding, difference, distinct, inWords } from "../confluent/acl-binding.ts";
import type { AclOutcome } from "../confluent/acls.ts";
import type { GrantRow } from "../store/grants.ts";
import { type ProvisioningContext, patchRecord } from "./context.ts";
import { doubting } from "./doubt.ts";
import { SetbackError } from "./principals.ts";
import { CredentialRecord, readRecord } from "./record.ts";

/**
 * How long after the one before the entries are looked for, ms. Mostly they are there at once; terraform-provider-confluent
 * waits 10 s, and 30 s are to be expected. After the last look they count as never to be seen.
 */
const LOOKS_MS = [0, 5_000, 10_000, 15_000, 30_000, 60_000] as const;

const DONE: AclOutcome = { kind: "done" };

type Written = "all" | "partly" | "unknown";

/**
 * Writes entries. They are recorded first: one that may have been made must be found by whoever takes it back. That they
 * are there is only believed when a list shows them (`readAcls`): some servers accept what they never show.
 */
export async function addAcls(
  row: GrantRow,
  bindings: readonly AclBinding[],
  context: ProvisioningContext,
): Promise<void> {
  const record = recordOf(row, context);
  const unseen = [...(record.unseen?.bindings ?? []), ...bindings];
  patchRecord(context, row, {
    bindings: [...record.bindings, ...bindings],
    unseen: unseenOf(unseen, "unknown", context),
    removed: removedBut(bindings, record),
  });
  await write(row, bindings, context);
}

/** One list for each principal concerned. What it does not show is written anew where the answer left that open, else waited for. */
export async function readAcls(row: GrantRow, context: ProvisioningContext): Promise<void> {
  const { unseen } = recordOf(row, context);
  if (!unseen) return;
  const missing = await notListed(unseen.bindings, context);
  if (missing.length === 0) return patchRecord(context, row, { unseen: undefined });
  if (unseen.written !== "all") return writeAgain(row, missing, unseen.written, context);
  const looks = unseen.looks + 1;
  const wait = LOOKS_MS[looks];
  if (wait !== undefined) {
    return patchRecord(context, row, { unseen: { ...unseen, bindings: missing, looks, at: context.now() + wait } });
  }
  // The next try writes them anew.
  patchRecord(context, row, { unseen: unseenOf(missing, "unknown", context) });
  throw new SetbackError({ kind: "acls-not-visible", principal: missing[0]?.principal ?? "" });
}

export async function removeAcls(
  row: GrantRow,
  bindings: readonly AclBinding[],
  context: ProvisioningContext,
): Promise<void> {
  await context.acls.remove(context.cluster, bindings);
  context.audit("removed ACLs", row.name, told(bindings));
  const record = recordOf(row, context);
  const { bindings: before, unseen, removed, doubtUntil } = record;
  const left = difference(unseen?.bindings ?? [], bindings).missing;
  const isInDoubt = doubtUntil !== undefined && doubtUntil > context.now();
  const again = distinct([...(removed?.bindings ?? []), ...bindings]);
  patchRecord(context, row, {
    removed: isInDoubt ? { bindings: again, at: doubtUntil } : removedBut(bindings, record),
    bindings: difference(before, bindings).missing,
    unseen: unseen && left.length > 0 ? { ...unseen, bindings: left } : undefined,
  });
}

/** What is still to be removed once more, but for these. */
function removedBut(these: readonly AclBinding[], { removed }: CredentialRecord): CredentialRecord["removed"] {
  const left = difference(removed?.bindings ?? [], these).missing;
  return removed && left.length > 0 ? { ...removed, bindings: left } : undefined;
}

async function notListed(
  bindings: readonly AclBinding[],
  { acls, cluster }: ProvisioningContext,
): Promise<AclBinding[]> {
  const principals = new Set(bindings.map(({ principal }) => principal));
  const missing: AclBinding[] = [];
  for (const principal of principals) {
    const own = bindings.filter((binding) => binding.principal === principal);
    missing.push(...difference(own, await acls.list(cluster, principal)).missing);
  }
  return missing;
}

/** What a broker refused in the middle of a request is made alone, so that one bad entry does not stand in the way of others. */
async function writeAgain(
  row: GrantRow,
  missing: readonly AclBinding[],
  written: Written,
  context: ProvisioningContext,
): Promise<void> {
  const { acls, cluster } = context;
  if (written === "unknown") return write(row, missing, context);
  await doubting(row, context, async () => {
    for (const binding of missing) await accept(await acls.ensure(cluster, [binding]), context);
  });
  await note(row, DONE, missing, context);
}

async function write(row: GrantRow, bindings: readonly AclBinding[], context: ProvisioningContext): Promise<void> {
  const ensure = () => context.acls.ensure(context.cluster, bindings);
  const outcome = await doubting(row, context, ensure, ({ kind }) => kind !== "incomplete");
  await note(row, outcome, bindings, context);
}

async function note(
  row: GrantRow,
  outcome: AclOutcome,
  bindings: readonly AclBinding[],
  context: ProvisioningContext,
): Promise<void> {
  const { unseen } = recordOf(row, context);
  const all = unseen?.bindings ?? bindings;
  if (outcome.kind === "done") {
    context.audit("added ACLs", row.name, told(bindings));
    patchRecord(context, row, { unseen: unseenOf(all, "all", context) });
    return;
  }
  patchRecord(context, row, { unseen: unseenOf(all, outcome.kind === "incomplete" ? "partly" : "unknown", context) });
  if (outcome.kind === "quota") await accept(outcome, context);
}

async function accept(outcome: AclOutcome, { quotas }: ProvisioningContext): Promise<void> {
  if (outcome.kind === "quota") throw await quotas.exceeded("ACLs", outcome.error);
  if (outcome.kind === "incomplete") throw outcome.error;
}

function unseenOf(bindings: readonly AclBinding[], written: Written, { now }: ProvisioningContext) {
  return { bindings, written, at: now(), looks: 0 };
}

function recordOf(row: GrantRow, { grants }: ProvisioningContext): CredentialRecord {
  return readRecord(CredentialRecord, (grants.get(row.kind, row.name) ?? row).record);
}

function told(bindings: readonly AclBinding[]): string {
  return bindings.map(inWords).join(", ");
}
