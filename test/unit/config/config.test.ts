import { expect, it, describe as suite } from "vitest";
import { readConfig, resolveConnection } from "../../../src/config/config.ts";
import { describe } from "../../../src/config/describe.ts";
import { CLOUD, KEY, NOW, PLATFORM, problems, read, sound, type Variables, warnings } from "./environments.ts";

/** The same variables under the names of connection `n`. */
function suffixed(variables: Variables, n: number): Variables {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [`${name}_${n}`, value]));
}

suite("several connections", () => {
  const second = {
    CENTRAL_ENVIRONMENT_2: "kafka-platform",
    KAFKA_CLOUD_ENABLED_2: "false",
    KAFKA_CLUSTER_ID_2: "",
    KAFKA_CLUSTER_SERVERS_2: "broker.example:9092",
    KAFKA_CLUSTER_REST_URL_2: "https://rest.example",
  };

  it("inherit what they do not set", () => {
    const { connections, problems, warnings } = read({
      ...CLOUD,
      CENTRAL_REGION: "EU",
      LOG_LEVEL: "debug",
      ...second,
      LOG_LEVEL_2: "warn",
    });
    expect([problems, warnings]).toEqual([[], []]);
    expect(connections.map(({ index, name, kafka, log }) => [index, name, kafka.kind, log.level])).toEqual([
      [1, "kafka-cloud", "cloud", "debug"],
      [2, "kafka-platform", "platform", "warn"],
    ]);
    const [one, two] = connections;
    expect(two?.auth).toEqual(one?.auth);
    expect(two?.central).toEqual({ ...one?.central, environment: "kafka-platform" });
    expect(two?.agents.discovery).toBe("kafka-platform-da");
    expect(two?.kafka.clusterId).toBeUndefined();
  });

  it("may be set without a first one", () => {
    const { connections, problems } = read(suffixed(PLATFORM, 3));
    expect(problems).toEqual([]);
    expect(connections.map(({ index, name }) => [index, name])).toEqual([[3, "kafka-platform"]]);
  });

  it("are not stopped by one that is wrong", () => {
    const wrong = read({
      ...CLOUD,
      ...second,
      KAFKA_CLUSTER_REST_URL_2: "https://10.0.0.1",
      KAFKA_DISCOVERY_MODE_2: "dry",
    });
    expect(wrong.connections.map(({ index }) => index)).toEqual([1]);
    expect(wrong.problems).toEqual([
      expect.objectContaining({ connection: 2, variable: "KAFKA_CLUSTER_REST_URL_2" }),
      { connection: 2, variable: "KAFKA_DISCOVERY_MODE_2", message: "expected publish, plan, found dry" },
    ]);
    const firstWrong = read({ ...CLOUD, KAFKA_CLUSTER_ID: "a b", ...second });
    expect(firstWrong.connections.map(({ index }) => index)).toEqual([2]);
  });

  it("may not share so few requests that a read and a write never fit into a minute", () => {
    const { connections, problems } = read({ ...CLOUD, ...second, CENTRAL_REQUESTSPERMINUTE: "5" });
    expect(connections).toEqual([]);
    expect(problems.map(({ variable, message }) => `${variable} ${message}`)).toEqual([
      "CENTRAL_REQUESTSPERMINUTE expected at least 6, for 2 connections share it, found 5",
      "CENTRAL_REQUESTSPERMINUTE expected at least 6, for 2 connections share it, found 5",
    ]);
    expect(read({ ...CLOUD, ...second, CENTRAL_REQUESTSPERMINUTE: "6" }).connections).toHaveLength(2);
  });

  it("may not share an environment: the later one is refused, the earlier goes on", () => {
    const { CENTRAL_ENVIRONMENT_2: _own, ...inherited } = second;
    for (const variables of [inherited, { ...second, CENTRAL_ENVIRONMENT_2: "kafka-cloud" }]) {
      const { connections, problems } = read({ ...CLOUD, ...variables });
      expect(connections.map(({ index }) => index)).toEqual([1]);
      expect(problems).toEqual([
        {
          connection: 2,
          variable: "CENTRAL_ENVIRONMENT_2",
          message: "expected an environment of its own, found that of connection 1",
        },
      ]);
    }
  });

  it("name what is wrong by the name under which it is set, and what is missing by their own", () => {
    const { problems } = read({
      ...CLOUD,
      CENTRAL_APPENDENVIRONMENTTOTITLE: "maybe",
      ...second,
      KAFKA_CLUSTER_REST_URL_2: "",
    });
    expect(problems.map(({ connection, variable }) => [connection, variable])).toEqual([
      [1, "CENTRAL_APPENDENVIRONMENTTOTITLE"],
      [2, "KAFKA_CLUSTER_REST_URL_2"],
      [2, "CENTRAL_APPENDENVIRONMENTTOTITLE"],
    ]);
  });

  it("are warned when they would send an inherited login to a server of their own", () => {
    const lending = {
      ...CLOUD,
      KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID: "S",
      KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_SECRET: "s",
      ...second,
      KAFKA_SCHEMAREGISTRY_URL_2: "https://registry.example",
    };
    expect(warnings(lending)).toEqual([
      "KAFKA_SCHEMAREGISTRY_URL_2: gets KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_SECRET of connection 1; set an own or an empty value if that is not meant",
    ]);
    const own = { KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID_2: "", KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_SECRET_2: "" };
    const { connections, warnings: none } = read({ ...lending, ...own });
    expect(none).toEqual([]);
    expect(connections[1]?.registry?.auth).toEqual({ kind: "none" });
  });

  it("do not inherit a login of another kind than their own", () => {
    const { connections, problems } = read({
      ...PLATFORM,
      KAFKA_CLUSTER_REST_AUTH_USERNAME: "u",
      KAFKA_CLUSTER_REST_AUTH_PASSWORD: "p",
      CENTRAL_ENVIRONMENT_2: "two",
      KAFKA_CLUSTER_REST_AUTH_TOKEN_2: "t",
      CENTRAL_AUTH_CLIENTSECRET_2: "s",
      CENTRAL_ENVIRONMENT_3: "three",
      CENTRAL_ENVIRONMENT_4: "four",
      KAFKA_CLUSTER_REST_AUTH_USERNAME_4: "u4",
    });
    expect(problems).toEqual([]);
    expect(connections.map(({ kafka, auth }) => [kafka.auth, auth.kind])).toEqual([
      [{ kind: "basic", username: "u", password: "p" }, "key-pair"],
      [{ kind: "bearer", token: "t" }, "client-secret"],
      [{ kind: "basic", username: "u", password: "p" }, "key-pair"],
      [{ kind: "basic", username: "u4", password: "p" }, "key-pair"],
    ]);
  });
});

