import { describe, expect, it } from "vitest";
import { callerHeader } from "../core/caller.ts";
import { MovableClock } from "../core/clock.ts";
import { everything, everythingBut, nothing, permits } from "../core/permissions.ts";
import { seededRandom } from "../core/random.ts";
import { controlPlane } from "./control-plane.ts";
import { kafkaKey, registryKey } from "./keys.ts";
import { metricsApi } from "./metrics-api.ts";
import { type ApiKey, type CloudCluster, Organization } from "./organization.ts";

const cluster = (id: string, more: Partial<CloudCluster> = {}): CloudCluster => ({
  id,
  environment: "env-1",
  displayName: id,
  kind: "Standard",
  cloud: "AWS",
  region: "eu-central-1",
  httpEndpoint: `https://${id}.example`,
  bootstrap: `SASL_SSL://${id}.example:9092`,
  phase: "PROVISIONED",
  ...more,
});

function world(options: { clusters?: readonly CloudCluster[]; requestsPerMinute?: number } = {}) {
  const clock = new MovableClock(0, () => Date.UTC(2026, 0, 1));
  const context = { clock, random: seededRandom(1).next };
  const organization = new Organization(context, {
    id: "1111",
    displayName: "Bank",
    environments: [
      { id: "env-1", displayName: "prod" },
      { id: "env-2", displayName: "test" },
    ],
    clusters: options.clusters ?? [cluster("lkc-1"), cluster("lkc-2", { environment: "env-2" })],
    registries: [
      {
        id: "lsrc-1",
        environment: "env-1",
        package: "ESSENTIALS",
        cloud: "AWS",
        region: "eu-central-1",
        httpEndpoint: "https://psrc-1.example",
      },
    ],
  });
  const owner = (id: string, rights = everything) =>
    organization.addOwner({ id, displayName: `name of ${id}`, description: "", rights });
  owner("sa-1");
  const key = (resource: ApiKey["resource"], of = "sa-1") =>
    organization.addKey({ owner: of, resource, displayName: "k" });
  const { requestsPerMinute = 1000 } = options;
  const service = controlPlane(context, organization, { origin: "https://api.confluent.cloud", requestsPerMinute });
  const cloudKey = key({ kind: "Cloud" });
  const get = async (path: string, as: ApiKey | undefined = cloudKey) =>
    await service.fetch(new Request(`https://api.confluent.cloud${path}`, { headers: login(as) }));
  const read = async (path: string, as?: ApiKey): Promise<unknown> => await (await get(path, as)).json();
  return { clock, context, organization, owner, key, service, cloudKey, get, read };
}

function login(key: ApiKey | undefined): Record<string, string> {
  return key === undefined ? {} : { authorization: `Basic ${btoa(`${key.id}:${key.secret}`)}` };
}

