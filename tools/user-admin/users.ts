import type { KafkaConfigs, ScramUser } from "./kafka-configs.ts";
import type { Ledger } from "./ledger.ts";
import { Refusal } from "./refusal.ts";
import type { Credential } from "./requests.ts";

/** What may be done to users, and in which order. One call at a time; all throw Refusal and KafkaFailure. */
export interface Users {
  /** True when the user is new, false when its password was replaced. May be repeated after any failure. */
  put(name: string, credential: Credential): Promise<boolean>;
  delete(name: string): Promise<void>;
  get(name: string): Promise<ScramUser>;
  /** Sorted by name. */
  list(prefix: string): Promise<readonly ScramUser[]>;
}

export function createUsers(kafka: KafkaConfigs, ledger: Ledger): Users {
  async function find(name: string): Promise<ScramUser | undefined> {
    const user = (await kafka.describe(name)).find((found) => found.name === name);
    // Said instead of "not found": a caller takes that for "it is gone" and forgets a user who can still log in.
    if (user !== undefined && !ledger.has(name)) throw foreign();
    return user;
  }

  return {
    async put(name, credential) {
      const isNew = !ledger.has(name);
      if (isNew) {
        await find(name);
        // Before the user: a crash in between leaves a name without a user, never a user whom nobody may remove.
        await ledger.add(name);
      }
      await kafka.upsert(name, credential);
      return isNew;
    },

    async delete(name) {
      const user = await find(name);
      // All that it has, also what an operator added by hand: a removed user must not log in.
      for (const mechanism of user?.mechanisms ?? []) await kafka.remove(name, mechanism);
      if (ledger.has(name)) await ledger.remove(name);
      if (user === undefined) throw notFound();
    },

    async get(name) {
      const user = await find(name);
      if (user === undefined) throw notFound();
      return user;
    },

    async list(prefix) {
      const ours = (await kafka.describe()).filter(({ name }) => name.startsWith(prefix) && ledger.has(name));
      return ours.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}

function notFound(): Refusal {
  return new Refusal(404, "no-such-user", "there is no such user");
}

function foreign(): Refusal {
  return new Refusal(409, "foreign-user", "a user of this name exists that was not made here; it is left alone");
}