suite("an environment as platforms hand it over", () => {
  it("may hold numbers, booleans and tables of wrangler.toml, and bindings, which are none of ours", () => {
    const { connections, problems, warnings } = readConfig(
      {
        ...CLOUD,
        CENTRAL_ORGANIZATIONID: 315480851843079,
        KAFKA_CLOUD_ENABLED: true,
        CENTRAL_PAGESIZE: 50,
        KAFKA_CLUSTER_REST_HEADERS: { "CF-Access-Client-Id": "x" },
        CONNECTIONS: { idFromName: () => "an id" },
        ASSETS: null,
      },
      "cloudflare",
      { now: NOW },
    );
    expect([problems, warnings]).toEqual([[], []]);
    expect(connections[0]).toMatchObject({
      central: { organizationId: "315480851843079", pageSize: 50 },
      kafka: { kind: "cloud", headers: { "CF-Access-Client-Id": "x" } },
    });
  });

  it("is not changed by being read, and what comes of it can be sent as JSON", () => {
    const variables = Object.freeze({ ...CLOUD });
    const connection = sound(variables);
    expect(JSON.parse(JSON.stringify(connection))).toMatchObject({ name: "kafka-cloud", kafka: { kind: "cloud" } });
  });
});

suite("@Secret references", () => {
  const referring = {
    ...CLOUD,
    KAFKA_CLOUD_AUTH_APIKEY_SECRET: "@Secret.confluent.cloud.secret",
    KAFKA_CLUSTER_ID: "@Secret.confluent.cluster",
    KAFKA_FILTER: "@Secret.filters.orders",
  };
  const values = new Map([
    ["KAFKA_CLOUD_AUTH_APIKEY_SECRET", "resolved-secret"],
    ["KAFKA_CLUSTER_ID", "lkc-2"],
    ["KAFKA_FILTER", "tag.orders.Exists()"],
  ]);
  const options = { now: NOW };

  it("make a connection wait, with its Amplify side complete", () => {
    const { connections, pending, problems } = read(referring);
    expect([connections, problems]).toEqual([[], []]);
    expect(pending).toMatchObject([
      {
        index: 1,
        name: "kafka-cloud",
        auth: { kind: "key-pair" },
        central: { organizationId: "315480851843079" },
        references: [
          { variable: "KAFKA_CLOUD_AUTH_APIKEY_SECRET", secret: "confluent", key: "cloud.secret" },
          { variable: "KAFKA_CLUSTER_ID", secret: "confluent", key: "cluster" },
          { variable: "KAFKA_FILTER", secret: "filters", key: "orders" },
        ],
      },
    ]);
  });

  it("are replaced by what they name", () => {
    const [pending] = read(referring).pending;
    if (!pending) throw new Error("nothing pending");
    const { connection, problems } = resolveConnection(referring, "cloudflare", pending, values, options);
    expect(problems).toEqual([]);
    expect(connection).toMatchObject({
      kafka: { clusterId: "lkc-2", cloudKey: { id: "CLOUDKEY", secret: "resolved-secret" } },
      discovery: { filter: "tag.orders.Exists()" },
    });
    const shown = connection ? describe(connection, "operator") : [];
    expect(shown.filter(({ variable }) => values.has(variable)).map(({ value }) => value)).toEqual(
      Array(3).fill("from @Secret"),
    );
    expect(JSON.stringify(shown)).not.toContain("resolved-secret");
  });

  it("that name nothing, or something wrong, are problems", () => {
    const [pending] = read(referring).pending;
    if (!pending) throw new Error("nothing pending");
    const half = new Map([...values].slice(0, 1));
    expect(resolveConnection(referring, "cloudflare", pending, half, options).problems).toEqual([
      {
        connection: 1,
        variable: "KAFKA_CLUSTER_ID",
        message:
          "expected the secret confluent with the key cluster in the Amplify environment kafka-cloud (error 1411)",
      },
      {
        connection: 1,
        variable: "KAFKA_FILTER",
        message: "expected the secret filters with the key orders in the Amplify environment kafka-cloud (error 1411)",
      },
    ]);
    const wrong = resolveConnection(
      referring,
      "cloudflare",
      pending,
      new Map([...values, ["KAFKA_CLUSTER_ID", "a b"]]),
      options,
    );
    expect(wrong.connection).toBeUndefined();
    expect(wrong.problems).toMatchObject([
      { variable: "KAFKA_CLUSTER_ID", message: "expected a cluster's id: letters, digits, - and _" },
    ]);
  });

  it("must be whole, and stand where text is expected", () => {
    expect(problems({ ...CLOUD, KAFKA_CLUSTER_ID: "@Secret.confluent" })).toEqual([
      "KAFKA_CLUSTER_ID: expected @Secret.<name of the secret>.<key>",
    ]);
    expect(problems({ ...CLOUD, KAFKA_CLOUD_ENABLED: "@Secret.a.b" })[0]).toBe(
      "KAFKA_CLOUD_ENABLED: expected true or false, found @Secret.a.b",
    );
    expect(sound({ ...CLOUD, CENTRAL_TEAM: "@Secret.a.b" }).central.team).toBe("@Secret.a.b");
  });

  it("may stand for anything the Kafka agents read, without a false alarm meanwhile", () => {
    const { pending, problems, warnings } = read({
      ...PLATFORM,
      KAFKA_CLUSTER_SERVERS: "@Secret.a.servers",
      KAFKA_CLUSTER_REST_URL: "@Secret.a.url",
      KAFKA_CLUSTER_TIMEOUT: "@Secret.a.timeout",
      KAFKA_CLUSTER_REST_HEADERS: "@Secret.a.headers",
      KAFKA_CLUSTER_REST_AUTH_USERNAME: "@Secret.a.user",
      KAFKA_CLUSTER_REST_AUTH_PASSWORD: "@Secret.a.password",
      KAFKA_SCHEMAREGISTRY_URL: "@Secret.a.registry",
      KAFKA_USERS_URL: "@Secret.a.users",
      KAFKA_USERS_TOKEN: "@Secret.a.token",
    });
    expect([problems, warnings]).toEqual([[], []]);
    expect(pending[0]?.references).toHaveLength(9);
  });

  it("do not hide what is wrong elsewhere", () => {
    const { pending, problems } = read({ ...referring, KAFKA_CLOUD_ENVIRONMENT: "" });
    expect(pending).toEqual([]);
    expect(problems.map(({ variable }) => variable)).toEqual(["KAFKA_CLOUD_ENVIRONMENT"]);
  });
});

