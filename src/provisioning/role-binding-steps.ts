import { type NewRoleBinding, roleInWords } from "../confluent/role-bindings.ts";
import { UpstreamError } from "../http/errors.ts";
import type { GrantRow } from "../store/grants.ts";
import { LOOKED_FOR_MS } from "./cloud-keys.ts";
import { mustHaveRegistry, type ProvisioningContext, patchRecord } from "./context.ts";
import type { RecordedRoleBinding } from "./model.ts";
import { SetbackError } from "./principals.ts";
import { CredentialRecord, readRecord } from "./record.ts";
import { isSame } from "./role-bindings.ts";

/**
 * Makes role bindings, one after the other. Each is recorded before its request: one that may have been made must be found
 * by whoever takes it back, though its answer, and with it its id, was lost.
 */
export async function addRoleBindings(
  row: GrantRow,
  bindings: readonly NewRoleBinding[],
  context: ProvisioningContext,
): Promise<void> {
  const registry = mustHaveRegistry(context);
  await registry.room(bindings.length);
  for (const binding of bindings) {
    const before = recorded(row, binding, context);
    const doubt = doubtOf(before, context.now());
    keep(row, { ...binding, unsureUntil: context.now() + LOOKED_FOR_MS }, context);
    try {
      keep(row, { ...binding, id: await registry.bind(binding), unsureUntil: doubt }, context);
    } catch (error) {
      if (wasRefused(error)) keep(row, doubt === undefined ? undefined : before, context, binding);
      throw error;
    }
    context.audit("added role binding", row.name, roleInWords(binding));
  }
}

/** Removes role bindings. Those that a lost request may still make are looked for again when it must have arrived. */
export async function removeRoleBindings(
  row: GrantRow,
  bindings: readonly RecordedRoleBinding[],
  context: ProvisioningContext,
): Promise<void> {
  const registry = mustHaveRegistry(context);
  for (const binding of bindings) {
    await registry.unbind(binding);
    const { principal, roleName, crnPattern } = binding;
    const doubt = doubtOf(binding, context.now());
    const left =
      doubt === undefined ? undefined : { principal, roleName, crnPattern, unsureUntil: doubt, lookAt: doubt };
    keep(row, left, context, binding);
    context.audit("removed role binding", row.name, roleInWords(binding));
  }
}

/** Until when a request whose answer was lost may still make it; undefined when none can. */
function doubtOf(binding: RecordedRoleBinding | undefined, now: number): number | undefined {
  const until = binding?.unsureUntil;
  return until !== undefined && until > now ? until : undefined;
}

/** The server answered, and nothing was made. */
function wasRefused(error: unknown): boolean {
  if (error instanceof SetbackError) return true;
  return (
    error instanceof UpstreamError && ["invalid", "forbidden", "unauthorised", "missing"].includes(error.failure.kind)
  );
}

function recorded(
  row: GrantRow,
  binding: NewRoleBinding,
  { grants }: ProvisioningContext,
): RecordedRoleBinding | undefined {
  return recordOf(row, grants).roleBindings.find((each) => isSame(each, binding));
}

/** Puts the entry in the place of what is recorded of the same binding; undefined: nothing of it is left. */
function keep(
  row: GrantRow,
  entry: RecordedRoleBinding | undefined,
  context: ProvisioningContext,
  of: NewRoleBinding | undefined = entry,
): void {
  const others = recordOf(row, context.grants).roleBindings.filter((each) => of === undefined || !isSame(each, of));
  patchRecord(context, row, { roleBindings: entry === undefined ? others : [...others, entry] });
}

function recordOf(row: GrantRow, grants: ProvisioningContext["grants"]): CredentialRecord {
  return readRecord(CredentialRecord, (grants.get(row.kind, row.name) ?? row).record);
}