describe("reading a cluster", () => {
  it("gives it with bootstrap servers that carry their protocol and the long CRN", async () => {
    const { get, cloudKey } = world();
    const response = await get("/cmk/v2/clusters/lkc-1?environment=env-1");
    expect(response.status).toBe(200);
    expect(response.headers.get(callerHeader)).toBe(cloudKey.id);
    expect(response.headers.get("x-ratelimit-limit")).toBe("1000");
    expect(response.headers.get("x-ratelimit-remaining")).toBe("999");
    expect(response.headers.get("x-ratelimit-reset")).toBe("60");
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
    expect(await response.json()).toEqual({
      api_version: "cmk/v2",
      kind: "Cluster",
      id: "lkc-1",
      metadata: {
        self: "https://api.confluent.cloud/cmk/v2/clusters/lkc-1",
        resource_name: "crn://confluent.cloud/organization=1111/environment=env-1/cloud-cluster=lkc-1/kafka=lkc-1",
        created_at: "2025-02-03T10:11:12.000Z",
        updated_at: "2025-02-03T10:11:12.000Z",
      },
      spec: {
        display_name: "lkc-1",
        availability: "HIGH",
        cloud: "AWS",
        region: "eu-central-1",
        config: { kind: "Standard" },
        kafka_bootstrap_endpoint: "SASL_SSL://lkc-1.example:9092",
        http_endpoint: "https://lkc-1.example",
        environment: {
          id: "env-1",
          related: "https://api.confluent.cloud/org/v2/environments/env-1",
          resource_name: "crn://confluent.cloud/organization=1111/environment=env-1",
        },
      },
      status: { phase: "PROVISIONED" },
    });
  });

  it("asks for the environment, and forbids what is foreign, unknown or elsewhere alike", async () => {
    const { get, read } = world();
    expect((await get("/cmk/v2/clusters/lkc-1")).status).toBe(400);
    expect(await read("/cmk/v2/clusters/lkc-9?environment=env-1")).toMatchObject({
      errors: [{ status: "403", code: "forbidden_access", source: {} }],
    });
    expect((await get("/cmk/v2/clusters/lkc-2?environment=env-1")).status).toBe(403);
    expect((await get("/cmk/v2/clusters/lkc-1?environment=env-9")).status).toBe(403);
  });

  it("leaves out what is unset, and shows private access points alone where there is no public one", async () => {
    const endpoints = {
      PRIVATE_LINK: { bootstrap: "lkc-3.private:9092", http: "https://lkc-3.private", connectionType: "PRIVATE_LINK" },
    } as const;
    const { bootstrap, httpEndpoint, ...bare } = cluster("lkc-3", { kind: "Enterprise", network: "n-1", endpoints });
    const { read } = world({ clusters: [bare] });
    const answer = (await read("/cmk/v2/clusters/lkc-3?environment=env-1")) as { spec: Record<string, unknown> };
    expect(answer.spec).not.toHaveProperty("http_endpoint");
    expect(answer.spec).not.toHaveProperty("kafka_bootstrap_endpoint");
    expect(answer.spec.endpoints).toEqual({
      PRIVATE_LINK: {
        kafka_bootstrap_endpoint: "lkc-3.private:9092",
        http_endpoint: "https://lkc-3.private",
        connection_type: "PRIVATE_LINK",
      },
    });
    expect(answer.spec.network).toEqual({ id: "n-1", environment: "env-1" });
  });
});

describe("lists of the control plane", () => {
  it("come in pages of ten whose next address repeats the filter, and end without one", async () => {
    const clusters = Array.from({ length: 23 }, (_, index) => cluster(`lkc-${index}`));
    const { service, cloudKey } = world({ clusters });
    let address: string | undefined = "https://api.confluent.cloud/cmk/v2/clusters?environment=env-1";
    const seen: string[] = [];
    const sizes: number[] = [];
    while (address !== undefined) {
      expect(address).toContain("environment=env-1");
      const response = await service.fetch(new Request(address, { headers: login(cloudKey) }));
      const body = (await response.json()) as {
        data: { id: string }[];
        metadata: { next?: string; total_size: number };
      };
      expect(body.metadata.total_size).toBe(23);
      sizes.push(body.data.length);
      seen.push(...body.data.map(({ id }) => id));
      address = body.metadata.next;
    }
    expect(sizes).toEqual([10, 10, 3]);
    expect(new Set(seen).size).toBe(23);
  });

  it("refuse a page that is too large and a token that is none of theirs", async () => {
    const { get } = world();
    for (const query of ["page_size=101", "page_size=0", "page_size=x", "page_token=zzz"]) {
      expect((await get(`/org/v2/environments?${query}`)).status).toBe(400);
    }
    expect((await get("/org/v2/environments?page_size=100")).status).toBe(200);
  });

  it("give one registry an environment, and none where there is none", async () => {
    const { read } = world();
    expect(await read("/srcm/v3/clusters?environment=env-1")).toMatchObject({
      kind: "ClusterList",
      metadata: { first: "https://api.confluent.cloud/srcm/v3/clusters", total_size: 1 },
      data: [
        {
          id: "lsrc-1",
          metadata: {
            resource_name: "crn://confluent.cloud/organization=1111/environment=env-1/schema-registry=lsrc-1",
          },
          spec: { http_endpoint: "https://psrc-1.example", package: "ESSENTIALS" },
        },
      ],
    });
    expect(await read("/srcm/v3/clusters?environment=env-2")).toMatchObject({ metadata: { total_size: 0 }, data: [] });
  });

  it("filter keys by owner and resource, and never show a secret", async () => {
    const { read, get, key, owner, organization } = world();
    owner("sa-2");
    const kafka = key({ kind: "Kafka", id: "lkc-1" }, "sa-2");
    key({ kind: "SchemaRegistry", id: "lsrc-1" }, "sa-2");
    expect(await read("/iam/v2/api-keys?spec.owner=sa-2&spec.resource=lkc-1")).toMatchObject({
      data: [{ id: kafka.id, spec: { owner: { id: "sa-2" }, resource: { id: "lkc-1", kind: "Cluster" } } }],
    });
    const text = await (await get("/iam/v2/api-keys?page_size=100")).text();
    for (const { secret } of organization.keys.values()) expect(text).not.toContain(secret);
    expect((await get("/iam/v2/api-keys/UNKNOWN")).status).toBe(403);
  });

  it("find service accounts by exact name, and answer 404 for one that is gone", async () => {
    const { read, get, owner } = world();
    owner("sa-2");
    owner("u-1");
    const query = "display_name=name%20of%20sa-2&display_name=name%20of%20u-1";
    expect(await read(`/iam/v2/service-accounts?${query}`)).toMatchObject({
      metadata: { total_size: 1 },
      data: [{ id: "sa-2" }],
    });
    expect((await get("/iam/v2/service-accounts/sa-2")).status).toBe(200);
    expect((await get("/iam/v2/service-accounts/sa-9")).status).toBe(404);
  });

  it("tell quotas of a scope", async () => {
    const { read, get } = world();
    expect(await read("/service-quota/v1/applied-quotas?scope=ORGANIZATION")).toMatchObject({
      metadata: { total_size: 4 },
    });
    const ofCluster = "/service-quota/v1/applied-quotas?scope=KAFKA_CLUSTER&environment=env-1&kafka_cluster=lkc-1";
    expect(await read(ofCluster)).toMatchObject({ data: [{ scope: "KAFKA_CLUSTER" }] });
    expect((await get("/service-quota/v1/applied-quotas")).status).toBe(400);
  });
});

