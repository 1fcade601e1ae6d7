import * as v from "valibot";
import type { JsonObject } from "./json.ts";

/**
 * Metric events as agents send them (agent-sdk pkg/transaction/metric definition.go, centralmetric.go, contract_test.go): those of
 * since June 2026, whose data has a version, and those of before. Members that no agent sends are refused: a slip, not a novelty.
 */

const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = v.strictObject({ id: text });
const owner = v.union([
  v.strictObject({ type: v.picklist(["none", "unknown"]) }),
  v.strictObject({ type: v.literal("team"), team_guid: text }),
  v.strictObject({ type: v.literal("user"), team_guid: text, user_guid: text }),
]);

const transactions = v.strictObject({
  count,
  quota: v.optional(id),
  /** Total ms. */
  duration: v.optional(count),
  response: v.strictObject({ max: count, min: count, avg: v.pipe(v.number(), v.minValue(0)) }),
  status: v.picklist(["Success", "Failure", "Exception"]),
});

/** Custom units stand beside transactions, which are null where there are none but these. */
const units = v.objectWithRest(
  { transactions: v.nullable(transactions) },
  v.strictObject({ count, quota: v.optional(id) }),
);

const current = v.strictObject({
  version: v.literal("3"),
  apicDeployment: text,
  environment: v.strictObject({ runtimeType: v.picklist(["managed", "unmanaged"]) }),
  // What an agent cannot resolve it sends as `unknown` or `none`, or leaves out when the metric was handed to it ready-made.
  marketplace: v.optional(v.strictObject({ guid: text, consumerOrgId: text })),
  subscription: v.optional(id),
  application: v.optional(v.strictObject({ id: text, consumerOrgId: v.optional(text), owner: v.optional(owner) })),
  product: v.optional(v.strictObject({ id: text, versionId: text, owner: v.optional(owner) })),
  api: v.strictObject({
    // With the prefix that agents put before it, or as it was handed to them (agent-sdk pkg/transaction/util/util.go).
    id: text,
    name: text,
    apiServiceId: v.optional(text),
    owner: v.optional(owner),
  }),
  assetResource: v.optional(id),
  apiServiceRevision: v.optional(id),
  productPlan: v.optional(id),
  units,
  reporter: v.strictObject({
    version: text,
    type: text,
    agentSDKVersion: text,
    agentName: text,
    observationDelta: v.pipe(count, v.minValue(1)),
  }),
});

const earlier = v.looseObject({
  version: v.optional(v.never()),
  api: v.looseObject({ id: text, name: text }),
  units,
  reporter: v.strictObject({
    agentVersion: text,
    agentType: text,
    agentSDKVersion: text,
    agentName: text,
    observationDelta: v.pipe(count, v.minValue(1)),
  }),
});

const envelope = {
  id: v.pipe(v.string(), v.uuid()),
  /** Start of the window. */
  timestamp: v.pipe(count, v.multipleOf(60_000, "not on a whole minute")),
  event: v.literal("api.transaction.status.metric"),
  version: v.literal("4"),
};

const metricEvent = v.union([
  v.strictObject({
    ...envelope,
    org: text,
    app: v.optional(text),
    distribution: v.strictObject({ environment: text }),
    data: current,
  }),
  v.strictObject({
    ...envelope,
    app: text,
    distribution: v.strictObject({ environment: text, version: v.literal("1") }),
    data: earlier,
  }),
]);

/** Which schema the event means to be of, for words that say what is wrong with it. */
const schemaOf = ({ org }: JsonObject) => metricEvent.options[org === undefined ? 1 : 0];

/** What is wrong with a metric event of that organisation (its GUID); undefined when nothing is. */
export function metricProblem(event: JsonObject, organizationGuid: string): string | undefined {
  const { issues } = v.safeParse(schemaOf(event), event);
  const [issue] = issues ?? [];
  if (issue !== undefined) return `${v.getDotPath(issue) ?? "event"}: ${issue.message}`;
  const organization = event.org ?? event.app;
  return organization === organizationGuid ? undefined : `org: ${String(organization)} is another organization`;
}

/** What one metric event adds to the sums. */
export interface MetricCount {
  /** `unknown` when it has none. */
  readonly application: string;
  /** Without the prefix that agents put before it. */
  readonly api: string;
  /** Start of the window, ms. */
  readonly timestamp: number;
  readonly status: string;
  readonly transactions: number;
  /** Custom units by their names. */
  readonly units: Readonly<Record<string, number>>;
}

/** Undefined for what is no metric event. */
export function metricCount(event: JsonObject): MetricCount | undefined {
  const parsed = v.safeParse(metricEvent, event);
  if (!parsed.success) return undefined;
  const { timestamp, data } = parsed.output;
  const { transactions: own, ...others } = data.units;
  return {
    application: v.is(v.looseObject({ id: v.string() }), data.application) ? data.application.id : "unknown",
    api: data.api.id.replace(/^remoteApi(Id|Name)_/, ""),
    timestamp,
    status: own?.status ?? "Success",
    transactions: own?.count ?? 0,
    units: Object.fromEntries(Object.entries(others).map(([name, unit]) => [name, (unit as { count: number }).count])),
  };
}
