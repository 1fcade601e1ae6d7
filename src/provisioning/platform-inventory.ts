import { credentialUserPrefix, saslUserNumber, saslUserPrefix } from "../confluent/labels.ts";
import type { SaslUsers } from "../confluent/users.ts";
import type { Found, Inventory } from "./inventory.ts";

/** By the names of SASL users, which hold organization, environment and credential. The endpoint lists none that it did not make. */
export function platformInventory(users: SaslUsers): Inventory {
  return {
    of: async ({ owner }) => foundOf(await users.list(await credentialUserPrefix(owner))),
    all: async (ids) => foundOf(await users.list(await saslUserPrefix(ids))),
    resources: () => [],
    markOf: (owner) => credentialUserPrefix(owner),
  };
}

function foundOf(users: readonly { readonly name: string }[]): Found {
  const numbered = users.flatMap(({ name }) => {
    const number = saslUserNumber(name);
    return number === undefined ? [] : [{ name, number, mark: name.slice(0, -String(number).length) }];
  });
  numbered.sort((one, other) => (one.mark === other.mark ? one.number - other.number : one.mark < other.mark ? -1 : 1));
  const createdAt = undefined;
  return {
    principals: numbered.map(({ name, mark }) => ({ principal: `User:${name}`, name, mark, createdAt })),
    keys: numbered.map(({ name, mark }) => ({
      ...{ id: name, principal: `User:${name}`, mark, registry: undefined, createdAt },
    })),
    foreign: [],
  };
}
