import { credentialUserPrefix, saslUserName, saslUserNumber } from "../confluent/labels.ts";
import type { SaslUsers } from "../confluent/users.ts";
import { NotYet, UpstreamError } from "../http/errors.ts";
import type { Random } from "../runtime/ports.ts";
import type { IntentStore } from "../store/intents.ts";
import { keyIntent, type Principals, SetbackError } from "./principals.ts";

/** Kafka's default is 4096; more costs a broker time at every login. */
const ITERATIONS = 8192;
const PASSWORD_BYTES = 32;
/** A request whose answer was lost may still be on its way this long. */
const ON_ITS_WAY_MS = 90_000;

export interface PlatformOptions {
  readonly users: SaslUsers;
  readonly intents: IntentStore;
  readonly random: Random;
  /** KAFKA_CLUSTER_AUTH_SASL_MECHANISM */
  readonly mechanism: string;
  readonly now: () => number;
}

/**
 * SASL users of Confluent Platform. Names are deterministic and making one is repeatable: after a lost answer the same user
 * gets another password, which nobody was told before, but not while the first request may still arrive and undo it.
 */
export function platformPrincipals({ users, intents, random, mechanism, now }: PlatformOptions): Principals {
  return {
    principalPerKey: true,

    async next({ owner }, existing) {
      if (mechanism !== "SCRAM-SHA-256" && mechanism !== "SCRAM-SHA-512") {
        throw new SetbackError({ kind: "mechanism-refused", mechanism });
      }
      const numbers = existing.map((principal) => saslUserNumber(nameOf(principal)) ?? 0);
      return `User:${await saslUserName(owner, Math.max(0, ...numbers) + 1)}`;
    },

    async makeKey(of, principal, recorded) {
      const name = nameOf(principal);
      await removeUnknown(users, await credentialUserPrefix(of.owner), [name, ...recorded.map(({ id }) => id)]);
      const about = keyIntent(of);
      const until = (intents.get(about)?.begunAt ?? Number.NEGATIVE_INFINITY) + ON_ITS_WAY_MS;
      if (now() < until) throw new NotYet(until, "waiting whether a lost answer still changes a user");
      intents.begin(about, name, now());
      const secret = password(random);
      const login = { mechanism, password: secret, iterations: ITERATIONS };
      const made = await unlessForeign(putOrForget(about, intents, () => users.put(name, login)));
      return made === "foreign" ? "taken" : { id: name, principal, secret };
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

/** No answer, or one that does not say whether the endpoint has acted, or still will. */
const UNANSWERED: ReadonlySet<string> = new Set(["unreachable", "timeout", "server", "too-large", "malformed"]);

/** Where it is certain that nothing was changed, there is nothing to wait for. */
async function putOrForget(about: string, intents: IntentStore, put: () => Promise<void>): Promise<void> {
  try {
    await put();
  } catch (thrown) {
    if (!(thrown instanceof UpstreamError && UNANSWERED.has(thrown.failure.kind))) intents.end(about);
    throw thrown;
  }
}

/** Users of this credential that no row names: left by an attempt whose rows were lost. */
async function removeUnknown(users: SaslUsers, prefix: string, known: readonly string[]): Promise<void> {
  for (const { name } of await users.list(prefix)) {
    if (!known.includes(name)) await unlessForeign(users.remove(name));
  }
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
