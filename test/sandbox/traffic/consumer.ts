import { hashOf, noise } from "../core/noise.ts";
import type { Login } from "../kafka/client.ts";
import type { KafkaCluster } from "../kafka/cluster.ts";
import type { Partition } from "../kafka/topic.ts";
import {
  assignedTo,
  firstPosition,
  type Position,
  type ResetTarget,
  readOn,
  takeCommit,
  targetOf,
} from "./position.ts";
import type { Rights } from "./rights.ts";
import type { ConsumerSpec } from "./specs.ts";
import type { Reader, Truth } from "./truth.ts";

export interface Surroundings {
  readonly cluster: KafkaCluster;
  readonly rights: Rights;
  readonly truth: Truth;
  readonly login: Login;
  readonly seed: number;
  /** Told of records that were sent to consumers. */
  readonly sent: (topic: string, records: number) => void;
}

/** What is saved of a consumer beside its spec. */
export interface ConsumerState {
  readonly spec: ConsumerSpec;
  readonly wanted: boolean;
  readonly principal: string | undefined;
  readonly members: readonly string[];
  readonly generation: number;
  readonly joined: number;
  readonly lastCommit: number;
  readonly positions: readonly (readonly [topic: string, partition: number, at: string, read: string])[];
}

const MINUTE = 60_000;
/** More records than there can be. */
const ANY = 1n << 62n;

/**
 * An application's consumer, minute by minute: it joins when its login and its ACLs let it, reads what it is assigned, commits now and
 * then, leaves when it is refused and tries again. When its group shares the partitions anew it begins where the group committed.
 */
export class Consumer {
  readonly spec: ConsumerSpec;
  readonly #at: Surroundings;
  readonly #reader: Reader;
  readonly #hash: number;
  /** Whether somebody wants it to run; that it does is another matter. */
  #wanted = true;
  #principal: string | undefined;
  #members: string[] = [];
  #isConnected = false;
  #generation = -1;
  #joined = 0;
  #lastCommit = 0;
  readonly #positions = new Map<string, Map<number, Position>>();
  #assigned: { readonly key: string; readonly partitions: ReadonlyMap<string, readonly number[]> } | undefined;

  constructor(spec: ConsumerSpec, surroundings: Surroundings) {
    this.spec = spec;
    this.#at = surroundings;
    this.#reader = { side: spec.side, application: spec.application ?? spec.group, group: spec.group };
    this.#hash = hashOf(spec.name) ^ surroundings.seed;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  start(): void {
    this.#wanted = true;
  }

