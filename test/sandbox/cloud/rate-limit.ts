import type { SandboxClock } from "../core/types.ts";

export interface Allowance {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the window begins anew; relative, not an epoch (ccloud-sdk-go-v2 iam/v2, `X-RateLimit-Reset`). */
  readonly resetSeconds: number;
}

const windowMs = 60_000;

/** So many requests a key in a fixed minute. Confluent's own figures are not published. */
export class RateLimit {
  readonly #clock: SandboxClock;
  readonly #limit: number;
  readonly #windows = new Map<string, { start: number; count: number }>();

  constructor(clock: SandboxClock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  take(key: string): Allowance {
    const now = this.#clock.now();
    const known = this.#windows.get(key);
    const window = known !== undefined && now < known.start + windowMs ? known : { start: now, count: 0 };
    window.count += 1;
    this.#windows.set(key, window);
    return {
      allowed: window.count <= this.#limit,
      limit: this.#limit,
      remaining: Math.max(0, this.#limit - window.count),
      resetSeconds: Math.ceil((window.start + windowMs - now) / 1000),
    };
  }
}
