import { compare, type Json, type JsonObject, objectOf } from "./json.ts";
import type { BoundSchema, DocumentInput } from "./model.ts";
import { keyOf, readSchema } from "./payload.ts";
import { code } from "./words.ts";

export const BINDING_VERSION = "0.5.0";

/** One message of the topic: what a value may be, with the key that goes before it. */
export interface Message {
  /** Its key under `components.messages`: letters, digits, dot, dash and underscore only. */
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly doc: string | undefined;
  readonly contentType: string;
  readonly schemaFormat: string | undefined;
  readonly payload: Json;
  readonly binding: JsonObject | undefined;
}

/** Where the payload of message `id` lies; it differs between the versions of AsyncAPI. */
export type PayloadPointer = (id: string) => string;

const FORMATS: Readonly<Record<string, string>> = { AVRO: "Avro", JSON: "JSON Schema", PROTOBUF: "Protobuf" };

/** The messages of a topic, one for each schema of a value, by subject; one without type when there is none. */
export function messagesOf(input: DocumentInput, pointer: PayloadPointer): Message[] {
  const schemas = input.schemas.toSorted(
    (a, b) => compare(a.schema.subject, b.schema.subject) || a.schema.version - b.schema.version,
  );
  const keys = schemas.filter(({ role }) => role === "key");
  const values = schemas.filter(({ role }) => role === "value");
  if (values.length === 0) return [untyped(input, keys)];
  const taken = new Set<string>();
  return values.map((bound) => typed(bound, keys, input, pointer, taken));
}

function typed(
  bound: BoundSchema,
  keys: readonly BoundSchema[],
  input: DocumentInput,
  pointer: PayloadPointer,
  taken: Set<string>,
): Message {
  const read = readSchema(bound);
  const name = read.typeName ?? input.topic.name;
  const id = freeId(name, taken);
  const payload = read.at(pointer(id));
  return {
    id,
    name,
    title: shortName(name, bound.schema.schemaType),
    summary: summaryOf(bound),
    doc: read.doc === undefined ? undefined : excerpt(read.doc),
    contentType: payload.contentType,
    schemaFormat: payload.schemaFormat,
    payload: payload.schema,
    binding: binding(keys, bound, id, input),
  };
}

function untyped(input: DocumentInput, keys: readonly BoundSchema[]): Message {
  const { name } = input.topic;
  const id = freeId(name, new Set());
  return {
    id,
    name,
    title: name,
    summary: "No schema is registered for the value.",
    doc: undefined,
    contentType: "application/octet-stream",
    schemaFormat: undefined,
    payload: { description: "Any bytes: no schema is registered for the value." },
    binding: binding(keys, keys[0], id, input),
  };
}

/** How a schema is found again in the registry. Its id is left out: it is unique within a context only. */
export function summaryOf({ schema, strategy }: BoundSchema): string {
  const format = FORMATS[schema.schemaType] ?? schema.schemaType;
  return `${format}, subject ${code(schema.subject)}, version ${schema.version} (${strategy}).`;
}

/** The documentation is in the schema too; a description holds so much of it, in characters, as somebody may read. */
const DOC_LIMIT = 4_000;

function excerpt(doc: string): string {
  return doc.length > DOC_LIMIT ? `${doc.slice(0, DOC_LIMIT).toWellFormed()}…` : doc;
}

function shortName(name: string, schemaType: string): string {
  return schemaType === "JSON" ? name : name.slice(name.lastIndexOf(".") + 1);
}

/**
 * Kafka message binding. The schema id stands in the payload, as Confluent's serializers write it (a zero byte, four bytes of
 * id). Nothing about a registry is said where there is none (asyncapi/bindings kafka 0.5.0, "Message Binding Object").
 */
function binding(
  keys: readonly BoundSchema[],
  bound: BoundSchema | undefined,
  id: string,
  { cluster }: DocumentInput,
): JsonObject | undefined {
  if (bound === undefined) return undefined;
  const place = `#/components/messages/${id}/bindings/kafka/key`;
  const registry: [string, Json][] = [
    ["schemaIdLocation", "payload"],
    ["schemaIdPayloadEncoding", "confluent"],
    ["schemaLookupStrategy", bound.strategy],
  ];
  return objectOf([
    ["key", key(keys, place)],
    ...(cluster.registryUrl === undefined ? [] : registry),
    ["bindingVersion", BINDING_VERSION],
  ]);
}

function key(keys: readonly BoundSchema[], place: string): Json | undefined {
  const [only, ...others] = keys;
  if (only === undefined) return undefined;
  if (others.length === 0) return keyOf(only, place);
  return { anyOf: keys.map((bound, index) => keyOf(bound, `${place}/anyOf/${index}`)) };
}

/** What AsyncAPI allows as a key of components: everything else becomes `_`, and a second one of a name is numbered. */
function freeId(name: string, taken: Set<string>): string {
  const base = safeId(name);
  let id = base;
  for (let n = 2; taken.has(id); n++) id = `${base}-${n}`;
  taken.add(id);
  return id;
}

/** AsyncAPI 3.0.0, "Components Object": keys match `^[a-zA-Z0-9.\-_]+$`. */
export function safeId(name: string): string {
  const safe = name.replaceAll(/[^a-zA-Z0-9._-]/gu, "_");
  return safe === "" || safe === "__proto__" ? "_" : safe;
}
