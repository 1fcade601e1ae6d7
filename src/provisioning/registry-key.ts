import type { Credential, Key, World } from "./model.ts";
import type { Action } from "./next.ts";
import { readableSubject, wantsRegistry } from "./role-bindings.ts";

/**
 * What the Schema Registry half of a key lacks before the consumer may have it: it is made when it was asked for, and goes
 * when there is no registry any more or it is of another one. Undefined when it is as it should be.
 */
export function registryKeyStep(credential: Credential, key: Key, world: World): Action | undefined {
  const { name } = credential;
  const { registry } = world;
  if (registry === "unknown") return undefined;
  const wanted = wantsRegistry(credential, world) ? registry?.id : undefined;
  if (key.registry && key.registry.registry !== wanted) return { do: "remove-registry-key", name, key: key.id };
  if (key.registry || wanted === undefined) return undefined;
  return { do: "make-registry-key", name, key: key.id, registry: wanted };
}

/** The next look at whether the half for Schema Registry works; undefined when nothing is to be seen any more. */
export function probeOfRegistry(
  credential: Credential,
  { id, registry }: Key,
  world: World,
  now: number,
): Action | "later" | undefined {
  if (registry?.state !== "made") return undefined;
  if (registry.at !== undefined && registry.at > now) return "later";
  return { do: "probe-registry-key", name: credential.name, key: id, subject: readableSubject(credential, world) };
}
