import { type Acl, type AclFilter, finds } from "./acl.ts";
import { KafkaError, refused } from "./kafka-error.ts";
import { cloudPrincipals, type Principals, plainPrincipals } from "./principals.ts";

/** How an eventually consistent cluster keeps its clients waiting, and where it fails; nothing of it happens unless a test asks for it. */
export interface AclBehaviour {
  /** How long a new entry neither shows nor counts, ms; `"never"`: it is answered with success and lost. */
  appearsAfter: number | "never";
  /** How long a removed entry still shows and counts, ms. */
  vanishesAfter: number;
  /** Entries that the cluster takes at most; undefined: any number. */
  quota: number | undefined;
  /** The next request that creates makes this many of its entries and fails with 500/50003; once. */
  nextCreateFailsAfter: number | undefined;
}

export interface AclEntry {
  readonly acl: Acl;
  /** By the sandbox's clock, ms. */
  readonly from: number;
  /** When a removed one ceases to show, ms; absent while it is wanted. */
  readonly until?: number;
}

/** Records that one operation of the controller may write (Apache Kafka QuorumController.MAX_RECORDS_PER_USER_OP). */
const MOST_AT_ONCE = 10_000;

/** The entries of one cluster, a set: what is there already is not added, what is not there is not removed. */
export class AclStore {
  readonly behaviour: AclBehaviour = {
    appearsAfter: 0,
    vanishesAfter: 0,
    quota: undefined,
    nextCreateFailsAfter: undefined,
  };
  readonly principals: Principals;
  readonly #now: () => number;
  readonly #isCloud: boolean;
  readonly #entries = new Map<string, AclEntry>();
  #revision = 0;
  /** The revision that was found to be settled. */
  #settled: number | undefined;

  /** `now` in ms. Confluent Cloud has names of its own for principals and knows no hosts. */
  constructor(now: () => number, isCloud: boolean) {
    this.#now = now;
    this.#isCloud = isCloud;
    this.principals = isCloud ? cloudPrincipals : plainPrincipals;
  }

  /**
   * Adds entries as one request does: each stands alone, and the first that the broker refuses is what is thrown, after the
   * others were made (Apache Kafka AclApis.handleCreateAcls). Throws 400/40002 without making any when they are too many.
   */
  create(acls: readonly Acl[]): void {
    this.#forget();
    this.#requireRoom(acls);
    const failsAfter = this.behaviour.nextCreateFailsAfter;
    this.behaviour.nextCreateFailsAfter = undefined;
    const problems = acls.map((acl) => problemOf(acl, this.#isCloud));
    for (const acl of acls.filter((_, index) => problems[index] === undefined).slice(0, failsAfter)) this.#put(acl);
    if (failsAfter !== undefined) throw new KafkaError(500, 50003, "The request timed out.");
    const problem = problems.find((each) => each !== undefined);
    if (problem !== undefined) throw refused(problem);
  }

  /** Removes what the filter finds, entries that do not show yet included, and tells what that was, in no order. */
  remove(filter: AclFilter): readonly Acl[] {
    const found = [...this.#entries].filter(([, { acl, until }]) => until === undefined && this.#finds(filter, acl));
    const until = this.#now() + this.behaviour.vanishesAfter;
    this.#revision += 1;
    for (const [key, entry] of found) this.#entries.set(key, { ...entry, until });
    this.#forget();
    return found.map(([, { acl }]) => acl);
  }

  /** What shows and the filter finds, in no order. */
  search(filter: AclFilter): readonly Acl[] {
    return this.all().filter((acl) => this.#finds(filter, acl));
  }

  /** What shows and counts now, in no order. */
  all(): readonly Acl[] {
    this.#forget();
    const now = this.#now();
    return [...this.#entries.values()].filter(({ from }) => from <= now).map(({ acl }) => acl);
  }

  /** Changes whenever what counts changes; undefined while the clock alone can change it. */
  settledRevision(): number | undefined {
    if (this.#settled === this.#revision) return this.#revision;
    const now = this.#now();
    for (const { from, until } of this.#entries.values()) if (from > now || until !== undefined) return undefined;
    this.#settled = this.#revision;
    return this.#revision;
  }

  snapshot(): readonly AclEntry[] {
    this.#forget();
    return [...this.#entries.values()];
  }

  restore(entries: readonly AclEntry[]): void {
    this.#entries.clear();
    this.#revision += 1;
    for (const entry of entries) this.#entries.set(keyOf(entry.acl), entry);
  }

  #finds(filter: AclFilter, acl: Acl): boolean {
    return finds(filter, acl, this.principals.means);
  }

  #put(given: Acl): void {
    const acl = { ...given, principal: this.principals.kept(given.principal) };
    const key = keyOf(acl);
    this.#revision += 1;
    const known = this.#entries.get(key);
    if (known?.until !== undefined) this.#entries.set(key, { acl, from: known.from });
    const { appearsAfter } = this.behaviour;
    if (known !== undefined || appearsAfter === "never") return;
    this.#entries.set(key, { acl, from: this.#now() + appearsAfter });
  }

  #requireRoom(acls: readonly Acl[]): void {
    const fresh = new Set(acls.map(keyOf).filter((key) => !this.#entries.has(key)));
    if (fresh.size > MOST_AT_ONCE) throw refused("Unable to perform excessively large batch operation.");
    const { quota } = this.behaviour;
    // Confluent Server counts what is asked for, not what would be new (MultiTenantAuthorizer.createAcls).
    if (quota !== undefined && this.#size() + acls.length > quota) {
      throw refused(`ACLs not created since it will exceed the limit ${quota}`);
    }
  }

  #size(): number {
    return [...this.#entries.values()].filter(({ until }) => until === undefined).length;
  }

  #forget(): void {
    const now = this.#now();
    for (const [key, { until }] of this.#entries) {
      if (until !== undefined && until <= now) this.#entries.delete(key);
    }
  }
}

const keyOf = (acl: Acl): string =>
  JSON.stringify([
    acl.resourceType,
    acl.resourceName,
    acl.patternType,
    acl.principal,
    acl.host,
    acl.operation,
    acl.permission,
  ]);

/** What the broker refuses of one entry; almost everything passes, for it asks nobody whether topic, host or principal exist. */
function problemOf({ resourceType, resourceName, principal, host }: Acl, isCloud: boolean): string | undefined {
  if (resourceType === "CLUSTER" && resourceName !== "kafka-cluster") {
    return "The only valid name for the CLUSTER resource is kafka-cluster";
  }
  if (resourceName === "") return "Invalid empty resource name";
  if (!principal.includes(":")) {
    return (
      `Could not parse principal from \`${principal}\` ` +
      "(no colon is present separating the principal type from the principal name)"
    );
  }
  // That Cloud takes no host but this one is documented (terraform-provider-confluent, confluent_kafka_acl); its words are not.
  return isCloud && host !== "*" ? `Invalid host ${host}: only * is supported` : undefined;
}
