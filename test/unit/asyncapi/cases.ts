import type { BoundSchema, DocumentInput } from "../../../src/asyncapi/model.ts";
import { bound, CLOUD, input, PLATFORM, reference, registered } from "./inputs.ts";

/** Avro as a registry stores it: a type of the enclosing namespace is called by its bare name. */
const country = registered("country", "AVRO", {
  type: "enum",
  name: "Country",
  namespace: "com.bank.common",
  symbols: ["DE", "FR"],
});
const address = registered(
  "address",
  "AVRO",
  {
    type: "record",
    name: "Address",
    namespace: "com.bank.common",
    doc: "Where somebody lives.",
    fields: [
      { name: "street", type: "string" },
      { name: "country", type: "Country" },
    ],
  },
  { version: 2, references: [reference("com.bank.common.Country", "country")] },
);
const customer = registered(
  "customers-value",
  "AVRO",
  {
    type: "record",
    name: "Customer",
    namespace: "com.bank.crm",
    doc: "A customer of the bank.",
    fields: [
      { name: "id", type: "long", doc: "Never reused." },
      { name: "home", type: "com.bank.common.Address" },
      { name: "work", type: ["null", "com.bank.common.Address"], default: null },
    ],
  },
  {
    version: 3,
    references: [reference("com.bank.common.Address", "address", 2), reference("com.bank.common.Country", "country")],
  },
);
const avroReferences = [bound("value", customer, [address, country])];

/** A default that no double holds, an alias, logical types and annotations; written with as much noise as a person makes. */
const payment = registered(
  "payments-value",
  "AVRO",
  `{ "namespace": "com.bank.payments", "name": "Payment", "type": "record",
     "fields": [
       {"type": {"logicalType": "uuid", "type": "string"}, "name": "id"},
       {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "scale": 2, "precision": 18}},
       {"name": "limit", "type": {"type": "long"}, "default": 9223372036854775807, "aliases": ["ceiling"]},
       {"name": "state", "default": "OPEN",
        "type": {"symbols": ["OPEN", "DONE"], "type": "enum", "name": "State", "aliases": ["com.bank.payments.Status"]}},
       {"name": "tags", "type": {"type": "map", "values": {"type": "array", "items": "string"}}, "default": {}},
       {"name": "note", "type": {"type": "string", "arg.properties": {"regex": "[a-z]*", "length": 3}}}
     ] }`,
  { version: 12 },
);
const paymentKey = registered(
  "payments-key",
  "AVRO",
  {
    type: "record",
    name: "PaymentKey",
    namespace: "com.bank.payments",
    doc: "Keeps the payments of an account in order.",
    fields: [
      { name: "iban", type: "string", doc: "Without blanks." },
      { name: "branch", type: ["null", "int"], default: null },
    ],
  },
  { version: 2 },
);

const account = registered("accounts-value", "AVRO", {
  type: "record",
  name: "Account",
  namespace: "com.bank.ledger",
  fields: [
    { name: "number", type: "string" },
    { name: "parent", type: ["null", "Account"], default: null },
    { name: "children", type: { type: "array", items: "com.bank.ledger.Account" } },
  ],
});

const place = registered("place", "JSON", {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://schemas.bank.example/place.json",
  type: "object",
  properties: { city: { $ref: "#/$defs/city" }, within: { $ref: "place.json" } },
  $defs: { city: { type: "string", minLength: 1 } },
});
const transfer = registered(
  "transfers-value",
  "JSON",
  {
    title: "Transfer",
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://schemas.bank.example/transfer.json",
    type: "object",
    description: "Money on its way.",
    required: ["from", "to"],
    properties: {
      to: { $ref: "#/$defs/party" },
      from: { $ref: "#/$defs/party" },
      via: { $ref: "place.json" },
      cause: { $ref: "#", description: "The transfer that this one answers." },
      default: { type: "boolean", default: false },
      "50/50": { $ref: "#party" },
    },
    $defs: { party: { $anchor: "party", type: "object", properties: { name: { type: "string" } } } },
  },
  { version: 4, references: [reference("place.json", "place")] },
);

