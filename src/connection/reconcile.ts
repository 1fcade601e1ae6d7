import * as v from "valibot";
import { next as nextTime } from "../config/cron.ts";
import { type PublishDependencies, publishTopic, writeBadges } from "../discovery/publish.ts";
import { discover } from "../discovery/run.ts";
import { BUILDER_MAJOR } from "../discovery/seen.ts";
import { verify } from "../discovery/verify.ts";
import { NotYet } from "../http/errors.ts";
import { sha256Hex } from "../runtime/digest.ts";
import type { WorkItem } from "../store/work.ts";
import { readCluster } from "./cluster.ts";
import { type Context, desiredFor, publishingFacts } from "./context.ts";
import { DRIFT, runDrift } from "./drift.ts";
import { LossAccepted, RunFact } from "./facts.ts";
import { runHint } from "./hints.ts";
import { hintHolders } from "./holders.ts";
import { INSTALL, runInstall } from "./install.ts";
import { runApplication, runEvents, runResync } from "./provisioning.ts";
import { runGroups } from "./sampling.ts";
import { setup, setupFacts } from "./setup.ts";
import { reportStatus } from "./status.ts";
import { runSweep } from "./sweep.ts";
import { GROUPS, REPORT, runReport, runUsage, TRACEABILITY, USAGE } from "./traceability.ts";
import { LaneBlocked, type Outcome, type Reconcile } from "./wake.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long topics wait before they ask again whether setup and verification went through. */
const RECHECK_MS = 15_000;

/** Keys that come round again by themselves. */
export const PERIODIC: ReadonlySet<string> = new Set([
  "secrets",
  "setup",
  "discovery",
  "verify",
  "status",
  "events",
  "resync",
  "sweep",
  DRIFT,
  INSTALL,
  ...TRACEABILITY,
]);
export const isPeriodic = (key: string): boolean => PERIODIC.has(key);

/** The one place that knows what a key means. A key of another version of this code is refused and shown. */
export function reconciler(context: Context): Reconcile {
  return (item) => (isPeriodic(item.key) ? runPeriodic(item, context) : runOnce(item, context));
}

/** Work that comes round again: whether it fails shows in the agents' status, and so does that it works again. */
async function runPeriodic(item: WorkItem, context: Context): Promise<Outcome> {
  const isStatus = item.key === "status";
  try {
    const outcome = await reconcile(item, context);
    if (item.attempts > 0 && !isStatus) tellStatus(`${item.key} recovered`, context);
    return outcome;
  } catch (error) {
    if (!isStatus && !(error instanceof NotYet)) tellStatus(`${item.key} failed`, context);
    throw error;
  }
}

/** Work on one topic. */
async function runOnce(item: WorkItem, context: Context): Promise<Outcome> {
  const { refusals, now } = context;
  refusals.check(item.lane, now());
  try {
    const outcome = await reconcile(item, context);
    if (refusals.succeeded(item.lane)) tellStatus("publishing recovered", context);
    return outcome;
  } catch (error) {
    if (refusals.note(item.lane, error, now())) tellStatus("publishing was refused", context);
    throw error;
  }
}

function tellStatus(reason: string, { stores, now }: Context): void {
  stores.work.hint("status", "status", now() + 1_000, reason);
}

function reconcile(item: WorkItem, context: Context): Promise<Outcome> {
  const [kind, ...rest] = item.key.split(":");
  const name = rest.join(":");
  switch (kind) {
    case "secrets":
      return leaveSecrets(context);
    case "setup":
      return runSetup(context);
    case "discovery":
      return runDiscovery(item, context);
    case "verify":
      return runVerify(context);
    case "status":
      return runStatus(context);
    case "topic":
      return runTopic(name, context);
    case "badges":
      return runBadges(name, context);
    case "events":
      return runEvents(context);
    case "sweep":
      return runSweep(context);
    case "resync":
      return runResync(context);
    case INSTALL:
      return runInstall(context);
    case GROUPS:
      return runGroups(context);
    case REPORT:
      return runReport(context);
    case USAGE:
      return runUsage(context);
    case "hint":
      return runHint(name, context);
    case DRIFT:
      return runDrift(context);
    case "application":
      return runApplication(name, context);
    default:
      throw new Error(`nothing here knows what ${item.key} means`);
  }
}

