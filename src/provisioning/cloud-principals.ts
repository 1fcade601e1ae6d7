import { formatLabel, isOurs, parseLabel, serviceAccountName } from "../confluent/labels.ts";
import type { Readiness } from "../confluent/probe.ts";
import type { ServiceAccounts } from "../confluent/service-accounts.ts";
import { type KeyMaking, makeApiKey, mayNot, removeApiKey } from "./cloud-keys.ts";
import { type CredentialOwner, keyIntent, type Principals, SetbackError } from "./principals.ts";

export interface CloudOptions extends KeyMaking {
  readonly accounts: ServiceAccounts;
  /** `lkc-…` */
  readonly clusterId: string;
  /** One call with the key. */
  readonly probe: (key: { readonly id: string; readonly secret: string }) => Promise<Readiness>;
}

/** Service accounts and API keys of Confluent Cloud: one account a credential, a key a rotation. */
export function cloudPrincipals(options: CloudOptions): Principals {
  const { accounts, keys, quotas, clusterId } = options;

  /** The account of the credential's name, if it bears our label for exactly this one. */
  async function ownAccount(of: CredentialOwner): Promise<string | undefined> {
    const found = await accounts.findByName(await serviceAccountName(of.owner, of.application));
    const label = parseLabel(found?.description ?? "");
    const isOwn = isOurs(label, of.owner) && label.credential === of.owner.credential;
    return found && isOwn ? principalOf(found.id) : undefined;
  }

  return {
    principalPerKey: false,

    async next(of, existing) {
      const [known] = existing;
      if (known !== undefined) return known;
      const displayName = await serviceAccountName(of.owner, of.application);
      const made = await accounts.create({ displayName, description: formatLabel(of.owner) });
      if (made.kind === "created") return principalOf(made.account.id);
      if (made.kind === "quota") throw await quotas.exceeded("service accounts", made.error);
      const found = await ownAccount(of);
      if (!found) throw new SetbackError({ kind: "name-taken", principal: displayName });
      return found;
    },

    async find(of) {
      const found = await ownAccount(of);
      return found === undefined ? [] : [found];
    },

    async makeKey(of, principal, { recorded }) {
      const wish = { about: keyIntent(of), of, account: accountOf(principal), resource: clusterId, recorded };
      return { ...(await makeApiKey(wish, options)), principal };
    },

    async probe({ id }, secret) {
      if (secret === undefined) return "lost";
      const readiness = await options.probe({ id, secret });
      if (readiness.kind === "ready") return "ready";
      if (readiness.kind === "refused") throw readiness.error;
      return "not-yet";
    },

    removeKey: ({ id, principal }) => removeApiKey({ id, account: accountOf(principal), resource: clusterId }, keys),

    async remove(_of, principal) {
      const id = accountOf(principal);
      if ((await accounts.remove(id)) !== "hidden") return;
      if ((await accounts.list()).some((account) => account.id === id))
        throw mayNot(`remove the service account ${id}`);
    },
  };
}

function principalOf(account: string): string {
  return `User:${account}`;
}

/** `User:sa-…` as `sa-…`. */
export function accountOf(principal: string): string {
  return principal.replace(/^User:/, "");
}
