import * as v from "valibot";
import { isLoopback, readAddress } from "./address.ts";
import { spacing } from "./cron.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import type { DiscoveryConfig, ProvisioningConfig, Region, TraceabilityConfig } from "./model.ts";
import type { Reader } from "./reader.ts";
import { REGIONS } from "./regions.ts";
import { parseSchedule, type Schedule, ScheduleError } from "./schedule.ts";
import { titlePatternDoubt } from "./title-pattern.ts";
import { BooleanValue, ListValue, oneOf } from "./values.ts";
import { variable } from "./variables/table.ts";

/** What reading a filter says of it; given by whoever knows the language, which configuration does not. */
export type FilterCheck = (filter: string) => {
  readonly problem: string | undefined;
  readonly warnings: readonly string[];
};

const HOUR_MS = 3_600_000;

export function readDiscovery(reader: Reader, checkFilter: FilterCheck): DiscoveryConfig {
  const filter = reader.text("KAFKA_FILTER") ?? "";
  const checked = checkFilter(filter);
  if (checked.problem) reader.problem("KAFKA_FILTER", checked.problem);
  for (const warning of checked.warnings) reader.warn("KAFKA_FILTER", warning);
  const pattern = reader.text("CENTRAL_APISERVICEREVISIONPATTERN") ?? "";
  const doubt = titlePatternDoubt(pattern);
  if (doubt) reader.warn("CENTRAL_APISERVICEREVISIONPATTERN", doubt);
  const verified = reader.value("CENTRAL_INSTANCEVALIDATORENABLED", BooleanValue, true);
  const verification = readSchedule(reader, "CENTRAL_APIVALIDATIONCRONSCHEDULE", HOUR_MS);
  return {
    mode: reader.value("KAFKA_DISCOVERY_MODE", oneOf(["publish", "plan"]), "publish"),
    intervalMs: reader.duration("KAFKA_DISCOVERY_INTERVAL", { least: "1m" }),
    filter,
    additionalTags: reader.value("CENTRAL_ADDITIONALTAGS", ListValue, []),
    appendEnvironmentToTitle: reader.value("CENTRAL_APPENDENVIRONMENTTOTITLE", BooleanValue, true),
    revisionTitlePattern: pattern,
    verification: verified ? verification : undefined,
  };
}

export function readAsyncApiVersion(reader: Reader): "3.0.0" | "2.6.0" {
  return reader.value("KAFKA_ASYNCAPI_VERSION", oneOf(["3.0.0", "2.6.0"]), "3.0.0");
}

export function readProvisioning(reader: Reader): ProvisioningConfig {
  return {
    idempotentWrite: reader.value("KAFKA_ACL_IDEMPOTENTWRITE", BooleanValue, false),
    rotationOverlapMs: reader.duration("KAFKA_ROTATION_OVERLAP"),
  };
}

export function readTraceability(reader: Reader, region: Region): TraceabilityConfig {
  const metricsOn = readDeprecated(
    reader,
    "CENTRAL_METRICREPORTING_PUBLISH",
    "CENTRAL_USAGEREPORTING_PUBLISHMETRIC",
    true,
  );
  const usageOn = readDeprecated(reader, "CENTRAL_USAGEREPORTING_PUBLISH", "CENTRAL_PUBLISHUSAGE", false);
  const metrics = readMetricSchedule(reader);
  const usage = readUsageSchedule(reader);
  return {
    url: readIngestion(reader, region),
    timeoutMs: reader.duration("TRACEABILITY_CLIENTTIMEOUT"),
    bulkMaxSize: reader.integer("TRACEABILITY_BULKMAXSIZE", 1, 2_048),
    sampleIntervalMs: reader.duration("KAFKA_METRICS_INTERVAL", { least: "1m" }),
    countReread: reader.value("KAFKA_METRICS_COUNTREREAD", BooleanValue, true),
    metrics: metricsOn ? metrics : undefined,
    usage: usageOn ? usage : undefined,
  };
}

/**
 * The ingestion service over https. What is set for the agents' tcp transport means the same service: `tcp` and port
 * 5044 are read as https on port 443, with one warning. http is for this machine only.
 */
