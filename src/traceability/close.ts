import type { ConsumptionRow, ConsumptionStore } from "../store/consumption.ts";
import type { GrantedStore } from "../store/granted.ts";
import type { OutboxStore } from "../store/outbox.ts";
import { fold } from "./record.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** With so many events waiting no window is closed: what is open grows, and nothing is lost. */
export const MOST_WAITING = 20_000;
/** An event that ingestion did not accept for so long is given up. */
const OLDEST_MS = 90 * DAY_MS;
const DROPPED_AT_ONCE = 100;

/** What a metric event is made of. */
export interface EventInput {
  readonly id: string;
  /** The window, ms; it has a length. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly topic: string;
  readonly messages: bigint;
  /** What was kept of the access request when it was granted, JSON. */
  readonly ids: string;
}

export interface CloseDependencies {
  readonly consumption: ConsumptionStore;
  readonly outbox: OutboxStore;
  readonly granted: GrantedStore;
  /**
   * The event as it is sent, now and in every later attempt, JSON; undefined for one that tells nothing. The member is
   * undefined when no events are sent.
   */
  readonly eventOf: ((input: EventInput) => string | undefined) | undefined;
  readonly uuid: () => string;
  readonly now: () => number;
  readonly together: <T>(work: () => T) => T;
  readonly audit: (action: string, subject: string, detail: string) => void;
}

/**
 * Closes what was counted so far: each window of an application, topic and access request becomes one event, whose id,
 * time and body are final from here on. What no request explains is closed without one.
 */
export function closeWindows(dependencies: CloseDependencies): void {
  const { consumption, outbox, together, now } = dependencies;
  let waiting = outbox.status().waiting;
  for (const row of consumption.allOpen()) {
    if (waiting >= MOST_WAITING) return;
    if (together(() => closeWindow(row, dependencies))) waiting++;
  }
  consumption.thin(now(), fold);
}

/** Whether an event was made. */
function closeWindow(row: ConsumptionRow, dependencies: CloseDependencies): boolean {
  const { consumption, outbox, granted, eventOf, now } = dependencies;
  const request = row.request === "" ? undefined : granted.get(row.request);
  if (row.messages === 0n || !request || !eventOf) {
    consumption.close(row, now(), undefined);
    return false;
  }
  // Its request was not read whole yet.
  if (request.ids === undefined) return false;
  const id = dependencies.uuid();
  const { topic, messages, startedAt } = row;
  // A clock that was set back makes a window without length.
  const endedAt = Math.max(row.endedAt, startedAt + 1);
  const body = eventOf({ id, startedAt, endedAt, topic, messages, ids: request.ids });
  if (!consumption.close(row, now(), body === undefined ? undefined : id) || body === undefined) return false;
  outbox.add({ id, madeAt: now(), timestamp: Math.floor(startedAt / MINUTE_MS) * MINUTE_MS, messages, body });
  return true;
}

/** Gives up events that were never accepted, aloud. Returns how many. */
export function dropOld(dependencies: CloseDependencies): number {
  const { consumption, outbox, together, audit, now } = dependencies;
  let dropped = 0;
  for (;;) {
    const old = outbox.olderThan(now() - OLDEST_MS, DROPPED_AT_ONCE);
    if (old.length === 0) return dropped;
    together(() => {
      for (const { id, messages, timestamp, error } of old) {
        outbox.remove(id);
        consumption.drop(id);
        const why = error ?? "ingestion did not accept it for 90 days";
        audit("gave up a metric event", id, `${messages} messages of ${new Date(timestamp).toISOString()}: ${why}`);
      }
    });
    dropped += old.length;
  }
}
