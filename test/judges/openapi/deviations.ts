import type { Finding } from "./check.ts";

/** Where a real server is known to leave its own file. Each is one case with its source; nothing else may differ. */
export interface Deviation {
  readonly id: string;
  /** Who says so: source code, a test's fixture, or what a running server answered. */
  readonly source: string;
  readonly applies: (finding: Finding) => boolean;
}

const rest = (finding: Finding) => finding.service === "cloud-kafka" || finding.service === "platform-kafka";
const registry = (finding: Finding) => finding.service === "cloud-registry" || finding.service === "platform-registry";

function undocumentedStatus(finding: Finding, status: number, operation: RegExp): boolean {
  return finding.kind === "status" && finding.status === status && operation.test(finding.operation);
}

export const deviations: readonly Deviation[] = [
  {
    id: "kafka: a batch of ACLs is answered without a body",
    source: "kafka-rest CreateAclBatchAction",
    applies: (finding) => rest(finding) && undocumentedStatus(finding, 204, /^POST .*\/acls:batch$/),
  },
  {
    id: "cmk: spec.network without related and resource_name",
    source: "terraform-provider-confluent internal/testdata/kafka/read_kafkas_page_1.json",
    applies: (finding) =>
      finding.service === "cloud" && finding.place.endsWith("/spec/network") && finding.message.startsWith("required"),
  },
  {
    id: "srcm: an empty http_endpoint on a registry with private endpoints only",
    source: "terraform-provider-confluent CHANGELOG.md, fix of a nil or empty rest_endpoint",
    applies: (finding) =>
      finding.service === "cloud" &&
      finding.place.endsWith("/spec/http_endpoint") &&
      finding.message.startsWith("format"),
  },
  {
    id: "api-keys: a request names owner and resource by id and kind alone",
    source: "terraform-provider-confluent internal/provider/resource_api_key.go",
    applies: (finding) =>
      finding.service === "cloud" &&
      finding.side === "request" &&
      finding.operation === "POST /iam/v2/api-keys" &&
      /^required: .*'(related|resource_name)'$/.test(finding.message),
  },
  {
    id: "role bindings: one that is gone is forbidden in the shape of a data plane",
    source: "terraform-provider-confluent internal/testdata/role_binding/read_deleted_role_binding.json",
    applies: (finding) =>
      finding.service === "cloud" &&
      finding.status === 403 &&
      finding.operation.endsWith("/iam/v2/role-bindings/{id}") &&
      (finding.message.endsWith("'errors'") || ["/error_code", "/message"].includes(finding.place)),
  },
  {
    id: "metrics: a result without data fits both forms of the file's oneOf",
    source: "ccloud-sdk-go-v2 metrics/v2: FlatQueryResponse and GroupedQueryResponse differ in the items of data alone",
    applies: (finding) =>
      finding.service === "metrics" && finding.status === 200 && finding.message.startsWith("oneOf"),
  },
  {
    id: "kafka: the list of topics takes includeAuthorizedOperations",
    source: "kafka-rest TopicsResource.listTopics",
    applies: (finding) => rest(finding) && finding.kind === "query" && finding.place === "includeAuthorizedOperations",
  },
  {
    id: "kafka: 404 for an unknown cluster",
    source: "kafka-rest TopicManagerImpl, answered by REST Proxy 8.5",
    applies: (finding) =>
      rest(finding) && undocumentedStatus(finding, 404, /^GET .*\/clusters\/\{cluster_id\}\/topics$/),
  },
  {
    id: "kafka: 404 for an unknown consumer group",
    source: "kafka-rest ConsumerGroupsResource, answered by REST Proxy 8.5",
    applies: (finding) =>
      rest(finding) &&
      undocumentedStatus(finding, 404, /^GET .*\/consumer-groups\/\{consumer_group_id\}(\/lags|\/lag-summary)?$/),
  },
  {
    id: "kafka: 404 for an unknown broker",
    source: "kafka-rest BrokersResource, answered by REST Proxy 8.5",
    applies: (finding) => rest(finding) && undocumentedStatus(finding, 404, /^GET .*\/brokers\/\{broker_id\}$/),
  },
  {
    id: "kafka: 404, not 400, for an unknown enum in a query",
    source: "kafka-rest EnumConverterProvider and AclsResourceIntegrationTest",
    applies: (finding) => rest(finding) && undocumentedStatus(finding, 404, /^GET .*\/acls$/),
  },
  {
    id: "kafka: 422, not 400, for an unknown member of a body",
    source: "rest-utils JacksonMessageBodyProvider and ConstraintViolationExceptionMapper",
    applies: (finding) => rest(finding) && undocumentedStatus(finding, 422, /^POST .*\/topics$/),
  },
  {
    id: "kafka: 401 of the HTTP layer is a page",
    source:
      "terraform-provider-confluent internal/testdata/apikey/read_list_topics_401.html, answered by REST Proxy 8.5",
    applies: (finding) =>
      rest(finding) &&
      finding.status === 401 &&
      finding.kind === "content-type" &&
      finding.place.startsWith("text/html"),
  },
  {
    id: "kafka: 401 of REST Proxy's HTTP layer is Jetty's JSON",
    source: "answered by REST Proxy 8.5 to Accept: application/json",
    applies: (finding) =>
      finding.service === "platform-kafka" &&
      finding.status === 401 &&
      (finding.message.endsWith("'error_code'") || ["/status", "/url"].includes(finding.place)),
  },
  {
    id: "registry: the text of a schema comes bare, not as a JSON string",
    source: "schema-registry SubjectVersionsResource.getSchemaOnly, answered by Schema Registry 8.5",
    applies: (finding) =>
      registry(finding) &&
      finding.operation === "GET /subjects/{subject}/versions/{version}/schema" &&
      finding.message.startsWith("type"),
  },
  {
    id: "registry: 401 and 403 are not in Platform's file",
    source:
      "answered by Schema Registry 8.5 with BASIC; 403/40301 as the authorizer of Confluent's security plugin words it",
    applies: (finding) =>
      finding.service === "platform-registry" && finding.kind === "status" && [401, 403].includes(finding.status),
  },
  {
    id: "registry: the answer of /v1/metadata is not in Platform's file",
    source: "schema-registry ServerMetadataResource, answered by Schema Registry 8.5",
    applies: (finding) => undocumentedStatus(finding, 200, /^GET \/v1\/metadata\/(id|version)$/),
  },
  {
    id: "registry: 403 has the registry's own media type",
    source:
      "rest-utils: an error takes the media type that was negotiated; answered by Schema Registry 8.5 for its 404",
    applies: (finding) =>
      finding.service === "cloud-registry" &&
      finding.status === 403 &&
      finding.kind === "content-type" &&
      finding.place.startsWith("application/vnd.schemaregistry"),
  },
];

/** The deviation that explains a finding; undefined when none does. */
export function explained(finding: Finding): Deviation | undefined {
  return deviations.find(({ applies }) => applies(finding));
}

/** One line for a person. */
export function line({ service, side, operation, status, kind, place, message }: Finding): string {
  return `${service}: ${operation} (${status}), ${side}: ${kind} ${place} ${message}`;
}
