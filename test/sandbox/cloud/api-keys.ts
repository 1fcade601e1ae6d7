import * as v from "valibot";
import { bodyOf } from "./body.ts";
import { forbidden, invalid, quotaExceeded } from "./failure.ts";
import { type Answer, Reply, type Visit } from "./gate.ts";
import type { ApiKey, KeyResource, Organization } from "./organization.ts";
import { exhausted } from "./quotas.ts";
import { list, type Routes } from "./routes.ts";
import type { Views } from "./views.ts";

const text = v.string("is no text");
const owner = v.looseObject({ id: v.pipe(v.string("is required"), v.regex(/^(sa|u)-/, "is no account and no user")) });
/** `related` and `resource_name`, which the file calls required, are the server's (terraform-provider-confluent sends id and kind). */
const reference = v.looseObject({ id: v.string("is required") });
const newKey = v.looseObject({
  spec: v.looseObject({
    display_name: v.optional(text, ""),
    description: v.optional(text, ""),
    owner,
    resource: v.nullish(reference),
  }),
});
const changes = v.looseObject({
  spec: v.looseObject({ display_name: v.optional(text), description: v.optional(text) }),
});

/** iam/v2/api-keys (ccloud-sdk-go-v2 apikeys/v2). A key that is gone, or foreign, is forbidden, not missing. */
export function apiKeyRoutes(organization: Organization, views: Views): Routes {
  const path = "/iam/v2/api-keys";
  const visible = ({ caller }: Visit, operation: "READ" | "WRITE", id: string) => {
    const key = organization.keys.get(id);
    return key !== undefined && caller.may(`API_KEY:${operation}`, key.owner) ? key : undefined;
  };

  async function create({ caller, request }: Visit): Promise<Answer> {
    const body = await bodyOf(request, newKey);
    if ("failure" in body) return body.failure;
    const { spec } = body.value;
    if (!organization.owners.has(spec.owner.id) || !caller.may("API_KEY:WRITE", spec.owner.id)) return forbidden;
    const resource = resourceOf(organization, spec.resource?.id);
    if (resource === undefined) return forbidden;
    const full = exhausted(organization, resource.kind === "Cloud" ? "cloudKeys" : "kafkaKeys");
    if (full !== undefined) return quotaExceeded(full.id, full.limit);
    const own = [...organization.keys.values()].filter((key) => key.owner === spec.owner.id).length;
    const many = spec.owner.id.startsWith("sa-") ? exhausted(organization, "keysOfAccount", own) : undefined;
    if (many !== undefined) return quotaExceeded(many.id, many.limit);
    const { display_name: displayName, description } = spec;
    const key = organization.issueKey({ owner: spec.owner.id, resource, displayName, description });
    const headers = { location: views.address("api-keys", key.id) };
    return new Reply(organization.behaviour.keyCreated, views.apiKey(key, "with its secret"), headers);
  }

  async function change(visit: Visit, id: string): Promise<Answer> {
    const body = await bodyOf(visit.request, changes);
    if ("failure" in body) return body.failure;
    const key = visible(visit, "WRITE", id);
    if (key === undefined) return forbidden;
    const { spec } = body.value;
    if ("owner" in spec || "resource" in spec)
      return invalid("/spec", "only display_name and description can be changed");
    const { display_name: displayName = key.displayName, description = key.description } = spec;
    return views.apiKey(organization.changeKey(key, { displayName, description }));
  }

  return {
    [path]: {
      GET: (visit) => {
        const seen = [...organization.keys.values()].filter(
          (key) => visit.caller.may("API_KEY:READ", key.owner) && fits(key, visit.address),
        );
        return list("iam/v2", "ApiKeyList", seen, visit, (key) => views.apiKey(key));
      },
      POST: create,
    },
    [`${path}/:id`]: {
      GET: (visit, id) => {
        const key = visible(visit, "READ", id);
        return key === undefined ? forbidden : views.apiKey(key);
      },
      PATCH: change,
      DELETE: (visit, id) => {
        const key = visible(visit, "WRITE", id);
        if (key === undefined) return forbidden;
        organization.removeKey(id);
        return new Reply(204);
      },
    },
  };
}

/** What a key is asked for by the id of its resource: none for the control plane. Undefined for one that is not there. */
function resourceOf(organization: Organization, id: string | undefined): KeyResource | undefined {
  if (id === undefined) return { kind: "Cloud" };
  if (id === "global") return { kind: "Global" };
  if (organization.cluster(id) !== undefined) return { kind: "Kafka", id };
  return organization.registry(id) === undefined ? undefined : { kind: "SchemaRegistry", id };
}

/** Exact filters of the list. */
function fits(key: ApiKey, address: URL): boolean {
  const wantedOwner = address.searchParams.get("spec.owner");
  const wantedResource = address.searchParams.get("spec.resource");
  const resource = "id" in key.resource ? key.resource.id : key.resource.kind.toLowerCase();
  return (
    (wantedOwner === null || wantedOwner === key.owner) && (wantedResource === null || wantedResource === resource)
  );
}
