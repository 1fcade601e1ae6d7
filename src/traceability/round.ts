import * as v from "valibot";
import type { CheckpointStore } from "../store/checkpoints.ts";
import type { ConsumptionStore } from "../store/consumption.ts";
import type { GrantedStore } from "../store/granted.ts";
import type { GroupRow, GroupStore } from "../store/groups.ts";
import type { KnownStore } from "../store/known.ts";
import type { ListedGroup, SamplingStore } from "../store/sampling.ts";
import { GONE_AFTER } from "./advance.ts";
import { applicationOf, isLabelled } from "./attribution.ts";
import { tombstone } from "./count.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Groups that are gone are shown for so long. */
const GONE_KEPT_MS = 30 * DAY_MS;
/** A removed request whose groups cannot be sampled any more is let go after this. */
const LAST_SAMPLE_MS = 7 * DAY_MS;
/** Groups of applications that are not known yet, remembered at most. */
const MOST_STRANGERS = 5_000;

const ROUND = "sampling-round";
const SAMPLED = "sampled";
const STRANGERS = "strange-groups";

const RoundSchema = v.object({
  startedAt: v.number(),
  /** Start of the last round that went through; undefined in the first. */
  previousAt: v.optional(v.number()),
  /** Groups that were in no earlier listing, of which the last was complete. */
  fresh: v.array(v.string()),
});
/** One pass over all groups. */
export type Round = v.InferOutput<typeof RoundSchema>;

/** What the last round that went through found. */
export const SampledFact = v.object({ startedAt: v.number(), groups: v.number() });

/** A group as the cluster lists it. */
export interface GroupListing {
  readonly name: string;
  /** As Kafka names it. */
  readonly state: string;
  /** UNKNOWN where the server does not say. */
  readonly type: string;
}

export interface RoundDependencies {
  readonly groups: GroupStore;
  readonly checkpoints: CheckpointStore;
  readonly consumption: ConsumptionStore;
  readonly granted: GrantedStore;
  readonly sampling: SamplingStore;
  readonly known: KnownStore;
  readonly now: () => number;
  readonly together: (work: () => void) => void;
  readonly audit: (action: string, subject: string, detail: string) => void;
}

/** The round that was begun and not ended, if its listing is not older than `oldest`. */
export function roundUnderWay({ known, sampling, now }: RoundDependencies, oldest: number): Round | undefined {
  const round = known.get(ROUND, RoundSchema)?.value;
  const isUsable = round !== undefined && round.startedAt >= oldest && round.startedAt <= now();
  return isUsable && sampling.next() ? round : undefined;
}

/** When the last round that went through began; undefined before the first. */
export function sampledAt({ known }: Pick<RoundDependencies, "known">): number | undefined {
  return known.get(SAMPLED, SampledFact)?.value.startedAt;
}

/** Takes a complete listing: groups of our applications are to be sampled, those it does not show any more grow old. */
export function beginRound(listing: readonly GroupListing[], part: number, dependencies: RoundDependencies): Round {
  const { granted, groups, sampling, known, now, together } = dependencies;
  const rows = granted.all();
  const ours = listing.flatMap(({ name, state, type }) => {
    const application = applicationOf(name, rows);
    return application === undefined ? [] : [{ name, state, type, application }];
  });
  const previousAt = sampledAt(dependencies);
  const before = known.get(STRANGERS, v.array(v.string()))?.value ?? [];
  const isWhole = previousAt !== undefined && before.length < MOST_STRANGERS;
  const isNew = (row: GroupRow | undefined) =>
    !row || (row.samples === 0 && row.absent === 0 && row.firstSeenAt > (previousAt ?? row.firstSeenAt));
  const fresh = ours
    .map(({ name }) => name)
    .filter((name) => isWhole && isNew(groups.get(name)) && !before.includes(name));
  const round: Round = { startedAt: now(), previousAt, fresh };
  together(() => {
    for (const group of ours) groups.put(listed(group, groups.get(group.name), now()));
    growOld(new Set(ours.map(({ name }) => name)), previousAt, dependencies);
    keepStrangers(listing, ours, before, dependencies);
    // Groups that are new first: what others showed at the round before is not overwritten yet.
    const order = [...ours].sort((one, other) => Number(fresh.includes(other.name)) - Number(fresh.includes(one.name)));
    sampling.put(partsOf(order, part));
    known.put(ROUND, round, now());
  });
  return round;
}

