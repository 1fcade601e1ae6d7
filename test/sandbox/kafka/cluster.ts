import * as v from "valibot";
import type { SandboxContext } from "../core/types.ts";
import type { Acl } from "./acl.ts";
import { AclStore } from "./acl-store.ts";
import { type Action, type Verdict, verdictOf } from "./authorizer.ts";
import type { Broker } from "./brokers.ts";
import { type ClusterSnapshot, clusterSnapshot } from "./cluster-snapshot.ts";
import { byName, type ConfigChange, type ConfigEntry } from "./configs.ts";
import { ConsumerGroups } from "./consumer-groups.ts";
import { KafkaError, refused, unknownTopic } from "./kafka-error.ts";
import { configChanges, type NewTopic, place, placeNewTopic } from "./new-topic.ts";
import { OtherGroups } from "./other-groups.ts";
import {
  appendOpen,
  appendRecords,
  appendTransaction,
  compact,
  endTransaction,
  lastStable,
  trim,
} from "./partition-log.ts";
import { collisionKey, isInternal, nameProblem, type OffsetRange, type Partition, type Topic } from "./topic.ts";
import { APACHE_KAFKA, CONFLUENT } from "./topic-config-definitions.ts";
import { TopicConfigs } from "./topic-configs.ts";

export interface KafkaClusterOptions {
  /** As `GET /clusters` tells it; `lkc-…` on Confluent Cloud. */
  readonly clusterId: string;
  /** Default: Apache Kafka, or Confluent Cloud for an id `lkc-…`. Decides the configs of topics and the defaults below. */
  readonly software?: "apache-kafka" | "confluent-server" | "confluent-cloud";
  /** Default: one broker with id 1, on Cloud three. */
  readonly brokers?: readonly Broker[];
  /** Whether Schema Registry keeps its schemas here; default: everywhere but on Cloud, which hides that topic. */
  readonly registry?: boolean;
  /** Whether the brokers have an authorizer; without one every ACL call is refused. Default true. */
  readonly authorizer?: boolean;
  /** `super.users`: principals that no ACL concerns. */
  readonly superUsers?: readonly string[];
}

/** How late the metadata is after a delete; nothing of it happens unless a test asks for it. */
export interface Lateness {
  /** How long the lists still hold a deleted topic, ms. */
  deletedStaysListedMs: number;
  /** Whether the first list after a delete fails whole, since a name was listed and gone when described. */
  listFailsAfterDelete: boolean;
  /** Whether offsets that groups committed stay when their topic is deleted, as on brokers that do not clean up at once. */
  offsetsOutliveTopics: boolean;
}

/** Whether the REST server reaches the brokers and they accept its own login. */
export type Availability = "up" | "unreachable" | "login-refused";

/** One Kafka cluster: its brokers, topics, their configs and the two ends of each log. */
export class KafkaCluster {
  readonly clusterId: string;
  readonly brokers: readonly Broker[];
  readonly authorizer: boolean;
  /** Broker configs set for the whole cluster while it runs; a new KRaft cluster has this one. */
  readonly dynamicDefaults: ReadonlyMap<string, string> = new Map([["min.insync.replicas", "1"]]);
  readonly lateness: Lateness = {
    deletedStaysListedMs: 0,
    listFailsAfterDelete: false,
    offsetsOutliveTopics: false,
  };
  /** Partitions without a leader, as `topic/partition`: asking for their end fails, and with it every call that asks. */
  readonly leaderless = new Set<string>();
  availability: Availability = "up";
  readonly topicConfigs: TopicConfigs;
  readonly acls: AclStore;
  readonly groups: ConsumerGroups;
  readonly otherGroups = new OtherGroups();
  readonly #superUsers: readonly string[];
  readonly #context: SandboxContext;
  readonly #newTopicDefaults: { readonly partitions: number; readonly replicationFactor: number };
  readonly #topics = new Map<string, Topic>();
  readonly #collisions = new Map<string, string>();
  #deleted: { readonly topic: Topic; readonly until: number }[] = [];
  #listIsBroken = false;

