import { credential } from "../amplify/provisioning/credential.ts";
import type { GrantRow } from "../store/grants.ts";
import { mustRead, type ProvisioningContext } from "./context.ts";
import { asksForRegistry } from "./world.ts";

const DONE = "Provisioned.";

/** What the consumer is told with Success: whoever asked for a key of Schema Registry and gets none is told why. */
export function successWords(row: GrantRow, { registry, told }: ProvisioningContext): string {
  if (row.kind !== "credential" || !asksForRegistry(credential(mustRead(row)).asked)) return DONE;
  if (told.registryUrl === undefined) return `${DONE} There is no Schema Registry, and so no key for it.`;
  // Its users are of its own configuration, of LDAP or of an identity provider: Confluent Platform has no API that makes one.
  return registry
    ? DONE
    : `${DONE} Schema Registry has users of its own: ask the provider of the API how to log in to it.`;
}
