import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { parseJson } from "../http/json.ts";
import { nameOf } from "../http/names.ts";
import { DESCRIBE_GROUPS } from "./consumer-groups.ts";
import { DESCRIBE_CONFIGS, DESCRIBE_TOPICS } from "./kafka-rest.ts";
import type { Cluster } from "./model.ts";
import { READ_SUBJECTS } from "./registry.ts";
import { type Ask, type Rest, segment } from "./rest.ts";

/** The outcome of one harmless call that tests one credential for one permission. */
export interface Finding {
  readonly check: CheckName;
  readonly ok: boolean;
  /**
   * False where the answer does not tell a missing permission from there being nothing: Kafka hides what one may not
   * describe, so that an empty list of topics or groups is all that one sees.
   */
  readonly certain: boolean;
  /** The permission tested, as an administrator grants it. */
  readonly permission: string;
  /** For people. */
  readonly message: string;
  /** What the server said, cleaned; for operators. */
  readonly detail?: string | undefined;
  readonly status?: number | undefined;
  readonly code?: string | undefined;
}

export type CheckName =
  | "cloud-cluster"
  | "cloud-registry"
  | "cloud-service-accounts"
  | "cloud-service-accounts-write"
  | "cloud-api-keys"
  | "cloud-quotas"
  | "cloud-role-bindings"
  | "kafka-topics"
  | "kafka-configs"
  | "kafka-cluster"
  | "kafka-groups"
  | "kafka-alter"
  | "registry-subjects"
  | "metrics-login"
  | "metrics-cluster";

export interface Check {
  readonly name: CheckName;
  readonly ask: Ask;
  /** What it means when nothing is listed; without it an empty list is as good as any. */
  readonly whenEmpty?: string;
  /** True where there is at least one for sure, so that an empty list is a refusal. */
  readonly isNeverEmpty?: boolean;
}

/** As `look`, with a failure of the upstream as a finding. Only `NotYet` and what is not about the upstream is thrown. */
export async function examine(rest: Rest, check: Check): Promise<Finding> {
  try {
    return await look(rest, check);
  } catch (thrown) {
    if (!(thrown instanceof UpstreamError)) throw thrown;
    const { message, detail, status, code } = thrown;
    const found = { check: check.name, permission: check.ask.permission };
    return { ...found, ok: false, certain: true, message, detail, status, code };
  }
}

/**
 * Makes the call of a check and says what came of it. Throws `UpstreamError` for what was refused or not answered, and
 * `NotYet`. The body is left as soon as its first KB tells whether anything is listed: the configs of all topics can be
 * many MB.
 */