  constructor(context: SandboxContext, options: KafkaClusterOptions) {
    const software = options.software ?? (options.clusterId.startsWith("lkc-") ? "confluent-cloud" : "apache-kafka");
    const isCloud = software === "confluent-cloud";
    this.#context = context;
    this.clusterId = options.clusterId;
    this.brokers = options.brokers ?? defaultBrokers(isCloud ? 3 : 1);
    this.authorizer = options.authorizer ?? true;
    this.acls = new AclStore(() => this.now(), isCloud);
    this.groups = new ConsumerGroups(context, (name) => this.#topics.get(name)?.partitions.length);
    this.#superUsers = options.superUsers ?? [];
    this.topicConfigs = new TopicConfigs(software === "apache-kafka" ? APACHE_KAFKA : CONFLUENT, this.dynamicDefaults);
    this.#newTopicDefaults = isCloud
      ? { partitions: 6, replicationFactor: 3 }
      : { partitions: 1, replicationFactor: 1 };
    if (options.registry ?? !isCloud) {
      this.createTopic({ name: "_schemas", partitions: 1, configs: { "cleanup.policy": "compact" } });
    }
  }

  /** By the sandbox's clock, ms. */
  now(): number {
    return this.#context.clock.now();
  }

  /** Throws what the REST server answers while it cannot use the brokers; it waits a minute for them by default. */
  requireUp(): void {
    if (this.availability === "unreachable") {
      throw new KafkaError(500, 50003, "Timed out waiting for a node assignment. Call: listNodes");
    }
    if (this.availability === "login-refused") {
      throw new KafkaError(401, 40101, "Authentication failed: Invalid username or password");
    }
  }

  /** What the brokers' ACLs say of it, all those that count now when none are given; brokers without an authorizer let everything happen. */
  verdict(action: Action, acls: readonly Acl[] = this.acls.all()): Verdict {
    return this.authorizer ? verdictOf(acls, action, this.#superUsers) : "allow";
  }

  /** The topic of that name, Kafka's internal ones too; undefined when there is none. */
  topic(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  /** Every topic that there is, Kafka's internal ones too, in no order. */
  topics(): Iterable<Topic> {
    return this.#topics.values();
  }

  /** Every topic that a list shows, by name. Throws the 404/40403 of a list that met a delete, if a test asked for it. */
  listTopics(): readonly Topic[] {
    if (this.#listIsBroken) {
      this.#listIsBroken = false;
      throw unknownTopic();
    }
    const now = this.now();
    this.#deleted = this.#deleted.filter(({ topic, until }) => until > now && !this.#topics.has(topic.name));
    const topics = [...this.#topics.values(), ...this.#deleted.map(({ topic }) => topic)];
    return topics.filter(({ name }) => !isInternal(name)).sort(byName);
  }

  /** Every config of a topic, sorted by name. */
  describeConfigs(topic: Topic): readonly ConfigEntry[] {
    return this.topicConfigs.describe(topic.configs);
  }

  /** Makes a topic, or throws the controller's refusal. */
  createTopic(newTopic: NewTopic): Topic {
    const topic = this.planTopic(newTopic);
    this.#add(topic);
    return topic;
  }

  /** The topic as `createTopic` would make it, which `validate_only` asks for; throws the same refusals. */
  planTopic(newTopic: NewTopic): Topic {
    const { name } = newTopic;
    const problem = nameProblem(name);
    if (problem !== undefined) throw refused(`Topic name is invalid: ${problem}`);
    if (this.#topics.has(name)) throw refused(`Topic '${name}' already exists.`);
    const other = this.#collisions.get(collisionKey(name));
    if (other !== undefined) throw refused(`Topic '${name}' collides with existing topic: ${other}`);
    const configs = this.topicConfigs.apply(new Map(), configChanges(newTopic), "topic configs");
    const replicas = placeNewTopic(newTopic, this.#brokerIds(), this.#newTopicDefaults);
    return { name, configs, partitions: replicas.map(emptyPartition(0)) };
  }

  /** Removes a topic with its records and the offsets that groups committed for it; throws 404/40403 when there is none. */
  deleteTopic(name: string): void {
    const topic = this.#existing(name);
    this.#topics.delete(name);
    if (!this.lateness.offsetsOutliveTopics) this.groups.forgetTopic(name);
    this.#collisions.delete(collisionKey(name));
    const { deletedStaysListedMs, listFailsAfterDelete } = this.lateness;
    if (deletedStaysListedMs > 0) {
      this.#deleted.push({ topic, until: this.now() + deletedStaysListedMs });
    }
    if (listFailsAfterDelete) this.#listIsBroken = true;
  }

  /** Raises the number of partitions to `count` (Kafka ReplicationControlManager.createPartitions). */
  growPartitions(name: string, count: number): void {
    const topic = this.#existing(name);
    const { length } = topic.partitions;
    if (count === length) throw refused(`Topic already has ${length} partition(s).`);
    if (count < length) {
      throw refused(`The topic ${name} currently has ${length} partition(s); ${count} would not be an increase.`);
    }
    const factor = topic.partitions[0]?.replicas.length ?? 1;
    topic.partitions.push(...place(length, count, factor, this.#brokerIds()).map(emptyPartition(length)));
  }

  /** Changes configs of one topic, all or nothing; `validateOnly` changes none. */
  alterConfigs(name: string, changes: readonly ConfigChange[], validateOnly = false): void {
    const topic = this.#existing(name);
    const configs = this.topicConfigs.apply(topic.configs, changes, "");
    if (!validateOnly) topic.configs = configs;
  }

  /** One partition; throws 404/40403 for an unknown topic, undefined for an unknown partition. */
  partition(name: string, id: number): Partition | undefined {
    return this.#existing(name).partitions[id];
  }

  /** Where READ_COMMITTED ends, for one who may see the topic. Throws what the REST server makes of the broker's error. */
  stableEnd(name: string, id: number): bigint {
    if (this.leaderless.has(`${name}/${id}`)) {
      throw new KafkaError(500, 50003, "Timed out waiting for a node assignment. Call: listOffsets");
    }
    const partition = this.#topics.get(name)?.partitions[id];
    if (partition === undefined) throw unknownTopic();
    return lastStable(partition);
  }

  /** Lets the log of a partition grow by `records`, 1 when not told. */
  append(name: string, partition: number, records = 1n): void {
    appendRecords(this.#log(name, partition), records);
  }

  /** Lets it grow by `records` of one transaction and the marker that ends it, which takes an offset of its own. */
  appendTransaction(name: string, partition: number, records = 1n): void {
    appendTransaction(this.#log(name, partition), records);
  }

  /** Lets it grow by `records` of a transaction that stays open until `endTransaction`. */
  appendOpen(name: string, partition: number, records = 1n): void {
    appendOpen(this.#log(name, partition), records);
  }

  /** Ends the transaction that is open in the partition; nothing happens without one. */
  endTransaction(name: string, partition: number, outcome: "commit" | "abort"): void {
    endTransaction(this.#log(name, partition), outcome);
  }

  /** Compaction: of every record below `below`, one in `every` is left. */
  compact(name: string, partition: number, below: bigint, every: bigint): void {
    compact(this.#log(name, partition), below, every);
  }

  /** Retention: everything before `earliest` is gone; never beyond the end of the log. */
  trim(name: string, partition: number, earliest: bigint): void {
    trim(this.#log(name, partition), earliest);
  }

  /** A group that nobody is a member of and that has committed nothing; it stays. */
  addGroup(id: string): void {
    this.groups.add(id);
  }

  snapshot(): ClusterSnapshot {
    const topics = [...this.#topics.values()].map(({ name, configs, partitions }) => ({
      name,
      configs: [...configs],
      partitions: partitions.map(savedPartition),
    }));
    return {
      version: 1,
      clusterId: this.clusterId,
      topics: topics as ClusterSnapshot["topics"],
      groups: this.groups.snapshot(),
      otherGroups: this.otherGroups.all().map((group) => ({ ...group, topics: [...group.topics] })),
      acls: [...this.acls.snapshot()],
    };
  }

  /** Takes a snapshot back; throws when it is of another version, another cluster or no snapshot at all. */
  restore(snapshot: unknown): void {
    const { clusterId, topics, groups, otherGroups, acls } = v.parse(clusterSnapshot, snapshot);
    if (clusterId !== this.clusterId) throw new Error(`snapshot of cluster ${clusterId}, not of ${this.clusterId}`);
    this.#topics.clear();
    this.#collisions.clear();
    this.#deleted = [];
    this.#listIsBroken = false;
    for (const topic of topics) this.#add(topic);
    this.groups.restore(groups);
    this.otherGroups.restore(otherGroups);
    this.acls.restore(acls);
  }

  #add(topic: Topic): void {
    this.#topics.set(topic.name, topic);
    this.#collisions.set(collisionKey(topic.name), topic.name);
  }

  #existing(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw unknownTopic();
    return topic;
  }

  #log(name: string, id: number): Partition {
    const partition = this.partition(name, id);
    if (partition === undefined) throw new KafkaError(404, 40402, "Partition not found.");
    return partition;
  }

  #brokerIds(): number[] {
    return this.brokers.map(({ id }) => id);
  }
}

const emptyPartition =
  (first: number) =>
  (replicas: readonly number[], index: number): Partition => ({
    id: first + index,
    replicas,
    earliest: 0n,
    latest: 0n,
    markers: [],
    aborted: [],
    open: [],
  });

const savedPartition = ({ id, replicas, earliest, latest, markers, aborted, open, thinned }: Partition) => ({
  id,
  replicas: [...replicas],
  earliest: String(earliest),
  latest: String(latest),
  markers: markers.map(String),
  ...(aborted.length === 0 ? {} : { aborted: aborted.map(savedRange) }),
  ...(open.length === 0 ? {} : { open: open.map(savedRange) }),
  ...(thinned === undefined ? {} : { thinned: { below: String(thinned.below), every: String(thinned.every) } }),
});

const savedRange = ({ from, to }: OffsetRange): [string, string] => [String(from), String(to)];

const defaultBrokers = (count: number): Broker[] =>
  Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    host: `broker-${index + 1}.internal`,
    port: 9092,
    rack: null,
    properties: {},
  }));
