import type { Sandbox } from "../../sandbox/sandbox.ts";
import { kafkaPermissions, registryPermissions } from "../../sandbox/world/permissions.ts";
import type { JudgedRequest, JudgedResponse } from "./check.ts";
import type { ConfluentService } from "./specs.ts";

export interface Exchange {
  readonly service: ConfluentService;
  readonly request: JudgedRequest;
  readonly response: JudgedResponse;
  /** Whether the request is wrong on purpose, to see the refusal; then only its answer is judged. */
  readonly deliberate: boolean;
}

/** One request of the broad set: as the worker sends it, or as it must be answered when something is wrong. */
interface Ask {
  readonly service: ConfluentService;
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The service's own login when not given; `""` for none. */
  readonly authorization?: string;
  readonly deliberate?: true;
}

function basic(user: string | undefined, password: string | undefined): string {
  return `Basic ${btoa(`${user}:${password}`)}`;
}

/** A group of both clusters that reads orders, once `playTraffic` was called. */
const judgedGroup = "judged.group";

/** Lets an application read on both sides for some minutes. */
export function playTraffic(sandbox: Sandbox): void {
  const { traffic } = sandbox.parts;
  for (const side of ["cloud", "platform"] as const) {
    traffic.produce({ name: `${side} shop`, side, topic: "orders", perMinute: 20 });
    traffic.consume({ name: `${side} app`, side, group: judgedGroup, topics: ["orders"], perMinute: 7 });
  }
  const { otherGroups } = sandbox.parts.clusters.cloud;
  otherGroups.add({ id: "jobs", kind: "share", members: 1, topics: ["orders"] });
  otherGroups.add({ id: "totals", kind: "streams", members: 1, topics: ["orders"] });
  sandbox.clock.advance(15 * 60_000);
}

/** Sends the broad set to a sandbox and keeps what went over the wire. */
export async function broadSet(sandbox: Sandbox): Promise<Exchange[]> {
  const exchanges: Exchange[] = [];
  for (const ask of asks(sandbox)) exchanges.push(await exchange(sandbox, ask));
  return exchanges;
}

async function exchange(sandbox: Sandbox, ask: Ask): Promise<Exchange> {
  const { service, method = "GET", target, body } = ask;
  const headers = new Headers(ask.headers);
  const authorization = ask.authorization ?? logins(sandbox)[service];
  if (authorization !== "") headers.set("authorization", authorization);
  const text = body === undefined ? "" : JSON.stringify(body);
  if (text !== "" && !headers.has("content-type")) headers.set("content-type", "application/json");
  const request = new Request(`${origins(sandbox)[service]}${target}`, {
    method,
    headers,
    ...(text === "" ? {} : { body: text }),
  });
  const answer = await sandbox.fetch(request);
  return {
    service,
    deliberate: ask.deliberate ?? false,
    request: { method, target, headers, body: text },
    response: { status: answer.status, headers: answer.headers, body: await answer.text() },
  };
}

function origins({ addresses }: Sandbox): Readonly<Record<ConfluentService, string>> {
  return {
    cloud: addresses.cloud,
    metrics: addresses.metrics,
    "cloud-kafka": addresses.cloudKafka,
    "cloud-registry": addresses.cloudRegistry,
    "platform-kafka": addresses.platformKafka,
    "platform-registry": addresses.platformRegistry,
  };
}

function logins(sandbox: Sandbox): Readonly<Record<ConfluentService, string>> {
  const { confluentCloud, confluentPlatform } = sandbox.endpoints();
  const key = ({ id, secret }: { id: string; secret: string }) => basic(id, secret);
  const { apiKeys } = confluentCloud;
  return {
    cloud: key(apiKeys.cloud),
    metrics: key(apiKeys.cloud),
    "cloud-kafka": key(apiKeys.kafka),
    "cloud-registry": key(apiKeys.schemaRegistry),
    "platform-kafka": basic(confluentPlatform.kafkaRest.username, confluentPlatform.kafkaRest.password),
    "platform-registry": basic(confluentPlatform.schemaRegistry.username, confluentPlatform.schemaRegistry.password),
  };
}

