import type { Setback } from "../amplify/provisioning/setbacks.ts";
import type { Owner } from "../confluent/labels.ts";

/** What a consumer logs in with. The secret is in memory only. */
export interface Login {
  /** Key id on Cloud, user name on Platform: the user name of the login. */
  readonly id: string;
  /** As Kafka writes it: `User:…`. */
  readonly principal: string;
  readonly secret: string;
}

/** A key that we recorded, so that others under our label can be told from it. */
export interface RecordedKey {
  readonly id: string;
  readonly principal: string;
}

export interface CredentialOwner {
  readonly owner: Owner;
  /** Resource name of the managed application, for people who look at names. */
  readonly application: string;
}

/** Key of the intent's row while a key is made. */
export function keyIntent({ owner }: CredentialOwner): string {
  return `key:${owner.credential}`;
}

/** What making a key must know of the tries before. */
export interface Attempt {
  readonly recorded: readonly RecordedKey[];
  /** An earlier request whose answer was lost may act until then, ms; undefined when there was none. */
  readonly doubtUntil: number | undefined;
  /** Where a secret that we choose ourselves is kept, sealed, before it is sent. */
  readonly secrets: {
    seal(key: string, secret: string): Promise<() => void>;
    get(key: string): Promise<string | undefined>;
    drop(key: string): void;
  };
}

/**
 * Who consumers log in as: service accounts with API keys on Cloud, SASL users on Platform. Chosen once for a connection.
 * Every call may be made again after a lost answer; what cannot go on throws `SetbackError`, `UpstreamError` or `NotYet`.
 */
export interface Principals {
  /** A rotation makes another principal, and not another key of the same. */
  readonly principalPerKey: boolean;
  /** The principal to use next. `existing`: those it has already. */
  next(of: CredentialOwner, existing: readonly string[]): Promise<string>;
  /** Those that bear our label for the credential: made by a request whose answer was lost. */
  find(of: CredentialOwner): Promise<string[]>;
  /**
   * Makes a key of the principal. What an earlier attempt left behind, made but never recorded, is found by its label
   * and removed first. The caller records the result before it does anything else. `taken`: somebody else has what bears
   * the principal's name, which was left alone.
   */
  makeKey(of: CredentialOwner, principal: string, attempt: Attempt): Promise<Login | "taken">;
  /** Whether the key works. `secret` is undefined when it could not be read back. */
  probe(key: RecordedKey, secret: string | undefined): Promise<"ready" | "not-yet" | "lost">;
  /** Done when it is not there. */
  removeKey(key: RecordedKey): Promise<void>;
  /** Done when it is not there, or is somebody else's by now. Its keys were removed before. */
  remove(of: CredentialOwner, principal: string): Promise<void>;
}

/** A person has to act, or nothing will ever help; the words for both sides are `setbackWords`. */
export class SetbackError extends Error {
  override readonly name = "SetbackError";
  readonly setback: Setback;

  constructor(setback: Setback) {
    super(setback.kind);
    this.setback = setback;
  }
}
