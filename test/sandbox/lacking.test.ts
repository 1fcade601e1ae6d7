import { describe, expect, it } from "vitest";
import { createSandbox } from "./sandbox.ts";
import type { Variables } from "./variables.ts";
import {
  cloudPermissions,
  cloudProvisioningPermissions,
  kafkaPermissions,
  type Permission,
  registryPermissions,
  type WrongCredential,
} from "./world/permissions.ts";

const sandbox = createSandbox({ inProcess: true });
const { cloud, cloudKafka, cloudRegistry, metrics, platformKafka, platformRegistry } = sandbox.addresses;
const { clusterId, environment } = sandbox.endpoints().confluentCloud;
const platformId = sandbox.endpoints().confluentPlatform.clusterId;

interface Probe {
  readonly of: string;
  readonly login: string;
  readonly method?: string;
  readonly address: string;
  readonly body?: unknown;
}

function kafkaProbes(base: string, id: string, login: string): Probe[] {
  const at = (path: string) => `${base}/clusters/${id}/${path}`;
  return [
    { of: "topic-describe", login, address: at("topics/orders") },
    { of: "topic-describe-configs", login, address: at("topics/-/configs") },
    { of: "cluster-describe", login, address: at("acls") },
  ];
}
const query = {
  aggregations: [{ metric: "io.confluent.kafka.server/consumer_lag_offsets" }],
  filter: { field: "resource.kafka.id", op: "EQ", value: clusterId },
  ...{ granularity: "PT1M", intervals: ["now-6m|m/now-5m|m"] },
};
const cloudProbes: Probe[] = [
  ...kafkaProbes(`${cloudKafka}/kafka/v3`, clusterId, "KAFKA_CLUSTER_AUTH_APIKEY"),
  {
    of: "subject-read",
    login: "KAFKA_SCHEMAREGISTRY_AUTH_APIKEY",
    address: `${cloudRegistry}/subjects/orders-value/versions/1`,
  },
  ...[
    { of: "environment-read", address: `${cloud}/cmk/v2/clusters/${clusterId}?environment=${environment}` },
    { of: "service-account-read", address: `${cloud}/iam/v2/service-accounts` },
    { of: "quota-read", address: `${cloud}/service-quota/v1/applied-quotas?scope=ORGANIZATION` },
    { of: "metrics-viewer", method: "POST", address: `${metrics}/v2/metrics/cloud/query`, body: query },
  ].map((probe) => ({ ...probe, login: "KAFKA_CLOUD_AUTH_APIKEY" })),
];
const platformProbes: Probe[] = [
  ...kafkaProbes(`${platformKafka}/v3`, platformId, "KAFKA_CLUSTER_REST_AUTH"),
  {
    of: "subject-read",
    login: "KAFKA_SCHEMAREGISTRY_AUTH_SASL",
    address: `${platformRegistry}/subjects/orders-value/versions/1`,
  },
];

async function status({ login, method = "GET", address, body }: Probe, variables: Variables): Promise<number> {
  const user = variables[`${login}_ID`] ?? variables[`${login}_USERNAME`];
  const password = variables[`${login}_SECRET`] ?? variables[`${login}_PASSWORD`];
  const headers = { authorization: `Basic ${btoa(`${user}:${password}`)}`, "content-type": "application/json" };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  return (await sandbox.fetch(new Request(address, { method, headers, ...text }))).status;
}

const cases = {
  cloud: { probes: cloudProbes, permissions: [...kafkaPermissions, ...registryPermissions, ...cloudPermissions] },
  platform: { probes: platformProbes, permissions: [...kafkaPermissions, ...registryPermissions] },
} as const;

describe.each(["cloud", "platform"] as const)("a credential of %s that lacks one permission", (side) => {
  const { probes, permissions } = cases[side];

  it.each(permissions.map((permission): [string, Permission] => [permission.name, permission]))(
    "%s is refused for that alone",
    async (name, permission) => {
      const variables = sandbox.environmentVariables(side, { lacking: permission });
      const refused: string[] = [];
      for (const probe of probes) if ((await status(probe, variables)) === 403) refused.push(probe.of);
      // Two show by what is left out of a list, never by a refusal; ALTER is asked for by writes of ACLs, which come with provisioning.
      const silent = ["group-describe", "api-key-read", "cluster-alter"].includes(name);
      expect(refused).toEqual(silent ? [] : [name]);
    },
  );

  it("is refused nowhere when it lacks none", async () => {
    const variables = sandbox.environmentVariables(side);
    for (const probe of probes) expect([probe.of, await status(probe, variables)]).not.toEqual([probe.of, 403]);
  });
});

