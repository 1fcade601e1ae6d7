import { accessRequest } from "../amplify/provisioning/access-request.ts";
import { credential } from "../amplify/provisioning/credential.ts";
import { subjectPattern } from "../confluent/crn.ts";
import type { GrantRow } from "../store/grants.ts";
import { mustRead, type ProvisioningContext } from "./context.ts";
import { asksForRegistry } from "./world.ts";

const DONE = "Provisioned.";

/** What the consumer is told with Success: whoever asked for something and gets less is told why. */
export function successWords(row: GrantRow, context: ProvisioningContext): string {
  switch (row.kind) {
    case "access":
      return [DONE, ...unreadable(row, context)].join(" ");
    case "credential":
      return [DONE, ...withoutRegistryKey(row, context)].join(" ");
    default:
      return DONE;
  }
}

/** Subjects of the topic that no role binding can name without opening others. */
function unreadable(row: GrantRow, { registry, topicOf, subjectsOf }: ProvisioningContext): readonly string[] {
  const name = registry?.name();
  const topic = topicOf(accessRequest(mustRead(row)).instance);
  if (name === undefined || topic === undefined) return [];
  const left = subjectsOf(topic).filter((subject) => subjectPattern("", subject) === undefined);
  return left.length === 0 ? [] : [`No key of Schema Registry can be given the right to read ${left.join(", ")}.`];
}

function withoutRegistryKey(row: GrantRow, { registry, told }: ProvisioningContext): readonly string[] {
  if (!asksForRegistry(credential(mustRead(row)).asked)) return [];
  if (told.registryUrl === undefined) return ["There is no Schema Registry, and so no key for it."];
  if (registry) return [];
  // Its users are of its own configuration, of LDAP or of an identity provider: Confluent Platform has no API that makes one.
  return ["Schema Registry has users of its own: ask the provider of the API how to log in to it."];
}
