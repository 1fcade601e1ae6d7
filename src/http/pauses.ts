import type { Upstream } from "./outlet.ts";

/** A server asked to be left alone until `until` (ms since the epoch). */
export interface Pause {
  readonly upstream: Upstream;
  readonly host: string;
  readonly until: number;
}

/** What servers asked for with `Retry-After`, by upstream and host. In memory only: the owner may keep and give back the pauses. */
export class Pauses {
  readonly #until = new Map<string, number>();

  constructor(known: readonly Pause[] = []) {
    for (const pause of known) this.add(pause);
  }

  /** Of two the later counts: no call may be earlier than told. */
  add(pause: Pause): void {
    const key = keyOf(pause.upstream, pause.host);
    this.#until.set(key, Math.max(pause.until, this.#until.get(key) ?? 0));
  }

  /** Until when to wait, undefined when nothing is to be waited for. */
  until(upstream: Upstream, host: string, now: number): number | undefined {
    const key = keyOf(upstream, host);
    const until = this.#until.get(key);
    if (until === undefined || until > now) return until;
    this.#until.delete(key);
    return undefined;
  }
}

function keyOf(upstream: Upstream, host: string): string {
  return `${upstream} ${host}`;
}

/** Spreads those that wait for the same time: up to a tenth of the wait later, at least 1 s and at most 1 min. */
export function jittered(until: number, now: number, fraction: number): number {
  const spread = Math.min(Math.max((until - now) / 10, 1000), 60_000);
  return until + Math.floor(fraction * spread);
}