describe("a Cloud key that lacks one permission of provisioning", () => {
  const { confluentCloud } = sandbox.endpoints();
  const worker = [...sandbox.parts.organization.owners.keys()][0] ?? "";
  const login = "KAFKA_CLOUD_AUTH_APIKEY";
  const crn = `crn://confluent.cloud/organization=${confluentCloud.organizationId}/environment=${environment}/schema-registry=${confluentCloud.schemaRegistryId}/subject=orders-value`;
  const writes: Probe[] = [
    { of: "service-account-write", login, method: "POST", address: `${cloud}/iam/v2/service-accounts`, body: {} },
    {
      ...{ of: "api-key-write", login, method: "POST", address: `${cloud}/iam/v2/api-keys` },
      body: { spec: { owner: { id: worker }, resource: { id: clusterId } } },
    },
    {
      ...{ of: "role-binding-write", login, method: "POST", address: `${cloud}/iam/v2/role-bindings` },
      body: { principal: `User:${worker}`, role_name: "DeveloperRead", crn_pattern: crn },
    },
  ];

  it.each(cloudProvisioningPermissions.map((permission): [string, Permission] => [permission.name, permission]))(
    "%s is refused for that alone",
    async (name, permission) => {
      const variables = sandbox.environmentVariables("cloud", { lacking: permission });
      const refused: string[] = [];
      for (const probe of [...writes, ...cloudProbes.filter((probe) => probe.login === login)]) {
        if ((await status(probe, variables)) === 403) refused.push(probe.of);
      }
      expect(refused).toEqual(name === "role-binding-read" ? [] : [name]);
    },
  );

  it("sees no role binding where it may not read them", async () => {
    const list = `${cloud}/iam/v2/role-bindings?crn_pattern=${encodeURIComponent(crn)}`;
    const bindings = async (variables: Variables) => {
      const key = `${variables.KAFKA_CLOUD_AUTH_APIKEY_ID}:${variables.KAFKA_CLOUD_AUTH_APIKEY_SECRET}`;
      const headers = { authorization: `Basic ${btoa(key)}` };
      const answer = await sandbox.fetch(new Request(list, { headers }));
      return ((await answer.json()) as { data: unknown[] }).data.length;
    };
    const lacking = cloudProvisioningPermissions.find(({ name }) => name === "role-binding-read");
    expect(await bindings(sandbox.environmentVariables("cloud"))).toBeGreaterThan(0);
    expect(await bindings(sandbox.environmentVariables("cloud", lacking === undefined ? {} : { lacking }))).toBe(0);
  });
});

describe("a wrong credential of Cloud", () => {
  const first = (login: string) => cloudProbes.find((probe) => probe.login === login);
  it.each<[WrongCredential, string]>([
    ["kafka-key-of-another-cluster", "KAFKA_CLUSTER_AUTH_APIKEY"],
    ["registry-key-of-another-registry", "KAFKA_SCHEMAREGISTRY_AUTH_APIKEY"],
    ["cloud-key-revoked", "KAFKA_CLOUD_AUTH_APIKEY"],
  ])("%s gets 401", async (wrong, login) => {
    const probe = first(login);
    expect(probe && (await status(probe, sandbox.environmentVariables("cloud", { wrong })))).toBe(401);
  });
});

describe("the rights of topics that show in lists", () => {
  it("leave them empty, not refused", async () => {
    const [topicDescribe] = kafkaPermissions;
    const { id, secret } = keyOf(
      sandbox.environmentVariables("cloud", topicDescribe ? { lacking: topicDescribe } : {}),
    );
    const response = await sandbox.fetch(
      new Request(`${cloudKafka}/kafka/v3/clusters/${clusterId}/topics`, {
        headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
      }),
    );
    expect([response.status, ((await response.json()) as { data: unknown[] }).data]).toEqual([200, []]);
  });
});

function keyOf(variables: Variables): { id: string | undefined; secret: string | undefined } {
  return { id: variables.KAFKA_CLUSTER_AUTH_APIKEY_ID, secret: variables.KAFKA_CLUSTER_AUTH_APIKEY_SECRET };
}
