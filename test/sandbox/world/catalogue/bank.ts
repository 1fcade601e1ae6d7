import { avro, type Chapter, day } from "./types.ts";

/** The bank's events, in Avro: the naming strategies, logical types, unions at the top, a context. */

const bank = "com.meridian.bank";

const currency = (doc: string) => ({
  type: "enum",
  name: "Currency",
  namespace: bank,
  doc,
  symbols: ["EUR", "CHF", "GBP", "USD"],
});

const payment = {
  type: "record",
  name: "Payment",
  namespace: bank,
  doc: "Money on its way from one account to another.",
  fields: [
    { name: "paymentId", type: { type: "string", logicalType: "uuid" } },
    { name: "debtor", type: "string", doc: "IBAN of who pays." },
    { name: "creditor", type: "string", doc: "IBAN of who is paid." },
    { name: "amount", type: { type: "bytes", logicalType: "decimal", precision: 18, scale: 2 } },
    { name: "currency", type: `${bank}.Currency` },
    { name: "executionDate", type: { type: "int", logicalType: "date" } },
    { name: "executionTime", type: ["null", { type: "int", logicalType: "time-millis" }], default: null },
    { name: "billing", type: ["null", "com.meridian.common.Address"], default: null },
    { name: "priority", type: "boolean", default: false },
  ],
};

const ledgerEntry = {
  type: "record",
  name: "LedgerEntry",
  namespace: bank,
  doc: "One line of the general ledger. Never deleted.",
  fields: [
    { name: "sequence", type: "long" },
    { name: "account", type: "string" },
    {
      name: "amount",
      type: { type: "fixed", name: "Amount", size: 16, logicalType: "decimal", precision: 38, scale: 4 },
    },
    { name: "bookedAt", type: { type: "long", logicalType: "timestamp-micros" } },
    { name: "checksum", type: { type: "fixed", name: "Checksum", size: 32 }, doc: "SHA-256 of the line before." },
    {
      name: "text",
      type: ["null", "string", { type: "map", values: ["null", "string"] }],
      default: null,
      doc: "Plain, or by language.",
    },
  ],
};

/** `<topic>-<full record name>`: one topic, several types. */
const customerEvent = (name: string, doc: string, ...fields: object[]) => ({
  type: "record",
  name,
  namespace: "com.meridian.crm",
  doc,
  fields: [{ name: "customerId", type: "string" }, ...fields],
});
const registered = customerEvent(
  "CustomerRegistered",
  "Somebody opened an account.",
  { name: "email", type: "string" },
  { name: "newsletter", type: "boolean", default: false },
);
const moved = customerEvent("CustomerMoved", "Somebody has a new address.", {
  name: "address",
  type: "com.meridian.common.Address",
});
const left = customerEvent("CustomerLeft", "Somebody closed the account.", {
  name: "reason",
  type: ["null", "string"],
  default: null,
});

const auditRecord = {
  type: "record",
  name: "AuditRecord",
  namespace: "com.meridian.audit",
  doc: "Who did what, on which system. The same type on every topic that carries it.",
  fields: [
    { name: "actor", type: "string" },
    { name: "action", type: "string" },
    { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "before", type: ["null", "bytes"], default: null },
    { name: "after", type: ["null", "bytes"], default: null },
  ],
};

const refund = (name: string, field: object) => ({
  type: "record",
  name,
  namespace: "com.meridian.bank.refunds",
  fields: [{ name: "paymentId", type: "string" }, field],
});
const refunds = "com.meridian.bank.refunds";

const loyalty = {
  type: "record",
  name: "PointsChanged",
  namespace: "com.meridian.loyalty",
  aliases: ["BonusChanged"],
  fields: [
    { name: "card", type: "string", order: "ignore" },
    { name: "points", type: "int" },
    { name: "factor", type: "float", default: 1.5 },
    { name: "reasons", type: { type: "array", items: ["string", "int"] }, default: [] },
    { name: "window", type: { type: "fixed", name: "Window", size: 12, logicalType: "duration" } },
    { name: "partner", type: ["com.meridian.loyalty.Partner", "null"], default: { code: "SHOP", since: 2020 } },
  ],
};
const partner = {
  type: "record",
  name: "Partner",
  namespace: "com.meridian.loyalty",
  fields: [
    { name: "code", type: "string" },
    { name: "since", type: "int", default: 2020 },
  ],
};

