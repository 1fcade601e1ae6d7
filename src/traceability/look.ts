import * as v from "valibot";
import { NotYet } from "../http/errors.ts";
import type { KnownStore } from "../store/known.ts";
import type { MetricsPage, MetricsPageStore, MetricsPoint } from "../store/metrics-pages.ts";

/** One question to the Metrics API: of these minutes, `to` not among them. */
export interface Ask {
  readonly metric: "lags" | "received";
  readonly from: number;
  readonly to: number;
}

export interface Answer {
  readonly points: readonly MetricsPoint[];
  /** Token of the next page; undefined after the last one. */
  readonly next: string | undefined;
}

export interface LookDependencies {
  /** One page; undefined when its token is no longer known. Throws what else goes wrong. */
  readonly page: (ask: Ask, token: string | undefined) => Promise<Answer | undefined>;
  readonly pages: MetricsPageStore;
  readonly known: KnownStore;
  readonly now: () => number;
  readonly together: <T>(work: () => T) => T;
}

const LOOK = "metrics-look";
const LookFact = v.object({ asks: v.string(), ask: v.number(), next: v.optional(v.string()) });
/** A question whose pages expire again and again is given up for now. */
const MOST_RESTARTS = 3;
const RESTART_MS = 60_000;

/**
 * All answers to the questions, page by page. The Metrics API allows few requests a minute: what was read when the next
 * one has to wait is kept, and a later call with the same questions goes on there. `endLook` ends it.
 */
export async function look(asks: readonly Ask[], dependencies: LookDependencies): Promise<readonly MetricsPage[]> {
  const { pages, known, now, together } = dependencies;
  const name = JSON.stringify(asks);
  const fact = known.get(LOOK, LookFact)?.value;
  const kept = fact?.asks === name ? fact : undefined;
  const place: Place = { ask: kept?.ask ?? 0, next: kept?.next, read: kept ? pages.all() : [] };
  try {
    for (; place.ask < asks.length; place.ask++) {
      const ask = asks[place.ask];
      if (ask) await readAsk(ask, place, dependencies);
    }
  } catch (error) {
    if (error instanceof NotYet && place.read.length > 0) {
      together(() => {
        pages.put(place.read);
        known.put(LOOK, { asks: name, ask: place.ask, next: place.next }, now());
      });
    }
    throw error;
  }
  return place.read;
}

/** The questions that a look which had to wait was about; undefined when none is under way. */
export function asksUnderWay({ known }: Pick<LookDependencies, "known">): readonly Ask[] | undefined {
  const fact = known.get(LOOK, LookFact)?.value;
  return fact && v.parse(Asks, JSON.parse(fact.asks));
}

const Asks = v.array(v.object({ metric: v.picklist(["lags", "received"]), from: v.number(), to: v.number() }));

/** What was read has been used, or is of no use any more. */
export function endLook({ pages, known }: Pick<LookDependencies, "pages" | "known">): void {
  pages.clear();
  known.drop(LOOK);
}

interface Place {
  ask: number;
  next: string | undefined;
  read: MetricsPage[];
}

async function readAsk(ask: Ask, place: Place, { page, now }: LookDependencies): Promise<void> {
  for (let restarts = 0; ; ) {
    const answer = await page(ask, place.next);
    if (!answer) {
      place.read = place.read.filter((each) => each.ask !== place.ask);
      place.next = undefined;
      if (++restarts >= MOST_RESTARTS) throw new NotYet(now() + RESTART_MS, "the Metrics API forgets its pages");
      continue;
    }
    place.read.push({ ask: place.ask, points: answer.points });
    place.next = answer.next;
    if (answer.next === undefined) return;
  }
}
