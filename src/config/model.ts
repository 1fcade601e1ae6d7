import type { LogLevel } from "../runtime/ports.ts";
import type { Schedule } from "./schedule.ts";

export type Platform = "cloudflare" | "deno";

/** Who may see a value: everybody, operators, nobody. */
export type Visibility = "public" | "internal" | "secret";

/** Connection 1 has the official names, 2 to 4 the same with `_2` to `_4`. */
export type ConnectionIndex = 1 | 2 | 3 | 4;

/** One cluster and one Amplify environment, complete and checked. Times are in ms, addresses without a slash at the end. */
export interface ConnectionConfig {
  readonly index: ConnectionIndex;
  /** The Amplify environment's name; unique among the connections. */
  readonly name: string;
  readonly central: CentralConfig;
  readonly auth: AuthConfig;
  readonly agents: AgentsConfig;
  readonly kafka: KafkaConfig;
  /** Undefined when schemas are not wanted. */
  readonly registry: RegistryConfig | undefined;
  /** Undefined where no user-admin endpoint is configured; always on Cloud. */
  readonly users: UsersConfig | undefined;
  readonly discovery: DiscoveryConfig;
  readonly asyncapi: { readonly version: "3.0.0" | "2.6.0" };
  readonly provisioning: ProvisioningConfig;
  readonly traceability: TraceabilityConfig;
  readonly log: LogConfig;
  /** Every variable that counts, as it took effect; for `describe`. */
  readonly settings: readonly Setting[];
}

export interface CentralConfig {
  readonly region: Region;
  readonly organizationId: string;
  readonly environment: string;
  /** Undefined: the organisation's default team. */
  readonly team: string | undefined;
  readonly url: string;
  readonly platformUrl: string;
  readonly apiServerVersion: string;
  readonly deployment: string;
  readonly pageSize: number;
  readonly timeoutMs: number;
  /** How often events are polled. */
  readonly pollIntervalMs: number;
  /** Request starts in any 60 s, for all connections of one client together. */
  readonly requestsPerMinute: number;
}

export type Region = "US" | "EU" | "AP" | "EU2";

export type AuthConfig = {
  readonly clientId: string;
  /** `{CENTRAL_AUTH_URL}/realms/{realm}`. */
  readonly audience: string;
  readonly tokenUrl: string;
  readonly timeoutMs: number;
} & (
  | {
      readonly kind: "key-pair";
      /** PKCS#8 or PKCS#1, not encrypted, with real line ends. */
      readonly privateKeyPem: string;
    }
  | { readonly kind: "client-secret"; readonly clientSecret: string }
);

export interface AgentsConfig {
  /** Names of the DiscoveryAgent and the TraceabilityAgent in Amplify. */
  readonly discovery: string;
  readonly traceability: string;
  readonly statusUpdates: boolean;
}

/** How requests to a server of Confluent's are authenticated. */
export type HttpAuth =
  | { readonly kind: "none" }
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  | { readonly kind: "bearer"; readonly token: string }
  | OAuthClient;

/** Client credentials that are exchanged for a bearer token. */
export interface OAuthClient {
  readonly kind: "oauth";
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  readonly timeoutMs: number;
}

export type KafkaConfig = CloudKafka | PlatformKafka;

interface KafkaBase {
  readonly auth: HttpAuth;
  /** Sent with every request to Kafka REST; secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** `host:port` without scheme, in the order given; empty when the server is asked. */
  readonly bootstrapServers: readonly string[];
}

export interface CloudKafka extends KafkaBase {
  readonly kind: "cloud";
  readonly clusterId: string;
  readonly environmentId: string;
  readonly cloudUrl: string;
  readonly metricsUrl: string;
  readonly cloudTimeoutMs: number;
  /** Undefined: nothing is looked up, provisioned or measured. */
  readonly cloudKey: { readonly id: string; readonly secret: string } | undefined;
  /** Undefined: looked up with the cloud key. */
  readonly restUrl: string | undefined;
}

