import type { CloudKafka, ConnectionConfig, HttpAuth } from "../config/model.ts";
import type { Access } from "../confluent/rest.ts";

/** How each of Confluent's servers is talked to, with the variable that a person has to correct when it refuses. */

export function kafkaAccess(config: ConnectionConfig): Access {
  const { kafka } = config;
  const own = kafka.kind === "cloud" ? "KAFKA_CLUSTER_AUTH_APIKEY_ID" : "KAFKA_CLUSTER_REST_AUTH_USERNAME";
  const names: Names = {
    none: [own],
    basic: ["KAFKA_CLUSTER_REST_AUTH_USERNAME", "KAFKA_CLUSTER_AUTH_APIKEY_ID", CLOUD_KEY],
    bearer: ["KAFKA_CLUSTER_REST_AUTH_TOKEN"],
    oauth: ["KAFKA_CLUSTER_AUTH_SASL_OAUTH_CLIENTID"],
  };
  const variable = holder(config, kafka.auth, names);
  return { credentials: kafka.auth, headers: kafka.headers, timeoutMs: kafka.timeoutMs, variable };
}

/** The variable as this connection sets or inherits it: with its suffix where it has one. */
export function variableOf(config: ConnectionConfig, name: string): string {
  return suffixed(config, name) ?? name;
}

/** Undefined where no registry is wanted. */
export function registryAccess(config: ConnectionConfig): Access | undefined {
  const { kafka, registry } = config;
  if (!registry) return undefined;
  const user = "KAFKA_SCHEMAREGISTRY_AUTH_SASL_USERNAME";
  const key = "KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID";
  const names: Names = {
    none: [kafka.kind === "cloud" ? key : user],
    basic: [key, user, CLOUD_KEY],
    bearer: [key],
    oauth: ["KAFKA_SCHEMAREGISTRY_AUTH_SASL_OAUTH_CLIENTID"],
  };
  const variable = holder(config, registry.auth, names);
  return { credentials: registry.auth, headers: registry.headers, timeoutMs: registry.timeoutMs, variable };
}

/** Of the control plane and the metrics API. */
export function controlAccess(config: ConnectionConfig, { cloudKey, cloudTimeoutMs }: CloudKafka): Access {
  const credentials: HttpAuth = cloudKey
    ? { kind: "basic", username: cloudKey.id, password: cloudKey.secret }
    : { kind: "none" };
  return { credentials, timeoutMs: cloudTimeoutMs, variable: variableOf(config, CLOUD_KEY) };
}

const CLOUD_KEY = "KAFKA_CLOUD_AUTH_APIKEY_ID";

/** Variables that may hold a login of each kind, in the order in which they are taken. */
type Names = Readonly<Record<HttpAuth["kind"], readonly [string, ...string[]]>>;

function holder(config: ConnectionConfig, { kind }: HttpAuth, names: Names): string {
  const found = names[kind].map((name) => suffixed(config, name)).find((name) => name !== undefined);
  return found ?? names[kind][0];
}

/** The variable's name as this connection sets or inherits it; undefined when it is not set. */
function suffixed({ settings, index }: ConnectionConfig, name: string): string | undefined {
  return settings.find(
    ({ variable, origin }) => origin !== "default" && (variable === name || variable === `${name}_${index}`),
  )?.variable;
}