describe("who may ask the control plane", () => {
  it("is a Cloud or a Global key, and nobody else", async () => {
    const { get, key, cloudKey } = world();
    const path = "/org/v2/environments";
    expect((await get(path, key({ kind: "Global" }))).status).toBe(200);
    expect((await get(path, { ...cloudKey, secret: "wrong" })).status).toBe(401);
    const foreign = await get(path, key({ kind: "Kafka", id: "lkc-1" }));
    expect(foreign.status).toBe(401);
    expect(await foreign.json()).toMatchObject({ errors: [{ status: "401", detail: "invalid API key" }] });
    const { service } = world();
    const anonymous = await service.fetch(new Request("https://api.confluent.cloud/org/v2/environments"));
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers.get("www-authenticate")).toContain("Basic");
  });

  it("is forbidden where the owner lacks the right, and sees no more than it may", async () => {
    const { get, read, key, owner } = world();
    owner("sa-2", everythingBut("CLOUD:READ"));
    const blind = key({ kind: "Cloud" }, "sa-2");
    expect((await get("/cmk/v2/clusters/lkc-1?environment=env-1", blind)).status).toBe(403);
    expect((await get("/srcm/v3/clusters?environment=env-1", blind)).status).toBe(403);
    expect(await read("/org/v2/environments", blind)).toMatchObject({ data: [] });
    owner("sa-3", nothing);
    expect((await get("/iam/v2/service-accounts", key({ kind: "Cloud" }, "sa-3"))).status).toBe(403);
  });

  it("is told when it asks too often, with the seconds to wait and no body", async () => {
    const { get, clock } = world({ requestsPerMinute: 2 });
    await get("/org/v2/environments");
    clock.advance(20_000);
    await get("/org/v2/environments");
    const refused = await get("/org/v2/environments");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("40");
    expect(await refused.text()).toBe("");
    clock.advance(40_000);
    expect((await get("/org/v2/environments")).status).toBe(200);
  });
});

