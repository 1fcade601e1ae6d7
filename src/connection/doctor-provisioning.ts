import type { CloudKafka, ConnectionConfig, UsersConfig } from "../config/model.ts";
import { look } from "../confluent/doctor.ts";
import { accountsCheck, ROLE_BINDINGS, roleBindingsCheck } from "../confluent/doctor-iam.ts";
import type { Cluster } from "../confluent/model.ts";
import { readRegistryName } from "../confluent/registries.ts";
import type { Rest } from "../confluent/rest.ts";
import { createUserAdmin } from "../confluent/users.ts";
import { UpstreamError } from "../http/errors.ts";
import type { Outlet } from "../http/outlet.ts";
import type { Clock } from "../runtime/ports.ts";
import { variableOf } from "./access.ts";
import { errorText } from "./backoff.ts";
import { type Probe, type Told, undefinedWhenForbidden } from "./doctor-check.ts";

/** What giving access needs of Confluent beyond the lists that the other checks read. */

/** Whether service accounts may be made. */
export function askAccounts(rest: Rest, cloudUrl: string, variable: string): Probe {
  const { name, ask } = accountsCheck(cloudUrl);
  const green: Told = { ok: true, message: `It may ${ask.what}.` };
  return {
    check: name,
    permission: ask.permission,
    variable,
    ask: async () => {
      try {
        await rest.send(ask);
        return green;
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error;
        if (error.failure.kind === "missing") return green;
        // A server that looks at the id or the body first.
        if (error.failure.kind !== "invalid") throw error;
        const message = `Whether it may ${ask.what} could not be told: the answer was ${error.status}.`;
        return { ok: undefined, message };
      }
    },
  };
}

/**
 * Whether role bindings are seen. They are asked for by the organization's name, which only an answer tells: the registry
 * is looked up first, as provisioning does.
 * @param cluster as it was looked up last; undefined when it never was
 */
export function askRoleBindings(
  rest: Rest,
  { cloudUrl, environmentId }: CloudKafka,
  cluster: Cluster | undefined,
  variable: string,
): Probe {
  return {
    check: "cloud-role-bindings",
    permission: ROLE_BINDINGS,
    variable,
    ask: async () => {
      const wanted = { id: cluster?.registryId, url: cluster?.registryUrl };
      const registry = await undefinedWhenForbidden(readRegistryName(rest, cloudUrl, environmentId, wanted));
      if (registry) return look(rest, roleBindingsCheck(cloudUrl, registry.crn));
      return {
        ok: undefined,
        message: "It could not be told: which Schema Registry the environment has is not shown.",
      };
    },
  };
}

/** No user that is made is called so: the list is empty. */
const NOBODY = "amp-doctor-none";
/** The endpoint starts a JVM, which may take longer than a report can wait: then nothing is told. */
const USERS_TIMEOUT_MS = 8_000;
/** Faults of the endpoint that do not pass: its own login to Kafka, and Kafka's tool (tools/user-admin/README.md). */
const BROKEN: ReadonlySet<string | undefined> = new Set(["kafka-denied", "kafka-not-runnable"]);

/** Whether the user-admin endpoint takes the token, and reaches the brokers with its own login. */
export function askUsers(config: ConnectionConfig, users: UsersConfig, outlet: Outlet, clock: Clock): Probe {
  const { url, token, headers } = users;
  const admin = createUserAdmin({ outlet, clock, url, token, headers, timeoutMs: USERS_TIMEOUT_MS });
  return {
    check: "users-login",
    permission: "the token of the user-admin endpoint",
    variable: variableOf(config, "KAFKA_USERS_TOKEN"),
    ask: async () => {
      try {
        await admin.list(NOBODY);
        return { ok: true, message: "It may list the users that it made." };
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error;
        const isBroken = error.failure.kind === "unreachable" || BROKEN.has(error.code);
        if (!isBroken) throw error;
        return { ok: false, message: errorText(error) };
      }
    },
  };
}
