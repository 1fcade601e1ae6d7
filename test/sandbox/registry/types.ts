/** What a Schema Registry stores and is given, in the registry's own words. */

export type SchemaType = "AVRO" | "JSON" | "PROTOBUF";

/** `name` is what the schema's text uses: a full type name (AVRO), an import path (PROTOBUF) or a `$ref` (JSON). */
export interface SchemaReference {
  readonly name: string;
  readonly subject: string;
  /** -1 in a request means the latest. */
  readonly version: number;
}

export interface SchemaMetadata {
  readonly tags?: Readonly<Record<string, readonly string[]>>;
  readonly properties?: Readonly<Record<string, string>>;
  readonly sensitive?: readonly string[];
}

/** Rules as they were sent; this simulation stores them and never runs them. */
export type RuleSet = Readonly<Record<string, unknown>>;

/** The body of a registration or of a look-up. */
export interface SchemaInput {
  /** Absent means AVRO. */
  readonly schemaType?: string | undefined;
  readonly schema?: string | undefined;
  readonly references?: readonly SchemaReference[] | undefined;
  readonly metadata?: SchemaMetadata | undefined;
  readonly ruleSet?: RuleSet | undefined;
}

/** One version of one subject. */
export interface SubjectVersion {
  /** Qualified: `:.ctx:name` outside the default context. */
  readonly subject: string;
  readonly version: number;
  /** Unique within the subject's context only. */
  readonly id: number;
  readonly guid: string;
  readonly schemaType: SchemaType;
  /** Canonical text. */
  readonly schema: string;
  readonly references: readonly SchemaReference[];
  readonly metadata?: SchemaMetadata;
  readonly ruleSet?: RuleSet;
  /** When it was written, ms. */
  readonly ts: number;
  readonly deleted: boolean;
}

export interface VersionFilter {
  /** Soft-deleted ones as well. */
  readonly deleted?: boolean;
  /** Nothing but soft-deleted ones; wins over `deleted`. */
  readonly deletedOnly?: boolean;
}