suite("what the worker's connections share", () => {
  it("holds one or two values of each token, METRICS_TOKEN falling back to ADMIN_TOKEN", () => {
    const current = "c".repeat(16);
    const previous = "p".repeat(16);
    const { worker, problems, warnings } = read({
      ...CLOUD,
      ADMIN_TOKEN: `${current}  ${previous}\n`,
      PUBLIC_URL: "https://worker.example/",
    });
    expect(worker).toMatchObject({
      adminTokens: [current, previous],
      metricsTokens: [current, previous],
      webhookTokens: [],
      publicUrl: "https://worker.example",
      log: { level: "info", maskedValues: [] },
    });
    expect([problems, warnings]).toEqual([[], []]);
  });

  it("warns of tokens that can be guessed and refuses three values", () => {
    expect(warnings({ ...CLOUD, ADMIN_TOKEN: "hunter2" })).toEqual([
      "ADMIN_TOKEN: is short enough to be guessed; use at least 16 random characters",
    ]);
    const three = read({ ...CLOUD, WEBHOOK_TOKEN: "aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb cccccccccccccccc" });
    expect(three.problems).toEqual([
      {
        connection: undefined,
        variable: "WEBHOOK_TOKEN",
        message: "expected at most two values, the current and the previous one, separated by a blank",
      },
    ]);
    expect(three.connections).toHaveLength(1);
  });
});

