/** A random source whose place in its sequence can be saved, so that a run goes on as if it had not been stopped. */
export interface SeededRandom {
  /** Uniform in [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  below(below: number): number;
  state(): number;
  /** Goes on from a saved place. */
  resume(state: number): void;
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough to make names and ids. Not for secrets of a real system. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  return {
    next,
    below: (below) => Math.floor(next() * below),
    state: () => state,
    resume: (saved) => {
      state = saved >>> 0;
    },
  };
}

/** `length` characters drawn from `alphabet`. */
export function randomText(random: () => number, length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet.charAt(Math.floor(random() * alphabet.length))).join("");
}

/** A version 4 UUID from the seeded source. */
export function randomUuid(random: () => number): string {
  const hex = randomText(random, 30, "0123456789abcdef");
  const variant = randomText(random, 1, "89ab");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${variant}${hex.slice(15, 18)}-${hex.slice(18)}`;
}
