import asyncapi26 from "@asyncapi/specs/schemas/2.6.0.json" with { type: "json" };
import asyncapi30 from "@asyncapi/specs/schemas/3.0.0.json" with { type: "json" };
import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { isObject, type Json, type JsonObject, member, nesting, objectOf } from "./json.ts";
import type { DocumentInput } from "./model.ts";

type Version = DocumentInput["asyncapiVersion"];

/** Above this the payloads, which the registry has checked, are left out: validation takes some 20 ms for 40 KB. */
const WHOLE_LIMIT_BYTES = 1_048_576;
/** Nor is what is nested deeper than this: in workerd, whose stack is small, the validator overflows it from some 130 levels on. */
const WHOLE_LIMIT_DEPTH = 70;
/** Errors of keywords that only lead to the real one. */
const WRAPPERS = new Set(["$ref", "allOf", "else", "if", "items", "properties", "additionalProperties", "then"]);

/**
 * Checks a document against AsyncAPI's own JSON Schema (package @asyncapi/specs). Returns at most five faults, each
 * `<pointer>: <what is wrong>`, the innermost first; `[]` when it is valid.
 */
export function validateDocument(text: string, version: Version): string[] {
  const document: Json = JSON.parse(text);
  const checked = isModest(text) ? document : withoutPayloads(document);
  const { valid, errors } = validator(version).validate(checked);
  if (valid) return [];
  const leaves = errors.filter(({ keyword }) => !WRAPPERS.has(keyword));
  return [...new Set((leaves.length > 0 ? leaves : errors).map(describe))].slice(0, 5);
}

/** Whether `schema` is a valid JSON Schema draft 07, by its own meta-schema; the registry's word is taken where it is too large or deep. */
export function fitsDraft07(schema: Json): boolean {
  return fits("http://json-schema.org/draft-07/schema", schema);
}

/** Whether `schema` may stand where AsyncAPI wants a Schema Object and no reference, such as the key of a Kafka binding. */
export function fitsSchemaObject(schema: Json): boolean {
  return fits("http://asyncapi.com/definitions/3.0.0/schema.json", schema);
}

const validators = new Map<string, Validator>();

/** One validator for each schema and isolate, made when it is first needed: it takes some 10 ms. */
function lazily(key: string, schema: () => unknown): Validator {
  const validator = validators.get(key) ?? new Validator(schema() as Schema, "7");
  validators.set(key, validator);
  return validator;
}

function validator(version: Version): Validator {
  return lazily(version, () => (version === "3.0.0" ? asyncapi30 : asyncapi26));
}

function fits(definition: string, schema: Json): boolean {
  const text = JSON.stringify(schema);
  if (!isModest(text)) return true;
  const whole = () => ({ $id: `fits:${definition}`, $ref: definition, definitions: asyncapi30.definitions });
  return lazily(definition, whole).validate(JSON.parse(text)).valid;
}

function isModest(text: string): boolean {
  return text.length <= WHOLE_LIMIT_BYTES && nesting(text) <= WHOLE_LIMIT_DEPTH;
}

function describe({ instanceLocation, error }: OutputUnit): string {
  return `${instanceLocation}: ${error.length > 200 ? `${error.slice(0, 200)}…` : error}`;
}

function withoutPayloads(document: Json): Json {
  const components = child(document, "components");
  const messages = child(components, "messages");
  const emptied = objectOf(Object.entries(messages).map(([name, message]) => [name, withoutPayload(message)]));
  return { ...(document as JsonObject), components: { ...components, messages: emptied } };
}

function withoutPayload(message: Json): Json {
  if (!isObject(message)) return message;
  const dropped = new Set(["schemaFormat", "bindings"]);
  const kept = Object.entries(message).filter(([key]) => !dropped.has(key));
  return objectOf(kept.map(([key, value]) => [key, key === "payload" ? {} : value]));
}

function child(node: Json, key: string): JsonObject {
  const value = isObject(node) ? member(node, key) : undefined;
  return isObject(value) ? value : {};
}
