import { type ApplicationKey, canTake, encryptProperties, readApplicationKey } from "../amplify/encrypt.ts";
import { managedApplication } from "../amplify/provisioning/application.ts";
import { credential } from "../amplify/provisioning/credential.ts";
import type { GrantRow } from "../store/grants.ts";
import { mustHaveRegistry, mustRead, ownerOf, type ProvisioningContext, patchRecord, resourceOf } from "./context.ts";
import { doubting } from "./doubt.ts";
import { type CredentialOwner, keyIntent, type Login, type RecordedKey, SetbackError } from "./principals.ts";
import type { CredentialRecord } from "./record.ts";
import { asksForRegistry } from "./world.ts";

/** A new key is looked at this often, and given up after this long (terraform-provider-confluent waits 20 minutes). */
export const PROBE_MS = 5_000;
export const GIVE_UP_MS = 20 * 60 * 1000;
/** Two good calls in a row: a new key may still be refused after its first. */
export const IN_A_ROW = 2;
/** A secret that was lost on the way is made anew this often. */
export const MOST_LOSSES = 3;
/** Names that are tried before somebody has to look who took them. */
const MOST_NAMES = 5;
/** More than any secret has: Confluent's are of 64 characters, our passwords shorter. */
const LONGEST_SECRET = 128;

export async function makeKey(
  row: GrantRow,
  record: CredentialRecord,
  application: GrantRow | undefined,
  context: ProvisioningContext,
): Promise<void> {
  const { told: cluster, secrets, intents, now, together } = context;
  const consumers = await usableKey(application);
  const of = ownerOf(row, context);
  const login = await doubting(row, context, () => loginOf(of, record, context));
  const shown = { [cluster.login.id]: login.id, [cluster.login.secret]: login.secret, ...addressOnly(row, context) };
  const data = await encryptedFor(consumers, shown, cluster.schema);
  const keepSecret = await secrets.seal(login.id, login.secret);
  const { id, principal } = login;
  const made = { id, principal, state: "made", at: now(), madeAt: now(), seen: 0, data };
  together(() => {
    keepSecret();
    intents.end(keyIntent(of));
    const wantsRotation = rotates(row);
    patchRecord(context, row, {
      principals: [...record.principals.slice(0, -1), principal],
      keys: [...record.keys, made],
      ...(wantsRotation ? { rotatingTo: id } : {}),
    });
    context.audit("made key", row.name, id);
  });
}

/** A key of the latest principal, or of the next one whose name is free. */
async function loginOf(
  of: CredentialOwner,
  record: CredentialRecord,
  { principals, secrets }: ProvisioningContext,
): Promise<Login> {
  const taken = [...record.principals];
  for (let count = 0; count < MOST_NAMES; count++) {
    const principal = count === 0 ? taken.at(-1) : await principals.next(of, taken);
    if (principal === undefined) break;
    const login = await principals.makeKey(of, principal, {
      recorded: recordedKeys(record),
      doubtUntil: record.doubtUntil,
      secrets,
    });
    if (login !== "taken") return login;
    if (count > 0) taken.push(principal);
  }
  throw new SetbackError({ kind: "name-taken", principal: taken.at(-1) ?? of.application });
}

/** Where no keys of Schema Registry can be made, who asked for it is told its address at least. */
function addressOnly(row: GrantRow, { registry, told }: ProvisioningContext): object {
  const isAsked = registry === undefined && asksForRegistry(credential(mustRead(row)).asked);
  return isAsked && told.registryUrl !== undefined ? { schemaRegistryUrl: told.registryUrl } : {};
}

/**
 * The key that the application's secrets are encrypted with. To be asked for before a secret is made: what cannot be
 * handed over must not exist. Throws `SetbackError` for one that cannot be used.
 */
export async function usableKey(application: GrantRow | undefined): Promise<ApplicationKey> {
  const app = application && resourceOf(application);
  if (!app) throw new Error("the application was not read");
  const key = await readApplicationKey(managedApplication(app).security);
  if (key.kind !== "usable") throw new SetbackError({ kind: "encryption", failure: key });
  if (!canTake(key.key, LONGEST_SECRET))
    throw new SetbackError({ kind: "encryption", failure: { kind: "key-too-small" } });
  return key.key;
}