function asks(sandbox: Sandbox): readonly Ask[] {
  const { confluentCloud, confluentPlatform } = sandbox.endpoints();
  return [
    ...controlPlane(confluentCloud, sandbox),
    ...metrics(confluentCloud.clusterId, basic(confluentCloud.apiKeys.kafka.id, confluentCloud.apiKeys.kafka.secret)),
    ...kafka("cloud-kafka", `/kafka/v3/clusters/${confluentCloud.clusterId}`, lackingLogin(sandbox, "cloud")),
    { service: "platform-kafka", target: "/v3/clusters", headers: json },
    { service: "platform-kafka", target: "/v3/clusters", authorization: "" },
    ...otherGroups(`/kafka/v3/clusters/${confluentCloud.clusterId}`),
    ...brokers(`/v3/clusters/${confluentPlatform.clusterId}`),
    ...kafka("platform-kafka", `/v3/clusters/${confluentPlatform.clusterId}`, lackingLogin(sandbox, "platform")),
    ...registry("cloud-registry", registryLackingLogin(sandbox, "cloud")),
    ...registry("platform-registry", registryLackingLogin(sandbox, "platform")),
    { service: "platform-registry", target: "/v1/metadata/id" },
    { service: "platform-registry", target: "/v1/metadata/version" },
  ];
}

const json = { accept: "application/json" };

function lackingLogin(sandbox: Sandbox, side: "cloud" | "platform"): readonly string[] {
  return kafkaPermissions.map((lacking) => {
    const variables = sandbox.environmentVariables(side, { lacking });
    return side === "cloud"
      ? basic(variables.KAFKA_CLUSTER_AUTH_APIKEY_ID, variables.KAFKA_CLUSTER_AUTH_APIKEY_SECRET)
      : basic(variables.KAFKA_CLUSTER_REST_AUTH_USERNAME, variables.KAFKA_CLUSTER_REST_AUTH_PASSWORD);
  });
}

function registryLackingLogin(sandbox: Sandbox, side: "cloud" | "platform"): readonly string[] {
  return registryPermissions.map((lacking) => {
    const variables = sandbox.environmentVariables(side, { lacking });
    return side === "cloud"
      ? basic(variables.KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID, variables.KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_SECRET)
      : basic(variables.KAFKA_SCHEMAREGISTRY_AUTH_SASL_USERNAME, variables.KAFKA_SCHEMAREGISTRY_AUTH_SASL_PASSWORD);
  });
}

type Cloud = ReturnType<Sandbox["endpoints"]>["confluentCloud"];