function listed({ name, state, type, application }: ListedGroup, known: GroupRow | undefined, now: number): GroupRow {
  if (known && known.absent < GONE_AFTER) return { ...known, state, type, application, absent: 0 };
  const firstSeenAt = known?.firstSeenAt ?? now;
  const begun = { samples: 0, absent: 0, hasCommits: false, staleSince: undefined, problem: undefined };
  return { name, application, state, type, firstSeenAt, ...begun };
}

/** Not shown for the second time: gone. One of the same name that comes later is another one. */
function growOld(shown: ReadonlySet<string>, previousAt: number | undefined, dependencies: RoundDependencies): void {
  const { groups, checkpoints, now } = dependencies;
  for (const row of groups.all()) {
    if (shown.has(row.name)) continue;
    const staleSince = row.staleSince ?? previousAt ?? row.firstSeenAt;
    if (row.absent >= GONE_AFTER) {
      if (now() - staleSince > GONE_KEPT_MS) forgetGroup(row.name, dependencies);
      continue;
    }
    groups.put({ ...row, absent: row.absent + 1, staleSince });
    if (row.absent + 1 < GONE_AFTER) continue;
    for (const checkpoint of checkpoints.ofGroup(row.name)) checkpoints.move(checkpoint, tombstone(checkpoint));
  }
}

/** They existed before they were known to be anyone's, so they are not new when they are. */
function keepStrangers(
  listing: readonly GroupListing[],
  ours: readonly ListedGroup[],
  before: readonly string[],
  { known, now }: RoundDependencies,
): void {
  const names = new Set(ours.map(({ name }) => name));
  const strangers = listing
    .map(({ name }) => name)
    .filter((name) => isLabelled(name) && !names.has(name))
    .sort()
    .slice(0, MOST_STRANGERS);
  if (strangers.join("\n") !== before.join("\n")) known.put(STRANGERS, strangers, now());
}

function partsOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** All groups of the round were looked at. */
export function endRound(round: Round, dependencies: RoundDependencies): void {
  const { known, groups, now, together } = dependencies;
  together(() => {
    known.drop(ROUND);
    known.put(SAMPLED, { startedAt: round.startedAt, groups: groups.count() }, now());
    letGo(round.startedAt, dependencies);
  });
}

/**
 * Forgets access requests whose ACLs were gone before the round began: their groups were sampled for the last time. One
 * that waits to be reported, or whose groups could not be read, stays until it was.
 */
export function letGo(startedAt: number, dependencies: Omit<RoundDependencies, "sampling" | "known">): void {
  const { granted, groups, consumption, audit } = dependencies;
  const waiting = new Set(consumption.allOpen().map(({ request }) => request));
  for (const { request, application, removedAt } of granted.all()) {
    if (removedAt === undefined || removedAt >= startedAt || waiting.has(request)) continue;
    const isStale = groups.ofApplication(application).some(({ problem }) => problem !== undefined);
    if (isStale && startedAt - removedAt < LAST_SAMPLE_MS) continue;
    granted.forget(request);
    audit("counted for the last time", request, application);
  }
  const applications = new Set(granted.all().map(({ application }) => application));
  for (const { name, application } of groups.all()) {
    if (!applications.has(application)) forgetGroup(name, dependencies);
  }
}

function forgetGroup(name: string, { groups, checkpoints }: Pick<RoundDependencies, "groups" | "checkpoints">): void {
  groups.remove(name);
  checkpoints.removeGroup(name);
}
