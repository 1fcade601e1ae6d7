import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { kafkaUrl } from "./kafka-rest.ts";
import { listItems } from "./listing.ts";
import type { Cluster } from "./model.ts";
import { type Ask, type Rest, segment, understand } from "./rest.ts";

export interface ConsumerGroup {
  readonly id: string;
  /** As the server says it, e.g. `STABLE`, `EMPTY`, `PREPARING_REBALANCE`, `DEAD`; servers know more than the documents. */
  readonly state: string;
  /** CLASSIC, CONSUMER, SHARE, STREAMS or UNKNOWN; undefined for servers that do not say (before Confluent Platform 8). */
  readonly type: string | undefined;
  /** Assigns its partitions itself and only commits. */
  readonly isSimple: boolean;
  /** Undefined for a group at rest, which has none. */
  readonly partitionAssignor: string | undefined;
  /** Id of the broker that coordinates it. */
  readonly coordinator: number | undefined;
}

export interface GroupMember {
  readonly consumerId: string;
  readonly clientId: string;
  /** Undefined for a member without a fixed identity. */
  readonly instanceId: string | undefined;
}

/** Groups that commit no offsets by partition, so that what they consumed cannot be told from offsets. */
export type OtherKind = "share" | "streams";

/** All throw `UpstreamError` and `NotYet`. */
export interface ConsumerGroups {
  /**
   * All groups that the credential may describe, in one request: the others are left out without a word (kafka-rest
   * ConsumerGroupManagerImpl), so that one that is missing is not proof that it is gone.
   */
  list(cluster: Cluster): Promise<ConsumerGroup[]>;
  /** One group; undefined when there is none that the credential may describe. */
  get(cluster: Cluster, group: string): Promise<ConsumerGroup | undefined>;
  /** Who consumes in a group, by consumer id; empty for one at rest, undefined when there is no such group. */
  members(cluster: Cluster, group: string): Promise<GroupMember[] | undefined>;
  /**
   * Ids of share or streams groups, which have lists of their own (ccloud-sdk-go-v2 kafkarest/v3); undefined where the
   * server does not offer that list, as REST Proxy does not, or where this credential may not read it.
   */
  others(cluster: Cluster, kind: OtherKind): Promise<string[] | undefined>;
}

const optional = v.fallback(v.nullish(v.string()), undefined);

const groupItem = v.looseObject({
  consumer_group_id: v.string(),
  state: v.string(),
  type: optional,
  is_simple: v.fallback(v.boolean(), false),
  partition_assignor: optional,
  coordinator: v.fallback(v.nullish(v.looseObject({ related: v.string() })), undefined),
});

const memberItem = v.looseObject({
  consumer_id: v.pipe(v.string(), v.nonEmpty()),
  client_id: v.fallback(v.string(), ""),
  instance_id: optional,
});

const shareItem = v.looseObject({ share_group_id: v.string() });
const streamsItem = v.looseObject({ group_id: v.string() });

export const DESCRIBE_GROUPS = "DESCRIBE on GROUP *";

/** `rest`: towards Kafka REST v3, with the cluster's credential. */
export function createConsumerGroups(rest: Rest): ConsumerGroups {
  const { upstream } = rest;
  const ofGroup = (cluster: Cluster, group: string, tail: string) =>
    kafkaUrl(rest, cluster, `consumer-groups/${segment(upstream, group)}${tail}`);
  const permissionOn = (group: string) => `DESCRIBE on GROUP ${group}`;

  return {
    async list(cluster) {
      const url = kafkaUrl(rest, cluster, "consumer-groups");
      const ask: Ask = { url, what: "list the consumer groups", permission: DESCRIBE_GROUPS };
      const groups = new Map<string, ConsumerGroup>();
      await listItems(rest, ask, (text) => {
        const group = groupOf(understand(upstream, text, groupItem, ask.what));
        groups.set(group.id, group);
      });
      return [...groups.values()];
    },

    async get(cluster, group) {
      const what = `read the consumer group ${group}`;
      const ask: Ask = { url: ofGroup(cluster, group, ""), what, permission: permissionOn(group) };
      return unlessMissing(async () => groupOf(await rest.get(ask, groupItem)), isNoGroup);
    },

    async members(cluster, group) {
      const what = `list the members of the consumer group ${group}`;
      const ask: Ask = { url: ofGroup(cluster, group, "/consumers"), what, permission: permissionOn(group) };
      return unlessMissing(
        async () => {
          const members: GroupMember[] = [];
          await listItems(rest, ask, (text) => members.push(memberOf(understand(upstream, text, memberItem, what))));
          return members;
        },
        ({ detail }) => detail?.startsWith("Consumer Group ") === true && detail.endsWith(" does not exist."),
      );
    },

    async others(cluster, kind) {
      const url = kafkaUrl(rest, cluster, `${kind}-groups`);
      const ask: Ask = { url, what: `list the ${kind} groups`, permission: DESCRIBE_GROUPS };
      const ids = new Set<string>();
      const add = (text: string) =>
        ids.add(
          kind === "share"
            ? understand(upstream, text, shareItem, ask.what).share_group_id
            : understand(upstream, text, streamsItem, ask.what).group_id,
        );
      try {
        await listItems(rest, ask, add);
        return [...ids];
      } catch (thrown) {
        if (isNotOffered(thrown)) return undefined;
        throw thrown;
      }
    },
  };
}

function groupOf(item: v.InferOutput<typeof groupItem>): ConsumerGroup {
  return {
    id: item.consumer_group_id,
    state: item.state,
    type: present(item.type),
    isSimple: item.is_simple,
    partitionAssignor: present(item.partition_assignor),
    coordinator: brokerOf(item.coordinator?.related),
  };
}

function memberOf(item: v.InferOutput<typeof memberItem>): GroupMember {
  return { consumerId: item.consumer_id, clientId: item.client_id, instanceId: present(item.instance_id) };
}

/** The only place where the coordinator's id stands is the end of its link: `…/brokers/2`. */
function brokerOf(link: string | undefined): number | undefined {
  const id = /\/brokers\/(\d{1,10})$/.exec(link ?? "")?.[1];
  return id === undefined ? undefined : Number(id);
}

function present(value: string | null | undefined): string | undefined {
  return value === null || value === "" ? undefined : value;
}

async function unlessMissing<T>(
  read: () => Promise<T>,
  isOfTheGroup: (error: UpstreamError) => boolean,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (thrown) {
    const isMissing = thrown instanceof UpstreamError && thrown.failure.kind === "missing" && isOfTheGroup(thrown);
    if (isMissing) return undefined;
    throw thrown;
  }
}

/** The generic words: a group that is not there; a cluster that is not there has words of its own (kafka-rest ConsumerGroupsResource). */
function isNoGroup({ code, detail }: UpstreamError): boolean {
  return code === "404" && detail === "HTTP 404 Not Found";
}

function isNotOffered(thrown: unknown): boolean {
  if (!(thrown instanceof UpstreamError)) return false;
  const { kind } = thrown.failure;
  return kind === "missing" || kind === "unsupported" || kind === "forbidden";
}
