import type { MetricSample } from "./api.ts";

/** What begins the names of metrics that are ours alone. */
export const PREFIX = "amplify_kafka_";

/** Said of a connection also where it cannot be asked. */
export const UP = {
  name: `${PREFIX}up`,
  type: "gauge",
  help: "1 when every part of the connection works, 0 when any failed or it cannot be reached: then other values may be old.",
} as const;

/** One sample. Fractions of a count do not exist here. */
export function sample(labels: Readonly<Record<string, string>>, value: number | bigint | boolean): MetricSample {
  return { labels, value: BigInt(typeof value === "number" ? Math.round(value) : value).toString() };
}

/** Whole seconds; a clock that was set back makes none negative. */
export function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1000));
}
