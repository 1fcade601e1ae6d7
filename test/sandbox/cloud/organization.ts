import type { Rights } from "../core/permissions.ts";
import { randomText } from "../core/random.ts";
import type { SandboxContext } from "../core/types.ts";

export interface Environment {
  readonly id: string; // env-…
  readonly displayName: string;
}

type ClusterKind = "Basic" | "Standard" | "Enterprise" | "Dedicated" | "Freight";

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
}

export interface OrganizationContent {
  readonly id: string;
  readonly displayName: string;
  readonly environments: readonly Environment[];
  readonly clusters: readonly CloudCluster[];
  readonly registries: readonly CloudRegistry[];
}

/** One Confluent Cloud organisation: what the control plane shows, and the keys that all its planes ask for. */
export class Organization {
  readonly #context: SandboxContext;
  readonly content: OrganizationContent;
  readonly owners = new Map<string, Owner>();
  readonly keys = new Map<string, ApiKey>();

  constructor(context: SandboxContext, content: OrganizationContent) {
    this.#context = context;
    this.content = content;
  }

  addOwner(owner: Pick<Owner, "id" | "displayName" | "description" | "rights">): Owner {
    const added = { ...owner, createdAt: this.#context.clock.now() };
    this.owners.set(owner.id, added);
    return added;
  }

  /** A key with an id of 16 characters and a secret of 64, as Confluent makes them. Throws an Error for an unknown owner. */
  addKey(key: Pick<ApiKey, "owner" | "resource" | "displayName">): ApiKey {
    if (!this.owners.has(key.owner)) throw new Error(`No owner ${key.owner}.`);
    const { random, clock } = this.#context;
    const added: ApiKey = {
      ...key,
      id: randomText(random, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
      secret: randomText(random, 64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
      description: "",
      createdAt: clock.now(),
    };
    this.keys.set(added.id, added);
    return added;
  }

  cluster(id: string): CloudCluster | undefined {
    return this.content.clusters.find((cluster) => cluster.id === id);
  }

  registry(id: string): CloudRegistry | undefined {
    return this.content.registries.find((registry) => registry.id === id);
  }

  /** Owners and keys. Environments and clusters are as the sandbox was made, for their addresses follow its ports. */
  snapshot(): unknown {
    return { owners: [...this.owners.values()], keys: [...this.keys.values()] };
  }

  restore(snapshot: unknown): void {
    const { owners, keys } = snapshot as { owners: Owner[]; keys: ApiKey[] };
    this.owners.clear();
    this.keys.clear();
    for (const owner of owners) this.owners.set(owner.id, owner);
    for (const key of keys) this.keys.set(key.id, key);
  }
}
