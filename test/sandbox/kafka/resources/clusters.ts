import { crn, type Exchange, type Handler, json, list, related, requireCluster, url } from "../exchange.ts";

/** `GET /clusters`: exactly one, the one behind `bootstrap.servers`; every principal sees it. */
export const listClusters: Handler = (exchange) =>
  list("KafkaClusterList", `${exchange.base}/clusters`, [clusterData(exchange)]);

export const getCluster: Handler = (exchange) => {
  requireCluster(exchange, "plain");
  return json(clusterData(exchange));
};

function clusterData(exchange: Exchange): object {
  const controller = exchange.cluster.brokers[0];
  return {
    kind: "KafkaCluster",
    metadata: { self: url(exchange), resource_name: crn(exchange) },
    cluster_id: exchange.cluster.clusterId,
    controller: controller === undefined ? null : related(exchange, "brokers", controller.id),
    acls: related(exchange, "acls"),
    brokers: related(exchange, "brokers"),
    broker_configs: related(exchange, "broker-configs"),
    consumer_groups: related(exchange, "consumer-groups"),
    topics: related(exchange, "topics"),
    partition_reassignments: related(exchange, "topics", "-", "partitions", "-", "reassignment"),
  };
}
