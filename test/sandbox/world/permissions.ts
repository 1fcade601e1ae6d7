/** One permission that the worker's own credentials need, and how the simulated systems name it. */
export interface Permission {
  /** Unique; names the credential that lacks exactly it. */
  readonly name: string;
  readonly plane: "kafka" | "registry" | "cloud" | "metrics" | "amplify";
  /** What a person has to grant, in the upstream's words. */
  readonly grant: string;
  /** Operations of `Caller.may`, or rights of an Amplify client, that the credential does not have. */
  readonly lacks: readonly string[];
  /** How the upstream shows the lack, as far as it is visible. */
  readonly shows: string;
}

/** The Kafka principal's, on both sides (Apache Kafka docs, security, operations and resources on protocols). */
export const kafkaPermissions: readonly Permission[] = [
  {
    name: "topic-describe",
    plane: "kafka",
    grant: "DESCRIBE on TOPIC *",
    // Without READ too, which would imply it; the denial of the demo stands for its absence.
    lacks: ["TOPIC:DESCRIBE"],
    shows: "GET …/topics answers 200 with an empty list",
  },
  {
    name: "topic-describe-configs",
    plane: "kafka",
    grant: "DESCRIBE_CONFIGS on TOPIC *",
    lacks: ["TOPIC:DESCRIBE_CONFIGS"],
    shows: "GET …/topics/-/configs answers 403/40301",
  },
  {
    name: "cluster-describe",
    plane: "kafka",
    grant: "DESCRIBE on CLUSTER kafka-cluster",
    lacks: ["CLUSTER:DESCRIBE"],
    shows: "GET …/acls answers 403/40301",
  },
  {
    name: "group-describe",
    plane: "kafka",
    grant: "DESCRIBE on GROUP *",
    lacks: ["GROUP:DESCRIBE"],
    shows: "GET …/consumer-groups leaves groups out",
  },
  {
    name: "cluster-alter",
    plane: "kafka",
    grant: "ALTER on CLUSTER kafka-cluster",
    lacks: ["CLUSTER:ALTER"],
    shows: "POST …/acls answers 403/40301",
  },
];

export const registryPermissions: readonly Permission[] = [
  {
    name: "subject-read",
    plane: "registry",
    grant: "DeveloperRead (or DataDiscovery) on the subjects",
    lacks: ["SUBJECT:READ"],
    shows: "GET /schemas leaves subjects out or answers 403/40301",
  },
];

export const cloudPermissions: readonly Permission[] = [
  {
    name: "environment-read",
    plane: "cloud",
    grant: "a role that reads the environment, e.g. EnvironmentAdmin or MetricsViewer and CloudClusterAdmin",
    lacks: ["CLOUD:READ"],
    shows: "GET /cmk/v2/clusters/{id} and GET /srcm/v3/clusters answer 403",
  },
  {
    name: "service-account-read",
    plane: "cloud",
    grant: "OrganizationAdmin or AccountAdmin",
    lacks: ["SERVICE_ACCOUNT:READ"],
    shows: "GET /iam/v2/service-accounts answers 403",
  },
  {
    name: "api-key-read",
    plane: "cloud",
    grant: "OrganizationAdmin, or CloudClusterAdmin on the cluster",
    lacks: ["API_KEY:READ"],
    shows: "GET /iam/v2/api-keys answers an empty list",
  },
  {
    name: "quota-read",
    plane: "cloud",
    grant: "OrganizationAdmin",
    lacks: ["QUOTA:READ"],
    shows: "GET /service-quota/v1/applied-quotas answers 403",
  },
  {
    name: "metrics-viewer",
    plane: "metrics",
    grant: "MetricsViewer on the cluster",
    lacks: ["METRICS:READ"],
    shows: "POST /v2/metrics/cloud/query answers 403",
  },
];

function amplify(name: string, grant: string, ...lacks: readonly string[]): Permission {
  return { name, plane: "amplify", grant, lacks, shows: "403" };
}

