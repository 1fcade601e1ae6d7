import type { GrantRow } from "../store/grants.ts";
import { mustHaveRegistry, ownerOf, type ProvisioningContext, patchRecord } from "./context.ts";
import {
  encryptedFor,
  GIVE_UP_MS,
  IN_A_ROW,
  MOST_LOSSES,
  PROBE_MS,
  recordedKeys,
  removeKey,
  usableKey,
} from "./key-steps.ts";
import { SetbackError } from "./principals.ts";
import type { CredentialRecord, KeyRecord, RegistryKeyRecord } from "./record.ts";
import { registryKeyIntent } from "./registry-access.ts";

/** Makes the half of a key that is for Schema Registry, of the same principal. */
export async function makeRegistryKey(
  row: GrantRow,
  record: CredentialRecord,
  step: { readonly key: string; readonly registry: string },
  application: GrantRow | undefined,
  context: ProvisioningContext,
): Promise<void> {
  const { told, secrets, intents, now, together } = context;
  const key = record.keys.find(({ id }) => id === step.key);
  if (!key) return;
  const consumers = await usableKey(application);
  const of = ownerOf(row, context);
  const made = await mustHaveRegistry(context).makeKey(of, key.principal, step.registry, recordedKeys(record));
  const shown = { schemaRegistryUrl: told.registryUrl, srKey: made.id, srSecret: made.secret };
  const data = await encryptedFor(consumers, shown, told.schema);
  const keepSecret = await secrets.seal(made.id, made.secret);
  const half: RegistryKeyRecord = {
    ...{ id: made.id, registry: step.registry, state: "made", at: now(), since: now(), seenOf: "", seen: 0, data },
  };
  together(() => {
    keepSecret();
    intents.end(registryKeyIntent(of));
    patchHalf(row, record, key, half, context);
    context.audit("made Schema Registry key", row.name, made.id);
  });
}

/**
 * One look at whether it works. `subject`: one that it was given, to be read twice in a row. While it was given none, the
 * registry's knowing the key is all that can be seen: it answers 401 to a key that it does not know, and denies a right
 * (403) only to one that it does.
 */
export async function probeRegistryKey(
  row: GrantRow,
  record: CredentialRecord,
  step: { readonly key: string; readonly subject: string | undefined },
  context: ProvisioningContext,
): Promise<void> {
  const { secrets, now } = context;
  const key = record.keys.find(({ id }) => id === step.key);
  const half = key?.registry;
  if (!key || !half) return;
  const secret = await secrets.get(half.id);
  if (secret === undefined) return replaceLost(row, record, key, context);
  const outcome = await mustHaveRegistry(context).probe({ id: half.id, secret }, step.subject);
  const seenOf = step.subject ?? "";
  const before = half.seenOf === seenOf ? half : { ...half, seenOf, seen: 0, since: now() };
  if (outcome === "ready") {
    const seen = before.seen + 1;
    if (seen < IN_A_ROW) return patchHalf(row, record, key, { ...before, seen, at: now() + PROBE_MS }, context);
    return context.together(() => {
      secrets.drop(half.id);
      patchHalf(row, record, key, { ...before, seen, state: "ready", at: undefined }, context);
    });
  }
  if (now() - before.since < GIVE_UP_MS)
    return patchHalf(row, record, key, { ...before, seen: 0, at: now() + PROBE_MS }, context);
  await removeKey(row, record, key.id, context);
  throw new SetbackError({ kind: "key-not-ready", minutes: GIVE_UP_MS / 60_000 });
}

/** Takes the half away that is not wanted any more; what the consumer is shown is written anew. */
export async function removeRegistryKey(
  row: GrantRow,
  record: CredentialRecord,
  id: string,
  context: ProvisioningContext,
): Promise<void> {
  const key = record.keys.find((each) => each.id === id);
  if (!key?.registry) return;
  await mustHaveRegistry(context).removeKey({ ...key.registry, principal: key.principal });
  context.secrets.drop(key.registry.id);
  context.audit("removed Schema Registry key", row.name, key.registry.id);
  patchHalf(row, record, key, undefined, context);
}

/** As of a key of the cluster: it is worth nothing without its secret. */
async function replaceLost(
  row: GrantRow,
  record: CredentialRecord,
  key: KeyRecord,
  context: ProvisioningContext,
): Promise<void> {
  await removeRegistryKey(row, record, key.id, context);
  patchRecord(context, row, { losses: record.losses + 1 });
  if (record.losses + 1 >= MOST_LOSSES) throw new SetbackError({ kind: "secret-lost" });
}

/** What the consumer can read holds both halves: with another half it is not that any more. */
function patchHalf(
  row: GrantRow,
  { keys, dataOf }: CredentialRecord,
  key: KeyRecord,
  registry: RegistryKeyRecord | undefined,
  context: ProvisioningContext,
): void {
  const isShown = dataOf === key.id && registry?.id === key.registry?.id;
  patchRecord(context, row, {
    keys: keys.map((each) => (each.id === key.id ? { ...each, registry } : each)),
    dataOf: dataOf === key.id && !isShown ? undefined : dataOf,
  });
}
