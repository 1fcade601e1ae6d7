const WINDOW = 1000;

/** Lets at most `limit` starts a host pass in any second; the next waits some hundred ms by a timer. */
export class Pacer {
  readonly #limit: number;
  readonly #starts = new Map<string, number[]>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  async turn(host: string): Promise<void> {
    for (;;) {
      // Not the Clock port: a clock that stands still or jumps would make a timer's wait endless or useless.
      const now = performance.now();
      const starts = (this.#starts.get(host) ?? []).filter((start) => start > now - WINDOW);
      this.#starts.set(host, starts);
      const wait = waitFor(starts, this.#limit, now);
      if (wait === 0) {
        starts.push(now);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** How long the next start has to wait, in whole ms, given the starts of the last second in order. */
export function waitFor(starts: readonly number[], limit: number, now: number): number {
  const oldest = starts[starts.length - limit];
  return oldest === undefined ? 0 : Math.max(1, Math.ceil(oldest + WINDOW - now));
}
