import type { SandboxClock, SandboxContext } from "../core/types.ts";

/** The sandbox's clock for the clusters: while minutes of the past are played, it shows their time. */
export class PlayedClock implements SandboxClock {
  readonly #clock: SandboxClock;
  #played: number | undefined;

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#played ?? this.#clock.now();
  }

  advance(ms: number): void {
    this.#clock.advance(ms);
  }

  offset(): number {
    return this.#clock.offset();
  }

  /** What `act` does happens at `at`, ms. */
  at(at: number, act: () => void): void {
    const before = this.#played;
    this.#played = at;
    try {
      act();
    } finally {
      this.#played = before;
    }
  }
}

export const playedContext = (context: SandboxContext): SandboxContext & { readonly clock: PlayedClock } => ({
  ...context,
  clock: new PlayedClock(context.clock),
});
