import type { Flavour, Handler } from "./exchange.ts";
import * as acls from "./resources/acls.ts";
import { alterAllTopicConfigs, listAllTopicConfigs } from "./resources/all-topic-configs.ts";
import * as brokers from "./resources/brokers.ts";
import { getCluster, listClusters } from "./resources/clusters.ts";
import * as groups from "./resources/consumer-groups.ts";
import * as lags from "./resources/consumer-lags.ts";
import * as otherGroups from "./resources/other-groups.ts";
import * as partitions from "./resources/partitions.ts";
import * as configs from "./resources/topic-configs.ts";
import * as topics from "./resources/topics.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Route {
  readonly method: Method;
  /** Below `/v3`; a segment `:name` takes any text. */
  readonly template: string;
  /** As `api.endpoints.blocklist` calls it, e.g. `api.v3.topics.list` (kafka-rest ResourceAccesslistFeature). */
  readonly resource: string;
  /** All calls of its class together, e.g. `api.v3.topics.*`. */
  readonly family: string;
  readonly handler: Handler;
  readonly flavours: readonly Flavour[];
}

const EVERYWHERE: readonly Flavour[] = ["rest-proxy", "confluent-server", "cloud"];
const PLATFORM: readonly Flavour[] = ["rest-proxy", "confluent-server"];
const CONFLUENT: readonly Flavour[] = ["confluent-server", "cloud"];

const CLOUD: readonly Flavour[] = ["cloud"];

const CLUSTER = "clusters/:clusterId";
const TOPIC = `${CLUSTER}/topics/:topicName`;
const GROUP = `${CLUSTER}/consumer-groups/:groupId`;

const route = (
  method: Method,
  template: string,
  resource: string,
  handler: Handler,
  flavours: readonly Flavour[] = EVERYWHERE,
  family = resource.replace(/\.[^.]*$/, ".*"),
): Route => ({ method, template, resource: `api.v3.${resource}`, family: `api.v3.${family}`, handler, flavours });

/** Every call that is served, and where. What is not here is an unknown path. */
export const ROUTES: readonly Route[] = [
  route("GET", "clusters", "clusters.list", listClusters, PLATFORM),
  route("GET", CLUSTER, "clusters.get", getCluster),

  route("GET", `${CLUSTER}/topics`, "topics.list", topics.listTopics),
  route("POST", `${CLUSTER}/topics`, "topics.create", topics.createTopic),
  route("GET", TOPIC, "topics.get", topics.getTopic),
  route("PATCH", TOPIC, "topics.partitions", topics.patchTopic),
  route("DELETE", TOPIC, "topics.delete", topics.deleteTopic),

  route("GET", `${CLUSTER}/topics/-/configs`, "topic-configs.list", listAllTopicConfigs),
  route("POST", `${CLUSTER}/topics/-/configs:alter`, "topic-configs.alter-multi", alterAllTopicConfigs, PLATFORM),
  route("GET", `${TOPIC}/configs`, "topic-configs.list", configs.listTopicConfigs),
  route("POST", `${TOPIC}/configs:alter`, "topic-configs.alter", configs.alterTopicConfigs),
  route("GET", `${TOPIC}/configs/:name`, "topic-configs.get", configs.getTopicConfig),
  route("PUT", `${TOPIC}/configs/:name`, "topic-configs.update", configs.putTopicConfig),
  route("DELETE", `${TOPIC}/configs/:name`, "topic-configs.delete", configs.deleteTopicConfig),
  route("GET", `${TOPIC}/default-configs`, "topic-configs.list", configs.listDefaultTopicConfigs, CONFLUENT),

  route("GET", `${TOPIC}/partitions`, "partitions.list", partitions.listPartitions),
  route("GET", `${TOPIC}/partitions/:partitionId`, "partitions.get", partitions.getPartition),
  route(
    "GET",
    `${TOPIC}/partitions/:partitionId/offset`,
    "partitions.list.offsets",
    partitions.getOffsets,
    PLATFORM,
    "partition-offsets.*",
  ),
  route("GET", `${TOPIC}/partitions/:partitionId/replicas`, "replicas.list", partitions.listReplicas, PLATFORM),
  route("GET", `${TOPIC}/partitions/:partitionId/replicas/:brokerId`, "replicas.get", partitions.getReplica, PLATFORM),
  route(
    "GET",
    `${CLUSTER}/topics/-/partitions/-/reassignment`,
    "partition-reassignments.list",
    partitions.listReassignments,
    PLATFORM,
  ),
  route(
    "GET",
    `${TOPIC}/partitions/-/reassignment`,
    "partition-reassignments.search-by-topic",
    partitions.listReassignments,
    PLATFORM,
  ),
  route(
    "GET",
    `${TOPIC}/partitions/:partitionId/reassignment`,
    "partition-reassignments.get",
    partitions.getReassignment,
    PLATFORM,
  ),

  route("GET", `${CLUSTER}/brokers`, "brokers.list", brokers.listBrokers, PLATFORM),
  route("GET", `${CLUSTER}/brokers/:brokerId`, "brokers.get", brokers.getBroker, PLATFORM),
  route("GET", `${CLUSTER}/brokers/-/configs`, "brokers-configs.list", brokers.listAllBrokerConfigs, PLATFORM),
  route("GET", `${CLUSTER}/brokers/:brokerId/configs`, "broker-configs.list", brokers.listBrokerConfigs, PLATFORM),
  route("GET", `${CLUSTER}/brokers/:brokerId/configs/:name`, "broker-configs.get", brokers.getBrokerConfig, PLATFORM),
  route("GET", `${CLUSTER}/broker-configs`, "cluster-configs.list", brokers.listClusterConfigs),
  route("GET", `${CLUSTER}/broker-configs/:name`, "cluster-configs.get", brokers.getClusterConfig),

  route("GET", `${CLUSTER}/consumer-groups`, "consumer-groups.list", groups.listGroups),
  route("GET", GROUP, "consumer-groups.get", groups.getGroup),
  route("GET", `${GROUP}/consumers`, "consumers.list", groups.listMembers),
  route("GET", `${GROUP}/consumers/:consumerId`, "consumers.get", groups.getMember),
  route(
    "GET",
    `${GROUP}/consumers/:consumerId/assignments`,
    "consumer-assignments.list",
    groups.listAssignments,
    PLATFORM,
  ),
  route("GET", `${GROUP}/lag-summary`, "consumer-group-lag-summary.get", lags.getLagSummary),
  route("GET", `${GROUP}/lags`, "consumer-lags.list", lags.listLags),
  route("GET", `${GROUP}/lags/:topicName/partitions/:partitionId`, "consumer-lags.get", lags.getLag),

  route("GET", `${CLUSTER}/share-groups`, "share-groups.list", otherGroups.listShareGroups, CLOUD),
  route("GET", `${CLUSTER}/share-groups/:groupId`, "share-groups.get", otherGroups.getShareGroup, CLOUD),
  route("GET", `${CLUSTER}/streams-groups`, "streams-groups.list", otherGroups.listStreamsGroups, CLOUD),
  route("GET", `${CLUSTER}/streams-groups/:groupId`, "streams-groups.get", otherGroups.getStreamsGroup, CLOUD),

  route("GET", `${CLUSTER}/acls`, "acls.list", acls.searchAcls),
  route("POST", `${CLUSTER}/acls`, "acls.create", acls.createAcl),
  route("POST", `${CLUSTER}/acls:batch`, "acls.batch-create", acls.createAcls),
  route("DELETE", `${CLUSTER}/acls`, "acls.delete", acls.deleteAcls),
];
