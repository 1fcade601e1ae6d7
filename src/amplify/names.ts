import { sha256Hex } from "../runtime/digest.ts";

const MOST_OF_SLUG = 40;

/** Deterministic names of what is published for one topic: the same after any restart or loss of the database. */
export interface TopicNames {
  /** Resource name of the API service. */
  readonly service: string;
  /** Resource name of the instance: the same, for names are unique per kind. */
  readonly instance: string;
  /** `x-agent-details.externalAPIID`, the identity that duplicates are looked up by. */
  readonly externalApiId: string;
}

/**
 * The hash makes names differ where slugs do not: Kafka topics that differ only in case or in `.` and `_`, or only in
 * characters outside ASCII.
 */
export async function topicNames(clusterId: string, topic: string): Promise<TopicNames> {
  const externalApiId = `${clusterId}/${topic}`;
  const hash = (await sha256Hex(externalApiId)).slice(0, 10);
  const name = join(slug(topic, MOST_OF_SLUG), hash);
  return { service: name, instance: name, externalApiId };
}

/** Whether a service or instance may bear one of our names; one that does not was never ours. */
export function isNameOfOurs(name: string): boolean {
  return /(^|-)[0-9a-f]{10}$/.test(name);
}

/** Resource name of the revision that holds a document. `documentSha256`: lower-case hex. */
export function revisionName(names: TopicNames, documentSha256: string): string {
  return join(names.service, documentSha256.slice(0, 8));
}

/**
 * Lower-case letters, digits and single dashes, at most `most` characters, so that it can begin a resource name
 * (`^[a-z0-9]([-a-z0-9]*[a-z0-9])?…`, agent-sdk pkg/apic/service.go). Empty when nothing of the text is left.
 */
export function slug(text: string, most: number): string {
  const plain = text
    .normalize("NFKD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase();
  return trimDashes(trimDashes(plain.replace(/[^a-z0-9]+/g, "-")).slice(0, most));
}

function join(...parts: string[]): string {
  return parts.filter((part) => part !== "").join("-");
}

function trimDashes(text: string): string {
  return text.replace(/^-|-$/g, "");
}
