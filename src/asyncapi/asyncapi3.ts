import { channelBinding } from "./channel.ts";
import { compare, type Json, type JsonObject, objectOf } from "./json.ts";
import { BINDING_VERSION, type Message, messagesOf, type PayloadPointer, safeId, summaryOf } from "./messages.ts";
import type { BoundSchema, DocumentInput } from "./model.ts";
import { clusterWords, securitySchemes, serversOf } from "./servers.ts";
import { topicSentences } from "./topic-words.ts";
import { code } from "./words.ts";

/** Every member of a document, as version 3.0.0 names them. */
export interface Document3 {
  readonly id: string;
  readonly info: JsonObject;
  readonly defaultContentType: string;
  readonly servers: JsonObject;
  readonly channelId: string;
  readonly channel: JsonObject;
  readonly consume: JsonObject;
  readonly produce: JsonObject;
  readonly messages: readonly Message[];
  readonly securitySchemes: JsonObject | undefined;
}

/** Where a payload lies in a 3.0.0 document: inside a Multi Format Schema Object. */
export const payloadPointer3: PayloadPointer = (id) => `#/components/messages/${id}/payload/schema`;

export function document3(input: DocumentInput, pointer: PayloadPointer): Document3 {
  const messages = messagesOf(input, pointer);
  const { topic, cluster } = input;
  const channelId = safeId(topic.name);
  return {
    id: `kafka://${uriPart(cluster.clusterId)}/${uriPart(topic.name)}`,
    info: info(input, messages),
    defaultContentType: messages[0]?.contentType ?? "application/octet-stream",
    servers: serversOf(cluster),
    channelId,
    channel: channel(input, messages),
    consume: operation("receive", channelId, topic.name, messages),
    produce: operation("send", channelId, topic.name, messages),
    messages,
    securitySchemes: securitySchemes(cluster),
  };
}

/** The document as JSON value, its members in the order of the specification. */
export function asyncapi3(document: Document3): JsonObject {
  const { channelId, messages } = document;
  return objectOf([
    ["asyncapi", "3.0.0"],
    ["id", document.id],
    ["info", document.info],
    ["defaultContentType", document.defaultContentType],
    ["servers", document.servers],
    ["channels", { [channelId]: document.channel }],
    ["operations", { consume: document.consume, produce: document.produce }],
    [
      "components",
      objectOf([
        ["messages", objectOf(messages.map((message) => [message.id, messageObject(message)]))],
        ["securitySchemes", document.securitySchemes],
      ]),
    ],
  ]);
}

/**
 * The highest version among the subjects of the value (of the key, when only that has a schema), as `<version>.0.0`; `1.0.0` for
 * a topic without schema. Amplify takes at most 30 characters (agent-sdk pkg/apic/servicebuilder.go); this form it never refused.
 */
export function versionOf(schemas: readonly BoundSchema[]): string {
  const values = schemas.filter(({ role }) => role === "value");
  const counted = values.length > 0 ? values : schemas;
  return `${Math.max(1, ...counted.map(({ schema }) => schema.version))}.0.0`;
}

function info(input: DocumentInput, messages: readonly Message[]): JsonObject {
  return {
    title: input.topic.name,
    version: versionOf(input.schemas),
    description: description(input, messages),
    tags: tags(input),
  };
}

function description({ topic, cluster, schemas }: DocumentInput, messages: readonly Message[]): string {
  const docs = messages.flatMap(({ doc, name }) =>
    doc === undefined ? [] : [messages.length > 1 ? `**${name}**: ${doc}` : doc],
  );
  const bound = schemas
    .map((schema) => `- ${schema.role === "key" ? "Key" : "Value"}: ${summaryOf(schema)}`)
    .toSorted(compare);
  const facts = topicSentences(topic).map((sentence) => `- ${sentence}`);
  const list = bound.length > 0 ? bound : ["- No schema is registered."];
  return [
    `Kafka topic ${code(topic.name)} on the ${clusterWords(cluster)}.`,
    ...docs,
    [...facts, ...list].join("\n"),
  ].join("\n\n");
}

function tags({ cluster, schemas }: DocumentInput): Json {
  const formats = new Set(schemas.map(({ schema }) => schema.schemaType.toLowerCase()));
  return ["kafka", cluster.vendor, ...[...formats].toSorted(compare)].map((name) => ({ name }));
}

function channel({ topic }: DocumentInput, messages: readonly Message[]): JsonObject {
  return objectOf([
    ["address", address(topic.name)],
    ["title", topic.name],
    ["description", topicSentences(topic).join(" ") || undefined],
    ["messages", objectOf(messages.map(({ id }) => [id, { $ref: `#/components/messages/${id}` }]))],
    ["bindings", { kafka: channelBinding(topic) }],
  ]);
}

/** Braces in an address are parameters. Kafka allows none in a name; should a server send some, the binding has the name. */
function address(topic: string): string | null {
  return /[{}]/.test(topic) ? null : topic;
}

/** What an application does that uses the topic; `receive` and `send` are told from its side. */
function operation(
  action: "receive" | "send",
  channelId: string,
  topic: string,
  messages: readonly Message[],
): JsonObject {
  const consumes = action === "receive";
  return {
    action,
    channel: { $ref: `#/channels/${channelId}` },
    title: `${consumes ? "Consume" : "Produce"} ${topic}`,
    summary: consumes ? `Read messages from topic ${code(topic)}.` : `Write messages to topic ${code(topic)}.`,
    bindings: {
      kafka: consumes
        ? { groupId: GROUP_ID, clientId: CLIENT_ID, bindingVersion: BINDING_VERSION }
        : { clientId: CLIENT_ID, bindingVersion: BINDING_VERSION },
    },
    messages: messages.map(({ id }) => ({ $ref: `#/channels/${channelId}/messages/${id}` })),
  };
}

const GROUP_ID: JsonObject = {
  type: "string",
  minLength: 1,
  description: "Consumer group. Any name behind the prefix that was granted together with access.",
};
const CLIENT_ID: JsonObject = {
  type: "string",
  description: "Free to choose; the brokers show it in their logs and metrics.",
};

function messageObject(message: Message): JsonObject {
  const { schemaFormat, payload } = message;
  return objectOf([
    ["name", message.name],
    ["title", message.title],
    ["summary", message.summary],
    ["description", message.doc],
    ["contentType", message.contentType],
    ["payload", schemaFormat === undefined ? payload : { schemaFormat, schema: payload }],
    ["bindings", message.binding === undefined ? undefined : { kafka: message.binding }],
  ]);
}

/** Percent-encoded for a URI (RFC 3986), stricter than encodeURIComponent, which leaves `!'()*`. */
function uriPart(text: string): string {
  const strict = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text.toWellFormed()).replaceAll(/[!'()*]/g, strict);
}
