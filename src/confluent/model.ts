/** What discovery reads of Confluent, in Confluent's words. One interface for Cloud and Platform. */

export type ClusterType = "Basic" | "Standard" | "Enterprise" | "Dedicated" | "Freight" | "Platform" | "Unknown";

export interface Cluster {
  readonly clusterId: string;
  readonly type: ClusterType;
  /** Base of Kafka REST v3 up to and without `/clusters`, e.g. `https://pkc-1.example/kafka/v3`. */
  readonly restUrl: string;
  /** `host:port` of the bootstrap servers without scheme, in the order given. */
  readonly bootstrapServers: readonly string[];
  /** Undefined when the cluster has no Schema Registry. */
  readonly registryUrl: string | undefined;
  /** `lsrc-…` on Cloud. */
  readonly registryId: string | undefined;
}

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly internal: boolean;
}

export interface TopicConfig {
  readonly name: string;
  /** null when unset or sensitive. */
  readonly value: string | null;
  /** True when the broker's default applies (source DEFAULT_CONFIG and the like), so it says nothing about this topic. */
  readonly isDefault: boolean;
}

export interface SchemaReference {
  /** What the schema text uses: full type name (Avro), import path (Protobuf), `$ref` address (JSON Schema). */
  readonly name: string;
  /** Qualified with its context where that is not the default one: `:.prod:address`. */
  readonly subject: string;
  readonly version: number;
}

export interface RegisteredSchema {
  /** As the registry lists it, qualified with its context where that is not the default one. */
  readonly subject: string;
  readonly version: number;
  /** Unique within the context only. */
  readonly id: number;
  readonly schemaType: string; // AVRO, JSON, PROTOBUF, or what a plugin brings
  readonly schema: string;
  readonly references: readonly SchemaReference[];
}

/** Reads of one cluster and its registry. All throw `UpstreamError`, and `NotYet` when a request has to wait. */
export interface ConfluentReader {
  /** Cloud: cmk and srcm (2 requests). Platform: `/clusters`, tried at the addresses that servers use (1 or 2). */
  cluster(): Promise<Cluster>;
  /** All topics the credential may describe, in one request. A partial answer throws. */
  topics(cluster: Cluster): Promise<Topic[]>;
  /** Configs of all topics in one streamed request; `each` is called once per config entry, in no order. */
  configs(cluster: Cluster, each: (topic: string, config: TopicConfig) => void): Promise<void>;
  /** Configs of one topic. */
  topicConfigs(cluster: Cluster, topic: string): Promise<TopicConfig[]>;
  /** The latest version of every subject of every context, page by page, each element parsed and handed over alone. */
  latestSchemas(cluster: Cluster): AsyncIterable<RegisteredSchema>;
  /** One version, soft-deleted ones included; `"latest"` excludes those. Undefined when there is none. */
  schema(cluster: Cluster, subject: string, version: number | "latest"): Promise<RegisteredSchema | undefined>;
}
