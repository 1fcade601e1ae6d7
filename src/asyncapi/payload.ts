import { resolveAvro } from "./avro.ts";
import { avroAsJsonSchema } from "./avro-as-json-schema.ts";
import { DocumentError } from "./failure.ts";
import { type Json, type JsonObject, objectOf } from "./json.ts";
import { type Draft, resolveJsonSchema } from "./json-schema.ts";
import type { BoundSchema } from "./model.ts";
import { resolveProtobuf } from "./protobuf.ts";
import { fitsDraft07, fitsSchemaObject } from "./validate.ts";

/** A registered schema as it stands in a document. Content types as Confluent names them (cli internal/asyncapi/account_details.go). */
export interface Payload {
  /** Value of `schemaFormat` (AsyncAPI 3.0.0, "Schema formats table"; other values are allowed there). */
  readonly schemaFormat: string;
  readonly schema: Json;
  readonly contentType: string;
  /** Full name of the type; undefined when the schema gives none. */
  readonly typeName: string | undefined;
  readonly doc: string | undefined;
}

/** Resolves a schema that will lie at `pointer` of the document. Throws `DocumentError`. */
export function payloadOf(bound: BoundSchema, pointer: string): Payload {
  switch (bound.schema.schemaType) {
    case "AVRO":
      return avroPayload(bound);
    case "JSON":
      return jsonPayload(bound, pointer);
    case "PROTOBUF":
      return protobufPayload(bound);
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
  const plain = payloadOf(bound, pointer);
  if (bound.schema.schemaType === "JSON" && fitsSchemaObject(plain.schema)) return plain.schema;
  const told = bound.schema.schemaType === "AVRO" ? avroAsJsonSchema(plain.schema) : titled(plain);
  const exact = bound.schema.schemaType === "JSON" ? payloadOf(bound, `${pointer}/x-schema/schema`) : plain;
  return objectOf([...Object.entries(told), ["x-schema", { schemaFormat: exact.schemaFormat, schema: exact.schema }]]);
}

function titled({ typeName, doc }: Payload): JsonObject {
  return objectOf([
    ["title", typeName],
    ["description", doc],
  ]);
}

/** AsyncAPI's JSON Schema of Avro 1.9.0 knows plain names only; what it refuses goes under 1.8.2, which Avro tools read alike. */
function avroPayload(bound: BoundSchema): Payload {
  const { schema, fullName, doc, plainNames } = resolveAvro(bound);
  const schemaFormat = `application/vnd.apache.avro+json;version=${plainNames ? "1.9.0" : "1.8.2"}`;
  return { schemaFormat, schema, contentType: "application/avro", typeName: fullName, doc };
}

/** A draft 07 that its meta-schema refuses, as with a regular expression of Java's, is still what the registry accepted. */
function jsonPayload(bound: BoundSchema, pointer: string): Payload {
  const { schema, draft, title, description } = resolveJsonSchema(bound, pointer);
  return {
    schemaFormat: jsonFormat(schema, draft),
    schema,
    contentType: "application/json",
    typeName: title,
    doc: description,
  };
}

function jsonFormat(schema: Json, draft: Draft): string {
  if (draft !== "draft-07" || fitsDraft07(schema)) return `application/schema+json;version=${draft}`;
  return "application/schema+json";
}

function protobufPayload(bound: BoundSchema): Payload {
  const { text, version, fullName, doc } = resolveProtobuf(bound);
  const schemaFormat = `application/vnd.google.protobuf;version=${version}`;
  return { schemaFormat, schema: text, contentType: "application/protobuf", typeName: fullName, doc };
}
