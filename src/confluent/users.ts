import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { nameOf } from "../http/names.ts";
import type { Outlet } from "../http/outlet.ts";
import type { Clock } from "../runtime/ports.ts";
import { withoutSlash } from "./cloud-endpoints.ts";
import { createRest, type Rest, segment, understand, withJson } from "./rest.ts";

export interface SaslUser {
  readonly name: string;
  /** `SCRAM-SHA-512` and the like; empty when the endpoint does not say. */
  readonly mechanisms: readonly string[];
}

export interface SaslLogin {
  /** As KAFKA_CLUSTER_AUTH_SASL_MECHANISM has it; only SCRAM-SHA-256 and SCRAM-SHA-512 can be made. */
  readonly mechanism: string;
  /** 16 to 128 letters, digits, `_` and `-`: Kafka's own tools store others wrongly without a word. */
  readonly password: string;
  /** 4096 to 16384, as Kafka admits. */
  readonly iterations: number;
}

/**
 * SASL users of a Confluent Platform cluster. Names are those of `saslUserName`; others are refused. All throw
 * `UpstreamError` and `NotYet`, and `invalid` before any request for what cannot be meant. No error holds a password.
 */
export interface SaslUsers {
  /** Makes the user, or gives it this password. May be repeated with the same password, after a lost answer too. */
  put(name: string, login: SaslLogin): Promise<void>;
  /** Undefined when there is none. */
  get(name: string): Promise<SaslUser | undefined>;
  /** All users whose names begin so. `prefix` is that of `saslUserPrefix` or longer. */
  list(prefix: string): Promise<SaslUser[]>;
  /** May be repeated: a user that is not there is done. Its open connections outlive it, but not its ACLs. */
  remove(name: string): Promise<void>;
}

export interface UserAdminOptions {
  readonly outlet: Outlet;
  readonly clock: Clock;
  /** KAFKA_USERS_URL */
  readonly url: string;
  /** KAFKA_USERS_TOKEN */
  readonly token: string;
  /** KAFKA_USERS_HEADERS */
  readonly headers: Readonly<Record<string, string>>;
  /** Of one request, in ms; the endpoint starts a JVM for each, which takes seconds. */
  readonly timeoutMs: number;
}

const userItem = v.looseObject({
  name: v.pipe(v.string(), v.nonEmpty()),
  mechanism: v.nullish(v.string()),
  mechanisms: v.nullish(v.array(v.string())),
  exists: v.optional(v.boolean(), true),
});
const userList = v.looseObject({ users: v.array(userItem) });

const ADMIN = "the token of the user-admin endpoint";

/**
 * The users by way of the user-admin endpoint beside the brokers: `PUT`, `GET` and `DELETE {url}/users/{name}`,
 * `GET {url}/users?prefix=`, with a bearer token. Kafka changes users by its own protocol only (KIP-554), and no server of
 * Confluent offers it over HTTP.
 */
