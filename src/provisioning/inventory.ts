import type { Owner } from "../confluent/labels.ts";
import type { CredentialOwner } from "./principals.ts";

/** A service account or SASL user that bears our label with exactly this organization and environment. */
export interface FoundPrincipal {
  /** As Kafka writes it: `User:…`. */
  readonly principal: string;
  /** As people see it in Confluent. */
  readonly name: string;
  /** Whose it is, as `Inventory.markOf` has it. */
  readonly mark: string;
  /** ms; undefined when nobody says. */
  readonly createdAt: number | undefined;
}

export interface FoundKey {
  readonly id: string;
  readonly principal: string;
  readonly mark: string;
  /** `lsrc-…` of a key of Schema Registry; undefined for one of the cluster. */
  readonly registry: string | undefined;
  readonly createdAt: number | undefined;
}

export interface Found {
  /** In the order in which they were made. */
  readonly principals: readonly FoundPrincipal[];
  /** In the order in which they were made, as far as that is told. On Platform a user is its own only key. */
  readonly keys: readonly FoundKey[];
  /** Keys of our principals without our label: somebody else made them. */
  readonly foreign: readonly { readonly id: string; readonly principal: string }[];
}

/** What is there outside under our label, whatever our rows say. Both throw `UpstreamError` and `NotYet`. */
export interface Inventory {
  /** Of one credential. */
  of(of: CredentialOwner): Promise<Found>;
  /** Of the whole environment. */
  all(ids: Omit<Owner, "credential">): Promise<Found>;
  /** Clusters and registries whose keys `all` lists, `lkc-…` and `lsrc-…`; empty where users are their own keys. */
  resources(): readonly string[];
  /** How a credential is told in what is found: by its id on Cloud, by its part of the user name on Platform. */
  markOf(owner: Owner): Promise<string>;
}
