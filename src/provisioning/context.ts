import * as v from "valibot";
import type { ApiServer } from "../amplify/apiserver.ts";
import { Resource } from "../amplify/resource.ts";
import type { RequestKind } from "../amplify/triggers.ts";
import type { Acls } from "../confluent/acls.ts";
import type { Owner } from "../confluent/labels.ts";
import type { Cluster } from "../confluent/model.ts";
import { UpstreamError } from "../http/errors.ts";
import type { EchoStore } from "../store/echoes.ts";
import type { GrantKind, GrantRow, GrantStore } from "../store/grants.ts";
import type { IntentStore } from "../store/intents.ts";
import type { Inventory } from "./inventory.ts";
import type { CredentialOwner, Principals } from "./principals.ts";
import type { QuotaFigures } from "./quota-figures.ts";
import type { RegistryAccess } from "./registry-access.ts";

/** A secret that must outlive a wake until its key was seen to work. */
export interface SecretKeep {
  /** Gives what puts it there, for the transaction that records its key: a secret of no key must not stay. */
  seal(key: string, secret: string): Promise<() => void>;
  /** Undefined when there is none, or it does not open any more. */
  get(key: string): Promise<string | undefined>;
  drop(key: string): void;
}

/** Everything that provisioning is done with. */
export interface ProvisioningContext {
  readonly api: ApiServer;
  /** Amplify environment by name, and the ids that labels are made of. */
  readonly environment: string;
  readonly ids: Omit<Owner, "credential">;
  readonly cluster: Cluster;
  readonly acls: Acls;
  readonly principals: Principals;
  readonly grants: GrantStore;
  readonly intents: IntentStore;
  readonly echoes: EchoStore;
  readonly secrets: SecretKeep;
  /** The topic that an instance of ours stands for. */
  readonly topicOf: (instance: string) => string | undefined;
  /** Id and owner of the API service behind an instance of ours. */
  readonly serviceOf: (instance: string) => { readonly id: string | undefined; readonly owner: unknown } | undefined;
  /** Subjects whose schemas a topic's published document holds, references included. */
  readonly subjectsOf: (topic: string) => readonly string[];
  /** Keys and role bindings of Schema Registry; undefined on Platform, where nothing can be made for a consumer. */
  readonly registry: RegistryAccess | undefined;
  readonly quotas: QuotaFigures;
  readonly inventory: Inventory;
  /** What consumers are told of the cluster. */
  readonly told: {
    /** Name of our credential request definition. */
    readonly definition: string;
    readonly bootstrapServers: string;
    /** Protocol and mechanism, e.g. `SASL_SSL, PLAIN`. */
    readonly mechanism: string;
    /** Names of the two properties of the login in the credential's data. */
    readonly login: { readonly id: "apiKey" | "username"; readonly secret: "apiSecret" | "password" };
    /** Undefined where there is no Schema Registry. */
    readonly registryUrl: string | undefined;
    /** Provision schema of our credential request definition: which properties are encrypted. */
    readonly schema: unknown;
    /** Days after which a credential expires, 0: never. */
    readonly expiryDays: number;
    /** Whether the platform asks us to take back what has expired. */
    readonly deprovisionExpired: boolean;
  };
  readonly overlapMs: number;
  readonly idempotentWrite: boolean;
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly fraction: () => number;
  readonly together: (work: () => void) => void;
  /** Something was found that concerns another application: it is looked at too. */
  readonly concern: (application: string) => void;
  readonly audit: (action: string, subject: string, detail: string) => void;
}

export const REQUEST_KIND: Readonly<Record<GrantKind, RequestKind>> = {
  application: "ManagedApplication",
  access: "AccessRequest",
  credential: "Credential",
};

export function resourceOf(row: GrantRow): Resource | undefined {
  return row.seen === undefined ? undefined : v.parse(Resource, JSON.parse(row.seen));
}

/** As `resourceOf`, for steps that are only decided on what was read. Throws `stale` otherwise. */
export function mustRead(row: GrantRow): Resource {
  const resource = resourceOf(row);
  if (!resource) throw new UpstreamError("amplify", { kind: "stale" }, `${row.kind} ${row.name} was not read yet`);
  return resource;
}

/** For steps that are only decided where there are keys of a registry. */
export function mustHaveRegistry({ registry }: ProvisioningContext): RegistryAccess {
  if (!registry) throw new TypeError("there are no keys of Schema Registry here");
  return registry;
}

/** Whom the principals and keys of a credential's row are labelled with. */
export function ownerOf(row: GrantRow, { ids }: ProvisioningContext): CredentialOwner {
  const resource = mustRead(row);
  return { owner: { ...ids, credential: resource.metadata.id ?? row.name }, application: row.application ?? "" };
}

/** Changes what is recorded of a row. */
export function patchRecord(context: ProvisioningContext, row: GrantRow, change: object): void {
  const { grants, now } = context;
  const current = grants.get(row.kind, row.name) ?? row;
  grants.put({ ...current, record: JSON.stringify({ ...JSON.parse(current.record), ...change }), changedAt: now() });
}