suite("names", () => {
  const warningOf = (name: string) => warnings({ ...CLOUD, [name]: "x" });

  it.each([
    ["KAFKA_CLUSTERID", "is not known and has no effect; did you mean KAFKA_CLUSTER_ID?"],
    ["KAFKA_CLUSTERID_2", "is not known and has no effect; did you mean KAFKA_CLUSTER_ID_2?"],
    ["CENTRAL_ENVIROMENT", "is not known and has no effect; did you mean CENTRAL_ENVIRONMENT?"],
    ["CENTRAL_ORGANISATIONID", "is not known and has no effect; did you mean CENTRAL_ORGANIZATIONID?"],
    ["TRACEABILITY_HOTS", "is not known and has no effect; did you mean TRACEABILITY_HOST?"],
    ["LOG_ELVLE", "is not known and has no effect; did you mean LOG_LEVEL?"],
    ["KAFKA_TOPICS", "is not known and has no effect"],
    ["LOG_LEVLE", "is not known and has no effect; did you mean LOG_LEVEL?"],
    ["KAFKA_SOMETHING_ELSE_ALTOGETHER", "is not known and has no effect"],
    [
      "KAFKA_CLUSTER_ID_5",
      "connections are KAFKA_CLUSTER_ID, and KAFKA_CLUSTER_ID_2 to KAFKA_CLUSTER_ID_4; this name has no effect",
    ],
    ["ADMIN_TOKEN_2", "there is one ADMIN_TOKEN for all connections, so this has no effect"],
  ])("that are not known are warned of, with the nearest that is: %s", (name, message) => {
    expect(warningOf(name)).toEqual([`${name}: ${message}`]);
  });

  it.each(["PATH", "HOME", "NODE_OPTIONS", "CI"])("of others are left alone: %s", (name) => {
    expect(warningOf(name)).toEqual([]);
  });

  it("that mean nothing here are reported as ignored, once for all connections", () => {
    const found = warnings({
      ...CLOUD,
      CENTRAL_ENVIRONMENT_2: "two",
      CENTRAL_SINGLEURL: "https://ingestion.platform.axway.com",
      CENTRAL_SINGLEURL_2: "https://ingestion.platform.axway.com",
      CENTRAL_GRPC_ENABLED: "true",
      AGENTFEATURES_METRICSERVICES_URL_1: "https://a.example",
      AGENTFEATURES_METRICSERVICES_URL_2: "https://b.example",
      STATUS_PORT: "8989",
    });
    expect(found).toEqual([
      "CENTRAL_SINGLEURL: is ignored: its host answers for others under their name, which fetch cannot ask for; the region's own addresses are used",
      "CENTRAL_GRPC_ENABLED: is ignored: events come over https",
      "AGENTFEATURES_METRICSERVICES_URL_1: is ignored: events go to Amplify's ingestion service only",
      "STATUS_PORT: is ignored: health is told at /health of this worker",
    ]);
  });

  it("with the official agents' own numbers make no connection", () => {
    const { connections } = read({
      ...CLOUD,
      AGENTFEATURES_METRICSERVICES_URL_2: "https://b.example",
      AGENTFEATURES_IDP_NAME_3: "x",
    });
    expect(connections.map(({ index }) => index)).toEqual([1]);
    expect(read({ ...CLOUD, CENTRAL_SINGLEURL_2: "https://x.example" }).problems).toEqual([]);
  });

  it("that switch something off by being empty are not reported", () => {
    expect(warnings({ ...CLOUD, CENTRAL_SINGLEURL: "" })).toEqual([]);
  });
});

