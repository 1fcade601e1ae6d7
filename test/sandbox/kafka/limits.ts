/** The two limits of kafka-rest, both off by default: the Jetty DoSFilter and the application's own rate limiter. */

/** Answers whether one more request is let in. */
export type Gate = () => boolean;

export const open: Gate = () => true;

/** At most `perSecond` a second, a second beginning with the first request after the last one (resilience4j's RateLimiter, `rate.limit.permits.per.sec`). */
export function permitsPerSecond(perSecond: number, now: () => number): Gate {
  let began = Number.NEGATIVE_INFINITY;
  let taken = 0;
  return () => {
    if (now() - began >= 1000) {
      began = now();
      taken = 0;
    }
    taken += 1;
    return taken <= perSecond;
  };
}

/** Lets a request in unless the last `perSecond` came within one second (Jetty DoSFilter RateTracker, `maxRequestsPerSec`). */
export function dosFilter(perSecond: number, now: () => number): Gate {
  const times: number[] = [];
  return () => {
    const current = now();
    times.push(current);
    if (times.length <= perSecond) return true;
    const oldest = times.shift() ?? 0;
    return current - oldest >= 1000;
  };
}
