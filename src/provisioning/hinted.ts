import type { EventResource, EventType } from "../amplify/event.ts";
import type { Resource } from "../amplify/resource.ts";
import type { GrantRow } from "../store/grants.ts";
import { resourceOf } from "./context.ts";
import { NO_FAILURES } from "./setback.ts";

/** A hint waits so long for those that come right behind it: one request of a consumer is told of several times. */
export const SETTLE_MS = 2_000;
/** Webhooks may cost one read of an application in this time, whoever calls them and however often. */
export const READ_EVERY_MS = 60_000;

/** What webhooks told of the resources of one application. */
export interface Hinted {
  /** When one was last read because of them, ms. */
  readonly readAt: number | undefined;
  /** Versions told, by `keyOf`; empty where none was. */
  readonly waiting: Readonly<Record<string, string>>;
}

export function keyOf({ kind, name }: Pick<GrantRow, "kind" | "name">): string {
  return `${kind}/${name}`;
}

/**
 * Whether what a webhook tells may be newer than what was read. Versions count up with every write, so one that is not
 * above ours is a repetition, was overtaken, or is the echo of our own write. A resource that was deleted and made again
 * has another id and counts anew.
 */
export function isNews(row: GrantRow, told: EventResource, type: EventType): boolean {
  // It is going to be read anyway.
  if (row.dirty) return false;
  const seen = resourceOf(row);
  if (!seen || type === "deleted") return true;
  if (told.id !== undefined && seen.metadata.id !== undefined && told.id !== seen.metadata.id) return true;
  return isAbove(told.resourceVersion, seen);
}

/** What waits for a resource after another hint: calls overtake each other, so the highest version counts. */
export function waitingWith(hinted: Hinted, row: GrantRow, version: string | undefined): Hinted {
  const key = keyOf(row);
  const before = hinted.waiting[key];
  const [told, kept] = [numberOf(version), numberOf(before)];
  const isLower = before === "" || (told !== undefined && kept !== undefined && told < kept);
  return isLower
    ? hinted
    : { ...hinted, waiting: { ...hinted.waiting, [key]: told === undefined ? "" : String(told) } };
}

/** When a hint that comes now leads to a read. */
export function readAt({ readAt: last }: Pick<Hinted, "readAt">, now: number): number {
  return last === undefined ? now + SETTLE_MS : Math.max(now + SETTLE_MS, last + READ_EVERY_MS);
}

export type NextHint =
  | { readonly kind: "read"; readonly row: GrantRow }
  | { readonly kind: "wait"; readonly until: number }
  /** Nothing waits, and nothing has to be remembered any more. */
  | { readonly kind: "nothing" };

/** What to do about an application's hints. What was read meanwhile for another reason is not read again. */
export function nextHint({ readAt: last, waiting }: Hinted, rows: readonly GrantRow[], now: number): NextHint {
  const until = last === undefined ? now : last + READ_EVERY_MS;
  if (now < until) return { kind: "wait", until };
  const row = rows.find((each) => {
    const version = waiting[keyOf(each)];
    const seen = resourceOf(each);
    return version !== undefined && !each.dirty && (!seen || isAbove(version === "" ? undefined : version, seen));
  });
  return row ? { kind: "read", row } : { kind: "nothing" };
}

/** The row after its resource was read because of a hint: as news, so what failed before may go now, and ids are taken anew. */
export function afterRead(row: GrantRow): GrantRow {
  const { ids: _, ...record } = { ...JSON.parse(row.record), ...NO_FAILURES };
  return { ...row, record: JSON.stringify(record) };
}

/** What is not a number says nothing of its place, so it may be newer. */
function isAbove(version: string | undefined, { metadata }: Resource): boolean {
  const told = numberOf(version);
  const ours = numberOf(metadata.resourceVersion);
  return told === undefined || ours === undefined || told > ours;
}

function numberOf(version: string | undefined): bigint | undefined {
  return version !== undefined && /^\d{1,19}$/.test(version) ? BigInt(version) : undefined;
}
