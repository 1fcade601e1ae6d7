import * as v from "valibot";
import type { GroupRow } from "../store/groups.ts";
import type { MetricsPage } from "../store/metrics-pages.ts";
import type { ListedGroup } from "../store/sampling.ts";
import { estimate } from "./estimate.ts";
import { reading } from "./gauge.ts";
import { type Ask, asksUnderWay, endLook, type LookDependencies, look } from "./look.ts";
import { isRebalancing } from "./model.ts";
import { MINUTE_MS, OVERLAP_MS, produce, producedThrough } from "./production.ts";
import { addCount, type RecordDependencies } from "./record.ts";
import { endRound, type GroupListing, METRICS, type RoundDependencies, takeListing, UNLISTED } from "./round.ts";

/** Lags are looked at so far back, to find a minute that shows all partitions. */
const GAUGE_MS = 30 * MINUTE_MS;
/** Most minutes of one question (metrics/v2, Granularity). */
const PIECE_MS = 6 * 60 * MINUTE_MS;
/** The Metrics API keeps data for about so long. */
const KEPT_MS = 7 * 24 * 60 * MINUTE_MS;

export interface MetricsDependencies extends RecordDependencies, RoundDependencies, LookDependencies {
  /** Every group that the credentials may see, with its state. */
  readonly listGroups: () => Promise<readonly GroupListing[]>;
  /** The end of the last minute whose data can be asked for. */
  readonly closedUntil: (now: number) => number;
  readonly isCompact: (topic: string) => boolean;
  readonly countReread: boolean;
  readonly audit: (action: string, subject: string, detail: string) => void;
}

const ThroughFact = v.number();

/** What one look at the Metrics API found. */
interface Seen {
  /** End of the minutes that were looked at before, and now. */
  readonly through: number | undefined;
  readonly to: number;
  /** Counts and lags by topic, and by group and topic. */
  readonly counts: ReadonlyMap<string, ReadonlyMap<number, bigint>>;
  readonly gauges: ReadonlyMap<string, ReadonlyMap<string, Map<number, Map<number, bigint>>>>;
}

/**
 * One round over all groups where the cluster does not tell commits: a listing, and the pages of lags and of produced
 * records since the last round. All of it is recorded in one transaction, so that a round that is cut off never was.
 */
export async function sampleMetrics(dependencies: MetricsDependencies): Promise<void> {
  const { known, tiles, production, checkpoints, now, together } = dependencies;
  const last = known.get(METRICS, ThroughFact)?.value;
  const to = endOf(dependencies);
  // A clock that ran ahead, or so long a pause that minutes are lost: counting begins anew.
  const isBroken = last !== undefined && (last > to + PIECE_MS || last < to - KEPT_MS + OVERLAP_MS);
  if (last !== undefined && !isBroken && last >= to) return;
  const through = isBroken ? undefined : last;
  const asks = asksOf(through, to);
  const pages = await look(asks, dependencies);
  const listing = await dependencies.listGroups();
  const seen = seenIn(pages, asks, through, to);
  together(() => {
    if (isBroken) {
      tiles.clear();
      production.clear();
      dependencies.audit("began to count anew", "metrics", "minutes of the Metrics API were missed");
    }
    checkpoints.clear();
    const { round, ours } = takeListing(withUnlisted(listing, seen), to, dependencies);
    takeProduction(seen, dependencies);
    for (const group of ours) estimateGroup(group, seen, dependencies);
    known.put(METRICS, to, now());
    endLook(dependencies);
    // A reading may be of a while before: what was removed since is still to come.
    endRound(round, dependencies, to - GAUGE_MS);
  });
}

/** Of a look that had to wait, while it is fresh; else the last minute that can be asked for. */
function endOf(dependencies: MetricsDependencies): number {
  const to = dependencies.closedUntil(dependencies.now());
  const asked = asksUnderWay(dependencies)?.at(-1)?.to;
  return asked !== undefined && asked <= to && to - asked <= GAUGE_MS ? asked : to;
}

