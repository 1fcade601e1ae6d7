import type { ApiKey, ApiKeys } from "../confluent/api-keys.ts";
import { isOurs, type Owner, parseLabel, serviceAccountName } from "../confluent/labels.ts";
import type { ServiceAccount, ServiceAccounts } from "../confluent/service-accounts.ts";
import type { Found, FoundKey, FoundPrincipal, Inventory } from "./inventory.ts";
import type { CredentialOwner } from "./principals.ts";

export interface CloudInventoryOptions {
  readonly accounts: ServiceAccounts;
  readonly keys: ApiKeys;
  /** Clusters and registries that keys are made for, `lkc-…` and `lsrc-…`, as far as they are known. */
  readonly resources: () => readonly string[];
}

type Environment = Omit<Owner, "credential">;

/** By the descriptions of service accounts and API keys: a name alone proves nothing. */
export function cloudInventory({ accounts, keys, resources }: CloudInventoryOptions): Inventory {
  return {
    async of({ owner, application }) {
      const account = (await named({ owner, application }, accounts)) ?? (await labelled(owner, accounts));
      if (!account) return { principals: [], keys: [], foreign: [] };
      return foundOf([account], await keys.list({ owner: account.id }), owner);
    },

    /** One list of accounts, and one of keys for each resource. */
    async all(ids) {
      const ours = (await accounts.list()).filter(({ description }) => isOurs(parseLabel(description), ids));
      const listed: ApiKey[] = [];
      if (ours.length > 0) for (const resource of resources()) listed.push(...(await keys.listOf(resource)));
      return foundOf(ours, listed, ids);
    },

    resources,
    markOf: async ({ credential }) => credential,
  };
}

async function named(
  { owner, application }: CredentialOwner,
  accounts: ServiceAccounts,
): Promise<ServiceAccount | undefined> {
  const account = await accounts.findByName(await serviceAccountName(owner, application));
  return account && isOf(account.description, owner) ? account : undefined;
}

/** Somebody gave it another name. */
async function labelled(owner: Owner, accounts: ServiceAccounts): Promise<ServiceAccount | undefined> {
  return (await accounts.list()).find(({ description }) => isOf(description, owner));
}

function isOf(description: string, owner: Owner): boolean {
  const label = parseLabel(description);
  return isOurs(label, owner) && label.credential === owner.credential;
}

function foundOf(accounts: readonly ServiceAccount[], keys: readonly ApiKey[], ids: Environment): Found {
  const principals = accounts.map(
    ({ id, displayName, description, createdAt }): FoundPrincipal => ({
      principal: `User:${id}`,
      name: displayName,
      mark: parseLabel(description)?.credential ?? "",
      createdAt,
    }),
  );
  const own = new Map(principals.map(({ principal, mark }) => [principal, mark]));
  const ours: FoundKey[] = [];
  const foreign: { id: string; principal: string }[] = [];
  for (const key of keys) {
    const principal = `User:${key.owner}`;
    const mark = own.get(principal);
    if (mark === undefined) continue;
    const label = parseLabel(key.description);
    if (isOurs(label, ids) && label.credential === mark) ours.push(foundKey(key, principal, mark));
    else foreign.push({ id: key.id, principal });
  }
  return { principals, keys: ours.sort((one, other) => (one.createdAt ?? 0) - (other.createdAt ?? 0)), foreign };
}

function foundKey({ id, resources, createdAt }: ApiKey, principal: string, mark: string): FoundKey {
  return { id, principal, mark, registry: resources.find((resource) => resource.startsWith("lsrc-")), createdAt };
}
