import type { Endpoints } from "./endpoints.ts";
import type { PlatformOptions } from "./platform.ts";
import type { Secrets } from "./secrets.ts";
import { clientIds } from "./world/amplify.ts";
import { demoFilter, type Side } from "./world/demo.ts";
import { saslUser } from "./world/logins.ts";

export type Variables = Readonly<Record<string, string>>;

/** The variables of one connection towards the sandbox, under the official agents' names and the few of our own. */
export function variablesOf(
  side: Side,
  endpoints: Endpoints,
  secrets: Secrets,
  options: PlatformOptions = {},
): Variables {
  return {
    ...amplifyVariables(side, endpoints),
    ...(side === "cloud" ? cloud(endpoints) : platform(endpoints, secrets, options)),
  };
}

/**
 * Both connections at once: Cloud's as the first, Platform's with the suffix `_2`. A connection inherits what it does not set, so
 * the second sets what it must not inherit to nothing.
 */
export function bothConnections(first: Variables, second: Variables): Variables {
  const emptied = Object.keys(first).filter((name) => !(name in second));
  return {
    ...first,
    ...Object.fromEntries(Object.entries(second).map(([name, value]) => [`${name}_2`, value])),
    ...Object.fromEntries(emptied.map((name) => [`${name}_2`, ""])),
  };
}

function amplifyVariables(side: Side, { amplify }: Endpoints): Variables {
  const ingestion = new URL(amplify.ingestionUrl);
  const https = ingestion.protocol === "https:";
  return {
    CENTRAL_ORGANIZATIONID: amplify.organizationId,
    CENTRAL_ENVIRONMENT: amplify.environments[side],
    CENTRAL_TEAM: amplify.team,
    CENTRAL_URL: amplify.url,
    CENTRAL_PLATFORMURL: amplify.platformUrl,
    CENTRAL_AUTH_URL: amplify.authUrl,
    CENTRAL_AUTH_CLIENTID: clientIds[side],
    CENTRAL_AUTH_PRIVATEKEY_DATA: amplify.clients[side].privateKey,
    CENTRAL_AUTH_PUBLICKEY_DATA: amplify.clients[side].publicKey,
    TRACEABILITY_HOST: `${ingestion.hostname}:${ingestion.port || (https ? "443" : "80")}`,
    TRACEABILITY_PROTOCOL: https ? "https" : "http",
    KAFKA_FILTER: demoFilter,
  };
}

function cloud({ confluentCloud }: Endpoints): Variables {
  const { apiKeys } = confluentCloud;
  return {
    KAFKA_CLOUD_ENABLED: "true",
    KAFKA_CLOUD_URL: confluentCloud.controlPlaneUrl,
    KAFKA_CLOUD_METRICSURL: confluentCloud.metricsUrl,
    KAFKA_CLOUD_ENVIRONMENT: confluentCloud.environment,
    KAFKA_CLOUD_AUTH_APIKEY_ID: apiKeys.cloud.id,
    KAFKA_CLOUD_AUTH_APIKEY_SECRET: apiKeys.cloud.secret,
    KAFKA_CLUSTER_ID: confluentCloud.clusterId,
    KAFKA_CLUSTER_AUTH_APIKEY_ID: apiKeys.kafka.id,
    KAFKA_CLUSTER_AUTH_APIKEY_SECRET: apiKeys.kafka.secret,
    KAFKA_SCHEMAREGISTRY_ENABLED: "true",
    KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID: apiKeys.schemaRegistry.id,
    KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_SECRET: apiKeys.schemaRegistry.secret,
  };
}

function platform({ confluentPlatform }: Endpoints, secrets: Secrets, options: PlatformOptions): Variables {
  return {
    KAFKA_CLOUD_ENABLED: "false",
    KAFKA_CLUSTER_SERVERS: `SASL_SSL://${confluentPlatform.bootstrapServers.replaceAll(",", ",SASL_SSL://")}`,
    KAFKA_CLUSTER_AUTH_SASL_MECHANISM: "SCRAM-SHA-512",
    KAFKA_CLUSTER_AUTH_SASL_USERNAME: saslUser,
    KAFKA_CLUSTER_AUTH_SASL_PASSWORD: secrets.saslPassword,
    KAFKA_CLUSTER_REST_URL: confluentPlatform.kafkaRestUrl,
    KAFKA_SCHEMAREGISTRY_ENABLED: "true",
    KAFKA_SCHEMAREGISTRY_URL: confluentPlatform.schemaRegistryUrl,
    KAFKA_USERS_URL: confluentPlatform.usersUrl,
    KAFKA_USERS_TOKEN: confluentPlatform.usersToken,
    ...platformLogins({ confluentPlatform }, options),
  };
}

function platformLogins(
  { confluentPlatform }: Pick<Endpoints, "confluentPlatform">,
  { login = "basic", tunnel }: PlatformOptions,
): Variables {
  const { kafkaRest, schemaRegistry } = confluentPlatform;
  const rest = {
    basic: {
      KAFKA_CLUSTER_REST_AUTH_USERNAME: kafkaRest.username,
      KAFKA_CLUSTER_REST_AUTH_PASSWORD: kafkaRest.password,
    },
    bearer: { KAFKA_CLUSTER_REST_AUTH_TOKEN: kafkaRest.token },
    none: {},
  };
  const registry = {
    KAFKA_SCHEMAREGISTRY_AUTH_SASL_MECHANISM: "PLAIN",
    KAFKA_SCHEMAREGISTRY_AUTH_SASL_USERNAME: schemaRegistry.username,
    KAFKA_SCHEMAREGISTRY_AUTH_SASL_PASSWORD: schemaRegistry.password,
  };
  const headers = JSON.stringify(tunnel);
  return {
    ...rest[login],
    ...(login === "none" ? {} : registry),
    ...(tunnel === undefined ? {} : { KAFKA_CLUSTER_REST_HEADERS: headers, KAFKA_SCHEMAREGISTRY_HEADERS: headers }),
  };
}
