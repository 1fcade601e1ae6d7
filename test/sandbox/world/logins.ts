import type { ApiKey, KeyResource, Organization } from "../cloud/organization.ts";
import { everything, everythingBut, permits, type Rights } from "../core/permissions.ts";
import type { User } from "../kafka/authenticators.ts";
import type { RegistryUser } from "../registry/authenticators.ts";
import type { Secrets } from "../secrets.ts";
import { cloudIds } from "./organization.ts";
import {
  cloudPermissions,
  cloudProvisioningPermissions,
  kafkaPermissions,
  type Permission,
  registryPermissions,
} from "./permissions.ts";

/** Users of the Platform's REST Proxy and registry. */
export const restUser = "amplify-agent";
export const registryUser = "amplify-registry";
/** The worker's user of the Platform's brokers: configured, and of no use to a REST service. */
export const saslUser = "amplify-sasl";

/** The user, or owner of a key, that lacks exactly this permission. */
export function lackingName(permission: Permission): string {
  return `lacks-${permission.name}`;
}

function user(password: string, rights: Rights): User {
  return { password, may: (operation, resource) => permits(rights, operation, resource) };
}

/** Those who may log in to REST Proxy: the worker, one for each permission that could be missing, and one without a role. */
export function restUsers(secrets: Secrets): Map<string, User> {
  const password = secrets.restPassword;
  return new Map<string, User>([
    [restUser, user(password, everything)],
    ["no-role", { ...user(password, everything), hasNoRole: true }],
    ...kafkaPermissions.map(
      (permission) => [lackingName(permission), user(password, everythingBut(...permission.lacks))] as const,
    ),
  ]);
}

export function registryUsers(secrets: Secrets): Map<string, RegistryUser> {
  const password = secrets.registryPassword;
  return new Map<string, RegistryUser>([
    [registryUser, user(password, everything)],
    ["no-role", { password, admitted: false }],
    ...registryPermissions.map(
      (permission) => [lackingName(permission), user(password, everythingBut(...permission.lacks))] as const,
    ),
  ]);
}

const ownerId = (index: number) => `sa-m${String(index).padStart(5, "0")}`;

const kafkaResource: KeyResource = { kind: "Kafka", id: cloudIds.cluster };
const registryResource: KeyResource = { kind: "SchemaRegistry", id: cloudIds.registry };
const cloudResource: KeyResource = { kind: "Cloud" };

/** Display names under which the demo's keys are found again, in the saved state too. */
export const keyNames = {
  cloud: "worker cloud",
  kafka: "worker kafka",
  registry: "worker registry",
  global: "worker global",
  foreignKafka: "kafka-key-of-another-cluster",
  foreignRegistry: "registry-key-of-another-registry",
} as const;

/** A person, of whom nothing else is known. */
const founder = "User:u-4k9pz1";

/**
 * The role that who founds an organisation is given, so that there is always one (Confluent docs, predefined RBAC roles).
 */
function seedRoles({ roleBindings, content }: Organization): void {
  const crn = `crn://confluent.cloud/organization=${content.id}`;
  roleBindings.add({ principal: founder, role: "OrganizationAdmin", crn });
}

/** The worker's keys on Cloud, one for each permission that could be missing, two of other clusters, and the founder's role. */
export function seedKeys(organization: Organization): void {
  const owner = (displayName: string, rights: Rights) =>
    organization.addOwner({ id: ownerId(organization.owners.size + 1), displayName, description: "", rights }).id;
  const worker = owner("amplify-worker", everything);
  const key = (of: string, displayName: string, resource: KeyResource) =>
    organization.addKey({ owner: of, displayName, resource });
  key(worker, keyNames.cloud, cloudResource);
  key(worker, keyNames.kafka, kafkaResource);
  key(worker, keyNames.registry, registryResource);
  key(worker, keyNames.global, { kind: "Global" });
  key(worker, keyNames.foreignKafka, { kind: "Kafka", id: "lkc-mapped" });
  key(worker, keyNames.foreignRegistry, { kind: "SchemaRegistry", id: "lsrc-priv4t" });
  const permissions = [
    ...kafkaPermissions,
    ...registryPermissions,
    ...cloudPermissions,
    ...cloudProvisioningPermissions,
  ];
  for (const permission of permissions) {
    const name = lackingName(permission);
    key(owner(name, everythingBut(...permission.lacks)), name, resourceOf(permission));
  }
  seedRoles(organization);
}

function resourceOf({ plane }: Permission): KeyResource {
  if (plane === "kafka") return kafkaResource;
  return plane === "registry" ? registryResource : cloudResource;
}

/** Throws an Error when the demo has no key of that name: its names are fixed. */
export function keyNamed(organization: Organization, displayName: string): ApiKey {
  const key = [...organization.keys.values()].find((each) => each.displayName === displayName);
  if (key === undefined) throw new Error(`The sandbox has no API key "${displayName}".`);
  return key;
}
