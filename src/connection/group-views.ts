import type { GroupRow } from "../store/groups.ts";
import { restlessApplications } from "../traceability/group-notes.ts";
import { type GroupStanding, type GroupSummary, groupStanding } from "../traceability/group-standing.ts";
import { sampledAt } from "../traceability/round.ts";
import { page, Refusal } from "./answers.ts";
import type { GroupDetail, GroupsPage, GroupsQuery } from "./api.ts";
import type { Context } from "./context.ts";
import { membersOf } from "./members.ts";

/** Groups by name, a page; of one topic where one is named. From the rows alone: nothing is asked outside. */
export function groups({ limit, after, topic }: GroupsQuery, context: Context): GroupsPage {
  const { stores, now } = context;
  const rows =
    topic === undefined
      ? stores.groups.list({ limit: limit + 1, after })
      : readersOf(topic, context)
          .filter(({ name }) => after === undefined || name > after)
          .slice(0, limit + 1);
  const { items, next } = page(rows, limit, ({ name }) => name);
  return {
    items: items.map((row) => summaryOf(standingOf(row, context))),
    next,
    notes: restlessApplications(stores.groups.all(), now()),
  };
}

/** Throws `Refusal`. */
export function group(name: string, context: Context): GroupDetail {
  const row = context.stores.groups.get(name);
  if (!row) throw new Refusal("not-found", `there is no group ${JSON.stringify(name)} of one of our applications`);
  return { ...standingOf(row, context), members: membersOf(name, context) };
}

export function standingOf(row: GroupRow, { stores, now }: Context): GroupStanding {
  return groupStanding({
    row,
    checkpoints: stores.checkpoints.ofGroup(row.name),
    tiles: stores.tiles.ofGroup(row.name),
    isCompact: (topic) => (stores.topics.get(topic)?.configs["cleanup.policy"] ?? "").includes("compact"),
    sampledAt: sampledAt(stores),
    now: now(),
  });
}

function readersOf(topic: string, { stores }: Context): GroupRow[] {
  const names = [...stores.checkpoints.ofTopic(topic), ...stores.tiles.ofTopic(topic)].map((each) => each.group);
  return [...new Set(names)].sort().flatMap((name) => stores.groups.get(name) ?? []);
}

function summaryOf({ firstSeen: _, standings: __, ...summary }: GroupStanding): GroupSummary {
  return summary;
}