function readIngestion(reader: Reader, region: Region): string {
  const regional = REGIONS[region].ingestionHost;
  const protocol = reader.value("TRACEABILITY_PROTOCOL", oneOf(["https", "tcp", "http"]), "https");
  const text = reader.text("TRACEABILITY_HOST") ?? regional;
  const [first = "", ...others] = text.split(",").map((host) => host.trim().replace(/^[a-z]+:\/\//i, ""));
  if (others.length > 0) reader.warn("TRACEABILITY_HOST", "only the first host is used");
  const scheme = protocol === "http" ? "http" : "https";
  const port = /:(\d+)$/.exec(first)?.[1];
  if (protocol === "tcp" || port === "5044") {
    const name = protocol === "tcp" ? "TRACEABILITY_PROTOCOL" : "TRACEABILITY_HOST";
    reader.warn(
      name,
      "events are sent over https to port 443 of the same host, as a Worker does not speak the tcp protocol",
    );
  }
  const host = port === "5044" || protocol === "tcp" ? first.replace(/:\d+$/, "") : first;
  const address = reader.checked("TRACEABILITY_HOST", readAddress(`${scheme}://${host}`, reader.context.platform));
  if (address && scheme === "http" && !isLoopback(address.host)) {
    reader.problem("TRACEABILITY_PROTOCOL", "expected https; http is for this machine only");
  }
  reader.took("TRACEABILITY_HOST", address?.url.replace(/^https?:\/\//, "") ?? host);
  reader.took("TRACEABILITY_PROTOCOL", scheme);
  return address?.url ?? "";
}

/** The deprecated name counts only while the new one is not set (agent-sdk `metricreportingconfig.go`). */
function replaced(reader: Reader, name: string, old: string): boolean {
  if (!reader.isSet(old)) return false;
  reader.warn(
    old,
    `is deprecated, use ${reader.isOwn(name) ? reader.nameOf(name) : name}${reader.isSet(name) ? ", which wins" : ""}`,
  );
  return !reader.isSet(name);
}

function readDeprecated(reader: Reader, name: string, old: string, fallback: boolean): boolean {
  const value = reader.value(replaced(reader, name, old) ? old : name, BooleanValue, fallback);
  reader.took(name, String(value));
  return value;
}

function readUsageSchedule(reader: Reader): Schedule {
  const name = "CENTRAL_USAGEREPORTING_SCHEDULE";
  const old = "CENTRAL_USAGEREPORTING_USAGESCHEDULE";
  return readSchedule(reader, replaced(reader, name, old) ? old : name, HOUR_MS, name);
}

function readMetricSchedule(reader: Reader): Schedule {
  const name = "CENTRAL_METRICREPORTING_SCHEDULE";
  const old = "CENTRAL_USAGEREPORTING_INTERVAL";
  if (!replaced(reader, name, old)) return readSchedule(reader, name, HOUR_MS / 4);
  const fallback = parseSchedule(variable(name).fallback);
  const text = reader.text(old) ?? "";
  const interval = parseDuration(text);
  if (interval === undefined || interval < HOUR_MS / 4 || interval > 24 * HOUR_MS) {
    reader.problem(old, `expected a duration from ${formatDuration(HOUR_MS / 4)} to 24h, found ${text.slice(0, 80)}`);
    return fallback;
  }
  const schedule = everyInterval(interval);
  reader.took(name, schedule.text);
  return schedule;
}

/**
 * The schedule with the shortest even wait that is not below the interval. The SDK's own for more than an hour runs once
 * a day whatever the interval, and one like every 25 minutes has a wait of 10 in each hour.
 */
function everyInterval(interval: number): Schedule {
  const minutes = [15, 20, 30].find((step) => step * 60_000 >= interval);
  if (minutes !== undefined) return parseSchedule(`*/${minutes} * * * *`);
  const hours = [1, 2, 3, 4, 6, 8, 12].find((step) => step * HOUR_MS >= interval);
  return parseSchedule(hours === undefined ? "@daily" : `0 */${hours} * * *`);
}

/** A schedule whose times are at least `leastMs` apart; the default of `defaultOf` with a problem when it is not one. */
function readSchedule(reader: Reader, name: string, leastMs: number, defaultOf = name): Schedule {
  const fallback = parseSchedule(variable(defaultOf).fallback);
  const schedule = reader.value(name, ScheduleValue, fallback);
  const apart = spacing(schedule, reader.context.now);
  if (apart === undefined) reader.problem(name, "expected a schedule that comes again and again");
  else if (apart < leastMs) {
    reader.problem(name, `expected times at least ${formatDuration(leastMs)} apart, found ${formatDuration(apart)}`);
  }
  return schedule;
}

const ScheduleValue = v.pipe(
  v.string(),
  v.rawTransform<string, Schedule>(({ dataset, addIssue, NEVER }) => {
    try {
      return parseSchedule(dataset.value);
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      addIssue({ message: `expected a schedule such as @daily or 0 */2 * * *: ${error.message}` });
      return NEVER;
    }
  }),
);
