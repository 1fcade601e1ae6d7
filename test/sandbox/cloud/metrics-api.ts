import { Hono } from "hono";
import type { SandboxContext, SandboxService } from "../core/types.ts";
import { type Failure, metricsFailureBody, notFound } from "./failure.ts";
import { type Answer, Gate, type Visit } from "./gate.ts";
import { descriptorsView, filteredClusters, isQuery } from "./metrics.ts";
import type { Organization } from "./organization.ts";
import { RateLimit } from "./rate-limit.ts";

/** Requests a minute and address of the caller (ccloud-sdk-go-v2 metrics/v2, info): everything in the sandbox comes from one. */
const metricsPerMinute = 60;

/** api.telemetry.confluent.cloud: logs in like the control plane, and has no data yet. */
export function metricsApi(context: SandboxContext, organization: Organization): SandboxService {
  const limit = new RateLimit(context.clock, metricsPerMinute);
  const gate = new Gate(context, organization, () => limit.take("this machine"), metricsFailureBody);
  const app = new Hono();
  app.get("/v2/metrics/cloud/descriptors/metrics", async (c) =>
    gate.pass(c.req.raw, ({ address }) => descriptorsView(Number(address.searchParams.get("page_size") ?? 100))),
  );
  app.post("/v2/metrics/cloud/query", async (c) => await gate.pass(c.req.raw, query));
  app.notFound(async (c) => await gate.pass(c.req.raw, () => notFound("resource_not_found", "Not Found")));
  return { name: "metrics", fetch: (request) => app.fetch(request), snapshot: () => null, restore: () => undefined };
}

/** A metrics query of a cluster that the key may watch has no data yet: what is not there is absent, not zero. */
async function query({ caller, request }: Visit): Promise<Answer> {
  const asked: unknown = await request.json().catch(() => undefined);
  if (!isQuery(asked))
    return { status: 400, code: "invalid_query", detail: "The query is not valid." } satisfies Failure;
  const clusters = filteredClusters(asked);
  if (clusters.length === 0 || !clusters.every((cluster) => caller.may("METRICS:READ", cluster))) {
    return { status: 403, detail: "Query must filter by at least one authorised resource." } satisfies Failure;
  }
  return { data: [] };
}
