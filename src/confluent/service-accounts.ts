import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { objectMetadata, PAGE, type Removal, readAll, removeOne } from "./iam.ts";
import { isQuotaExceeded } from "./quota.ts";
import { type Rest, segment, understand, withJson } from "./rest.ts";

export interface ServiceAccount {
  /** `sa-1jjv26`; as a principal of ACLs and role bindings `User:sa-1jjv26`. */
  readonly id: string;
  /** Unique in the organization. */
  readonly displayName: string;
  /** Empty when there is none. */
  readonly description: string;
  /** In ms since the epoch; undefined when the answer does not say. */
  readonly createdAt: number | undefined;
}

/** `exists`: somebody's account has this name, ours after a lost answer; look it up and read its label. */
export type AccountOutcome =
  | { readonly kind: "created"; readonly account: ServiceAccount }
  | { readonly kind: "exists" }
  | { readonly kind: "quota"; readonly error: UpstreamError };

/** Service accounts of a Confluent Cloud organization. All throw `UpstreamError` and `NotYet`. */
export interface ServiceAccounts {
  /**
   * May be repeated, after a lost answer too: a name is given once. `displayName` has 1 to 64 characters, else `invalid` is
   * thrown before any request.
   */
  create(account: { readonly displayName: string; readonly description: string }): Promise<AccountOutcome>;
  /** The account of exactly this name, undefined when there is none. */
  findByName(displayName: string): Promise<ServiceAccount | undefined>;
  /** Undefined when there is none. */
  get(id: string): Promise<ServiceAccount | undefined>;
  /** All accounts that may be seen, 100 a request. */
  list(): Promise<ServiceAccount[]>;
  /** May be repeated. Its API keys go with it, its ACLs and role bindings do not. */
  remove(id: string): Promise<Removal>;
}

const accountItem = v.looseObject({
  id: v.pipe(v.string(), v.nonEmpty()),
  display_name: v.nullish(v.string(), ""),
  description: v.nullish(v.string(), ""),
  metadata: objectMetadata,
});

const MOST_OF_A_NAME = 64;
const ADMIN = "the role OrganizationAdmin or AccountAdmin";

/** `rest`: towards the control plane, with the Cloud API key. `cloudUrl`: without a slash at its end. */
export function createServiceAccounts(rest: Rest, cloudUrl: string): ServiceAccounts {
  const url = `${cloudUrl}/iam/v2/service-accounts`;
  const at = (id: string) => `${url}/${segment(rest.upstream, id)}`;

  async function create(account: { displayName: string; description: string }): Promise<AccountOutcome> {
    checkName(rest, account.displayName);
    const ask = { url, method: "POST", what: "create a service account", permission: ADMIN } as const;
    const body = { display_name: account.displayName, description: account.description };
    try {
      const reply = await rest.send(withJson(ask, body));
      return { kind: "created", account: accountOf(understand(rest.upstream, reply.text, accountItem, ask.what)) };
    } catch (thrown) {
      if (!(thrown instanceof UpstreamError)) throw thrown;
      // Before the conflict: a limit can be told by 409.
      if (isQuotaExceeded(thrown)) return { kind: "quota", error: thrown };
      if (thrown.failure.kind === "conflict") return { kind: "exists" };
      throw thrown;
    }
  }

  return {
    create,
    async findByName(displayName) {
      const ask = {
        url: `${url}?${new URLSearchParams({ display_name: displayName })}&${PAGE}`,
        what: "look up a service account",
        permission: ADMIN,
      };
      const found = await readAll(rest, ask, accountItem);
      const account = found.find((each) => each.display_name === displayName);
      return account === undefined ? undefined : accountOf(account);
    },
    async get(id) {
      try {
        const ask = { url: at(id), what: `read the service account ${id}`, permission: ADMIN };
        return accountOf(await rest.get(ask, accountItem));
      } catch (thrown) {
        if (thrown instanceof UpstreamError && thrown.failure.kind === "missing") return undefined;
        throw thrown;
      }
    },
    async list() {
      const ask = { url: `${url}?${PAGE}`, what: "list the service accounts", permission: ADMIN };
      return (await readAll(rest, ask, accountItem)).map(accountOf);
    },
    remove: async (id) => removeOne(rest, { url: at(id), what: `remove the service account ${id}`, permission: ADMIN }),
  };
}

function accountOf(item: v.InferOutput<typeof accountItem>): ServiceAccount {
  const { id, display_name: displayName, description, metadata } = item;
  return { id, displayName, description, createdAt: metadata?.created_at };
}

function checkName(rest: Rest, name: string): void {
  if (name.length > 0 && name.length <= MOST_OF_A_NAME) return;
  const message = `A service account's name has 1 to ${MOST_OF_A_NAME} characters, and this one ${name.length}.`;
  throw new UpstreamError(rest.upstream, { kind: "invalid" }, message);
}