describe("the metrics API", () => {
  function metrics() {
    const at = world();
    const service = metricsApi(at.context, at.organization);
    const ask = async (body: unknown, as: ApiKey = at.cloudKey) =>
      await service.fetch(
        new Request("https://api.telemetry.confluent.cloud/v2/metrics/cloud/query", {
          method: "POST",
          body: JSON.stringify(body),
          headers: login(as),
        }),
      );
    return { ...at, metrics: service, ask };
  }
  const query = (id: string) => ({
    aggregations: [{ metric: "io.confluent.kafka.server/consumer_lag_offsets" }],
    filter: { op: "AND", filters: [{ field: "resource.kafka.id", op: "EQ", value: id }] },
    granularity: "PT1M",
    intervals: ["now-6m|m/now-5m|m"],
  });

  it("refuses keys of a cluster, clusters the key may not watch, and queries without a cluster", async () => {
    const { ask, key, owner } = metrics();
    expect((await ask(query("lkc-1"), key({ kind: "Kafka", id: "lkc-1" }))).status).toBe(401);
    owner("sa-2", everythingBut("METRICS:READ"));
    expect((await ask(query("lkc-1"), key({ kind: "Cloud" }, "sa-2"))).status).toBe(403);
    expect((await ask({ ...query("lkc-1"), filter: undefined })).status).toBe(403);
    expect((await ask({ ...query("lkc-1"), aggregations: [] })).status).toBe(400);
    expect((await ask("no object")).status).toBe(400);
    expect(await (await ask(query("lkc-1"))).json()).toEqual({ data: [] });
  });

  it("lets 60 requests a minute in, whoever asks", async () => {
    const { ask, key, clock } = metrics();
    for (let call = 0; call < 60; call++) expect((await ask(query("lkc-1"))).status).toBe(200);
    expect((await ask(query("lkc-1"), key({ kind: "Cloud" }))).status).toBe(429);
    clock.advance(60_000);
    expect((await ask(query("lkc-1"))).status).toBe(200);
  });
});

describe("keys of the data planes", () => {
  it("open their own cluster alone; a Global one opens all", () => {
    const { organization, key } = world();
    const request = (as: ApiKey | undefined) =>
      new Request("https://x.example/kafka/v3/clusters/lkc-1/topics", { headers: login(as) });
    const kafka = key({ kind: "Kafka", id: "lkc-1" });
    const registry = key({ kind: "SchemaRegistry", id: "lsrc-1" });
    const global = key({ kind: "Global" });
    const cloud = key({ kind: "Cloud" });
    const opens = (authenticate: ReturnType<typeof kafkaKey>, as: ApiKey | undefined) =>
      !(authenticate(request(as)) instanceof Response);
    const [ofCluster, ofRegistry] = [kafkaKey(organization, "lkc-1"), registryKey(organization, "lsrc-1")];
    expect([kafka, registry, global, cloud, undefined].map((as) => opens(ofCluster, as))).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
    expect([kafka, registry, global, cloud, undefined].map((as) => opens(ofRegistry, as))).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  it("are refused by Kafka REST with an HTML page, and by the registry with its own shape", async () => {
    const { organization } = world();
    const request = new Request("https://x.example/kafka/v3/<x>", { headers: { accept: "application/json" } });
    const html = kafkaKey(organization, "lkc-1")(request) as Response;
    expect([html.status, html.headers.get("content-type")]).toEqual([401, "text/html;charset=utf-8"]);
    expect(await html.text()).toContain("HTTP ERROR 401 Unauthorized");
    const json = registryKey(organization, "lsrc-1")(request) as Response;
    expect([json.status, await json.json()]).toEqual([401, { error_code: 401, message: "Unauthorized" }]);
  });

  it("act with the rights of their owner, where READ implies DESCRIBE and a denial wins", () => {
    const rights = {
      allow: [
        { operation: "TOPIC:READ", resource: "orders*" },
        { operation: "CLUSTER:*", resource: "*" },
      ],
      deny: [{ operation: "CLUSTER:ALTER", resource: "*" }],
    };
    expect(permits(rights, "TOPIC:DESCRIBE", "orders.v1")).toBe(true);
    expect(permits(rights, "TOPIC:DESCRIBE_CONFIGS", "orders.v1")).toBe(false);
    expect(permits(rights, "TOPIC:READ", "payments")).toBe(false);
    expect(permits(rights, "CLUSTER:DESCRIBE", "kafka-cluster")).toBe(true);
    expect(permits(rights, "CLUSTER:ALTER", "kafka-cluster")).toBe(false);
  });
});

describe("the organisation", () => {
  it("comes back from a snapshot with owners and keys", () => {
    const before = world();
    const snapshot = JSON.parse(JSON.stringify(before.service.snapshot()));
    const after = world();
    after.owner("sa-later");
    after.service.restore(snapshot);
    expect([...after.organization.owners.keys()]).toEqual(["sa-1"]);
    expect(after.organization.keys.get(before.cloudKey.id)).toEqual(before.cloudKey);
  });
});
