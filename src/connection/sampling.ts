import * as v from "valibot";
import { documentedLagRoute, type LagsOutcome } from "../confluent/lags.ts";
import type { LagPoint, MetricsOutcome, ReceivedPoint } from "../confluent/metrics-api.ts";
import { closedUntil } from "../confluent/metrics-query.ts";
import type { Cluster, ClusterType } from "../confluent/model.ts";
import { NotYet, UpstreamError } from "../http/errors.ts";
import type { Ask, Answer as MetricsAnswer } from "../traceability/look.ts";
import { sampleMetrics } from "../traceability/metrics-round.ts";
import { type GroupListing, rest } from "../traceability/round.ts";
import { type GroupCommits, type SampleDependencies, sampleGroups } from "../traceability/sample.ts";
import { errorText } from "./backoff.ts";
import type { Context } from "./context.ts";
import { ClusterFact, clusterOf } from "./facts.ts";
import { keepGranted } from "./granted.ts";
import { type Measuring, measuringOf } from "./measuring.ts";
import { keepMembers, pruneMembers } from "./members.ts";
import type { Outcome } from "./wake.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const RECHECK_MS = 15_000;
/** What every group of ours begins with. */
const GROUPS = "amp.";

/** How the commits of groups can be had on this cluster, as it was last tried; looked at again after a day. */
const RouteFact = v.object({ clusterId: v.string(), type: v.string(), route: v.picklist(["offered", "refused"]) });
const ROUTE = "lag-route";

/**
 * Samples consumer groups: by their lags where the cluster offers them, by the Metrics API elsewhere. A large round is
 * done in turns.
 */
export async function runGroups(context: Context): Promise<Outcome> {
  const { stores, config, now, ports } = context;
  const known = stores.known.get("cluster", ClusterFact)?.value;
  if (!known) throw new NotYet(now() + RECHECK_MS, "waiting for the first discovery");
  const cluster = clusterOf(known);
  const startedAt = now();
  await keepGranted(context);
  const interval = config.traceability.sampleIntervalMs;
  const again = () => ({
    kind: "again" as const,
    at: Math.max(startedAt + interval, now() + 1_000),
    reason: "interval",
  });
  if (stores.granted.all().length === 0) {
    rest({ ...stores, together: context.together });
    return again();
  }
  const { outlet } = await context.upstreams.for("events");
  const measuring = measuringOf(config, outlet, ports.clock);
  const listGroups = () => listed(measuring, cluster);
  if ((await routeOf(cluster, measuring, context)) === "offered") {
    const failures = failuresOf(measuring, cluster, context);
    const turn = await sampleGroups({ ...dependenciesOf(context), listGroups, commitsOf: failures.commitsOf });
    failures.throwIfAll();
    if (turn === "more") return { kind: "again", at: now(), reason: "the rest of the round" };
    pruneMembers(context);
  } else {
    const page = (ask: Ask, token: string | undefined) => metricsPage(ask, token, measuring, cluster, now);
    await sampleMetrics({
      ...dependenciesOf(context),
      listGroups,
      page,
      closedUntil,
      audit: context.audit,
      isCompact: (topic) => aboutTopic(topic, context).compact,
    });
  }
  return again();
}

function dependenciesOf(
  context: Context,
): Omit<SampleDependencies, "listGroups" | "commitsOf"> & { pages: Context["stores"]["pages"] } {
  const { stores, config, now, together } = context;
  const { sampleIntervalMs, countReread } = config.traceability;
  return {
    ...stores,
    aboutTopic: (topic) => aboutTopic(topic, context),
    intervalMs: sampleIntervalMs,
    countReread,
    now,
    together,
  };
}

/** As discovery last saw it. Configs are kept where they differ from the default, which compacts nothing. */
function aboutTopic(topic: string, { stores }: Context) {
  const row = stores.topics.get(topic);
  const retention = Number(row?.configs["retention.ms"] ?? Number.NaN);
  return {
    compact: row?.configs["cleanup.policy"]?.includes("compact") ?? false,
    retentionMs: retention > 0 ? retention : undefined,
    partitions: row?.partitions,
  };
}

async function listed({ groups }: Measuring, cluster: Cluster): Promise<GroupListing[]> {
  const all = await groups.list(cluster);
  return all.map(({ id, state, type }) => ({ name: id, state, type: type ?? "UNKNOWN" }));
}

