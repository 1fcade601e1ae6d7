import { KafkaClientError } from "./client-error.ts";
import type { ClientRights } from "./client-rights.ts";
import type { KafkaCluster } from "./cluster.ts";
import type { ConsumerGroup, GroupMember, TopicPartition } from "./consumer-groups.ts";
import { fetch } from "./partition-log.ts";

export interface JoinOptions {
  /** `group.instance.id`. */
  readonly instanceId?: string;
  /** Absent: the coordinator makes one up. */
  readonly memberId?: string;
  /** `group.protocol`. */
  readonly protocol?: ConsumerGroup["type"];
}

/** A member of a group. It starts where the group committed, else at the beginning (`auto.offset.reset=earliest`). */
export class GroupConsumer {
  readonly member: GroupMember;
  readonly #cluster: KafkaCluster;
  readonly #rights: ClientRights;
  readonly #groupId: string;
  readonly #positions = new Map<string, bigint>();
  #generation: number;

  constructor(cluster: KafkaCluster, rights: ClientRights, group: ConsumerGroup, member: GroupMember) {
    this.#cluster = cluster;
    this.#rights = rights;
    this.#groupId = group.id;
    this.#generation = group.generation;
    this.member = member;
  }

  /**
   * Reads at most `most` records of the partitions that it is assigned now; returns how many. When somebody joined or left
   * since, it begins again where the group committed.
   */
  poll(most: number): number {
    const group = this.#group();
    if (group.generation !== this.#generation) this.#positions.clear();
    this.#generation = group.generation;
    let wanted = BigInt(most);
    for (const { topic, partition } of this.#cluster.groups.assignment(group, this.member.id)) {
      const log = this.#rights.readable(topic).partitions[partition];
      if (log === undefined) continue;
      const { records, position } = fetch(log, this.#position({ topic, partition }) ?? log.earliest, wanted);
      wanted -= records;
      this.#positions.set(key(topic, partition), position);
    }
    return most - Number(wanted);
  }

  /** Commits where it stands in every partition that it polled, were it without finding anything. Throws ILLEGAL_GENERATION when somebody joined or left since. */
  commit(): void {
    const group = this.#group();
    if (group.generation !== this.#generation) throw new KafkaClientError("ILLEGAL_GENERATION", this.#groupId);
    for (const { topic, partition } of this.#cluster.groups.assignment(group, this.member.id)) {
      this.#rights.readable(topic);
      const position = this.#positions.get(key(topic, partition));
      if (position !== undefined) this.#cluster.groups.commit(this.#groupId, { topic, partition }, position);
    }
  }

  /** Twice is once. */
  leave(): void {
    this.#cluster.groups.leave(this.#groupId, this.member.id);
  }

  /** Throws GROUP_AUTHORIZATION_FAILED, or UNKNOWN_MEMBER_ID when the group no longer knows it. */
  #group(): ConsumerGroup {
    this.#rights.require("READ", "GROUP", this.#groupId);
    const group = this.#cluster.groups.get(this.#groupId);
    if (group?.members.has(this.member.id) === true) return group;
    throw new KafkaClientError("UNKNOWN_MEMBER_ID", `${this.member.id} is not in ${this.#groupId}`);
  }

  #position(where: TopicPartition): bigint | undefined {
    return (
      this.#positions.get(key(where.topic, where.partition)) ?? this.#cluster.groups.committed(this.#groupId, where)
    );
  }
}

const key = (topic: string, partition: number): string => `${topic}/${partition}`;
