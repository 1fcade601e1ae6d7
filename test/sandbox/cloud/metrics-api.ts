import { Hono } from "hono";
import type { SandboxContext, SandboxService } from "../core/types.ts";
import type { MinuteHistory } from "../kafka/minute-history.ts";
import { type Failure, metricsFailureBody, notFound } from "./failure.ts";
import { type Answer, Gate, type Visit } from "./gate.ts";
import { descriptorsView } from "./metrics.ts";
import type { MetricsBehaviour } from "./metrics-behaviour.ts";
import { type Group, groupsOf } from "./metrics-data.ts";
import { clustersOf } from "./metrics-filter.ts";
import { pageOf } from "./metrics-paging.ts";
import { type MetricsQuery, readQuery } from "./metrics-query.ts";
import type { Organization } from "./organization.ts";
import { RateLimit } from "./rate-limit.ts";

/** Requests a minute and address of the caller (ccloud-sdk-go-v2 metrics/v2, info): everything in the sandbox comes from one. */
const metricsPerMinute = 60;

/** api.telemetry.confluent.cloud: logs in like the control plane, and tells the histories of clusters by their ids. */
export function metricsApi(
  context: SandboxContext,
  organization: Organization,
  histories: ReadonlyMap<string, MinuteHistory> = new Map(),
): SandboxService {
  const limit = new RateLimit(context.clock, metricsPerMinute);
  const gate = new Gate(context, organization, () => limit.take("this machine"), metricsFailureBody);
  const app = new Hono();
  app.get("/v2/metrics/cloud/descriptors/metrics", async (c) =>
    gate.pass(c.req.raw, ({ address }) => {
      const size = Number(address.searchParams.get("page_size") ?? 100);
      return Number.isInteger(size) && size >= 1 && size <= 1000
        ? descriptorsView(size)
        : invalid("page_size must be between 1 and 1000");
    }),
  );
  app.post("/v2/metrics/cloud/query", async (c) =>
    gate.pass(c.req.raw, (visit) => answer(visit, histories, organization.metrics, context.clock.now())),
  );
  app.notFound(async (c) => await gate.pass(c.req.raw, () => notFound("resource_not_found", "Not Found")));
  return { name: "metrics", fetch: (request) => app.fetch(request), snapshot: () => null, restore: () => undefined };
}

const invalid = (detail: string): Failure => ({ status: 400, code: "invalid_query", detail });

async function answer(
  { caller, address, request }: Visit,
  histories: ReadonlyMap<string, MinuteHistory>,
  behaviour: MetricsBehaviour,
  now: number,
): Promise<Answer> {
  const text = await request.text();
  const query = readQuery(parsed(text), now);
  if (typeof query === "string") return invalid(query);
  const clusters = query.filter === undefined ? [] : clustersOf(query.filter);
  if (clusters.length === 0 || !clusters.every((cluster) => caller.may("METRICS:READ", cluster))) {
    return { status: 403, detail: "Query must filter by at least one authorised resource." } satisfies Failure;
  }
  const token = address.searchParams.get("page_token");
  if (token !== null && query.groupBy.length === 0) return invalid("Pagination needs a group_by");
  const groups = groupsOf(query, histories, behaviour, now);
  const page = pageOf(groups, query.limit, { query: text, token, now, tokenMs: behaviour.tokenMs });
  if (page === undefined) return invalid("The page token is invalid or has expired");
  const data = query.format === "GROUPED" ? grouped(query, page.groups) : flat(query, page.groups);
  const { next } = page;
  // The schema of the answer has neither; the parameter `page_token` describes them.
  if (next === undefined) return { data };
  address.searchParams.set("page_token", next);
  return {
    data,
    meta: { pagination: { page_size: query.limit, next_page_token: next } },
    links: { next: String(address) },
  };
}

const labelled = ({ groupBy }: MetricsQuery, { key }: Group): Record<string, string> =>
  Object.fromEntries(groupBy.map((label, index) => [label, key[index] ?? ""]));

const flat = (query: MetricsQuery, groups: readonly Group[]): readonly object[] =>
  groups.flatMap((group) => group.points.map((point) => ({ ...point, ...labelled(query, group) })));

const grouped = (query: MetricsQuery, groups: readonly Group[]): readonly object[] =>
  groups.map((group) => ({ ...labelled(query, group), points: group.points }));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
