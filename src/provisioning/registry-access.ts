import type { RegistryName } from "../confluent/registries.ts";
import type { NewRoleBinding, RoleBinding } from "../confluent/role-bindings.ts";
import type { RecordedRoleBinding } from "./model.ts";
import type { CredentialOwner, RecordedKey } from "./principals.ts";

/**
 * Keys of Schema Registry and what their owners may read there: Confluent Cloud. Every call may be made again after a lost
 * answer; what cannot go on throws `SetbackError`, `UpstreamError` or `NotYet`.
 */
export interface RegistryAccess {
  /** The registry that keys are made for; `unknown` until `find` has found it, undefined where there is none to give keys of. */
  name(): RegistryName | "unknown" | undefined;
  find(): Promise<void>;
  /** As `Principals.makeKey`, for the registry of this id. The caller removes the intent with what it records. */
  makeKey(
    of: CredentialOwner,
    principal: string,
    registryId: string,
    recorded: readonly RecordedKey[],
  ): Promise<{ readonly id: string; readonly secret: string }>;
  /**
   * One call with the key. With a subject it works when that can be read: key and role binding are known to the registry.
   * Without one it works when the registry knows the key, though it may read nothing.
   */
  probe(
    key: { readonly id: string; readonly secret: string },
    subject: string | undefined,
  ): Promise<"ready" | "not-yet">;
  /** Done when it is not there. */
  removeKey(key: RecordedKey & { readonly registry: string }): Promise<void>;
  /** Throws `SetbackError` when so many more role bindings would pass the organization's limit. */
  room(more: number): Promise<void>;
  /** Makes the role binding, or finds the one that is there; its id. */
  bind(binding: NewRoleBinding): Promise<string>;
  /** Those of a principal to read something in the registry, one whole name each; `[]` while the registry is not known. */
  bound(principal: string): Promise<readonly RoleBinding[]>;
  /** Removes the role binding, and where its id is not known what is found of it. Done when it is not there. */
  unbind(binding: RecordedRoleBinding): Promise<void>;
}

/** Key of the intent's row while a registry key is made. */
export function registryKeyIntent({ owner }: CredentialOwner): string {
  return `registry-key:${owner.credential}`;
}
