import type { GroupListing } from "../../../src/traceability/round.ts";
import type { GroupCommits } from "../../../src/traceability/sample.ts";

/** Numbers from a seed, the same in each run. */
export function chance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Logs and commits, as far as counting sees them, and the truth about what was read. */
export class Broker {
  readonly ends = new Map<string, number[]>();
  readonly groups = new Map<string, { state: string; type: string; commits: Map<string, (number | undefined)[]> }>();
  /** What each group's commits advanced on each topic, all together. */
  readonly advanced = new Map<string, bigint>();
  calls = 0;

  topic(name: string, partitions: number): void {
    this.ends.set(
      name,
      Array.from({ length: partitions }, () => 0),
    );
  }

  group(name: string, topic: string): void {
    const known = this.groups.get(name) ?? { state: "STABLE", type: "CONSUMER", commits: new Map() };
    known.commits.set(
      topic,
      (this.ends.get(topic) ?? []).map((end) => end),
    );
    this.groups.set(name, known);
  }

  produce(topic: string, partition: number, count: number): void {
    const ends = this.ends.get(topic) ?? [];
    ends[partition] = (ends[partition] ?? 0) + count;
  }

  /** Reads and commits up to `count` messages of a partition. */
  consume(group: string, topic: string, partition: number, count: number): void {
    const commits = this.groups.get(group)?.commits.get(topic);
    const end = this.ends.get(topic)?.[partition] ?? 0;
    const from = commits?.[partition];
    if (!commits || from === undefined) return;
    const to = Math.min(end, from + count);
    commits[partition] = to;
    const key = `${group} ${topic}`;
    this.advanced.set(key, (this.advanced.get(key) ?? 0n) + BigInt(to - from));
  }

  total(): bigint {
    return [...this.advanced.values()].reduce((sum, each) => sum + each, 0n);
  }

  readonly listGroups = async (): Promise<GroupListing[]> => {
    this.calls++;
    await Promise.resolve();
    return [...this.groups].map(([name, { state, type }]) => ({ name, state, type }));
  };

  readonly commitsOf = async (group: string): Promise<GroupCommits> => {
    this.calls++;
    await Promise.resolve();
    const commits = this.groups.get(group)?.commits ?? new Map<string, (number | undefined)[]>();
    const partitions = [...commits].flatMap(([topic, offsets]) =>
      offsets.flatMap((committed, partition) =>
        committed === undefined
          ? []
          : [
              {
                topic,
                partition,
                committed: BigInt(committed),
                logEnd: BigInt(this.ends.get(topic)?.[partition] ?? 0),
              },
            ],
      ),
    );
    return { kind: "commits", partitions };
  };
}