export interface PlatformKafka extends KafkaBase {
  readonly kind: "platform";
  /** Undefined: the server is asked. */
  readonly clusterId: string | undefined;
  readonly restUrl: string;
  /** How the brokers speak, for documents; undefined when the configuration does not say. */
  readonly securityProtocol: SecurityProtocol | undefined;
  readonly saslMechanism: SaslMechanism | undefined;
}

export type SecurityProtocol = "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
export type SaslMechanism = "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512" | "OAUTHBEARER";

export interface RegistryConfig {
  /** Undefined: looked up with the cloud key. */
  readonly url: string | undefined;
  readonly auth: HttpAuth;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface UsersConfig {
  readonly url: string;
  /** The current one where two are set. */
  readonly token: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface DiscoveryConfig {
  /** `plan` writes nothing. */
  readonly mode: "publish" | "plan";
  readonly intervalMs: number;
  /** KAFKA_FILTER as written; empty admits every topic. */
  readonly filter: string;
  readonly additionalTags: readonly string[];
  readonly appendEnvironmentToTitle: boolean;
  /** For `revisionTitle`; empty stands for the default pattern. */
  readonly revisionTitlePattern: string;
  /** When what is published is compared with what Amplify holds; undefined: never. */
  readonly verification: Schedule | undefined;
}

export interface ProvisioningConfig {
  readonly idempotentWrite: boolean;
  readonly rotationOverlapMs: number;
}

export interface TraceabilityConfig {
  /** Ingestion service, scheme and host. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly bulkMaxSize: number;
  readonly sampleIntervalMs: number;
  readonly countReread: boolean;
  /** Undefined: no metric events are sent. */
  readonly metrics: Schedule | undefined;
  /** Undefined: no usage is sent. Axway bills on usage, so it must be asked for. */
  readonly usage: Schedule | undefined;
}

export interface LogConfig {
  readonly level: LogLevel;
  /** Words after which values are masked, as a whole word, case-sensitive. */
  readonly maskedValues: readonly string[];
}

/** What all connections share. Each token may hold two values, the current and the previous one; empty: not set. */
export interface WorkerConfig {
  readonly adminTokens: readonly string[];
  /** Those of METRICS_TOKEN, else of ADMIN_TOKEN. */
  readonly metricsTokens: readonly string[];
  readonly webhookTokens: readonly string[];
  /** https address of this worker, undefined: no webhook is installed. */
  readonly publicUrl: string | undefined;
  /** Connection 1's. */
  readonly log: LogConfig;
  readonly settings: readonly Setting[];
}

/** How Amplify's webhooks reach this worker, and the token that they bring. */
export interface WebhookConfig {
  readonly url: string;
  /** The current one where two are set. */
  readonly token: string;
}

/** A variable as it took effect. `value` is undefined when it is not set and has no default; a secret's is never here. */
export interface Setting {
  readonly variable: string;
  readonly visibility: Visibility;
  readonly value: string | undefined;
  readonly origin: "set" | "inherited" | "default" | "secret reference";
}

/** A variable that is wrong or missing: its connection does not start. `message` says what was expected; it holds no secret. */
export interface Problem {
  /** Undefined: concerns all connections. */
  readonly connection: ConnectionIndex | undefined;
  readonly variable: string;
  readonly message: string;
}

/** Something that the operator should know, and that stops nothing. */
export interface Warning extends Problem {}

/** `@Secret.<secret>.<key>` in `variable`: the entry `key` of a Secret of the Amplify environment. */
export interface SecretReference {
  readonly variable: string;
  readonly secret: string;
  readonly key: string;
}

/** A connection that needs values from Amplify before its Kafka side can be read. The Amplify side is complete. */
export interface PendingConnection {
  readonly index: ConnectionIndex;
  readonly name: string;
  readonly central: CentralConfig;
  readonly auth: AuthConfig;
  readonly log: LogConfig;
  readonly references: readonly SecretReference[];
}
