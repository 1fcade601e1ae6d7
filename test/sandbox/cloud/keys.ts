import { basicLogin } from "../core/basic.ts";
import { permits } from "../core/permissions.ts";
import type { Authenticate, Caller } from "../core/types.ts";
import { cloudUnauthorized } from "../kafka/authenticators.ts";
import type { ApiKey, Organization } from "./organization.ts";

/** The key a request presents, when id and secret fit; whatever it is good for. */
export function presentedKey(organization: Organization, request: Request): ApiKey | undefined {
  const login = basicLogin(request);
  if (login === undefined || login === "undecodable") return undefined;
  const key = organization.keys.get(login.user);
  return key !== undefined && key.secret === login.password ? key : undefined;
}

/** A key acts with the rights of its owner. */
export function callerOf(organization: Organization, key: ApiKey): Caller {
  const owner = organization.owners.get(key.owner);
  return {
    name: key.id,
    may: (operation, resource) => owner !== undefined && permits(owner.rights, operation, resource),
  };
}

/**
 * For the Kafka REST of one cluster: a key of this cluster, or a Global one.
 */
export function kafkaKey(organization: Organization, cluster: string): Authenticate {
  return (request) => resourceCaller(organization, request, cluster) ?? cloudUnauthorized(request);
}

/** For the Schema Registry: its body of a 401 is not documented for Cloud; this is the shape of its other errors. */
export function registryKey(organization: Organization, registry: string): Authenticate {
  return (request) =>
    resourceCaller(organization, request, registry) ??
    Response.json({ error_code: 401, message: "Unauthorized" }, { status: 401 });
}

function resourceCaller(organization: Organization, request: Request, resource: string): Caller | undefined {
  const key = presentedKey(organization, request);
  if (key === undefined) return undefined;
  const good = key.resource.kind === "Global" || ("id" in key.resource && key.resource.id === resource);
  return good ? callerOf(organization, key) : undefined;
}
