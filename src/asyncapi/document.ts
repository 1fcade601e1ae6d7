import { sha256Hex } from "../runtime/digest.ts";
import { asyncapi3, document3, payloadPointer3, versionOf } from "./asyncapi3.ts";
import { asyncapi26, payloadPointer26 } from "./asyncapi26.ts";
import { DocumentError } from "./failure.ts";
import type { JsonObject } from "./json.ts";
import type { AsyncApiDocument, DocumentInput } from "./model.ts";

/** Amplify refuses a document of this size or more, in bytes before base64 (agent-sdk pkg/apic/service.go). */
export const SIZE_LIMIT_BYTES = 10_485_760;

/**
 * The AsyncAPI document of one topic. Order of the input, whitespace, key order and spelling of its schemas make no difference;
 * the numbers of subject versions do, since they are told (`info.version`, description), so whether to publish anew is for
 * `inputFingerprint` to say. Indented by two spaces; without any whitespace where it would be too large otherwise.
 * Throws `DocumentError` for what is wrong with the topic's schemas or size.
 */
export async function buildDocument(input: DocumentInput): Promise<AsyncApiDocument> {
  refuseHugeSchemas(input);
  const text = serialise(documentOf(input));
  return { text, sha256: await sha256Hex(text), version: versionOf(input.schemas) };
}

function documentOf(input: DocumentInput): JsonObject {
  if (input.asyncapiVersion === "3.0.0") return asyncapi3(document3(input, payloadPointer3));
  return asyncapi26(document3(input, payloadPointer26));
}

function serialise(document: JsonObject): string {
  const readable = `${JSON.stringify(document, null, 2)}\n`;
  const text = bytes(readable) < SIZE_LIMIT_BYTES ? readable : JSON.stringify(document);
  refuseSize(bytes(text));
  return text;
}

/** Saves the work on what cannot become small again: characters of a schema never take less than a byte. */
function refuseHugeSchemas({ schemas }: DocumentInput): void {
  for (const { schema } of schemas) if (schema.schema.length >= 2 * SIZE_LIMIT_BYTES) refuseSize(schema.schema.length);
}

function refuseSize(size: number): void {
  if (size >= SIZE_LIMIT_BYTES) throw new DocumentError({ kind: "too-large", bytes: size, limit: SIZE_LIMIT_BYTES });
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
