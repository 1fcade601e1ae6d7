import type { Operation, ResourceType } from "./acl.ts";
import { KafkaClientError, type KafkaClientErrorCode } from "./client-error.ts";
import type { KafkaCluster } from "./cluster.ts";
import type { Topic } from "./topic.ts";

type Guarded = "TOPIC" | "GROUP" | "TRANSACTIONAL_ID";

const REFUSALS: Readonly<Record<Guarded, KafkaClientErrorCode>> = {
  TOPIC: "TOPIC_AUTHORIZATION_FAILED",
  GROUP: "GROUP_AUTHORIZATION_FAILED",
  TRANSACTIONAL_ID: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
};

/** What the brokers let one connection do, asked anew with every request. */
export class ClientRights {
  readonly #cluster: KafkaCluster;
  readonly #principal: string;
  readonly #host: string;

  constructor(cluster: KafkaCluster, principal: string, host: string) {
    this.#cluster = cluster;
    this.#principal = principal;
    this.#host = host;
  }

  may(operation: Operation, resourceType: ResourceType, resourceName: string): boolean {
    const who = { principal: this.#principal, host: this.#host };
    return this.#cluster.verdict({ ...who, operation, resourceType, resourceName }) === "allow";
  }

  /** Throws the broker's error for that type of resource. */
  require(operation: Operation, type: Guarded, name: string): void {
    if (this.may(operation, type, name)) return;
    throw new KafkaClientError(REFUSALS[type], `${this.#principal} may not ${operation} ${type} ${name}`);
  }

  readable(topic: string): Topic {
    return this.#topic(topic, "READ");
  }

  writable(topic: string): Topic {
    return this.#topic(topic, "WRITE");
  }

  /** A client asks for metadata first; whether a topic exists is hidden from those who may not describe it. */
  #topic(name: string, operation: "READ" | "WRITE"): Topic {
    this.require("DESCRIBE", "TOPIC", name);
    const topic = this.#cluster.topic(name);
    if (topic === undefined) throw new KafkaClientError("UNKNOWN_TOPIC_OR_PARTITION", name);
    this.require(operation, "TOPIC", name);
    return topic;
  }
}