function controlPlane({ environment, clusterId, apiKeys }: Cloud, sandbox: Sandbox): readonly Ask[] {
  const [owner] = sandbox.parts.organization.owners.keys();
  const targets = [
    `/cmk/v2/clusters/${clusterId}?environment=${environment}`,
    ...sandbox.parts.organization.content.clusters.map(
      (each) => `/cmk/v2/clusters/${each.id}?environment=${each.environment}`,
    ),
    ...sandbox.parts.organization.content.environments.flatMap(({ id }) => [
      `/cmk/v2/clusters?environment=${id}`,
      `/srcm/v3/clusters?environment=${id}`,
      `/org/v2/environments/${id}`,
    ]),
    `/cmk/v2/clusters?environment=${environment}&page_size=1`,
    `/cmk/v2/clusters/lkc-unknown?environment=${environment}`,
    `/srcm/v3/clusters/lsrc-9k2vpm?environment=${environment}`,
    "/srcm/v3/clusters?environment=env-unknown",
    "/org/v2/environments?page_size=100",
    "/org/v2/environments?page_size=1",
    `/iam/v2/api-keys?spec.owner=${owner}&spec.resource=${clusterId}&page_size=100`,
    "/iam/v2/api-keys?page_size=100",
    "/iam/v2/api-keys?page_size=2",
    `/iam/v2/api-keys/${apiKeys.kafka.id}`,
    `/iam/v2/api-keys/${apiKeys.cloud.id}`,
    `/iam/v2/api-keys/${apiKeys.schemaRegistry.id}`,
    `/iam/v2/api-keys/${apiKeys.global.id}`,
    "/iam/v2/api-keys/UNKNOWN",
    "/iam/v2/service-accounts?display_name=amplify-worker&display_name=other",
    `/iam/v2/service-accounts/${owner}`,
    "/iam/v2/service-accounts/sa-unknown",
    "/service-quota/v1/applied-quotas?scope=ORGANIZATION",
    `/service-quota/v1/applied-quotas?scope=KAFKA_CLUSTER&environment=${environment}&kafka_cluster=${clusterId}`,
  ];
  return [
    ...targets.map((target): Ask => ({ service: "cloud", target })),
    ...controlPlaneWrites({ sandbox, environment, clusterId, owner: owner ?? "" }),
    { service: "cloud", target: targets[0] ?? "", authorization: "" },
    { service: "cloud", target: targets[0] ?? "", authorization: basic(apiKeys.kafka.id, apiKeys.kafka.secret) },
  ];
}

interface WriteScene {
  readonly sandbox: Sandbox;
  readonly environment: string;
  readonly clusterId: string;
  readonly owner: string;
}

/** Each write once right, once refused for what is there, and once wrong; then deleted twice, by the ids that are there at that time. */
function controlPlaneWrites({ sandbox, environment, clusterId, owner }: WriteScene): readonly Ask[] {
  const { organization } = sandbox.parts;
  const [accounts, keys, bindings] = ["service-accounts", "api-keys", "role-bindings"].map((each) => `/iam/v2/${each}`);
  const post = (target: string | undefined, body: unknown, deliberate?: true): Ask => ({
    ...{ service: "cloud", method: "POST", target: target ?? "", body },
    ...(deliberate === undefined ? {} : { deliberate }),
  });
  const account = { display_name: "judged", description: "" };
  const key = {
    spec: {
      ...{ display_name: "judged", description: "" },
      owner: { id: owner, kind: "ServiceAccount" },
      resource: { id: clusterId, kind: "Cluster", environment },
    },
  };
  const crn = `crn://confluent.cloud/organization=${organization.content.id}/environment=${environment}/schema-registry=lsrc-9k2vpm`;
  const binding = {
    principal: `User:${owner}`,
    role_name: "DeveloperRead",
    crn_pattern: `${crn}/subject=orders-value`,
  };
  const made = organization.addServiceAccount("judged first", "").id;
  const madeKey = organization.addKey({ owner, resource: { kind: "Kafka", id: clusterId }, displayName: "k" }).id;
  const madeBinding = organization.roleBindings.add({ ...binding, role: "DeveloperRead", crn: `${crn}/subject=x` }).id;
  const gone = [`${accounts}/${made}`, `${keys}/${madeKey}`, `${bindings}/${madeBinding}`];
  return [
    ...[post(accounts, account), post(accounts, account), post(accounts, {}, true)],
    ...[
      post(keys, key),
      post(keys, {}, true),
      post(bindings, binding),
      post(bindings, binding),
      post(bindings, {}, true),
    ],
    { service: "cloud", method: "PATCH", target: `${accounts}/${made}`, body: { description: "changed" } },
    { service: "cloud", method: "PATCH", target: `${keys}/${madeKey}`, body: { spec: { description: "changed" } } },
    { service: "cloud", target: `${bindings}?crn_pattern=${encodeURIComponent(crn)}&page_size=1` },
    ...gone.map((target): Ask => ({ service: "cloud", target })),
    ...[...gone, ...gone].map((target): Ask => ({ service: "cloud", method: "DELETE", target })),
    ...gone.map((target): Ask => ({ service: "cloud", target })),
  ];
}

