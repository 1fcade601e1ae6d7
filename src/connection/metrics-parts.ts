import { UPSTREAMS, type Upstream } from "../http/outlet.ts";
import { SAMPLED, SampledFact } from "../traceability/round.ts";
import type { Context } from "./context.ts";
import { PERIODIC } from "./reconcile.ts";
import { GROUPS } from "./traceability.ts";
import { healthReport } from "./views.ts";

/** Rounds over the groups that ended longer ago than this many intervals are late, and than this at least: they take their time. */
const LATE_INTERVALS = 3;
const LATE_MS = 15 * 60 * 1000;

/** What works and what does not, of what the connection consists of. */
export interface Parts {
  /** By what the work list, and refusals, call it. */
  readonly parts: ReadonlyMap<string, boolean>;
  readonly credentials: ReadonlyMap<Upstream, boolean>;
}

export function partsOf(context: Context): Parts {
  const { stores, upstreams, refusals, now } = context;
  const parts = new Map<string, boolean>();
  for (const key of PERIODIC) {
    const item = stores.work.get(key);
    if (item) parts.set(key, item.error === undefined);
  }
  parts.set("discovery", parts.get("discovery") !== false && healthReport(context).healthy);
  const refused = new Set(refusals.list().map(({ lane }) => lane));
  parts.set("provisioning", !refused.has("provisioning"));
  parts.set("publishing", !(refused.has("discovery") || refused.has("badges")));
  if (parts.has(GROUPS)) parts.set(GROUPS, parts.get(GROUPS) !== false && areGroupsRead(context));
  const closed = new Set(upstreams.gate.closed(now()).map(({ upstream }) => upstream));
  return { parts, credentials: new Map(UPSTREAMS.map((upstream) => [upstream, !closed.has(upstream)])) };
}

/** Every group was read the last time, and that was not long ago; without granted access there is none to be read. */
function areGroupsRead({ stores, config, now }: Context): boolean {
  if (stores.groups.countFailing() > 0) return false;
  const oldest = now() - Math.max(LATE_MS, LATE_INTERVALS * config.traceability.sampleIntervalMs);
  const isOldGrant = stores.granted.all().some(({ grantedAt }) => grantedAt < oldest);
  const sampled = stores.known.get(SAMPLED, SampledFact);
  return !isOldGrant || (sampled !== undefined && sampled.at >= oldest);
}
