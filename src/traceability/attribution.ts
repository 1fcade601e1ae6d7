import type { GrantedRow } from "../store/granted.ts";

/** The application whose prefix the group bears; undefined for a group that is none of ours. */
export function applicationOf(group: string, granted: readonly GrantedRow[]): string | undefined {
  return granted.find(({ prefix }) => group.startsWith(prefix))?.application;
}

/**
 * The access request that an application's reading of a topic counts for: of those that hold, the one provisioned last;
 * where none holds any more, of those removed meanwhile. Undefined when it asked for none: then nothing is guessed.
 */
export function requestFor(application: string, topic: string, granted: readonly GrantedRow[]): GrantedRow | undefined {
  const candidates = granted
    .filter((row) => row.application === application && row.topic === topic)
    .sort((one, other) => other.grantedAt - one.grantedAt || (one.request < other.request ? 1 : -1));
  return candidates.find(({ removedAt }) => removedAt === undefined) ?? candidates[0];
}

/** Names that only a consumer group under the prefix of some application has. */
export function isLabelled(group: string): boolean {
  return /^amp\.[0-9a-f]{12}\./.test(group);
}
