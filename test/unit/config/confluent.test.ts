import { describe, expect, it } from "vitest";
import { CLOUD, PLATFORM, problems, sound, warnings } from "./environments.ts";

const KEY = { kind: "basic", username: "CLOUDKEY", password: "cloud-secret" };

describe("a cluster in Confluent Cloud", () => {
  it("needs environment, cluster and one key, which may be good for everything", () => {
    expect(sound({ ...CLOUD, KAFKA_SCHEMAREGISTRY_ENABLED: "true" })).toMatchObject({
      kafka: {
        kind: "cloud",
        environmentId: "env-1",
        clusterId: "lkc-1",
        cloudUrl: "https://api.confluent.cloud",
        metricsUrl: "https://api.telemetry.confluent.cloud",
        cloudKey: { id: "CLOUDKEY", secret: "cloud-secret" },
        restUrl: undefined,
        auth: KEY,
        headers: {},
        timeoutMs: 30_000,
        cloudTimeoutMs: 30_000,
        bootstrapServers: [],
      },
      registry: { url: undefined, auth: KEY, headers: {}, timeoutMs: 30_000 },
      users: undefined,
    });
  });

  it("uses the keys of cluster and registry where they are set", () => {
    const connection = sound({
      ...CLOUD,
      KAFKA_CLUSTER_AUTH_APIKEY_ID: "K",
      KAFKA_CLUSTER_AUTH_APIKEY_SECRET: "k",
      KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID: "S",
      KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_SECRET: "s",
    });
    expect(connection.kafka.auth).toEqual({ kind: "basic", username: "K", password: "k" });
    expect(connection.registry?.auth).toEqual({ kind: "basic", username: "S", password: "s" });
  });

  it("prefers REST's own login to the cluster's key, and that to the brokers' OAuth client", () => {
    const oauth = {
      ...CLOUD,
      KAFKA_CLUSTER_AUTH_SASL_MECHANISM: "OAUTHBEARER",
      KAFKA_CLUSTER_AUTH_SASL_OAUTH_TOKENURL: "https://idp.example/token",
      KAFKA_CLUSTER_AUTH_SASL_OAUTH_CLIENTID: "client",
      KAFKA_CLUSTER_AUTH_SASL_OAUTH_CLIENTSECRET: "secret",
    };
    const key = { ...oauth, KAFKA_CLUSTER_AUTH_APIKEY_ID: "K", KAFKA_CLUSTER_AUTH_APIKEY_SECRET: "k" };
    const token = { ...key, KAFKA_CLUSTER_REST_AUTH_TOKEN: "t" };
    expect([oauth, key, token].map((variables) => sound(variables).kafka.auth.kind)).toEqual([
      "oauth",
      "basic",
      "bearer",
    ]);
  });

  it("does without a cloud key when every endpoint is given", () => {
    const given = {
      ...CLOUD,
      KAFKA_CLOUD_AUTH_APIKEY_ID: undefined,
      KAFKA_CLOUD_AUTH_APIKEY_SECRET: undefined,
      KAFKA_CLUSTER_AUTH_APIKEY_ID: "K",
      KAFKA_CLUSTER_AUTH_APIKEY_SECRET: "k",
      KAFKA_SCHEMAREGISTRY_ENABLED: "true",
    };
    expect(problems(given)).toEqual([
      "KAFKA_CLOUD_AUTH_APIKEY_ID: missing: a key to look up the cluster's endpoints, or else KAFKA_CLUSTER_REST_URL, KAFKA_CLUSTER_SERVERS, KAFKA_SCHEMAREGISTRY_URL",
    ]);
    const whole = {
      ...given,
      KAFKA_CLUSTER_REST_URL: "https://pkc-1.example:443",
      KAFKA_CLUSTER_SERVERS: "SASL_SSL://pkc-1.example:9092",
      KAFKA_SCHEMAREGISTRY_URL: "https://psrc-1.example",
    };
    expect(sound(whole).kafka).toMatchObject({
      cloudKey: undefined,
      restUrl: "https://pkc-1.example",
      bootstrapServers: ["pkc-1.example:9092"],
    });
    expect(warnings(whole)).toEqual([
      "KAFKA_CLOUD_AUTH_APIKEY_ID: not set: access cannot be provisioned and consumption not measured",
    ]);
  });

  it("names the half of a key that is missing", () => {
    expect(problems({ ...CLOUD, KAFKA_CLOUD_AUTH_APIKEY_SECRET: "", KAFKA_CLUSTER_AUTH_APIKEY_SECRET: "k" })).toEqual([
      "KAFKA_CLOUD_AUTH_APIKEY_SECRET: missing: KAFKA_CLOUD_AUTH_APIKEY_ID is set, and one needs the other",
      "KAFKA_CLOUD_AUTH_APIKEY_ID: missing: a key to look up the cluster's endpoints, or else KAFKA_CLUSTER_REST_URL, KAFKA_CLUSTER_SERVERS",
      "KAFKA_CLUSTER_AUTH_APIKEY_ID: missing: KAFKA_CLUSTER_AUTH_APIKEY_SECRET is set, and one needs the other",
    ]);
  });
});

