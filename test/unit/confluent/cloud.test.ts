import { describe, expect, it } from "vitest";
import { PRIVATE_ONLY } from "../../../src/confluent/cloud-endpoints.ts";
import { failureFrom } from "../http/support.ts";
import { access, all, cloudOver, json, list } from "./support.ts";

const REST = "https://pkc-1.eu.gcp.confluent.cloud:443";
const PUBLIC = {
  kafka_bootstrap_endpoint: "SASL_SSL://pkc-2.eu.gcp.confluent.cloud:9092",
  http_endpoint: "https://pkc-2.eu.gcp.confluent.cloud",
  connection_type: "PUBLIC",
};
const PRIVATE = {
  kafka_bootstrap_endpoint: "lkc-1.eu.gcp.private.confluent.cloud:9092",
  http_endpoint: "https://lkc-1.eu.gcp.private.confluent.cloud:443",
  connection_type: "PRIVATE_LINK",
};

function cmk(spec: object = {}, more: object = {}) {
  const whole = {
    http_endpoint: REST,
    kafka_bootstrap_endpoint: "SASL_SSL://pkc-1.eu.gcp.confluent.cloud:9092",
    config: { kind: "Standard", max_ecku: 10 },
    ...spec,
  };
  return {
    api_version: "cmk/v2",
    kind: "Cluster",
    id: "lkc-1",
    spec: whole,
    status: { phase: "PROVISIONED" },
    ...more,
  };
}

function registry(id: string, http_endpoint?: string, phase = "PROVISIONED") {
  return {
    api_version: "srcm/v3",
    kind: "Cluster",
    id,
    spec: { ...(http_endpoint === undefined ? {} : { http_endpoint }), package: "ESSENTIALS" },
    status: { phase },
  };
}

const SR = registry("lsrc-1", "https://psrc-1.eu.gcp.confluent.cloud");

function server(cluster: unknown, registries: readonly unknown[] = [SR]) {
  return (_request: Request, url: URL) =>
    url.pathname.startsWith("/cmk/")
      ? json(cluster)
      : json({ kind: "ClusterList", metadata: { first: "x", total_size: registries.length }, data: registries });
}

