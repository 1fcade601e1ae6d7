import { UpstreamError } from "../http/errors.ts";
import { CONFLUENT_CLOUD_URL } from "../http/hosts.ts";
import type { Outlet } from "../http/outlet.ts";
import type { Clock } from "../runtime/ports.ts";
import {
  bootstrapServers,
  chooseRegistry,
  clusterType,
  kafkaCluster,
  privateOnly,
  publicEndpoints,
  type RegistryCluster,
  registryList,
  trusted,
  withoutSlash,
} from "./cloud-endpoints.ts";
import { type ConfigFallback, readConfigs } from "./configs.ts";
import { createKafkaRest } from "./kafka-rest.ts";
import type { Cluster, ConfluentReader } from "./model.ts";
import { MOST_PAGES, nextPage } from "./paging.ts";
import { createRegistry, REGISTRY_HEADERS, type RegistryOptions } from "./registry.ts";
import { type Access, createRest, type Rest, segment } from "./rest.ts";

export interface CloudOptions extends ConfigFallback, RegistryOptions {
  readonly outlet: Outlet;
  readonly clock: Clock;
  /** KAFKA_CLOUD_URL; Confluent's own when not given. */
  readonly cloudUrl?: string | undefined;
  readonly environmentId: string;
  readonly clusterId: string;
  /** The Cloud API key. A Global key may stand in all three places. Undefined: nothing is looked up, all is configured. */
  readonly control: Access | undefined;
  readonly kafka: Access;
  /** KAFKA_CLUSTER_REST_URL in place of what the look-up returns, as a tunnel to a private cluster needs. */
  readonly restUrl?: string | undefined;
  /** KAFKA_CLUSTER_SERVERS in place of what the look-up returns; empty is as if not given. */
  readonly bootstrapServers?: readonly string[] | undefined;
  /** Undefined where the registry is switched off: it is not looked up. */
  readonly registry: (Access & { readonly url?: string | undefined; readonly id?: string | undefined }) | undefined;
}

const READ_CLUSTER = "a role that may see the cluster, such as CloudClusterAdmin or MetricsViewer";
const READ_REGISTRY =
  "a role that may see the environment's Schema Registry, such as EnvironmentAdmin or DataDiscovery";

/** Confluent Cloud: endpoints from cmk/v2 and srcm/v3, topics from Kafka REST v3 at the cluster, schemas from Schema Registry. */
export function createCloudReader(options: CloudOptions): ConfluentReader {
  const { outlet, clock } = options;
  const cloudUrl = withoutSlash(options.cloudUrl ?? CONFLUENT_CLOUD_URL);
  const json = { Accept: "application/json" };
  const kafka = createKafkaRest(createRest({ outlet, clock, upstream: "kafka", access: options.kafka, headers: json }));
  const access = options.registry ?? options.kafka;
  const registry = createRegistry(
    createRest({ outlet, clock, upstream: "registry", access, headers: REGISTRY_HEADERS }),
    {
      ...options,
      registryHeaders: (cluster) => targetOf(access, cluster),
    },
  );

  return {
    cluster: () => (options.control === undefined ? configured(options) : lookUp(options, options.control, cloudUrl)),
    topics: (cluster) => kafka.topics(cluster),
    configs: (cluster, each) => readConfigs(kafka, cluster, each, options),
    topicConfigs: (cluster, topic) => kafka.topicConfigs(cluster, topic),
    latestSchemas: (cluster) => registry.latestSchemas(cluster),
    schema: (cluster, subject, version) => registry.schema(cluster, subject, version),
  };
}

async function lookUp(options: CloudOptions, access: Access, cloudUrl: string): Promise<Cluster> {
  const { outlet, clock, clusterId, environmentId } = options;
  const control = createRest({ outlet, clock, upstream: "cloud", access, headers: { Accept: "application/json" } });
  const found = await control.get(
    {
      url: `${cloudUrl}/cmk/v2/clusters/${segment("cloud", clusterId)}?environment=${encodeURIComponent(environmentId)}`,
      what: `look up the cluster ${clusterId}`,
      // A cluster that does not exist is answered in the same way as one that may not be seen.
      permission: `${READ_CLUSTER}, and the cluster has to exist in the environment ${environmentId}`,
    },
    kafkaCluster,
  );
  if (found.id !== clusterId) throw otherCluster(clusterId);
  const endpoints = publicEndpoints(found);
  const registry = await lookUpRegistry(control, cloudUrl, options);
  return {
    clusterId,
    type: clusterType(found),
    restUrl: restUrlOf(options, endpoints.http, found.status?.phase, cloudUrl),
    bootstrapServers: serversOf(options) ?? endpoints.bootstrapServers,
    registryUrl: registryUrlOf(options, registry, cloudUrl),
    registryId: registry?.id ?? options.registry?.id,
  };
}

