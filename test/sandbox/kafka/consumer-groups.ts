import { randomUuid } from "../core/random.ts";
import type { SandboxContext } from "../core/types.ts";
import type { GroupSnapshot, SavedGroup } from "./cluster-snapshot.ts";

export interface GroupMember {
  /** As the coordinator made it: instance or client id and a random part. */
  readonly id: string;
  readonly clientId: string;
  /** `group.instance.id` of a static member. */
  readonly instanceId: string | null;
  /** What it subscribes to. */
  readonly topics: readonly string[];
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface ConsumerGroup {
  readonly id: string;
  readonly type: "CLASSIC" | "CONSUMER";
  /** Offsets were committed, but nobody ever joined. */
  isSimple: boolean;
  readonly members: Map<string, GroupMember>;
  /** Counts how often somebody joined or left: each time the partitions are shared anew. */
  generation: number;
  /** Committed offsets by topic and partition. */
  readonly offsets: Map<string, Map<number, bigint>>;
  /** Until when its members share the partitions anew, by the sandbox's clock, ms; undefined when they do not. */
  rebalancingUntil: number | undefined;
  /** Since when it has neither members nor offsets, by the sandbox's clock, ms; undefined while it has, or is to stay all the same. */
  desertedAt: number | undefined;
}

export type GroupState = "STABLE" | "EMPTY" | "PREPARING_REBALANCE";

/** Apache Kafka `offsets.retention.check.interval.ms`: how long a group without members and offsets goes on showing, ms. */
const CLEAN_UP_AFTER = 600_000;

/** The consumer groups of one cluster, as their coordinator keeps them. */
export class ConsumerGroups {
  readonly #context: SandboxContext;
  /** Undefined for a topic that there is not. */
  readonly #partitionCount: (topic: string) => number | undefined;
  readonly #groups = new Map<string, ConsumerGroup>();

  constructor(context: SandboxContext, partitionCount: (topic: string) => number | undefined) {
    this.#context = context;
    this.#partitionCount = partitionCount;
  }

  get(id: string): ConsumerGroup | undefined {
    const group = this.#groups.get(id);
    return group === undefined || this.#isCleanedUp(group) ? undefined : group;
  }

