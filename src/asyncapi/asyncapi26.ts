import type { Document3 } from "./asyncapi3.ts";
import { isObject, type Json, type JsonObject, member, objectOf, text } from "./json.ts";
import type { Message, PayloadPointer } from "./messages.ts";

/** Where a payload lies in a 2.6.0 document: directly in its message. */
export const payloadPointer26: PayloadPointer = (id) => `#/components/messages/${id}/payload`;

/**
 * A document of version 3.0.0 told in 2.6.0. Its `subscribe` is what one does who reads (the application described sends there,
 * AsyncAPI 2.6.0 "Channel Item Object"), so `consume` becomes `subscribe` and `produce` becomes `publish`. The key of the channel,
 * a URI template, is the topic's name; where that is none that Kafka allows, only the Kafka binding has it as it is.
 */
export function asyncapi26(document: Document3): JsonObject {
  const { tags, ...info } = document.info;
  const scheme = Object.keys(document.securitySchemes ?? {})[0];
  return objectOf([
    ["asyncapi", "2.6.0"],
    ["id", document.id],
    ["info", info],
    ["defaultContentType", document.defaultContentType],
    [
      "servers",
      objectOf(Object.entries(document.servers).map(([name, value]) => [name, server(value, document, scheme)])),
    ],
    ["channels", { [document.channelId]: channel(document) }],
    ["components", components(document)],
    ["tags", tags],
  ]);
}

function server(value: Json, document: Document3, scheme: string | undefined): Json {
  if (!isObject(value)) return value;
  const wanted = scheme === undefined ? undefined : (document.securitySchemes?.[scheme] ?? {});
  const scopes = (wanted !== undefined && isObject(wanted) && member(wanted, "scopes")) || [];
  return objectOf([
    ["url", text(value, "host")],
    ["protocol", text(value, "protocol")],
    ["description", text(value, "description")],
    ["security", scheme === undefined ? undefined : [{ [scheme]: scopes }]],
    ["bindings", member(value, "bindings")],
  ]);
}

function channel(document: Document3): JsonObject {
  return objectOf([
    ["description", member(document.channel, "description")],
    ["subscribe", operation("consume", document.consume, document.messages)],
    ["publish", operation("produce", document.produce, document.messages)],
    ["bindings", member(document.channel, "bindings")],
  ]);
}

function operation(operationId: string, value: JsonObject, messages: readonly Message[]): JsonObject {
  const references = messages.map(({ id }) => ({ $ref: `#/components/messages/${id}` }));
  return objectOf([
    ["operationId", operationId],
    ["summary", member(value, "summary")],
    ["bindings", member(value, "bindings")],
    ["message", references.length === 1 ? references[0] : { oneOf: references }],
  ]);
}

function components(document: Document3): JsonObject {
  return objectOf([
    ["messages", objectOf(document.messages.map((message) => [message.id, messageObject(message)]))],
    ["securitySchemes", document.securitySchemes && mapValues(document.securitySchemes, securityScheme)],
  ]);
}

function messageObject(message: Message): JsonObject {
  return objectOf([
    ["name", message.name],
    ["title", message.title],
    ["summary", message.summary],
    ["description", message.doc],
    ["contentType", message.contentType],
    ["schemaFormat", message.schemaFormat],
    ["payload", message.payload],
    ["bindings", message.binding === undefined ? undefined : { kafka: message.binding }],
  ]);
}

/** `availableScopes` of an OAuth flow was called `scopes`, and the scheme itself had none. */
function securityScheme(scheme: Json): Json {
  if (!isObject(scheme) || text(scheme, "type") !== "oauth2") return scheme;
  const flows = member(scheme, "flows");
  const renamed = (flow: Json): Json =>
    isObject(flow)
      ? objectOf(Object.entries(flow).map(([key, value]) => [key === "availableScopes" ? "scopes" : key, value]))
      : flow;
  const { scopes: _, ...kept } = scheme;
  return { ...kept, flows: isObject(flows) ? mapValues(flows, renamed) : {} };
}

function mapValues(object: JsonObject, change: (value: Json) => Json): JsonObject {
  return objectOf(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
