import type { Checkpoint } from "../../../src/store/checkpoints.ts";
import { type Change, type CountFacts, countGroup, type TopicFacts } from "../../../src/traceability/count.ts";
import type { Count, GroupSample, PartitionSample } from "../../../src/traceability/model.ts";

export const GROUP = "amp.0123456789ab.billing";
export const MINUTE = 60_000;
export const INTERVAL = 5 * MINUTE;
export const START = Date.UTC(2026, 7, 1, 12);

/** Committed and end of partition 0, 1, … of a topic; null where nothing is committed. */
type Offsets = readonly (readonly [committed: number | null, logEnd?: number, logStart?: number] | undefined)[];

export function partitions(topic: string, offsets: Offsets): PartitionSample[] {
  return offsets.flatMap((entry, partition) => {
    if (!entry) return [];
    const [committed, logEnd, logStart] = entry;
    const big = (value: number | null | undefined) => (typeof value === "number" ? BigInt(value) : undefined);
    return [{ topic, partition, committed: big(committed), logEnd: big(logEnd), logStart: big(logStart) }];
  });
}

/** A group that is sampled again and again, its checkpoints moving as the store would move them. */
export class Sampled {
  checkpoints: Checkpoint[] = [];
  changes: Change[] = [];
  since: number | undefined;
  readonly #facts: Partial<Omit<CountFacts, "topic">>;
  readonly #about: Partial<TopicFacts>;

  constructor(facts: Partial<Omit<CountFacts, "topic">> = {}, about: Partial<TopicFacts> = {}) {
    this.#facts = facts;
    this.#about = about;
  }

  /** What is counted of a sample, `minute` minutes after the first. */
  at(minute: number, seen: readonly PartitionSample[], state = "STABLE", about: Partial<TopicFacts> = {}): Count[] {
    const sample: GroupSample = { group: GROUP, state, readAt: START + minute * MINUTE, partitions: seen };
    const none = { compact: false, retentionMs: undefined, partitions: undefined, previousEnd: () => undefined };
    this.changes = countGroup(this.checkpoints, sample, {
      since: this.since,
      intervalMs: INTERVAL,
      countReread: true,
      fresh: false,
      ...this.#facts,
      topic: () => ({ ...none, ...this.#about, ...about }),
    });
    for (const { after } of this.changes) this.put({ ...after, generation: after.generation + 1 });
    this.since = sample.readAt;
    return this.changes.flatMap(({ count }) => count ?? []);
  }

  put(checkpoint: Checkpoint): void {
    this.checkpoints = [...this.checkpoints.filter(({ topic }) => topic !== checkpoint.topic), checkpoint];
  }

  topic(name = "orders"): Checkpoint {
    const found = this.checkpoints.find(({ topic }) => topic === name);
    if (!found) throw new Error(`no checkpoint of ${name}`);
    return found;
  }
}