/** Secrets are read before a wake, so that all of it works with the same values; without references there is nothing to read. */
async function leaveSecrets({ config, now }: Context): Promise<Outcome> {
  if (!config.settings.some(({ origin }) => origin === "secret reference")) return { kind: "done" };
  throw new NotYet(now() + 1_000, "waiting for the next wake");
}

async function runSetup(context: Context): Promise<Outcome> {
  const { config, stores, now } = context;
  await setup({ config, stores, upstreams: await context.upstreams.for("status"), now });
  stores.work.hint("status", "status", now(), "setup went through");
  return { kind: "again", at: now() + DAY_MS, reason: "daily" };
}

async function runDiscovery(item: WorkItem, context: Context): Promise<Outcome> {
  const { stores, now, settings } = context;
  const { reader } = await context.upstreams.for("discovery");
  const startedAt = now();
  const run = stores.journal.begin("discovery", startedAt);
  const before = new Map(context.requests);
  try {
    const cluster = await readCluster(context, reader);
    const last = stores.known.get("run", RunFact)?.value;
    const configsAt = stores.known.get("configs", v.literal(true))?.at;
    const readConfigs = configsAt === undefined || startedAt - configsAt >= DAY_MS;
    const builderMajor = last?.builderMajor ?? BUILDER_MAJOR;
    const accepted = stores.known.get("loss-accepted", LossAccepted)?.value;
    const result = await discover(
      {
        reader,
        cluster,
        topics: stores.topics,
        documents: stores.documents,
        references: stores.references,
        settings,
        now,
        together: context.together,
        publish: (topic, reason) => {
          if (settings.mode === "publish") stores.work.hint(`topic:${topic}`, "discovery", now(), reason);
        },
        forget: (topic) => {
          for (const key of [`topic:${topic}`, `badges:${topic}`]) stores.work.remove(key);
        },
      },
      {
        readConfigs,
        commonBefore: last?.common,
        builderMajor,
        acceptedLoss: new Set(accepted),
      },
    );
    const publishing = await publishingFingerprint(context);
    context.together(() => {
      if (readConfigs) stores.known.put("configs", true, startedAt);
      if (accepted) stores.known.drop("loss-accepted");
      if (last !== undefined && last.publishing !== publishing) hintAll(context, "the settings changed");
      const { common, loss } = result;
      // Asked for while this run was under way: the next one makes all documents anew.
      const asked = stores.known.get("run", RunFact)?.value;
      const rebuild = asked?.common === "" && last?.common !== "" ? asked : undefined;
      const basis = { common: rebuild?.common ?? common, builderMajor: rebuild?.builderMajor ?? builderMajor };
      stores.known.put("run", { ...basis, publishing, loss, doubts: result.doubts.slice(0, 5) }, now());
      stores.journal.end(run, now(), { ...result, requests: spent(before, context.requests) });
      // Due before the topics of this run: they wait for it.
      if (verifiedAt(context) === undefined) stores.work.ensure("verify", "discovery", startedAt - 1, "first run");
      stores.work.hint("status", "status", now(), "discovery went through");
    });
    return { kind: "again", at: Math.max(startedAt + settings.intervalMs, now() + 1_000), reason: "interval" };
  } catch (error) {
    if (error instanceof NotYet) stores.journal.end(run, now(), { postponed: error.message });
    else {
      stores.journal.end(run, now(), {
        failed: String(error instanceof Error ? error.message : error),
        attempt: item.attempts + 1,
      });
    }
    throw error;
  }
}

/** Requests since `before`, by upstream. */
function spent(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...after].map(([upstream, count]) => [upstream, count - (before.get(upstream) ?? 0)]));
}

