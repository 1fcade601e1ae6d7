import type { ConnectionConfig } from "../config/model.ts";
import { type ConsumerGroups, createConsumerGroups } from "../confluent/consumer-groups.ts";
import { createLags, type Lags } from "../confluent/lags.ts";
import { createMetricsApi, type MetricsApi } from "../confluent/metrics-api.ts";
import { createRest } from "../confluent/rest.ts";
import type { Outlet } from "../http/outlet.ts";
import type { Clock } from "../runtime/ports.ts";
import { controlAccess, kafkaAccess } from "./access.ts";

/** What consumption is read from. */
export interface Measuring {
  readonly groups: ConsumerGroups;
  readonly lags: Lags;
  /** Undefined on Platform, and without a Cloud API key: then only lags can be read. */
  readonly metrics: MetricsApi | undefined;
}

export function measuringOf(config: ConnectionConfig, outlet: Outlet, clock: Clock): Measuring {
  const { kafka } = config;
  const common = { outlet, clock, headers: { Accept: "application/json" } };
  const isProxy = kafka.kind === "platform";
  const rest = createRest({ ...common, upstream: "kafka", isProxy, access: kafkaAccess(config) });
  const read = { groups: createConsumerGroups(rest), lags: createLags(rest) };
  if (kafka.kind !== "cloud" || kafka.cloudKey === undefined) return { ...read, metrics: undefined };
  const control = createRest({ ...common, upstream: "metrics", access: controlAccess(config, kafka) });
  return { ...read, metrics: createMetricsApi(control, kafka.metricsUrl) };
}
