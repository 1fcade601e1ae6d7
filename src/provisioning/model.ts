import type { AclBinding } from "../confluent/acl-binding.ts";
import type { RegistryName } from "../confluent/registries.ts";
import type { NewRoleBinding } from "../confluent/role-bindings.ts";

/**
 * What one managed application is and has, as last read and as recorded. Everything here is plain data: the next thing
 * to do is computed from it (`next.ts`), so order of events, restarts and repetition cannot change where it ends.
 */

/** What Amplify's status sub-resource says. */
export type Level = "Pending" | "Success" | "Error";

/** Whose finalizer of Axway's name a resource bears. A foreign one was set by whoever provisioned it before us. */
export type FinalizerOf = "nobody" | "us" | "foreign";

interface Requested {
  readonly name: string;
  /** Undefined where the server gave none; Pending again when an Error of ours is due to be tried once more. */
  readonly level: Level | undefined;
  /** When a request that was answered with Error is tried again by itself, ms; undefined when it is not. */
  readonly retryAt: number | undefined;
  /** Its deletion waits for our finalizer to go. */
  readonly deleting: boolean;
  readonly finalizer: FinalizerOf;
}

/** Whether an operator took the rights away, of an application or of one credential, until an operator gives them back. */
interface Revocable {
  readonly revoked: boolean;
  /** What Amplify is still to hold of that decision; undefined when it holds it. */
  readonly revocation: boolean | undefined;
}

export interface Application extends Requested, Revocable {}

export type Operations = "consume" | "produce" | "both";

export interface AccessRequest extends Requested {
  /** Undefined when the instance is none of ours: then nothing can be granted. */
  readonly topic: string | undefined;
  /** Subjects whose schemas the topic's published document holds, references included. */
  readonly subjects: readonly string[];
  readonly operations: Operations;
  readonly transactional: boolean;
  /** What the consumer is told was written to Amplify. */
  readonly dataWritten: boolean;
  /** Name of the access request that this one takes the place of (plan migration). */
  readonly replaces: string | undefined;
}

/** A key of Confluent Cloud, or a SASL user with its one password. */
export interface Key {
  readonly id: string;
  /** Who logs in with it, as Kafka writes it: `User:…`. */
  readonly principal: string;
  /** Made, seen to work, or replaced by a newer one. */
  readonly state: "made" | "ready" | "old";
  /** When one that was made is looked at next, or an old one goes, ms. */
  readonly at: number | undefined;
  /** What was made with it for Schema Registry, where that was asked for: the two live and go together. */
  readonly registry?: RegistryKey | undefined;
}

/** An API key of a Schema Registry of Confluent Cloud, of the same principal. */
export interface RegistryKey {
  readonly id: string;
  /** `lsrc-…` */
  readonly registry: string;
  readonly state: "made" | "ready";
  /** When one that was made is looked at next, ms. */
  readonly at: number | undefined;
}

/** A role binding that was made, or that a request under way may make. */
export interface RecordedRoleBinding extends NewRoleBinding {
  /** `rb-…`; undefined until it is known. */
  readonly id?: string | undefined;
  /** Until then a request whose answer was lost may still make it, ms; undefined when every request was answered. */
  readonly unsureUntil?: number | undefined;
  /** When one without an id that is not wanted is looked for, ms; undefined: at once. */
  readonly lookAt?: number | undefined;
}

export interface Credential extends Requested, Revocable {
  /** What the consumer wants: `spec.state.name`. */
  readonly wanted: "active" | "inactive";
  /** What was reported: `state.name`; undefined before the first time. */
  readonly reported: "active" | "inactive" | undefined;
  /** `spec.state.rotate` */
  readonly rotate: boolean;
  /** Id of the key that was made for the present wish to rotate; undefined before. */
  readonly rotatingTo: string | undefined;
  /** The server says that its time is over: it is to be taken back. */
  readonly expired: boolean;
  /** We provisioned it once: when it has expired, that it was taken back is ours to tell. */
  readonly wasOurs: boolean;
  /**
   * In the order in which they were made. On Cloud one service account for good; on Platform one SASL user a rotation,
   * for a user has only one password.
   */
  readonly principals: readonly string[];
  /** ACLs that the principals have or may have: recorded before they are written. */
  readonly bindings: readonly AclBinding[];
  /** Those of them that were not seen in a list yet; undefined when all were. */
  readonly unseen: Unseen | undefined;
  readonly keys: readonly Key[];
  /** The consumer asked for a key of Schema Registry too: `spec.data.schemaRegistry`. */
  readonly asksForRegistry: boolean;
  /** What the principals may read in Schema Registry, as far as is recorded. */
  readonly roleBindings: readonly RecordedRoleBinding[];
  /**
   * A request that makes something of it was sent without an answer and may act until then, ms: what is removed before
   * may be made after. Undefined when there is none.
   */
  readonly doubtUntil: number | undefined;
  /** Entries that were removed before then, and when they are removed once more, ms. */
  readonly removed: { readonly bindings: readonly AclBinding[]; readonly at: number } | undefined;
  /** The key whose secret the consumer can read in Amplify. */
  readonly dataOf: string | undefined;
}

/** Entries that were written, or may have been, and were not read back yet. */
export interface Unseen {
  readonly bindings: readonly AclBinding[];
  /** When they are looked for next, ms. */
  readonly at: number;
}

export interface World {
  readonly application: Application | undefined;
  readonly access: readonly AccessRequest[];
  readonly credentials: readonly Credential[];
  /** Before every consumer group and transactional id of the application: `amp.<12 hex>.` */
  readonly prefix: string;
  /** A rotation makes another principal (Platform), and not another key of the same (Cloud). */
  readonly principalPerKey: boolean;
  /** KAFKA_ACL_IDEMPOTENTWRITE */
  readonly idempotentWrite: boolean;
  /**
   * The Schema Registry that keys and role bindings are made for; `unknown` while it was not looked up. Undefined where no
   * keys can be given: Platform's registry has none, and not every cluster has a registry.
   */
  readonly registry: RegistryName | "unknown" | undefined;
  /**
   * What failed, as `kind/name`, and until when it rests, ms: nothing more is given to it till then, and all that it has or
   * waits for still counts. 0: for this pass alone.
   */
  readonly stopped: ReadonlyMap<string, number>;
  /** Of those, what could not be taken from: that rests too. What could not be given keeps nothing from being taken. */
  readonly untakable: ReadonlySet<string>;
}
