import * as v from "valibot";
import type { OutboxRow } from "../../../src/store/outbox.ts";
import type { Posted } from "../../../src/traceability/send.ts";

const Event = v.object({ id: v.string(), timestamp: v.number(), messages: v.string() });

/** What takes metric events: one that comes again replaces itself. */
export class Ingestion {
  readonly stored = new Map<string, string>();
  /** Every body that was ever sent under an id. */
  readonly seen = new Map<string, Set<string>>();
  posts: number[] = [];
  /** `down` answers nothing; `forgetful` stores and then breaks off. */
  state: "up" | "down" | "forgetful" = "up";
  /** Refuses a batch with such an event. */
  refuses: (id: string) => boolean = () => false;

  readonly post = async (events: readonly OutboxRow[]): Promise<Posted> => {
    await Promise.resolve();
    this.posts.push(events.length);
    for (const { id, body } of events) this.seen.set(id, (this.seen.get(id) ?? new Set()).add(body));
    if (this.state === "down") throw new Error("no answer");
    if (events.some(({ id }) => this.refuses(id))) return { kind: "refused", message: "an event is not understood" };
    for (const { id, body } of events) this.stored.set(id, body);
    if (this.state === "forgetful") throw new Error("reset after it was stored");
    return { kind: "accepted" };
  };

  events(): v.InferOutput<typeof Event>[] {
    return [...this.stored.values()].map((body) => v.parse(Event, JSON.parse(body)));
  }

  accepted(): bigint {
    return this.events().reduce((sum, { messages }) => sum + BigInt(messages), 0n);
  }
}
