import type { ConnectionConfig, WebhookConfig } from "../config/model.ts";
import { BUILDER_MAJOR } from "../discovery/seen.ts";
import { NotYet } from "../http/errors.ts";
import type { Ports } from "../runtime/ports.ts";
import { migrate, type SchemaState } from "../store/schema.ts";
import { DISCOVERY_LANE, LANES, type WorkStore } from "../store/work.ts";
import { actOnAccess } from "./access-actions.ts";
import { page, Refusal } from "./answers.ts";
import type { Answer, ConnectionApi, DiscoverRequest, TopicAction } from "./api.ts";
import { errorText } from "./backoff.ts";
import { consumption } from "./consumption-views.ts";
import { type Context, createContext } from "./context.ts";
import { doctor } from "./doctor.ts";
import { approveDrift, driftReport, seedDrift } from "./drift.ts";
import { RunFact } from "./facts.ts";
import { group, groups } from "./group-views.ts";
import { hindranceOf } from "./hindrance.ts";
import { takeHint } from "./hints.ts";
import { install, seedInstall } from "./install.ts";
import { installReport } from "./install-report.ts";
import { metrics } from "./metrics.ts";
import { accessNamed, applications } from "./provisioning-views.ts";
import { isPeriodic, reconciler } from "./reconcile.ts";
import { setupFacts } from "./setup.ts";
import { openStores } from "./stores.ts";
import { SWEEP_MS } from "./sweep.ts";
import { seedTraceability } from "./traceability.ts";
import { healthReport, overview, planReport, summary } from "./views.ts";
import { wake } from "./wake.ts";
import { isRemoved } from "./watch.ts";

/** One connection: one cluster and one Amplify environment. There is exactly one of it at a time. */
export interface Actor extends ConnectionApi {
  /** What the alarm calls. Never throws. */
  wake(): Promise<void>;
}

export interface ReadyOptions {
  readonly config: ConnectionConfig;
  readonly ports: Ports;
  /** Amplify requests a minute: the client's budget, divided among the connections that share it. */
  readonly requestsPerMinute: number;
  /** How Amplify may call this worker; undefined where it cannot. */
  readonly webhook?: WebhookConfig | undefined;
}

/** The actor of a connection whose configuration is complete. */
export function createReadyActor({ config, ports, requestsPerMinute, webhook }: ReadyOptions): Actor {
  const newer = newerSchema(migrate(ports.sql));
  const stores = openStores(ports.sql);
  const context = createContext({ config, ports, stores, requestsPerMinute, webhook });
  const reconcile = reconciler(context);

  /** Answers instead of throwing: errors lose their class on their way between isolates. */
  const answer = async <T>(work: () => T | Promise<T>): Promise<Answer<T>> => {
    try {
      return { ok: true, value: await work() };
    } catch (error) {
      if (error instanceof Refusal) return { ok: false, reason: error.reason, message: error.message };
      if (error instanceof NotYet) {
        const until = new Date(error.until).toISOString();
        return { ok: false, reason: "unavailable", message: `${error.message}, until ${until}` };
      }
      ports.log.write("error", "a call failed", { error: errorText(error) });
      return { ok: false, reason: "unavailable", message: errorText(error) };
    }
  };
  const change = <T>(work: () => T | Promise<T>): Promise<Answer<T>> =>
    answer(async () => {
      if (newer !== undefined) throw new Refusal("unavailable", newer);
      const value = await work();
      await arm({ ports, work: stores.work });
      return value;
    });

  return {
    wake: async () => {
      if (newer !== undefined) return;
      await wake({ ports, work: stores.work, reconcile, periodic: isPeriodic, requests: () => sum(context.requests) });
    },
    tick: () =>
      change(async () => {
        seed(context);
        await seedInstall(context);
        return { waiting: stores.work.counts().waiting };
      }),
    hint: (event) => change(() => ({ outcome: takeHint(event, context) })),
    overview: () => answer(() => overview(context)),
    health: () => answer(() => healthReport(context)),
    discover: (request) =>
      change(() => {
        startDiscovery(request, context);
        return { started: true as const };
      }),
    topics: (query) =>
      answer(() => {
        const rows = stores.topics.list({ limit: query.limit + 1, after: query.after, decision: query.decision });
        return page(rows.map(summary), query.limit, ({ name }) => name);
      }),
    topic: (name) =>
      answer(async () => {
        const row = stores.topics.get(name);
        if (!row) throw new Refusal("not-found", `there is no topic ${JSON.stringify(name)}`);
        const waiting = await stores.documents.get(name, "waiting");
        const published = await stores.documents.get(name, "published");
        return {
          ...summary(row),
          configs: row.configs,
          document: published ?? waiting,
          waitingDocument: waiting,
          work: stores.work.get(`topic:${name}`),
        };
      }),
    decide: (name, action) =>
      change(() => {
        decide(name, action, context);
        return { name };
      }),
    plan: () =>
      answer(async () => {
        const report = await planReport(context);
        if (!report)
          throw new Refusal("conflict", "there is no plan before the first discovery and the first look at Amplify");
        return report;
      }),
    runs: ({ limit, before }) =>
      answer(() => page(stores.journal.runs(limit + 1, before), limit, ({ id }) => String(id))),
    work: ({ limit, after }) =>
      answer(() => page(stores.work.list({ limit: limit + 1, after }), limit, ({ key }) => key)),
    redrive: (key) =>
      change(() => {
        if (!stores.work.redrive(key, context.now()))
          throw new Refusal("not-found", `no item ${JSON.stringify(key)} was given up`);
        stores.journal.audit(context.now(), "operator", "redrove", key, "");
        return { key };
      }),
    audit: ({ limit, before }) =>
      answer(() => page(stores.journal.audits(limit + 1, before), limit, ({ id }) => String(id))),
    applications: (query) => answer(() => applications(query, context)),
    access: (name) => answer(() => accessNamed(name, context)),
    actOnAccess: (name, action) =>
      change(() => {
        actOnAccess(name, action, context);
        return { name };
      }),
    drift: () => answer(() => driftReport(context)),
    applyDrift: (plan) =>
      change(async () => {
        await approveDrift(plan, context);
        return { plan };
      }),
    groups: (query) => answer(() => groups(query, context)),
    group: (name) => answer(() => group(name, context)),
    consumption: (query) => answer(() => consumption(query, context)),
    metrics: () => answer(() => metrics(context)),
    installation: () => answer(() => installReport(context)),
    install: (wanted) =>
      change(() => {
        if (context.settings.mode === "plan") throw new Refusal("conflict", "in plan mode nothing is installed");
        install(wanted, context);
        seed(context);
        return { wanted };
      }),
    doctor: () => answer(() => doctor(context)),
  };
}

