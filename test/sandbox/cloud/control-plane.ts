import { Hono } from "hono";
import type { SandboxContext, SandboxService } from "../core/types.ts";
import { apiKeyRoutes } from "./api-keys.ts";
import { forbidden, methodNotAllowed, missingParameter, notFound } from "./failure.ts";
import { type Answer, Gate, type Visit } from "./gate.ts";
import type { Organization } from "./organization.ts";
import { appliedQuotas } from "./quotas.ts";
import { RateLimit } from "./rate-limit.ts";
import { roleBindingRoutes } from "./role-bindings.ts";
import { list, type Method, type Routes } from "./routes.ts";
import { serviceAccountRoutes } from "./service-accounts.ts";
import { Views } from "./views.ts";

export interface ControlPlaneOptions {
  /** Where links point, e.g. `https://api.confluent.cloud`. */
  readonly origin: string;
  /** Requests a key and minute; 1,000 when not given. */
  readonly requestsPerMinute?: number;
}

/** api.confluent.cloud: cmk, srcm, org and service-quota, as far as they are read; service accounts, API keys and role bindings of iam. */
export function controlPlane(
  context: SandboxContext,
  organization: Organization,
  options: ControlPlaneOptions,
): SandboxService {
  const limit = new RateLimit(context.clock, options.requestsPerMinute ?? 1000);
  const gate = new Gate(context, organization, (key) => limit.take(key.id));
  const views = new Views(organization, options.origin);
  const routes: Routes = {
    ...readRoutes(organization, views),
    ...serviceAccountRoutes(organization, views),
    ...apiKeyRoutes(organization, views),
    ...roleBindingRoutes(organization, views),
  };
  const app = new Hono();
  for (const [path, byMethod] of Object.entries(routes)) {
    app.all(path, async (c) => {
      const route = byMethod[(c.req.method === "HEAD" ? "GET" : c.req.method) as Method];
      return await gate.pass(c.req.raw, (visit) => route?.(visit, c.req.param("id") ?? "") ?? methodNotAllowed);
    });
  }
  app.notFound(async (c) => await gate.pass(c.req.raw, () => notFound("resource_not_found", "Not Found")));
  return {
    name: "cloud",
    fetch: (request) => app.fetch(request),
    snapshot: () => organization.snapshot(),
    restore: (snapshot) => organization.restore(snapshot),
  };
}

function readRoutes(organization: Organization, views: Views): Routes {
  const isKnown = (environment: string) => organization.content.environments.some(({ id }) => id === environment);
  /** Environment-scoped lists and reads name their environment; a foreign one is forbidden, not missing. */
  const inEnvironment = (visit: Visit, answer: (environment: string) => Answer): Answer => {
    const environment = visit.address.searchParams.get("environment");
    if (environment === null || environment === "") return missingParameter("environment");
    return isKnown(environment) && visit.caller.may("CLOUD:READ", environment) ? answer(environment) : forbidden;
  };
  const reads: Readonly<Record<string, (visit: Visit, id: string) => Answer>> = {
    "/cmk/v2/clusters": (visit) =>
      inEnvironment(visit, (environment) => {
        const all = organization.clusters().filter((cluster) => cluster.environment === environment);
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
    "/service-quota/v1/applied-quotas": (visit) => {
      const scope = visit.address.searchParams.get("scope");
      if (scope === null) return missingParameter("scope");
      if (!visit.caller.may("QUOTA:READ", organization.content.id)) return forbidden;
      const quotas = appliedQuotas(organization, visit.address);
      return list("service-quota/v1", "AppliedQuotaList", quotas, visit, (quota) => quota);
    },
  };
  return Object.fromEntries(Object.entries(reads).map(([path, read]) => [path, { GET: read }]));
}
