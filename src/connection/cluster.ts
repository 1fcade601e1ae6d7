import type { ConnectionConfig } from "../config/model.ts";
import type { Cluster, ConfluentReader } from "../confluent/model.ts";
import { UpstreamError } from "../http/errors.ts";
import { ClusterFact, clusterOf } from "./facts.ts";
import type { Stores } from "./stores.ts";

/** How long what was looked up is believed. */
const FRESH_MS = 24 * 60 * 60 * 1000;

export interface ClusterDependencies {
  readonly config: ConnectionConfig;
  readonly stores: Pick<Stores, "known" | "topics">;
  readonly now: () => number;
}

/** The cluster as it was looked up within a day and with this configuration; else it is looked up. */
export async function readCluster(
  dependencies: ClusterDependencies,
  reader: Pick<ConfluentReader, "cluster">,
): Promise<Cluster> {
  const { config, stores, now } = dependencies;
  const known = stores.known.get("cluster", ClusterFact);
  const isOfThis = known?.value.configuration === clusterConfiguration(config);
  if (known && isOfThis && now() - known.at < FRESH_MS) return clusterOf(known.value);
  const cluster = await reader.cluster();
  if (isOfThis && known?.value.registryUrl !== undefined && cluster.registryUrl === undefined) throw registryVanished();
  const other = otherThan(cluster, dependencies);
  if (other !== undefined) throw anotherCluster(cluster.clusterId, other, config);
  keepCluster(cluster, dependencies);
  return cluster;
}

export function keepCluster(cluster: Cluster, dependencies: ClusterDependencies): void {
  const { config, stores, now } = dependencies;
  const known = stores.known.get("cluster", ClusterFact)?.value;
  const configuration = clusterConfiguration(config);
  // Whether a registry that vanished, or another cluster, is to be believed is for discovery to say.
  const isLess = known?.registryUrl !== undefined && cluster.registryUrl === undefined;
  if (isLess && known.configuration === configuration) return;
  if (otherThan(cluster, dependencies) !== undefined) return;
  stores.known.put("cluster", { ...cluster, configuration }, now());
}

/** The cluster if it was looked up with this configuration, however long ago. */
export function knownCluster({ config, stores }: Omit<ClusterDependencies, "now">): Cluster | undefined {
  const known = stores.known.get("cluster", ClusterFact)?.value;
  return known?.configuration === clusterConfiguration(config) ? clusterOf(known) : undefined;
}

/** Id of the cluster whose topics are published already, when that is another one. */
function otherThan({ clusterId }: Cluster, { stores }: ClusterDependencies): string | undefined {
  const known = stores.known.get("cluster", ClusterFact)?.value.clusterId;
  if (known === undefined || known === clusterId) return undefined;
  return stores.topics.all().some(({ published }) => published.service !== undefined) ? known : undefined;
}

/** Names in Amplify hold the cluster's id, and consumers' subscriptions hang on the services of the other one. */
function anotherCluster(clusterId: string, known: string, { central, kafka }: ConnectionConfig): UpstreamError {
  const message =
    `The cluster is ${clusterId}, but what is published in the environment ${central.environment} is of the cluster ${known}, so ` +
    "nothing is discovered. An environment belongs to one cluster: correct KAFKA_CLUSTER_ID or the cluster's address, or set " +
    "CENTRAL_ENVIRONMENT to an environment for this cluster.";
  return new UpstreamError(kafka.kind === "cloud" ? "cloud" : "kafka", { kind: "invalid" }, message);
}

/** What makes the cluster be looked up again at once when it changes. Holds addresses and ids, no secret. */
function clusterConfiguration({ kafka, registry }: ConnectionConfig): string {
  const { kind, clusterId, restUrl, bootstrapServers } = kafka;
  const cloud = kafka.kind === "cloud" ? [kafka.environmentId, kafka.cloudUrl, kafka.cloudKey !== undefined] : [];
  return JSON.stringify([kind, clusterId, restUrl, bootstrapServers, ...cloud, registry ? (registry.url ?? "") : null]);
}

/**
 * The control plane leaves out of its list what the key may not see. Without the registry every document would lose its
 * schema, so that is not believed.
 */
function registryVanished(): UpstreamError {
  const message =
    "Confluent Cloud's control plane no longer shows the environment's Schema Registry, so nothing is discovered and what is " +
    "published stays as it is. Give the key of KAFKA_CLOUD_AUTH_APIKEY_ID a role that may see it, such as EnvironmentAdmin or " +
    "DataDiscovery; or, if there is no registry any more, set KAFKA_SCHEMAREGISTRY_ENABLED to false.";
  return new UpstreamError("cloud", { kind: "missing" }, message);
}
