import { nothing, type Rights } from "../core/permissions.ts";
import { randomText } from "../core/random.ts";
import type { SandboxContext } from "../core/types.ts";
import { type CloudBehaviour, type ClusterKind, defaultBehaviour } from "./behaviour.ts";
import { RoleBindings, type RoleBindingsSnapshot } from "./bindings.ts";
import { defaultMetricsBehaviour, type MetricsBehaviour } from "./metrics-behaviour.ts";

export interface Environment {
  readonly id: string; // env-…
  readonly displayName: string;
}

export interface Endpoint {
  readonly bootstrap: string;
  readonly http: string;
  readonly connectionType: "PUBLIC" | "PRIVATE_LINK" | "PRIVATE_NETWORK_INTERFACE";
}

export interface CloudCluster {
  readonly id: string; // lkc-…
  readonly environment: string;
  readonly displayName: string;
  readonly kind: ClusterKind;
  readonly cloud: "AWS" | "GCP" | "AZURE";
  readonly region: string;
  /** The deprecated address; absent where only `endpoints` is filled in. */
  readonly httpEndpoint?: string;
  /** `SASL_SSL://host:port`, as real answers have it. */
  readonly bootstrap?: string;
  /** By access point; absent on clusters of before the map. */
  readonly endpoints?: Readonly<Record<string, Endpoint>>;
  readonly network?: string;
  readonly phase: "PROVISIONING" | "PROVISIONED" | "FAILED";
}

export interface CloudRegistry {
  readonly id: string; // lsrc-…
  readonly environment: string;
  readonly package: "ESSENTIALS" | "ADVANCED";
  readonly cloud: "AWS" | "GCP" | "AZURE";
  readonly region: string;
  /** Empty on a registry with private endpoints only. */
  readonly httpEndpoint: string;
  readonly privateHttpEndpoint?: string;
}

/** A service account or a person; keys act with the rights of their owner. */
export interface Owner {
  readonly id: string; // sa-… or u-…
  readonly displayName: string;
  readonly description: string;
  readonly createdAt: number;
  /** As `createdAt` when nothing was changed. */
  readonly updatedAt?: number;
  /** What it holds beside its role bindings and ACLs. */
  readonly rights: Rights;
}

/** What a key is good for. `Global` works for every cluster and the control plane. */
export type KeyResource =
  | { readonly kind: "Cloud" }
  | { readonly kind: "Global" }
  | { readonly kind: "Kafka" | "SchemaRegistry"; readonly id: string };

export interface ApiKey {
  readonly id: string;
  readonly secret: string;
  readonly owner: string;
  readonly resource: KeyResource;
  readonly displayName: string;
  readonly description: string;
  readonly createdAt: number;
  readonly updatedAt?: number;
  /** From when on it works; absent for one that always did. */
  readonly effectiveAt?: number;
}

export interface OrganizationContent {
  readonly id: string;
  readonly displayName: string;
  readonly environments: readonly Environment[];
  readonly clusters: readonly CloudCluster[];
  readonly registries: readonly CloudRegistry[];
}

interface Snapshot {
  readonly owners: readonly Owner[];
  readonly keys: readonly ApiKey[];
  /** Absent in states that were saved before there were any. */
  readonly logins?: readonly (readonly [key: string, count: number])[];
  readonly roleBindings?: RoleBindingsSnapshot;
}

/** One Confluent Cloud organisation: what the control plane shows and changes, and the keys that all its planes ask for. */
export class Organization {
  readonly #context: SandboxContext;
  readonly content: OrganizationContent;
  /** May be changed while it runs; not part of a snapshot. */
  readonly behaviour: CloudBehaviour;
  /** How the metrics API behaves; may be changed and is not part of a snapshot either. */
  readonly metrics: MetricsBehaviour;
  readonly owners = new Map<string, Owner>();
  readonly keys = new Map<string, ApiKey>();
  readonly roleBindings: RoleBindings;
  /** ACLs of a cluster, for its quota; set by who knows them. */
  aclCount: (cluster: string) => number = () => 0;
  /** How often each key that began to work has logged in since, as long as it may still be refused. */
  readonly #logins = new Map<string, number>();

  constructor(
    context: SandboxContext,
    content: OrganizationContent,
    behaviour: Partial<CloudBehaviour> = {},
    metrics: Partial<MetricsBehaviour> = {},
  ) {
    this.#context = context;
    this.metrics = { ...defaultMetricsBehaviour, ...metrics };
    this.content = content;
    this.behaviour = { ...defaultBehaviour, ...behaviour };
    this.roleBindings = new RoleBindings(context, this.behaviour);
  }

