import { type Chapter, day, jsonSchema } from "./types.ts";

/** What the web and the letters to customers send, in JSON Schema: `$defs`, `oneOf`, references three deep, a tree. */

const draft7 = "http://json-schema.org/draft-07/schema#";

const contact = {
  $schema: draft7,
  $id: "https://schemas.meridian.example/contact.json",
  title: "Contact",
  type: "object",
  additionalProperties: false,
  properties: {
    email: { type: "string", format: "email" },
    phone: { type: "string", pattern: "^\\+[0-9]{6,15}$", description: "International, without blanks." },
  },
  anyOf: [{ required: ["email"] }, { required: ["phone"] }],
};

const party = {
  $schema: draft7,
  $id: "https://schemas.meridian.example/party.json",
  title: "Party",
  type: "object",
  additionalProperties: false,
  required: ["name", "contact"],
  properties: {
    name: { type: "string", minLength: 1, maxLength: 140 },
    contact: { $ref: "contact.json" },
    language: { type: "string", enum: ["de", "en", "fr"], default: "de" },
  },
};

const notification = {
  $schema: draft7,
  $id: "https://schemas.meridian.example/notification.json",
  title: "Notification",
  description: "Something we told a customer, and how.",
  type: "object",
  additionalProperties: false,
  required: ["id", "to", "content"],
  properties: {
    id: { type: "string", format: "uuid" },
    to: { $ref: "party.json" },
    sentAt: { type: ["string", "null"], format: "date-time", default: null },
    content: {
      oneOf: [{ $ref: "#/definitions/letter" }, { $ref: "#/definitions/push" }],
    },
  },
  definitions: {
    letter: {
      type: "object",
      title: "Letter",
      required: ["kind", "pages"],
      properties: { kind: { const: "letter" }, pages: { type: "integer", minimum: 1, maximum: 40 } },
    },
    push: {
      type: "object",
      title: "Push",
      required: ["kind", "text"],
      properties: { kind: { const: "push" }, text: { type: "string", maxLength: 178 } },
    },
  },
};

const shipment = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://schemas.meridian.example/shipment.json",
  title: "Shipment",
  description: "Parcels of one order, and where they go.",
  type: "object",
  additionalProperties: false,
  required: ["orderId", "parcels", "destination"],
  properties: {
    orderId: { type: "string" },
    parcels: { type: "array", minItems: 1, items: { $ref: "#/$defs/parcel" } },
    destination: { oneOf: [{ $ref: "#/$defs/doorstep" }, { $ref: "#/$defs/locker" }] },
  },
  $defs: {
    parcel: {
      type: "object",
      additionalProperties: false,
      required: ["weight"],
      properties: {
        weight: { type: "number", exclusiveMinimum: 0, description: "Kilograms." },
        fragile: { type: "boolean", default: false },
      },
    },
    doorstep: {
      type: "object",
      additionalProperties: false,
      required: ["street", "city"],
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
    locker: {
      type: "object",
      additionalProperties: false,
      required: ["lockerId"],
      properties: { lockerId: { type: "string", pattern: "^[A-Z]{2}-[0-9]{4}$" } },
    },
  },
};

const click = {
  $schema: draft7,
  title: "Click",
  description: "A click on one of our pages.",
  type: "object",
  required: ["page", "at"],
  properties: {
    page: { type: "string", format: "uri" },
    at: { type: "integer", description: "Milliseconds since 1970." },
    session: { type: "string", "confluent:tags": ["PII"] },
    viewport: {
      type: "array",
      items: [{ type: "integer" }, { type: "integer" }],
      additionalItems: false,
    },
  },
  patternProperties: { "^x-": { type: "string" } },
  additionalProperties: true,
};

const recommendation = {
  $schema: draft7,
  $id: "https://schemas.meridian.example/recommendation.json",
  title: "Recommendation",
  description: "A product and what goes with it, and what goes with that.",
  type: "object",
  additionalProperties: false,
  required: ["sku"],
  properties: {
    sku: { type: "string" },
    score: { type: "number", minimum: 0, maximum: 1, default: 0.5 },
    goesWith: { type: "array", items: { $ref: "#" } },
  },
};

export const web: Chapter = {
  topics: [
    { name: "notifications", expected: "published", partitions: 3 },
    { name: "shipments", expected: "published", partitions: 6 },
    { name: "web.clicks", expected: "published", partitions: 24, configs: { "retention.ms": String(day) } },
    { name: "recommendations", expected: "published" },
  ],
  subjects: [
    { subject: "contact.json", versions: [jsonSchema(contact)] },
    {
      subject: "party.json",
      versions: [jsonSchema(party, [{ name: "contact.json", subject: "contact.json", version: 1 }])],
    },
    {
      subject: "notifications-value",
      versions: [jsonSchema(notification, [{ name: "party.json", subject: "party.json", version: 1 }])],
    },
    { subject: "shipments-value", versions: [jsonSchema(shipment)] },
    { subject: "web.clicks-value", versions: [jsonSchema(click)] },
    { subject: "recommendations-value", versions: [jsonSchema(recommendation)] },
  ],
};
