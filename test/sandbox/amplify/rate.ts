import type { SandboxClock } from "../core/types.ts";

const WINDOW = 60_000;

export type RateSnapshot = readonly (readonly [string, readonly number[]])[];

/** Counts the requests of each client over any 60 seconds of the sandbox's clock (docs api_usage_rate_limits). */
export class RateLimit {
  readonly #clock: SandboxClock;
  #starts = new Map<string, number[]>();

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  /** Counts one request. Undefined when it may pass, else the seconds to wait; a refused request is not counted. */
  refuse(client: string, limit: number | undefined): number | undefined {
    if (limit === undefined) return undefined;
    const now = this.#clock.now();
    const recent = (this.#starts.get(client) ?? []).filter((at) => at > now - WINDOW);
    this.#starts.set(client, recent);
    const oldest = recent[recent.length - limit];
    if (recent.length >= limit && oldest !== undefined) return Math.max(1, Math.ceil((oldest + WINDOW - now) / 1000));
    recent.push(now);
    return undefined;
  }

  snapshot(): RateSnapshot {
    return [...this.#starts];
  }

  restore(snapshot: RateSnapshot): void {
    this.#starts = new Map(snapshot.map(([client, starts]) => [client, [...starts]]));
  }
}
