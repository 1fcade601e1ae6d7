import type { JsonObject } from "./json.ts";
import { type MetricCount, metricCount } from "./metric-event.ts";

/** What was accepted of one application and API in one hour of window starts. */
export interface Accepted {
  /** Id of the catalogue's Application, or `unknown`. */
  readonly application: string;
  /** External id of the API. */
  readonly api: string;
  /** Its start, ms. */
  readonly hour: number;
  readonly transactions: number;
  readonly units: Readonly<Record<string, number>>;
  readonly events: number;
}

const HOUR = 3_600_000;

/** Sums of the metric events among `events`, by application, API and hour in which the window began, in that order. */
export function sumAccepted(events: readonly JsonObject[]): readonly Accepted[] {
  const sums = new Map<string, Accepted>();
  for (const count of events.map(metricCount)) {
    if (count === undefined) continue;
    const hour = Math.floor(count.timestamp / HOUR) * HOUR;
    const key = JSON.stringify([count.application, count.api, hour]);
    sums.set(key, added(sums.get(key), count, hour));
  }
  return [...sums.values()].sort(
    (a, b) => order(a.application, b.application) || order(a.api, b.api) || a.hour - b.hour,
  );
}

function added(sum: Accepted | undefined, count: MetricCount, hour: number): Accepted {
  const units = { ...sum?.units };
  for (const [name, value] of Object.entries(count.units)) units[name] = (units[name] ?? 0) + value;
  return {
    application: count.application,
    api: count.api,
    hour,
    transactions: (sum?.transactions ?? 0) + count.transactions,
    units,
    events: (sum?.events ?? 0) + 1,
  };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
