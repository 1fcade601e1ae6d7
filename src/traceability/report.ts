import * as v from "valibot";
import { next } from "../config/cron.ts";
import type { Schedule } from "../config/schedule.ts";
import type { KnownStore } from "../store/known.ts";
import { type CloseDependencies, closeWindows, dropOld } from "./close.ts";
import { letGo, type RoundDependencies, sampledAt } from "./round.ts";
import { type SendDependencies, sendWaiting } from "./send.ts";

const HOUR_MS = 60 * 60 * 1000;
/** Requests that one call of `report` makes at most: between two calls, more urgent work has its turn. */
const MOST_REQUESTS = 20;
const CLOSED = "windows-closed";

export type ReportDependencies = CloseDependencies &
  SendDependencies &
  Omit<RoundDependencies, "production" | "sampling"> & { readonly known: KnownStore };

/**
 * Closes the open windows when a time of the schedule has passed since the last time, and sends what waits. Returns when
 * to come again, ms; it may be now. Throws what `post` throws: then it is called again after a while and sends the same.
 * @param schedule undefined when nothing is reported: windows are closed by the hour, for the operator
 */
export async function report(schedule: Schedule | undefined, dependencies: ReportDependencies): Promise<number> {
  const { known, now, outbox } = dependencies;
  const startedAt = now();
  const after = (time: number) => (schedule ? next(schedule, time) : undefined) ?? nextHour(time);
  const told = known.get(CLOSED, v.number())?.value;
  // A clock that was set back must not keep windows open for long.
  const closedAt = Math.min(told ?? startedAt, startedAt);
  const isDue = after(closedAt) <= startedAt;
  if (isDue) {
    closeWindows(dependencies);
    dropOld(dependencies);
    const sampled = sampledAt(dependencies);
    if (sampled !== undefined) letGo(sampled, dependencies);
  }
  if (isDue || closedAt !== told) known.put(CLOSED, isDue ? startedAt : closedAt, startedAt);
  if (schedule && !(await sendWaiting(dependencies, MOST_REQUESTS))) return now();
  const refused = schedule ? outbox.nextDue() : undefined;
  return Math.min(after(startedAt), Math.max(refused ?? Number.POSITIVE_INFINITY, now() + HOUR_MS));
}

function nextHour(time: number): number {
  return (Math.floor(time / HOUR_MS) + 1) * HOUR_MS;
}
