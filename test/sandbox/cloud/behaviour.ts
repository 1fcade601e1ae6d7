/** What differs between observations of Confluent Cloud, or is not published: to be set by a test, and changed while it runs. */
export interface CloudBehaviour {
  /** ms until a new key of a Kafka cluster works there (terraform-provider-confluent utils_wait.go: about two minutes). */
  kafkaKeyMs: number;
  /** ms until a new key of a registry works there (terraform-provider-confluent resource_api_key.go sleeps 60 s). */
  registryKeyMs: number;
  /** ms until a new Cloud or Global key works (terraform-provider-confluent utils_wait.go: some ten seconds). */
  cloudKeyMs: number;
  /**
   * How often a key that has begun to work is refused again: with 1 its logins are answered 200, 401, 200, 200 …, since not every
   * server behind the address knows it yet. That is why terraform-provider-confluent waits for two in a row.
   */
  flaps: number;
  /** ms until a role binding counts (terraform-provider-confluent waits 90 s after making one). */
  roleBindingMs: number;
  /** ms for which a deleted role binding still counts. */
  deletedRoleBindingMs: number;
  /** The file of api-keys v2 says 202; terraform-provider-confluent's fixtures answer 201. */
  keyCreated: 201 | 202;
  /** The file of role bindings says 200 with the body; terraform-provider-confluent's fixtures answer 204. */
  roleBindingDeleted: 200 | 204;
  /** Applied limits by the quota's id, where they are to differ from the default. */
  limits: Readonly<Record<string, number>>;
  /** Kinds of clusters by id, where they are to differ from what the organisation was made with: a cluster can be changed. */
  kinds: Readonly<Record<string, ClusterKind>>;
  /** What calls of lags are refused with on clusters that are not Dedicated; not published. */
  lagsRefused: 403 | 404 | 501;
}

export type ClusterKind = "Basic" | "Standard" | "Enterprise" | "Dedicated" | "Freight";

export const defaultBehaviour: Readonly<CloudBehaviour> = {
  kafkaKeyMs: 120_000,
  registryKeyMs: 60_000,
  cloudKeyMs: 10_000,
  flaps: 1,
  roleBindingMs: 90_000,
  deletedRoleBindingMs: 0,
  keyCreated: 202,
  roleBindingDeleted: 200,
  limits: {},
  kinds: {},
  lagsRefused: 403,
};