/** What the agents read and write (agent-sdk pkg/agent, pkg/apic; docs Amplify platform service accounts). */
export const amplifyPermissions: readonly Permission[] = [
  amplify("amplify-environment-read", "read Environments", "environments:read"),
  amplify("amplify-services-read", "read APIServices", "apiservices:read"),
  amplify("amplify-services-write", "write APIServices", "apiservices:write"),
  amplify("amplify-revisions-read", "read APIServiceRevisions", "apiservicerevisions:read"),
  amplify("amplify-revisions-write", "write APIServiceRevisions", "apiservicerevisions:write"),
  amplify("amplify-instances-read", "read APIServiceInstances", "apiserviceinstances:read"),
  amplify("amplify-instances-write", "write APIServiceInstances", "apiserviceinstances:write"),
  amplify("amplify-discovery-agents-read", "read DiscoveryAgents", "discoveryagents:read"),
  amplify("amplify-discovery-agents-write", "write DiscoveryAgents", "discoveryagents:write"),
  amplify("amplify-traceability-agents-read", "read TraceabilityAgents", "traceabilityagents:read"),
  amplify("amplify-traceability-agents-write", "write TraceabilityAgents", "traceabilityagents:write"),
  amplify(
    "amplify-access-request-definitions-write",
    "write AccessRequestDefinitions",
    "accessrequestdefinitions:write",
  ),
  amplify("amplify-access-request-definitions-read", "read AccessRequestDefinitions", "accessrequestdefinitions:read"),
  amplify(
    "amplify-credential-request-definitions-write",
    "write CredentialRequestDefinitions",
    "credentialrequestdefinitions:write",
  ),
  amplify(
    "amplify-credential-request-definitions-read",
    "read CredentialRequestDefinitions",
    "credentialrequestdefinitions:read",
  ),
  amplify("amplify-watch-topics-read", "read WatchTopics", "watchtopics:read"),
  amplify("amplify-watch-topics-write", "write WatchTopics", "watchtopics:write"),
  amplify("amplify-secrets-read", "read Secrets", "secrets:read"),
  amplify("amplify-teams-read", "read teams", "teams:read"),
];

/** Of the Cloud key, for provisioning (Confluent docs, predefined RBAC roles; cloud-rbac: service accounts are OrganizationAdmin's). */
export const cloudProvisioningPermissions: readonly Permission[] = [
  {
    name: "service-account-write",
    plane: "cloud",
    grant: "OrganizationAdmin",
    lacks: ["SERVICE_ACCOUNT:WRITE"],
    shows: "POST /iam/v2/service-accounts answers 403",
  },
  {
    name: "api-key-write",
    plane: "cloud",
    grant: "OrganizationAdmin, or CloudClusterAdmin on the cluster and ResourceOwner on the account",
    lacks: ["API_KEY:WRITE"],
    shows: "POST /iam/v2/api-keys answers 403",
  },
  {
    name: "role-binding-read",
    plane: "cloud",
    grant: "OrganizationAdmin, EnvironmentAdmin, or ResourceOwner on the subjects",
    lacks: ["ROLE_BINDING:READ"],
    shows: "GET /iam/v2/role-bindings answers an empty list",
  },
  {
    name: "role-binding-write",
    plane: "cloud",
    grant: "OrganizationAdmin, EnvironmentAdmin, or ResourceOwner on the subjects",
    lacks: ["ROLE_BINDING:WRITE"],
    shows: "POST /iam/v2/role-bindings answers 403",
  },
];

/** Of the Amplify client, for provisioning and for the webhook that it installs. */
export const amplifyProvisioningPermissions: readonly Permission[] = [
  amplify("amplify-managed-applications-read", "read ManagedApplications", "managedapplications:read"),
  amplify("amplify-managed-applications-write", "write ManagedApplications", "managedapplications:write"),
  amplify("amplify-access-requests-read", "read AccessRequests", "accessrequests:read"),
  amplify("amplify-access-requests-write", "write AccessRequests", "accessrequests:write"),
  amplify("amplify-credentials-read", "read Credentials", "credentials:read"),
  amplify("amplify-credentials-write", "write Credentials", "credentials:write"),
  amplify("amplify-integrations-write", "write Integrations", "integrations:write"),
  amplify("amplify-webhooks-write", "write Webhooks", "webhooks:write"),
  amplify("amplify-resource-hooks-write", "write ResourceHooks", "resourcehooks:write"),
  amplify("amplify-secrets-write", "write Secrets", "secrets:write"),
];

/** Of the Amplify client, for reporting what was consumed. */
export const amplifyReportingPermissions: readonly Permission[] = [
  amplify("amplify-ingestion-write", "send metric events", "ingestion:write"),
];

/** Keys and users that are wrong as a whole, without lacking a right. */
export type WrongCredential = "kafka-key-of-another-cluster" | "registry-key-of-another-registry" | "cloud-key-revoked";