export async function look(rest: Rest, check: Check): Promise<Finding> {
  const { name, ask, whenEmpty, isNeverEmpty: certain = false } = check;
  const found = { check: name, permission: ask.permission };
  const beginning = await beginningOf(await rest.stream(ask));
  if (!/^\s*[{[]/.test(beginning)) {
    const message = `${nameOf(rest.upstream)} answered with something that is not JSON.`;
    return { ...found, ok: false, certain: true, message };
  }
  const isEmpty = listsNothing(beginning);
  if (!isEmpty || whenEmpty === undefined) return { ...found, ok: true, certain: true, message: `It may ${ask.what}.` };
  const why = certain ? "The" : "Either there are none, or the";
  return { ...found, ok: false, certain, message: `${whenEmpty} ${why} credential lacks ${ask.permission}.` };
}

/** For `createRest({ upstream: "kafka" })` with the cluster's credential. */
export function kafkaChecks(rest: Rest, cluster: Cluster): readonly Check[] {
  const at = (path: string) => `${cluster.restUrl}/clusters/${segment(rest.upstream, cluster.clusterId)}/${path}`;
  return [
    {
      name: "kafka-topics",
      ask: { url: at("topics"), what: "list the topics", permission: DESCRIBE_TOPICS },
      whenEmpty: "No topic is visible.",
    },
    {
      // One topic without the permission fails the whole call, so that a good answer speaks for all.
      name: "kafka-configs",
      ask: { url: at("topics/-/configs"), what: "read the configs of all topics", permission: DESCRIBE_CONFIGS },
    },
    {
      // The list of brokers needs no permission; the search for ACLs needs this one.
      name: "kafka-cluster",
      ask: {
        url: at(`acls?principal=${NOBODY}`),
        what: "search for ACLs",
        permission: "DESCRIBE on CLUSTER kafka-cluster",
      },
    },
    {
      name: "kafka-groups",
      ask: { url: at("consumer-groups"), what: "list the consumer groups", permission: DESCRIBE_GROUPS },
      whenEmpty: "No consumer group is visible.",
    },
  ];
}

/**
 * Whether access can be given: deletes the one entry that is described in full, which nobody has. A broker asks for
 * the permission before it looks, and answers 200 with an empty list when there was nothing to delete.
 */
export function alterCheck(rest: Rest, cluster: Cluster): Check {
  const entry =
    "resource_type=TOPIC&resource_name=amplify-doctor.none&pattern_type=LITERAL&host=*&operation=READ&permission=ALLOW";
  return {
    name: "kafka-alter",
    ask: {
      url: `${cluster.restUrl}/clusters/${segment(rest.upstream, cluster.clusterId)}/acls?${entry}&principal=${NOBODY}`,
      method: "DELETE",
      what: "change ACLs",
      permission: "ALTER on CLUSTER kafka-cluster",
    },
  };
}

/** One grant for both look-ups. */
const READ_ENVIRONMENT =
  "a role that may read the environment, such as EnvironmentAdmin, or MetricsViewer and DataDiscovery";

const NOBODY = encodeURIComponent("User:amplify-doctor");

/** For `createRest({ upstream: "registry" })`. */
export function registryCheck(registryUrl: string): Check {
  return {
    name: "registry-subjects",
    ask: { url: `${registryUrl}/subjects?limit=1`, what: "list the subjects", permission: READ_SUBJECTS },
    whenEmpty: "No subject is visible.",
  };
}

/** For `createRest({ upstream: "cloud" })` with the Cloud API key. */
export function cloudChecks(cloudUrl: string, environmentId: string, clusterId: string): readonly Check[] {
  const environment = encodeURIComponent(environmentId);
  return [
    {
      name: "cloud-cluster",
      ask: {
        url: `${cloudUrl}/cmk/v2/clusters/${segment("cloud", clusterId)}?environment=${environment}`,
        what: `look up the cluster ${clusterId}`,
        permission: READ_ENVIRONMENT,
      },
    },
    {
      name: "cloud-registry",
      ask: {
        url: `${cloudUrl}/srcm/v3/clusters?environment=${environment}`,
        what: "look up the Schema Registry",
        permission: READ_ENVIRONMENT,
      },
    },
  ];
}

/** As `cloudChecks`, for what giving access needs. */
export function provisioningChecks(cloudUrl: string, environmentId: string, clusterId: string): readonly Check[] {
  const quotas = `scope=KAFKA_CLUSTER&environment=${encodeURIComponent(environmentId)}&kafka_cluster=${encodeURIComponent(clusterId)}`;
  return [
    {
      name: "cloud-service-accounts",
      ask: {
        url: `${cloudUrl}/iam/v2/service-accounts?page_size=1`,
        what: "list the service accounts",
        permission: "the role OrganizationAdmin or AccountAdmin",
      },
    },
    {
      // Without filters the list holds at least the key that asks.
      name: "cloud-api-keys",
      ask: {
        url: `${cloudUrl}/iam/v2/api-keys?page_size=1`,
        what: "list the API keys",
        permission: "the role OrganizationAdmin, or CloudClusterAdmin on the cluster",
      },
      whenEmpty: "No API key is visible.",
      isNeverEmpty: true,
    },
    {
      name: "cloud-quotas",
      ask: {
        url: `${cloudUrl}/service-quota/v1/applied-quotas?${quotas}`,
        what: "read the quotas",
        permission: "the role OrganizationAdmin",
      },
    },
  ];
}

/** For `createRest({ upstream: "metrics" })` with the Cloud API key; a cluster's key is refused with 401. */
export function metricsChecks(metricsUrl: string, clusterId: string): readonly Check[] {
  const query = {
    aggregations: [{ metric: "io.confluent.kafka.server/received_records" }],
    filter: { field: "resource.kafka.id", op: "EQ", value: clusterId },
    granularity: "PT1M",
    intervals: ["now-6m|m/now-5m|m"],
    limit: 1,
  };
  return [
    {
      name: "metrics-login",
      ask: {
        url: `${metricsUrl}/v2/metrics/cloud/descriptors/metrics?resource_type=kafka&page_size=1`,
        what: "list the metrics",
        permission: "a Cloud API key (a cluster's key does not do)",
      },
    },
    {
      name: "metrics-cluster",
      ask: {
        url: `${metricsUrl}/v2/metrics/cloud/query`,
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(query),
        what: `read the metrics of ${clusterId}`,
        permission: `the role MetricsViewer on ${clusterId}`,
      },
    },
  ];
}

const ENOUGH = 4096;

async function beginningOf(body: ReadableStream<Uint8Array>): Promise<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (text.length < ENOUGH) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
  reader.cancel().catch(() => undefined);
  return text;
}

const emptyList = v.union([v.strictTuple([]), v.looseObject({ data: v.strictTuple([]) })]);

/** True for a whole answer that is an empty list. What goes on behind the beginning is not JSON, and not empty. */
function listsNothing(beginning: string): boolean {
  try {
    return v.is(emptyList, parseJson(beginning));
  } catch {
    return false;
  }
}
