import { Hono } from "hono";
import type { SandboxContext, SandboxService } from "../core/types.ts";
import { forbidden, missingParameter, notFound } from "./failure.ts";
import { type Answer, Gate, type Visit } from "./gate.ts";
import type { ApiKey, Organization } from "./organization.ts";
import { page } from "./paging.ts";
import { appliedQuotas } from "./quotas.ts";
import { RateLimit } from "./rate-limit.ts";
import { Views } from "./views.ts";

export interface ControlPlaneOptions {
  /** Where links point, e.g. `https://api.confluent.cloud`. */
  readonly origin: string;
  /** Requests a key and minute; 1,000 when not given. */
  readonly requestsPerMinute?: number;
}

type Route = (visit: Visit, id: string) => Answer | Promise<Answer>;

/** api.confluent.cloud (cmk, srcm, org, iam, service-quota), as far as it is read. */
export function controlPlane(
  context: SandboxContext,
  organization: Organization,
  options: ControlPlaneOptions,
): SandboxService {
  const limit = new RateLimit(context.clock, options.requestsPerMinute ?? 1000);
  const gate = new Gate(context, organization, (key) => limit.take(key.id));
  const routes = controlRoutes(organization, new Views(organization, options.origin));
  const app = new Hono();
  for (const [path, route] of Object.entries(routes)) {
    app.get(path, async (c) => await gate.pass(c.req.raw, (visit) => route(visit, c.req.param("id") ?? "")));
  }
  app.notFound(async (c) => await gate.pass(c.req.raw, () => notFound("resource_not_found", "Not Found")));
  return {
    name: "cloud",
    fetch: (request) => app.fetch(request),
    snapshot: () => organization.snapshot(),
    restore: (snapshot) => organization.restore(snapshot),
  };
}

function controlRoutes(organization: Organization, views: Views): Readonly<Record<string, Route>> {
  const isKnown = (environment: string) => organization.content.environments.some(({ id }) => id === environment);
  /** Environment-scoped lists and reads name their environment; a foreign one is forbidden, not missing. */
  const inEnvironment = (visit: Visit, answer: (environment: string) => Answer): Answer => {
    const environment = visit.address.searchParams.get("environment");
    if (environment === null || environment === "") return missingParameter("environment");
    return isKnown(environment) && visit.caller.may("CLOUD:READ", environment) ? answer(environment) : forbidden;
  };
  return {
    "/cmk/v2/clusters": (visit) =>
      inEnvironment(visit, (environment) => {
        const all = organization.content.clusters.filter((cluster) => cluster.environment === environment);
        const seen = all.filter((cluster) => visit.caller.may("CLOUD:READ", cluster.id));
        return list("cmk/v2", "ClusterList", seen, visit, (cluster) => views.cluster(cluster));
      }),
    "/cmk/v2/clusters/:id": (visit, id) =>
      inEnvironment(visit, (environment) => {
        const cluster = organization.cluster(id);
        if (cluster?.environment !== environment || !visit.caller.may("CLOUD:READ", id)) return forbidden;
        return views.cluster(cluster);
      }),
    "/srcm/v3/clusters": (visit) =>
      inEnvironment(visit, (environment) => {
        const all = organization.content.registries.filter((registry) => registry.environment === environment);
        const seen = all.filter((registry) => visit.caller.may("CLOUD:READ", registry.id));
        return list("srcm/v3", "ClusterList", seen, visit, (registry) => views.registry(registry));
      }),
    "/srcm/v3/clusters/:id": (visit, id) =>
      inEnvironment(visit, (environment) => {
        const registry = organization.registry(id);
        if (registry?.environment !== environment || !visit.caller.may("CLOUD:READ", id)) return forbidden;
        return views.registry(registry);
      }),
    "/org/v2/environments": (visit) => {
      const seen = organization.content.environments.filter(({ id }) => visit.caller.may("CLOUD:READ", id));
      return list("org/v2", "EnvironmentList", seen, visit, (environment) => views.environment(environment));
    },
    "/org/v2/environments/:id": (visit, id) => {
      const environment = organization.content.environments.find((each) => each.id === id);
      return environment === undefined || !visit.caller.may("CLOUD:READ", id)
        ? forbidden
        : views.environment(environment);
    },
    "/iam/v2/api-keys": (visit) => {
      const seen = [...organization.keys.values()].filter(
        (key) => visit.caller.may("API_KEY:READ", key.owner) && fits(key, visit.address),
      );
      return list("iam/v2", "ApiKeyList", seen, visit, (key) => views.apiKey(key));
    },
    "/iam/v2/api-keys/:id": (visit, id) => {
      const key = organization.keys.get(id);
      return key === undefined || !visit.caller.may("API_KEY:READ", key.owner) ? forbidden : views.apiKey(key);
    },
    "/iam/v2/service-accounts": (visit) => {
      if (!visit.caller.may("SERVICE_ACCOUNT:READ", "*")) return forbidden;
      const names = visit.address.searchParams.getAll("display_name");
      const seen = [...organization.owners.values()].filter(
        ({ id, displayName }) => id.startsWith("sa-") && (names.length === 0 || names.includes(displayName)),
      );
      return list("iam/v2", "ServiceAccountList", seen, visit, (owner) => views.serviceAccount(owner));
    },
    "/iam/v2/service-accounts/:id": (visit, id) => {
      const owner = id.startsWith("sa-") ? organization.owners.get(id) : undefined;
      if (!visit.caller.may("SERVICE_ACCOUNT:READ", id)) return forbidden;
      return owner === undefined
        ? notFound("service_account_not_found", `The service account ${id} does not exist`)
        : views.serviceAccount(owner);
    },
    "/service-quota/v1/applied-quotas": (visit) => {
      const scope = visit.address.searchParams.get("scope");
      if (scope === null) return missingParameter("scope");
      if (!visit.caller.may("QUOTA:READ", organization.content.id)) return forbidden;
      const quotas = appliedQuotas(organization, visit.address);
      return list("service-quota/v1", "AppliedQuotaList", quotas, visit, (quota) => quota);
    },
  };
}

/** Exact filters of the key list (ccloud-sdk-go-v2 apikeys/v2). */
function fits(key: ApiKey, address: URL): boolean {
  const owner = address.searchParams.get("spec.owner");
  const resource = address.searchParams.get("spec.resource");
  const keyResource = "id" in key.resource ? key.resource.id : key.resource.kind.toLowerCase();
  return (owner === null || owner === key.owner) && (resource === null || resource === keyResource);
}

function list<T>(version: string, kind: string, all: readonly T[], visit: Visit, view: (item: T) => object): Answer {
  const cut = page(all, visit.address);
  if ("status" in cut) return cut;
  return { api_version: version, kind, metadata: cut.metadata, data: cut.items.map(view) };
}