function metrics(cluster: string, clusterKey: string): readonly Ask[] {
  const query = {
    aggregations: [{ metric: "io.confluent.kafka.server/consumer_lag_offsets" }],
    filter: { op: "AND", filters: [{ field: "resource.kafka.id", op: "EQ", value: cluster }] },
    granularity: "PT1M",
    intervals: ["now-6m|m/now-5m|m"],
    group_by: ["metric.consumer_group_id", "metric.topic"],
    limit: 1000,
  };
  const ask = { service: "metrics", method: "POST", target: "/v2/metrics/cloud/query" } as const;
  return [
    { service: "metrics", target: "/v2/metrics/cloud/descriptors/metrics?resource_type=kafka&page_size=1000" },
    { ...ask, body: query },
    { ...ask, body: { ...query, format: "GROUPED" } },
    { ...ask, body: { ...query, intervals: ["2020-01-01T00:00:00Z/PT1H"] } },
    { ...ask, body: { ...query, granularity: "PT2M" }, deliberate: true },
    {
      ...ask,
      body: { ...query, filter: { field: "resource.kafka.id", op: "EQ", value: "lkc-foreign" } },
      authorization: clusterKey,
    },
    { ...ask, body: query, authorization: "" },
  ];
}

function otherGroups(base: string): readonly Ask[] {
  const paths = ["share-groups", "share-groups/jobs", "streams-groups", "streams-groups/totals"];
  return paths.map((path): Ask => ({ service: "cloud-kafka", target: `${base}/${path}`, headers: json }));
}

function brokers(base: string): readonly Ask[] {
  const targets = [
    `${base}/brokers`,
    `${base}/brokers/1`,
    `${base}/brokers/1/configs`,
    `${base}/brokers/1/configs/advertised.listeners`,
    `${base}/brokers/-/configs`,
    `${base}/brokers/9`,
  ];
  return targets.map((target): Ask => ({ service: "platform-kafka", target, headers: json }));
}

function kafka(service: "cloud-kafka" | "platform-kafka", base: string, lacking: readonly string[]): readonly Ask[] {
  const targets = [
    base,
    `${base}/topics`,
    `${base}/topics?includeAuthorizedOperations=true`,
    `${base}/topics/-/configs`,
    `${base}/topics/orders`,
    `${base}/topics/orders?include_authorized_operations=true`,
    `${base}/topics/__consumer_offsets`,
    `${base}/topics/no-such-topic`,
    `${base}/topics/orders/configs`,
    `${base}/topics/orders/configs/retention.ms`,
    `${base}/topics/orders/configs/no.such`,
    `${base}/topics/orders/partitions`,
    `${base}/topics/orders/partitions/0`,
    `${base}/topics/orders/partitions/99`,
    `${base}/acls`,
    `${base}/acls?resource_type=TOPIC&resource_name=orders&pattern_type=LITERAL`,
    `${base}/consumer-groups`,
    `${base}/consumer-groups/nobody`,
    ...["", "/consumers", "/lags", "/lag-summary", "/lags/orders/partitions/0"].map(
      (path) => `${base}/consumer-groups/${judgedGroup}${path}`,
    ),
    `${base}/consumer-groups/nobody/lags`,
    `${base}/consumer-groups/nobody/lag-summary`,
    `${base.replace(/[^/]+$/, "foobar")}/topics`,
  ];
  const create = { service, method: "POST", target: `${base}/topics` } as const;
  const topic = {
    topic_name: "judged",
    partitions_count: 3,
    replication_factor: 3,
    configs: [{ name: "cleanup.policy", value: "compact" }],
  };
  const acl = {
    ...{ resource_type: "TOPIC", resource_name: "orders", pattern_type: "LITERAL", principal: "User:sa-judged" },
    ...{ host: "*", operation: "READ", permission: "ALLOW" },
  };
  return [
    ...targets.map((target): Ask => ({ service, target, headers: json })),
    { ...create, body: { ...topic, validate_only: true } },
    { ...create, body: topic },
    { ...create, body: topic },
    { ...create, body: { ...topic, foo: 1 }, deliberate: true },
    { service, method: "POST", target: `${base}/acls:batch`, body: { data: [acl] } },
    { service, target: `${base}/acls?resource_type=TEAPOT`, headers: json, deliberate: true },
    { service, target: `${base}/topics/orders/partitions/0/offset`, headers: json, deliberate: true },
    { service, method: "DELETE", target: `${base}/topics/judged` },
    { service, method: "DELETE", target: `${base}/topics/judged` },
    ...[json, {}].map((headers): Ask => ({ service, target: `${base}/topics`, headers, authorization: "" })),
    ...lacking.flatMap((authorization) =>
      [`${base}/topics`, `${base}/topics/-/configs`, `${base}/acls`].map(
        (target): Ask => ({ service, target, headers: json, authorization }),
      ),
    ),
  ];
}

