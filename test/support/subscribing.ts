import { expect } from "vitest";
import { consumerKeys } from "../sandbox/amplify/marketplace-secrets.ts";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { Consumer } from "./consumer.ts";
import { imported, worldOf } from "./imported.ts";
import type { Rig, RigOptions } from "./rig.ts";

const keys = consumerKeys(2048);
export const variables = {
  CENTRAL_REQUESTSPERMINUTE: "6000",
  KAFKA_DISCOVERY_INTERVAL: "24h",
  KAFKA_ROTATION_OVERLAP: "10m",
};

/** A connection that has published `orders` and `payments` and reads its events, and what can be seen of it from outside. */
export class Subscribing {
  readonly rig: Rig;
  readonly side: Side;
  readonly consumer: Consumer;
  /** ACLs of the sandbox's own logins. */
  readonly #before: ReadonlySet<string>;

  constructor(rig: Rig, side: Side) {
    this.rig = rig;
    this.side = side;
    this.consumer = this.another();
    this.#before = new Set(this.#all().map((entry) => JSON.stringify(entry)));
  }

  /** One more consumer, with an application of its own. */
  another(): Consumer {
    return new Consumer(this.rig, this.side, keys);
  }

  /** What the marketplace shows: the level, and the words of the last reason. */
  told(item: Item): readonly [level: string, words: string] {
    const body = this.rig.sandbox.parts.amplify.get(item.selfLink);
    const status = body?.status as { level?: string; reasons?: readonly { detail?: string }[] } | undefined;
    return [status?.level ?? "gone", status?.reasons?.at(-1)?.detail ?? ""];
  }

  levels(...items: readonly Item[]): readonly string[] {
    return items.map((item) => this.told(item)[0]);
  }

  /** Entries that were made, whether they show yet or not. */
  entries() {
    return this.#all().filter((entry) => !this.#before.has(JSON.stringify(entry)));
  }

  /** The same as `READ TOPIC orders`. */
  acls(): readonly string[] {
    return this.entries()
      .map(({ operation, resourceType, resourceName }) => `${operation} ${resourceType} ${resourceName}`)
      .sort();
  }

  #all() {
    const entries = this.rig.sandbox.parts.clusters[this.side].acls.snapshot();
    return entries.filter(({ until }) => until === undefined).map(({ acl }) => acl);
  }

  /** Service accounts that bear our name. */
  accounts() {
    const { owners } = this.rig.sandbox.parts.organization;
    return [...owners.values()].filter(({ displayName }) => displayName.startsWith("amp-"));
  }

  /** Their keys. */
  keys() {
    const ids = new Set(this.accounts().map(({ id }) => id));
    return [...this.rig.sandbox.parts.organization.keys.values()].filter(({ owner }) => ids.has(owner));
  }

  /** Role bindings of theirs, and of accounts that have gone, as `DeveloperRead orders-value`. */
  roleBindings(): readonly string[] {
    return this.rig.sandbox.parts.organization.roleBindings
      .all()
      .filter(({ principal }) => principal.startsWith("User:sa-"))
      .map(({ role, crn }) => `${role} ${decodeURIComponent(crn.slice(crn.indexOf("/subject=") + "/subject=".length))}`)
      .sort();
  }

  /** SASL users that bear our name. */
  users(): readonly string[] {
    const { users } = this.rig.sandbox.parts.users.snapshot();
    return users.map(({ name }) => name).filter((name) => name.startsWith("amp-"));
  }

  expectNothingLeft(): void {
    const left = {
      acls: this.acls(),
      roleBindings: this.roleBindings(),
      accounts: this.accounts(),
      keys: this.keys(),
      users: this.users(),
    };
    expect(left).toEqual({ acls: [], roleBindings: [], accounts: [], keys: [], users: [] });
  }

  close(): void {
    expect(this.rig.sandbox.defects).toEqual([]);
    this.rig.close();
  }
}

export async function subscribing(side: Side, options: Partial<RigOptions> = {}): Promise<Subscribing> {
  const rig = await imported({
    side,
    world: worldOf("orders", "payments"),
    amplifyRequestsPerMinute: "unlimited",
    ...options,
    variables: { ...variables, ...options.variables },
  });
  await rig.turn();
  return new Subscribing(rig, side);
}

/** The code by which a client is refused; `allowed` where it is not. */
export function outcomeOf(act: () => unknown): unknown {
  try {
    act();
    return "allowed";
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}
