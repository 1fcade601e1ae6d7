import { afterEach, describe, expect, test } from "vitest";
import { sendMetricEvents } from "../../src/amplify/ingestion.ts";
import { metricEvent } from "../../src/amplify/metric-event.ts";
import { metricIds } from "../../src/amplify/metric-ids.ts";
import { sendUsage, usageReport } from "../../src/amplify/usage.ts";
import { createContext } from "../../src/connection/context.ts";
import { measuringOf } from "../../src/connection/measuring.ts";
import { ingestionOf, reporterOf, usageOf } from "../../src/connection/reporting.ts";
import { openStores } from "../../src/connection/stores.ts";
import { migrate } from "../../src/store/schema.ts";
import { createSandbox } from "../sandbox/sandbox.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { cloudPermissions } from "../sandbox/world/permissions.ts";
import { HOUR_MS, MINUTE_MS, Rig, type RigOptions } from "../support/rig.ts";
import { resourceOf } from "../unit/amplify/provisioning-fixture.ts";
import { outletOver } from "../unit/http/support.ts";

let rig: Rig;
afterEach(() => rig.close());

/** A connection's way out, as its work has it, once the cluster was looked up. */
async function open(side: Side, options: Partial<RigOptions> = {}) {
  rig = new Rig({ ...options, side });
  const { ports } = rig.runtime;
  migrate(ports.sql);
  const stores = openStores(ports.sql);
  const context = createContext({ config: rig.config, ports, stores, requestsPerMinute: 25, webhook: undefined });
  const upstreams = await context.upstreams.for("status");
  const cluster = await upstreams.reader.cluster();
  stores.known.put("cluster", cluster, rig.now);
  return { ...measuringOf(rig.config, upstreams.outlet, ports.clock), cluster, upstreams };
}

const GROUP = "amp.0a1b2c3d4e5f.orders";

function commit(side: Side, offset: bigint): void {
  const { [side]: kafka } = rig.sandbox.parts.clusters;
  kafka.append("orders", 0, 20n);
  kafka.groups.commit(GROUP, { topic: "orders", partition: 0 }, offset);
}

describe("what consumption is read from", () => {
  test("shows on Platform where a group stands, who may be asked, and what is no group", async () => {
    const { groups, lags, metrics, cluster } = await open("platform");
    const end = rig.sandbox.parts.clusters.platform.stableEnd("orders", 0) + 20n;
    commit("platform", 4n);
    expect(metrics).toBeUndefined();
    expect((await groups.list(cluster)).find(({ id }) => id === GROUP)).toMatchObject({
      state: "EMPTY",
      type: "CLASSIC",
    });
    expect(await groups.members(cluster, GROUP)).toEqual([]);
    expect(await groups.get(cluster, "nobody")).toBeUndefined();
    expect(await groups.members(cluster, "nobody")).toBeUndefined();
    expect(await groups.others(cluster, "share")).toBeUndefined();
    expect(await lags.of(cluster, GROUP)).toMatchObject({
      kind: "lags",
      lags: [
        { topic: "orders", partition: 0, currentOffset: 4n, logEndOffset: end, lag: end - 4n, clientId: undefined },
      ],
    });
    expect(await lags.of(cluster, "nobody")).toEqual({ kind: "no-group" });
    expect(await lags.probe(cluster)).toEqual({ kind: "offered" });
  });

  test("is a failure of one group where one of its partitions has no leader", async () => {
    const { lags, cluster } = await open("platform");
    commit("platform", 4n);
    const { platform } = rig.sandbox.parts.clusters;
    platform.leaderless.add("orders/0");
    expect((await lags.of(cluster, GROUP)).kind).toBe("failed-partition");
    platform.leaderless.clear();
    expect((await lags.of(cluster, GROUP)).kind).toBe("lags");
  });

  test.each([403, 404, 501] as const)(
    "is not the lags on a Standard cluster, which refuses them by %i",
    async (status) => {
      const { lags, cluster } = await open("cloud");
      rig.sandbox.parts.organization.behaviour.lagsRefused = status;
      commit("cloud", 4n);
      expect(cluster.type).toBe("Standard");
      expect((await lags.of(cluster, GROUP)).kind).toBe("refused-route");
      expect((await lags.probe(cluster)).kind).toBe("refused");
    },
  );

  test("is the metrics API on Cloud, with the Cloud key", async () => {
    const { metrics, cluster } = await open("cloud");
    const to = Math.floor(rig.now / MINUTE_MS) * MINUTE_MS - 5 * MINUTE_MS;
    const span = { clusterId: cluster.clusterId, from: to - 5 * MINUTE_MS, to, groupPrefix: "amp." };
    expect(await metrics?.lags(span)).toMatchObject({ kind: "page", next: undefined });
    expect(await metrics?.received(span)).toMatchObject({ kind: "page", next: undefined });
    expect(rig.sandbox.defects).toEqual([]);
  });

  test("is not the metrics API for a Cloud key that may not read the cluster's", async () => {
    const sandbox = createSandbox({ inProcess: true });
    const lacking = cloudPermissions.find(({ plane }) => plane === "metrics");
    if (!lacking) throw new Error("the sandbox has no such key");
    const variables = sandbox.environmentVariables("cloud", { lacking });
    const { metrics, cluster } = await open("cloud", { sandbox, variables });
    const to = Math.floor(rig.now / MINUTE_MS) * MINUTE_MS - 5 * MINUTE_MS;
    const asked = metrics?.received({ clusterId: cluster.clusterId, from: to - MINUTE_MS, to });
    expect(await asked).toMatchObject({ kind: "refused", error: { status: 403 } });
  });

  test("is nothing but lags without a Cloud key", () => {
    rig = new Rig({ side: "cloud" });
    const { config, runtime } = rig;
    if (config.kafka.kind !== "cloud") throw new Error("not of Cloud");
    const without = { ...config, kafka: { ...config.kafka, cloudKey: undefined } };
    const { outlet } = outletOver(runtime.ports.http);
    expect(measuringOf(without, outlet, runtime.ports.clock).metrics).toBeUndefined();
    expect(measuringOf(config, outlet, runtime.ports.clock).metrics).toBeDefined();
  });
});