function asksOf(through: number | undefined, to: number): Ask[] {
  const asks: Ask[] = [];
  for (let from = (through ?? to) - OVERLAP_MS; from < to; from += PIECE_MS)
    asks.push({ metric: "received", from, to: Math.min(to, from + PIECE_MS) });
  return [...asks, { metric: "lags", from: to - GAUGE_MS, to }];
}

function seenIn(pages: readonly MetricsPage[], asks: readonly Ask[], through: number | undefined, to: number): Seen {
  const counts = new Map<string, Map<number, bigint>>();
  const gauges = new Map<string, Map<string, Map<number, Map<number, bigint>>>>();
  for (const { ask, points } of pages) {
    const isLags = asks[ask]?.metric === "lags";
    for (const { group, topic, partition, minute, value } of points) {
      if (isLags) inner(inner(inner(gauges, group), topic), minute).set(partition, value);
      else inner(counts, topic).set(minute, value);
    }
  }
  return { through, to, counts, gauges };
}

function inner<K, L, V>(maps: Map<K, Map<L, V>>, key: K): Map<L, V> {
  const known = maps.get(key) ?? new Map<L, V>();
  maps.set(key, known);
  return known;
}

/** The key of the cluster may see fewer groups than that of the Metrics API. */
function withUnlisted(listing: readonly GroupListing[], { gauges }: Seen): GroupListing[] {
  const names = new Set(listing.map(({ name }) => name));
  const unlisted = [...gauges.keys()].filter((name) => !names.has(name));
  return [...listing, ...unlisted.map((name) => ({ name, state: UNLISTED, type: "UNKNOWN" }))];
}

/** Only of topics that somebody of ours reads or may read. */
function takeProduction({ counts, gauges, through, to }: Seen, dependencies: MetricsDependencies): void {
  const { production, tiles, granted } = dependencies;
  const topics = new Set([...tiles.topics(), ...granted.all().map(({ topic }) => topic)]);
  for (const topicGauges of gauges.values()) for (const topic of topicGauges.keys()) topics.add(topic);
  for (const topic of production.topics()) if (!topics.has(topic)) production.remove(topic);
  for (const [topic, minutes] of counts) {
    const after = topics.has(topic) ? produce(production.get(topic), minutes, through ?? 0, to) : undefined;
    if (after) production.put(topic, after);
  }
}

function estimateGroup(group: ListedGroup, seen: Seen, dependencies: MetricsDependencies): void {
  const row = dependencies.groups.get(group.name);
  if (!row) return;
  const gauges = seen.gauges.get(group.name);
  if (!gauges || isRebalancing(group.state)) {
    dependencies.groups.put({ ...row, staleSince: row.staleSince ?? seen.through ?? row.firstSeenAt });
    return;
  }
  for (const [topic, gauge] of gauges) estimateTopic(row, topic, gauge, seen, dependencies);
  dependencies.groups.put({
    ...row,
    samples: Math.min(2, row.samples + 1),
    hasCommits: true,
    staleSince: undefined,
    problem: undefined,
  });
}

function estimateTopic(
  row: GroupRow,
  topic: string,
  gauge: ReadonlyMap<number, ReadonlyMap<number, bigint>>,
  seen: Seen,
  dependencies: MetricsDependencies,
): void {
  const before = dependencies.tiles.get(row.name, topic);
  const production = dependencies.production.get(topic);
  const producedIn = (minute: number) =>
    producedThrough(production, minute) - producedThrough(production, minute - MINUTE_MS);
  const found = reading(gauge, new Set(before?.lags.keys()), before?.minute ?? 0, producedIn);
  const change =
    found &&
    estimate(before, { group: row.name, topic }, found, {
      producedThrough: (minute) => producedThrough(production, minute),
      since: row.staleSince ?? seen.through,
      countReread: dependencies.countReread,
      compact: dependencies.isCompact(topic),
    });
  if (!change) return;
  if (dependencies.tiles.move(change.before, change.after) && change.count)
    addCount(row.application, change.count, dependencies);
}
