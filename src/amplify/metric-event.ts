import { exactJson } from "../http/json.ts";
import type { MetricIds } from "./metric-ids.ts";

/** Who says it. There is no SDK inside, so `sdkVersion` is our own version too. */
export interface Reporter {
  readonly version: string;
  /** `KafkaTraceabilityAgent`. */
  readonly type: string;
  readonly sdkVersion: string;
  /** The TraceabilityAgent's name in Amplify. */
  readonly agentName: string;
}

/** What one application consumed of one API in one window. */
export interface Consumption {
  /** A uuid that is the same on every repeat: by it the ingestion knows an event that it has. */
  readonly id: string;
  /** ms since the epoch. An event is of its beginning, cut to the minute. */
  readonly window: { readonly start: number; readonly end: number };
  /** The claim `org_guid` of the access token; not the numeric id. */
  readonly organization: string;
  readonly environment: {
    /** `metadata.id`. */
    readonly id: string;
    /** CENTRAL_DEPLOYMENT, or that of the region. */
    readonly deployment: string;
    /** It stands for environments that are managed elsewhere (`references.managedEnvironments`). */
    readonly managesOthers: boolean;
  };
  /** Of the topic's service: its external id, empty when not known, and its name. */
  readonly api: { readonly externalId: string; readonly name: string };
  readonly ids: MetricIds;
  /** Messages; at least 1 where there is no custom unit. */
  readonly count: bigint;
  readonly customUnits?: readonly CustomUnit[];
  readonly reporter: Reporter;
}

/** A consumption unit that a provider made, by its logical name; not `transactions`. */
export interface CustomUnit {
  readonly unit: string;
  readonly quotaId: string;
  readonly count: bigint;
}

/**
 * The metric event of one consumption as JSON, the same text for the same input (agent-sdk pkg/transaction/metric
 * definition.go, centralmetric.go, version 3 of its data, which agents send since v1.1.146; the form before it is only read).
 * Undefined when there is nothing to tell. Throws `RangeError` for a negative count and for a window without a length.
 */
export function metricEvent(consumption: Consumption): string | undefined {
  const { id, window, organization, environment, api, ids, reporter } = consumption;
  const timestamp = startOf(window);
  if (!(timestamp > 0 && window.end > window.start)) throw new RangeError("a metric event needs a window");
  const units = unitsOf(consumption);
  if (units === undefined) return undefined;
  return exactJson({
    id,
    timestamp,
    event: "api.transaction.status.metric",
    org: organization,
    version: "4",
    distribution: { environment: environment.id },
    data: {
      version: "3",
      apicDeployment: environment.deployment,
      environment: { runtimeType: environment.managesOthers ? "unmanaged" : "managed" },
      marketplace: ids.marketplace,
      subscription: ids.subscription,
      application: ids.application,
      product: ids.product,
      api: { id: apiId(api), name: api.name, ...ids.api },
      assetResource: ids.assetResource,
      apiServiceRevision: ids.apiServiceRevision,
      productPlan: ids.productPlan,
      units,
      reporter: {
        version: reporter.version,
        type: reporter.type,
        agentSDKVersion: reporter.sdkVersion,
        agentName: reporter.agentName,
        observationDelta: window.end - timestamp,
      },
    },
  });
}

const MINUTE_MS = 60_000;

/** The `timestamp` of a window's event: its beginning, cut to the minute as the server expects it. */
export function startOf({ start }: Consumption["window"]): number {
  return Math.floor(start / MINUTE_MS) * MINUTE_MS;
}

/** Custom units stand beside `transactions`, which is null where there are only those (agent-sdk metric/units.go). */
function unitsOf({ count, customUnits = [], ids }: Consumption): object | undefined {
  if (count < 0n || customUnits.some((custom) => custom.count < 0n))
    throw new RangeError("a count below 0 is not sent");
  const custom = customUnits.filter((each) => each.count > 0n && each.unit !== "transactions");
  if (count === 0n && custom.length === 0) return undefined;
  const transactions =
    count === 0n
      ? null
      : { count, quota: { id: ids.quota.id }, response: { max: 0, min: 0, avg: 0 }, status: "Success" };
  const others = custom.map(({ unit, count, quotaId }) => [unit, { count, quota: { id: quotaId } }] as const);
  return Object.fromEntries([["transactions", transactions], ...others]);
}

/** agent-sdk pkg/transaction/util/util.go: by its external id, by its name where that says no more, else unknown. */
function apiId({ externalId, name }: Consumption["api"]): string {
  const id = externalId.startsWith("remoteApiId_") ? externalId.slice("remoteApiId_".length) : externalId;
  if (id !== "" && id !== name) return `remoteApiId_${id}`;
  return name === "" ? "remoteApiId_unknown" : `remoteApiName_${name}`;
}
