import type { BoundSchema, DocumentInput, SubjectStrategy } from "../../../src/asyncapi/model.ts";
import type { RegisteredSchema, SchemaReference } from "../../../src/confluent/model.ts";

/** A registered schema; an object is written as JSON, as a registry would hand it out. */
export function registered(
  subject: string,
  schemaType: string,
  schema: string | object,
  more: { version?: number; id?: number; references?: SchemaReference[] } = {},
): RegisteredSchema {
  const text = typeof schema === "string" ? schema : JSON.stringify(schema);
  return { subject, version: 1, id: 100_001, schemaType, schema: text, references: [], ...more };
}

export function reference(name: string, subject: string, version = 1): SchemaReference {
  return { name, subject, version };
}

export function bound(
  role: "key" | "value",
  schema: RegisteredSchema,
  references: readonly RegisteredSchema[] = [],
  strategy: SubjectStrategy = "TopicNameStrategy",
): BoundSchema {
  return {
    role,
    strategy,
    schema,
    references: new Map(references.map((one) => [`${one.subject}/${one.version}`, one])),
  };
}

export const CLOUD: DocumentInput["cluster"] = {
  clusterId: "lkc-7k2m9q",
  vendor: "confluent-cloud",
  bootstrapServers: ["pkc-4r29d.eu-central-1.aws.confluent.cloud:9092"],
  tls: true,
  mechanism: "PLAIN",
  registryUrl: "https://psrc-8q5zn.eu-central-1.aws.confluent.cloud",
};

export const PLATFORM: DocumentInput["cluster"] = {
  clusterId: "MkU3OEVBNTcwNTJENDM2Qg",
  vendor: "confluent-platform",
  bootstrapServers: ["kafka-2.bank.example:9094", "kafka-1.bank.example:9094"],
  tls: true,
  mechanism: "SCRAM-SHA-512",
  registryUrl: "https://registry.bank.example:8081",
};

export const WEEK = { "cleanup.policy": "delete", "retention.ms": "604800000" };

export function input(
  name: string,
  schemas: readonly BoundSchema[],
  more: {
    version?: DocumentInput["asyncapiVersion"];
    cluster?: DocumentInput["cluster"];
    topic?: Partial<DocumentInput["topic"]>;
  } = {},
): DocumentInput {
  return {
    asyncapiVersion: more.version ?? "3.0.0",
    topic: { name, partitions: 6, replicationFactor: 3, configs: WEEK, ...more.topic },
    cluster: more.cluster ?? CLOUD,
    schemas,
  };
}
