import { type AccessRequest, accessRequest } from "../amplify/provisioning/access-request.ts";
import { groupPrefix } from "../confluent/labels.ts";
import { resourceOf } from "../provisioning/context.ts";
import { AccessRecord, readRecord } from "../provisioning/record.ts";
import type { GrantedRow } from "../store/granted.ts";
import type { GrantRow } from "../store/grants.ts";
import type { Context } from "./context.ts";

/**
 * Keeps what counting has to know of every access request that was granted: whose groups they are, for which topic, and
 * what a metric event says of it. A request whose row is gone was removed: what it knew is kept until its groups were
 * sampled for the last time, so that its removal never waits for that. Writes only what changed; asks nothing.
 */
export async function keepGranted({ stores, now, together }: Context): Promise<void> {
  const topics = new Map(stores.topics.all().map(({ name, published }) => [published.instance?.name, name]));
  const known = new Map(stores.granted.all().map((row) => [row.request, row]));
  const rows: GrantedRow[] = [];
  for (const row of stores.grants.all()) {
    const granted = await grantedBy(row, topics, stores.grants.get("application", row.application ?? ""), now());
    const before = known.get(row.name);
    if (granted && !(before && isSame(before, granted)))
      rows.push({ ...granted, grantedAt: before?.grantedAt ?? granted.grantedAt });
  }
  together(() => {
    for (const row of rows) stores.granted.put(row);
    for (const { request } of known.values())
      if (!stores.grants.get("access", request)) stores.granted.remove(request, now());
  });
}

/** Undefined for what is no access request that lets anybody read a topic of ours. */
async function grantedBy(
  row: GrantRow,
  topics: ReadonlyMap<string | undefined, string>,
  application: GrantRow | undefined,
  now: number,
): Promise<GrantedRow | undefined> {
  const resource = row.kind === "access" ? resourceOf(row) : undefined;
  if (!resource) return undefined;
  const view = accessRequest(resource);
  const topic = topics.get(view.instance);
  const applicationId = (application && resourceOf(application))?.metadata.id ?? view.applicationId;
  if (view.level !== "Success" || view.asked.operations === "produce") return undefined;
  if (topic === undefined || row.application === undefined || applicationId === undefined) return undefined;
  const { ids } = readRecord(AccessRecord, row.record);
  return {
    request: row.name,
    application: row.application,
    prefix: await groupPrefix(applicationId),
    topic,
    ids: ids && JSON.stringify(ids),
    grantedAt: Math.min(now, successAt(view) ?? now),
    removedAt: undefined,
  };
}

/** When it was told that it was granted, ms; it outlives the database. */
function successAt({ reasons }: AccessRequest): number | undefined {
  const times = reasons.map(({ timestamp }) => Date.parse(timestamp ?? "")).filter(Number.isFinite);
  return times.length === 0 ? undefined : Math.max(...times);
}

function isSame(before: GrantedRow, after: GrantedRow): boolean {
  return (
    before.application === after.application &&
    before.prefix === after.prefix &&
    before.topic === after.topic &&
    (after.ids === undefined || before.ids === after.ids) &&
    before.removedAt === after.removedAt
  );
}