  /** Commits what it read and leaves, or crashes and leaves without. Twice is once. */
  stop(crash: boolean, at: number): void {
    this.#wanted = false;
    if (!this.#isConnected) return;
    const isCurrent = this.spec.isAssigned === true || this.#groupGeneration() === this.#generation;
    if (!crash && isCurrent && this.#mayRead()) this.#commit(1, at);
    this.#leave();
  }

  /** Reads and commits for the minute that ends at `end`, ms. */
  minute(end: number): void {
    if (!this.#wanted) return;
    if (!this.#isConnected && !this.#join(end)) return;
    if (!this.#mayRead() || !this.#isMember()) {
      this.#leave();
      return;
    }
    const partitions = this.#partitions();
    if (partitions === undefined) return;
    this.#read(partitions, end);
    const moment = this.#commitMoment(end);
    if (moment !== undefined) this.#commit(moment, end - 1);
  }

  /** Goes on elsewhere in a topic (`seek`); its next commit shows it. */
  seek(topic: string, to: ResetTarget): void {
    const partitions = this.#partitions()?.get(topic) ?? [];
    for (const id of partitions) {
      const log = this.#log(topic, id);
      if (log === undefined) continue;
      const position = this.#position(topic, log);
      position.at = targetOf(to, log, position.at);
      position.before = position.at;
    }
  }

  state(): ConsumerState {
    return {
      spec: this.spec,
      wanted: this.#wanted,
      principal: this.#principal,
      members: this.#members,
      generation: this.#isConnected ? this.#generation : -2,
      joined: this.#joined,
      lastCommit: this.#lastCommit,
      positions: [...this.#positions].flatMap(([topic, partitions]) =>
        [...partitions].map(([id, { at, read }]) => [topic, id, String(at), String(read)] as const),
      ),
    };
  }

  /** Goes on as `state` said. */
  resume({ wanted, principal, members, generation, joined, lastCommit, positions }: ConsumerState): void {
    this.#wanted = wanted;
    this.#principal = principal;
    this.#members = [...members];
    this.#isConnected = generation !== -2;
    this.#generation = generation;
    this.#joined = joined;
    this.#lastCommit = lastCommit;
    for (const [topic, id, at, read] of positions) {
      const ofTopic = this.#positions.get(topic) ?? new Map<number, Position>();
      this.#positions.set(topic, ofTopic.set(id, { at: BigInt(at), before: BigInt(at), read: BigInt(read) }));
    }
  }

  #mayRead(): boolean {
    const { rights } = this.#at;
    return (
      rights.may(this.#principal, "READ", "GROUP", this.spec.group) &&
      this.spec.topics.every((topic) => rights.may(this.#principal, "READ", "TOPIC", topic))
    );
  }

  #join(end: number): boolean {
    const { spec } = this;
    const { cluster, login } = this.#at;
    this.#principal = spec.login === undefined ? spec.principal : login(spec.login.user, spec.login.secret);
    if (spec.login !== undefined && this.#principal === undefined) return false;
    if (!this.#mayRead() || spec.topics.every((topic) => cluster.topic(topic) === undefined)) return false;
    this.#isConnected = true;
    this.#joined += 1;
    this.#lastCommit = end - MINUTE;
    if (spec.isAssigned === true) return true;
    for (let index = 0; index < (spec.members ?? 1); index++) {
      const id = `${spec.name}-${index + 1}-${this.#uuid(index)}`;
      const member = { id, clientId: `${spec.name}-${index + 1}`, instanceId: null, topics: spec.topics };
      cluster.groups.join(spec.group, member, spec.protocol);
      this.#members.push(id);
    }
    return true;
  }

  #leave(): void {
    for (const member of this.#members) this.#at.cluster.groups.leave(this.spec.group, member);
    this.#members = [];
    this.#isConnected = false;
    this.#positions.clear();
    this.#assigned = undefined;
  }

  #isMember(): boolean {
    const members = this.#at.cluster.groups.get(this.spec.group)?.members;
    return this.#members.every((id) => members?.has(id) === true);
  }

  #groupGeneration(): number {
    return this.#at.cluster.groups.get(this.spec.group)?.generation ?? 0;
  }

  /** What it is assigned; undefined while its group shares the partitions anew. */
  #partitions(): ReadonlyMap<string, readonly number[]> | undefined {
    const { cluster } = this.#at;
    const group = this.spec.isAssigned === true ? undefined : cluster.groups.get(this.spec.group);
    const generation = group === undefined ? 0 : this.#groupGeneration();
    if (generation !== this.#generation) this.#positions.clear();
    this.#generation = generation;
    if (group !== undefined && cluster.groups.state(group) !== "STABLE") return undefined;
    const counts = this.spec.topics.map((topic) => cluster.topic(topic)?.partitions.length ?? 0);
    const key = `${generation} ${counts.join(" ")}`;
    if (this.#assigned?.key !== key) {
      this.#assigned = { key, partitions: assignedTo(cluster, this.spec, this.#members) };
      this.#forgetUnassigned(this.#assigned.partitions);
    }
    return this.#assigned.partitions;
  }

  /** It commits no more for partitions that were taken from it, as those of a topic that was deleted. */
  #forgetUnassigned(assigned: ReadonlyMap<string, readonly number[]>): void {
    for (const [topic, positions] of this.#positions) {
      const ids = new Set(assigned.get(topic));
      for (const id of [...positions.keys()]) if (!ids.has(id)) positions.delete(id);
    }
  }

  #read(partitions: ReadonlyMap<string, readonly number[]>, end: number): void {
    let most = this.spec.perMinute === undefined ? ANY : BigInt(this.spec.perMinute);
    // Who reads little would otherwise read the first partitions alone.
    const all = [...partitions].flatMap(([topic, ids]) => ids.map((id) => [topic, id] as const));
    const first = this.spec.perMinute === undefined ? 0 : (end / MINUTE) % Math.max(1, all.length);
    for (let index = 0; index < all.length; index++) {
      const [topic, id] = all[(first + index) % all.length] ?? ["", 0];
      const log = this.#log(topic, id);
      if (log === undefined) continue;
      const records = readOn(this.#position(topic, log), this.spec, log, most);
      most -= records;
      this.#at.truth.delivered(this.#reader, topic, Number(records), end - 1);
      this.#at.sent(topic, Number(records));
    }
  }

  /** A topic that is not there has no log, and no position either when it comes back. */
  #log(topic: string, id: number): Partition | undefined {
    const log = this.#at.cluster.topic(topic)?.partitions[id];
    if (log === undefined) this.#positions.get(topic)?.delete(id);
    return log;
  }

  #position(topic: string, log: Partition): Position {
    const ofTopic = this.#positions.get(topic) ?? new Map<number, Position>();
    this.#positions.set(topic, ofTopic);
    const known = ofTopic.get(log.id);
    if (known !== undefined) return known;
    const committed = this.#at.cluster.groups.committed(this.spec.group, { topic, partition: log.id });
    const position = firstPosition(this.spec, log, committed);
    ofTopic.set(log.id, position);
    return position;
  }

  /** When in the minute it commits for the last time, 0 to 1; undefined for not at all. */
  #commitMoment(end: number): number | undefined {
    const { commitMs = 5000 } = this.spec;
    if (commitMs === "never") return undefined;
    if (commitMs === 0) return 1;
    const phase = Math.floor(noise(this.#hash, 0) * commitMs);
    const last = Math.floor((end - phase) / commitMs) * commitMs + phase;
    if (last <= this.#lastCommit) return undefined;
    this.#lastCommit = last;
    return last <= end - MINUTE ? 0 : (last - (end - MINUTE)) / MINUTE;
  }

  #commit(moment: number, at: number): void {
    if (this.spec.commitMs === "never") return;
    const { cluster, truth } = this.#at;
    const { group } = this.spec;
    for (const [topic, partitions] of this.#positions) {
      for (const [partition, position] of partitions) {
        const before = cluster.groups.committed(group, { topic, partition });
        const { offset, read } = takeCommit(position, moment);
        if (before === offset && read === 0n) continue;
        cluster.groups.commit(group, { topic, partition }, offset);
        truth.committed(this.#reader, { topic, partition, before, offset, read }, at);
      }
    }
  }

  #uuid(index: number): string {
    const words = [0, 1, 2, 3].map((word) =>
      Math.floor(noise(this.#hash ^ hashOf(`${this.#joined} ${index}`), word) * 2 ** 32)
        .toString(16)
        .padStart(8, "0"),
    );
    const hex = words.join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}