  /** In no order that clients may rely on. */
  all(): readonly ConsumerGroup[] {
    for (const group of this.#groups.values()) if (this.#isCleanedUp(group)) this.#groups.delete(group.id);
    return [...this.#groups.values()];
  }

  /** A group that nobody is a member of and that has committed nothing; it stays. */
  add(id: string): void {
    if (this.get(id) === undefined) this.#groups.set(id, newGroup(id, "CLASSIC", false));
  }

  /** A new member. `id` is for those who need a certain one; otherwise the coordinator makes it up. */
  join(
    groupId: string,
    member: Omit<GroupMember, "id"> & { readonly id?: string },
    type: ConsumerGroup["type"] = "CLASSIC",
  ): { readonly group: ConsumerGroup; readonly member: GroupMember } {
    const group = this.get(groupId) ?? newGroup(groupId, type, false);
    const id = member.id ?? this.#newId(group, member.instanceId ?? member.clientId);
    const joined = { ...member, id };
    group.members.set(id, joined);
    group.generation += 1;
    group.isSimple = false;
    group.desertedAt = undefined;
    this.#groups.set(groupId, group);
    return { group, member: joined };
  }

  leave(groupId: string, memberId: string): void {
    const group = this.get(groupId);
    if (group?.members.delete(memberId) !== true) return;
    group.generation += 1;
    this.#markIfDeserted(group);
  }

  /** The members of a group share its partitions anew: for `ms` nobody is assigned any, and then they begin where the group committed. */
  rebalance(groupId: string, ms: number): void {
    const group = this.get(groupId);
    if (group === undefined || group.members.size === 0) return;
    group.generation += 1;
    group.rebalancingUntil = this.#context.clock.now() + ms;
  }

  /** `PREPARING_REBALANCE` while the partitions are shared anew, `EMPTY` without members. */
  state({ members, rebalancingUntil }: ConsumerGroup): GroupState {
    if (members.size === 0) return "EMPTY";
    const isMoving = rebalancingUntil !== undefined && this.#context.clock.now() < rebalancingUntil;
    return isMoving ? "PREPARING_REBALANCE" : "STABLE";
  }

  /** `kafka-consumer-groups --delete`: the group and what it committed are gone at once. False while it has members (Kafka: NonEmptyGroupException). */
  delete(groupId: string): boolean {
    const group = this.get(groupId);
    if (group === undefined || group.members.size > 0) return false;
    return this.#groups.delete(groupId);
  }

  /** Takes committed offsets away, as `offsets.retention.minutes` does: of one topic or of all. */
  expire(groupId: string, topic?: string): void {
    const group = this.get(groupId);
    if (group === undefined) return;
    if (topic === undefined) group.offsets.clear();
    else group.offsets.delete(topic);
    this.#markIfDeserted(group);
  }

  /** Who reads which partition now, by topic and partition; nobody any while they are shared anew. */
  owners(group: ConsumerGroup): ReadonlyMap<string, ReadonlyMap<number, GroupMember>> {
    const owners = new Map<string, Map<number, GroupMember>>();
    if (this.state(group) !== "STABLE") return owners;
    for (const member of group.members.values()) {
      for (const { topic, partition } of this.assignment(group, member.id)) {
        const ofTopic = owners.get(topic) ?? new Map<number, GroupMember>();
        owners.set(topic, ofTopic.set(partition, member));
      }
    }
    return owners;
  }

  /** Commits, for a member or from outside; a group that is not there is made. */
  commit(groupId: string, { topic, partition }: TopicPartition, offset: bigint): void {
    const group = this.get(groupId) ?? newGroup(groupId, "CLASSIC", true);
    const partitions = group.offsets.get(topic) ?? new Map<number, bigint>();
    partitions.set(partition, offset);
    group.offsets.set(topic, partitions);
    group.desertedAt = undefined;
    this.#groups.set(groupId, group);
  }

  committed(groupId: string, { topic, partition }: TopicPartition): bigint | undefined {
    return this.get(groupId)?.offsets.get(topic)?.get(partition);
  }

  /** The offsets committed for a topic go with it at once. */
  forgetTopic(topic: string): void {
    for (const group of this.#groups.values()) {
      if (group.offsets.delete(topic)) this.#markIfDeserted(group);
    }
  }

  /** What a member reads: a range of each topic's partitions, static members first (Apache Kafka RangeAssignor). */
  assignment({ members }: ConsumerGroup, memberId: string): readonly TopicPartition[] {
    const topics = [...(members.get(memberId)?.topics ?? [])].sort();
    return topics.flatMap((topic) => {
      const readers = [...members.values()].filter((member) => member.topics.includes(topic)).sort(staticFirst);
      const index = readers.findIndex(({ id }) => id === memberId);
      const count = this.#partitionCount(topic) ?? 0;
      const [least, more] = [Math.floor(count / readers.length), count % readers.length];
      const first = index * least + Math.min(index, more);
      const length = least + (index < more ? 1 : 0);
      return Array.from({ length }, (_, offset) => ({ topic, partition: first + offset }));
    });
  }

  snapshot(): GroupSnapshot[] {
    return this.all().map(({ members, offsets, rebalancingUntil, desertedAt, ...group }) => ({
      ...group,
      members: [...members.values()].map((member) => ({ ...member, topics: [...member.topics] })),
      offsets: [...offsets].map(([topic, partitions]) => [topic, [...partitions].map(([id, at]) => [id, String(at)])]),
      ...(rebalancingUntil === undefined ? {} : { rebalancingUntil }),
      ...(desertedAt === undefined ? {} : { desertedAt }),
    }));
  }

  restore(groups: readonly SavedGroup[]): void {
    this.#groups.clear();
    for (const { members, offsets, rebalancingUntil, desertedAt, ...group } of groups) {
      this.#groups.set(group.id, {
        ...group,
        members: new Map(members.map((member) => [member.id, member])),
        offsets: new Map(offsets.map(([topic, partitions]) => [topic, new Map(partitions)])),
        rebalancingUntil,
        desertedAt,
      });
    }
  }

  #markIfDeserted(group: ConsumerGroup): void {
    if (group.members.size === 0 && group.offsets.size === 0) group.desertedAt = this.#context.clock.now();
  }

  #isCleanedUp({ desertedAt }: ConsumerGroup): boolean {
    return desertedAt !== undefined && this.#context.clock.now() >= desertedAt + CLEAN_UP_AFTER;
  }

  #newId({ members }: ConsumerGroup, name: string): string {
    const base = `${name}-${randomUuid(this.#context.random)}`;
    let id = base;
    // The random source of a test may always say the same.
    for (let count = 2; members.has(id); count++) id = `${base}-${count}`;
    return id;
  }
}

const newGroup = (id: string, type: ConsumerGroup["type"], isSimple: boolean): ConsumerGroup => ({
  id,
  type,
  isSimple,
  members: new Map(),
  generation: 0,
  offsets: new Map(),
  rebalancingUntil: undefined,
  desertedAt: undefined,
});

function staticFirst(a: GroupMember, b: GroupMember): number {
  if ((a.instanceId === null) !== (b.instanceId === null)) return a.instanceId === null ? 1 : -1;
  return (a.instanceId ?? a.id) < (b.instanceId ?? b.id) ? -1 : 1;
}