describe("a cluster of Confluent Platform", () => {
  it("needs bootstrap servers and REST Proxy, and no login", () => {
    expect(sound(PLATFORM)).toMatchObject({
      kafka: {
        kind: "platform",
        clusterId: undefined,
        restUrl: "https://rest.example",
        auth: { kind: "none" },
        bootstrapServers: ["broker-1.example:9092", "broker-2.example:9092"],
        securityProtocol: undefined,
        saslMechanism: undefined,
      },
      registry: undefined,
      users: undefined,
    });
  });

  it("takes user and password, or a token, for REST Proxy, and extra headers", () => {
    const user = { ...PLATFORM, KAFKA_CLUSTER_REST_AUTH_USERNAME: "u", KAFKA_CLUSTER_REST_AUTH_PASSWORD: "p" };
    expect(sound(user).kafka.auth).toEqual({ kind: "basic", username: "u", password: "p" });
    const token = {
      ...PLATFORM,
      KAFKA_CLUSTER_REST_AUTH_TOKEN: "t",
      KAFKA_CLUSTER_REST_HEADERS: '{"CF-Access-Client-Id":"x"}',
    };
    expect(sound(token).kafka).toMatchObject({
      auth: { kind: "bearer", token: "t" },
      headers: { "CF-Access-Client-Id": "x" },
    });
    expect(problems({ ...user, KAFKA_CLUSTER_REST_AUTH_TOKEN: "t" })).toEqual([
      "KAFKA_CLUSTER_REST_AUTH_TOKEN: expected either this or KAFKA_CLUSTER_REST_AUTH_USERNAME, found both",
    ]);
  });

  it.each(["PLAIN", "SCRAM-SHA-256", "scram-sha-512"])(
    "never sends the brokers' SASL user to REST Proxy: %s",
    (mechanism) => {
      const sasl = {
        ...PLATFORM,
        KAFKA_CLUSTER_AUTH_SASL_MECHANISM: mechanism,
        KAFKA_CLUSTER_AUTH_SASL_USERNAME: "broker-user",
        KAFKA_CLUSTER_AUTH_SASL_PASSWORD: "broker-password",
      };
      expect(sound(sasl).kafka).toMatchObject({ auth: { kind: "none" }, saslMechanism: mechanism.toUpperCase() });
      expect(JSON.stringify(sound(sasl))).not.toContain("broker-password");
      expect(warnings(sasl)).toEqual([
        "KAFKA_CLUSTER_AUTH_SASL_USERNAME: is ignored: is the brokers' user, with whom a Worker does not speak, and is never sent to REST Proxy; its login is KAFKA_CLUSTER_REST_AUTH_*",
        "KAFKA_CLUSTER_AUTH_SASL_PASSWORD: is ignored: is the brokers' user, with whom a Worker does not speak, and is never sent to REST Proxy; its login is KAFKA_CLUSTER_REST_AUTH_*",
      ]);
    },
  );

  const oauth = {
    ...PLATFORM,
    KAFKA_CLUSTER_AUTH_SASL_MECHANISM: "OAUTHBEARER",
    KAFKA_CLUSTER_AUTH_SASL_OAUTH_TOKENURL: "https://idp.example/token",
    KAFKA_CLUSTER_AUTH_SASL_OAUTH_CLIENTID: "client",
    KAFKA_CLUSTER_AUTH_SASL_OAUTH_CLIENTSECRET: "secret",
    KAFKA_CLUSTER_AUTH_SASL_OAUTH_SCOPES: "a, b",
  };

  it("uses the brokers' OAUTHBEARER client for REST Proxy where that has no login", () => {
    expect(sound(oauth).kafka.auth).toEqual({
      kind: "oauth",
      tokenUrl: "https://idp.example/token",
      clientId: "client",
      clientSecret: "secret",
      scopes: ["a", "b"],
      timeoutMs: 30_000,
    });
    expect(sound({ ...oauth, KAFKA_CLUSTER_REST_AUTH_TOKEN: "t" }).kafka.auth).toEqual({ kind: "bearer", token: "t" });
    expect(sound({ ...oauth, KAFKA_CLUSTER_AUTH_SASL_MECHANISM: "PLAIN" }).kafka.auth).toEqual({ kind: "none" });
  });

  it("names all that an OAUTHBEARER client lacks", () => {
    expect(problems({ ...PLATFORM, KAFKA_CLUSTER_AUTH_SASL_MECHANISM: "OAUTHBEARER" })).toEqual([
      "KAFKA_CLUSTER_AUTH_SASL_OAUTH_TOKENURL: missing: OAUTHBEARER needs the token endpoint",
      "KAFKA_CLUSTER_AUTH_SASL_OAUTH_CLIENTID: missing: OAUTHBEARER needs the client id",
      "KAFKA_CLUSTER_AUTH_SASL_OAUTH_CLIENTSECRET: missing: OAUTHBEARER needs the client secret",
    ]);
  });

  it("reads the brokers' protocol where it stands before the servers", () => {
    const servers = (text: string) => ({ ...PLATFORM, KAFKA_CLUSTER_SERVERS: text });
    expect(sound(servers("SASL_SSL://a.example:9092, SASL_SSL://10.0.0.1:9093")).kafka).toMatchObject({
      bootstrapServers: ["a.example:9092", "10.0.0.1:9093"],
      securityProtocol: "SASL_SSL",
    });
    expect(problems(servers("SSL://a:1,b:1"))).toEqual([
      "KAFKA_CLUSTER_SERVERS: expected the same protocol before all servers, or none",
    ]);
    expect(problems(servers("HTTP://a:1"))).toEqual([
      "KAFKA_CLUSTER_SERVERS: expected PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL before ://, or nothing",
    ]);
    expect(problems(servers("broker"))).toEqual([
      "KAFKA_CLUSTER_SERVERS: expected host:port, separated by commas, such as broker-1.example:9092",
    ]);
  });

  it("says that what belongs to Cloud has no effect", () => {
    expect(warnings({ ...PLATFORM, KAFKA_CLUSTER_AUTH_APIKEY_ID: "K" })).toEqual([
      "KAFKA_CLUSTER_AUTH_APIKEY_ID: belongs to Confluent Cloud and has no effect, as KAFKA_CLOUD_ENABLED is not true",
    ]);
  });

  it("takes a user-admin endpoint with its token", () => {
    const users = { ...PLATFORM, KAFKA_USERS_URL: "https://users.example/", KAFKA_USERS_TOKEN: "t".repeat(20) };
    expect(sound(users).users).toEqual({ url: "https://users.example", token: "t".repeat(20), headers: {} });
    expect(problems({ ...users, KAFKA_USERS_TOKEN: "" })).toEqual([
      "KAFKA_USERS_TOKEN: missing: the token of the user-admin endpoint",
    ]);
    const two = { ...users, KAFKA_USERS_TOKEN: `${"n".repeat(20)} ${"o".repeat(20)}` };
    expect(sound(two).users?.token).toBe("n".repeat(20));
    expect(warnings({ ...users, KAFKA_USERS_TOKEN: "short" })).toEqual([
      "KAFKA_USERS_TOKEN: is short enough to be guessed; use at least 16 random characters",
    ]);
    expect(warnings({ ...CLOUD, KAFKA_USERS_URL: "https://users.example" })).toEqual([
      "KAFKA_USERS_URL: has no effect: Confluent Cloud has accounts and keys",
    ]);
  });
});

