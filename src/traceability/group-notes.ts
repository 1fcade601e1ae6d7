import type { GroupRow } from "../store/groups.ts";
import { GONE_AFTER } from "./advance.ts";
import type { TopicStanding } from "./group-standing.ts";
import { isSupported } from "./sample.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** New groups of an application in a day that are nothing unusual. */
const USUAL_NEW_GROUPS = 3;

/** What an operator should know of a group, in sentences. */
export function groupNotes(row: GroupRow, topics: readonly TopicStanding[]): string[] {
  if (!isSupported(row.type))
    return [
      `${row.type} groups are not supported: they keep their progress record by record, so offsets do not tell what was read.`,
    ];
  const notes: string[] = [];
  if (row.absent >= GONE_AFTER)
    notes.push(
      "It is gone: two complete lists in a row did not show it. One of the same name that comes later is counted from where it is first seen.",
    );
  else if (row.absent > 0) notes.push("The last complete list did not show it.");
  if (row.problem !== undefined) notes.push(`It could not be sampled: ${row.problem}`);
  if (row.samples < 2)
    notes.push("It was seen in fewer than two samples: what it reads is counted from the second on.");
  if (row.samples > 0 && !row.hasCommits && row.absent === 0)
    notes.push("It has no committed offsets: what keeps its progress elsewhere, as some sinks do, cannot be counted.");
  for (const { topic, quality, partitions } of topics) {
    if (quality === "expired") notes.push(`Its commits on ${topic} are gone; shown are the last ones.`);
    else if (partitions.every(({ committed, logEnd }) => committed !== undefined && logEnd === undefined))
      notes.push(`No end of ${topic} is known, as after the topic was deleted: commits outlive it.`);
  }
  return notes;
}

/**
 * Applications with more than three groups that were first seen within a day. A group that is new and reads what was
 * there before is counted too low, so names that change all the time lose most of it.
 */
export function restlessApplications(rows: readonly GroupRow[], now: number): string[] {
  const counts = new Map<string, number>();
  for (const { application, firstSeenAt } of rows)
    if (now - firstSeenAt < DAY_MS) counts.set(application, (counts.get(application) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > USUAL_NEW_GROUPS)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([application, count]) =>
        `${application} has ${count} new groups within a day: what each read before it was first sampled may be missing from its counts.`,
    );
}
