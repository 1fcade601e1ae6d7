import * as v from "valibot";
import type {
  HttpAuth,
  KafkaConfig,
  OAuthClient,
  RegistryConfig,
  SaslMechanism,
  SecurityProtocol,
  UsersConfig,
} from "./model.ts";
import type { Reader } from "./reader.ts";
import { readTokens } from "./tokens.ts";
import { BooleanValue, HeadersValue, ListValue, oneOf, ServersValue, WordValue } from "./values.ts";

const SaslMechanismValue = oneOf(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]);
const SecurityProtocolValue = v.picklist(["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]);
const CLUSTER_ID = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{1,64}$/, "expected a cluster's id: letters, digits, - and _"),
);
const CLOUD_KEY = "KAFKA_CLOUD_AUTH_APIKEY";

/** The cluster: Confluent Cloud when KAFKA_CLOUD_ENABLED is true, else Platform or plain Kafka behind a REST Proxy. */
export function readKafka(reader: Reader): KafkaConfig {
  return reader.value("KAFKA_CLOUD_ENABLED", BooleanValue, false) ? readCloud(reader) : readPlatform(reader);
}

function readCloud(reader: Reader): KafkaConfig {
  const cloudKey = readKey(reader, CLOUD_KEY);
  const restUrl = reader.address("KAFKA_CLUSTER_REST_URL");
  const servers = reader.value("KAFKA_CLUSTER_SERVERS", ServersValue, []);
  if (!cloudKey) withoutCloudKey(reader);
  return {
    kind: "cloud",
    environmentId: reader.requiredValue(
      "KAFKA_CLOUD_ENVIRONMENT",
      CLUSTER_ID,
      "the id of the environment in Confluent Cloud, env-…",
      "",
    ),
    clusterId: reader.requiredValue(
      "KAFKA_CLUSTER_ID",
      CLUSTER_ID,
      "the id of the cluster in Confluent Cloud, lkc-…",
      "",
    ),
    cloudUrl: reader.address("KAFKA_CLOUD_URL", "https://api.confluent.cloud") ?? "",
    metricsUrl: reader.address("KAFKA_CLOUD_METRICSURL", "https://api.telemetry.confluent.cloud") ?? "",
    cloudTimeoutMs: reader.duration("KAFKA_CLOUD_TIMEOUT"),
    cloudKey,
    restUrl,
    auth: restAuth(reader) ?? clusterKeyAuth(reader) ?? clusterOAuth(reader) ?? basic(cloudKey),
    headers: reader.value("KAFKA_CLUSTER_REST_HEADERS", HeadersValue, {}),
    timeoutMs: reader.duration("KAFKA_CLUSTER_TIMEOUT"),
    bootstrapServers: servers.map((server) => server.address),
  };
}

/** Endpoints are looked up with the cloud key; without one they must all be given. */
function withoutCloudKey(reader: Reader): void {
  const needed = ["KAFKA_CLUSTER_REST_URL", "KAFKA_CLUSTER_SERVERS"];
  if (registryWanted(reader)) needed.push("KAFKA_SCHEMAREGISTRY_URL");
  const missing = needed.filter((name) => !reader.isSet(name)).map((name) => reader.nameOf(name));
  if (missing.length > 0) {
    reader.problem(
      `${CLOUD_KEY}_ID`,
      `missing: a key to look up the cluster's endpoints, or else ${missing.join(", ")}`,
    );
  } else reader.warn(`${CLOUD_KEY}_ID`, "not set: access cannot be provisioned and consumption not measured");
}

