import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { sendMetricEvents } from "../../../src/amplify/ingestion.ts";
import { type Consumption, metricEvent } from "../../../src/amplify/metric-event.ts";
import { MetricIds } from "../../../src/amplify/metric-ids.ts";
import { reply, StubOutlet } from "../../unit/amplify/support.ts";

/** What the official SDK was recorded sending to ingestion, against what we make of the same input. */

const id = v.looseObject({ id: v.string() });
const sdkEvent = v.looseObject({
  id: v.string(),
  timestamp: v.number(),
  org: v.string(),
  distribution: v.looseObject({ environment: v.string() }),
  data: v.looseObject({
    apicDeployment: v.string(),
    api: v.looseObject({ id: v.string(), name: v.string() }),
    units: v.looseObject({ transactions: v.looseObject({ count: v.number(), quota: id, status: v.string() }) }),
    reporter: v.looseObject({
      version: v.string(),
      type: v.string(),
      agentSDKVersion: v.string(),
      agentName: v.string(),
      observationDelta: v.number(),
    }),
  }),
});
type SdkEvent = v.InferOutput<typeof sdkEvent>;
const call = v.looseObject({
  host: v.optional(v.string()),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  body: v.optional(v.unknown()),
});
const recording = v.object({ steps: v.array(v.object({ calls: v.union([v.string(), v.array(call)]) })) });

const path = fileURLToPath(
  new URL("../../../../shared/contracts/recordings/amplify-sdk/metrics.json", import.meta.url),
);
const [batch] = v
  .parse(recording, JSON.parse(readFileSync(path, "utf8")))
  .steps.flatMap(({ calls }) => (typeof calls === "string" ? [] : calls))
  .filter(({ host, headers }) => host === "ingestion" && headers["axway-target-flow"] === "api-central-metric");
/** As they were sent: parsing them by a schema would change the order of their members. */
const raw = v.parse(v.array(v.unknown()), batch?.body);
const events = v.parse(v.array(sdkEvent), raw);
const successes = events
  .map((event, index) => ({ event, sent: raw[index] }))
  .filter(({ event }) => event.data.units.transactions.status === "Success");

function consumptionOf({ data, ...event }: SdkEvent): Consumption {
  const { reporter, units, api } = data;
  const isById = api.id.startsWith("remoteApiId_");
  return {
    id: event.id,
    window: { start: event.timestamp, end: event.timestamp + reporter.observationDelta },
    organization: event.org,
    environment: { id: event.distribution.environment, deployment: data.apicDeployment, managesOthers: false },
    api: { externalId: isById ? api.id : "", name: api.name },
    ids: v.parse(MetricIds, { ...data, quota: units.transactions.quota }),
    count: BigInt(units.transactions.count),
    reporter: {
      version: reporter.version,
      type: reporter.type,
      sdkVersion: reporter.agentSDKVersion,
      agentName: reporter.agentName,
    },
  };
}

/** Times of answers, which consumers of Kafka do not have, are all 0, and their sum is then left out. */
function withoutTimes(event: unknown): string {
  return JSON.stringify(event)
    .replace(/"duration":\d+,/, "")
    .replace(/"response":\{[^}]*\}/, '"response":{"max":0,"min":0,"avg":0}');
}

describe("a metric event of ours", () => {
  it.each(successes.map((each) => ({ ...each, api: each.event.data.api.name })))(
    "is in every byte that of the SDK, its times apart: $api",
    ({ event, sent }) => {
      expect(metricEvent(consumptionOf(event))).toBe(withoutTimes(sent));
    },
  );

  it("goes out under the headers of the SDK's", async () => {
    const outlet = new StubOutlet(reply(200));
    const recorded = batch?.headers ?? {};
    await sendMetricEvents(
      {
        outlet,
        tokens: { token: async () => ({ value: "x", orgGuid: undefined, expiresAt: 0 }), invalidate: async () => {} },
        url: "https://ingestion.example",
        tenantId: recorded["capture-org-id"] ?? "",
        userAgent: recorded["user-agent"] ?? "",
        timeoutMs: 1,
      },
      events.map((event) => ({ timestamp: event.timestamp, body: JSON.stringify(event) })),
    );
    const sent = Object.entries(outlet.calls[0]?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
    expect(Object.fromEntries(sent)).toEqual({ ...recorded, authorization: "Bearer x" });
    expect(successes.length).toBeGreaterThan(1);
  });
});