/** What the consumer gets, with its secrets encrypted. Throws `SetbackError` when one cannot be. */
export async function encryptedFor(
  key: ApplicationKey,
  shown: Readonly<Record<string, unknown>>,
  schema: unknown,
): Promise<Record<string, unknown>> {
  const sealed = await encryptProperties(schema, shown, key);
  if (sealed.kind !== "encrypted") throw new SetbackError({ kind: "encryption", failure: sealed });
  return sealed.data;
}

/** All keys of a credential, those for Schema Registry included. */
export function recordedKeys({ keys }: CredentialRecord): readonly RecordedKey[] {
  return keys.flatMap(({ id, principal, registry }) => [
    { id, principal },
    ...(registry ? [{ id: registry.id, principal }] : []),
  ]);
}

export async function probeKey(
  row: GrantRow,
  record: CredentialRecord,
  id: string,
  context: ProvisioningContext,
): Promise<void> {
  const { principals, secrets, now, together } = context;
  const key = record.keys.find((each) => each.id === id);
  if (!key) return;
  const patch = (change: object) =>
    patchRecord(context, row, { keys: record.keys.map((each) => (each.id === id ? { ...each, ...change } : each)) });
  const outcome = await principals.probe(key, await secrets.get(id));
  if (outcome === "ready") {
    const seen = key.seen + 1;
    if (seen < IN_A_ROW && !principals.principalPerKey) return patch({ seen, at: now() + PROBE_MS });
    return together(() => {
      secrets.drop(id);
      patch({ seen, state: "ready", at: undefined });
    });
  }
  if (outcome === "lost") return replaceLost(row, record, key, context);
  if (now() - key.madeAt < GIVE_UP_MS) return patch({ seen: 0, at: now() + PROBE_MS });
  await removeKey(row, record, id, context);
  throw new SetbackError({ kind: "key-not-ready", minutes: GIVE_UP_MS / 60_000 });
}

/** The secret is lost, so the key is worth nothing: it goes, and another is made, three times at most. */
async function replaceLost(
  row: GrantRow,
  record: CredentialRecord,
  key: RecordedKey,
  context: ProvisioningContext,
): Promise<void> {
  await removeKey(row, record, key.id, context);
  patchRecord(context, row, { losses: record.losses + 1 });
  if (record.losses + 1 >= MOST_LOSSES) throw new SetbackError({ kind: "secret-lost" });
}

/** A SASL user goes with its password. */
export async function removeKey(
  row: GrantRow,
  record: CredentialRecord,
  id: string,
  context: ProvisioningContext,
): Promise<void> {
  const key = record.keys.find((each) => each.id === id);
  if (!key) return;
  if (key.registry) {
    await mustHaveRegistry(context).removeKey({ ...key.registry, principal: key.principal });
    context.secrets.drop(key.registry.id);
    context.audit("removed Schema Registry key", row.name, key.registry.id);
  }
  await context.principals.removeKey(key);
  context.secrets.drop(id);
  context.audit("removed key", row.name, id);
  const keys = record.keys.filter((each) => each.id !== id);
  const isLast = record.principals.at(-1) === key.principal;
  const principals =
    context.principals.principalPerKey && !isLast
      ? record.principals.filter((each) => each !== key.principal)
      : record.principals;
  // Neither a wish to rotate nor the consumer's data is fulfilled by what is gone: a user may be made again under its name.
  const but = (of: string | undefined) => (of === id ? undefined : of);
  const { rotatingTo, dataOf, periodOf } = record;
  const left = { rotatingTo: but(rotatingTo), dataOf: but(dataOf), periodOf: but(periodOf) };
  patchRecord(context, row, { keys, principals, ...left });
}

function rotates(row: GrantRow): boolean {
  const state = mustRead(row).spec.state;
  return typeof state === "object" && state !== null && "rotate" in state && state.rotate === true;
}