describe("what was counted", () => {
  const bare = resourceOf("AccessRequest", { metadata: { references: null } });

  test("is accepted by ingestion as it was made, and once however often it is sent", async () => {
    const { upstreams } = await open("cloud");
    const start = rig.now - HOUR_MS;
    const body = metricEvent({
      id: rig.runtime.ports.random.uuid(),
      window: { start, end: rig.now },
      organization: (await upstreams.central.tokens.token()).orgGuid ?? "",
      environment: { id: "8a2e8f3a", deployment: rig.config.central.deployment, managesOthers: false },
      api: { externalId: "lkc-1/orders", name: "orders" },
      ids: metricIds(bare, undefined, undefined),
      count: 1250n,
      customUnits: [{ unit: "messages", quotaId: "quota", count: 1250n }],
      reporter: reporterOf(rig.config),
    });
    const timestamp = Math.floor(start / MINUTE_MS) * MINUTE_MS;
    const events = [{ timestamp, body: body ?? "" }];
    const { ingestion } = rig.sandbox.parts;
    ingestion.behaviour.nextStoresOnly = 1;
    const options = ingestionOf(rig.config, upstreams);
    expect((await sendMetricEvents(options, events)).kind).toBe("again");
    expect(await sendMetricEvents(options, events)).toEqual({ kind: "accepted" });
    expect(ingestion.accepted()).toMatchObject([
      { api: "lkc-1/orders", transactions: 1250, units: { messages: 1250 } },
    ]);
    expect(ingestion.changed()).toEqual([]);
    ingestion.behaviour.mostEvents = 0;
    expect((await sendMetricEvents(options, events)).kind).toBe("rejected");
  });

  test("is reported to the platform, which knows its environments alone", async () => {
    const { upstreams } = await open("cloud");
    const options = usageOf(rig.config, upstreams, rig.runtime.ports.random);
    const report = (environmentId: string) =>
      usageReport({
        environmentId,
        window: { start: rig.now - 24 * HOUR_MS, end: rig.now },
        count: 125_000n,
        reporter: reporterOf(rig.config),
      }) ?? "";
    const environment = await upstreams.api.get(`/management/v1/environments/${rig.config.name}`);
    expect(await sendUsage(options, report(environment?.metadata.id ?? ""))).toEqual({ kind: "accepted" });
    expect(await sendUsage(options, report("nowhere"))).toMatchObject({
      kind: "dropped",
      reason: "unknown-environment",
    });
  });
});