const registryType = "application/vnd.schemaregistry.v1+json";

function registry(service: "cloud-registry" | "platform-registry", lacking: readonly string[]): readonly Ask[] {
  const headers = { accept: `${registryType}, application/json`, "confluent-accept-unknown-properties": "true" };
  const targets = [
    "/subjects",
    "/subjects?subjectPrefix=%3A*%3A&deleted=true",
    "/schemas?subjectPrefix=%3A*%3A&latestOnly=true&offset=0&limit=1000",
    "/schemas?subjectPrefix=%3A*%3A&latestOnly=true&offset=1000&limit=1000",
    "/subjects/orders-value/versions",
    "/subjects/orders-value/versions/latest",
    "/subjects/orders-value/versions/2?deleted=true",
    "/subjects/orders-value/versions/99",
    "/subjects/orders-value/versions/0",
    "/subjects/no-such/versions/1",
    "/subjects/currency/versions/1?deleted=true",
    "/subjects/%3A.prod%3Asettlements-value/versions/latest",
    "/subjects/meridian%2Fcommon%2Fgeo.proto/versions/1",
    "/subjects/accounts-value/versions/1",
    "/subjects/geo-point/versions/1/referencedby",
    "/subjects/orders-value/versions/1/schema",
    "/schemas/ids/1",
    "/schemas/ids/1?subject=%3A.prod%3A",
    "/schemas/ids/9999",
    "/schemas/ids/1/subjects",
    "/schemas/ids/1/versions",
    "/schemas/types",
    "/contexts",
    "/config",
    "/config/orders-value",
    "/config/orders-value?defaultToGlobal=true",
    "/mode",
    "/mode/orders-value",
  ];
  const write = { service, method: "POST", headers: { ...headers, "content-type": registryType } } as const;
  const schema = { schemaType: "AVRO", schema: '{"type":"long"}' };
  return [
    ...targets.map((target): Ask => ({ service, target, headers })),
    { service, target: "/subjects/orders-value/versions/1", headers: { accept: registryType } },
    { ...write, target: "/subjects/judged-value/versions", body: schema },
    { ...write, target: "/subjects/judged-value", body: schema },
    { ...write, target: "/subjects/judged-value/versions", body: { ...schema, schema: '{"type":"string"}' } },
    { ...write, target: "/subjects/judged-value/versions", body: { ...schema, schema: "no schema" } },
    { service, method: "DELETE", target: "/subjects/judged-value", headers },
    { service, method: "DELETE", target: "/subjects/judged-value?permanent=true", headers },
    { service, target: "/subjects", headers, authorization: "" },
    ...lacking.map(
      (authorization): Ask => ({ service, target: "/subjects/orders-value/versions/1", headers, authorization }),
    ),
  ];
}