describe("Schema Registry", () => {
  const registry = { ...PLATFORM, KAFKA_SCHEMAREGISTRY_URL: "https://registry.example" };

  it("is read when it has an address, and not when it is switched off", () => {
    expect(sound(registry).registry).toMatchObject({ url: "https://registry.example", auth: { kind: "none" } });
    expect(sound({ ...registry, KAFKA_SCHEMAREGISTRY_ENABLED: "false" }).registry).toBeUndefined();
    expect(sound(CLOUD).registry).toBeUndefined();
    expect(problems({ ...PLATFORM, KAFKA_SCHEMAREGISTRY_ENABLED: "TRUE" })).toEqual([
      "KAFKA_SCHEMAREGISTRY_URL: missing: the address of Schema Registry, or KAFKA_SCHEMAREGISTRY_ENABLED=false",
    ]);
  });

  it("is logged in to with its SASL user as Basic, and with its OAuth client as Bearer", () => {
    const sasl = {
      ...registry,
      KAFKA_SCHEMAREGISTRY_AUTH_SASL_MECHANISM: "SCRAM-SHA-512",
      KAFKA_SCHEMAREGISTRY_AUTH_SASL_USERNAME: "u",
      KAFKA_SCHEMAREGISTRY_AUTH_SASL_PASSWORD: "p",
    };
    expect(sound(sasl).registry?.auth).toEqual({ kind: "basic", username: "u", password: "p" });
    const client = {
      ...sasl,
      KAFKA_SCHEMAREGISTRY_AUTH_SASL_MECHANISM: "OAUTHBEARER",
      KAFKA_SCHEMAREGISTRY_AUTH_SASL_OAUTH_TOKENURL: "https://idp.example/token",
      KAFKA_SCHEMAREGISTRY_AUTH_SASL_OAUTH_CLIENTID: "c",
      KAFKA_SCHEMAREGISTRY_AUTH_SASL_OAUTH_CLIENTSECRET: "s",
    };
    expect(sound(client).registry?.auth).toMatchObject({ kind: "oauth", clientId: "c", scopes: [] });
  });
});

