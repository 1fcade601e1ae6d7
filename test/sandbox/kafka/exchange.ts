import type { Caller } from "../core/types.ts";
import type { KafkaCluster } from "./cluster.ts";
import { type Json, parseBody } from "./jackson.ts";
import { bytes } from "./jetty.ts";
import { clusterForbidden, notFound, topicForbidden } from "./kafka-error.ts";
import { stringifyLongs } from "./longs.ts";

/** `rest-proxy`: stand-alone, paths `/v3`; the others `/kafka/v3`. */
export type Flavour = "rest-proxy" | "confluent-server" | "cloud";

/** One routed request on its way through a resource. */
export interface Exchange {
  readonly cluster: KafkaCluster;
  readonly caller: Caller;
  /** Percent-decoded path parameters. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** As it was sent; empty when there was none. */
  readonly body: string;
  /** What `self` and `related` start with, `/v3` included. */
  readonly base: string;
  /** What calls of lags are refused with, where they are not offered. */
  readonly lagsRefused?: number;
}

export type Handler = (exchange: Exchange) => Response;

/** A path parameter; routes name those that they have, so an absent one is a defect of the route. */
export function parameter({ path }: Exchange, name: string): string {
  const value = path[name];
  if (value === undefined) throw new Error(`the route has no parameter ${name}`);
  return value;
}

/** A number in the path; text there is an unknown path (JAX-RS). */
export function integerParameter(exchange: Exchange, name: string): number {
  const text = parameter(exchange, name);
  if (!/^[+-]?\d{1,10}$/.test(text)) throw notFound();
  return Number(text);
}

/** Throws 404 when the path names another cluster; the wording depends on the manager that looks it up. */
export function requireCluster(exchange: Exchange, wording: "cannot" | "could not" | "plain" = "cannot"): void {
  const id = parameter(exchange, "clusterId");
  if (id === exchange.cluster.clusterId) return;
  throw notFound(wording === "plain" ? undefined : `Cluster ${id} ${wording} be found.`);
}

/** Brokers hide topics from those who may not describe them: the same 403 whether they exist or not. */
export function requireTopic({ caller }: Exchange, operation: string, name: string): void {
  if (!caller.may(`TOPIC:${operation}`, name)) throw topicForbidden();
}

export const CLUSTER_RESOURCE = "kafka-cluster";

export function requireOnCluster({ caller }: Exchange, operation: string): void {
  if (!caller.may(`CLUSTER:${operation}`, CLUSTER_RESOURCE)) throw clusterForbidden();
}

/** Segments are joined as they are: kafka-rest does not percent-encode them (UrlBuilder). */
export function url({ base, cluster }: Exchange, ...segments: readonly (string | number)[]): string {
  return [base, "clusters", cluster.clusterId, ...segments].join("/");
}

export const related = (exchange: Exchange, ...segments: readonly (string | number)[]): { related: string } => ({
  related: url(exchange, ...segments),
});

/** `crn:///kafka=<id>/<type>=<name>…` (kafka-rest CrnFactoryImpl without an authority). */
export function crn({ cluster }: Exchange, ...pairs: readonly (readonly [string, string | number])[]): string {
  return ["crn:///", [["kafka", cluster.clusterId] as const, ...pairs].map((pair) => pair.join("=")).join("/")].join(
    "",
  );
}

/** The request body as JSON, undefined when there is none. */
export const bodyOf = ({ body }: Exchange): Json | undefined => parseBody(body);

const JSON_TYPE = { "content-type": "application/json" };

/** An answer whose JSON is at hand as text. */
export const jsonText = (text: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(bytes(text), { status, headers: { ...headers, ...JSON_TYPE } });

/** A bigint in `value` is a number of 64 bits. */
export const json = (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  jsonText(stringifyLongs(value), status, headers);

export const noContent = (): Response => new Response(null, { status: 204 });

/** The envelope of every list; nothing is paged, `next` is always null. */
export const list = (kind: string, self: string, data: readonly unknown[]): Response =>
  json({ kind, metadata: { self, next: null }, data });
