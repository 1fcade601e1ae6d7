import { createHash } from "node:crypto";
import * as v from "valibot";
import { randomText } from "../core/random.ts";
import type { SandboxContext } from "../core/types.ts";

export const mechanisms = ["SCRAM-SHA-256", "SCRAM-SHA-512"] as const;
export type Mechanism = (typeof mechanisms)[number];

const credential = v.object({ mechanism: v.picklist(mechanisms), salt: v.string(), digest: v.string() });
const user = v.object({ name: v.string(), isMade: v.boolean(), credentials: v.array(credential) });
const snapshot = v.object({ version: v.literal(1), users: v.array(user) });

type Credential = v.InferOutput<typeof credential>;
type User = v.InferOutput<typeof user>;

/** SCRAM users of the Platform cluster. Like Kafka, it keeps no password, only what one can be compared with. */
export class SaslUsers {
  readonly #context: SandboxContext;
  readonly #users = new Map<string, User>();

  constructor(context: SandboxContext) {
    this.#context = context;
  }

  get(name: string): { readonly name: string; readonly mechanisms: readonly Mechanism[] } | undefined {
    const found = this.#users.get(name);
    return found && { name, mechanisms: mechanismsOf(found) };
  }

  /** Whether the user-admin endpoint made it, and may change it. */
  isMade(name: string): boolean {
    return this.#users.get(name)?.isMade === true;
  }

  /** By name. */
  all(): readonly string[] {
    return [...this.#users.keys()].sort();
  }

  /** Makes a user, or gives it a new password for this mechanism alone. `isMade` is what a new one is marked with. */
  put(name: string, mechanism: Mechanism, password: string, isMade: boolean): void {
    const salt = randomText(this.#context.random, 16, "0123456789abcdef");
    const added: Credential = { mechanism, salt, digest: digestOf(salt, password) };
    const before = this.#users.get(name);
    const others = (before?.credentials ?? []).filter((each) => each.mechanism !== mechanism);
    this.#users.set(name, { name, isMade: before?.isMade ?? isMade, credentials: [...others, added] });
  }

  /** With all its mechanisms. Whether there was one. */
  remove(name: string): boolean {
    return this.#users.delete(name);
  }

  /** The principal of a login to the brokers, `User:<name>`; undefined for a wrong password, another mechanism or an unknown user. */
  login(name: string, password: string, mechanism: Mechanism = "SCRAM-SHA-512"): string | undefined {
    const known = this.#users.get(name)?.credentials.find((each) => each.mechanism === mechanism);
    return known !== undefined && known.digest === digestOf(known.salt, password) ? `User:${name}` : undefined;
  }

  snapshot(): v.InferOutput<typeof snapshot> {
    return { version: 1, users: [...this.#users.values()] };
  }

  /** Throws when it is no snapshot, or of another version. */
  restore(state: unknown): void {
    const { users } = v.parse(snapshot, state);
    this.#users.clear();
    for (const each of users) this.#users.set(each.name, each);
  }
}

function mechanismsOf({ credentials }: User): Mechanism[] {
  return mechanisms.filter((mechanism) => credentials.some((each) => each.mechanism === mechanism));
}

function digestOf(salt: string, password: string): string {
  return createHash("sha256").update(`${salt}:${password}`).digest("hex");
}
