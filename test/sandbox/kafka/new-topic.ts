import type { ConfigChange } from "./configs.ts";
import { KafkaError, refused } from "./kafka-error.ts";

/** What a topic is created from. */
export interface NewTopic {
  readonly name: string;
  /** -1 or absent: the broker's default. */
  readonly partitions?: number;
  /** -1 or absent: the broker's default. */
  readonly replicationFactor?: number;
  /** A null value is refused, as the broker does. */
  readonly configs?: Readonly<Record<string, string | null>>;
  /** Broker ids by partition id, in place of the two numbers. */
  readonly assignments?: ReadonlyMap<number, readonly number[]>;
}

export const configChanges = (topic: NewTopic): ConfigChange[] =>
  Object.entries(topic.configs ?? {}).map(([name, value]) => ({ name, operation: "SET", value }));

/**
 * The replicas of each partition of a new topic, or the controller's refusal (Kafka ReplicationControlManager.createTopic).
 * `defaults` are `num.partitions` and `default.replication.factor`.
 */
export function placeNewTopic(
  topic: NewTopic,
  brokers: readonly number[],
  defaults: { readonly partitions: number; readonly replicationFactor: number },
): number[][] {
  if (topic.assignments !== undefined && topic.assignments.size > 0) return assigned(topic.assignments, brokers);
  const factor = topic.replicationFactor ?? -1;
  if (factor < -1 || factor === 0) {
    throw refused("Replication factor must be larger than 0, or -1 to use the default value.");
  }
  const count = topic.partitions ?? -1;
  if (count < -1 || count === 0) throw refused("Number of partitions was set to an invalid non-positive value.");
  return place(
    0,
    count === -1 ? defaults.partitions : count,
    factor === -1 ? defaults.replicationFactor : factor,
    brokers,
  );
}

/** Replicas of partitions `first` to `count - 1`, leaders taking turns. */
export function place(first: number, count: number, factor: number, brokers: readonly number[]): number[][] {
  if (factor > brokers.length) {
    throw refused(
      `Unable to replicate the partition ${factor} time(s): The target replication factor of ${factor} cannot be ` +
        `reached because only ${brokers.length} broker(s) are registered.`,
    );
  }
  return Array.from({ length: count - first }, (_, index) =>
    Array.from({ length: factor }, (__, replica) => brokers[(first + index + replica) % brokers.length] ?? 0),
  );
}

function assigned(assignments: ReadonlyMap<number, readonly number[]>, brokers: readonly number[]): number[][] {
  const partitions = [...assignments].sort(([a], [b]) => a - b);
  if (partitions.some(([id], index) => id !== index)) {
    throw new KafkaError(500, 50002, "partitions should be a consecutive 0-based integer sequence");
  }
  return partitions.map(([, replicas]) => {
    const stranger = replicas.find((id) => !brokers.includes(id));
    if (stranger !== undefined) {
      throw new KafkaError(
        500,
        50002,
        `The manual partition assignment includes broker ${stranger}, but no such broker is registered.`,
      );
    }
    return [...replicas];
  });
}
