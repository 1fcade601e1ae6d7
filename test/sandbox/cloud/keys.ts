import { basicLogin } from "../core/basic.ts";
import { permits } from "../core/permissions.ts";
import type { Authenticate, Caller } from "../core/types.ts";
import { cloudUnauthorized } from "../kafka/authenticators.ts";
import type { ApiKey, Organization } from "./organization.ts";

/**
 * The key a request presents, when id and secret fit and it works already; for one cluster or registry, or whatever it is good for
 * when `resource` is undefined. Each look is a login.
 */
export function presentedKey(organization: Organization, request: Request, resource?: string): ApiKey | undefined {
  const login = basicLogin(request);
  if (login === undefined || login === "undecodable") return undefined;
  return organization.login(login.user, login.password, resource);
}

/** A key acts with the rights of its owner; on a cluster or registry with those of the owner's role bindings too. */
export function callerOf(organization: Organization, key: ApiKey, resource?: string): Caller {
  const owner = organization.owners.get(key.owner);
  const principal = `User:${key.owner}`;
  const byRole: Caller["may"] = (operation, name) =>
    resource !== undefined && organization.roleBindings.permit(principal, resource, operation, name);
  return {
    name: key.id,
    principal,
    may: (operation, name) =>
      owner !== undefined && (permits(owner.rights, operation, name) || byRole(operation, name)),
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
  const key = presentedKey(organization, request, resource);
  return key === undefined ? undefined : callerOf(organization, key, resource);
}