suite("what took effect", () => {
  const variables = {
    ...CLOUD,
    CENTRAL_REGION: "EU",
    CENTRAL_PAGESIZE: "7",
    KAFKA_CLUSTER_REST_HEADERS: '{"x":"header-secret"}',
    TRACEABILITY_PROTOCOL: "tcp",
  };
  const shown = (audience: "operator" | "public") =>
    new Map(describe(sound(variables), audience).map(({ variable, value }) => [variable, value]));

  it("is told with what the reader may see of it", () => {
    expect([...shown("operator")]).toEqual(
      expect.arrayContaining([
        ["CENTRAL_REGION", "EU"],
        ["CENTRAL_URL", "https://central.eu-fr.axway.com"],
        ["CENTRAL_PAGESIZE", "100"],
        ["CENTRAL_AGENTNAME", "kafka-cloud-da, kafka-cloud-ta"],
        ["CENTRAL_AUTH_CLIENTID", "sa_6d66dc36-0000-4000-8000-000000000001"],
        ["CENTRAL_AUTH_PRIVATEKEY_DATA", "set"],
        ["CENTRAL_AUTH_CLIENTSECRET", "not set"],
        ["KAFKA_CLUSTER_ID", "lkc-1"],
        ["KAFKA_CLUSTER_REST_HEADERS", "set"],
        ["KAFKA_FILTER", "not set"],
        ["TRACEABILITY_HOST", "ingestion.visibility.eu-fr.axway.com"],
        ["TRACEABILITY_PROTOCOL", "https"],
        ["KAFKA_SCHEMAREGISTRY_ENABLED", "false"],
      ]),
    );
    expect(shown("public").get("KAFKA_CLUSTER_ID")).toBe("set");
    expect(shown("public").get("KAFKA_FILTER")).toBe("not set");
    expect(shown("public").get("CENTRAL_REGION")).toBe("EU");
  });

  it("never holds a secret, in settings, problems or warnings", () => {
    const secrets = ["cloud-secret", "header-secret", KEY.pkcs8.slice(40, 80), "token-token-token", "kept-out"];
    const all = {
      ...variables,
      ADMIN_TOKEN: "token-token-token",
      KAFKA_CLUSTER_REST_AUTH_TOKEN: "kept-out kept-out",
      CENTRAL_AUTH_KEYPASSWORD: "kept-out",
    };
    const { problems, warnings, worker } = read(all);
    const told = JSON.stringify([
      describe(sound(variables), "operator"),
      describe(worker, "operator"),
      worker.settings,
      problems,
      warnings,
    ]);
    for (const secret of secrets) expect(told).not.toContain(secret);
    expect(problems).toHaveLength(1);
    expect(describe(worker, "operator")).toContainEqual({
      variable: "ADMIN_TOKEN",
      visibility: "secret",
      value: "set",
    });
  });
});