/** Puts the periodic work on the list where it is missing, so that a tick mends whatever was lost. */
function seed(context: Context): void {
  const { stores, config, now } = context;
  stores.work.ensure("setup", "status", now(), "start");
  const setup = stores.work.get("setup");
  if (setupFacts({ config, stores }) === undefined && setup?.error === undefined) {
    stores.work.hint("setup", "status", now(), "the configuration is new");
  }
  stores.work.ensure("discovery", DISCOVERY_LANE, now(), "start");
  stores.work.ensure("status", "status", now(), "start");
  const provisions = config.discovery.mode === "publish" && hindranceOf(config) === undefined;
  seedDrift(provisions, context);
  if (provisions) {
    // Without a watch topic the daily lists are what is left.
    if (isRemoved(stores)) {
      for (const key of ["events", "sweep"]) stores.work.remove(key);
      stores.work.ensure("resync", "events", now(), "daily");
    } else {
      stores.work.ensure("events", "events", now(), "start");
      // Everything is listed at the start in any case.
      stores.work.ensure("sweep", "events", now() + SWEEP_MS, "start");
    }
  } else {
    for (const key of ["events", "resync", "sweep"]) stores.work.remove(key);
  }
  seedTraceability(context);
  const isVerified = stores.known.names("verified").length > 0;
  if (config.discovery.verification && isVerified) stores.work.ensure("verify", "discovery", now(), "schedule");
  stores.sealed.prune(now());
}

/** Why this code must not write; undefined when it may. */
export function newerSchema(schema: SchemaState): string | undefined {
  return schema.kind === "newer"
    ? `the database was written by a newer version (schema ${schema.version}); this one only reads`
    : undefined;
}

/** Arms the alarm when something is due before it rings, or when none is set. */
export async function arm({ ports, work }: { readonly ports: Ports; readonly work: WorkStore }): Promise<void> {
  const due = work.nextDue(LANES);
  if (due === undefined) return;
  const set = await ports.alarm.get();
  if (set === undefined || set > due) await ports.alarm.set(Math.max(due, ports.clock.now()));
}

function startDiscovery(request: DiscoverRequest, { stores, upstreams, refusals, now, together }: Context): void {
  together(() => {
    upstreams.gate.open();
    refusals.open();
    const run = stores.known.get("run", RunFact)?.value;
    if (request.acceptLoss) stores.known.put("loss-accepted", run?.loss?.topics ?? [], now());
    if (request.rebuild && run) stores.known.put("run", { ...run, common: "", builderMajor: BUILDER_MAJOR }, now());
    if (request.acceptTwins) {
      for (const row of stores.topics.all()) {
        if (row.held?.kind !== "twin") continue;
        stores.topics.put({ ...row, held: undefined, changedAt: now() });
        stores.work.hint(`topic:${row.name}`, "discovery", now(), "a person accepted the twin");
      }
    }
    stores.work.hint("discovery", DISCOVERY_LANE, now(), "asked for by a person");
    stores.journal.audit(now(), "operator", "asked for a discovery", "", JSON.stringify(request));
  });
}

function decide(name: string, action: TopicAction, { stores, refusals, now, together, settings }: Context): void {
  const row = stores.topics.get(name);
  if (!row) throw new Refusal("not-found", `there is no topic ${JSON.stringify(name)}`);
  if (settings.mode === "plan") throw new Refusal("conflict", "in plan mode nothing is published");
  if (action === "publish" && !row.held) throw new Refusal("conflict", "nothing holds this topic back");
  together(() => {
    refusals.open();
    const isDeleted = row.held?.kind === "deleted";
    // What a person deleted is made again from its beginning: a service's revisions and instances went with it.
    const published =
      isDeleted && action === "publish"
        ? { ...(row.published.revision ? { revision: { name: "", count: row.published.revision.count } } : {}) }
        : row.published;
    if (action === "publish") stores.topics.put({ ...row, held: undefined, published, changedAt: now() });
    else stores.topics.put({ ...row, seen: undefined });
    if (action === "refresh") stores.work.hint("discovery", DISCOVERY_LANE, now(), `asked for by a person: ${name}`);
    stores.work.hint(`topic:${name}`, "discovery", now(), "asked for by a person");
    stores.journal.audit(now(), "operator", action, name, "");
  });
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