  addOwner(owner: Pick<Owner, "id" | "displayName" | "description" | "rights">): Owner {
    const added = { ...owner, createdAt: this.#context.clock.now() };
    this.owners.set(owner.id, added);
    return added;
  }

  /** A service account without any rights. Its name is not looked at. */
  addServiceAccount(displayName: string, description: string): Owner {
    let id = "";
    do id = `sa-${randomText(this.#context.random, 6, lowercase)}`;
    while (this.owners.has(id));
    return this.addOwner({ id, displayName, description, rights: nothing });
  }

  changeOwner(owner: Owner, changes: Partial<Pick<Owner, "displayName" | "description">>): Owner {
    const changed = { ...owner, ...changes, updatedAt: this.#context.clock.now() };
    this.owners.set(owner.id, changed);
    return changed;
  }

  /** Its keys go with it; ACLs and role bindings for it stay (ccloud-sdk-go-v2 iam/v2, deleteIamV2ServiceAccount). */
  removeOwner(id: string): void {
    this.owners.delete(id);
    for (const key of this.keys.values()) if (key.owner === id) this.removeKey(key.id);
  }

  /** A key with an id of 16 characters and a secret of 64, as Confluent makes them; it works at once. Throws an Error for an unknown owner. */
  addKey(key: Pick<ApiKey, "owner" | "resource" | "displayName"> & { readonly description?: string }): ApiKey {
    if (!this.owners.has(key.owner)) throw new Error(`No owner ${key.owner}.`);
    const { random, clock } = this.#context;
    const added: ApiKey = {
      description: "",
      ...key,
      id: randomText(random, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
      secret: randomText(random, 64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
      createdAt: clock.now(),
    };
    this.keys.set(added.id, added);
    return added;
  }

  /** The same, but it works only after the time that its plane takes to hear of it. */
  issueKey(key: Parameters<Organization["addKey"]>[0]): ApiKey {
    const { kafkaKeyMs, registryKeyMs, cloudKeyMs } = this.behaviour;
    const delay = { Kafka: kafkaKeyMs, SchemaRegistry: registryKeyMs, Cloud: cloudKeyMs, Global: cloudKeyMs };
    const added = this.addKey(key);
    const issued = { ...added, effectiveAt: added.createdAt + delay[key.resource.kind] };
    this.keys.set(issued.id, issued);
    return issued;
  }

  changeKey(key: ApiKey, changes: Partial<Pick<ApiKey, "displayName" | "description">>): ApiKey {
    const changed = { ...key, ...changes, updatedAt: this.#context.clock.now() };
    this.keys.set(key.id, changed);
    return changed;
  }

  removeKey(id: string): void {
    this.keys.delete(id);
    this.#logins.delete(id);
  }

  /**
   * The key of a login to the cluster or registry `resource`, or to the control plane when that is undefined; undefined when id and
   * secret do not fit, when the key is for something else, and when it does not work yet. Each call counts as a login of a new key.
   */
  login(id: string, secret: string, resource?: string): ApiKey | undefined {
    const key = this.keys.get(id);
    if (key === undefined || key.secret !== secret) return undefined;
    if (resource !== undefined && !isGoodFor(key.resource, resource)) return undefined;
    return this.#hasArrived(key) ? key : undefined;
  }

  /** Every cluster, of the kind that it is of just now. */
  clusters(): readonly CloudCluster[] {
    const { kinds } = this.behaviour;
    return this.content.clusters.map((cluster) => ({ ...cluster, kind: kinds[cluster.id] ?? cluster.kind }));
  }

  cluster(id: string): CloudCluster | undefined {
    return this.clusters().find((cluster) => cluster.id === id);
  }

  registry(id: string): CloudRegistry | undefined {
    return this.content.registries.find((registry) => registry.id === id);
  }

  /** Owners, keys and role bindings. Environments and clusters are as the sandbox was made, for their addresses follow its ports. */
  snapshot(): unknown {
    const snapshot: Snapshot = {
      owners: [...this.owners.values()],
      keys: [...this.keys.values()],
      logins: [...this.#logins],
      roleBindings: this.roleBindings.snapshot(),
    };
    return snapshot;
  }

  restore(snapshot: unknown): void {
    const { owners, keys, logins = [], roleBindings } = snapshot as Snapshot;
    this.owners.clear();
    this.keys.clear();
    this.#logins.clear();
    for (const owner of owners) this.owners.set(owner.id, owner);
    for (const key of keys) this.keys.set(key.id, key);
    for (const [key, count] of logins) this.#logins.set(key, count);
    this.roleBindings.restore(roleBindings);
  }

  #hasArrived(key: ApiKey): boolean {
    if (key.effectiveAt === undefined) return true;
    if (this.#context.clock.now() < key.effectiveAt) return false;
    const before = this.#logins.get(key.id) ?? 0;
    if (before >= 2 * this.behaviour.flaps) return true;
    this.#logins.set(key.id, before + 1);
    return before % 2 === 0;
  }
}

const lowercase = "abcdefghijklmnopqrstuvwxyz0123456789";

function isGoodFor(resource: KeyResource, asked: string): boolean {
  return resource.kind === "Global" || ("id" in resource && resource.id === asked);
}