describe("the look-up of a Cloud cluster", () => {
  it("takes two requests, one for the cluster and one for its registry, with the Cloud key", async () => {
    const world = cloudOver(server(cmk()));
    expect(await world.reader.cluster()).toEqual({
      clusterId: "lkc-1",
      type: "Standard",
      restUrl: `${REST}/kafka/v3`,
      bootstrapServers: ["pkc-1.eu.gcp.confluent.cloud:9092"],
      registryUrl: "https://psrc-1.eu.gcp.confluent.cloud",
      registryId: "lsrc-1",
    });
    expect(world.asked).toEqual([
      "GET /cmk/v2/clusters/lkc-1?environment=env-1",
      "GET /srcm/v3/clusters?environment=env-1",
    ]);
    expect(world.requests.map(({ url }) => new URL(url).host)).toEqual(["api.confluent.cloud", "api.confluent.cloud"]);
  });

  it("prefers the public endpoint over the older field and over private ones", async () => {
    const found = await cloudOver(
      server(cmk({ endpoints: { ap1: PRIVATE, PUBLIC }, network: { id: "n-1" } })),
    ).reader.cluster();
    expect([found.restUrl, found.bootstrapServers]).toEqual([
      "https://pkc-2.eu.gcp.confluent.cloud/kafka/v3",
      ["pkc-2.eu.gcp.confluent.cloud:9092"],
    ]);
    const other = await cloudOver(server(cmk({ endpoints: { ap1: PRIVATE, ap2: PUBLIC } }))).reader.cluster();
    expect(other.restUrl).toBe("https://pkc-2.eu.gcp.confluent.cloud/kafka/v3");
  });

  it.each([
    ["no address at all", { http_endpoint: "", endpoints: { ap1: PRIVATE } }],
    ["no such field", { http_endpoint: undefined }],
    [
      "an older field that repeats the private one",
      { http_endpoint: PRIVATE.http_endpoint, endpoints: { PRIVATE_LINK: PRIVATE } },
    ],
  ])("says how to go on when there are private endpoints only: %s", async (_case, spec) => {
    const failure = await failureFrom(cloudOver(server(cmk(spec))).reader.cluster());
    expect([failure.failure.kind, failure.code]).toEqual(["unreachable", PRIVATE_ONLY]);
    expect(failure.message).toContain(
      "give it a public endpoint, or set KAFKA_CLUSTER_REST_URL to a tunnel's host name",
    );
  });

  it("goes by a tunnel's host name where one is configured", async () => {
    for (const [restUrl, expected] of [
      ["https://tunnel.acme.example/", "https://tunnel.acme.example/kafka/v3"],
      ["https://tunnel.acme.example/kafka", "https://tunnel.acme.example/kafka/v3"],
      ["https://tunnel.acme.example/base/v3", "https://tunnel.acme.example/base/v3"],
    ] as const) {
      const world = cloudOver(server(cmk({ http_endpoint: "", endpoints: { ap1: PRIVATE } })), { restUrl });
      const found = await world.reader.cluster();
      expect([found.restUrl, found.bootstrapServers]).toEqual([expected, ["pkc-1.eu.gcp.confluent.cloud:9092"]]);
    }
  });

  it("may find no registry", async () => {
    const found = await cloudOver(server(cmk(), [])).reader.cluster();
    expect([found.registryUrl, found.registryId]).toEqual([undefined, undefined]);
  });

  it("does not look for one that is switched off, nor for one whose address is configured", async () => {
    const off = cloudOver(server(cmk()), { registry: undefined });
    expect((await off.reader.cluster()).registryUrl).toBeUndefined();
    const set = cloudOver(server(cmk()), { registry: { ...access, url: "https://sr.acme.example/", id: "lsrc-9" } });
    const found = await set.reader.cluster();
    expect([found.registryUrl, found.registryId]).toEqual(["https://sr.acme.example", "lsrc-9"]);
    expect([off.asked.length, set.asked.length]).toEqual([1, 1]);
  });

  it.each([[undefined], [""]])("says how to go on when the registry has no public address (%j)", async (endpoint) => {
    const failure = await failureFrom(cloudOver(server(cmk(), [registry("lsrc-1", endpoint)])).reader.cluster());
    expect([failure.code, failure.upstream]).toEqual([PRIVATE_ONLY, "registry"]);
    expect(failure.message).toContain("KAFKA_SCHEMAREGISTRY_URL");
  });

  it("does not guess between several registries, takes the one that is named, and passes over failed ones", async () => {
    const two = [SR, registry("lsrc-2", "https://psrc-2.eu.gcp.confluent.cloud")];
    const failure = await failureFrom(cloudOver(server(cmk(), two)).reader.cluster());
    expect(failure.message).toContain("(lsrc-1, lsrc-2)");
    const named = cloudOver(server(cmk(), two), { registry: { ...access, id: "lsrc-2" } });
    expect((await named.reader.cluster()).registryUrl).toBe("https://psrc-2.eu.gcp.confluent.cloud");
    const one = cloudOver(server(cmk(), [registry("lsrc-0", "x", "FAILED"), SR]));
    expect((await one.reader.cluster()).registryId).toBe("lsrc-1");
    const none = cloudOver(server(cmk(), two), { registry: { ...access, id: "lsrc-7" } });
    expect((await failureFrom(none.reader.cluster())).message).toContain("no Schema Registry lsrc-7");
  });

  it("pages through the registries by token", async () => {
    const world = cloudOver((_request, url) => {
      if (url.pathname.startsWith("/cmk/")) return json(cmk());
      if (url.searchParams.get("page_token") === "t2") return json({ metadata: {}, data: [SR] });
      return json({ metadata: { next: "https://api.confluent.cloud/srcm/v3/clusters?page_token=t2" }, data: [] });
    });
    expect((await world.reader.cluster()).registryId).toBe("lsrc-1");
    expect(world.asked[2]).toBe("GET /srcm/v3/clusters?environment=env-1&page_token=t2");
  });

  it.each(["https://pkc-1.evil.test", "http://pkc-1.eu.gcp.confluent.cloud", "https://10.0.0.5:443", "nonsense"])(
    "sends no credential to an address outside Confluent's domain: %s",
    async (http_endpoint) => {
      const failure = await failureFrom(cloudOver(server(cmk({ http_endpoint }))).reader.cluster());
      expect(failure.failure.kind).toBe("refused-host");
      expect(
        (await failureFrom(cloudOver(server(cmk(), [registry("lsrc-1", http_endpoint)])).reader.cluster())).failure
          .kind,
      ).toBe("refused-host");
    },
  );

  it("trusts the domain of another control plane where that is configured", async () => {
    const world = cloudOver(server(cmk({ http_endpoint: "http://127.0.0.1:8801" }), []), {
      cloudUrl: "http://127.0.0.1:8800/",
    });
    expect((await world.reader.cluster()).restUrl).toBe("http://127.0.0.1:8801/kafka/v3");
    expect(world.requests[0]?.url).toBe("http://127.0.0.1:8800/cmk/v2/clusters/lkc-1?environment=env-1");
  });

  it.each([
    [
      "a cluster that is being made",
      cmk({ http_endpoint: "" }, { status: { phase: "PROVISIONING" } }),
      "unreachable",
      "still being made",
    ],
    ["another cluster", cmk({}, { id: "lkc-2" }), "malformed", "another cluster than lkc-1"],
    ["no spec", { id: "lkc-1" }, "malformed", "`spec` is missing"],
  ])("names %s", async (_case, body, kind, text) => {
    const failure = await failureFrom(cloudOver(server(body)).reader.cluster());
    expect(failure.failure.kind).toBe(kind);
    expect(failure.message).toContain(text);
  });

  it.each([
    ["Basic", "Basic"],
    ["Dedicated", "Dedicated"],
    ["Freight", "Freight"],
    ["Colossal", "Unknown"],
  ])("knows the type %s as %s", async (kind, type) => {
    expect((await cloudOver(server(cmk({ config: { kind } }))).reader.cluster()).type).toBe(type);
  });

  it("names the Cloud key and the role when it may not look", async () => {
    const denied = () =>
      json(
        { errors: [{ id: "x", status: "403", code: "forbidden_access", detail: "Forbidden Access", source: {} }] },
        403,
      );
    const failure = await failureFrom(cloudOver(denied).reader.cluster());
    expect(failure.message).toContain(
      "the credential of KAFKA_CLOUD_AUTH_APIKEY_ID look up the cluster lkc-1 (403, code forbidden_access)",
    );
    expect(failure.message).toContain("the cluster has to exist in the environment env-1");
    expect(failure.detail).toBe("Forbidden Access");
  });
});

