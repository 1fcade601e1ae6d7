import type { Sql } from "../runtime/ports.ts";
import type { Lane } from "./work.ts";

/** Amplify counts requests in any 60 s; the rest allows for requests that overtake each other on their way. */
export const WINDOW_MS = 60_500;

/**
 * How many of the budget must be free before a lane may start a request. Provisioning and events use all of it;
 * discovery leaves a little, and a third while provisioning has work, so that nobody waits for an import.
 * @param budget requests a minute of this connection
 */
export function mustBeFree(lane: Lane, budget: number, provisioningIsDue: boolean): number {
  if (lane === "provisioning" || lane === "status" || lane === "events") return 1;
  const share = provisioningIsDue ? Math.floor(budget / 3) : Math.floor(budget / 12);
  return Math.min(Math.max(1, share), budget);
}

/**
 * When a request may start.
 * @param starts times of the requests of the last window, ascending, ms
 * @returns `now` when it may start at once, else the first time at which enough will be free
 */
export function mayStartAt(now: number, starts: readonly number[], budget: number, needed: number): number {
  const recent = starts.filter((at) => at > now - WINDOW_MS);
  const free = budget - recent.length;
  if (free >= needed) return now;
  const blocking = recent[needed - free - 1];
  return blocking === undefined ? now + WINDOW_MS : blocking + WINDOW_MS;
}

export interface BudgetStore {
  /** Start times inside the window, ascending. */
  starts(now: number): number[];
  /** Writes that a request starts now. Must be called before the request. */
  add(now: number): void;
}

export function budgetStore(sql: Sql): BudgetStore {
  return {
    starts: (now) =>
      sql.exec<{ at: number }>("SELECT at FROM budget WHERE at > ? ORDER BY at", now - WINDOW_MS).map((row) => row.at),
    add: (now) => {
      sql.exec("DELETE FROM budget WHERE at <= ?", now - WINDOW_MS);
      sql.exec("INSERT INTO budget (at) VALUES (?)", now);
    },
  };
}
