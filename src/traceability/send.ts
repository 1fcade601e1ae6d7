import type { ConsumptionStore } from "../store/consumption.ts";
import type { OutboxRow, OutboxStore } from "../store/outbox.ts";

/** An event that ingestion refuses by itself is offered again after this. */
const REFUSED_MS = 24 * 60 * 60 * 1000;

/** What ingestion said to a batch; it takes or refuses it whole (agent-sdk pkg/traceability/httpclient.go). */
export type Posted = { readonly kind: "accepted" } | { readonly kind: "refused"; readonly message: string };

export interface SendDependencies {
  readonly consumption: ConsumptionStore;
  readonly outbox: OutboxStore;
  /** One request. Throws what does not depend on the events: no answer, no login, a server that is down. */
  readonly post: (events: readonly OutboxRow[]) => Promise<Posted>;
  /** Most events of one request. */
  readonly batch: number;
  readonly now: () => number;
  readonly together: <T>(work: () => T) => T;
  readonly audit: (action: string, subject: string, detail: string) => void;
}

/**
 * Sends what waits, oldest first, at least once. An event keeps its id, time and body in every attempt, so that one whose
 * acceptance was not heard of may be sent again.
 * @param most requests at most
 * @returns whether all that may be sent now was
 */
export async function sendWaiting(dependencies: SendDependencies, most: number): Promise<boolean> {
  const { outbox, now, batch } = dependencies;
  for (let requests = 0; requests < most; ) {
    const events = outbox.due(now(), batch);
    if (events.length === 0) return true;
    requests += await sendBatch(events, dependencies);
  }
  return outbox.due(now(), 1).length === 0;
}

/** Sends a batch, and the halves of one that was refused, until the event is found that is. Returns the requests made. */
async function sendBatch(events: readonly OutboxRow[], dependencies: SendDependencies): Promise<number> {
  const { consumption, outbox, together, audit, now } = dependencies;
  const posted = await dependencies.post(events);
  if (posted.kind === "accepted") {
    together(() => {
      for (const { id } of events) {
        outbox.remove(id);
        consumption.accept(id, now());
      }
    });
    return 1;
  }
  const [only] = events;
  if (only && events.length === 1) {
    together(() => {
      outbox.refuse(only.id, posted.message, now() + REFUSED_MS);
      if (only.error !== posted.message) audit("ingestion refused a metric event", only.id, posted.message);
    });
    return 1;
  }
  const middle = Math.ceil(events.length / 2);
  const first = await sendBatch(events.slice(0, middle), dependencies);
  return 1 + first + (await sendBatch(events.slice(middle), dependencies));
}
