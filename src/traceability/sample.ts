import pLimit from "p-limit";
import type { Checkpoint } from "../store/checkpoints.ts";
import type { GroupRow } from "../store/groups.ts";
import type { ListedGroup, SamplingStore } from "../store/sampling.ts";
import { countGroup, type TopicFacts } from "./count.ts";
import type { PartitionSample } from "./model.ts";
import { type RecordDependencies, recordChanges } from "./record.ts";
import { beginRound, endRound, type GroupListing, type Round, type RoundDependencies, roundUnderWay } from "./round.ts";

/** Groups that one call of `sampleGroups` reads at most: between two calls, more urgent work has its turn. */
const PART = 50;
/** Requests under way at once. */
const AT_ONCE = 4;

/** What came of asking for the commits of one group. */
export type GroupCommits =
  /** Empty for a group without commits. */
  | { readonly kind: "commits"; readonly partitions: readonly PartitionSample[] }
  /** This group cannot be read now, others can; in words. */
  | { readonly kind: "failed"; readonly problem: string };

export interface SampleDependencies extends RecordDependencies, RoundDependencies {
  /** Every group that the credentials may see. */
  readonly listGroups: () => Promise<readonly GroupListing[]>;
  /** Throws what concerns more than this group. */
  readonly commitsOf: (group: string) => Promise<GroupCommits>;
  readonly sampling: SamplingStore;
  /** What is known of a topic besides what groups showed. */
  readonly aboutTopic: (topic: string) => Omit<TopicFacts, "previousEnd">;
  readonly intervalMs: number;
  readonly countReread: boolean;
}

/**
 * Goes on with the round of sampling under way, or begins one: one listing, and one request a group. Returns after a part
 * of it, to be called again until the round is over. A group that cannot be read does not stop the others; what the
 * ports throw ends the part, which is then read again.
 */
export async function sampleGroups(dependencies: SampleDependencies): Promise<"more" | "over"> {
  const { sampling, now, intervalMs } = dependencies;
  // A listing that has become old is not worth going on with: states and groups are others by now.
  const round =
    roundUnderWay(dependencies, now() - 2 * intervalMs) ??
    beginRound(await dependencies.listGroups(), PART, dependencies);
  const part = sampling.next();
  if (part) {
    await samplePart(part.groups, round, dependencies);
    sampling.done(part.part);
    if (sampling.next()) return "more";
  }
  endRound(round, dependencies);
  return "over";
}

async function samplePart(
  groups: readonly ListedGroup[],
  round: Round,
  dependencies: SampleDependencies,
): Promise<void> {
  const limit = pLimit(AT_ONCE);
  const failed: unknown[] = [];
  await Promise.all(
    groups.map((group) =>
      limit(async () => {
        if (failed.length > 0) return;
        try {
          await sampleGroup(group, round, dependencies);
        } catch (error) {
          failed.push(error);
        }
      }),
    ),
  );
  if (failed.length > 0) throw failed[0];
}

async function sampleGroup(listed: ListedGroup, round: Round, dependencies: SampleDependencies): Promise<void> {
  if (!isSupported(listed.type)) return;
  const commits = await dependencies.commitsOf(listed.name);
  const readAt = dependencies.now();
  dependencies.together(() => {
    const row = dependencies.groups.get(listed.name);
    // Its application was forgotten meanwhile.
    if (!row) return;
    if (commits.kind === "failed") {
      dependencies.groups.put({
        ...row,
        staleSince: row.staleSince ?? round.previousAt ?? row.firstSeenAt,
        problem: commits.problem,
      });
      return;
    }
    const sample = { group: listed.name, state: listed.state, readAt, partitions: commits.partitions };
    const changes = countGroup(dependencies.checkpoints.ofGroup(listed.name), sample, {
      since: sinceOf(row, round),
      intervalMs: dependencies.intervalMs,
      countReread: dependencies.countReread,
      fresh: row.samples === 0 && round.fresh.includes(listed.name),
      topic: (topic) => ({
        ...dependencies.aboutTopic(topic),
        previousEnd: (partition) => previousEnd(topic, partition, round, dependencies),
      }),
    });
    recordChanges(row.application, changes, dependencies);
    dependencies.groups.put({
      ...row,
      samples: Math.min(2, row.samples + 1),
      hasCommits: commits.partitions.some(({ committed }) => committed !== undefined),
      staleSince: undefined,
      problem: undefined,
    });
  });
}

/** Share and streams groups keep their progress elsewhere: what they commit says nothing of what was read. */
export function isSupported(type: string): boolean {
  return type !== "SHARE" && type !== "STREAMS";
}

/** When the group was last seen well at the latest: rows are only written when something changed. */
function sinceOf({ name, samples, staleSince }: GroupRow, { previousAt, fresh }: Round): number | undefined {
  if (samples === 0) return fresh.includes(name) ? previousAt : undefined;
  return staleSince ?? previousAt;
}

/** Where the log ended at the round before, as a group showed it that was sampled then and was not yet in this one. */
function previousEnd(
  topic: string,
  partition: number,
  round: Round,
  { checkpoints, groups }: SampleDependencies,
): bigint | undefined {
  const isOfBefore = ({ group, readAt }: Checkpoint) => {
    const row = groups.get(group);
    return readAt < round.startedAt && row?.absent === 0 && row.staleSince === undefined;
  };
  return checkpoints
    .ofTopic(topic)
    .filter(isOfBefore)
    .map(({ partitions }) => partitions.get(partition))
    .filter((mark) => mark?.absent === 0)
    .flatMap((mark) => mark?.logEnd ?? [])
    .reduce<bigint | undefined>((most, end) => (most === undefined || end > most ? end : most), undefined);
}