function readPlatform(reader: Reader): KafkaConfig {
  for (const name of ["KAFKA_CLOUD_AUTH_APIKEY_ID", "KAFKA_CLUSTER_AUTH_APIKEY_ID", "KAFKA_CLOUD_ENVIRONMENT"]) {
    if (reader.sets(name))
      reader.warn(name, "belongs to Confluent Cloud and has no effect, as KAFKA_CLOUD_ENABLED is not true");
  }
  const servers = reader.requiredValue(
    "KAFKA_CLUSTER_SERVERS",
    ServersValue,
    "bootstrap servers, host:port separated by commas",
    [],
  );
  const restUrl = reader.address("KAFKA_CLUSTER_REST_URL");
  if (!reader.isSet("KAFKA_CLUSTER_REST_URL")) {
    reader.problem(
      "KAFKA_CLUSTER_REST_URL",
      "missing: the address of the cluster's REST Proxy or Confluent Server; a Worker speaks https, not Kafka's own protocol",
    );
  }
  return {
    kind: "platform",
    clusterId: reader.isSet("KAFKA_CLUSTER_ID") ? reader.value("KAFKA_CLUSTER_ID", CLUSTER_ID, "") : undefined,
    restUrl: restUrl ?? "",
    auth: restAuth(reader) ?? clusterOAuth(reader) ?? { kind: "none" },
    headers: reader.value("KAFKA_CLUSTER_REST_HEADERS", HeadersValue, {}),
    timeoutMs: reader.duration("KAFKA_CLUSTER_TIMEOUT"),
    bootstrapServers: servers.map((server) => server.address),
    securityProtocol: securityProtocol(reader, servers),
    saslMechanism: mechanism(reader, "KAFKA_CLUSTER"),
  };
}

function securityProtocol(
  reader: Reader,
  servers: readonly { readonly protocol: string | undefined }[],
): SecurityProtocol | undefined {
  const protocols = [...new Set(servers.map((server) => server.protocol))];
  const [only] = protocols;
  if (protocols.length > 1)
    reader.problem("KAFKA_CLUSTER_SERVERS", "expected the same protocol before all servers, or none");
  if (protocols.length !== 1 || only === undefined) return undefined;
  const known = v.safeParse(SecurityProtocolValue, only);
  if (known.success) return known.output;
  reader.problem(
    "KAFKA_CLUSTER_SERVERS",
    `expected ${SecurityProtocolValue.options.join(", ")} before ://, or nothing`,
  );
  return undefined;
}

function mechanism(reader: Reader, server: string): SaslMechanism | undefined {
  const name = `${server}_AUTH_SASL_MECHANISM`;
  return reader.isSet(name) ? reader.value<SaslMechanism | undefined>(name, SaslMechanismValue, undefined) : undefined;
}

/** Both or neither of two variables. */
function pair(reader: Reader, one: string, other: string): readonly [string, string] | undefined {
  const [first, second] = [reader.isSet(one), reader.isSet(other)];
  if (first !== second) {
    reader.problem(
      first ? other : one,
      `missing: ${reader.nameOf(first ? one : other)} is set, and one needs the other`,
    );
  }
  return first && second ? [reader.text(one) ?? "", reader.text(other) ?? ""] : undefined;
}

function readKey(reader: Reader, prefix: string): { id: string; secret: string } | undefined {
  const found = pair(reader, `${prefix}_ID`, `${prefix}_SECRET`);
  return found && { id: found[0], secret: found[1] };
}

function basic(key: { id: string; secret: string } | undefined): HttpAuth {
  return key ? { kind: "basic", username: key.id, password: key.secret } : { kind: "none" };
}

function clusterKeyAuth(reader: Reader): HttpAuth | undefined {
  const key = readKey(reader, "KAFKA_CLUSTER_AUTH_APIKEY");
  return key && basic(key);
}

/** KAFKA_CLUSTER_REST_AUTH_*; one kind of its own keeps a connection from inheriting the other. */
function restAuth(reader: Reader): HttpAuth | undefined {
  const [username, password, token] = ["USERNAME", "PASSWORD", "TOKEN"].map(
    (part) => `KAFKA_CLUSTER_REST_AUTH_${part}`,
  );
  if (!username || !password || !token) return undefined;
  if (reader.isOwn(token)) reader.disinherit([username, password]);
  else if (reader.isOwn(username) || reader.isOwn(password)) reader.disinherit([token]);
  reader.warnOfLent("KAFKA_CLUSTER_REST_URL", [username, password, token, "KAFKA_CLUSTER_REST_HEADERS"]);
  const login = pair(reader, username, password);
  if (!reader.isSet(token)) return login && { kind: "basic", username: login[0], password: login[1] };
  if (login) reader.problem(token, `expected either this or ${reader.nameOf(username)}, found both`);
  return { kind: "bearer", token: reader.value(token, WordValue, "") };
}

/**
 * The brokers' OAUTHBEARER client serves REST Proxy too where no other login is set, since both trust the same issuer.
 * A user of the brokers' other mechanisms never does.
 */
