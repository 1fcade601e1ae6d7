import { Document } from "./document.ts";

const file = {
  cmk: new Document("ccloud-cmk-v2.yaml"),
  srcm: new Document("ccloud-srcm-v3.yaml"),
  org: new Document("ccloud-org-v2.yaml"),
  apiKeys: new Document("ccloud-apikeys-v2.yaml"),
  iam: new Document("ccloud-iam-v2.yaml"),
  roleBindings: new Document("ccloud-mds-v2.yaml"),
  quota: new Document("ccloud-service-quota-v1.yaml"),
  metrics: new Document("ccloud-metrics-v2.yaml"),
  cloudKafka: new Document("ccloud-kafkarest-v3.yaml"),
  cloudRegistry: new Document("ccloud-schema-registry-v1.yaml"),
  platformKafka: new Document("kafka-rest-v3.yaml", "/v3"),
  platformRegistry: new Document("cp-schema-registry-v1.yaml"),
} as const;

/** Confluent's services in the sandbox, by the names in its log. */
export const confluentServices = [
  "cloud",
  "metrics",
  "cloud-kafka",
  "cloud-registry",
  "platform-kafka",
  "platform-registry",
] as const;
export type ConfluentService = (typeof confluentServices)[number];

/** The file that describes a path of a service; undefined when none does. */
export function documentFor(service: ConfluentService, path: string): Document | undefined {
  switch (service) {
    case "cloud":
      return controlPlane.find(([prefix]) => path.startsWith(prefix))?.[1];
    case "metrics":
      return file.metrics;
    case "cloud-kafka":
      return file.cloudKafka;
    case "cloud-registry":
      return file.cloudRegistry;
    case "platform-kafka":
      return file.platformKafka;
    case "platform-registry":
      return file.platformRegistry;
  }
}

const controlPlane: readonly (readonly [string, Document])[] = [
  ["/cmk/v2/", file.cmk],
  ["/srcm/v3/", file.srcm],
  ["/org/v2/", file.org],
  ["/iam/v2/api-keys", file.apiKeys],
  ["/iam/v2/role-bindings", file.roleBindings],
  ["/iam/v2/", file.iam],
  ["/service-quota/v1/", file.quota],
];
