import { NotYet } from "../http/errors.ts";
import type { Ports } from "../runtime/ports.ts";
import { LANES, type Lane, type WorkItem, type WorkStore } from "../store/work.ts";
import { errorText, verdict } from "./backoff.ts";

/** A wake ends itself after this long or this many requests; an alarm goes on. */
const LONGEST_WAKE_MS = 10 * 60 * 1000;
export const MOST_REQUESTS = 500;
/** An alarm is never set closer than this, so that a mistake cannot become a busy loop. */
const SHORTEST_ALARM_MS = 10;
/** A wake that could not even record what happened (storage full) rests this long. */
const REST_MS = 5_000;

/** What a reconcile says when it did not fail. */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "again"; readonly at: number; readonly reason: string };

export type Reconcile = (item: WorkItem) => Promise<Outcome>;

/** The lane has used its share of the request budget; nothing in it can go on before `until`. */
export class LaneBlocked extends NotYet {
  readonly lane: Lane;

  constructor(lane: Lane, until: number) {
    super(until, "waiting for the request budget");
    this.lane = lane;
  }
}

export interface WakeDependencies {
  readonly ports: Ports;
  readonly work: WorkStore;
  readonly reconcile: Reconcile;
  /** Whether the key comes round again by itself. */
  readonly periodic: (key: string) => boolean;
  /** Requests sent since the object was made. */
  readonly requests: () => number;
}

/**
 * Does everything that is due, one key at a time, and arms the alarm for the rest. Never throws: what escapes is
 * logged, and the next alarm is armed all the same.
 */
export async function wake({ ports, work, reconcile, periodic, requests }: WakeDependencies): Promise<void> {
  const { clock, log } = ports;
  const startedAt = clock.now();
  const sentBefore = requests();
  const blocked = new Map<Lane, number>();
  let soonest = SHORTEST_ALARM_MS;
  try {
    for (;;) {
      if (clock.now() - startedAt > LONGEST_WAKE_MS || requests() - sentBefore >= MOST_REQUESTS) break;
      const item = work.next(
        clock.now(),
        LANES.filter((lane) => !blocked.has(lane)),
      );
      if (!item) break;
      await attempt(item);
    }
  } catch (error) {
    soonest = REST_MS;
    log.write("error", "a wake ended early", { error: errorText(error) });
  } finally {
    // Without an alarm the next tick arms one.
    await arm().catch((error: unknown) => log.write("error", "no alarm could be set", { error: errorText(error) }));
  }

  async function attempt(item: WorkItem): Promise<void> {
    try {
      const outcome = await reconcile(item);
      if (outcome.kind === "done") work.done(item);
      else work.again(item, outcome.at, outcome.reason);
    } catch (error) {
      if (error instanceof NotYet) {
        if (error instanceof LaneBlocked) blocked.set(error.lane, error.until);
        work.postpone(item, error.until, error.message);
        return;
      }
      const next = verdict(error, item.attempts, clock.now(), ports.random.fraction(), periodic(item.key));
      work.fail(item, errorText(error), next.kind === "retry" ? next.at : undefined);
      log.write("warn", "work failed", {
        key: item.key,
        attempts: item.attempts + 1,
        dead: next.kind === "dead",
        error: errorText(error),
      });
    }
  }

  async function arm(): Promise<void> {
    const times = LANES.map((lane) => {
      const due = work.nextDue([lane]);
      const until = blocked.get(lane);
      return due === undefined || until === undefined ? due : Math.max(due, until);
    }).filter((at) => at !== undefined);
    if (times.length > 0) await ports.alarm.set(Math.max(Math.min(...times), clock.now() + soonest));
  }
}
