import { credentialUserPrefix, saslUserName, saslUserNumber } from "../confluent/labels.ts";
import type { SaslUsers } from "../confluent/users.ts";
import { NotYet, UpstreamError } from "../http/errors.ts";
import type { Random } from "../runtime/ports.ts";
import { type Principals, SetbackError } from "./principals.ts";

/** Kafka's default is 4096; more costs a broker time at every login. */
const ITERATIONS = 8192;
const PASSWORD_BYTES = 32;

export interface PlatformOptions {
  readonly users: SaslUsers;
  readonly random: Random;
  /** KAFKA_CLUSTER_AUTH_SASL_MECHANISM */
  readonly mechanism: string;
  readonly now: () => number;
  readonly audit: (action: string, subject: string, detail: string) => void;
}

/**
 * SASL users of Confluent Platform. Names are deterministic and making one is repeatable, so a lost answer costs nothing:
 * the same user gets the same password once more.
 */
export function platformPrincipals({ users, random, mechanism, now, audit }: PlatformOptions): Principals {
  return {
    principalPerKey: true,

    async next({ owner }, existing) {
      if (mechanism !== "SCRAM-SHA-256" && mechanism !== "SCRAM-SHA-512") {
        throw new SetbackError({ kind: "mechanism-refused", mechanism });
      }
      const numbers = existing.map((principal) => saslUserNumber(nameOf(principal)) ?? 0);
      return `User:${await saslUserName(owner, Math.max(0, ...numbers) + 1)}`;
    },

    async find({ owner }) {
      const found = await users.list(await credentialUserPrefix(owner));
      return found.map(({ name }) => `User:${name}`);
    },

    async makeKey({ owner, application }, principal, { recorded, secrets, doubtUntil }) {
      const name = nameOf(principal);
      const known = [name, ...recorded.map(({ id }) => id)];
      for (const removed of await removeUnknown(users, await credentialUserPrefix(owner), known))
        audit("removed leftover user", application, removed);
      // The same again: what is still under way with another one would overwrite it.
      const before = await secrets.get(name);
      if (before === undefined && doubtUntil !== undefined && doubtUntil > now()) {
        throw new NotYet(doubtUntil, "waiting whether a lost request still sets a password");
      }
      const secret = before ?? password(random);
      const keepSecret = await secrets.seal(name, secret);
      keepSecret();
      const made = await unlessForeign(users.put(name, { mechanism, password: secret, iterations: ITERATIONS }));
      if (made !== "foreign") return { id: name, principal, secret };
      secrets.drop(name);
      return "taken";
    },

    // A REST interface cannot log in as a SASL user; that it is there is what can be seen.
    async probe({ id }) {
      const found = await unlessForeign(users.get(id));
      return found === undefined || found === "foreign" ? "lost" : "ready";
    },

    // Ours went, and somebody made one of the same name: that one stays.
    async removeKey({ id }) {
      await unlessForeign(users.remove(id));
    },
    async remove(_of, principal) {
      await unlessForeign(users.remove(nameOf(principal)));
    },
  };
}

/** Users of this credential that no row names: left by an attempt whose rows were lost. */
async function removeUnknown(users: SaslUsers, prefix: string, known: readonly string[]): Promise<readonly string[]> {
  const unknown = (await users.list(prefix)).map(({ name }) => name).filter((name) => !known.includes(name));
  for (const name of unknown) await unlessForeign(users.remove(name));
  return unknown;
}

/** The endpoint answers 409 for a user that it did not make, and leaves it alone. */
async function unlessForeign<T>(answer: Promise<T>): Promise<T | "foreign"> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof UpstreamError && thrown.failure.kind === "conflict") return "foreign";
    throw thrown;
  }
}

function nameOf(principal: string): string {
  return principal.replace(/^User:/, "");
}

/** Letters, digits, `_` and `-` only: Kafka's own tools store others wrongly without a word. */
function password(random: Random): string {
  const text = btoa(String.fromCharCode(...random.bytes(PASSWORD_BYTES)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
