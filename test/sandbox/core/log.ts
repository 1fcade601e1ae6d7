import type { LoggedRequest } from "./types.ts";

/** A request under way: its line stands in the log since it arrived, with status 0 until it was answered. */
export interface OpenEntry {
  answered(answer: { status: number; caller: string | undefined; milliseconds: number }): void;
}

export interface Arrival {
  readonly at: number;
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

/** What reached the sandbox, in order of arrival. Bounded: the oldest lines go first, and counting over lost ones is refused. */
export class RequestLog {
  readonly #capacity: number;
  #entries: LoggedRequest[] = [];
  #sequence = 0;
  readonly #marks = new Map<string, number>();

  constructor(capacity = 100_000) {
    this.#capacity = capacity;
  }

  open(arrival: Arrival): OpenEntry {
    this.#sequence += 1;
    const sequence = this.#sequence;
    this.#entries.push({ sequence, ...arrival, status: 0, caller: undefined, milliseconds: 0 });
    // Cut in larger pieces, so that a full log does not move its whole array for each request.
    if (this.#entries.length > this.#capacity * 1.1) this.#entries = this.#entries.slice(-this.#capacity);
    return {
      answered: (answer) => {
        const index = this.#indexOf(sequence);
        const entry = this.#entries[index];
        if (entry?.sequence === sequence) this.#entries[index] = { ...entry, ...answer };
      },
    };
  }

  /** All lines that are still kept, oldest first. */
  all(): readonly LoggedRequest[] {
    return this.#entries;
  }

  /** Lines after `sequence`, oldest first, at most `limit`. */
  after(sequence: number, limit = Number.POSITIVE_INFINITY): readonly LoggedRequest[] {
    const start = this.#indexOf(sequence + 1);
    return this.#entries.slice(start, start + limit);
  }

  /** Names this moment. A name that is used again moves. Returns the sequence of the last request that arrived before it. */
  mark(name: string): number {
    this.#marks.set(name, this.#sequence);
    return this.#sequence;
  }

  marks(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#marks);
  }

  /**
   * What arrived between two marks, or from the first one until now. Throws an Error for a name that nobody marked, and
   * when lines of that stretch were dropped already: a count over them would be wrong without a sign.
   */
  between(from: string, to?: string): readonly LoggedRequest[] {
    const first = this.#marked(from);
    const last = to === undefined ? this.#sequence : this.#marked(to);
    const oldest = this.#entries[0]?.sequence ?? this.#sequence + 1;
    if (last > first && oldest > first + 1) {
      throw new Error(`The log no longer holds what followed the mark "${from}": it keeps ${this.#capacity} requests.`);
    }
    return this.#entries.filter((entry) => entry.sequence > first && entry.sequence <= last);
  }

  #marked(name: string): number {
    const sequence = this.#marks.get(name);
    if (sequence === undefined) throw new Error(`No mark "${name}" was set.`);
    return sequence;
  }

  /** Lines are numbered without gaps, so the place of one follows from the first. */
  #indexOf(sequence: number): number {
    const oldest = this.#entries[0]?.sequence ?? sequence;
    return Math.max(0, sequence - oldest);
  }
}
