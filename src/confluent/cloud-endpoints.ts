import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { isConfluents } from "../http/hosts.ts";
import type { Upstream } from "../http/outlet.ts";
import type { ClusterType } from "./model.ts";
import { listMetadata } from "./paging.ts";

/** `code` of the failure when a cluster or registry has private endpoints only. */
export const PRIVATE_ONLY = "private_endpoints_only";

const address = v.nullish(v.string(), "");
const endpoints = v.looseObject({
  kafka_bootstrap_endpoint: address,
  http_endpoint: address,
  connection_type: address,
});

/** `GET /cmk/v2/clusters/{id}` (ccloud-sdk-go-v2 cmk/v2): what is not set is absent. */
export const kafkaCluster = v.looseObject({
  id: v.string(),
  spec: v.looseObject({
    http_endpoint: address,
    kafka_bootstrap_endpoint: address,
    endpoints: v.nullish(v.record(v.string(), endpoints), {}),
    config: v.optional(v.looseObject({ kind: v.optional(v.string()) })),
    region: v.optional(v.string()),
  }),
  status: v.optional(v.looseObject({ phase: v.optional(v.string()) })),
});

const registryCluster = v.looseObject({
  id: v.string(),
  spec: v.optional(v.looseObject({ http_endpoint: address }), {}),
  status: v.optional(v.looseObject({ phase: v.optional(v.string()) })),
});

/** `GET /srcm/v3/clusters` (ccloud-sdk-go-v2 srcm/v3). */
export const registryList = v.looseObject({ metadata: listMetadata, data: v.array(registryCluster) });

export type KafkaCluster = v.InferOutput<typeof kafkaCluster>;
export type RegistryCluster = v.InferOutput<typeof registryCluster>;

export interface KafkaEndpoints {
  /** Without a path; undefined when only private ones are known. */
  readonly http: string | undefined;
  readonly bootstrapServers: readonly string[];
}

/**
 * The public endpoints of a cluster: those of the access point `PUBLIC` (or of another one of that type), else the older
 * fields, unless these repeat a private one. Bootstrap servers fall back to private ones: consumers may be inside.
 */
export function publicEndpoints({ spec }: KafkaCluster): KafkaEndpoints {
  const known = Object.entries(spec.endpoints);
  const open = known.find(([id, point]) => id === "PUBLIC" || point.connection_type === "PUBLIC")?.[1];
  const isPrivate = known.some(([, point]) => sameHost(point.http_endpoint, spec.http_endpoint));
  const older = open === undefined && isPrivate ? "" : spec.http_endpoint;
  const http = open?.http_endpoint || older || undefined;
  const bootstrap =
    open?.kafka_bootstrap_endpoint || spec.kafka_bootstrap_endpoint || known[0]?.[1].kafka_bootstrap_endpoint || "";
  return { http: http === undefined ? undefined : withoutSlash(http), bootstrapServers: bootstrapServers(bootstrap) };
}

function sameHost(one: string, other: string): boolean {
  const host = URL.parse(one)?.host;
  return host !== undefined && host === URL.parse(other)?.host;
}

/** `SASL_SSL://a:9092,b:9092/` as `["a:9092", "b:9092"]`: real answers bear a scheme that the spec's examples do not. */
export function bootstrapServers(text: string): string[] {
  return text
    .split(",")
    .map((server) =>
      server
        .trim()
        .replace(/^[A-Za-z_]+:\/\//, "")
        .replace(/\/$/, ""),
    )
    .filter((server) => server !== "");
}

const TYPES: readonly ClusterType[] = ["Basic", "Standard", "Enterprise", "Dedicated", "Freight"];

export function clusterType({ spec }: KafkaCluster): ClusterType {
  return TYPES.find((type) => type === spec.config?.kind) ?? "Unknown";
}

/** Which of an environment's registries is meant: the one named, else the only one that is not failed; undefined when there is none. */
export function chooseRegistry(
  found: readonly RegistryCluster[],
  wanted: string | undefined,
): RegistryCluster | undefined {
  if (wanted !== undefined) {
    const named = found.find(({ id }) => id === wanted);
    if (named === undefined)
      throw new UpstreamError("cloud", { kind: "missing" }, `The environment has no Schema Registry ${wanted}.`);
    return named;
  }
  const usable = found.filter(({ status }) => status?.phase !== "FAILED");
  if (usable.length <= 1) return usable[0];
  const ids = usable.map(({ id }) => id).join(", ");
  const message = `The environment has several Schema Registries (${ids}). Set KAFKA_SCHEMAREGISTRY_URL to the address of the one that is meant.`;
  throw new UpstreamError("cloud", { kind: "invalid" }, message);
}

export function privateOnly(upstream: Upstream, what: string, variable: string): UpstreamError {
  const message =
    `${what} has private endpoints only, which cannot be reached from here. Either give it a public endpoint, ` +
    `or set ${variable} to a tunnel's host name that leads to it (https, with a certificate of a public authority).`;
  return new UpstreamError(upstream, { kind: "unreachable" }, message, { code: PRIVATE_ONLY });
}

/** An address that the control plane returned, when it lies under Confluent's domain; credentials go nowhere else. */
export function trusted(returned: string, cloudUrl: string): string {
  const url = URL.parse(returned);
  if (url !== null && isConfluents(url, cloudUrl)) return withoutSlash(returned);
  const host = url?.host ?? "an address that is none";
  const message = `Confluent Cloud's control plane returned ${host}, which is not under Confluent's domain; nothing is sent there.`;
  throw new UpstreamError("cloud", { kind: "refused-host", host }, message);
}

export function withoutSlash(text: string): string {
  return text.replace(/\/+$/, "");
}
