import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { bigintJson } from "../http/json.ts";
import { kafkaUrl } from "./kafka-rest.ts";
import { listItems } from "./listing.ts";
import type { Cluster, ClusterType } from "./model.ts";
import { type Ask, type Rest, segment, understand } from "./rest.ts";

/** Where a group stands in one partition. Partitions that it never committed have no such row. */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** The committed offset; may lie beyond the log end. */
  readonly currentOffset: bigint;
  /** The last stable offset: an open transaction holds it back (kafka-rest AbstractConsumerLagManager, READ_COMMITTED). */
  readonly logEndOffset: bigint;
  /** `logEndOffset - currentOffset`, never below 0 (kafka-rest ConsumerLag). */
  readonly lag: bigint;
  /** Who owns the partition now; undefined when nobody does. */
  readonly consumerId: string | undefined;
  readonly clientId: string | undefined;
  readonly instanceId: string | undefined;
}

/**
 * What came of asking for a group's lags.
 * - `none`: the group is there and has no commits (`uncommitted`), or none of a partition that still exists (`not-comparable`).
 * - `no-group`: there is none of this name that the credential may describe.
 * - `refused-route`: this cluster does not offer lags. Documented is only that Dedicated clusters do (ccloud-sdk-go-v2
 *   kafkarest/v3); what the others answer is not.
 * - `failed-partition`: the server asks for all log ends at once and one of them failed, so that the whole group did
 *   (kafka-rest AbstractConsumerLagManager). Other groups may be had.
 */
export type LagsOutcome =
  | { readonly kind: "lags"; readonly lags: readonly PartitionLag[] }
  | { readonly kind: "none"; readonly reason: "uncommitted" | "not-comparable" }
  | { readonly kind: "no-group" }
  | { readonly kind: "refused-route"; readonly error: UpstreamError }
  | { readonly kind: "failed-partition"; readonly error: UpstreamError };

/** Whether the lags of groups can be had here. `refused`: not on this cluster. */
export type LagRoute = { readonly kind: "offered" } | { readonly kind: "refused"; readonly error: UpstreamError };

export interface Lags {
  /** One request. Throws `UpstreamError` for what concerns more than this group (login, cluster, no answer, too many requests), and `NotYet`. */
  of(cluster: Cluster, group: string): Promise<LagsOutcome>;
  /**
   * Asks for the lags of a group that does not exist, of which the route speaks in its own words. Throws as `of`, where
   * the answer says nothing about the route.
   */
  probe(cluster: Cluster): Promise<LagRoute>;
}

/** What the documents say of a type of cluster: whether its lags are to be read, or estimated from metrics, or whether to ask it. */
export function documentedLagRoute(type: ClusterType): "offered" | "refused" | "unknown" {
  if (type === "Unknown") return "unknown";
  return type === "Platform" || type === "Dedicated" ? "offered" : "refused";
}

/** The end of a log and positions in it are 64-bit numbers. */
const int64 = v.pipe(
  v.union([v.pipe(v.number(), v.safeInteger()), v.bigint()]),
  v.transform((value) => BigInt(value)),
);
const owner = v.fallback(v.nullish(v.string()), undefined);

const lagItem = v.looseObject({
  topic_name: v.pipe(v.string(), v.nonEmpty()),
  partition_id: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  consumer_id: owner,
  client_id: owner,
  instance_id: owner,
  current_offset: int64,
  log_end_offset: int64,
  lag: int64,
});

const NO_GROUP = "amplify-doctor-no-such-group";

/** `rest`: towards Kafka REST v3, with the cluster's credential. */
export function createLags(rest: Rest): Lags {
  async function read(cluster: Cluster, group: string): Promise<LagsOutcome> {
    const ask: Ask = {
      url: kafkaUrl(rest, cluster, `consumer-groups/${segment(rest.upstream, group)}/lags`),
      what: `read the lags of the consumer group ${group}`,
      permission: `DESCRIBE on GROUP ${group}`,
    };
    const lags = new Map<string, PartitionLag>();
    try {
      await listItems(rest, ask, (text) => {
        const lag = lagOf(understand(rest.upstream, text, lagItem, ask.what, bigintJson));
        lags.set(`${lag.partition} ${lag.topic}`, lag);
      });
    } catch (thrown) {
      return outcomeOf(thrown, cluster);
    }
    return { kind: "lags", lags: [...lags.values()] };
  }

  return {
    of: read,
    async probe(cluster) {
      const outcome = await read(cluster, NO_GROUP);
      if (outcome.kind === "refused-route") return { kind: "refused", error: outcome.error };
      if (outcome.kind === "failed-partition") throw outcome.error;
      return { kind: "offered" };
    },
  };
}

function lagOf(item: v.InferOutput<typeof lagItem>): PartitionLag {
  return {
    topic: item.topic_name,
    partition: item.partition_id,
    currentOffset: item.current_offset,
    logEndOffset: item.log_end_offset,
    lag: item.lag,
    consumerId: present(item.consumer_id),
    clientId: present(item.client_id),
    instanceId: present(item.instance_id),
  };
}

/** Nobody is the empty text. */
function present(value: string | null | undefined): string | undefined {
  return value === null || value === "" ? undefined : value;
}

function outcomeOf(thrown: unknown, cluster: Cluster): LagsOutcome {
  if (!(thrown instanceof UpstreamError)) throw thrown;
  switch (thrown.failure.kind) {
    case "missing":
      return missing(thrown);
    case "unsupported":
      return { kind: "refused-route", error: thrown };
    case "forbidden":
      // A group that may not be described is answered with 404; on Platform, where the route is, 403 is of the login's role.
      if (cluster.type === "Platform") throw thrown;
      return { kind: "refused-route", error: thrown };
    case "server":
      // With a code of Kafka REST's own it speaks of Kafka; without one of something in between, which concerns all groups.
      if (thrown.code?.startsWith("500") !== true) throw thrown;
      return { kind: "failed-partition", error: thrown };
    default:
      throw thrown;
  }
}

/** The words of kafka-rest ConsumerLagManagerImpl and ConsumerLagsResource; all bear the code 404. */
function missing(error: UpstreamError): LagsOutcome {
  const { code, detail = "" } = error;
  // Of a topic or partition whose log end was asked for.
  if (code === "40403") return { kind: "failed-partition", error };
  if (detail === "Consumer group offsets could not be found.") return { kind: "none", reason: "uncommitted" };
  if (detail === "Consumer lags not found.") return { kind: "none", reason: "not-comparable" };
  // A long or odd name comes back cleaned and cut, so that it cannot be compared.
  if (detail.startsWith("Consumer Group ")) return { kind: "no-group" };
  if (/^Cluster .* could not be found\.$/.test(detail)) throw error;
  return { kind: "refused-route", error };
}
