import { Refusal } from "./refusal.ts";

/** A bucket that holds one minute's worth of requests and fills evenly. */
export interface Rate {
  /** Takes one. 0 when there was one, else the whole seconds until there will be. `now` in ms. */
  take(now: number): number;
}

export function createRate(perMinute: number): Rate {
  let left = perMinute;
  let filledAt: number | undefined;
  return {
    take(now) {
      // A clock that was set back gives nothing and takes nothing.
      const passed = Math.max(0, now - (filledAt ?? now));
      left = Math.min(perMinute, left + (passed * perMinute) / 60_000);
      filledAt = now;
      if (left >= 1) {
        left -= 1;
        return 0;
      }
      return Math.max(1, Math.ceil(((1 - left) * 60) / perMinute));
    },
  };
}

/** Jobs one after the other. */
export interface Queue {
  /** Runs the job when those before it have ended. A job whose signal was raised while it waited is never started. Throws Refusal when too many wait. */
  run<T>(job: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function createQueue(mostWaiting: number): Queue {
  let last: Promise<unknown> = Promise.resolve();
  let inside = 0;
  return {
    async run(job, signal) {
      if (inside > mostWaiting) throw new Refusal(503, "busy", "too many requests wait for Kafka's tool", 10);
      inside += 1;
      const turn = last.then(() => {
        if (signal.aborted) throw new Refusal(499, "client-gone", "the client did not wait for its turn");
        return job();
      });
      last = turn.catch(() => undefined);
      try {
        return await turn;
      } finally {
        inside -= 1;
      }
    },
  };
}
