import type { Kafka } from "./broker.ts";
import { succeeded } from "./tools.ts";

/** One partition as `kafka-consumer-groups --describe` shows it. */
export interface PartitionOffsets {
  readonly partition: number;
  /** Undefined where the group has committed nothing. */
  readonly committed: bigint | undefined;
  readonly end: bigint;
}

const COLUMNS = ["GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET"];

/** By partition. Throws when the tool shows another table than it did in Kafka 4.3. */
export async function describeGroup(kafka: Kafka, group: string): Promise<readonly PartitionOffsets[]> {
  const shown = succeeded(
    await kafka.tool("kafka-consumer-groups", [...asAdmin(kafka), "--describe", "--group", group]),
  );
  const rows = shown.split("\n").map((line) => line.trim().split(/\s+/));
  if (!rows.some((row) => COLUMNS.every((column, index) => row[index] === column)))
    throw new Error(`kafka-consumer-groups shows no such table:\n${shown}`);
  return rows
    .filter(([name]) => name === group)
    .map(([, , partition, committed = "-", end = ""]) => ({
      partition: Number(partition),
      committed: committed === "-" ? undefined : BigInt(committed),
      end: BigInt(end),
    }))
    .sort((one, other) => one.partition - other.partition);
}

/** How far the group advanced between two descriptions, in partitions for which both show a commit. */
export function advanced(before: readonly PartitionOffsets[], after: readonly PartitionOffsets[]): bigint {
  return after.reduce((sum, { partition, committed }) => {
    const was = before.find((each) => each.partition === partition)?.committed;
    const forward = was === undefined || committed === undefined ? 0n : committed - was;
    return forward > 0n ? sum + forward : sum;
  }, 0n);
}

/** `change`: as kafka-consumer-groups takes it. */
export async function alterGroup(kafka: Kafka, group: string, change: readonly string[]): Promise<void> {
  succeeded(await kafka.tool("kafka-consumer-groups", [...asAdmin(kafka), ...change, "--group", group, "--execute"]));
}

export async function growTopic(kafka: Kafka, topic: string, partitions: number): Promise<void> {
  const change = ["--alter", "--topic", topic, "--partitions", String(partitions)];
  succeeded(await kafka.tool("kafka-topics", [...asAdmin(kafka), ...change]));
}

/** One message a line, `key:value`, so that all partitions get some. */
export async function produceKeyed(kafka: Kafka, topic: string, lines: readonly string[]): Promise<void> {
  const keyed = ["--reader-property", "parse.key=true", "--reader-property", "key.separator=:"];
  const input = lines.map((line) => `${line}\n`).join("");
  succeeded(await kafka.tool("kafka-console-producer", [...asAdmin(kafka), "--topic", topic, ...keyed], { input }));
}

const asAdmin = ({ adminAddress }: Kafka): readonly string[] => ["--bootstrap-server", adminAddress];
