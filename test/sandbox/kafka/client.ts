import { KafkaClientError } from "./client-error.ts";
import { ClientRights } from "./client-rights.ts";
import type { KafkaCluster } from "./cluster.ts";
import type { TopicPartition } from "./consumer-groups.ts";
import { CLUSTER_RESOURCE } from "./exchange.ts";
import { GroupConsumer, type JoinOptions } from "./group-consumer.ts";
import type { Topic } from "./topic.ts";

export interface ClientOptions {
  /** `client.id`; default `app`. */
  readonly clientId?: string;
  /** Address that the brokers see it at. */
  readonly host?: string;
}

/** Looks a user and its secret up as the brokers do: the principal, e.g. `User:amp-…` or `User:sa-…`, undefined for a login that is not good. */
export type Login = (user: string, secret: string) => string | undefined;

/** Logs in and stays connected. Throws SASL_AUTHENTICATION_FAILED. */
export function connect(
  cluster: KafkaCluster,
  login: Login,
  credentials: { readonly user: string; readonly secret: string },
  options: ClientOptions = {},
): KafkaClient {
  const principal = login(credentials.user, credentials.secret);
  if (principal === undefined) {
    throw new KafkaClientError("SASL_AUTHENTICATION_FAILED", `the login of ${credentials.user} was refused`);
  }
  return new KafkaClient(cluster, principal, options);
}

/**
 * An application's open connection to the brokers. Its login was looked at when it connected and never again, so it
 * outlives its user; its rights are looked at with every request (Apache Kafka docs, security, authorization).
 */
export class KafkaClient {
  readonly principal: string;
  readonly #cluster: KafkaCluster;
  readonly #rights: ClientRights;
  readonly #clientId: string;
  #nextPartition = 0;

  constructor(cluster: KafkaCluster, principal: string, { clientId = "app", host = "192.0.2.10" }: ClientOptions = {}) {
    this.principal = principal;
    this.#cluster = cluster;
    this.#rights = new ClientRights(cluster, principal, host);
    this.#clientId = clientId;
  }

  /** Writes `records` records, taking turns among the partitions. An idempotent producer needs no more than WRITE (KIP-679). */
  produce(topic: string, records = 1): void {
    for (const [partition, count] of this.#shares(this.#rights.writable(topic), records)) {
      this.#cluster.append(topic, partition, count);
    }
  }

  /** Writes them in one transaction and commits it: each partition that got any gets a marker too. */
  produceTransactionally(topic: string, transactionalId: string, records = 1): void {
    this.#rights.require("WRITE", "TRANSACTIONAL_ID", transactionalId);
    for (const [partition, count] of this.#shares(this.#rights.writable(topic), records)) {
      this.#cluster.appendTransaction(topic, partition, count);
    }
  }

  /** Joins a group to read a topic, until it leaves. */
  joinGroup(group: string, topic: string, options: JoinOptions = {}): GroupConsumer {
    this.#rights.require("READ", "GROUP", group);
    this.#rights.readable(topic);
    const { instanceId = null, memberId, protocol = "CLASSIC" } = options;
    const wanted = { clientId: this.#clientId, instanceId, topics: [topic] };
    const joined = this.#cluster.groups.join(
      group,
      memberId === undefined ? wanted : { ...wanted, id: memberId },
      protocol,
    );
    return new GroupConsumer(this.#cluster, this.#rights, joined.group, joined.member);
  }

  /** Joins, reads at most `most` records, commits and leaves. Returns how many it read; leaves the group when it is refused, too. */
  consume(group: string, topic: string, most: number): number {
    const consumer = this.joinGroup(group, topic);
    try {
      const read = consumer.poll(most);
      consumer.commit();
      return read;
    } finally {
      consumer.leave();
    }
  }

  /** Commits without ever joining, as consumers do that are assigned their partitions. */
  commitOffset(group: string, where: TopicPartition, offset: bigint): void {
    this.#rights.require("READ", "GROUP", group);
    this.#rights.readable(where.topic);
    this.#cluster.groups.commit(group, where, offset);
  }

  /** Ids of the groups that it may describe. */
  listGroups(): readonly string[] {
    const seesAll = this.#rights.may("DESCRIBE", "CLUSTER", CLUSTER_RESOURCE);
    const ids = this.#cluster.groups.all().map(({ id }) => id);
    return seesAll ? ids : ids.filter((id) => this.#rights.may("DESCRIBE", "GROUP", id));
  }

  /** How many of the records go to which partition. */
  #shares({ partitions }: Topic, records: number): ReadonlyMap<number, bigint> {
    const shares = new Map<number, bigint>();
    for (let written = 0; written < records; written++) {
      const partition = this.#nextPartition++ % partitions.length;
      shares.set(partition, (shares.get(partition) ?? 0n) + 1n);
    }
    return shares;
  }
}
