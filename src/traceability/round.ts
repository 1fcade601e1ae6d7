import * as v from "valibot";
import type { CheckpointStore } from "../store/checkpoints.ts";
import type { ConsumptionStore } from "../store/consumption.ts";
import type { GrantedStore } from "../store/granted.ts";
import type { GroupRow, GroupStore } from "../store/groups.ts";
import type { KnownStore } from "../store/known.ts";
import type { ProductionStore } from "../store/production.ts";
import type { ListedGroup, SamplingStore } from "../store/sampling.ts";
import type { TileStore } from "../store/tiles.ts";
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
/** Name of the fact that says when the last round went through. */
export const SAMPLED = "sampled";
const STRANGERS = "strange-groups";
/** The minutes that were looked at in the Metrics API. */
export const METRICS = "metrics-through";
/** State of a group that has lags in the Metrics API and is in no listing. */
export const UNLISTED = "UNLISTED";

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
  readonly tiles: TileStore;
  readonly production: ProductionStore;
  readonly consumption: ConsumptionStore;
  readonly granted: GrantedStore;
  readonly sampling: SamplingStore;
  readonly known: KnownStore;
  readonly now: () => number;
  readonly together: <T>(work: () => T) => T;
}

/** The round that was begun and not ended, if its listing is not older than `oldest`. */
export function roundUnderWay({ known, sampling, now }: RoundDependencies, oldest: number): Round | undefined {
  const round = known.get(ROUND, RoundSchema)?.value;
  const isUsable = round !== undefined && round.startedAt >= oldest && round.startedAt <= now();
  return isUsable && sampling.next() ? round : undefined;
}

/**
 * Takes a complete listing, in the caller's transaction: groups of our applications are to be sampled, those it does not
 * show any more grow old. Returns the former, those that are new first.
 * @param at what is sampled in this round is as of then, ms
 */
export function takeListing(
  listing: readonly GroupListing[],
  at: number,
  dependencies: RoundDependencies,
): { readonly round: Round; readonly ours: readonly ListedGroup[] } {
  const { granted, groups, known } = dependencies;
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
  for (const group of ours) groups.put(listed(group, groups.get(group.name), at));
  growOld(new Set(ours.map(({ name }) => name)), previousAt, dependencies);
  keepStrangers(listing, ours, before, dependencies);
  const isFresh = ({ name }: ListedGroup) => fresh.includes(name);
  return {
    round: { startedAt: at, previousAt, fresh },
    ours: [...ours.filter(isFresh), ...ours.filter((group) => !isFresh(group))],
  };
}

/** Begins a round over groups that are read one by one, so that it goes on where a wake ended. */
export function beginRound(listing: readonly GroupListing[], part: number, dependencies: RoundDependencies): Round {
  const { sampling, tiles, production, known, now, together } = dependencies;
  return together(() => {
    const { round, ours } = takeListing(listing, now(), dependencies);
    // What others showed at the round before is not overwritten yet when groups that are new are read.
    sampling.put(partsOf(ours, part));
    known.put(ROUND, round, now());
    // What was estimated so far was counted up to other ends.
    tiles.clear();
    production.clear();
    known.drop(METRICS);
    return round;
  });
}

function listed({ name, state, type, application }: ListedGroup, known: GroupRow | undefined, now: number): GroupRow {
  if (known && known.absent < GONE_AFTER) return { ...known, state, type, application, absent: 0 };
  const firstSeenAt = known?.firstSeenAt ?? now;
  const begun = { samples: 0, absent: 0, hasCommits: false, staleSince: undefined, problem: undefined };
  return { name, application, state, type, firstSeenAt, ...begun };
}

/** Not shown for the second time: gone. One of the same name that comes later is another one. */
function growOld(shown: ReadonlySet<string>, previousAt: number | undefined, dependencies: RoundDependencies): void {
  const { groups, checkpoints, tiles, now } = dependencies;
  for (const row of groups.all()) {
    if (shown.has(row.name) || row.state === UNLISTED) continue;
    const staleSince = row.staleSince ?? previousAt ?? row.firstSeenAt;
    if (row.absent >= GONE_AFTER) {
      if (now() - staleSince > GONE_KEPT_MS) forgetGroup(row.name, dependencies);
      continue;
    }
    groups.put({ ...row, absent: row.absent + 1, staleSince });
    if (row.absent + 1 < GONE_AFTER) continue;
    for (const checkpoint of checkpoints.ofGroup(row.name)) checkpoints.move(checkpoint, tombstone(checkpoint));
    tiles.removeGroup(row.name);
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

/**
 * All groups of the round were looked at.
 * @param through what was read until then is counted, ms
 */
export function endRound(round: Round, dependencies: RoundDependencies, through = round.startedAt): void {
  const { known, groups, now, together } = dependencies;
  together(() => {
    known.drop(ROUND);
    known.put(SAMPLED, { startedAt: round.startedAt, groups: groups.count() }, now());
    letGo(through, dependencies);
  });
}

/** Nothing is granted, so nothing is sampled: the next round is a first one. */
export function rest({ known, sampling, together }: Pick<RoundDependencies, "known" | "sampling" | "together">): void {
  together(() => {
    for (const name of [ROUND, SAMPLED, STRANGERS, METRICS]) known.drop(name);
    sampling.clear();
  });
}

/** When the last round that went through sampled; undefined before the first. */
export function sampledAt({ known }: Pick<RoundDependencies, "known">): number | undefined {
  return known.get(SAMPLED, SampledFact)?.value.startedAt;
}

/**
 * Forgets access requests whose ACLs were gone before the round began: their groups were sampled for the last time. One
 * that waits to be reported, or whose groups could not be read, stays until it was.
 */
export function letGo(
  startedAt: number,
  dependencies: Omit<RoundDependencies, "sampling" | "known" | "production" | "now" | "together">,
): void {
  const { granted, groups, consumption } = dependencies;
  const waiting = new Set(consumption.allOpen().map(({ request }) => request));
  for (const { request, application, removedAt } of granted.all()) {
    if (removedAt === undefined || removedAt >= startedAt || waiting.has(request)) continue;
    const isStale = groups.ofApplication(application).some(({ problem }) => problem !== undefined);
    if (isStale && startedAt - removedAt < LAST_SAMPLE_MS) continue;
    granted.forget(request);
  }
  const applications = new Set(granted.all().map(({ application }) => application));
  for (const { name, application } of groups.all()) {
    if (!applications.has(application)) forgetGroup(name, dependencies);
  }
}

function forgetGroup(
  name: string,
  { groups, checkpoints, tiles }: Pick<RoundDependencies, "groups" | "checkpoints" | "tiles">,
): void {
  groups.remove(name);
  tiles.removeGroup(name);
  checkpoints.removeGroup(name);
}