export function createUserAdmin(options: UserAdminOptions): SaslUsers {
  const { outlet, clock, timeoutMs, headers } = options;
  const credentials = { kind: "bearer", token: options.token } as const;
  const access = { credentials, headers, timeoutMs, variable: "KAFKA_USERS_TOKEN" };
  const rest = createRest({ outlet, clock, upstream: "users", access, headers: { Accept: "application/json" } });
  const users = `${withoutSlash(options.url)}/users`;
  const at = (name: string) => `${users}/${segment(rest.upstream, name)}`;

  return {
    async put(name, login) {
      checkName(rest, name);
      checkLogin(rest, login);
      const what = `make the user ${name}`;
      const { mechanism, password, iterations } = login;
      const ask = { url: at(name), method: "PUT", what, permission: ADMIN, isSecret: true } as const;
      const reply = await rest.send(withJson(ask, { mechanism, password, iterations })).catch(explainForeign(name));
      const made = understand(rest.upstream, reply.text, userItem, what);
      if (made.name !== name || made.mechanism !== mechanism) throw refusal(rest, "malformed", "it made another user");
    },

    async get(name) {
      checkName(rest, name);
      const ask = { url: at(name), what: `read the user ${name}`, permission: ADMIN };
      const found = await undefinedWhenMissing(rest.get(ask, userItem));
      if (found === undefined || !found.exists) return undefined;
      if (found.name !== name) throw refusal(rest, "malformed", "it answered with another user");
      return userOf(found);
    },

    async list(prefix) {
      if (!/^amp-[a-z0-9-]*$/.test(prefix)) throw refusal(rest, "invalid", "only users of its own are listed");
      const ask = {
        url: `${users}?${new URLSearchParams({ prefix })}`,
        what: "list the users",
        permission: ADMIN,
      };
      const { users: found } = await rest.get(ask, userList);
      if (found.some(({ name }) => !name.startsWith(prefix))) {
        throw refusal(rest, "malformed", "it listed users that were not asked for");
      }
      return found.filter(({ exists }) => exists).map(userOf);
    },

    async remove(name) {
      checkName(rest, name);
      const ask = { url: at(name), method: "DELETE", what: `remove the user ${name}`, permission: ADMIN } as const;
      await undefinedWhenMissing(rest.send(ask).catch(explainForeign(name)));
    },
  };
}

function userOf({ name, mechanism, mechanisms }: v.InferOutput<typeof userItem>): SaslUser {
  return { name, mechanisms: mechanisms ?? (mechanism ? [mechanism] : []) };
}

/** The endpoint admits no others, so that no user who was there before can be touched. */
function checkName(rest: Rest, name: string): void {
  if (/^amp-[a-z0-9-]{8,60}$/.test(name)) return;
  throw refusal(rest, "invalid", `${JSON.stringify(name)} is not the name of a user that is made here`);
}

function checkLogin(rest: Rest, { mechanism, password, iterations }: SaslLogin): void {
  if (mechanism === "PLAIN") {
    const why =
      "users of the mechanism PLAIN are written in the brokers' own configuration and cannot be made one by one; " +
      "offer a listener with SCRAM-SHA-512 and set KAFKA_CLUSTER_AUTH_SASL_MECHANISM to it";
    throw refusal(rest, "invalid", why);
  }
  if (mechanism !== "SCRAM-SHA-256" && mechanism !== "SCRAM-SHA-512") {
    throw refusal(rest, "invalid", `users of the mechanism ${JSON.stringify(mechanism)} cannot be made`);
  }
  if (!/^[A-Za-z0-9_-]{16,128}$/.test(password)) {
    throw refusal(rest, "invalid", "a password has 16 to 128 letters, digits, `_` and `-`");
  }
  if (!Number.isInteger(iterations) || iterations < 4096 || iterations > 16384) {
    throw refusal(rest, "invalid", "Kafka admits 4096 to 16384 iterations");
  }
}

/** The endpoint knows the users that it made; a name is no proof. */
function explainForeign(name: string): (thrown: unknown) => never {
  return (thrown) => {
    if (!(thrown instanceof UpstreamError) || thrown.failure.kind !== "conflict") throw thrown;
    const { upstream, failure, status, code, detail } = thrown;
    const message = `${nameOf(upstream)} left the user ${name} alone (${status}): it is there, and was not made by it.`;
    throw new UpstreamError(upstream, failure, message, { status, code, detail });
  };
}

/** 404 means that there is no such user, except where the endpoint says that there is no such path: KAFKA_USERS_URL is wrong then. */
async function undefinedWhenMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    if (!(thrown instanceof UpstreamError) || thrown.failure.kind !== "missing") throw thrown;
    if (thrown.code === "not-found") throw thrown;
    return undefined;
  }
}

function refusal(rest: Rest, kind: "invalid" | "malformed", why: string): UpstreamError {
  return new UpstreamError(rest.upstream, { kind }, `${nameOf(rest.upstream)}: ${why}.`);
}
