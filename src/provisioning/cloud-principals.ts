import type { ApiKeys, KeyOutcome } from "../confluent/api-keys.ts";
import { formatLabel, isOurs, parseLabel, serviceAccountName } from "../confluent/labels.ts";
import type { Readiness } from "../confluent/probe.ts";
import type { ServiceAccounts } from "../confluent/service-accounts.ts";
import { NotYet, UpstreamError } from "../http/errors.ts";
import type { Random } from "../runtime/ports.ts";
import type { IntentStore } from "../store/intents.ts";
import { type CredentialOwner, type Principals, type RecordedKey, SetbackError } from "./principals.ts";

/** A request whose answer was lost may still be on its way this long. */
const LOOKED_FOR_MS = 90_000;

export interface CloudOptions {
  readonly accounts: ServiceAccounts;
  readonly keys: ApiKeys;
  readonly intents: IntentStore;
  readonly random: Random;
  /** `lkc-…` */
  readonly clusterId: string;
  /** One call with the key. */
  readonly probe: (key: { readonly id: string; readonly secret: string }) => Promise<Readiness>;
  readonly now: () => number;
}

/** Service accounts and API keys of Confluent Cloud: one account a credential, a key a rotation. */
export function cloudPrincipals(options: CloudOptions): Principals {
  const { accounts, keys, intents, random, clusterId, now } = options;

  return {
    principalPerKey: false,

    async next(of, existing) {
      const [known] = existing;
      if (known !== undefined) return known;
      const displayName = await serviceAccountName(of.owner, of.application);
      const made = await accounts.create({ displayName, description: formatLabel(of.owner) });
      if (made.kind === "created") return principalOf(made.account.id);
      if (made.kind === "quota") throw new SetbackError({ kind: "quota", what: "service accounts", limit: undefined });
      const found = await accounts.findByName(displayName);
      const label = parseLabel(found?.description ?? "");
      if (!found || !isOurs(label, of.owner) || label.credential !== of.owner.credential) {
        throw new SetbackError({ kind: "name-taken", principal: displayName });
      }
      return principalOf(found.id);
    },

    async makeKey(of, principal, recorded) {
      const account = accountOf(principal);
      const about = `key:${of.owner.credential}`;
      await forgetAttempt(about, of, account, recorded, options);
      const displayName = await serviceAccountName(of.owner, of.application);
      const operation = random.uuid();
      intents.begin(about, operation, now());
      const made = await createOrForget(about, intents, () =>
        keys.create({
          owner: account,
          resource: clusterId,
          displayName,
          description: formatLabel({ ...of.owner, operation }),
        }),
      );
      if (made.kind === "created") return { id: made.id, principal, secret: made.secret };
      if (made.kind === "quota") {
        intents.end(about);
        throw new SetbackError({ kind: "quota", what: "API keys", limit: undefined });
      }
      throw made.error;
    },

    async probe({ id }, secret) {
      if (secret === undefined) return "lost";
      const readiness = await options.probe({ id, secret });
      if (readiness.kind === "ready") return "ready";
      if (readiness.kind === "refused") throw readiness.error;
      return "not-yet";
    },

    async removeKey({ id, principal }) {
      if ((await keys.remove(id)) !== "hidden") return;
      const seen = await keys.list({ owner: accountOf(principal), resource: clusterId });
      if (seen.some((key) => key.id === id)) throw mayNot(`remove the API key ${id}`);
    },

    async remove(_of, principal) {
      const id = accountOf(principal);
      if ((await accounts.remove(id)) !== "hidden") return;
      if ((await accounts.list()).some((account) => account.id === id))
        throw mayNot(`remove the service account ${id}`);
    },
  };
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
  about: string,
  { owner }: CredentialOwner,
  account: string,
  recorded: readonly RecordedKey[],
  { keys, intents, clusterId, now }: CloudOptions,
): Promise<void> {
  const attempt = intents.get(about);
  if (!attempt) return;
  for (const key of await keys.list({ owner: account, resource: clusterId })) {
    const isKnown = recorded.some(({ id }) => id === key.id);
    if (!isKnown && isOurs(parseLabel(key.description), owner)) await keys.remove(key.id);
  }
  if (now() - attempt.begunAt < LOOKED_FOR_MS) {
    throw new NotYet(attempt.begunAt + LOOKED_FOR_MS, "waiting whether a lost answer still makes a key");
  }
  intents.end(about);
}

/** The control plane says the same of what is not there and of what one may not: the list showed that it is there. */
function mayNot(what: string): UpstreamError {
  const message = `Confluent Cloud does not let the credential of KAFKA_CLOUD_AUTH_APIKEY_ID ${what}, and lists it.`;
  return new UpstreamError("cloud", { kind: "forbidden" }, message, { status: 403 });
}

function principalOf(account: string): string {
  return `User:${account}`;
}

function accountOf(principal: string): string {
  return principal.replace(/^User:/, "");
}