/** Without a Cloud key the addresses have to be configured, and the type of the cluster stays unknown. */
async function configured(options: CloudOptions): Promise<Cluster> {
  const { clusterId, restUrl, registry } = options;
  if (restUrl === undefined || (registry !== undefined && registry.url === undefined)) {
    const missing = restUrl === undefined ? "KAFKA_CLUSTER_REST_URL" : "KAFKA_SCHEMAREGISTRY_URL";
    const message = `The addresses of ${clusterId} are not known: set KAFKA_CLOUD_AUTH_APIKEY_ID, with which they are looked up, or ${missing}.`;
    throw new UpstreamError("cloud", { kind: "invalid" }, message);
  }
  return {
    clusterId,
    type: "Unknown",
    restUrl: cloudBase(restUrl),
    bootstrapServers: serversOf(options) ?? [],
    registryUrl: registry?.url === undefined ? undefined : withoutSlash(registry.url),
    registryId: registry?.id,
  };
}

function serversOf({ bootstrapServers: servers }: CloudOptions): readonly string[] | undefined {
  return servers === undefined || servers.length === 0 ? undefined : servers.flatMap(bootstrapServers);
}

function cloudBase(restUrl: string): string {
  const base = withoutSlash(restUrl);
  return /\/v3$/.test(base) ? base : `${base.replace(/\/kafka$/, "")}/kafka/v3`;
}

/** A token of an outside identity provider names the registry that it is for (schema-registry client, RestService). */
export function targetOf(access: Access, cluster: Cluster): Readonly<Record<string, string>> {
  const isToken = access.credentials.kind === "bearer" || access.credentials.kind === "oauth";
  return isToken && cluster.registryId !== undefined ? { "target-sr-cluster": cluster.registryId } : {};
}

async function lookUpRegistry(
  control: Rest,
  cloudUrl: string,
  options: CloudOptions,
): Promise<RegistryCluster | undefined> {
  // An address that is configured needs no look-up; the id then has to be configured too.
  if (options.registry === undefined || options.registry.url !== undefined) return undefined;
  const found: RegistryCluster[] = [];
  let url: string | undefined = `${cloudUrl}/srcm/v3/clusters?environment=${encodeURIComponent(options.environmentId)}`;
  for (let page = 0; url !== undefined && page < MOST_PAGES; page++) {
    const ask = { url, what: "look up the Schema Registry", permission: READ_REGISTRY };
    const list = await control.get(ask, registryList);
    found.push(...list.data);
    url = nextPage("cloud", url, list.metadata?.next);
  }
  return chooseRegistry(found, options.registry.id);
}

function restUrlOf(
  options: CloudOptions,
  looked: string | undefined,
  phase: string | undefined,
  cloudUrl: string,
): string {
  if (options.restUrl !== undefined) return cloudBase(options.restUrl);
  if (looked !== undefined) return `${trusted(looked, cloudUrl)}/kafka/v3`;
  if (phase === "PROVISIONING") {
    throw new UpstreamError(
      "cloud",
      { kind: "unreachable" },
      `The cluster ${options.clusterId} is still being made (PROVISIONING).`,
    );
  }
  throw privateOnly("kafka", `The cluster ${options.clusterId}`, "KAFKA_CLUSTER_REST_URL");
}

function registryUrlOf(
  options: CloudOptions,
  found: RegistryCluster | undefined,
  cloudUrl: string,
): string | undefined {
  if (options.registry?.url !== undefined) return withoutSlash(options.registry.url);
  if (found === undefined) return undefined;
  const endpoint = found.spec.http_endpoint;
  if (endpoint === "") throw privateOnly("registry", `The Schema Registry ${found.id}`, "KAFKA_SCHEMAREGISTRY_URL");
  return trusted(endpoint, cloudUrl);
}

function otherCluster(wanted: string): UpstreamError {
  return new UpstreamError(
    "cloud",
    { kind: "malformed" },
    `Confluent Cloud's control plane answered with another cluster than ${wanted}.`,
  );
}
