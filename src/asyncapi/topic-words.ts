import type { DocumentInput } from "./model.ts";
import { duration, plural, size } from "./words.ts";

type Topic = DocumentInput["topic"];

/** Longer than this nobody waits: the largest long, often configured, is 292 million years. */
const FOR_EVER = 36_500n * 86_400_000n;

/** What a reader should know of the topic itself, one sentence each: parallelism, how long messages stay, how large they may be. */
export function topicSentences(topic: Topic): string[] {
  return [...shape(topic), ...retention(topic), ...sizes(topic)];
}

function shape({ partitions, replicationFactor }: Topic): string[] {
  if (partitions < 1) return [];
  return [`${plural(partitions, "partition")}${copies(partitions, replicationFactor)}.`];
}

function copies(partitions: number, replicationFactor: number): string {
  if (replicationFactor < 1) return "";
  if (replicationFactor === 1) return ", not replicated";
  return `, ${partitions === 1 ? "" : "each "}kept on ${replicationFactor} brokers`;
}

function retention({ configs }: Topic): string[] {
  const policy = configs["cleanup.policy"]?.split(",").map((part) => part.trim()) ?? [];
  const sentences: string[] = [];
  if (policy.includes("compact")) sentences.push(...compaction(configs));
  if (policy.length > 0 && !policy.includes("delete")) return sentences;
  const time = long(configs["retention.ms"]);
  if (time !== undefined) {
    sentences.push(
      time < 0n || time >= FOR_EVER ? "Messages are not deleted by age." : `Messages are kept for ${duration(time)}.`,
    );
  }
  const bytes = long(configs["retention.bytes"]);
  if (bytes !== undefined && bytes >= 0n) {
    sentences.push(`A partition keeps ${size(bytes)}; when it is full, its oldest messages are deleted.`);
  }
  return sentences;
}

function compaction(configs: Topic["configs"]): string[] {
  const sentences = [
    "Compacted: of each key the newest message is kept for good, older ones are removed in time. A message without value deletes its key.",
  ];
  const deletes = long(configs["delete.retention.ms"]);
  if (deletes !== undefined && deletes > 0n) sentences.push(`Such deletions can be read for ${duration(deletes)}.`);
  return sentences;
}

function sizes({ configs }: Topic): string[] {
  const bytes = long(configs["max.message.bytes"]);
  return bytes !== undefined && bytes > 0n ? [`A batch of messages has at most ${size(bytes)}.`] : [];
}

function long(text: string | undefined): bigint | undefined {
  return text !== undefined && /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}
