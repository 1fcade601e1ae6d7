import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import type { Outlet } from "../http/outlet.ts";
import type { Clock } from "../runtime/ports.ts";
import { bootstrapServers, withoutSlash } from "./cloud-endpoints.ts";
import { type ConfigFallback, readConfigs } from "./configs.ts";
import { createKafkaRest } from "./kafka-rest.ts";
import type { Cluster, ConfluentReader } from "./model.ts";
import { createRegistry, REGISTRY_HEADERS, type RegistryOptions } from "./registry.ts";
import { type Access, createRest, type Rest } from "./rest.ts";

export interface PlatformOptions extends ConfigFallback, RegistryOptions {
  readonly outlet: Outlet;
  readonly clock: Clock;
  readonly kafka: Access;
  /** KAFKA_CLUSTER_REST_URL: the server's address, with or without `/v3` or `/kafka/v3` behind it. */
  readonly restUrl: string;
  /** KAFKA_CLUSTER_ID, to be checked; whatever the server says when undefined. */
  readonly clusterId?: string | undefined;
  /** KAFKA_CLUSTER_SERVERS: what clients connect to; servers only know their inside addresses. */
  readonly bootstrapServers: readonly string[];
  /** Undefined for Kafka without a registry. */
  readonly registry: (Access & { readonly url: string }) | undefined;
}

const clusterList = v.looseObject({ data: v.array(v.looseObject({ cluster_id: v.pipe(v.string(), v.nonEmpty()) })) });

/** Confluent Platform: REST Proxy (`/v3`) or Confluent Server (`/kafka/v3`), and Schema Registry where there is one. */
export function createPlatformReader(options: PlatformOptions): ConfluentReader {
  const { outlet, clock } = options;
  const rest = createRest({
    outlet,
    clock,
    upstream: "kafka",
    isProxy: true,
    access: options.kafka,
    headers: { Accept: "application/json" },
  });
  const kafka = createKafkaRest(rest);
  const access = options.registry ?? options.kafka;
  const registry = createRegistry(
    createRest({ outlet, clock, upstream: "registry", access, headers: REGISTRY_HEADERS }),
    options,
  );

  return {
    async cluster(): Promise<Cluster> {
      const { restUrl, clusterIds } = await findRest(rest, candidates(options.restUrl));
      return {
        clusterId: checkedId(clusterIds, options.clusterId),
        type: "Platform",
        restUrl,
        bootstrapServers: options.bootstrapServers.flatMap(bootstrapServers),
        registryUrl: options.registry === undefined ? undefined : withoutSlash(options.registry.url),
        registryId: undefined,
      };
    },
    topics: (cluster) => kafka.topics(cluster),
    configs: (cluster, each) => readConfigs(kafka, cluster, each, options),
    topicConfigs: (cluster, topic) => kafka.topicConfigs(cluster, topic),
    latestSchemas: (cluster) => registry.latestSchemas(cluster),
    schema: (cluster, subject, version) => registry.schema(cluster, subject, version),
  };
}

/** Where the API may be, the likelier first: REST Proxy alone serves `/v3`, Confluent Server `/kafka/v3`. */
export function candidates(configured: string): string[] {
  const base = withoutSlash(configured);
  if (/\/v3$/.test(base)) return [base];
  if (/\/kafka$/.test(base)) return [`${base}/v3`];
  return [`${base}/v3`, `${base}/kafka/v3`];
}

interface Found {
  readonly restUrl: string;
  readonly clusterIds: readonly string[];
}

/** Failures that say "not here" rather than "not now". Another server on the same port may guard paths that it does not know. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  "missing",
  "unsupported",
  "malformed",
  "unauthorised",
  "forbidden",
  "invalid",
]);

async function findRest(rest: Rest, bases: readonly string[]): Promise<Found> {
  let told: UpstreamError | undefined;
  for (const restUrl of bases) {
    try {
      const ask = { url: `${restUrl}/clusters`, what: "find the cluster", permission: "access to the REST API" };
      const list = await rest.get(ask, clusterList);
      return { restUrl, clusterIds: list.data.map((item) => item.cluster_id) };
    } catch (thrown) {
      if (!(thrown instanceof UpstreamError) || !ELSEWHERE.has(thrown.failure.kind)) throw thrown;
      // A refused login says more than a path that does not exist.
      if (told === undefined || told.failure.kind === "missing") told = thrown;
    }
  }
  if (told !== undefined && told.failure.kind !== "missing") throw told;
  const tried = bases.map((base) => `${new URL(base).pathname}/clusters`).join(" nor ");
  const message = `Kafka REST: there is no API v3 at ${URL.parse(bases[0] ?? "")?.host}, neither ${tried}. Correct KAFKA_CLUSTER_REST_URL, or the server's list of allowed endpoints.`;
  throw new UpstreamError("kafka", { kind: "missing" }, message, {
    status: told?.status,
    code: told?.code,
    detail: told?.detail,
  });
}

function checkedId(found: readonly string[], wanted: string | undefined): string {
  const [only, ...others] = found;
  if (wanted !== undefined && found.includes(wanted)) return wanted;
  if (only === undefined) throw new UpstreamError("kafka", { kind: "malformed" }, "Kafka REST serves no cluster.");
  if (wanted === undefined && others.length === 0) return only;
  const message = `Kafka REST serves the cluster ${found.join(", ")}, and KAFKA_CLUSTER_ID names ${wanted ?? "none of them"}.`;
  throw new UpstreamError("kafka", { kind: "invalid" }, message);
}
