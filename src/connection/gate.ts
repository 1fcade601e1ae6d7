import * as v from "valibot";
import { NotYet } from "../http/errors.ts";
import type { Upstream } from "../http/outlet.ts";
import type { KnownStore } from "../store/known.ts";

const FIRST_MS = 5 * 60 * 1000;
const LONGEST_MS = 60 * 60 * 1000;

const GateSchema = v.object({ refusals: v.number(), until: v.number(), since: v.number() });

/**
 * A token that was revoked early is refused once before it is replaced, and an assertion once before it is made anew by
 * the login's clock; any other credential stays wrong.
 */
const allowed = (upstream: Upstream): number => (RENEWED.has(upstream) ? 1 : 0);
const RENEWED: ReadonlySet<Upstream> = new Set<Upstream>(["amplify", "amplify-auth", "amplify-platform", "ingestion"]);

/**
 * Keeps a refused credential from being sent again and again: after a 401 nothing goes to that system for a while,
 * longer each time. An answer of any other kind, or a person, opens the gate.
 */
export interface Gate {
  /** Throws `NotYet` while the gate of this upstream is closed. */
  check(upstream: Upstream, now: number): void;
  /** Takes note of an answer's status. */
  note(upstream: Upstream, status: number, now: number): void;
  /** Since when which credentials are refused. */
  closed(now: number): { readonly upstream: string; readonly since: number; readonly until: number }[];
  open(): void;
}

export function createGate(known: KnownStore): Gate {
  const name = (upstream: Upstream) => `gate:${upstream}`;
  const read = (key: string) => known.get(key, GateSchema)?.value;
  return {
    check: (upstream, now) => {
      const gate = read(name(upstream));
      if (gate && gate.until > now) throw new NotYet(gate.until, `waiting: ${upstream} refuses the credential`);
    },
    note: (upstream, status, now) => {
      const gate = read(name(upstream));
      if (status !== 401) {
        if (gate) known.drop(name(upstream));
        return;
      }
      const refusals = (gate?.refusals ?? 0) + 1;
      const excess = refusals - allowed(upstream);
      const until = excess < 1 ? now : now + Math.min(FIRST_MS * 2 ** (excess - 1), LONGEST_MS);
      known.put(name(upstream), { refusals, until, since: gate?.since ?? now }, now);
    },
    closed: (now) =>
      known.names("gate:").flatMap((key) => {
        const gate = read(key);
        return gate && gate.until > now
          ? [{ upstream: key.slice("gate:".length), since: gate.since, until: gate.until }]
          : [];
      }),
    open: () => {
      for (const key of known.names("gate:")) known.drop(key);
    },
  };
}