/** What is documented of the cluster's type, or what was tried within a day. */
async function routeOf(
  cluster: Cluster,
  { lags, metrics }: Measuring,
  { stores, now }: Context,
): Promise<"offered" | "refused"> {
  const { clusterId, type } = cluster;
  const tried = stores.known.get(ROUTE, RouteFact);
  const isOfThis = tried?.value.clusterId === clusterId && tried.value.type === type;
  const documented = documentedLagRoute(type);
  let route = documented;
  if (tried && isOfThis && now() - tried.at < DAY_MS) route = tried.value.route;
  else if (documented === "unknown") {
    route = (await lags.probe(cluster)).kind;
    keepRoute(cluster, route, { stores, now });
  }
  if (route === "refused" && !metrics) throw noMetrics(type);
  return route === "refused" ? "refused" : "offered";
}

function keepRoute(
  { clusterId, type }: Cluster,
  route: "offered" | "refused",
  { stores, now }: Pick<Context, "stores" | "now">,
): void {
  stores.known.put(ROUTE, { clusterId, type, route }, now());
}

function noMetrics(type: ClusterType): UpstreamError {
  const message =
    type === "Platform"
      ? "REST Proxy does not offer the lags of consumer groups, so nothing that consumers read is counted. Kafka REST v3 of Confluent Platform 7 has them."
      : `A ${type} cluster tells what consumers read by Confluent's Metrics API alone: set KAFKA_CLOUD_AUTH_APIKEY_ID to a Cloud API key with the role MetricsViewer.`;
  return new UpstreamError("metrics", { kind: "invalid" }, message);
}

/**
 * Reads groups one by one. A server that fails for one group may be asked for the next; where it fails for all of them it
 * is the server's failure, which is thrown when the turn is over.
 */
function failuresOf({ lags }: Measuring, cluster: Cluster, context: Context) {
  const failed: UpstreamError[] = [];
  let asked = 0;
  const commitsOf = async (group: string): Promise<GroupCommits> => {
    asked++;
    try {
      const outcome = await lags.of(cluster, group);
      keepMembers(group, outcome.kind === "lags" ? outcome.lags : [], context);
      return commitsIn(outcome, cluster, context);
    } catch (error) {
      if (!(error instanceof UpstreamError) || !MAY_BE_OF_ONE.has(error.failure.kind)) throw error;
      failed.push(error);
      return { kind: "failed", problem: errorText(error) };
    }
  };
  const throwIfAll = (): void => {
    const [first] = failed;
    if (first && failed.length === asked) throw first;
  };
  return { commitsOf, throwIfAll };
}

const MAY_BE_OF_ONE: ReadonlySet<string> = new Set([
  "unreachable",
  "server",
  "timeout",
  "malformed",
  "too-large",
  "invalid",
]);

function commitsIn(outcome: LagsOutcome, cluster: Cluster, context: Context): GroupCommits {
  switch (outcome.kind) {
    case "lags":
      return {
        kind: "commits",
        partitions: outcome.lags.map(({ topic, partition, currentOffset, logEndOffset }) => ({
          topic,
          partition,
          committed: currentOffset,
          logEnd: logEndOffset,
        })),
      };
    case "failed-partition":
      return { kind: "failed", problem: errorText(outcome.error) };
    case "refused-route":
      keepRoute(cluster, "refused", context);
      context.audit("lags are not offered", cluster.clusterId, errorText(outcome.error));
      throw new NotYet(context.now() + 1_000, "the cluster does not offer lags; the Metrics API is asked");
    default:
      return { kind: "commits", partitions: [] };
  }
}

async function metricsPage(
  { metric, from, to }: Ask,
  token: string | undefined,
  { metrics }: Measuring,
  { clusterId, type }: Cluster,
  now: () => number,
): Promise<MetricsAnswer | undefined> {
  if (!metrics) throw noMetrics(type);
  const span = { clusterId, from, to };
  if (metric === "lags") {
    const outcome = await metrics.lags({ ...span, groupPrefix: GROUPS }, token);
    return answerOf(outcome, (point: LagPoint) => point, now);
  }
  const outcome = await metrics.received(span, token);
  return answerOf(outcome, (point: ReceivedPoint) => ({ ...point, group: "", partition: 0 }), now);
}

function answerOf<P>(
  outcome: MetricsOutcome<P>,
  pointOf: (point: P) => MetricsAnswer["points"][number],
  now: () => number,
): MetricsAnswer | undefined {
  if (outcome.kind === "page") return { points: outcome.points.map(pointOf), next: outcome.next };
  if (outcome.kind === "expired") return undefined;
  if (outcome.kind === "throttled") throw new NotYet(now() + outcome.retryAfterMs, outcome.error.message);
  throw outcome.error;
}