/** Changes when what topics' resources have in common changes: then every topic is compared again, without a request where nothing differs. */
function publishingFingerprint(context: Context): Promise<string> {
  const facts = publishingFacts(context);
  return sha256Hex(
    JSON.stringify([
      context.settings.mode,
      facts?.tags,
      context.settings.appendEnvironmentToTitle,
      facts?.owner,
      facts?.accessRequestDefinition,
      facts?.credentialRequestDefinitions,
    ]),
  );
}

function hintAll({ stores, settings, now }: Context, reason: string): void {
  if (settings.mode !== "publish") return;
  for (const row of stores.topics.all()) {
    if (row.decision === "eligible" || row.published.service)
      stores.work.hint(`topic:${row.name}`, "discovery", now(), reason);
  }
}

/** When Amplify was last compared with what we believe, ms. */
function verifiedAt({ stores }: Context): number | undefined {
  return stores.known.get("verified", v.literal(true))?.at;
}

async function runVerify(context: Context): Promise<Outcome> {
  const { config, stores, now } = context;
  // What refuses topics, as an environment that is gone, refuses lists too.
  context.refusals.check("discovery", now());
  const facts = publishingFacts(context);
  if (!facts) throw new NotYet(now() + RECHECK_MS, "waiting for setup and the first discovery");
  const { api } = await context.upstreams.for("discovery");
  const startedAt = now();
  const result = await verify({
    api,
    environment: config.central.environment,
    topics: stores.topics,
    listing: stores.listing,
    known: stores.known,
    desired: desiredFor(facts),
    now,
    together: context.together,
  });
  context.together(() => {
    stores.known.put("verified", true, now());
    const { unfinished, ...told } = result;
    stores.journal.end(stores.journal.begin("verification", startedAt), now(), {
      ...told,
      unfinished: unfinished.length,
    });
    if (context.settings.mode === "publish") {
      for (const topic of new Set([...result.changed, ...unfinished])) {
        stores.work.hint(`topic:${topic}`, "discovery", now(), "verified");
      }
    }
  });
  const { verification } = config.discovery;
  const at = verification && nextTime(verification, now());
  return at === undefined ? { kind: "done" } : { kind: "again", at, reason: "schedule" };
}

async function runStatus(context: Context): Promise<Outcome> {
  const { config, stores, settings, now } = context;
  if (settings.mode === "plan" || !config.agents.statusUpdates || !setupFacts({ config, stores })) {
    return { kind: "again", at: now() + DAY_MS, reason: "nothing to report yet" };
  }
  const [refused] = context.refusals.list();
  const at = await reportStatus(config, stores, await context.upstreams.for("status"), now(), refused?.message);
  return { kind: "again", at, reason: "sign of life" };
}

async function runTopic(name: string, context: Context): Promise<Outcome> {
  const dependencies = await publishDependencies(context);
  const outcome = await publishTopic(name, dependencies);
  if (outcome === "badges") context.stores.work.ensure(`badges:${name}`, "badges", context.now(), "published");
  return { kind: "done" };
}

async function runBadges(name: string, context: Context): Promise<Outcome> {
  return { kind: await writeBadges(name, await publishDependencies(context, "badges")) };
}

async function publishDependencies(
  context: Context,
  lane: "discovery" | "badges" = "discovery",
): Promise<PublishDependencies> {
  const { config, stores, now, settings } = context;
  const facts = publishingFacts(context);
  if (settings.mode === "plan" || !facts || verifiedAt(context) === undefined)
    throw new LaneBlocked(lane, now() + RECHECK_MS);
  const { api } = await context.upstreams.for(lane);
  return {
    api,
    environment: config.central.environment,
    topics: stores.topics,
    documents: stores.documents,
    desired: desiredFor(facts),
    now,
    together: context.together,
    audit: context.audit,
    subjectsChanged: (topic) => hintHolders(topic, context),
  };
}
