import * as v from "valibot";
import { batchSize, sendMetricEvents } from "../amplify/ingestion.ts";
import { metricEvent } from "../amplify/metric-event.ts";
import { MetricIds } from "../amplify/metric-ids.ts";
import { sendUsage, usageReport } from "../amplify/usage.ts";
import { next as nextTime } from "../config/cron.ts";
import { NotYet, UpstreamError } from "../http/errors.ts";
import type { OutboxRow } from "../store/outbox.ts";
import type { EventInput } from "../traceability/close.ts";
import { report } from "../traceability/report.ts";
import type { Posted } from "../traceability/send.ts";
import { errorText } from "./backoff.ts";
import type { Context } from "./context.ts";
import { ClusterFact, EnvironmentFact } from "./facts.ts";
import { keepGranted } from "./granted.ts";
import { hindranceOf } from "./hindrance.ts";
import { ingestionOf, reporterOf, usageOf } from "./reporting.ts";
import type { DesiredStatus } from "./status.ts";
import type { Outcome } from "./wake.ts";

const HOUR_MS = 60 * 60 * 1000;
const RECHECK_MS = 15_000;
/** Logical name of the consumption unit of a provider that counts what we count; of any other the number is not ours to tell. */
const MESSAGES_UNIT = "messages";
/** Keys of the work that counts consumption and tells of it. */
export const GROUPS = "groups";
export const REPORT = "report";
export const USAGE = "usage";
export const TRACEABILITY = [GROUPS, REPORT, USAGE] as const;

/** Puts counting and reporting on the list where they are wanted: only where consumers can be given access. */
export function seedTraceability({ config, stores, now }: Context): void {
  const isOn = noCountingBecause(config) === undefined;
  const wanted = { [GROUPS]: isOn, [REPORT]: isOn, [USAGE]: isOn && config.traceability.usage !== undefined };
  for (const key of TRACEABILITY) {
    if (wanted[key]) stores.work.ensure(key, "events", now(), "start");
    else stores.work.remove(key);
  }
  // A clock that was set back must not make the next sample a day's wait.
  const due = stores.work.get(GROUPS)?.due;
  if (due !== undefined && due > now() + 2 * config.traceability.sampleIntervalMs + HOUR_MS)
    stores.work.hint(GROUPS, "events", now(), "the clock was set back");
}

/** Why nothing is counted, as a person reads it; undefined when it is. */
function noCountingBecause(config: Context["config"]): string | undefined {
  return config.discovery.mode === "plan" ? "In plan mode nothing is counted." : hindranceOf(config);
}

/** What the TraceabilityAgent reports. */
export function traceabilityStatus({ config, stores }: Pick<Context, "config" | "stores">): DesiredStatus {
  const stopped = noCountingBecause(config);
  if (stopped !== undefined) return { state: "stopped", reason: stopped };
  const failing = TRACEABILITY.map((key) => stores.work.get(key)).find((item) => item && item.attempts > 0);
  const refused = stores.outbox.status().error;
  const reason = failing ? (failing.error ?? `${failing.key} fails`) : refused;
  return reason === undefined ? { state: "running" } : { state: "unhealthy", reason };
}