describe("extra headers", () => {
  const headers = (text: string) => problems({ ...PLATFORM, KAFKA_CLUSTER_REST_HEADERS: text });

  it.each([
    ["{", 'expected a JSON object such as {"name":"value"}'],
    ['["a"]', 'expected a JSON object such as {"name":"value"}'],
    ['{"a":1}', "expected text as each header's value"],
    ['{"a b":"x"}', "expected names of headers"],
    ['{"a":"x\\r\\nHost: y"}', "expected headers' values in one line of plain characters"],
    [
      '{"Authorization":"x"}',
      "expected none of authorization, connection, content-length, content-type, host, transfer-encoding; a login has variables of its own",
    ],
  ])("are refused without being repeated: %s", (text, message) => {
    expect(headers(text)).toEqual([`KAFKA_CLUSTER_REST_HEADERS: ${message}`]);
  });
});

describe("an address", () => {
  const rest = (url: string, platform: "cloudflare" | "deno" = "cloudflare") => {
    const variables = { ...PLATFORM, KAFKA_CLUSTER_REST_URL: url };
    return [...problems(variables, platform), ...warnings(variables, platform)].map((line) =>
      line.replace("KAFKA_CLUSTER_REST_URL: ", ""),
    );
  };

  it.each([
    "https://10.0.0.5:8082",
    "https://[fd00::5]",
    "https://3232235777",
    "https://0xC0.0xA8.1.1",
    "http://0.0.0.0:8082",
  ])("that is an IP address is refused on Cloudflare and reached from Deno: %s", (url) => {
    expect(rest(url)[0]).toContain("expected a host name: a Worker on Cloudflare cannot reach an IP address");
    expect(rest(url, "deno").filter((line) => line.startsWith("expected"))).toEqual([]);
  });

  it.each([
    "http://127.0.0.1:8082",
    "http://localhost:8082",
    "http://[::1]:8082",
    "http://kafka.localhost",
    "https://rest.example/kafka",
  ])("of this machine may do without TLS: %s", (url) => {
    expect(rest(url)).toEqual([]);
  });

  it("without TLS is warned of", () => {
    expect(rest("http://notlocalhost")).toEqual(["http sends credentials and data unencrypted; use https"]);
    expect(rest("http://127.0.0.1.example")).toEqual(["http sends credentials and data unencrypted; use https"]);
    expect(rest("http://rest.example")).toEqual(["http sends credentials and data unencrypted; use https"]);
  });

  it.each([
    ["rest.example:8082", "expected an address such as https://host/path"],
    ["ftp://rest.example", "expected an address such as https://host/path"],
    ["https://", "expected an address such as https://host/path"],
    [
      "https://:password@rest.example",
      "expected an address without user and password; they have variables of their own",
    ],
    [
      "https://user:password@rest.example",
      "expected an address without user and password; they have variables of their own",
    ],
    ["https://rest.example/?token=x", "expected an address without ? and #"],
  ])("is refused: %s", (url, message) => {
    expect(rest(url)).toEqual([message]);
  });
});
