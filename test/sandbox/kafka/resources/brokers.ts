import { type Broker, brokerConfigs, clusterConfigs } from "../brokers.ts";
import { configData } from "../config-data.ts";
import type { ConfigEntry } from "../configs.ts";
import {
  crn,
  type Exchange,
  type Handler,
  integerParameter,
  json,
  list,
  parameter,
  related,
  requireCluster,
  requireOnCluster,
  url,
} from "../exchange.ts";
import { KafkaError, notFound } from "../kafka-error.ts";

/** Brokers as the REST server reaches them; every principal sees them (kafka-rest BrokersResource). */
export const listBrokers: Handler = (exchange) => {
  requireCluster(exchange);
  const { brokers } = exchange.cluster;
  return list(
    "KafkaBrokerList",
    url(exchange, "brokers"),
    brokers.map((broker) => brokerData(exchange, broker)),
  );
};

export const getBroker: Handler = (exchange) => {
  const id = integerParameter(exchange, "brokerId");
  requireCluster(exchange);
  const broker = exchange.cluster.brokers.find((candidate) => candidate.id === id);
  if (broker === undefined) throw notFound();
  return json(brokerData(exchange, broker));
};

export const listBrokerConfigs: Handler = (exchange) => {
  const broker = describable(exchange);
  return list(
    "KafkaBrokerConfigList",
    url(exchange, "brokers", broker.id, "configs"),
    entriesOf(exchange, broker).map((entry) => brokerConfigData(exchange, broker, entry)),
  );
};

export const getBrokerConfig: Handler = (exchange) => {
  const broker = describable(exchange);
  const name = parameter(exchange, "name");
  const entry = entriesOf(exchange, broker).find((candidate) => candidate.name === name);
  if (entry === undefined) throw notFound();
  return json(brokerConfigData(exchange, broker, entry));
};

export const listAllBrokerConfigs: Handler = (exchange) => {
  requireCluster(exchange);
  requireOnCluster(exchange, "DESCRIBE_CONFIGS");
  const configs = exchange.cluster.brokers.flatMap((broker) =>
    entriesOf(exchange, broker).map((entry) => brokerConfigData(exchange, broker, entry)),
  );
  return list("KafkaBrokerConfigList", url(exchange, "brokers", "-", "configs"), configs);
};

/** `broker-configs`: the dynamic cluster-wide overrides alone (kafka-rest ClusterConfigsResource). */
export const listClusterConfigs: Handler = (exchange) => {
  requireCluster(exchange, "plain");
  requireOnCluster(exchange, "DESCRIBE_CONFIGS");
  return list(
    "KafkaClusterConfigList",
    url(exchange, "broker-configs"),
    clusterConfigs(exchange.cluster.dynamicDefaults).map((entry) => clusterConfigData(exchange, entry)),
  );
};

export const getClusterConfig: Handler = (exchange) => {
  requireCluster(exchange, "plain");
  requireOnCluster(exchange, "DESCRIBE_CONFIGS");
  const name = parameter(exchange, "name");
  const entry = clusterConfigs(exchange.cluster.dynamicDefaults).find((candidate) => candidate.name === name);
  if (entry === undefined) throw notFound();
  return json(clusterConfigData(exchange, entry));
};

/** Configs are asked of the broker itself: of one that is not there the admin client waits in vain, a minute by default. */
function describable(exchange: Exchange): Broker {
  const id = integerParameter(exchange, "brokerId");
  requireCluster(exchange, "plain");
  const broker = exchange.cluster.brokers.find((candidate) => candidate.id === id);
  if (broker === undefined) {
    throw new KafkaError(500, 50003, "Timed out waiting for a node assignment. Call: describeConfigs");
  }
  requireOnCluster(exchange, "DESCRIBE_CONFIGS");
  return broker;
}

const entriesOf = ({ cluster }: Exchange, broker: Broker): readonly ConfigEntry[] =>
  brokerConfigs(broker, cluster.dynamicDefaults);

function brokerData(exchange: Exchange, { id, host, port, rack }: Broker): object {
  return {
    kind: "KafkaBroker",
    metadata: { self: url(exchange, "brokers", id), resource_name: crn(exchange, ["broker", id]) },
    cluster_id: exchange.cluster.clusterId,
    broker_id: id,
    host,
    port,
    rack,
    configs: related(exchange, "brokers", id, "configs"),
    partition_replicas: related(exchange, "brokers", id, "partition-replicas"),
  };
}

function brokerConfigData(exchange: Exchange, { id }: Broker, entry: ConfigEntry): object {
  const metadata = {
    self: url(exchange, "brokers", id, "configs", entry.name),
    resource_name: crn(exchange, ["broker", id], ["config", entry.name]),
  };
  return configData("KafkaBrokerConfig", metadata, exchange.cluster.clusterId, entry, { broker_id: id });
}

function clusterConfigData(exchange: Exchange, entry: ConfigEntry): object {
  const metadata = {
    self: url(exchange, "broker-configs", entry.name),
    resource_name: crn(exchange, ["broker-config", entry.name]),
  };
  return configData("KafkaClusterConfig", metadata, exchange.cluster.clusterId, entry, { config_type: "BROKER" });
}