function clusterOAuth(reader: Reader): HttpAuth | undefined {
  return mechanism(reader, "KAFKA_CLUSTER") === "OAUTHBEARER" ? oauth(reader, "KAFKA_CLUSTER") : undefined;
}

function oauth(reader: Reader, server: string): OAuthClient {
  const prefix = `${server}_AUTH_SASL_OAUTH`;
  const tokenUrl = reader.address(`${prefix}_TOKENURL`);
  if (!reader.isSet(`${prefix}_TOKENURL`))
    reader.problem(`${prefix}_TOKENURL`, "missing: OAUTHBEARER needs the token endpoint");
  return {
    kind: "oauth",
    tokenUrl: tokenUrl ?? "",
    clientId: reader.required(`${prefix}_CLIENTID`, "OAUTHBEARER needs the client id"),
    clientSecret: reader.required(`${prefix}_CLIENTSECRET`, "OAUTHBEARER needs the client secret"),
    scopes: reader.value(`${prefix}_SCOPES`, ListValue, []),
    timeoutMs: reader.duration(`${prefix}_TIMEOUT`),
  };
}

const REGISTRY = "KAFKA_SCHEMAREGISTRY";

/** As KAFKA_SCHEMAREGISTRY_ENABLED says; when it says nothing, whether an address or a key is set. */
function registryWanted(reader: Reader): boolean {
  const implied = reader.isSet(`${REGISTRY}_URL`) || reader.isSet(`${REGISTRY}_AUTH_APIKEY_ID`);
  return reader.value(`${REGISTRY}_ENABLED`, BooleanValue, implied);
}

export function readRegistry(reader: Reader, kafka: KafkaConfig): RegistryConfig | undefined {
  const wanted = registryWanted(reader);
  reader.took(`${REGISTRY}_ENABLED`, String(wanted));
  if (!wanted) return undefined;
  const url = reader.address(`${REGISTRY}_URL`);
  if (kafka.kind === "platform" && !reader.isSet(`${REGISTRY}_URL`)) {
    reader.problem(`${REGISTRY}_URL`, `missing: the address of Schema Registry, or ${REGISTRY}_ENABLED=false`);
  }
  return {
    url,
    auth: registryAuth(reader, kafka),
    headers: reader.value(`${REGISTRY}_HEADERS`, HeadersValue, {}),
    timeoutMs: reader.duration(`${REGISTRY}_TIMEOUT`),
  };
}

/** Its key; else its SASL client or user; else, on Cloud, the cloud key, which may be a global one. */
function registryAuth(reader: Reader, kafka: KafkaConfig): HttpAuth {
  reader.warnOfLent(`${REGISTRY}_URL`, [
    `${REGISTRY}_AUTH_APIKEY_SECRET`,
    `${REGISTRY}_AUTH_SASL_PASSWORD`,
    `${REGISTRY}_HEADERS`,
  ]);
  const key = readKey(reader, `${REGISTRY}_AUTH_APIKEY`);
  if (key) return basic(key);
  if (mechanism(reader, REGISTRY) === "OAUTHBEARER") return oauth(reader, REGISTRY);
  const user = pair(reader, `${REGISTRY}_AUTH_SASL_USERNAME`, `${REGISTRY}_AUTH_SASL_PASSWORD`);
  if (user) return { kind: "basic", username: user[0], password: user[1] };
  return kafka.kind === "cloud" ? basic(kafka.cloudKey) : { kind: "none" };
}

/** The user-admin endpoint, on Platform only. */
export function readUsers(reader: Reader, kafka: KafkaConfig): UsersConfig | undefined {
  if (kafka.kind === "cloud") {
    if (reader.sets("KAFKA_USERS_URL"))
      reader.warn("KAFKA_USERS_URL", "has no effect: Confluent Cloud has accounts and keys");
    return undefined;
  }
  const headers = reader.value("KAFKA_USERS_HEADERS", HeadersValue, {});
  if (!reader.isSet("KAFKA_USERS_URL")) return undefined;
  const url = reader.address("KAFKA_USERS_URL");
  const [token] = readTokens(reader, "KAFKA_USERS_TOKEN");
  if (!reader.isSet("KAFKA_USERS_TOKEN")) {
    reader.problem("KAFKA_USERS_TOKEN", "missing: the token of the user-admin endpoint");
  }
  return url === undefined || token === undefined ? undefined : { url, token, headers };
}
