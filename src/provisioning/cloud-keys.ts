import type { ApiKeys, KeyOutcome } from "../confluent/api-keys.ts";
import { formatLabel, isOurs, parseLabel, serviceAccountName } from "../confluent/labels.ts";
import { NotYet, UpstreamError } from "../http/errors.ts";
import type { Random } from "../runtime/ports.ts";
import type { IntentStore } from "../store/intents.ts";
import type { CredentialOwner, RecordedKey } from "./principals.ts";
import type { QuotaFigures } from "./quota-figures.ts";

/** A request whose answer was lost may still be on its way this long, ms. */
export const LOOKED_FOR_MS = 90_000;

export interface KeyMaking {
  readonly keys: ApiKeys;
  readonly intents: IntentStore;
  readonly quotas: QuotaFigures;
  readonly random: Random;
  readonly now: () => number;
  readonly audit: (action: string, subject: string, detail: string) => void;
}

/** A key that is to be made. */
export interface KeyWish {
  /** Key of the intent's row; the caller removes it in the transaction that records the key. */
  readonly about: string;
  readonly of: CredentialOwner;
  /** `sa-…` */
  readonly account: string;
  /** `lkc-…` or `lsrc-…` */
  readonly resource: string;
  /** All keys of the credential that are recorded: every other one under its label is a leftover. */
  readonly recorded: readonly RecordedKey[];
}

/**
 * Makes an API key whose attempt is written down before. What an attempt left behind whose answer was lost is removed
 * first. Throws `SetbackError`, `UpstreamError`, and `NotYet` while such an attempt may still make a key.
 */
export async function makeApiKey(
  wish: KeyWish,
  making: KeyMaking,
): Promise<{ readonly id: string; readonly secret: string }> {
  const { about, of, account, resource } = wish;
  const { keys, intents, quotas, random, now } = making;
  await forgetAttempt(wish, making);
  const displayName = await serviceAccountName(of.owner, of.application);
  const operation = random.uuid();
  intents.begin(about, operation, now());
  const made = await createOrForget(about, intents, () =>
    keys.create({ owner: account, resource, displayName, description: formatLabel({ ...of.owner, operation }) }),
  );
  if (made.kind === "created") return { id: made.id, secret: made.secret };
  if (made.kind === "quota") {
    intents.end(about);
    throw await quotas.exceeded("API keys", made.error);
  }
  throw made.error;
}

/** Done when it is not there: what the control plane hides is looked for in its list. */
export async function removeApiKey(
  { id, account, resource }: { readonly id: string } & Pick<KeyWish, "account" | "resource">,
  keys: ApiKeys,
): Promise<void> {
  if ((await keys.remove(id)) !== "hidden") return;
  const seen = await keys.list({ owner: account, resource });
  if (seen.some((key) => key.id === id)) throw mayNot(`remove the API key ${id}`);
}

/** The control plane says the same of what is not there and of what one may not: the list showed that it is there. */
export function mayNot(what: string): UpstreamError {
  const message = `Confluent Cloud does not let the credential of KAFKA_CLOUD_AUTH_APIKEY_ID ${what}, and lists it.`;
  return new UpstreamError("cloud", { kind: "forbidden" }, message, { status: 403 });
}

/** What is thrown means that nothing was made, so there is nothing to look for. */
async function createOrForget(
  about: string,
  intents: IntentStore,
  create: () => Promise<KeyOutcome>,
): Promise<KeyOutcome> {
  try {
    return await create();
  } catch (error) {
    intents.end(about);
    throw error;
  }
}

/**
 * An attempt whose answer was lost: its key is looked for by our label and removed, at once and again when a request that
 * was still on its way must have arrived. Only then another is made.
 */
async function forgetAttempt(
  { about, of, account, resource, recorded }: KeyWish,
  { keys, intents, now, audit }: KeyMaking,
): Promise<void> {
  const attempt = intents.get(about);
  if (!attempt) return;
  for (const key of await keys.list({ owner: account, resource })) {
    const isKnown = recorded.some(({ id }) => id === key.id);
    if (isKnown || !isOurs(parseLabel(key.description), of.owner)) continue;
    await keys.remove(key.id);
    audit("removed leftover key", of.application, key.id);
  }
  if (now() - attempt.begunAt < LOOKED_FOR_MS) {
    throw new NotYet(attempt.begunAt + LOOKED_FOR_MS, "waiting whether a lost answer still makes a key");
  }
  intents.end(about);
}