describe("a Cloud cluster without a Cloud key", () => {
  const none = {
    control: undefined,
    restUrl: "https://pkc-1.eu.gcp.confluent.cloud",
    registry: { ...access, url: "https://psrc-1.confluent.cloud" },
  };

  it("is taken from the configuration, without a request", async () => {
    const world = cloudOver(server(cmk()), { ...none, bootstrapServers: ["SASL_SSL://pkc-1:9092"] });
    expect(await world.reader.cluster()).toEqual({
      clusterId: "lkc-1",
      type: "Unknown",
      restUrl: "https://pkc-1.eu.gcp.confluent.cloud/kafka/v3",
      bootstrapServers: ["pkc-1:9092"],
      registryUrl: "https://psrc-1.confluent.cloud",
      registryId: undefined,
    });
    expect(world.asked).toEqual([]);
  });

  it.each([
    [{ restUrl: undefined }, "KAFKA_CLUSTER_REST_URL"],
    [{ registry: access }, "KAFKA_SCHEMAREGISTRY_URL"],
  ])("is refused when an address is missing, which is named", async (more, variable) => {
    const failure = await failureFrom(cloudOver(server(cmk()), { ...none, ...more }).reader.cluster());
    expect(failure.message).toContain(`or ${variable}.`);
  });
});

describe("one Global key", () => {
  it("works for control plane, cluster and registry", async () => {
    const world = cloudOver((request, url) => {
      if (url.pathname.startsWith("/kafka/v3")) return list([]);
      if (url.pathname === "/schemas") return json([]);
      return server(cmk())(request, url);
    });
    const cluster = await world.reader.cluster();
    await world.reader.topics(cluster);
    await all(world.reader.latestSchemas(cluster));
    expect(new Set(world.requests.map(({ headers }) => headers.get("authorization"))).size).toBe(1);
    expect(world.asked).toHaveLength(4);
    expect(world.asked[2]).toBe("GET /kafka/v3/clusters/lkc-1/topics");
  });
});

describe("a token of an outside identity provider", () => {
  it("is sent with the registry that it is for, and with the pool that the configuration adds", async () => {
    const bearer = {
      ...access,
      credentials: { kind: "bearer", token: "t" },
      headers: { "Confluent-Identity-Pool-Id": "pool-1" },
    } as const;
    const world = cloudOver((request, url) => (url.pathname === "/schemas" ? json([]) : server(cmk())(request, url)), {
      registry: bearer,
    });
    const cluster = await world.reader.cluster();
    await all(world.reader.latestSchemas(cluster));
    const { headers } = world.requests[2] ?? new Request("https://x.example");
    expect([
      headers.get("target-sr-cluster"),
      headers.get("confluent-identity-pool-id"),
      headers.get("authorization"),
    ]).toEqual(["lsrc-1", "pool-1", "Bearer t"]);
  });
});
