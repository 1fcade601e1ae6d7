import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CloudWorld } from "../cloud/fixture.ts";
import { createSandbox, type Sandbox, type SandboxOptions } from "../sandbox.ts";
import { cloudIds } from "../world/organization.ts";
import { MINUTE, sums } from "./fixture.ts";
import type { Action } from "./specs.ts";

const options: SandboxOptions = { inProcess: true, world: "empty", seed: 3, metrics: { lateMs: 120_000 } };

async function withFile<T>(use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "sandbox-traffic-"));
  try {
    return await use(join(folder, "state.json"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function start(sandbox: Sandbox): void {
  const { traffic, clusters } = sandbox.parts;
  for (const side of ["cloud", "platform"] as const) {
    clusters[side].createTopic({ name: "orders", partitions: 2 });
    traffic.produce({ name: `${side} shop`, side, topic: "orders", perMinute: 10 });
    traffic.consume({ name: `${side} app`, side, group: "amp.1.main", topics: ["orders"], commitMs: 0 });
  }
}

const control = async (sandbox: Sandbox, method: string, path: string, body?: unknown): Promise<Response> =>
  await sandbox.fetch(
    new Request(`${sandbox.addresses.control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );

describe("traffic of a sandbox", () => {
  it("goes on where a saved one stopped, with its truth and its metrics, and behaviours are as at the start", async () => {
    await withFile(async (file) => {
      const first = createSandbox(options);
      start(first);
      first.clock.advance(30 * MINUTE);
      first.parts.organization.metrics.drops = 1;
      first.parts.organization.metrics.lateMs = 0;
      first.parts.organization.behaviour.kinds = { [cloudIds.cluster]: "Dedicated" };
      first.parts.ingestion.behaviour.stored = 201;
      first.parts.clusters.platform.leaderless.add("orders/0");
      await first.save(file);
      const before = first.parts.traffic.truth();
      const second = createSandbox(options);
      expect(await second.load(file)).toBe(true);
      expect(second.parts.traffic.truth().slice(0, before.length)).toEqual(before);
      second.clock.advance(10 * MINUTE);
      const { traffic, organization, ingestion, clusters } = second.parts;
      expect(sums(traffic.truth()).delivered).toBeGreaterThanOrEqual(2 * 400);
      expect(traffic.isConnected("cloud app")).toBe(true);
      expect([...traffic.history.series("received_records")]).toHaveLength(1);
      expect(organization.metrics).toMatchObject({ drops: 0, lateMs: 120_000 });
      expect([ingestion.behaviour.stored, clusters.platform.leaderless.size]).toEqual([200, 0]);
      expect(organization.cluster(cloudIds.cluster)?.kind).toBe("Standard");
    });
  });

  it("is up to date whenever a request comes or a test looks, and the control service alone tells the truth", async () => {
    const sandbox = createSandbox(options);
    start(sandbox);
    sandbox.clock.advance(10 * MINUTE);
    const { confluentPlatform } = sandbox.endpoints();
    const { username, password } = confluentPlatform.kafkaRest;
    const lags = await sandbox.fetch(
      new Request(
        `${confluentPlatform.kafkaRestUrl}/v3/clusters/${confluentPlatform.clusterId}/consumer-groups/amp.1.main/lags`,
        {
          headers: { authorization: `Basic ${btoa(`${username}:${password}`)}` },
        },
      ),
    );
    const { data } = (await lags.json()) as { data: { current_offset: number; lag: number }[] };
    expect(data.map(({ current_offset: at, lag }) => [at, lag])).toEqual([
      [50, 0],
      [50, 0],
    ]);
    const truth = (await (await control(sandbox, "GET", "/truth")).json()) as Record<string, { first?: number }[]>;
    expect(Object.keys(truth)).toEqual(["consumed", "produced", "accepted", "usage"]);
    expect(truth.consumed?.map(({ first }) => first).reduce((sum = 0, each = 0) => sum + each)).toBe(20);
    const stop: Action = { do: "stop", name: "platform app" };
    expect((await control(sandbox, "POST", "/traffic", { action: stop })).status).toBe(204);
    expect(sandbox.parts.traffic.isConnected("platform app")).toBe(false);
    const at = sandbox.clock.now() + 5 * MINUTE;
    await control(sandbox, "POST", "/traffic", { action: { do: "start", name: "platform app" }, at });
    sandbox.clock.advance(3 * MINUTE);
    expect(sandbox.parts.traffic.isConnected("platform app")).toBe(false);
    sandbox.clock.advance(3 * MINUTE);
    expect(sandbox.parts.traffic.isConnected("platform app")).toBe(true);
    expect((await control(sandbox, "POST", "/traffic", { action: { do: "fly" } })).status).toBe(400);
    expect(sandbox.defects).toEqual([]);
  });

  it("of an application with a key of its own begins when the key works and ends when its rights are gone", async () => {
    const world = new CloudWorld({ cloud: { flaps: 0 } });
    const { sandbox } = world;
    const account = await world.account("amp-1");
    const key = await world.key(account, cloudIds.cluster);
    const { traffic, clusters } = sandbox.parts;
    const principal = `User:${account}`;
    const entry = { principal, host: "*", operation: "READ", permission: "ALLOW" } as const;
    clusters.cloud.acls.create([
      { ...entry, resourceType: "TOPIC", resourceName: "orders", patternType: "LITERAL" },
      { ...entry, resourceType: "GROUP", resourceName: "amp.1.", patternType: "PREFIXED" },
    ]);
    traffic.produce({ name: "shop", side: "cloud", topic: "orders", perMinute: 10 });
    const login = { user: key.id, secret: key.secret };
    const app = { name: "app", side: "cloud", topics: ["orders"], login } as const;
    traffic.consume({ ...app, topics: ["orders"], group: "amp.1.main" });
    traffic.consume({ ...app, topics: ["orders"], name: "other", group: "not.mine" });
    sandbox.clock.advance(MINUTE);
    expect(sandbox.parts.traffic.isConnected("app")).toBe(false);
    sandbox.clock.advance(5 * MINUTE);
    expect([traffic.isConnected("app"), traffic.isConnected("other")]).toEqual([true, false]);
    const { kafkaRestUrl, apiKeys } = sandbox.endpoints().confluentCloud;
    const headers = { authorization: `Basic ${btoa(`${apiKeys.kafka.id}:${apiKeys.kafka.secret}`)}` };
    const any = "resource_type=ANY&pattern_type=ANY&operation=ANY&permission=ANY";
    const mine = `${kafkaRestUrl}/clusters/${cloudIds.cluster}/acls?principal=${encodeURIComponent(principal)}&${any}`;
    expect((await sandbox.fetch(new Request(mine, { method: "DELETE", headers }))).status).toBe(200);
    sandbox.clock.advance(2 * MINUTE);
    expect(traffic.isConnected("app")).toBe(false);
    expect(sums(traffic.truth()).delivered).toBeGreaterThan(0);
  });
});
