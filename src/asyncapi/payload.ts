import { resolveAvro } from "./avro.ts";
import { avroAsJsonSchema } from "./avro-as-json-schema.ts";
import { DocumentError } from "./failure.ts";
import { type Json, type JsonObject, MAX_DEPTH, nesting, objectOf } from "./json.ts";
import { readJsonSchema } from "./json-schema.ts";
import type { Draft } from "./json-schema-address.ts";
import type { BoundSchema } from "./model.ts";
import { resolveProtobuf } from "./protobuf.ts";
import { fitsDraft07, fitsSchemaObject } from "./validate.ts";

/** A registered schema as it stands in a document. Content types as Confluent names them (cli internal/asyncapi/account_details.go). */
export interface Payload {
  /** Value of `schemaFormat` (AsyncAPI 3.0.0, "Schema formats table"; other values are allowed there). */
  readonly schemaFormat: string;
  readonly schema: Json;
  readonly contentType: string;
}

/** A registered schema with its references resolved, to be put somewhere in a document. */
export interface ReadSchema {
  /** Full name of the type; undefined when the schema gives none. */
  readonly typeName: string | undefined;
  readonly doc: string | undefined;
  /** The payload as it reads at `pointer`, which only a JSON Schema cares about. */
  readonly at: (pointer: string) => Payload;
}

/** Reads and resolves a schema. Throws `DocumentError`, as `at` does. */
export function readSchema(bound: BoundSchema): ReadSchema {
  const { subject } = bound.schema;
  const { typeName, doc, at } = withinStack(subject, () => readByType(bound));
  return { typeName, doc, at: (pointer) => withinStack(subject, () => notTooDeep(subject, at(pointer))) };
}

/** References may put together what is deep only as a whole. */
function notTooDeep(subject: string, payload: Payload): Payload {
  if (nesting(JSON.stringify(payload.schema)) > MAX_DEPTH) throw tooDeep(subject);
  return payload;
}

/** Stacks differ between platforms; one that is too small for a schema is the schema's failure, not the run's. */
function withinStack<T>(subject: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof RangeError ? tooDeep(subject) : error;
  }
}

function tooDeep(subject: string): DocumentError {
  return new DocumentError({ kind: "too-deep", subject, limit: MAX_DEPTH });
}

function readByType(bound: BoundSchema): ReadSchema {
  switch (bound.schema.schemaType) {
    case "AVRO":
      return fixed(avroPayload(bound));
    case "JSON":
      return jsonPayload(bound);
    case "PROTOBUF":
      return fixed(protobufPayload(bound));
    default: {
      const { subject, schemaType } = bound.schema;
      throw new DocumentError({ kind: "unsupported-type", subject, schemaType });
    }
  }
}

/**
 * A key's schema, which the Kafka binding 0.5.0 takes as an AsyncAPI Schema Object only. A JSON Schema stands there as it is;
 * where that is not possible it is told as JSON Schema as well as it can be, with the exact one beside it in `x-schema`.
 */
export function keyOf(bound: BoundSchema, pointer: string): Json {
  const read = readSchema(bound);
  const isJson = bound.schema.schemaType === "JSON";
  const inPlace = isJson ? read.at(pointer) : undefined;
  if (inPlace !== undefined && fitsSchemaObject(inPlace.schema)) return inPlace.schema;
  const exact = read.at(`${pointer}/x-schema/schema`);
  const told = bound.schema.schemaType === "AVRO" ? avroAsJsonSchema(exact.schema) : titled(read);
  return objectOf([...Object.entries(told), ["x-schema", { schemaFormat: exact.schemaFormat, schema: exact.schema }]]);
}

function titled({ typeName, doc }: ReadSchema): JsonObject {
  return objectOf([
    ["title", typeName],
    ["description", doc],
  ]);
}

function fixed(payload: Payload & Pick<ReadSchema, "typeName" | "doc">): ReadSchema {
  return { typeName: payload.typeName, doc: payload.doc, at: () => payload };
}

/** AsyncAPI's JSON Schema of Avro 1.9.0 knows plain names only; what it refuses goes under 1.8.2, which Avro tools read alike. */
function avroPayload(bound: BoundSchema) {
  const { schema, fullName, doc, plainNames } = resolveAvro(bound);
  const schemaFormat = `application/vnd.apache.avro+json;version=${plainNames ? "1.9.0" : "1.8.2"}`;
  return { schemaFormat, schema, contentType: "application/avro", typeName: fullName, doc };
}

function jsonPayload(bound: BoundSchema): ReadSchema {
  const { draft, title, description, at } = readJsonSchema(bound);
  const payload = (pointer: string): Payload => {
    const schema = at(pointer);
    return { schemaFormat: jsonFormat(schema, draft), schema, contentType: "application/json" };
  };
  return { typeName: title, doc: description, at: payload };
}

/** A draft 07 that its meta-schema refuses, as with a regular expression of Java's, is still what the registry accepted. */
function jsonFormat(schema: Json, draft: Draft): string {
  const version = draft !== "draft-07" || fitsDraft07(schema) ? `;version=${draft}` : "";
  return `application/schema+json${version}`;
}

function protobufPayload(bound: BoundSchema) {
  const { text, version, fullName, doc } = resolveProtobuf(bound);
  const schemaFormat = `application/vnd.google.protobuf;version=${version}`;
  return { schemaFormat, schema: text, contentType: "application/protobuf", typeName: fullName, doc };
}
