import type { Call, Outlet } from "../http/outlet.ts";
import type { Clock } from "../runtime/ports.ts";
import { type BudgetStore, mayStartAt, mustBeFree } from "../store/budget.ts";
import type { Lane, WorkStore } from "../store/work.ts";
import type { Gate } from "./gate.ts";
import { LaneBlocked } from "./wake.ts";

export interface Meter {
  readonly clock: Clock;
  readonly gate: Gate;
  readonly budget: BudgetStore;
  readonly work: WorkStore;
  /** Amplify requests a minute that this connection may start. */
  readonly requestsPerMinute: number;
}

/**
 * The outlet as one work item sees it: each Amplify request is written to the budget before it starts, and a lane that
 * has used its share stops. A credential that is refused is not sent again.
 */
export function meteredOutlet(outlet: Outlet, meter: Meter, lane: Lane): Outlet {
  const admit = (call: Call): void => {
    const now = meter.clock.now();
    meter.gate.check(call.upstream, now);
    if (call.upstream !== "amplify") return;
    const provisioningDue = meter.work.nextDue(["provisioning"]);
    const needed = mustBeFree(lane, meter.requestsPerMinute, provisioningDue !== undefined && provisioningDue <= now);
    const at = mayStartAt(now, meter.budget.starts(now), meter.requestsPerMinute, needed);
    if (at > now) throw new LaneBlocked(lane, at);
    meter.budget.add(now);
  };
  const noted = <T extends { readonly status: number }>(call: Call, reply: T): T => {
    meter.gate.note(call.upstream, reply.status, meter.clock.now());
    return reply;
  };
  return {
    send: async (call) => {
      admit(call);
      return noted(call, await outlet.send(call));
    },
    stream: async (call) => {
      admit(call);
      return noted(call, await outlet.stream(call));
    },
  };
}
