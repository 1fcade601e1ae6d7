import { describe } from "../config/describe.ts";
import { countSteps, isToBeWritten } from "../discovery/publish-plan.ts";
import type { TopicRow } from "../store/topics.ts";
import type { HealthReport, Overview, PlanReport, Problem, TopicSummary } from "./api.ts";
import { type Context, desiredFor, publishingFacts } from "./context.ts";
import { ClusterFact, RunFact } from "./facts.ts";
import { hindranceOf } from "./hindrance.ts";
import { webhookCalls } from "./hints.ts";
import { INSTALL, installRequests } from "./install.ts";
import { setupRequests } from "./setup.ts";
import { TRACEABILITY } from "./traceability.ts";
import { isRemoved } from "./watch.ts";

/** A discovery that is older than this many intervals is stale. */
const STALE_INTERVALS = 3;

const REMOVED =
  "The installation was removed: what consumers ask for is found once a day. POST …/install installs it again.";

export function summary(row: TopicRow): TopicSummary {
  return {
    name: row.name,
    decision: row.decision,
    rule: row.rule,
    error: row.error,
    state: stateOf(row),
    held: row.held,
    subjects: row.subjects,
    partitions: row.partitions,
    replication: row.replication,
    service: row.published.service?.name,
    revision: row.published.revision?.name,
    instance: row.published.instance?.name,
    sha256: row.published.wanted?.sha256,
    changedAt: row.changedAt,
  };
}

function stateOf(row: TopicRow): TopicSummary["state"] {
  if (row.held) return "held";
  if (row.flagged) return "out of sync";
  const published = row.published.wanted;
  if (row.wanted && published?.fingerprint === row.wanted.fingerprint) return "published";
  return row.wanted && isToBeWritten(row) ? "waiting" : undefined;
}

/** What a person should know now: failing work, refused credentials, topics that wait for a decision. */
export function problems({ config, stores, upstreams, refusals, now }: Context): Problem[] {
  const failures = [
    "secrets",
    "setup",
    "discovery",
    "verify",
    "status",
    "events",
    "resync",
    "sweep",
    INSTALL,
    ...TRACEABILITY,
  ].flatMap((key) => {
    const item = stores.work.get(key);
    return item?.error === undefined ? [] : [{ what: key, message: item.error, until: item.due }];
  });
  // What several kinds of work meet, as a login that is refused, is told once.
  const failing = failures.filter(
    ({ message }, index) => failures.findIndex((other) => other.message === message) === index,
  );
  const refused = refusals.list().map(({ lane, ...refusal }) => ({
    what: lane === "provisioning" ? "provisioning" : "publishing",
    ...refusal,
  }));
  const hindrance = config.discovery.mode === "publish" ? hindranceOf(config) : undefined;
  // Whatever met the refusal tells it better.
  const isTold = failing.length + refused.length > 0;
  const closed = (isTold ? [] : upstreams.gate.closed(now())).map(({ upstream, until }) => ({
    what: upstream,
    message: `${upstream} refuses the credential; nothing is sent there for a while`,
    until,
  }));
  const { dead } = stores.work.counts();
  const { held } = stores.topics.counts();
  const run = stores.known.get("run", RunFact)?.value;
  const loss = run?.loss;
  const doubts = (run?.doubts ?? []).map((message) => ({ what: "discovery", message, until: undefined }));
  return [
    ...(isRemoved(stores) ? [{ what: "events", message: REMOVED, until: undefined }] : []),
    ...doubts,
    ...failing,
    ...refused,
    ...closed,
    ...(loss
      ? [
          {
            what: "discovery",
            message: `${loss.topics.length} topics vanished at once, ${loss.allowed} would be believed; accept the loss if it is real`,
            until: undefined,
          },
        ]
      : []),
    ...(held > 0
      ? [{ what: "topics", message: `${held} topics are held until a person decides`, until: undefined }]
      : []),
    ...(hindrance === undefined ? [] : [{ what: "provisioning", message: hindrance, until: undefined }]),
    ...(dead > 0 ? [{ what: "work", message: `${dead} items were given up`, until: undefined }] : []),
  ];
}

export function overview(context: Context): Overview {
  const { config, stores, settings, requestsPerMinute, now } = context;
  const cluster = stores.known.get("cluster", ClusterFact)?.value;
  const [lastRun] = stores.journal.runs(1);
  return {
    connection: config.name,
    mode: settings.mode,
    cluster: cluster && { clusterId: cluster.clusterId, type: cluster.type },
    topics: stores.topics.counts(),
    work: {
      ...stores.work.counts(),
      nextDue: stores.work.nextDue(["provisioning", "status", "events", "discovery", "badges"]),
    },
    budget: { requestsPerMinute, used: stores.budget.starts(now()).length },
    webhook: webhookCalls(context),
    lastRun,
    problems: problems(context),
    loss: stores.known.get("run", RunFact)?.value.loss,
    settings: describe(config, "operator"),
  };
}

export function healthReport(context: Context): HealthReport {
  const { config, stores, settings, now } = context;
  const discoveredAt = stores.known.get("run", RunFact)?.at;
  const age = discoveredAt === undefined ? undefined : now() - discoveredAt;
  const nextDue = stores.work.nextDue(["status", "discovery"]);
  return {
    healthy: age !== undefined && age <= STALE_INTERVALS * settings.intervalMs,
    connection: config.name,
    discoveryAge: age === undefined ? undefined : Math.round(age / 1000),
    oldestWorkAge: nextDue === undefined ? undefined : Math.max(0, Math.round((now() - nextDue) / 1000)),
    dead: stores.work.counts().dead,
    problems: problems(context),
  };
}

/**
 * What an import would make, counted by the steps that it would take. Exact if nothing changes in Amplify meanwhile.
 * Undefined before the first discovery and setup, or while Amplify was not compared yet.
 */
export async function planReport(context: Context): Promise<PlanReport | undefined> {
  const { stores, settings, requestsPerMinute } = context;
  const facts = publishingFacts(context);
  if (!facts || stores.known.names("verified").length === 0) return undefined;
  const desired = desiredFor(facts);
  const topics: PlanReport["topics"][number][] = [];
  for (const row of stores.topics.all()) {
    const requests = isToBeWritten(row) ? countSteps(row.published, (await desired(row)).fingerprints) : 0;
    topics.push({ name: row.name, decision: row.decision, rule: row.rule, requests, held: row.held });
  }
  const { agents, definitions, events } = await setupRequests(context);
  const ofTopics = topics.reduce((sum, { requests }) => sum + requests, 0);
  const ofEvents = events + installRequests(context);
  const total = agents + definitions + ofEvents + ofTopics;
  const perMinute = Math.max(1, requestsPerMinute - 1);
  return {
    mode: settings.mode,
    topics,
    requests: { agents, definitions, events: ofEvents, topics: ofTopics, total },
    hours: Math.round((total / perMinute / 60) * 100) / 100,
  };
}
