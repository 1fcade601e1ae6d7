import type { Organization } from "./cloud/organization.ts";
import type { Secrets } from "./secrets.ts";
import type { Variables } from "./variables.ts";
import { lackingClientId } from "./world/amplify.ts";
import type { Side } from "./world/demo.ts";
import { keyNamed, keyNames, lackingName } from "./world/logins.ts";
import {
  amplifyPermissions,
  amplifyProvisioningPermissions,
  amplifyReportingPermissions,
  cloudPermissions,
  cloudProvisioningPermissions,
  kafkaPermissions,
  type Permission,
  registryPermissions,
  type WrongCredential,
} from "./world/permissions.ts";

/** What one side's credentials can lack that discovery needs. */
export function permissionsOf(side: Side): readonly Permission[] {
  const common = [...kafkaPermissions, ...registryPermissions, ...amplifyPermissions];
  return side === "cloud" ? [...common, ...cloudPermissions] : common;
}

/** What they can lack that provisioning needs beside it. */
export function provisioningPermissionsOf(side: Side): readonly Permission[] {
  return side === "cloud"
    ? [...amplifyProvisioningPermissions, ...cloudProvisioningPermissions]
    : amplifyProvisioningPermissions;
}

/** What they can lack that reporting needs beside both. */
export function reportingPermissionsOf(_side: Side): readonly Permission[] {
  return amplifyReportingPermissions;
}

/** The variables to be changed so that a connection logs in with the credential that lacks exactly this permission. */
export function variablesLacking(
  side: Side,
  permission: Permission,
  secrets: Secrets,
  organization: Organization,
): Variables {
  if (permission.plane === "amplify") {
    return {
      CENTRAL_AUTH_CLIENTID: lackingClientId(permission),
      // These clients share the key pair of the first connection's.
      CENTRAL_AUTH_PRIVATEKEY_DATA: secrets.clients.cloud.privateKey,
      CENTRAL_AUTH_PUBLICKEY_DATA: secrets.clients.cloud.publicKey,
    };
  }
  const name = lackingName(permission);
  if (side === "cloud") return apiKey(prefixes[permission.plane], keyNamed(organization, name));
  return permission.plane === "kafka"
    ? { KAFKA_CLUSTER_REST_AUTH_USERNAME: name, KAFKA_CLUSTER_REST_AUTH_PASSWORD: secrets.restPassword }
    : {
        KAFKA_SCHEMAREGISTRY_AUTH_SASL_USERNAME: name,
        KAFKA_SCHEMAREGISTRY_AUTH_SASL_PASSWORD: secrets.registryPassword,
      };
}

const prefixes = {
  kafka: "KAFKA_CLUSTER",
  registry: "KAFKA_SCHEMAREGISTRY",
  cloud: "KAFKA_CLOUD",
  metrics: "KAFKA_CLOUD",
} as const;

/** The variables for a key that is wrong as a whole; Cloud only. */
export function variablesWrong(wrong: WrongCredential, organization: Organization): Variables {
  switch (wrong) {
    case "kafka-key-of-another-cluster":
      return apiKey(prefixes.kafka, keyNamed(organization, keyNames.foreignKafka));
    case "registry-key-of-another-registry":
      return apiKey(prefixes.registry, keyNamed(organization, keyNames.foreignRegistry));
    case "cloud-key-revoked":
      return apiKey(prefixes.cloud, { id: "REVOKED234567REV", secret: keyNamed(organization, keyNames.cloud).secret });
  }
}

function apiKey(prefix: string, { id, secret }: { id: string; secret: string }): Variables {
  return { [`${prefix}_AUTH_APIKEY_ID`]: id, [`${prefix}_AUTH_APIKEY_SECRET`]: secret };
}