/** Closes windows and sends what waits, by CENTRAL_METRICREPORTING_SCHEDULE. */
export async function runReport(context: Context): Promise<Outcome> {
  const { config, stores, ports, now, together, audit } = context;
  const amplify = await context.upstreams.for("events");
  const environment = stores.known.get("environment", EnvironmentFact)?.value;
  const cluster = stores.known.get("cluster", ClusterFact)?.value;
  if (!environment || !cluster) throw new NotYet(now() + RECHECK_MS, "waiting for setup and the first discovery");
  await keepGranted(context);
  const schedule = config.traceability.metrics;
  const organization = schedule ? await organizationOf(context) : "";
  const { id, managesOthers } = environment;
  const eventOf = ({ id: event, startedAt, endedAt, topic, messages, ids: kept }: EventInput) => {
    const ids = v.parse(MetricIds, JSON.parse(kept));
    return metricEvent({
      id: event,
      window: { start: startedAt, end: endedAt },
      organization,
      environment: { id, deployment: config.central.deployment, managesOthers },
      // As `x-agent-details` name it (externalAPIID, externalAPIName).
      api: { externalId: `${cluster.clusterId}/${topic}`, name: topic },
      ids,
      count: messages,
      customUnits: (ids.customUnits ?? [])
        .filter(({ unit }) => unit === MESSAGES_UNIT)
        .map(({ unit, quotaId }) => ({ unit, quotaId, count: messages })),
      reporter: reporterOf(config),
    });
  };
  const at = await report(schedule, {
    ...stores,
    eventOf: schedule && eventOf,
    post: (events) => post(events, ingestionOf(config, amplify)),
    batch: batchSize(config.traceability.bulkMaxSize),
    uuid: () => ports.random.uuid(),
    now,
    together,
    audit,
  });
  return { kind: "again", at, reason: at <= now() ? "more waits to be sent" : "schedule" };
}

async function post(events: readonly OutboxRow[], options: ReturnType<typeof ingestionOf>): Promise<Posted> {
  const outcome = await sendMetricEvents(options, events);
  if (outcome.kind === "accepted") return outcome;
  if (outcome.kind === "rejected") return { kind: "refused", message: errorText(outcome.error) };
  throw outcome.error;
}

async function organizationOf({ upstreams }: Context): Promise<string> {
  const { central } = await upstreams.for("events");
  const { orgGuid } = await central.tokens.token();
  if (orgGuid !== undefined) return orgGuid;
  throw new UpstreamError(
    "amplify-auth",
    { kind: "malformed" },
    "Amplify's login gave a token that names no organisation (claim org_guid), so no consumption can be reported.",
  );
}

/** Through when usage was reported, and the report that is on its way: its text stays the same on every repeat. */
const UsageFact = v.object({
  through: v.number(),
  pending: v.optional(v.object({ through: v.number(), body: v.string() })),
});
const USAGE_FACT = "usage-reported";

/** Sends what was consumed since the last time, by CENTRAL_USAGEREPORTING_SCHEDULE; at once when a time was missed. */
export async function runUsage(context: Context): Promise<Outcome> {
  const { config, stores, ports, now, audit } = context;
  const schedule = config.traceability.usage;
  const environment = stores.known.get("environment", EnvironmentFact)?.value;
  if (!schedule) return { kind: "done" };
  if (!environment) throw new NotYet(now() + RECHECK_MS, "waiting for setup");
  const startedAt = now();
  const known = stores.known.get(USAGE_FACT, UsageFact)?.value;
  const put = (fact: v.InferOutput<typeof UsageFact>) => stores.known.put(USAGE_FACT, fact, now());
  const through = Math.min(known?.through ?? startedAt, startedAt);
  let pending = known?.pending;
  const again = () => ({
    kind: "again" as const,
    at: nextTime(schedule, startedAt) ?? startedAt + 24 * HOUR_MS,
    reason: "schedule",
  });
  if (!pending && (nextTime(schedule, through) ?? Number.POSITIVE_INFINITY) > startedAt) {
    if (through !== known?.through) put({ through });
    return again();
  }
  if (!pending) {
    const body = usageReport({
      environmentId: environment.id,
      window: { start: through, end: startedAt },
      count: stores.consumption.closedBetween(through, startedAt),
      reporter: reporterOf(config),
    });
    // Nothing was consumed: the window goes on.
    if (body === undefined) return again();
    pending = { through: startedAt, body };
    put({ through, pending });
  }
  const outcome = await sendUsage(usageOf(config, await context.upstreams.for("events"), ports.random), pending.body);
  if (outcome.kind === "again" || outcome.kind === "refused") throw outcome.error;
  if (outcome.kind === "dropped") audit("usage was not taken", outcome.reason, errorText(outcome.error));
  put({ through: pending.through });
  return again();
}
