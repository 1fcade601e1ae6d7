import type { SchemaInput } from "../../registry/types.ts";

/** What discovery is expected to make of a topic. */
type Expected =
  | "published"
  /** Left out by one of the rules for internal topics. */
  | "internal"
  /** Left out by `demoFilter`. */
  | "filtered"
  /** Kafka itself never lists it. */
  | "hidden"
  /** Its schema cannot be read: shown with the error, not published. */
  | "unreadable";

export interface DemoTopic {
  readonly name: string;
  readonly expected: Expected;
  readonly partitions?: number;
  readonly configs?: Readonly<Record<string, string>>;
  /** Which of the two clusters has it; both when absent. */
  readonly only?: "cloud" | "platform";
}

export interface DemoSubject {
  /** Qualified with its context where that is not the default one. */
  readonly subject: string;
  /** In order; the first becomes version 1. */
  readonly versions: readonly SchemaInput[];
  /** Versions that are soft-deleted after everything is registered. */
  readonly deleted?: readonly number[];
  /**
   * Stored without the checks of a registration: what no registry accepts today, but may still hold (written by an older one,
   * imported, or its references removed for good).
   */
  readonly unchecked?: true;
}

export interface Chapter {
  readonly topics: readonly DemoTopic[];
  readonly subjects: readonly DemoSubject[];
}

export const day = 24 * 60 * 60 * 1000;

/** Schemas are written as values and sent as indented text, as people keep them in files. */
export function avro(schema: unknown, references: SchemaInput["references"] = []): SchemaInput {
  return { schemaType: "AVRO", schema: JSON.stringify(schema, null, 2), ...withReferences(references) };
}

export function jsonSchema(schema: unknown, references: SchemaInput["references"] = []): SchemaInput {
  return { schemaType: "JSON", schema: JSON.stringify(schema, null, 2), ...withReferences(references) };
}

export function protobuf(schema: string, references: SchemaInput["references"] = []): SchemaInput {
  return { schemaType: "PROTOBUF", schema, ...withReferences(references) };
}

function withReferences(references: SchemaInput["references"] = []): Pick<SchemaInput, "references"> {
  return references.length === 0 ? {} : { references };
}