const common = registered(
  "card-common",
  "PROTOBUF",
  `syntax = "proto3";
package bank.cards;

message Holder { string name = 1; }
`,
);
const money = registered(
  "money",
  "PROTOBUF",
  `syntax = "proto3";

package bank.money;

// An amount in the smallest unit.
message Money {
  int64 units = 1;
  string currency = 2; // ISO 4217
}
`,
  { version: 5 },
);
const card = registered(
  "cards-value",
  "PROTOBUF",
  `syntax = "proto3";
package bank.cards;
import "bank/cards/common.proto";
import "bank/money.proto";
import "google/protobuf/timestamp.proto";
option java_multiple_files=true;

/** A card,
 *  issued or not. */
message Card {
    string number=1;
    Holder holder = 2;
    bank.money.Money limit = 3 [deprecated=true];
    oneof state { google.protobuf.Timestamp issued = 4;  Refusal refused = 5; }
    map < string,int32 > counts = 6;
    reserved 7 to 9, "pin";
    message Refusal { string reason = 1; }
}
enum Kind { KIND_NONE = 0; DEBIT = 1; }
`,
  {
    version: 2,
    references: [reference("bank/cards/common.proto", "card-common"), reference("bank/money.proto", "money", 5)],
  },
);

const opened = registered("com.bank.events.AccountOpened", "AVRO", {
  type: "record",
  name: "AccountOpened",
  namespace: "com.bank.events",
  doc: "An account came to be.",
  fields: [{ name: "iban", type: "string" }],
});
const closed = registered(
  "account-events-com.bank.events.AccountClosed",
  "AVRO",
  {
    type: "record",
    name: "AccountClosed",
    namespace: "com.bank.events",
    doc: "An account is no more.",
    fields: [{ name: "iban", type: "string" }],
  },
  { version: 2 },
);
const several: BoundSchema[] = [
  bound("value", opened, [], "RecordNameStrategy"),
  bound("value", closed, [], "TopicRecordNameStrategy"),
];

const rate = registered("rates-value", "JSON", {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Rate",
  type: "object",
  properties: { rate: { type: "number", exclusiveMinimum: 0 }, pair: { type: "string", pattern: "^[A-Z]{6}$" } },
});
const rateKey = registered("rates-key", "AVRO", '"string"');

const prodAddress = registered(":.prod:address", "AVRO", {
  type: "record",
  name: "Address",
  fields: [{ name: "city", type: "string" }],
});
const prodBranch = registered(
  ":.prod:branches-value",
  "AVRO",
  { type: "record", name: "Branch", fields: [{ name: "address", type: "Address" }] },
  { version: 7, references: [reference("Address", ":.prod:address")] },
);

const oauth = { tokenUrl: "https://login.bank.example/oauth2/token", scopes: ["kafka", "registry"] };

/** One input for each document in `expected/`, which was written by hand from it. */
export const CASES: Readonly<Record<string, DocumentInput>> = {
  "avro-references": input("customers", avroReferences),
  "avro-references-2.6": input("customers", avroReferences, { version: "2.6.0" }),
  "avro-key-and-value": input("payments", [bound("value", payment), bound("key", paymentKey)]),
  "avro-recursive": input("accounts", [bound("value", account)], { cluster: PLATFORM }),
  "json-schema-defs": input("transfers", [bound("value", transfer, [place])]),
  "protobuf-imports": input("cards", [bound("value", card, [common, money])]),
  "several-types": input("account-events", several),
  "several-types-2.6": input("account-events", several, { version: "2.6.0" }),
  "no-schema": input("audit.log", [], { topic: { configs: { "retention.ms": "-1" } } }),
  compacted: input("rates", [bound("value", rate), bound("key", rateKey)], {
    topic: {
      partitions: 1,
      replicationFactor: 1,
      configs: { "min.insync.replicas": "1", "delete.retention.ms": "129600000", "cleanup.policy": "compact" },
    },
  }),
  "plain-kafka": input("sensor_readings", [], {
    cluster: {
      clusterId: "4L6g3nShT-eMCtK--X86sw",
      vendor: "apache-kafka",
      bootstrapServers: ["broker-2:9092", "broker-1:9092", "broker-2:9092"],
      tls: false,
      mechanism: undefined,
      registryUrl: undefined,
    },
    topic: {
      configs: {
        "cleanup.policy": "delete,compact",
        "retention.ms": "9223372036854775807",
        "retention.bytes": "1073741824",
      },
    },
  }),
  oauthbearer: input("audit.log", [], {
    cluster: { ...CLOUD, mechanism: "OAUTHBEARER", oauth },
    topic: { configs: {} },
  }),
  contexts: input("branches", [bound("value", prodBranch, [prodAddress])], {
    cluster: { ...PLATFORM, mechanism: "mTLS", bootstrapServers: ["kafka.bank.example:9093"] },
  }),
};
