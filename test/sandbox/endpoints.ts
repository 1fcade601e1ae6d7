import type { Addresses } from "./addresses.ts";
import type { ApiKey } from "./cloud/organization.ts";
import type { Parts } from "./parts.ts";
import type { Secrets } from "./secrets.ts";
import { amplifyEnvironments, amplifyOrganization, amplifyTeam, clientIds } from "./world/amplify.ts";
import { platformClusterId, platformServers } from "./world/demo.ts";
import { keyNamed, keyNames, registryUser, restUser } from "./world/logins.ts";
import { cloudIds } from "./world/organization.ts";

export type Endpoints = ReturnType<typeof endpointsOf>;

/** Where everything is and how to log in, for `.sandbox/endpoints.json`. Secrets included: they are the sandbox's own. */
export function endpointsOf(parts: Parts, addresses: Addresses, secrets: Secrets) {
  const key = (name: string) => login(keyNamed(parts.organization, name));
  const cluster = parts.organization.cluster(cloudIds.cluster);
  return {
    control: addresses.control,
    amplify: {
      url: addresses.amplify,
      apiServer: `${addresses.amplify}/apis`,
      authUrl: `${addresses.amplifyAuth}/auth`,
      tokenUrl: `${addresses.amplifyAuth}/auth/realms/Broker/protocol/openid-connect/token`,
      platformUrl: addresses.amplifyPlatform,
      ingestionUrl: addresses.ingestion,
      organizationId: amplifyOrganization.id,
      organizationGuid: amplifyOrganization.guid,
      team: amplifyTeam,
      environments: amplifyEnvironments,
      clients: {
        cloud: { id: clientIds.cloud, ...secrets.clients.cloud },
        platform: { id: clientIds.platform, ...secrets.clients.platform },
        withSecret: { id: clientIds.secret, secret: secrets.clientSecret },
      },
    },
    confluentCloud: {
      controlPlaneUrl: addresses.cloud,
      metricsUrl: addresses.metrics,
      organizationId: cloudIds.organization,
      environment: cloudIds.environment,
      clusterId: cloudIds.cluster,
      kafkaRestUrl: `${addresses.cloudKafka}/kafka/v3`,
      bootstrapServers: cluster?.bootstrap?.replace("SASL_SSL://", "") ?? "",
      schemaRegistryUrl: addresses.cloudRegistry,
      schemaRegistryId: cloudIds.registry,
      apiKeys: {
        cloud: key(keyNames.cloud),
        kafka: key(keyNames.kafka),
        schemaRegistry: key(keyNames.registry),
        global: key(keyNames.global),
      },
    },
    confluentPlatform: {
      clusterId: platformClusterId,
      kafkaRestUrl: addresses.platformKafka,
      kafkaRest: { username: restUser, password: secrets.restPassword, token: secrets.restToken },
      bootstrapServers: platformServers.join(","),
      schemaRegistryUrl: addresses.platformRegistry,
      schemaRegistry: { username: registryUser, password: secrets.registryPassword },
      usersUrl: addresses.users,
      usersToken: secrets.usersToken,
    },
  };
}

function login({ id, secret }: ApiKey): { id: string; secret: string } {
  return { id, secret };
}
