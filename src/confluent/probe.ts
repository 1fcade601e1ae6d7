import { UpstreamError } from "../http/errors.ts";
import type { Outlet, Upstream } from "../http/outlet.ts";
import type { Clock } from "../runtime/ports.ts";
import { kafkaUrl } from "./kafka-rest.ts";
import type { Cluster } from "./model.ts";
import { REGISTRY_HEADERS } from "./registry.ts";
import { type Ask, beginningOf, createRest, type Rest, segment } from "./rest.ts";
import { joinSubject, splitSubject } from "./subjects.ts";

/**
 * What one call with a new key says of it. `not-yet`: the key, or what it may do, is not known there yet (401, 403); a key
 * that was good once can be so again for a while, so that one `ready` proves little (terraform-provider-confluent
 * utils_wait.go wants two in a row). `refused`: the call itself is wrong, and asking again does not help. `unreachable`:
 * nobody said anything about the key (no connection, time over, 5xx, too many requests).
 */
export type Readiness =
  | { readonly kind: "ready" }
  | { readonly kind: "not-yet" | "refused" | "unreachable"; readonly error: UpstreamError };

export interface ProbeOptions {
  readonly outlet: Outlet;
  readonly clock: Clock;
  /** KAFKA_CLUSTER_REST_HEADERS or KAFKA_SCHEMAREGISTRY_HEADERS: a tunnel wants them with every login. */
  readonly headers: Readonly<Record<string, string>>;
  /** In ms. */
  readonly timeoutMs: number;
}

/** The login to try, an API key and its secret. Used for the one call and not kept. */
export interface KeyLogin {
  readonly id: string;
  readonly secret: string;
}

/** Lists the topics of the cluster, which a key without any ACL may: it sees none. Throws only `NotYet`. */
export async function probeKafka(options: ProbeOptions, cluster: Cluster, key: KeyLogin): Promise<Readiness> {
  const rest = restOf(options, "kafka", key, { Accept: "application/json" });
  return probe(rest, () => ({
    url: kafkaUrl(rest, cluster, "topics"),
    what: "list the topics",
    permission: "a moment longer",
  }));
}

/**
 * Reads the latest version of a subject that the key has been given. A cluster without a registry refuses, and so does one
 * where the subject is gone. Throws only `NotYet`.
 */
export async function probeSubject(
  options: ProbeOptions,
  cluster: Cluster,
  key: KeyLogin,
  subject: string,
): Promise<Readiness> {
  const rest = restOf(options, "registry", key, REGISTRY_HEADERS);
  return probe(rest, () => {
    const name = segment(rest.upstream, joinSubject(splitSubject(subject)));
    const url = `${registryOf(cluster)}/subjects/${name}/versions/latest`;
    return { url, what: `read the subject ${subject}`, permission: "a moment longer" };
  });
}

/**
 * Whether the registry knows the key, of one that was given no subject yet: a list shows it nothing, and a right is denied
 * (403/40301) only to a key that is known. Throws only `NotYet`.
 */
export async function probeRegistry(options: ProbeOptions, cluster: Cluster, key: KeyLogin): Promise<Readiness> {
  const rest = restOf(options, "registry", key, REGISTRY_HEADERS);
  const ask = () => ({
    url: `${registryOf(cluster)}/subjects?limit=1`,
    what: "list the subjects",
    permission: "a moment longer",
  });
  const readiness = await probe(rest, ask, "list");
  const isDenied = readiness.kind === "not-yet" && readiness.error.code === DENIED;
  return isDenied ? { kind: "ready" } : readiness;
}

/** The registry's own word on a right, as against that of something in between. */
const DENIED = "40301";

function registryOf({ registryUrl }: Cluster): string {
  if (registryUrl === undefined)
    throw new UpstreamError("registry", { kind: "missing" }, "The cluster has no Schema Registry.");
  return registryUrl;
}

function restOf(options: ProbeOptions, upstream: Upstream, key: KeyLogin, headers: Record<string, string>): Rest {
  const { outlet, clock, timeoutMs } = options;
  const credentials = { kind: "basic", username: key.id, password: key.secret } as const;
  const access = { credentials, headers: options.headers, timeoutMs, variable: "the new API key", isTrial: true };
  return createRest({ outlet, clock, upstream, access, headers });
}

async function probe(rest: Rest, ask: () => Ask, form: "object" | "list" = "object"): Promise<Readiness> {
  try {
    const beginning = await beginningOf(await rest.stream({ ...ask(), isSecret: true }));
    // A page of something in between is not the server's word.
    if (beginning.trimStart().startsWith(form === "object" ? "{" : "[")) return { kind: "ready" };
    const message = "The answer to a call with the new API key was not understood.";
    return { kind: "refused", error: new UpstreamError(rest.upstream, { kind: "malformed" }, message) };
  } catch (thrown) {
    if (!(thrown instanceof UpstreamError)) throw thrown;
    return { kind: verdict(thrown), error: thrown };
  }
}

function verdict({ failure }: UpstreamError): "not-yet" | "refused" | "unreachable" {
  switch (failure.kind) {
    case "unauthorised":
    case "forbidden":
      return "not-yet";
    case "unreachable":
    case "timeout":
    case "server":
    case "throttled":
      return "unreachable";
    default:
      return "refused";
  }
}