const settlement = {
  type: "record",
  name: "Settlement",
  namespace: bank,
  doc: "What two banks owe each other at the end of a day.",
  fields: [
    { name: "counterparty", type: "string", doc: "BIC." },
    { name: "currency", type: `${bank}.Currency` },
    { name: "net", type: { type: "bytes", logicalType: "decimal", precision: 24, scale: 2 } },
  ],
};

const strategy = (name: string) => `io.confluent.kafka.serializers.subject.${name}`;
const currencyReference = (version: number) => ({ name: `${bank}.Currency`, subject: "currency", version });

export const bankEvents: Chapter = {
  topics: [
    { name: "payments", expected: "published", partitions: 12, configs: { "min.insync.replicas": "2" } },
    { name: "ledger", expected: "published", configs: { "retention.ms": "-1", "retention.bytes": "-1" } },
    {
      name: "customer-events",
      expected: "published",
      configs: { "confluent.value.subject.name.strategy": strategy("TopicRecordNameStrategy") },
    },
    {
      name: "audit",
      expected: "published",
      configs: {
        "confluent.value.subject.name.strategy": strategy("RecordNameStrategy"),
        "retention.ms": String(365 * day),
      },
    },
    // Several types behind one subject: a union of references, TopicNameStrategy.
    { name: "refund.decisions", expected: "published" },
    { name: "loyalty.points", expected: "published" },
    { name: "temperatures", expected: "published", configs: { "retention.ms": String(day) } },
    // A key without a value's schema.
    { name: "sessions", expected: "published", configs: { "cleanup.policy": "compact" } },
    { name: "settlements", expected: "published" },
    {
      name: "accounts",
      expected: "published",
      configs: { "cleanup.policy": "compact", "max.message.bytes": "2097164" },
    },
  ],
  subjects: [
    {
      subject: "currency",
      versions: [avro(currency("As it was before the third revision.")), avro(currency("What we settle in."))],
      deleted: [1],
    },
    {
      subject: "payments-value",
      versions: [
        avro(payment, [currencyReference(1), { name: "com.meridian.common.Address", subject: "address", version: 1 }]),
      ],
    },
    { subject: "ledger-value", versions: [avro(ledgerEntry)] },
    { subject: "customer-events-com.meridian.crm.CustomerRegistered", versions: [avro(registered)] },
    {
      subject: "customer-events-com.meridian.crm.CustomerMoved",
      versions: [avro(moved, [{ name: "com.meridian.common.Address", subject: "address", version: 1 }])],
    },
    { subject: "customer-events-com.meridian.crm.CustomerLeft", versions: [avro(left)] },
    { subject: "customer-events-key", versions: [avro("string")] },
    { subject: "com.meridian.audit.AuditRecord", versions: [avro(auditRecord)] },
    {
      subject: `${refunds}.Approved`,
      versions: [avro(refund("Approved", { name: "approvedBy", type: "string" }))],
    },
    {
      subject: `${refunds}.Rejected`,
      versions: [avro(refund("Rejected", { name: "reason", type: "string", default: "" }))],
    },
    {
      subject: "refund.decisions-value",
      versions: [
        avro(
          [`${refunds}.Approved`, `${refunds}.Rejected`],
          [
            { name: `${refunds}.Approved`, subject: `${refunds}.Approved`, version: 1 },
            { name: `${refunds}.Rejected`, subject: `${refunds}.Rejected`, version: 1 },
          ],
        ),
      ],
    },
    { subject: "loyalty-partner", versions: [avro(partner)] },
    {
      subject: "loyalty.points-value",
      versions: [avro(loyalty, [{ name: "com.meridian.loyalty.Partner", subject: "loyalty-partner", version: 1 }])],
    },
    { subject: "temperatures-value", versions: [avro({ type: "double" })] },
    { subject: "sessions-key", versions: [avro({ type: "string", logicalType: "uuid" })] },
    { subject: ":.prod:currency", versions: [avro(currency("Of production."))] },
    { subject: ":.prod:settlements-value", versions: [avro(settlement, [currencyReference(1)])] },
    { subject: "accounts-key", versions: [avro({ type: "long" })] },
    {
      subject: "accounts-value",
      versions: [
        {
          ...avro({
            type: "record",
            name: "Account",
            namespace: bank,
            fields: [
              { name: "number", type: "long" },
              { name: "holder", type: "string", doc: "Full name." },
            ],
          }),
          metadata: { properties: { owner: "accounts-team" }, tags: { "**.holder": ["PII"] } },
        },
      ],
    },
  ],
};
