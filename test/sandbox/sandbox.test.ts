import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Observed } from "./core/observe.ts";
import { permissionsOf, provisioningPermissionsOf, reportingPermissionsOf } from "./lacking.ts";
import { createSandbox, type Sandbox } from "./sandbox.ts";

function basic(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${btoa(`${user}:${password}`)}` };
}

/** As the worker's clients would ask, by the variables alone. */
async function ask(sandbox: Sandbox, address: string, headers: Record<string, string> = {}, init: RequestInit = {}) {
  const response = await sandbox.fetch(new Request(address, { headers, ...init }));
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe("the sandbox in one process", () => {
  const sandbox = createSandbox({ inProcess: true });

  it("plays Cloud from the control plane to topics and schemas, with the variables' keys", async () => {
    const variables = sandbox.environmentVariables("cloud");
    const cloudKey = basic(variables.KAFKA_CLOUD_AUTH_APIKEY_ID ?? "", variables.KAFKA_CLOUD_AUTH_APIKEY_SECRET ?? "");
    const cmk = `${variables.KAFKA_CLOUD_URL}/cmk/v2/clusters/${variables.KAFKA_CLUSTER_ID}?environment=${variables.KAFKA_CLOUD_ENVIRONMENT}`;
    const cluster = JSON.parse((await ask(sandbox, cmk, cloudKey)).text);
    expect(cluster.spec.kafka_bootstrap_endpoint).toBe("SASL_SSL://pkc-7mr1dn.eu-central-1.aws.confluent.cloud:9092");
    const rest = cluster.spec.endpoints.PUBLIC.http_endpoint;
    expect(rest).toBe("https://pkc-7mr1dn.eu-central-1.aws.confluent.cloud:443");
    const kafkaKey = basic(
      variables.KAFKA_CLUSTER_AUTH_APIKEY_ID ?? "",
      variables.KAFKA_CLUSTER_AUTH_APIKEY_SECRET ?? "",
    );
    const topics = JSON.parse((await ask(sandbox, `${rest}/kafka/v3/clusters/${cluster.id}/topics`, kafkaKey)).text);
    expect(topics.data).toHaveLength(48);
    const srcm = `${variables.KAFKA_CLOUD_URL}/srcm/v3/clusters?environment=${variables.KAFKA_CLOUD_ENVIRONMENT}`;
    const registry = JSON.parse((await ask(sandbox, srcm, cloudKey)).text).data[0].spec.http_endpoint;
    const registryKey = basic(
      variables.KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID ?? "",
      variables.KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_SECRET ?? "",
    );
    const schemas = `${registry}/schemas?subjectPrefix=%3A*%3A&latestOnly=true`;
    const listed = await ask(sandbox, schemas, { ...registryKey, "confluent-accept-unknown-properties": "true" });
    expect(JSON.parse(listed.text).length).toBeGreaterThan(40);
  });

  it("plays Platform with Basic logins", async () => {
    const { kafkaRestUrl, kafkaRest, schemaRegistryUrl, schemaRegistry } = sandbox.endpoints().confluentPlatform;
    const login = basic(kafkaRest.username, kafkaRest.password);
    const clusters = JSON.parse((await ask(sandbox, `${kafkaRestUrl}/v3/clusters`, login)).text);
    const id = clusters.data[0].cluster_id;
    expect(id).toBe(sandbox.endpoints().confluentPlatform.clusterId);
    expect((await ask(sandbox, `${kafkaRestUrl}/v3/clusters/${id}/topics`, login)).status).toBe(200);
    expect((await ask(sandbox, `${kafkaRestUrl}/v3/clusters/${id}/topics`)).status).toBe(401);
    const subjects = await ask(
      sandbox,
      `${schemaRegistryUrl}/subjects`,
      basic(schemaRegistry.username, schemaRegistry.password),
    );
    expect(JSON.parse(subjects.text)).toContain(":.prod:settlements-value");
    const missing = await ask(sandbox, `${schemaRegistryUrl}/subjects`, basic(schemaRegistry.username, ""));
    expect([missing.status, missing.text]).toEqual([401, '{"error_code":401,"message":"Unauthorized"}']);
  });

  it("plays Amplify under all its names, and gives a token for a client secret", async () => {
    const { amplify } = sandbox.endpoints();
    const { id, secret } = amplify.clients.withSecret;
    const form = { ...basic(id, secret), "content-type": "application/x-www-form-urlencoded" };
    const granted = await ask(sandbox, amplify.tokenUrl, form, {
      method: "POST",
      body: "grant_type=client_credentials",
    });
    const token = JSON.parse(granted.text).access_token;
    const headers = { authorization: `Bearer ${token}`, "x-axway-tenant-id": amplify.organizationId };
    const environment = `${amplify.apiServer}/management/v1/environments/${amplify.environments.cloud}`;
    expect(JSON.parse((await ask(sandbox, environment, headers)).text).name).toBe("meridian-cloud");
    expect(sandbox.log.all().at(-1)).toMatchObject({ service: "amplify", status: 200, caller: id });
    const organization = `${amplify.platformUrl}/api/v1/org/${amplify.organizationId}`;
    expect((await ask(sandbox, organization, headers)).status).toBe(200);
  });

  it("logs who called which service, without what the answer said of it", async () => {
    const { kafkaRestUrl, apiKeys, clusterId } = sandbox.endpoints().confluentCloud;
    sandbox.log.mark("here");
    const answer = await ask(
      sandbox,
      `${kafkaRestUrl}/clusters/${clusterId}/topics/orders`,
      basic(apiKeys.kafka.id, apiKeys.kafka.secret),
    );
    expect(answer.headers.has("x-sandbox-caller")).toBe(false);
    expect(sandbox.log.between("here")).toMatchObject([
      {
        service: "cloud-kafka",
        method: "GET",
        path: `/kafka/v3/clusters/${clusterId}/topics/orders`,
        status: 200,
        caller: apiKeys.kafka.id,
      },
    ]);
  });

  it("breaks as a scenario says", async () => {
    sandbox.faults.add({ name: "down", when: { service: "platform-registry" }, fault: { do: "reset" } });
    await expect(ask(sandbox, `${sandbox.addresses.platformRegistry}/subjects`)).rejects.toThrow("reset");
    sandbox.faults.clear();
    expect((await ask(sandbox, `${sandbox.addresses.platformRegistry}/subjects`)).status).toBe(401);
    sandbox.faults.add({ name: "empty", when: { path: "/kafka/v3/clusters/*/topics" }, fault: { do: "empty-list" } });
    const { kafkaRestUrl, apiKeys, clusterId } = sandbox.endpoints().confluentCloud;
    const login = { ...basic(apiKeys.kafka.id, apiKeys.kafka.secret), "accept-encoding": "gzip" };
    const empty = await ask(sandbox, `${kafkaRestUrl}/clusters/${clusterId}/topics`, login);
    expect([empty.status, JSON.parse(empty.text).kind, JSON.parse(empty.text).data]).toEqual([
      200,
      "KafkaTopicList",
      [],
    ]);
    sandbox.faults.clear();
  });

  it("tells an observer what went over the wire, uncompressed and without logins, and keeps the answer readable", async () => {
    const { kafkaRestUrl, apiKeys, clusterId } = sandbox.endpoints().confluentCloud;
    const login = basic(apiKeys.kafka.id, apiKeys.kafka.secret);
    const seen: Observed[] = [];
    sandbox.observe((each) => seen.push(each));
    const headers = { ...login, "accept-encoding": "gzip" };
    await ask(sandbox, `${kafkaRestUrl}/clusters/${clusterId}/topics`, headers);
    sandbox.observe(undefined);
    await ask(sandbox, `${kafkaRestUrl}/clusters/${clusterId}/topics`, headers);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      service: "cloud-kafka",
      request: { method: "GET", body: "" },
      response: { status: 200 },
    });
    expect(seen[0]?.request.headers.has("authorization")).toBe(false);
    expect(JSON.parse(seen[0]?.response.body ?? "").data).toHaveLength(48);
  });

  it("knows no other host", async () => {
    await expect(ask(sandbox, "https://example.com/")).rejects.toThrow("plays no host https://example.com");
  });

  it("throws nothing of its own", () => {
    expect(sandbox.defects).toEqual([]);
  });
});

describe("what configures a worker", () => {
  const sandbox = createSandbox({ inProcess: true, world: "empty" });

  it("are the variables of two connections, of which the second inherits nothing by accident", () => {
    const variables = sandbox.allEnvironmentVariables();
    expect(variables.CENTRAL_ENVIRONMENT).toBe("meridian-cloud");
    expect(variables.CENTRAL_ENVIRONMENT_2).toBe("meridian-platform");
    expect(variables.KAFKA_CLUSTER_AUTH_APIKEY_ID_2).toBe("");
    expect(variables.KAFKA_CLOUD_ENABLED_2).toBe("false");
    expect(variables.CENTRAL_AUTH_CLIENTID).not.toBe(variables.CENTRAL_AUTH_CLIENTID_2);
    expect(variables.CENTRAL_AUTH_PRIVATEKEY_DATA).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    const names = Object.keys(variables).filter((name) => !name.endsWith("_2"));
    for (const name of names) expect(variables).toHaveProperty([`${name}_2`]);
  });

  it.each(["cloud", "platform"] as const)(
    "differ on %s, for each permission that can be lacking, in that login alone",
    (side) => {
      const whole = sandbox.environmentVariables(side);
      const seen = new Set<string>();
      const permissions = [...permissionsOf(side), ...provisioningPermissionsOf(side), ...reportingPermissionsOf(side)];
      for (const permission of permissions) {
        const lacking = sandbox.environmentVariables(side, { lacking: permission });
        const changed = Object.keys(whole).filter((name) => whole[name] !== lacking[name]);
        expect(Object.keys(lacking)).toEqual(Object.keys(whole));
        expect(changed.length).toBeGreaterThan(0);
        expect(changed.every((name) => /_AUTH_/.test(name))).toBe(true);
        seen.add(JSON.stringify(lacking));
      }
      expect(seen.size).toBe(permissions.length);
    },
  );
});

describe("Platform set up otherwise", () => {
  const status = async (sandbox: Sandbox, path: string, headers: Record<string, string> = {}) =>
    (await ask(sandbox, `${sandbox.addresses.platformKafka}${path}`, headers)).status;

  it("is Confluent Server with a Bearer token", async () => {
    const sandbox = createSandbox({
      inProcess: true,
      world: "empty",
      platform: { server: "confluent-server", login: "bearer" },
    });
    const { KAFKA_CLUSTER_REST_AUTH_TOKEN, ...others } = sandbox.environmentVariables("platform");
    const bearer = { authorization: `Bearer ${KAFKA_CLUSTER_REST_AUTH_TOKEN}` };
    expect(await status(sandbox, "/kafka/v3/clusters", bearer)).toBe(200);
    expect(await status(sandbox, "/v3/clusters", bearer)).toBe(404);
    expect(await status(sandbox, "/kafka/v3/clusters", { authorization: "Bearer other" })).toBe(401);
    expect(others).not.toHaveProperty("KAFKA_CLUSTER_REST_AUTH_PASSWORD");
  });

  it("lets everybody in, but through its tunnel alone", async () => {
    const tunnel = { "cf-access-client-id": "id.access", "cf-access-client-secret": "secret" };
    const sandbox = createSandbox({ inProcess: true, world: "empty", platform: { login: "none", tunnel } });
    const variables = sandbox.environmentVariables("platform");
    expect(JSON.parse(variables.KAFKA_CLUSTER_REST_HEADERS ?? "")).toEqual(tunnel);
    expect(variables.KAFKA_SCHEMAREGISTRY_HEADERS).toBe(variables.KAFKA_CLUSTER_REST_HEADERS);
    expect(variables).not.toHaveProperty("KAFKA_SCHEMAREGISTRY_AUTH_SASL_USERNAME");
    expect(await status(sandbox, "/v3/clusters", tunnel)).toBe(200);
    expect(await status(sandbox, "/v3/clusters")).toBe(403);
    const subjects = `${sandbox.addresses.platformRegistry}/subjects`;
    expect((await ask(sandbox, subjects, tunnel)).status).toBe(200);
    expect((await ask(sandbox, subjects)).status).toBe(403);
  });
});

describe("the sandbox's state", () => {
  const folders: string[] = [];
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  });

  it("goes on after a restart with its topics, schemas, logins and clock", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sandbox-"));
    folders.push(folder);
    const file = join(folder, "state.json");
    const first = createSandbox({ inProcess: true, seed: 5 });
    expect(await first.load(file)).toBe(false);
    first.parts.clusters.cloud.createTopic({ name: "made.later", partitions: 1 });
    first.clock.advance(86_400_000);
    await first.save(file);
    const second = createSandbox({ inProcess: true, world: "empty" });
    expect(await second.load(file)).toBe(true);
    expect(second.endpoints()).toEqual(first.endpoints());
    expect(second.snapshot()).toEqual(first.snapshot());
    expect(second.clock.offset()).toBe(86_400_000);
    const { kafkaRestUrl, apiKeys, clusterId } = second.endpoints().confluentCloud;
    const login = basic(apiKeys.kafka.id, apiKeys.kafka.secret);
    expect((await ask(second, `${kafkaRestUrl}/clusters/${clusterId}/topics/made.later`, login)).status).toBe(200);
  });
});

describe("the sandbox on its ports", () => {
  const basePort = 18_820;
  let sandbox: Sandbox | undefined;
  afterEach(async () => {
    await sandbox?.close();
    await sandbox?.close();
  });

  it("answers there, cmk's addresses included, and is steered by its control service", async () => {
    sandbox = createSandbox({ basePort, world: "empty" });
    await sandbox.listen();
    const { confluentCloud, control } = sandbox.endpoints();
    expect(control).toBe(`http://localhost:${basePort + 8}`);
    const login = { headers: basic(confluentCloud.apiKeys.cloud.id, confluentCloud.apiKeys.cloud.secret) };
    const cmk = `${confluentCloud.controlPlaneUrl}/cmk/v2/clusters/${confluentCloud.clusterId}?environment=${confluentCloud.environment}`;
    const cluster = (await (await fetch(cmk, login)).json()) as { spec: { http_endpoint: string } };
    const topics = await fetch(`${cluster.spec.http_endpoint}/kafka/v3/clusters/${confluentCloud.clusterId}/topics`, {
      headers: basic(confluentCloud.apiKeys.kafka.id, confluentCloud.apiKeys.kafka.secret),
    });
    expect(topics.status).toBe(200);
    await fetch(`${control}/clock/advance`, { method: "POST", body: '{"ms":5000}' });
    expect(sandbox.clock.offset()).toBe(5000);
    const told = (await (await fetch(`${control}/endpoints`)).json()) as object;
    expect(told).toEqual(JSON.parse(JSON.stringify(sandbox.endpoints())));
  });

  it("names the service whose port is in use", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(basePort + 4, "127.0.0.1", resolve));
    sandbox = createSandbox({ basePort, world: "empty" });
    await expect(sandbox.listen()).rejects.toThrow(
      `Port ${basePort + 4}, wanted for the sandbox's cloud-kafka, is in use`,
    );
    await new Promise((resolve) => taken.close(resolve));
  });
});
