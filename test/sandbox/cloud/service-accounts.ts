import * as v from "valibot";
import { bodyOf } from "./body.ts";
import { alreadyExists, type Failure, forbidden, notFound, quotaExceeded } from "./failure.ts";
import { type Answer, Reply, type Visit } from "./gate.ts";
import type { Organization, Owner } from "./organization.ts";
import { exhausted } from "./quotas.ts";
import { list, type Routes } from "./routes.ts";
import type { Views } from "./views.ts";

/** terraform-provider-confluent docs/resources/confluent_service_account.md: at most 64 characters. */
const displayName = v.pipe(v.string("is required"), v.minLength(1, "is empty"), v.maxLength(64, "is longer than 64"));
const description = v.string("is no text");
const newAccount = v.looseObject({ display_name: displayName, description: v.optional(description, "") });
const changes = v.looseObject({ display_name: v.optional(displayName), description: v.optional(description) });

/** iam/v2/service-accounts (ccloud-sdk-go-v2 iam/v2). */
export function serviceAccountRoutes(organization: Organization, views: Views): Routes {
  const path = "/iam/v2/service-accounts";
  const accounts = () => [...organization.owners.values()].filter(({ id }) => id.startsWith("sa-"));
  const gone = (id: string) => notFound("service_account_not_found", `The service account ${id} does not exist`);
  const account = (id: string) => (id.startsWith("sa-") ? organization.owners.get(id) : undefined);

  function taken(name: string, but?: Owner): Failure | undefined {
    const other = accounts().find(({ id, displayName: each }) => each === name && id !== but?.id);
    return (
      other &&
      alreadyExists(`A service account with the name ${name} exists`, views.address("service-accounts", other.id))
    );
  }

  async function create({ caller, request }: Visit): Promise<Answer> {
    if (!caller.may("SERVICE_ACCOUNT:WRITE", "*")) return forbidden;
    const body = await bodyOf(request, newAccount);
    if ("failure" in body) return body.failure;
    const conflict = taken(body.value.display_name);
    if (conflict !== undefined) return conflict;
    const full = exhausted(organization, "serviceAccounts");
    if (full !== undefined) return quotaExceeded(full.id, full.limit);
    const made = organization.addServiceAccount(body.value.display_name, body.value.description);
    return new Reply(201, views.serviceAccount(made), { location: views.address("service-accounts", made.id) });
  }

  async function change({ caller, request }: Visit, id: string): Promise<Answer> {
    if (!caller.may("SERVICE_ACCOUNT:WRITE", id)) return forbidden;
    const body = await bodyOf(request, changes);
    if ("failure" in body) return body.failure;
    const before = account(id);
    if (before === undefined) return gone(id);
    const { display_name: name = before.displayName, description: text = before.description } = body.value;
    return (
      taken(name, before) ??
      views.serviceAccount(organization.changeOwner(before, { displayName: name, description: text }))
    );
  }

  return {
    [path]: {
      GET: (visit) => {
        if (!visit.caller.may("SERVICE_ACCOUNT:READ", "*")) return forbidden;
        const names = visit.address.searchParams.getAll("display_name");
        const seen = accounts().filter((each) => names.length === 0 || names.includes(each.displayName));
        return list("iam/v2", "ServiceAccountList", seen, visit, (owner) => views.serviceAccount(owner));
      },
      POST: create,
    },
    [`${path}/:id`]: {
      GET: ({ caller }, id) => {
        if (!caller.may("SERVICE_ACCOUNT:READ", id)) return forbidden;
        const owner = account(id);
        return owner === undefined ? gone(id) : views.serviceAccount(owner);
      },
      PATCH: change,
      DELETE: ({ caller }, id) => {
        if (!caller.may("SERVICE_ACCOUNT:WRITE", id)) return forbidden;
        if (account(id) === undefined) return gone(id);
        organization.removeOwner(id);
        return new Reply(204);
      },
    },
  };
}
