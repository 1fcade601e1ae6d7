import * as v from "valibot";
import { samePattern } from "../confluent/crn.ts";
import type { Readiness } from "../confluent/probe.ts";
import type { RegistryName } from "../confluent/registries.ts";
import type { NewRoleBinding, RoleBindings } from "../confluent/role-bindings.ts";
import { UpstreamError } from "../http/errors.ts";
import type { KnownStore } from "../store/known.ts";
import { type KeyMaking, makeApiKey, mayNot, removeApiKey } from "./cloud-keys.ts";
import { accountOf } from "./cloud-principals.ts";
import { type RegistryAccess, registryKeyIntent } from "./registry-access.ts";
import { ROLE } from "./role-bindings.ts";

export interface CloudRegistryOptions extends KeyMaking {
  readonly roleBindings: RoleBindings;
  readonly known: Pick<KnownStore, "get" | "put">;
  /** Id or address by which the registry is configured or was looked up; undefined where there is none. */
  readonly registry: string | undefined;
  /** Asks the control plane; undefined when it does not show one. */
  readonly lookUp: () => Promise<RegistryName | undefined>;
  /** One call with the key: of a subject, or of none. */
  readonly probe: (
    key: { readonly id: string; readonly secret: string },
    subject: string | undefined,
  ) => Promise<Readiness>;
}

/** Of which registry, by `CloudRegistryOptions.registry`: another one is looked up anew. */
const NameFact = v.object({ of: v.string(), id: v.string(), crn: v.string() });
const FACT = "registry-name";
/** The registry's own words for a subject or version that is not there (schema-registry Errors.java). */
const ABSENT: ReadonlySet<string | undefined> = new Set(["40401", "40402"]);

/** Keys and role bindings of a Schema Registry of Confluent Cloud, where RBAC alone says who may read which subject. */
export function cloudRegistry(options: CloudRegistryOptions): RegistryAccess {
  const { roleBindings, keys, quotas, known, registry, now } = options;

  async function found(binding: NewRoleBinding) {
    const all = await roleBindings.list(binding);
    return all.filter(({ crnPattern }) => samePattern(crnPattern, binding.crnPattern));
  }

  async function removeOne(id: string, binding: NewRoleBinding): Promise<void> {
    if ((await roleBindings.remove(id)) !== "hidden") return;
    // Mostly that means that it is gone, but also that we may not see it: then the principal would keep the right.
    if ((await found(binding)).some((each) => each.id === id)) throw mayNot(`remove the role binding ${id}`);
  }

  function name(): RegistryName | "unknown" | undefined {
    if (registry === undefined) return undefined;
    const fact = known.get(FACT, NameFact)?.value;
    return fact?.of === registry ? { id: fact.id, crn: fact.crn } : "unknown";
  }

  return {
    name,

    async find() {
      const name = await options.lookUp();
      if (name === undefined) {
        const message =
          "Confluent Cloud's control plane does not show which Schema Registry the environment has. Give the key of " +
          "KAFKA_CLOUD_AUTH_APIKEY_ID a role that may see it, such as EnvironmentAdmin or DataDiscovery.";
        throw new UpstreamError("cloud", { kind: "forbidden" }, message);
      }
      known.put(FACT, { of: registry, ...name }, now());
    },

    makeKey: (of, principal, registryId, recorded) =>
      makeApiKey(
        { about: registryKeyIntent(of), of, account: accountOf(principal), resource: registryId, recorded },
        options,
      ),

    async probe(key, subject) {
      const readiness = await options.probe(key, subject);
      if (readiness.kind === "ready") return "ready";
      if (readiness.kind !== "refused") return "not-yet";
      // Who may not read a subject is told so whether it is there or not: this one was deleted, and key and right are good.
      if (readiness.error.failure.kind === "missing" && ABSENT.has(readiness.error.code)) return "ready";
      throw readiness.error;
    },

    removeKey: ({ id, principal, registry: resource }) =>
      removeApiKey({ id, account: accountOf(principal), resource }, keys),

    room: (more) => quotas.room("role bindings", more),

    async bind(binding) {
      const made = await roleBindings.create(binding);
      if (made.kind === "quota") throw await quotas.exceeded("role bindings", made.error);
      if (made.kind === "created") {
        quotas.made("role bindings");
        return made.binding.id;
      }
      const [there] = await found(binding);
      if (there) return there.id;
      const message = `Confluent Cloud has the role binding of ${binding.principal} already, but does not list it.`;
      throw new UpstreamError("cloud", { kind: "conflict" }, message, { status: 409 });
    },

    async bound(principal) {
      const current = name();
      if (current === undefined || current === "unknown") return [];
      return roleBindings.list({ principal, roleName: ROLE, crnPattern: current.crn });
    },

    async unbind({ id, principal, roleName, crnPattern }) {
      const binding = { principal, roleName, crnPattern };
      if (id !== undefined) return removeOne(id, binding);
      for (const each of await found(binding)) await removeOne(each.id, binding);
    },
  };
}
