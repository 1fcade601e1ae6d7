import { expect } from "vitest";
import type { RegisteredSchema } from "../../src/confluent/model.ts";
import { avroOfPayload, avroOfRegistry, parseExact } from "./payload/avro.ts";
import { firstDifference, jsonOfPayload, jsonOfRegistry } from "./payload/json-schema.ts";
import { protobufOfPayload, protobufOfRegistry } from "./payload/protobuf.ts";

/**
 * Asserts that the payload of a document, read by a library that is not ours (avsc, ajv, protobufjs), is the registry's schema
 * with its references resolved: structure, names, types, defaults, docs and further attributes. `payload` is the schema itself
 * (3.0.0: `payload.schema`, 2.6.0: `payload`); `references` are keyed `subject/version`; JSON Schema needs the whole document.
 */
export function assertPayloadEquals(
  schemaType: string,
  payload: unknown,
  schema: RegisteredSchema,
  references: ReadonlyMap<string, RegisteredSchema>,
  document?: unknown,
): void {
  switch (schemaType) {
    case "AVRO":
      expect(avroOfPayload(payload)).toEqual(avroOfRegistry(schema, references));
      return;
    case "JSON":
      expect(firstDifference(jsonOfRegistry(schema, references), jsonOfPayload(payload, document))).toBeUndefined();
      return;
    case "PROTOBUF":
      expect(typeof payload).toBe("string");
      expect(protobufOfPayload(String(payload))).toEqual(protobufOfRegistry(schema, references));
      return;
    default:
      throw new Error(`no library for ${schemaType}`);
  }
}

/** The payload of the message that was made of `subject`, and of none other: its summary names the subject. */
export function payloadOfSubject(documentText: string, subject: string): unknown {
  const document = parseExact(documentText) as {
    asyncapi: string;
    components: { messages: Record<string, DocumentMessage> };
  };
  const found = Object.values(document.components.messages).filter(({ summary }) =>
    summary.includes(`subject \`${subject}\`,`),
  );
  expect(found.map(({ name }) => name)).toHaveLength(1);
  const payload = found[0]?.payload;
  return document.asyncapi === "3.0.0" ? (payload as { schema: unknown }).schema : payload;
}

interface DocumentMessage {
  readonly name: string;
  readonly summary: string;
  readonly payload: unknown;
}
