import type { SandboxClock } from "./types.ts";

/** Something that is to happen when the sandbox's clock has reached a time. */
interface Waiting {
  readonly at: number;
  readonly ring: () => void;
  readonly timer: NodeJS.Timeout;
}

/** Node cuts longer timers to 1 ms (Node docs, `setTimeout`). */
const longestTimer = 2 ** 31 - 1;

/**
 * Real time plus an offset. What waits on it (a delayed answer, an act that is completed late) rings when real time
 * has passed, or at once when the clock jumps past it.
 */
export class MovableClock implements SandboxClock {
  readonly #realTime: () => number;
  #offset: number;
  readonly #waiting = new Set<Waiting>();

  constructor(offset = 0, realTime: () => number = Date.now) {
    this.#offset = offset;
    this.#realTime = realTime;
  }

  now(): number {
    return this.#realTime() + this.#offset;
  }

  offset(): number {
    return this.#offset;
  }

  /** Throws a RangeError for a jump that is negative or no number: durations of the simulated systems never run backwards. */
  advance(ms: number): void {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`The clock moves forward only, by a number of ms: ${ms}.`);
    this.#offset += ms;
    const now = this.now();
    const due = [...this.#waiting].filter((waiting) => waiting.at <= now).sort((a, b) => a.at - b.at);
    for (const waiting of due) {
      this.#waiting.delete(waiting);
      clearTimeout(waiting.timer);
      waiting.ring();
    }
  }

  /** Resolves when the clock has reached `now + ms`; at once for 0 or less. */
  async wait(ms: number): Promise<void> {
    if (ms <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(
        () => {
          this.#waiting.delete(waiting);
          resolve();
        },
        Math.min(ms, longestTimer),
      );
      const waiting: Waiting = { at: this.now() + ms, ring: resolve, timer };
      this.#waiting.add(waiting);
    });
  }

  /** Lets everything that waits go, so that a process can end. */
  release(): void {
    for (const waiting of this.#waiting) {
      clearTimeout(waiting.timer);
      waiting.ring();
    }
    this.#waiting.clear();
  }
}
