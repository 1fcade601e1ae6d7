import { randomUUID } from "node:crypto";
import { ORGANIZATION_GUID } from "./fixture.ts";
import type { JsonObject } from "./json.ts";

/** Start of a window, ms. */
export const WINDOW = Date.UTC(2026, 7, 1, 9, 0, 0);

export interface MetricChanges {
  readonly id?: string;
  readonly timestamp?: number;
  readonly application?: string;
  readonly api?: string;
  readonly count?: number;
  readonly units?: JsonObject;
  readonly data?: JsonObject;
}

/** A metric event as agents send it since June 2026 (agent-sdk pkg/transaction/metric contract_test.go). */
export function metricEvent(changes: MetricChanges = {}): JsonObject {
  const { id = randomUUID(), timestamp = WINDOW, application = "app-1", api = "orders", count = 10 } = changes;
  const transactions = { count, quota: { id: "unknown" }, response: { max: 0, min: 0, avg: 0 }, status: "Success" };
  return {
    id,
    timestamp,
    event: "api.transaction.status.metric",
    org: ORGANIZATION_GUID,
    version: "4",
    distribution: { environment: "8a2e8f3a" },
    data: {
      version: "3",
      apicDeployment: "prod",
      environment: { runtimeType: "managed" },
      marketplace: { guid: "mkt", consumerOrgId: "998877" },
      subscription: { id: "sub" },
      application: { id: application, consumerOrgId: "998877", owner: { type: "team", team_guid: "t" } },
      product: { id: "p", versionId: "r", owner: { type: "none" } },
      api: { id: `remoteApiId_${api}`, name: api, apiServiceId: "svc", owner: { type: "none" } },
      assetResource: { id: "ar" },
      apiServiceRevision: { id: "inst" },
      productPlan: { id: "plan" },
      units: { transactions, ...changes.units },
      reporter: {
        version: "1.0.0",
        type: "KafkaTraceabilityAgent",
        agentSDKVersion: "1.1.152",
        agentName: "ta",
        observationDelta: 3_600_000,
      },
      ...changes.data,
    },
  };
}

/** The same as agents sent it before. */
export function earlierMetricEvent(count = 10): JsonObject {
  return {
    id: randomUUID(),
    timestamp: WINDOW,
    event: "api.transaction.status.metric",
    app: ORGANIZATION_GUID,
    version: "4",
    distribution: { environment: "8a2e8f3a", version: "1" },
    data: {
      api: { id: "remoteApiId_orders", name: "orders" },
      units: { transactions: { count, response: { max: 2, min: 2, avg: 2 }, status: "Success" } },
      reporter: {
        agentVersion: "1.0.0",
        agentType: "KafkaTraceabilityAgent",
        agentSDKVersion: "1.1.120",
        agentName: "ta",
        observationDelta: 52_513,
      },
    },
  };
}
