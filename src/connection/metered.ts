import * as v from "valibot";
import { NotYet } from "../http/errors.ts";
import { nameOf } from "../http/names.ts";
import type { Call } from "../http/outlet.ts";
import type { Clock } from "../runtime/ports.ts";
import { type BudgetStore, mayStartAt, mustBeFree, WINDOW_MS } from "../store/budget.ts";
import type { KnownStore } from "../store/known.ts";
import type { Lane, WorkStore } from "../store/work.ts";
import { PausesFact } from "./facts.ts";
import type { Gate } from "./gate.ts";
import { LaneBlocked } from "./wake.ts";

export interface Meter {
  readonly clock: Clock;
  readonly gate: Gate;
  readonly budget: BudgetStore;
  readonly known: KnownStore;
  readonly work: WorkStore;
  /** Amplify requests a minute that this connection may start. */
  readonly requestsPerMinute: number;
}

/**
 * Says of each request, at the moment before it starts, whether it may: not while a server's pause lasts or its
 * credential is refused, and to Amplify only within the lane's share of the budget, to which it is written first; the
 * metrics API has a budget of its own. Throws `NotYet`, or `LaneBlocked` when the lane's share is used up.
 */
export function admission(
  { clock, gate, budget, known, work, requestsPerMinute }: Meter,
  lane: Lane,
  { passesGate = false }: { readonly passesGate?: boolean } = {},
): (call: Call) => void {
  return (call) => {
    const now = clock.now();
    if (!passesGate && call.isTrial !== true) gate.check(call.upstream, now);
    const host = new URL(call.url).host;
    const pause = known
      .get("pauses", PausesFact)
      ?.value.find((each) => each.upstream === call.upstream && each.host === host && each.until > now);
    if (pause) throw new NotYet(pause.until, `${nameOf(call.upstream)} asked for a pause`);
    if (call.upstream === "metrics") admitMetrics(known, now);
    if (call.upstream !== "amplify") return;
    const provisioningDue = work.nextDue(["provisioning"]);
    const needed =
      call.isFollowUp === true
        ? 1
        : mustBeFree(lane, requestsPerMinute, provisioningDue !== undefined && provisioningDue <= now);
    const at = mayStartAt(now, budget.starts(now), requestsPerMinute, needed);
    if (at > now) throw new LaneBlocked(lane, at);
    budget.add(now);
  };
}

/**
 * Confluent's metrics API takes 60 requests a minute from one address (ccloud-sdk-go-v2 metrics/v2, "Rate Limiting"), which
 * the connections of one deployment share, four at most.
 */
const METRICS_REQUESTS_PER_MINUTE = 60 / 4;
const METRICS_STARTS = "metrics-requests";
const StartsFact = v.array(v.number());

/** Writes the request to the budget of the last minute. Throws `NotYet` when that is used up. */
function admitMetrics(known: KnownStore, now: number): void {
  // A clock that was set back must not shut the way until it is where it was.
  const starts = (known.get(METRICS_STARTS, StartsFact)?.value ?? []).filter(
    (at) => at > now - WINDOW_MS && at <= now + WINDOW_MS,
  );
  const at = mayStartAt(now, starts, METRICS_REQUESTS_PER_MINUTE, 1);
  if (at > now) throw new NotYet(at, "waiting for the request budget of Confluent's metrics API");
  known.put(METRICS_STARTS, [...starts, now], now);
}
