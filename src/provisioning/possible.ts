import { type AclBinding, distinct } from "../confluent/acl-binding.ts";
import type { NewRoleBinding } from "../confluent/role-bindings.ts";
import { grantedBindings } from "./acls.ts";
import type { World } from "./model.ts";
import { grantedRoleBindings } from "./role-bindings.ts";

/**
 * Every entry that a principal of the application may have had from us for what was ever asked for and not yet let go,
 * whether it shall have it now or not. What is there beside these was made by somebody else. An access request is only let
 * go when its entries are gone, so this stays true when all our rows are lost.
 */
export function possibleBindings(principal: string, world: World): readonly AclBinding[] {
  const asked = everGranted(world);
  const ways = (["consume", "produce"] as const).map((operations) =>
    grantedBindings(principal, {
      ...asked,
      access: asked.access.map((request) => ({ ...request, operations, transactional: true })),
    }).filter(({ resourceType }) => resourceType !== "TOPIC"),
  );
  return distinct([...grantedBindings(principal, asked), ...ways.flat()]);
}

/** The same of role bindings in Schema Registry; `[]` while its name is not known. */
export function possibleRoles(principal: string, world: World): readonly NewRoleBinding[] {
  return grantedRoleBindings(principal, everGranted(world));
}

function everGranted(world: World): World {
  const access = world.access
    .filter(({ topic, finalizer }) => topic !== undefined && finalizer === "us")
    .map((request) => ({ ...request, level: "Success" as const, deleting: false, replaces: undefined }));
  return { ...world, access, idempotentWrite: true };
}
