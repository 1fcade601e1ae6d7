import { avro, type Chapter, type DemoTopic, day, jsonSchema, protobuf } from "./types.ts";

/** Topics without a schema, names at the limit, schemas that cannot be read, and everything that is not to be published. */

/** 249 characters, the most that Kafka takes (Apache Kafka `Topic.java`). */
export const longestName = `archive.${"statements-of-accounts-and-deposits.".repeat(7)}`.slice(0, 249);

/** Some 3,000 lines: a report with one message for each form, as a regulator's schema is generated from its handbook. */
function regulatoryReport(): string {
  const forms = Array.from({ length: 300 }, (_, index) => {
    const form = index + 1;
    return [
      `// Form ${form} of the handbook.`,
      `message Form${form} {`,
      "  string reporting_entity = 1;",
      "  string period = 2;",
      "  int64 total_assets_cents = 3;",
      "  int64 total_liabilities_cents = 4;",
      "  double ratio = 5;",
      "  repeated string remarks = 6;",
      "  map<string, int64> positions = 7;",
      "  bool audited = 8;",
      "}",
      "",
    ].join("\n");
  });
  const report = [
    "// Everything that is reported in one quarter.",
    "message RegulatoryReport {",
    ...forms.map((_, index) => `  Form${index + 1} form_${index + 1} = ${index + 1};`),
    "}",
    "",
  ].join("\n");
  return ['syntax = "proto3";', "package meridian.regulation;", "", report, ...forms].join("\n");
}

const department = {
  $schema: "http://json-schema.org/draft-07/schema#",
  $id: "https://schemas.meridian.example/department.json",
  type: "object",
  properties: { title: { type: "string" }, head: { $ref: "employee.json" } },
};
const employee = {
  $schema: "http://json-schema.org/draft-07/schema#",
  $id: "https://schemas.meridian.example/employee.json",
  type: "object",
  properties: { name: { type: "string" }, department: { $ref: "department.json" } },
};

const locks = "com.meridian.ops";
const lock = {
  type: "record",
  name: "Lock",
  namespace: locks,
  fields: [{ name: "holder", type: ["null", `${locks}.LockHolder`], default: null }],
};
const lockHolder = {
  type: "record",
  name: "LockHolder",
  namespace: locks,
  fields: [{ name: "waitsFor", type: ["null", `${locks}.Lock`], default: null }],
};
const deadlock = {
  type: "record",
  name: "Deadlock",
  namespace: locks,
  fields: [{ name: "lock", type: `${locks}.Lock` }],
};
const lockReference = { name: `${locks}.Lock`, subject: "lock", version: 1 };
const holderReference = { name: `${locks}.LockHolder`, subject: "lock-holder", version: 1 };

const imported = (name: string) => ({ name, subject: name, version: 1 });
const slip = `syntax = "proto3";
package meridian.handover;

import "carrier.proto";

message Slip {
  string number = 1;
  Carrier carrier = 2;
}
`;
const carrier = `syntax = "proto3";
package meridian.handover;

import "slip.proto";

message Carrier {
  string name = 1;
  Slip last_slip = 2;
}
`;
const handover = `syntax = "proto3";
package meridian.handover;

import "slip.proto";

message Handover {
  Slip slip = 1;
}
`;

const fraudAlert = {
  type: "record",
  name: "FraudAlert",
  namespace: "com.meridian.risk",
  fields: [{ name: "rule", type: "com.meridian.risk.Rule" }],
};

function internal(only: "cloud" | "platform" | undefined, ...names: readonly string[]): DemoTopic[] {
  return names.map((name) => ({ name, expected: "internal", ...(only === undefined ? {} : { only }) }));
}

export const edges: Chapter = {
  topics: [
    { name: "heartbeats", expected: "published", configs: { "retention.ms": "3600000" } },
    { name: "raw.cdc.accounts", expected: "published", partitions: 3 },
    { name: "exports-csv", expected: "published" },
    { name: longestName, expected: "published", configs: { "retention.ms": String(3650 * day) } },
    { name: "regulatory-reports", expected: "published" },
    { name: "org-chart", expected: "published" },
    { name: "deadlocks", expected: "published" },
    { name: "logs.application", expected: "published", configs: { "compression.type": "zstd" } },
    { name: "legacy.mainframe", expected: "unreadable" },
    { name: "handover-slips", expected: "unreadable" },
    { name: "fraud.alerts", expected: "unreadable" },
    { name: "scratch.alice", expected: "filtered" },
    { name: "loadtest.payments", expected: "filtered" },
    { name: "__consumer_offsets", expected: "hidden", partitions: 50, configs: { "cleanup.policy": "compact" } },
    { name: "__transaction_state", expected: "hidden", partitions: 50, configs: { "cleanup.policy": "compact" } },
    ...internal(
      undefined,
      "payments-app-KSTREAM-AGGREGATE-STATE-STORE-0000000003-changelog",
      "payments-app-KSTREAM-AGGREGATE-STATE-STORE-0000000003-repartition",
    ),
    ...internal("cloud", "pksqlc-4r087ORDERS_ENRICHED", "dlq-lcc-8vk3qd", "success-lcc-8vk3qd", "error-lcc-8vk3qd"),
    ...internal(
      "platform",
      "_confluent-license",
      "_confluent-metrics",
      "_confluent-controlcenter-7-9-0-alerts",
      "__confluent.support.metrics",
      "confluent-audit-log-events",
      "connect-configs",
      "connect-offsets",
      "connect-status",
      "docker-connect-offsets",
      "_schema_encoders",
      "_dek_registry_keys",
    ),
  ],
  subjects: [
    { subject: "regulatory-reports-value", versions: [protobuf(regulatoryReport())] },
    // The text ends in the middle.
    {
      subject: "legacy.mainframe-value",
      unchecked: true,
      versions: [
        { schemaType: "AVRO", schema: '{"type":"record","name":"Buchung","fields":[{"name":"betrag","type":' },
      ],
    },
    // Two that need each other: in JSON Schema that is a tree without end, and can be written down.
    {
      subject: "department.json",
      unchecked: true,
      versions: [jsonSchema(department, [{ name: "employee.json", subject: "employee.json", version: 1 }])],
    },
    {
      subject: "employee.json",
      unchecked: true,
      versions: [jsonSchema(employee, [{ name: "department.json", subject: "department.json", version: 1 }])],
    },
    {
      subject: "org-chart-value",
      unchecked: true,
      versions: [
        jsonSchema({ $ref: "department.json" }, [{ name: "department.json", subject: "department.json", version: 1 }]),
      ],
    },
    // The same in Avro: neither can be read before the other, but each can be written where it is first used.
    { subject: "lock", unchecked: true, versions: [avro(lock, [holderReference])] },
    { subject: "lock-holder", unchecked: true, versions: [avro(lockHolder, [lockReference])] },
    { subject: "deadlocks-value", unchecked: true, versions: [avro(deadlock, [lockReference])] },
    // And in Protobuf, where files that import each other are an error whatever is done (protoc: "recursively imports itself").
    { subject: "slip.proto", unchecked: true, versions: [protobuf(slip, [imported("carrier.proto")])] },
    { subject: "carrier.proto", unchecked: true, versions: [protobuf(carrier, [imported("slip.proto")])] },
    { subject: "handover-slips-value", unchecked: true, versions: [protobuf(handover, [imported("slip.proto")])] },
    // What it refers to was deleted for good.
    {
      subject: "fraud.alerts-value",
      unchecked: true,
      versions: [avro(fraudAlert, [{ name: "com.meridian.risk.Rule", subject: "risk-rule", version: 1 }])],
    },
  ],
};
