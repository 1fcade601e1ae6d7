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
import { badRequest, KafkaError, notFound, unknownTopic } from "../kafka-error.ts";
import type { Partition } from "../topic.ts";
import { describeTopic } from "./topics.ts";

export const listPartitions: Handler = (exchange) => {
  requireCluster(exchange);
  const topic = describeTopic(exchange, parameter(exchange, "topicName"));
  return list(
    "KafkaPartitionList",
    url(exchange, "topics", topic.name, "partitions"),
    topic.partitions.map((partition) => partitionData(exchange, topic.name, partition)),
  );
};

export const getPartition: Handler = (exchange) => {
  const { name, partition } = onePartition(exchange);
  if (partition === undefined) throw notFound();
  return json(partitionData(exchange, name, partition));
};

/** First and last offset; numbers of 64 bits, written as they are (kafka-rest ListPartitionOffsetsAction). */
export const getOffsets: Handler = (exchange) => {
  const offsetType = exchange.query.get("offset_type") ?? "earliest_and_latest";
  integerParameter(exchange, "partitionId");
  if (offsetType !== "earliest_and_latest") throw badRequest(`offset_type:${offsetType} is invalid`);
  const { name, partition } = onePartition(exchange);
  if (partition === undefined) throw new KafkaError(404, 40402, "Partition not found.");
  const { id, earliest, latest } = partition;
  return json({
    kind: "KafkaPartitionWithOffsets",
    metadata: {
      self: url(exchange, "topics", name, "partitions", id, "offset"),
      resource_name: crn(exchange, ["topic", name], ["partition", id], ["offset_type", offsetType]),
    },
    cluster_id: exchange.cluster.clusterId,
    topic_name: name,
    partition_id: id,
    earliest_offset: earliest,
    latest_offset: latest,
  });
};

export const listReplicas: Handler = (exchange) => {
  const { name, partition } = replicatedPartition(exchange);
  return list(
    "KafkaReplicaList",
    url(exchange, "topics", name, "partitions", partition.id, "replicas"),
    partition.replicas.map((broker) => replicaData(exchange, name, partition, broker)),
  );
};

export const getReplica: Handler = (exchange) => {
  const broker = integerParameter(exchange, "brokerId");
  const { name, partition } = replicatedPartition(exchange);
  if (!partition.replicas.includes(broker)) throw notFound();
  return json(replicaData(exchange, name, partition, broker));
};

/** kafka-rest ReplicaManagerImpl.listReplicas. */
function replicatedPartition(exchange: Exchange): { readonly name: string; readonly partition: Partition } {
  const { name, partition } = onePartition(exchange);
  if (partition !== undefined) return { name, partition };
  const id = integerParameter(exchange, "partitionId");
  throw notFound(`Partition ${id} of topic ${name} could not be found on cluster ${exchange.cluster.clusterId}.`);
}

/** Of one topic or of all, which need not exist: nothing is ever being moved in the sandbox. */
export const listReassignments: Handler = (exchange) => {
  requireCluster(exchange);
  requireOnCluster(exchange, "DESCRIBE");
  const topic = exchange.path.topicName ?? "-";
  return list("KafkaReassignmentList", url(exchange, "topics", topic, "partitions", "-", "reassignments"), []);
};

export const getReassignment: Handler = (exchange) => {
  integerParameter(exchange, "partitionId");
  requireCluster(exchange);
  requireOnCluster(exchange, "DESCRIBE");
  throw notFound();
};

/** The calls on one partition word an unknown topic and cluster in their own way (kafka-rest PartitionManagerImpl.getPartition). */
function onePartition(exchange: Exchange): { readonly name: string; readonly partition: Partition | undefined } {
  const id = integerParameter(exchange, "partitionId");
  const name = parameter(exchange, "topicName");
  requireCluster(exchange, "plain");
  try {
    const topic = describeTopic(exchange, name);
    return { name, partition: topic.partitions[id] };
  } catch (error) {
    if (error instanceof KafkaError && error.errorCode === 40403) {
      throw unknownTopic(`This server does not host topic-partition ${id} for topic ${name}`);
    }
    throw error;
  }
}

function partitionData(exchange: Exchange, topic: string, { id, replicas }: Partition): object {
  const path = ["topics", topic, "partitions", id] as const;
  const leader = replicas[0];
  return {
    kind: "KafkaPartition",
    metadata: { self: url(exchange, ...path), resource_name: crn(exchange, ["topic", topic], ["partition", id]) },
    cluster_id: exchange.cluster.clusterId,
    topic_name: topic,
    partition_id: id,
    leader: leader === undefined ? null : related(exchange, ...path, "replicas", leader),
    replicas: related(exchange, ...path, "replicas"),
    reassignment: related(exchange, ...path, "reassignment"),
  };
}

function replicaData(exchange: Exchange, topic: string, partition: Partition, broker: number): object {
  const { id, replicas } = partition;
  return {
    kind: "KafkaReplica",
    metadata: {
      self: url(exchange, "topics", topic, "partitions", id, "replicas", broker),
      resource_name: crn(exchange, ["topic", topic], ["partition", id], ["replica", broker]),
    },
    cluster_id: exchange.cluster.clusterId,
    topic_name: topic,
    partition_id: id,
    broker_id: broker,
    is_leader: replicas[0] === broker,
    is_in_sync: true,
    broker: related(exchange, "brokers", broker),
  };
}
