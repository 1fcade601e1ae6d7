import type { RegisteredSchema } from "../confluent/model.ts";

/** SASL or TLS mechanisms that an AsyncAPI security scheme can name. */
export type Mechanism = "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512" | "OAUTHBEARER" | "mTLS";
export type SubjectStrategy = "TopicNameStrategy" | "RecordNameStrategy" | "TopicRecordNameStrategy";

/** A subject bound to a topic, with everything that its schema refers to, directly or not. */
export interface BoundSchema {
  readonly role: "key" | "value";
  readonly strategy: SubjectStrategy;
  readonly schema: RegisteredSchema;
  /** Every referenced version, keyed `subject/version` (subject qualified); closed under references. */
  readonly references: ReadonlyMap<string, RegisteredSchema>;
}

/** Everything a document is made of. The same meaning gives the same bytes. */
export interface DocumentInput {
  readonly asyncapiVersion: "3.0.0" | "2.6.0";
  readonly topic: {
    readonly name: string;
    readonly partitions: number;
    readonly replicationFactor: number;
    /** Topic configs that matter to a reader, effective values: `cleanup.policy`, `retention.ms`, … */
    readonly configs: Readonly<Record<string, string>>;
  };
  readonly cluster: {
    readonly clusterId: string;
    readonly vendor: "confluent-cloud" | "confluent-platform" | "apache-kafka";
    /** `host:port`, at least one. */
    readonly bootstrapServers: readonly string[];
    readonly tls: boolean;
    /** Undefined for a cluster without authentication. */
    readonly mechanism: Mechanism | undefined;
    /** Only for OAUTHBEARER: token endpoint and scopes shown to the reader. */
    readonly oauth?: { readonly tokenUrl: string; readonly scopes: readonly string[] } | undefined;
    readonly registryUrl: string | undefined;
  };
  /** Sorted by the builder; may be empty: then the payload is untyped. */
  readonly schemas: readonly BoundSchema[];
}

export interface AsyncApiDocument {
  /** JSON, deterministic to the byte. */
  readonly text: string;
  /** Lower-case hex of SHA-256 over the bytes of `text`. */
  readonly sha256: string;
  /** `info.version` of the document, at most 30 characters. */
  readonly version: string;
}
